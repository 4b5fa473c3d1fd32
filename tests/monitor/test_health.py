"""Health that runs all the time, each from its cause, in words a person can act on."""

import random

import pytest

from bard.control.health import health_words, is_well
from bard.messages import CellSnapshot, StartSession
from bard.settings import BoardSettings, CoreSettings, RoomSettings
from bard.wire.decoder import encode
from bard.wire.frames import Samples
from tests import stage as stages
from tests.stage import COUNTS_PER_KG, ZERO_COUNTS, Stage, core


def cells_of(stage: Stage) -> list[CellSnapshot]:
    return [cell for support in stage.snapshot().supports for cell in support.cells]


def ten_sps(monkeypatch: pytest.MonkeyPatch, *, allowed: bool) -> Stage:
    monkeypatch.setattr(stages, "PERIODS_US", (100_000, 98_000, 101_000, 99_500))
    settings = core()
    boards = tuple(BoardSettings(b.name, b.port, allow_10_sps=allowed) for b in settings.room.boards)
    room = RoomSettings(boards, settings.room.supports)
    stage = Stage(CoreSettings(room, uncertainty=settings.uncertainty))
    stage.play(6)
    return stage


def test_rate_noise_and_share_of_a_good_room() -> None:
    stage = Stage()
    stage.play(8, 40)
    for cell, period_us in zip(cells_of(stage), stages.PERIODS_US, strict=True):
        assert cell.rate_hz == pytest.approx(1e6 / period_us, rel=0.01)
        assert cell.noise_kg == pytest.approx(150 / COUNTS_PER_KG, rel=0.5)
        assert cell.warnings == ()
    assert [support.share for support in stage.snapshot().supports] == pytest.approx([0.5, 0.5], abs=0.01)
    assert [board.warnings for board in stage.snapshot().boards] == [()]


def test_a_cell_wired_backwards_is_said_by_name() -> None:
    stage = Stage()
    stage.play(2)
    stage.counts[1] = lambda true: 2 * ZERO_COUNTS - true
    stage.play(3, 40)
    assert "left bar, cell 2: wired backwards or pushed" in health_words(stage.snapshot())
    [alarm] = [alarm for alarm in stage.snapshot().alarms if alarm.id == "bar_pushed"]
    assert (alarm.subjects, alarm.priority) == (("left bar, cell 2: wired backwards or pushed",), "cue")
    assert not is_well(stage.snapshot())
    stage.play(2, 2)
    assert "bar_pushed" not in stage.active()


def test_bars_that_are_pushed_up_are_said() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(StartSession(70, 90))
    stage.play(3, 20)
    stage.play(0.2, -6)
    assert "bar_pushed" not in stage.active()
    stage.play(0.5)
    assert "bar_pushed" in stage.active()
    assert stage.snapshot().client_load_kg == pytest.approx(76, abs=0.2)


def test_a_board_of_ten_a_second_is_said_and_starts_no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = ten_sps(monkeypatch, allowed=False)
    words = "board a: runs at 10 a second: alarms up to 0.9 s late, half of the slips not seen"
    assert words in health_words(stage.snapshot())
    assert "wrong_rate" in stage.active()
    refusal = stage.command(StartSession(70, 40))
    assert refusal is not None
    assert "runs at 10 a second" in refusal
    assert "set allow_10_sps" in refusal
    assert all(cell.state == "ok" for cell in cells_of(stage))


def test_where_ten_a_second_is_allowed_the_session_says_what_it_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = ten_sps(monkeypatch, allowed=True)
    assert stage.active() == set()
    assert stage.command(StartSession(70, 40)) is None
    assert any("alarms up to 0.9 s late" in note for note in stage.events[-2].notes)  # type: ignore[union-attr]


def test_a_gap_is_no_slow_board() -> None:
    stage = Stage()
    stage.play(8, 20)
    for _ in range(6):
        stage.silent_boards.add("a")
        stage.play(0.7)
        stage.silent_boards.clear()
        stage.play(1.0)
        assert "wrong_rate" not in stage.active()


def test_noise_is_said_before_it_is_a_fault() -> None:
    stage, noise = Stage(), random.Random(1)
    stage.play(3)
    stage.counts[3] = lambda true: true + round(noise.gauss(0, 0.25 * COUNTS_PER_KG))
    stage.play(20, 40)
    [cell] = [cell for cell in cells_of(stage) if cell.warnings]
    assert (cell.name, cell.state) == ("right bar, cell 2", "ok")
    assert cell.warnings[0] == "noisy: single readings scatter by 0.13 kg or more; check supply and screen"


def test_wrong_readings_are_said_from_one_in_a_hundred_on() -> None:
    stage, shots = Stage(), random.Random(2)
    stage.counts[0] = lambda true: true ^ (1 << 20) if shots.random() < 0.02 else true
    stage.play(20, 20)
    [cell] = [cell for cell in cells_of(stage) if cell.warnings]
    assert "single wrong readings" in cell.warnings[0]
    assert stage.raised() == ["not_watching"]


def test_damaged_frames_are_said_and_end() -> None:
    stage = Stage()
    stage.play(4)
    for _ in range(40):
        damaged = bytearray(encode(Samples(1, 1, 0, ())))
        damaged[3] ^= 0x40
        stage.monitor.receive_data("a", bytes(damaged), stage.now_us)
        stage.play(0.05)
    assert "frame_errors" in stage.active()
    [alarm] = [alarm for alarm in stage.snapshot().alarms if alarm.id == "frame_errors"]
    assert "of its frames are damaged: check the cable" in alarm.subjects[0]
    stage.play(15)
    assert "frame_errors" not in stage.active()


def test_a_bar_that_carries_nothing_for_a_minute_is_asked_about() -> None:
    stage, noise = Stage(), random.Random(3)
    for cell in (2, 3):
        stage.counts[cell] = lambda _: ZERO_COUNTS + round(noise.gauss(0, 150))
    stage.play(50, 60)
    assert [support.warnings for support in stage.snapshot().supports] == [(), ()]
    stage.play(15)
    left, right = stage.snapshot().supports
    assert left.warnings == ()
    assert right.warnings[0].startswith("carries next to nothing")
    stage.counts.clear()
    stage.play(2)
    assert stage.snapshot().supports[1].warnings == ()
