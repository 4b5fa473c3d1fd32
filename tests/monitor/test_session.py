"""The session through real bytes: weigh-in, body weight, zones, guard, pedal, and what a restart brings back."""

import pytest

from bard.client.uncertainty import Basis
from bard.messages import (
    Acknowledge,
    ConditionChanged,
    PhaseChanged,
    Rezero,
    SessionChanged,
    SessionStarted,
    SetBodyWeight,
    SetZone,
    StartSession,
    StepDown,
    WeighIn,
    WeighInChanged,
)
from bard.monitor import Monitor
from bard.settings import PedalSettings, UncertaintySettings
from bard.wire.frames import INPUT_PEDAL, INPUT_PRESENCE
from tests.stage import Stage, calibration, core

ID = "0123456789abcdef"
GUARDED = UncertaintySettings()


def hung(stage: Stage, kg: float) -> None:
    """A weigh-in: hang still, come down, and be told so."""
    assert stage.command(WeighIn()) is None
    stage.play(1, 0)
    stage.play(5, kg)
    stage.play(3, 0)
    assert stage.snapshot().weigh_in is None


def session_of(stage: Stage):  # type: ignore[no-untyped-def]
    session = stage.snapshot().session
    assert session is not None
    return session


# Weigh-in


def test_a_weigh_in_before_the_session_is_the_body_weight() -> None:
    stage = Stage(core(uncertainty=GUARDED))
    stage.play(8)
    hung(stage, 71.3)
    [weighed] = [e for e in stage.events if isinstance(e, WeighInChanged) and e.what == "weighed"]
    assert weighed.kg == pytest.approx(71.3, abs=0.05)
    assert stage.command(StartSession(None, 40)) is None
    session = session_of(stage)
    assert session.id == "", "the core gives none"
    assert session.body_weight_kg == pytest.approx(71.3, abs=0.05)
    assert session.basis is Basis.HUNG


def test_without_a_weight_there_is_no_session() -> None:
    stage = Stage()
    stage.play(2)
    assert stage.command(StartSession(None, 40)) == "no body weight: type it, or weigh in first"


def test_a_weigh_in_is_forgotten_after_an_hour() -> None:
    stage = Stage()
    stage.play(2)
    hung(stage, 70)
    stage.now_us += 3_600_000_000
    refusal = stage.command(StartSession(None, 40))
    assert refusal == "no body weight: type it, or weigh in first"


def test_no_phase_and_no_load_condition_runs_in_a_weigh_in() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(StartSession(70, 40))
    mark = len(stage.events)
    hung(stage, 69.5)
    assert not [e for e in stage.events[mark:] if isinstance(e, PhaseChanged)]
    assert stage.raised(mark) == []
    session = session_of(stage)
    assert session.body_weight_kg == pytest.approx(69.5, abs=0.05)
    assert session.basis is Basis.HUNG
    stage.play(2, 40)
    assert stage.snapshot().phase == "on"
    assert stage.snapshot().client_load_kg == pytest.approx(29.5, abs=0.1)


def test_bars_in_use_are_no_alarm_in_a_weigh_in_without_a_session() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(WeighIn())
    stage.play(10, 65)
    assert stage.raised() == []
    stage.play(3, 0)
    assert stage.snapshot().weigh_in is None
    assert stage.snapshot().hung_kg == pytest.approx(65, abs=0.05)


def test_a_weigh_in_weighs_nobody_who_is_on_the_client_and_ends_when_somebody_steps_on() -> None:
    stage = Stage(core(presence=True))
    stage.play(2)
    stage.command(StartSession(70, 40))
    stage.play(2, 40)
    assert stage.command(WeighIn()) == "somebody may be on the client: step down first, then weigh in"
    stage.command(StepDown())
    stage.play(1, 0)
    assert stage.command(WeighIn()) is None
    stage.inputs = INPUT_PRESENCE
    stage.play(0.5)
    assert stage.snapshot().weigh_in is None
    assert stage.snapshot().phase == "released"  # on the client, no hands yet


def test_a_weigh_in_can_be_left() -> None:
    stage = Stage()
    stage.play(2)
    assert stage.command(WeighIn(on=False)) == "no weigh-in runs"
    stage.command(WeighIn())
    stage.play(0.5, 30)
    assert stage.command(WeighIn(on=False)) is None
    assert stage.snapshot().weigh_in is None


