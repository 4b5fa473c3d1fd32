"""The rarer rows of the table, each from its cause through real bytes, and what a restart leaves of alarms."""

import pytest
from msgspec.structs import replace

from bard.alarm.facts import Around
from bard.messages import (
    Acknowledge,
    ConditionChanged,
    Inspected,
    Pause,
    Report,
    SessionChanged,
    SetLimit,
    SetZone,
    StartSession,
    StepDown,
    StopSession,
    Verified,
)
from bard.monitor import Monitor
from bard.settings import CoreSettings, RoomSettings
from tests.stage import Stage, calibration, core

START = StartSession(body_weight_kg=70, limit_kg=40)


def standing(start: StartSession, bar_kg: float = 40.0, settings: CoreSettings | None = None) -> Stage:
    stage = Stage(settings)
    stage.play(2)
    assert stage.command(start) is None
    stage.play(5, bar_kg)
    return stage


def rated(kg: float) -> CoreSettings:
    settings = core()
    left, right = settings.room.supports
    room = RoomSettings(settings.room.boards, (replace(left, rated_kg=kg), right))
    return replace(settings, room=room)


# Loads


def test_a_fall_within_a_tenth_of_a_second_is_support_lost_and_latches() -> None:
    stage = standing(START)
    begun_us = stage.now_us
    stage.play(1, 12)
    event = next(e for e in stage.events if isinstance(e, ConditionChanged) and e.id == "support_lost")
    assert (event.priority, event.phase) == ("high", "on")
    assert event.at_us - begun_us < 80_000
    stage.play(5, 40)
    assert "support_lost" in stage.active()
    stage.command(Acknowledge())
    assert "support_lost" not in stage.active()


@pytest.mark.parametrize("command", [StepDown(), Pause()])
def test_letting_go_after_a_step_down_or_pause_is_no_support_lost(command: StepDown | Pause) -> None:
    stage = standing(START)
    stage.command(command)
    stage.play(0.1)
    stage.play(3, 0)
    assert "support_lost" not in stage.raised()


def test_a_gap_is_no_support_lost() -> None:
    stage = standing(START, 50)
    stage.silent_boards.add("a")
    stage.play(0.3)
    stage.silent_boards.clear()
    stage.play(3, 30)
    assert "support_lost" not in stage.raised()


def test_a_load_that_lasts_is_told_after_its_time() -> None:
    start = StartSession(70, 60, sustained_kg=35, sustained_s=6)
    stage = standing(start, 30)  # 40 kg
    assert "load_sustained" not in stage.active()
    stage.play(4)
    assert "load_sustained" in stage.active()
    stage.play(1, 36)  # 34: inside the deadband
    assert "load_sustained" in stage.active()
    stage.play(2, 38)
    assert "load_sustained" not in stage.active()


def test_a_short_rest_begins_the_time_of_a_lasting_load_anew() -> None:
    stage = standing(StartSession(70, 60, sustained_kg=35, sustained_s=4), 40)
    for _ in range(4):
        stage.play(3, 30)
        stage.play(1, 40)
    assert "load_sustained" not in stage.raised()


def test_a_fast_rise_is_told_where_the_client_has_a_rate() -> None:
    stage = standing(StartSession(70, 60, rate_kg_s=100), 40)
    for bar_kg in range(40, 25, -1):
        stage.play(0.02, bar_kg)  # 50 kg a second
    assert "load_rate" not in stage.raised()
    stage.play(1)
    stage.play(0.3, 11)
    assert "load_rate" in stage.raised()


@pytest.mark.parametrize("given", [{"sustained_kg": 30}, {"sustained_s": 10}])
def test_half_a_bound_is_refused(given: dict[str, float]) -> None:
    stage = Stage()
    stage.play(2)
    assert stage.command(replace(START, **given)) == "sustained: allowed are both kg and seconds, or neither"


# Limits that change


