"""What is done with the zero besides following: restarts, replays, people who say that the bars are free."""

from math import nan

import pytest

from bard.errors import DataError, Refused
from bard.settings import ZeroSettings
from bard.weigh.zeroing import SavedZero, ZeroMoved, ZeroTracker
from tests.weigh.zeros import SIGNS, Bench

# Restarts


def test_a_replay_gives_the_same_bits() -> None:
    def day() -> tuple[list[ZeroMoved], SavedZero]:
        bench = Bench(drift_kg_per_h=0.7)
        bench.hold(60)
        bench.work(300, rest_kg=0.3)
        bench.hold(20, 0.3)
        bench.hold(60)
        return bench.moves, bench.tracker.save(bench.now_us)

    assert len(day()[0]) > 1
    assert day() == day()


def test_what_survives_a_restart() -> None:
    bench = Bench(drift_kg_per_h=0.6)
    bench.hold(300)
    bench.work(60, rest_kg=0.5)
    bench.hold(8, 0.5)
    before = bench.tracker
    saved = before.save(bench.now_us + 60_000_000)
    bench.tracker = after = ZeroTracker(ZeroSettings(), 4)
    after.restore(saved, 5_000_000)
    assert (after.zero_kg, after.total_kg, after.offset_kg) == (before.zero_kg, before.total_kg, before.offset_kg)
    assert before.checked_us is not None
    assert after.checked_us == 5_000_000 - (bench.now_us + 60_000_000 - before.checked_us)
    never = ZeroTracker(ZeroSettings(), 4)
    never.restore(ZeroTracker(ZeroSettings(), 4).save(9_000_000), 0)
    assert never.checked_us is None


def test_a_restart_gives_drift_no_more_time_than_it_had() -> None:
    for ago_us, followed in ((60_000_000, False), (900_000_000, True)):
        bench = Bench()
        bench.tracker.restore(SavedZero((0.0,) * 4, 0.0, ago_us), bench.now_us)
        for _ in range(501):
            bench.row([0.15, 0.0, 0.0, 0.0])
        assert bool(bench.moves) == followed


@pytest.mark.parametrize(
    "saved",
    [
        SavedZero((0.0,) * 3, 0.0, None),
        SavedZero((0.3, 0.3, 0.3, 0.3), 0.0, None),
        SavedZero((nan, 0.0, 0.0, 0.0), 0.0, None),
        SavedZero((0.0,) * 4, nan, 0),
    ],
)
def test_a_saved_zero_that_cannot_be_is_refused(saved: SavedZero) -> None:
    with pytest.raises(DataError, match="saved zero"):
        ZeroTracker(ZeroSettings(), 4).restore(saved, 0)


# What people say


def test_a_person_says_that_the_bars_are_free() -> None:
    bench = Bench()
    bench.hold(20)
    tracker = bench.hold(7, 0.7)
    assert tracker.suspended
    assert tracker.offset_kg == pytest.approx(0.7, abs=0.01)
    moved = tracker.rezero(bench.now_us)
    assert moved.total_kg == tracker.total_kg == moved.by_kg == pytest.approx(0.7, abs=0.01)
    assert moved.zero_kg == tuple(tracker.zero_kg) == pytest.approx((0.35, 0.35, 0, 0), abs=0.01)
    assert (tracker.offset_kg, tracker.suspended, tracker.checked_us) == (0, False, bench.now_us)
    assert bench.hold(20, 0.7).total_kg == moved.total_kg
    assert not tracker.suspended


@SIGNS
def test_what_is_no_drift_asks_for_a_calibration(sign: int) -> None:
    bench = Bench()
    bench.hold(7, sign * 1.3)
    with pytest.raises(Refused, match=rf"\{'+' if sign > 0 else '-'}1\.3\d? kg .*more than 1 kg .*calibrate again"):
        bench.tracker.rezero(bench.now_us)
    assert (bench.tracker.total_kg, bench.tracker.moved) == (0, True)


def test_a_person_is_not_believed_while_the_bars_move_or_are_unknown() -> None:
    bench = Bench()
    with pytest.raises(Refused, match="let go"):
        bench.tracker.rezero(bench.now_us)
    bench.hold(1.5, 0.4)
    with pytest.raises(Refused, match="let go"):
        bench.tracker.rezero(bench.now_us)
    bench.hold(5, 0.4)
    assert bench.tracker.rezero(bench.now_us).total_kg == pytest.approx(0.4, abs=0.01)
    bench.row([nan] * 4)
    with pytest.raises(Refused, match="unknown"):
        bench.tracker.rezero(bench.now_us)


def test_right_after_a_look_what_was_looked_at_is_taken() -> None:
    bench = Bench()
    for _ in range(501):
        bench.row([0.15, 0.15, 0.15, 0.15])
    assert not bench.moves
    assert bench.tracker.rezero(bench.now_us).total_kg == pytest.approx(0.6)


def test_told_again_while_moved_it_ends() -> None:
    bench = Bench()
    assert bench.hold(8, 1.1).moved
    bench.hold(3, 0.9)
    assert bench.tracker.moved
    bench.tracker.rezero(bench.now_us)
    assert not bench.tracker.moved


def test_a_new_calibration_counts_from_now() -> None:
    bench = Bench(drift_kg_per_h=0.6)
    bench.hold(60)
    bench.hold(10, 1.5)
    tracker = bench.tracker
    assert tracker.total_kg
    assert tracker.moved
    tracker.reset(bench.now_us)
    assert (tracker.zero_kg, tracker.total_kg, tracker.offset_kg) == ([0.0] * 4, 0, 0)
    assert (tracker.moved, tracker.suspended, tracker.checked_us) == (False, False, bench.now_us)
    tracker.reset()
    assert tracker.checked_us is None


def test_bounds_that_contradict_each_other() -> None:
    with pytest.raises(ValueError, match="deadband_kg"):
        ZeroSettings(most_kg=0.1)
    with pytest.raises(ValueError, match="still_kg"):
        ZeroSettings(still_kg=0.5)