def test_a_weigh_in_that_disagrees_asks_which_is_wrong_and_the_higher_counts() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(StartSession(70, 40))
    hung(stage, 74)
    changed = [e for e in stage.events if isinstance(e, SessionChanged)][-1]
    assert "typed 70 kg and hung 74.0 kg are too far apart: which one is wrong?" in changed.why
    assert session_of(stage).body_weight_kg == pytest.approx(74, abs=0.05)
    stage.play(3)
    [alarm] = stage.snapshot().alarms
    assert (alarm.id, alarm.priority) == ("weight_mismatch", "medium")
    assert stage.command(SetBodyWeight(None), "socket") is None
    stage.play(2)
    assert stage.active() == set()
    assert session_of(stage).basis is Basis.HUNG


def test_a_lower_hung_weight_never_lowers_what_was_typed_by_itself() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(StartSession(70, 40))
    hung(stage, 60)
    assert session_of(stage).body_weight_kg == 70
    stage.command(SetBodyWeight(61))
    stage.play(2)
    assert session_of(stage).body_weight_kg == pytest.approx(60, abs=0.05)
    assert stage.active() == set()


def test_bars_that_carry_more_than_the_body_are_a_mismatch_and_no_unknown_load() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(StartSession(70, 40))
    stage.play(1.5, 76)
    assert "weight_mismatch" not in stage.active()
    stage.play(2)
    assert "weight_mismatch" in stage.active()
    assert stage.snapshot().client_load_kg == pytest.approx(-6, abs=0.1)
    stage.play(2, 50)
    assert "weight_mismatch" not in stage.active()


# Guard


def test_the_guard_warns_earlier_and_is_fixed_in_the_session() -> None:
    stage = Stage(core(uncertainty=GUARDED))
    stage.play(8)
    stage.command(StartSession(70, 40))
    guard_kg = session_of(stage).guard_kg
    assert 1.0 < guard_kg < 2.5
    stage.play(4, 30 + guard_kg + 0.3)
    assert "load_over" not in stage.active()
    stage.play(1, 30 + guard_kg - 0.3)
    assert "load_over" in stage.active()
    event = next(e for e in stage.events if isinstance(e, ConditionChanged) and e.id == "load_over")
    assert event.guard_kg == guard_kg == session_of(stage).guard_kg
    assert event.u_kg is not None
    assert event.u_kg >= guard_kg - 0.5


def test_a_limit_of_a_few_guards_is_said_when_the_session_starts() -> None:
    stage = Stage(core(uncertainty=GUARDED))
    stage.play(8)
    stage.command(StartSession(70, 8))
    [started] = [e for e in stage.events if isinstance(e, SessionStarted)]
    assert any("the limit of 8 kg is below 6 times the uncertainty at it" in note for note in started.notes)
    assert not any("zero has not been checked" in note for note in started.notes)


def test_a_zero_that_was_never_looked_at_is_said_when_the_session_starts() -> None:
    stage = Stage()
    stage.play(2, 20)
    stage.command(StartSession(70, 40))
    [started] = [e for e in stage.events if isinstance(e, SessionStarted)]
    assert any("zero has not been checked" in note for note in started.notes)


def test_every_client_load_has_its_uncertainty() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(StartSession(70, 40))
    stage.play(3, 40)
    snapshot = stage.snapshot()
    assert snapshot.u_kg is not None
    assert snapshot.u_fast_kg is not None
    assert 1.0 < snapshot.u_kg <= snapshot.u_fast_kg < 4.0
    stage.command(StepDown())
    stage.play(1, 0)
    assert (stage.snapshot().u_kg, stage.snapshot().client_load_kg) == (None, None)


# Zones and the pedal


def test_a_zone_lowers_the_limit_and_is_left_again() -> None:
    stage = Stage()
    stage.play(2)
    assert stage.command(StartSession(70, 40, zones={"lower back": 25})) is None
    stage.play(3, 40)  # 30 kg
    assert "load_over" not in stage.active()
    assert stage.command(SetZone("lower back"), "page") is None
    stage.play(1)
    assert "load_over" in stage.active()
    assert (session_of(stage).zone, session_of(stage).limit_kg) == ("lower back", 25)
    assert stage.command(SetZone("feet")) == "no zone 'feet'; allowed: lower back"
    assert stage.command(SetZone(None, only_lower=True)) == "that would raise the limit from 25 to 40 kg"
    stage.command(SetZone(None))
    stage.play(1)
    assert stage.active() == set()
    assert stage.command(SetZone("lower back", only_lower=True)) is None
    stage.command(SetZone(None))
    assert [e.by for e in stage.events if isinstance(e, SessionChanged)] == ["page", "test", "test", "test"]


def pressed(stage: Stage, seconds: float) -> None:
    stage.inputs |= INPUT_PEDAL
    stage.play(seconds)
    stage.inputs &= ~INPUT_PEDAL
    stage.play(0.1)


