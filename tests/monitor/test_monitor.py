"""The monitor's face: commands, refusals, and that the same calls give the same events."""

import pytest

from bard.messages import (
    Acknowledge,
    Calibrated,
    Done,
    SessionStarted,
    SetCalibration,
    StartSession,
    StepDown,
    StopSession,
    decode,
    encode,
)
from bard.wire.frames import Conversion, Samples
from tests.stage import Stage, calibration, core

START = StartSession(body_weight_kg=70, limit_kg=40)


def test_no_calibration_no_load_and_no_session() -> None:
    stage = Stage(calibrated=False)
    stage.play(3, 20)
    snapshot = stage.snapshot()
    assert snapshot.bar_load_kg is None
    assert snapshot.calibration is None
    refusal = stage.command(START)
    assert refusal is not None
    assert "no calibration for left bar, cell 1" in refusal
    assert "bard calibrate" in refusal
    assert stage.command(SetCalibration(calibration(stage.settings))) is None
    stage.play(1)
    assert stage.snapshot().bar_load_kg == pytest.approx(20, abs=0.1)
    assert stage.command(START) is None
    assert [type(e) for e in stage.events if isinstance(e, Calibrated | SessionStarted)] == [Calibrated, SessionStarted]


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        (StartSession(70, 40, near_kg=40), "near 40 kg: allowed are values below the limit of 40 kg"),
        (StartSession(70, 40, critical_kg=40), "critical 40 kg: allowed are values above the limit of 40 kg"),
        (StepDown(), "no session runs"),
        (StopSession(), "no session runs"),
    ],
)
def test_refusals_say_what_is_allowed(command: StartSession, refusal: str) -> None:
    stage = Stage()
    assert stage.command(command, "socket") == refusal
    done = stage.events[-1]
    assert isinstance(done, Done)
    assert (done.origin, done.refusal) == ("socket", refusal)


def test_an_unknown_condition_is_named_with_what_is_allowed() -> None:
    refusal = Stage().command(Acknowledge("load_ovr"))
    assert refusal is not None
    assert refusal.startswith("no condition 'load_ovr'; allowed: load_near, load_over,")


def test_a_session_refuses_a_second_one_and_another_calibration() -> None:
    stage = Stage()
    assert stage.command(START) is None
    assert stage.command(START) == "a session runs already: end it first"
    assert "a session runs" in (stage.command(SetCalibration(calibration(stage.settings))) or "")


def test_limits_left_out_come_from_the_limit() -> None:
    stage = Stage()
    stage.command(START)
    session = stage.snapshot().session
    assert session is not None
    assert (session.near_kg, session.critical_kg) == (34.0, 50.0)
    stage.command(StopSession())
    stage.command(StartSession(70, 10))
    session = stage.snapshot().session
    assert session is not None
    assert session.critical_kg == 15.0  # at least 5 kg above


def test_the_same_calls_give_the_same_events_to_the_bit() -> None:
    def run() -> list[bytes]:
        stage = Stage()
        stage.play(2)
        stage.command(START)
        for bar_kg in (40, 25, 10, 40, 0):
            stage.play(2, bar_kg)
        return [encode(event) for event in stage.events] + [encode(stage.snapshot())]

    first = run()
    assert first == run()
    assert all(encode(decode(line)) == line for line in first)


def test_one_accepted_wrong_frame_moves_neither_the_clock_nor_the_number() -> None:
    plain, hit = Stage(), Stage()
    for stage in (plain, hit):
        stage.play(2)
        stage.command(START)
        stage.play(4, 40)
    for ticks_us in (hit.now_us + 900_000, hit.now_us - 900_000, 0, hit.now_us):
        conversions = tuple(Conversion(channel, 7, 0x155555) for channel in range(8))
        hit.send("a", Samples(99, ticks_us & 0xFFFFFFFF, 0, conversions))
        for stage in (plain, hit):
            stage.play(2)
        assert hit.snapshot().client_load_kg == pytest.approx(plain.snapshot().client_load_kg, abs=0.02)
        assert hit.snapshot().at_us == plain.snapshot().at_us
    assert hit.raised() == []
    assert hit.snapshot().boards[0].late <= 4


def test_a_board_nobody_ever_heard_of_is_lost_after_three_seconds() -> None:
    stage = Stage(core(boards=2))
    silent = Stage(core(boards=2))
    silent.monitor = type(silent.monitor)(silent.settings, calibration(silent.settings), now_us=0)
    silent.silent_boards = {"a", "b"}
    silent.play(2.9)
    assert silent.active() == set()
    silent.play(0.3)
    assert silent.active() == {"link_lost"}
    stage.play(3.3)
    assert stage.active() == set()
