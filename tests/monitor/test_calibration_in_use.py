"""What the calibration in use does to a session: how uncertain its span is, and what an overload or a verification
makes of it."""

from msgspec.structs import replace

from bard.messages import Acknowledge, SessionStarted, SetCalibration, StartSession, StopSession, Verified
from bard.monitor import Monitor
from bard.settings import CoreSettings, UncertaintySettings
from bard.weigh.calibration import Calibration
from tests.stage import Stage, calibration, core

from .test_rarer_conditions import rated, standing

START = StartSession(body_weight_kg=70, limit_kg=40)


def guard_kg(span_u_fraction: float | None, *, at_start: bool = False, settings: CoreSettings | None = None) -> float:
    settings = settings or core(uncertainty=UncertaintySettings(guard_band=1, span_fraction=0.007))
    stage = Stage(settings)
    true = replace(calibration(settings), span_u_fraction=span_u_fraction, made="2026-03-01")
    if at_start:
        stage.monitor = Monitor(settings, true, now_us=0)
        stage.hello("a")
    else:
        assert stage.command(SetCalibration(true)) is None
    stage.play(2)
    assert stage.command(START) is None
    [started] = [event for event in stage.events if isinstance(event, SessionStarted)]
    return started.numbers.guard_kg


def test_a_span_more_uncertain_than_the_settings_say_widens_the_guard() -> None:
    usual = guard_kg(None)
    assert guard_kg(0.003) == usual
    assert guard_kg(0.03) == guard_kg(0.03, at_start=True) > usual + 0.5
    assert guard_kg(0.007) == usual


def test_it_widens_what_is_shown_of_the_client_load() -> None:
    shown = []
    for span_u_fraction in (None, 0.03):
        stage = Stage(core())
        made = replace(calibration(stage.settings), span_u_fraction=span_u_fraction, made="2026-03-01")
        stage.command(SetCalibration(made))
        stage.play(2)
        stage.command(START)
        stage.play(5, 40)
        shown.append(stage.snapshot().u_kg)
    assert shown[0] is not None
    assert shown[1] is not None
    assert shown[1] > shown[0] + 0.5


def test_after_any_overload_a_calibration_has_expired_a_restart_or_not() -> None:
    stage = standing(START, 40, rated(30))
    stage.play(0.02, 61)
    stage.play(3, 40)
    stage.command(Acknowledge())
    assert "calibration_expired" not in stage.active(), "two wrong readings in a row"
    stage.play(0.5, 61)
    stage.play(3, 40)
    stage.command(StopSession())
    stage.play(2, 0)
    expired = "left bar: carried 31 kg of the 30 kg it is rated for: verify it or calibrate it anew"
    assert stage.command(START) == expired
    fresh = Stage(stage.settings)
    fresh.command(stage.monitor.saved(stage.now_us), "restart")
    fresh.hello("a")
    fresh.play(4)
    assert "calibration_expired" in fresh.active()
    assert fresh.command(START) == expired
    assert fresh.command(Verified("right bar")) is None
    assert fresh.command(START) == expired
    assert fresh.command(Verified("left bar")) is None
    fresh.play(2)
    assert "calibration_expired" not in fresh.active()
    assert fresh.command(START) is None


def test_a_verification_that_finds_it_wrong_ends_it_until_another_passes() -> None:
    stage = Stage(core())
    stage.play(4)
    assert stage.command(Verified("left bar", "a verification found it wrong: calibrate it anew")) is None
    stage.play(3)
    assert "calibration_expired" in stage.active()
    wrong = "left bar: a verification found it wrong: calibrate it anew"
    assert stage.command(START) == wrong
    fresh = Stage(stage.settings)
    fresh.command(stage.monitor.saved(stage.now_us), "restart")
    fresh.hello("a")
    fresh.play(4)
    assert fresh.command(START) == wrong
    [expired] = [alarm for alarm in fresh.snapshot().alarms if alarm.id == "calibration_expired"]
    assert expired.subjects == (wrong,)
    assert fresh.command(Verified("left bar")) is None
    assert fresh.command(START) is None


def test_a_new_span_ends_what_an_overload_left_but_a_new_zero_or_an_old_file_does_not() -> None:
    stage = standing(START, 40, rated(30))
    stage.play(0.5, 61)
    stage.play(2, 0)
    stage.command(StopSession())
    true, day = calibration(stage.settings), "2026-03-0"
    zero = {key: replace(cell, zero_counts=cell.zero_counts + 5) for key, cell in true.cells.items()}
    span = {key: replace(cell, counts_per_kg=cell.counts_per_kg + 5) for key, cell in true.cells.items()}
    half = {**true.cells, "a/0": span["a/0"]}
    for cells, made in ((zero, "2"), (half, "3"), (span, "1")):
        assert stage.command(SetCalibration(Calibration(cells, made=day + made))) is None
        assert "verify it or calibrate it anew" in (stage.command(START) or "")
    assert stage.command(SetCalibration(Calibration(true.cells, made=day + "4"))) is None
    assert stage.command(START) is None