def test_the_pedal_acknowledges() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(StartSession(70, 40))
    stage.play(5, 40)
    stage.play(0.5, 15)
    stage.play(3, 40)
    assert "load_critical" in stage.active()
    pressed(stage, 0.2)
    assert stage.active() == set()
    assert {e.by for e in stage.events if isinstance(e, ConditionChanged) and e.by} == {"pedal"}


def test_the_pedal_held_steps_down_and_is_felt_to_have_been_understood() -> None:
    stage = Stage(core(pedal=PedalSettings(action="step_down")))
    stage.play(2)
    stage.command(StartSession(70, 40))
    stage.play(5, 40)
    stage.play(1, 0)
    pressed(stage, 0.5)
    assert stage.snapshot().phase == "released"
    pressed(stage, 1.2)
    snapshot = stage.snapshot()
    assert snapshot.phase == "off"
    [off] = [e for e in stage.events if isinstance(e, PhaseChanged) and e.phase == "off"]
    assert off.why == "step-down by the pedal"
    stage.command(Acknowledge())
    pressed(stage, 1.2)
    assert stage.snapshot().vibrator == 8


def test_the_pedal_goes_through_the_zones() -> None:
    stage = Stage(core(pedal=PedalSettings(action="next_zone")))
    stage.play(2)
    stage.command(StartSession(70, 40, zones={"ribs": 20, "back": 30}))
    seen = []
    for _ in range(4):
        pressed(stage, 0.2)
        seen.append(session_of(stage).zone)
    assert seen == ["ribs", "back", None, "ribs"]


# Restart


def restarted(stage: Stage, bar_kg: float) -> Stage:
    """A fresh core on the same bars, told what the old one knew."""
    fresh = Stage(stage.settings)
    fresh.monitor = Monitor(stage.settings, calibration(stage.settings), now_us=0)
    assert fresh.command(stage.monitor.saved(stage.now_us), "restart") is None
    fresh.hello("a")
    fresh.play(3, bar_kg)
    return fresh


@pytest.mark.parametrize(("bar_kg", "phase"), [(0.0, "released"), (40.0, "on")])
def test_who_was_on_the_client_comes_back_as_released_until_the_bars_tell_more(bar_kg: float, phase: str) -> None:
    stage = Stage(core(uncertainty=GUARDED))
    stage.play(2)
    stage.command(StartSession(70, 40, zones={"ribs": 20}, session=ID))
    stage.command(SetZone("ribs"))
    stage.play(5, 55)
    before = session_of(stage)
    fresh = restarted(stage, bar_kg)
    session = session_of(fresh)
    assert (session.limit_kg, session.zone, session.guard_kg) == (20, "ribs", before.guard_kg)
    assert (before.id, session.id) == (ID, ID)
    assert fresh.snapshot().phase == phase
    phases = [e.phase for e in fresh.events if isinstance(e, PhaseChanged)]
    assert phases[0] == "released"
    assert "off" not in phases
    assert fresh.now_us - session.started_us == pytest.approx(stage.now_us - before.started_us + 3_000_000, abs=20_000)


def test_nobody_on_the_client_comes_back_as_nobody() -> None:
    stage = Stage()
    stage.play(2)
    hung(stage, 71)
    stage.command(StartSession(None, 40))
    stage.play(2)
    fresh = restarted(stage, 0.0)
    assert fresh.snapshot().phase == "off"
    assert session_of(fresh).body_weight_kg == pytest.approx(71, abs=0.05)
    assert fresh.snapshot().hung_kg == pytest.approx(71, abs=0.05)


def test_a_restart_never_brings_a_second_session() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(StartSession(70, 40))
    assert stage.command(stage.monitor.saved(stage.now_us)) == "a session runs already: nothing is brought back"


# Zero


def test_rezero_is_a_persons_word_for_free_bars() -> None:
    stage = Stage()
    stage.play(8)
    stage.command(StartSession(70, 40))
    stage.play(3, 40)
    assert stage.command(Rezero()) is not None
    stage.command(StepDown())
    stage.play(8, 0.6)
    assert stage.snapshot().bar_load_kg == pytest.approx(0.6, abs=0.05)
    assert stage.snapshot().zero.offset_kg == pytest.approx(0.6, abs=0.05)
    assert stage.command(Rezero()) is None
    stage.play(1)
    assert stage.snapshot().bar_load_kg == pytest.approx(0, abs=0.05)
    assert stage.snapshot().zero.total_kg == pytest.approx(0.6, abs=0.05)
