"""The working zero follows a drift, and nothing else that bars can read; what it may not follow stays within U."""

from math import nan, pi

import numpy as np
import pytest

from bard.weigh.zeroing import SavedZero
from tests.weigh.zeros import BAD_KG, SIGNS, Bench, zero_half_width_kg

# A drift


@SIGNS
def test_free_bars_are_followed_in_steps_worth_telling(sign: int) -> None:
    bench = Bench(drift_kg_per_h=sign * 0.6)
    bench.hold(600)
    assert bench.tracker.total_kg == pytest.approx(bench.drifted_kg, abs=0.012)
    assert sum(move.by_kg for move in bench.moves) == pytest.approx(bench.tracker.total_kg)
    assert all(abs(move.by_kg) > 0.003 and move.total_kg == sum(move.zero_kg) for move in bench.moves)
    assert 10 <= len(bench.moves) <= 25
    assert bench.tracker.zero_kg == list(bench.moves[-1].zero_kg)


@pytest.mark.parametrize("drift_kg_per_h", [0.3, -0.3, 1.0, 2.0, -2.0])
def test_a_day_of_drift_with_ten_free_seconds_each_quarter_hour_stays_within_its_uncertainty(
    drift_kg_per_h: float,
) -> None:
    bench = Bench(drift_kg_per_h)
    for _ in range(16):
        bench.hold(10)
        after_kg = bench.tracker.total_kg + bench.tracker.offset_kg
        assert after_kg == pytest.approx(bench.drifted_kg, abs=0.01)
        assert bench.tracker.moved == (abs(bench.drifted_kg) > 1)
        bench.work(890)
        assert abs(bench.drifted_kg - bench.tracker.total_kg) < zero_half_width_kg(bench.tracker, bench.now_us)
    if abs(drift_kg_per_h) < 1:
        assert abs(bench.tracker.total_kg) > 0.9
        assert bench.moves[1].by_kg == pytest.approx(drift_kg_per_h / 4, abs=0.012)
    else:
        assert not bench.moves


def test_what_came_faster_than_any_drift_is_told_and_not_followed() -> None:
    bench = Bench()
    bench.hold(30)
    bench.work(60, rest_kg=0.12)
    tracker = bench.hold(300, 0.12)
    assert tracker.total_kg == 0
    assert tracker.offset_kg == pytest.approx(0.12, abs=0.005)
    bench.work(300, rest_kg=0.12)
    tracker = bench.hold(10, 0.12)
    assert tracker.total_kg == pytest.approx(0.12, abs=0.005)
    assert tracker.offset_kg == 0
    assert tracker.zero_kg == pytest.approx([0.06, 0.06, 0, 0], abs=0.004)


@SIGNS
def test_the_band_is_one_of_the_sum_and_of_each_cell(sign: int) -> None:
    for cells_kg, followed in (
        ([sign * 0.19, 0.0, 0.0, 0.0], True),
        ([sign * 0.2, 0.0, 0.0, 0.0], False),
        ([sign * 0.05] * 4, False),
        ([sign * 0.25, sign * -0.25, 0.0, 0.0], False),
        ([sign * 0.15, sign * -0.15, 0.0, 0.0], True),
    ):
        bench = Bench()
        for _ in range(501):
            bench.row(cells_kg)
        assert bool(bench.moves) == followed, cells_kg
        assert bench.tracker.zero_kg == pytest.approx(cells_kg if followed else [0.0] * 4)


def test_cells_too_noisy_for_small_steps_are_followed_in_larger_ones() -> None:
    bench = Bench(drift_kg_per_h=1.0, noise_kg=0.15)
    bench.hold(600)
    assert bench.tracker.total_kg == pytest.approx(bench.drifted_kg, abs=0.08)
    assert all(abs(move.by_kg) > 0.05 for move in bench.moves)