def test_a_limit_is_lowered_by_anybody_and_raised_with_a_name_and_a_reason() -> None:
    stage = standing(START)
    assert stage.command(SetLimit(30), "socket") is None
    refusal = stage.command(SetLimit(35), "socket")
    assert refusal == "a limit is raised in a session only with the name of who decided it and the reason why"
    assert stage.command(SetLimit(35, who="Kim", why=" "), "socket") == refusal
    assert stage.command(SetLimit(35, who="Kim", why="asked for more"), "socket") is None
    first, second = [e for e in stage.events if isinstance(e, SessionChanged)]
    assert (first.numbers.limit_kg, first.by) == (30, "socket")
    assert (second.numbers.limit_kg, second.why) == (35, "limit set by Kim: asked for more")
    session = stage.snapshot().session
    assert session is not None
    assert (session.limit_kg, session.near_kg, session.critical_kg) == (35, 29.75, 43.75)


def test_a_critical_that_rises_is_a_limit_that_rises() -> None:
    stage = standing(START)
    assert stage.command(SetLimit(40, critical_kg=60)) is not None


def test_a_lower_limit_lowers_the_zones_above_it() -> None:
    stage = standing(StartSession(70, 40, zones={"ribs": 35}), 60)
    stage.command(SetLimit(30))
    stage.command(SetZone("ribs"))
    session = stage.snapshot().session
    assert session is not None
    assert session.limit_kg == 30


# Equipment


def test_a_rated_support_is_watched_from_four_fifths_on() -> None:
    stage = standing(START, 40, rated(30))  # 20 of 30 kg on the left bar
    assert stage.active() == set()
    stage.play(1, 50)
    assert stage.active() == {"bar_near_capacity"}
    stage.play(1, 61)
    assert stage.active() == {"bar_near_capacity", "bar_overload"}
    [alarm] = [a for a in stage.snapshot().alarms if a.id == "bar_overload"]
    assert (alarm.priority, alarm.subjects) == ("high", ("left bar: 100 % of its rated load or more",))
    stage.play(0.3, 50)
    stage.play(2, 40)
    assert stage.active() == {"bar_overload", "calibration_expired"}  # latched
    stage.command(Acknowledge())
    assert stage.active() == {"calibration_expired"}


def test_an_overload_of_a_fifth_is_inspected_before_the_next_session_a_restart_or_not() -> None:
    stage = standing(START, 40, rated(25))
    stage.play(0.5, 62)
    stage.play(2, 45)
    stage.command(Acknowledge())
    assert "bar_inspect" in stage.active()
    stage.command(StopSession())
    stage.play(2, 0)
    refusal = stage.command(START)
    assert refusal is not None
    assert refusal.startswith("left bar: overloaded: 31 kg on a support rated for 25 kg")
    fresh = Stage(stage.settings)
    fresh.monitor = Monitor(stage.settings, calibration(stage.settings), now_us=0)
    fresh.command(stage.monitor.saved(stage.now_us), "restart")
    fresh.hello("a")
    fresh.play(2)
    assert "bar_inspect" in fresh.active()
    assert fresh.command(Inspected("right bar", "Kim")) == "no support 'right bar' to inspect; allowed: left bar"
    assert fresh.command(Inspected("left bar", "Kim")) is None
    fresh.play(1)
    assert "bar_inspect" not in fresh.active()
    assert "verify it" in (fresh.command(START) or "")
    assert fresh.command(Verified("left bar")) is None
    assert fresh.command(START) is None


# Technical


def test_a_cell_without_a_calibration_is_low_and_starts_no_session() -> None:
    stage = Stage(calibrated=False)
    stage.play(8)
    [alarm] = [a for a in stage.snapshot().alarms if a.id == "calibration_missing"]
    assert alarm.priority == "low"
    assert "left bar, cell 1" in alarm.subjects


def test_an_expired_calibration_starts_no_session() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(Report(Around(calibration_expired={"calibration": "expired on 2026-11-01"})), "daemon")
    stage.play(2.5)
    assert stage.active() == {"calibration_expired"}
    assert stage.command(START) == "calibration: expired on 2026-11-01"


