"""A scripted storm: what must sound sounds, one cause is one alarm, the winner is the right one at every instant."""

import random

import pytest

from bard.alarm.conditions import CONDITIONS
from bard.alarm.facts import Around
from bard.messages import (
    Acknowledge,
    AlarmSnapshot,
    ConditionChanged,
    PauseAudio,
    Report,
    SetZone,
    StartSession,
    StepDown,
    StopSession,
)
from bard.wire.frames import FaultKind
from tests.stage import Stage, core

START = StartSession(body_weight_kg=70, limit_kg=40, zones={"ribs": 25})
PATTERNS = {"low": 5, "medium": 6, "high": 7}
RANKS = {"cue": 1, "low": 2, "medium": 3, "high": 4}
MASKS = {condition.id: condition.masked_by for condition in CONDITIONS}


@pytest.fixture
def stage() -> Stage:
    made = Stage(core())
    made.play(2)
    assert made.command(START) is None
    made.play(5, 40)
    return made


def test_ten_minutes_of_noise_about_the_limit_are_one_alarm(stage: Stage) -> None:
    noise = random.Random(5)
    for _ in range(6_000):
        stage.play(0.1, 30 + noise.uniform(-1, 1))
    assert stage.raised() == ["load_near", "load_over"]
    assert "load_over" in stage.active()
    stage.play(2, 45)
    assert stage.active() == set()


def test_a_clock_nobody_sets_does_not_take_the_ticks_away(stage: Stage) -> None:
    stage.command(Report(Around(clock_untrusted=True)), "daemon")
    stage.play(58, 40)
    assert stage.active() == set()
    stage.play(1, 33)
    ticks = stage.snapshot().vibrator
    assert stage.active() == {"load_near"}
    while "clock_untrusted" not in stage.active():
        stage.play(0.1)
    felt_us, seen = stage.now_us, []
    while stage.now_us - felt_us < 125_000_000:
        stage.play(0.1)
        seen.append((stage.snapshot().vibrator, stage.snapshot().signal_of))
    assert 1 <= ticks <= 4
    assert seen.count((PATTERNS["low"], "clock_untrusted")) in range(7, 12)  # once, of ten looks a second
    assert {of for pattern, of in seen if 1 <= pattern <= 4} == {"load_near"}
    assert {pattern for pattern, _ in seen} <= {1, 2, 3, 4, PATTERNS["low"]}


def test_what_is_low_comes_back_when_the_cue_is_over(stage: Stage) -> None:
    stage.command(Report(Around(broker_lost={"broker": "gone"})), "daemon")
    stage.play(4, 33)
    assert stage.snapshot().signal_of == "load_near"
    stage.play(3, 45)
    assert (stage.snapshot().vibrator, stage.snapshot().signal_of) == (PATTERNS["low"], "broker_lost")


def test_a_cue_that_was_silenced_does_not_silence_what_comes(stage: Stage) -> None:
    stage.play(2, 33)
    stage.command(Acknowledge("load_near"))
    stage.command(PauseAudio(30))
    stage.play(1)
    stage.play(3, 28)
    assert (stage.snapshot().vibrator, stage.snapshot().buzzer) == (6, 6)


def test_a_pause_does_not_silence_what_becomes_worse(stage: Stage) -> None:
    stage.play(4, 28)
    stage.command(PauseAudio(30))
    stage.play(0.5)
    assert stage.snapshot().buzzer == 0
    stage.play(0.3, 14)
    assert (stage.snapshot().vibrator, stage.snapshot().buzzer) == (7, 7)


def felt(alarms: tuple[AlarmSnapshot, ...], at_us: int) -> tuple[int, str]:
    """What should be felt, told apart from the selector: the highest, then the newest, of what calls unhidden; what is
    low comes after a cue once it was felt for a second."""
    holding = {a.id: a for a in alarms if "latched" not in a.state}
    calls = [
        a
        for a in holding.values()
        if not any(mask in holding for mask in MASKS[a.id])
        and (a.state in ("active", "clearing") or (a.state == "acknowledged" and a.priority == "high"))
    ]
    if not calls:
        return 0, ""
    ranks = {a.id: RANKS[a.priority] for a in calls}
    ranks |= {a.id: 0 for a in calls if a.priority == "low" and at_us - a.since_us >= 1_000_000}
    winner = max(calls, key=lambda a: (ranks[a.id], a.since_us))
    return PATTERNS.get(winner.priority, 0), winner.id


def follow(stage: Stage, seconds: float, bar_kg: float | None = None) -> None:
    """Play, and look at each row's winner."""
    for _ in range(round(seconds * 50)):
        stage.play(0.02, bar_kg)
        snapshot = stage.snapshot()
        pattern, winner = felt(snapshot.alarms, snapshot.at_us)
        assert snapshot.signal_of == winner, [(a.id, a.state, a.priority, a.since_us) for a in snapshot.alarms]
        if pattern:
            assert snapshot.vibrator == pattern


def test_five_conditions_at_once_have_the_right_winner_and_nothing_stays(stage: Stage) -> None:
    follow(stage, 1, 33)  # near
    stage.command(Report(Around(output_failed={"sound": "no such device"}, broker_lost={"broker": "gone"})), "daemon")
    follow(stage, 6)
    follow(stage, 3, 28)  # over
    stage.command(Acknowledge("load_over"))
    follow(stage, 2)
    stage.command(SetZone("ribs"))  # critical of the zone is passed
    follow(stage, 3)
    stage.command(Acknowledge("load_critical"))
    follow(stage, 1)
    follow(stage, 0.5, 8)  # a lost grip
    stage.silent_cells.add(2)
    stage.fault(2, FaultKind.SILENT)
    follow(stage, 3)
    held = stage.active()
    assert {"load_near", "load_over", "load_critical", "load_unknown", "output_failed", "broker_lost"} <= held
    stage.silent_cells.clear()
    stage.fault(2, FaultKind.RECOVERED)
    follow(stage, 4, 40)
    stage.command(SetZone(None))
    stage.command(Report(Around()), "daemon")
    follow(stage, 3, 50)
    stage.command(StepDown())
    follow(stage, 3, 0)
    stage.command(Acknowledge())
    stage.command(StopSession())
    stage.play(70)
    assert stage.active() == set()
    snapshot = stage.snapshot()
    assert (snapshot.vibrator, snapshot.buzzer, snapshot.signal_of) == (0, 0, "")


def test_a_high_calls_anew_however_often_it_was_acknowledged(stage: Stage) -> None:
    stage.play(0.2, 25)
    stage.play(1, 14)
    mark = len(stage.events)
    for _ in range(4):
        stage.command(Acknowledge())
        stage.play(0.1)
        assert (stage.snapshot().vibrator, stage.snapshot().buzzer) == (7, 0)
        stage.play(16)
        assert stage.snapshot().buzzer == 7
    again = [e for e in stage.events[mark:] if isinstance(e, ConditionChanged) and e.id == "load_critical"]
    assert [e.state for e in again] == ["acknowledged", "active"] * 4