def test_no_zero_goes_farther_than_the_most_from_the_reference() -> None:
    for add_kg, followed in ((0.045, True), (0.055, False)):
        bench = Bench()
        bench.tracker.restore(SavedZero((0.95, 0.0, 0.0, 0.0), 0.0, 900_000_000), bench.now_us)
        for _ in range(501):
            bench.row([0.95 + add_kg, 0.0, 0.0, 0.0])
        assert bool(bench.moves) == followed
        assert bench.tracker.moved != followed
        assert bench.tracker.offset_kg == pytest.approx(0 if followed else add_kg)


def test_nothing_is_followed_while_somebody_may_be_on_the_client() -> None:
    bench = Bench()
    tracker = bench.hold(60, 0.1, off=False)
    assert tracker.total_kg == 0
    assert tracker.offset_kg == pytest.approx(0.1, abs=0.005)
    assert tracker.checked_us is not None
    bench.hold(10, 0.1)
    assert tracker.total_kg == pytest.approx(0.1, abs=0.005)


@pytest.mark.parametrize("missing", ["cell", "motion", "noise"])
def test_unknown_rows_break_the_quiet_and_teach_nothing(missing: str) -> None:
    bench = Bench()
    for number in range(3000):
        unknown = number % 400 == 399
        cell_kg = nan if unknown and missing == "cell" else 0.03
        bench.row(
            [0.03, 0.03, 0.03, cell_kg],
            nan if unknown and missing == "motion" else 0.0,
            nan if unknown and missing == "noise" else 0.0,
        )
    assert bench.tracker.checked_us is None
    assert not bench.moves


# Hands, towels, people who lean