@pytest.mark.parametrize(
    ("part", "priority"),
    [("output_failed", "medium"), ("journal_failed", "medium"), ("disk_low", "low"), ("broker_lost", "low")],
)
def test_what_ails_around_the_core_is_told_and_ends(part: str, priority: str) -> None:
    stage = standing(START)
    stage.command(Report(Around(**{part: {"sound": "no such device"}})), "daemon")
    stage.play(1.5)
    assert part not in stage.active()
    stage.play(1)
    [alarm] = [a for a in stage.snapshot().alarms if a.id == part]
    assert (alarm.priority, alarm.subjects) == (priority, ("sound: no such device",))
    stage.command(Report(Around()), "daemon")
    stage.play(1.5)
    assert part not in stage.active()


def test_a_clock_that_was_never_set_is_told_in_a_session() -> None:
    stage = Stage()
    stage.command(Report(Around(clock_untrusted=True)), "daemon")
    stage.play(70)
    assert stage.active() == set()
    stage.command(START)
    stage.play(62)
    assert stage.active() == {"clock_untrusted"}


def test_a_condition_raised_three_times_in_a_minute_chatters() -> None:
    stage = standing(START)
    for times in (1, 2, 3):
        stage.play(2, 28)
        stage.play(2, 40)
        assert ("alarm_chatter" in stage.active()) == (times == 3)
    [alarm] = [a for a in stage.snapshot().alarms if a.id == "alarm_chatter"]
    assert (alarm.priority, alarm.subjects) == ("low", ("load_over",))
    stage.play(62)
    assert "alarm_chatter" not in stage.active()


# Restart


def restarted(stage: Stage, bar_kg: float, seconds: float = 2.0) -> Stage:
    fresh = Stage(stage.settings)
    fresh.monitor = Monitor(stage.settings, calibration(stage.settings), now_us=0)
    assert fresh.command(stage.monitor.saved(stage.now_us), "restart") is None
    fresh.hello("a")
    fresh.play(seconds, bar_kg)
    return fresh


def test_latched_stays_latched_and_acknowledged_comes_back_acknowledged() -> None:
    stage = standing(START)
    stage.play(0.2, 28)
    stage.play(0.5, 15)
    stage.play(3, 28)
    assert stage.command(Acknowledge("load_over")) is None
    states = {a.id: a.state for a in stage.snapshot().alarms}
    assert states == {"load_near": "active", "load_over": "acknowledged", "load_critical": "latched"}
    fresh = restarted(stage, 28)
    after = {a.id: a.state for a in fresh.snapshot().alarms}
    assert {key: after[key] for key in states} == states
    fresh.play(3, 45)
    assert {a.id: a.state for a in fresh.snapshot().alarms} == {"load_critical": "latched"}
    fresh.command(Acknowledge())
    assert fresh.active() == set()


def test_a_condition_that_is_over_after_a_restart_ends_by_itself() -> None:
    stage = standing(START, 28)
    assert "load_over" in stage.active()
    fresh = restarted(stage, 45, 4.0)
    assert "load_over" not in fresh.active()


# Zero


def test_free_bars_that_stand_far_from_the_installers_zero_are_told_until_they_are_back() -> None:
    stage = Stage()
    stage.play(8, 0.3)
    assert stage.active() == set()
    stage.play(8, 1.4)
    [alarm] = [a for a in stage.snapshot().alarms if a.id == "zero_moved"]
    assert alarm.priority == "medium"
    assert alarm.value_kg == pytest.approx(1.4, abs=0.05)
    stage.play(8, 0.1)
    assert stage.active() == set()


def test_a_steady_hold_is_no_zero_that_moved() -> None:
    stage = standing(START)
    for _ in range(120):
        for bar_kg in (6.0, 6.1, 6.3, 6.2):
            stage.play(0.1, bar_kg)
    assert "zero_moved" not in stage.raised()