@SIGNS
@pytest.mark.parametrize("kg", [0.2, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("onset_s", [0.2, 3.0, 10.0, 60.0, 180.0])
def test_a_hand_that_comes_to_rest_on_free_bars_is_never_zero(sign: int, kg: float, onset_s: float) -> None:
    bench = Bench()
    bench.hold(20)
    bench.hold(onset_s, lambda at_s: sign * kg * at_s / onset_s)
    tracker = bench.hold(240, sign * kg)
    assert abs(tracker.total_kg) < 0.05
    assert tracker.offset_kg + tracker.total_kg == pytest.approx(sign * kg, abs=0.01)
    tracker = bench.hold(15)
    assert tracker.total_kg + tracker.offset_kg == pytest.approx(0, abs=0.005)
    assert not tracker.suspended


@SIGNS
@pytest.mark.parametrize("kg", [0.2, 0.5, 2.0, 5.0])
def test_a_hand_that_is_left_there_after_work_is_told_and_never_zero(sign: int, kg: float) -> None:
    bench = Bench()
    bench.hold(10)
    bench.work(900, rest_kg=sign * kg)
    tracker = bench.hold(240, sign * kg)
    assert tracker.zero_kg == [0.0] * 4
    assert tracker.offset_kg == pytest.approx(sign * kg, abs=0.01)
    assert tracker.moved == (kg > 1)
    tracker = bench.hold(15)
    assert tracker.total_kg == pytest.approx(0, abs=0.005)
    assert not tracker.moved


def test_a_hand_that_trembles_is_not_even_taken_for_free_bars() -> None:
    bench = Bench()
    bench.work(900, rest_kg=0.15)
    tracker = bench.hold(120, lambda at_s: 0.13 + 0.08 * np.cos(2 * pi * 1.2 * at_s))
    assert tracker.checked_us is None
    assert not tracker.suspended


def test_a_hand_that_breathes_is_not_still() -> None:
    bench = Bench()
    bench.work(900, rest_kg=0.1)
    assert bench.hold(120, lambda at_s: 0.1 + 0.07 * np.sin(2 * pi * 0.4 * at_s)).checked_us is None


def test_a_short_touch_leaves_nothing_behind() -> None:
    bench = Bench()
    bench.hold(20)
    assert bench.hold(1, 0.5).suspended
    assert not bench.hold(8, 0.03).suspended


def test_back_to_what_it_was_is_gone_even_if_that_was_not_zero() -> None:
    bench = Bench()
    bench.hold(20)
    bench.work(60, rest_kg=0.12)
    bench.hold(10, 0.12)
    assert bench.hold(10, 0.27).suspended
    tracker = bench.hold(10, 0.12)
    assert not tracker.suspended
    assert tracker.total_kg == 0


def test_a_hand_that_sinks_slowly_after_work_is_not_still() -> None:
    bench = Bench()
    bench.work(900, rest_kg=0.03)
    tracker = bench.hold(12, lambda at_s: 0.03 + 0.012 * at_s)
    assert tracker.checked_us is None
    assert not bench.moves


def test_what_goes_away_is_no_visitor() -> None:
    bench = Bench()
    bench.hold(20)
    bench.hold(120, lambda at_s: 0.17 * at_s / 120)
    for _ in range(20):
        assert not bench.hold(0.5).suspended


def test_two_cloths_one_laid_down_slowly_that_are_taken_together() -> None:
    bench = Bench()
    bench.hold(20)
    bench.hold(60, lambda at_s: 0.15 * at_s / 60)
    assert not bench.hold(10, 0.15).suspended
    assert bench.hold(10, 0.35).suspended
    assert not bench.hold(10).suspended


def test_only_free_bars_are_visited() -> None:
    bench = Bench()
    bench.hold(10)
    bench.work(60, rest_kg=0.5)
    bench.hold(10, 0.5)
    assert not bench.hold(10, 0.8).suspended


def test_a_cloth_laid_down_while_the_load_was_unknown_is_one_too() -> None:
    bench = Bench()
    bench.work(900)
    bench.hold(3)
    for _ in range(50):
        bench.row([nan] * 4)
    assert bench.hold(1, 0.15).suspended


def test_a_small_cloth_suspends_it_until_it_is_gone_hours_of_work_included() -> None:
    bench = Bench(drift_kg_per_h=0.1)
    bench.hold(20)
    for _ in range(3):
        tracker = bench.hold(30, 0.15)
        assert tracker.suspended
        assert abs(tracker.total_kg) < 0.005
        bench.work(900, rest_kg=0.15)
    bench.work(10)
    tracker = bench.hold(15)
    assert not tracker.suspended
    assert tracker.total_kg == pytest.approx(bench.drifted_kg, abs=0.01)


def test_a_bar_that_settled_is_followed_after_an_hour() -> None:
    bench = Bench()
    bench.hold(20)
    for _ in range(4):
        bench.hold(10, 0.15)
        bench.work(900, rest_kg=0.15)
        assert bench.tracker.total_kg == 0
    assert bench.hold(10, 0.15).total_kg == pytest.approx(0.15, abs=0.005)


def test_taking_the_bars_is_no_visitor_and_the_next_free_bars_are_followed() -> None:
    bench = Bench(drift_kg_per_h=0.5)
    bench.hold(20)
    assert bench.hold(0.2, lambda at_s: 40 * at_s).suspended
    bench.hold(0.5, 40)
    assert not bench.tracker.suspended
    bench.work(900)
    bench.hold(8)
    assert bench.tracker.total_kg == pytest.approx(bench.drifted_kg, abs=0.01)


def test_a_towel_and_somebody_who_leans() -> None:
    bench = Bench()
    bench.hold(20)
    tracker = bench.hold(900, 0.35)
    assert (tracker.total_kg, tracker.suspended) == (0, True)
    bench.hold(40, lambda at_s: 3.35 + 0.4 * np.sin(2 * pi * 0.3 * at_s))
    assert bench.hold(300, 0.35).total_kg == 0
    assert (bench.hold(12).total_kg, bench.tracker.suspended) == (0, False)


# Noise and chance


def test_cells_as_noisy_as_bad_ones_are_quiet_and_do_not_walk() -> None:
    bench = Bench(noise_kg=BAD_KG)
    ages_s = []
    for _ in range(600):
        tracker = bench.hold(6)
        assert not tracker.suspended
        ages_s.append(bench.now_s - (tracker.checked_us or 0) / 1e6)
        assert abs(tracker.total_kg) < 0.04
    assert max(ages_s) < 15
    assert len(bench.moves) < 10
