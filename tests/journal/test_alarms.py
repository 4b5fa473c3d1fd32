"""From changes to alarms, without a database."""

from collections.abc import Iterable

import pytest
from msgspec import structs

from bard.journal.alarms import (
    LOAD_CONDITIONS,
    Alarm,
    Change,
    Moment,
    find_chatter,
    reactions,
    seconds_between,
    summarize,
    whole_alarms,
)
from bard.messages import ConditionChanged, Event
from tests.journal.logs import BEGIN_WALL_S, BOOT, OTHER_BOOT, S, condition, one_alarm

WALL_MS = round(BEGIN_WALL_S * 1000)


def moment(at_us: int, boot_id: str = BOOT, wall_ms: int | None = None, trusted: bool = True) -> Moment:
    return Moment(boot_id, at_us, WALL_MS + at_us // 1000 if wall_ms is None else wall_ms, trusted)


def changes_of(
    events: Iterable[Event], *, run: str = "a1", boot_id: str = BOOT, first: int = 1, session: str | None = "s"
) -> list[Change]:
    """As a history would give them."""
    changes = []
    for number, event in enumerate(events, first):
        assert isinstance(event, ConditionChanged)
        fields = {name: getattr(event, name) for name in event.__struct_fields__ if name not in ("at_us", "id")}
        stamp = moment(event.at_us, boot_id)
        changes.append(Change(number, f"{run}-{number}", session, stamp, event.id, **fields))
    return changes


def alarms_of(*events: Event) -> list[Alarm]:
    return whole_alarms(changes_of(events))


def test_seconds_between_moments_of_one_boot_are_the_monotonic_ones_whatever_the_wall_says() -> None:
    jumped = moment(3 * S, wall_ms=WALL_MS + 86_400_000, trusted=False)
    assert seconds_between(moment(S), jumped) == 2.0
    assert seconds_between(moment(S), moment(3 * S, wall_ms=0)) == 2.0


def test_across_boots_only_trusted_walls_count_and_nothing_is_negative() -> None:
    begin, end = moment(900 * S), moment(S, OTHER_BOOT, WALL_MS + 960_000)
    assert seconds_between(begin, end) == 60.0
    assert seconds_between(begin, structs.replace(end, clock_trusted=False)) is None
    assert seconds_between(structs.replace(begin, clock_trusted=False), end) is None
    assert seconds_between(begin, structs.replace(end, wall_ms=WALL_MS)) is None
    assert seconds_between(moment(2 * S), moment(S)) is None
    assert seconds_between(begin, None) is None


def test_an_alarm_from_its_beginning_to_its_end() -> None:
    (alarm,) = alarms_of(
        condition(10 * S, "active", "pending", value_kg=42.0),
        condition(11 * S, "active", "active", value_kg=44.5, priority="high", u_kg=2.0),
        condition(12 * S, "acknowledged", "active", value_kg=43.0, priority="high", by="socket"),
        condition(13 * S, "clearing acknowledged", "acknowledged", value_kg=37.0, priority="high"),
        condition(13_500_000, "normal", "clearing acknowledged", value_kg=99.0, priority="high"),
    )
    assert (alarm.condition, alarm.session, alarm.phase, alarm.limit_kg, alarm.guard_kg) == (
        "load_over",
        "s",
        "on",
        40.0,
        1.5,
    )
    assert (alarm.priority, alarm.peak_kg, alarm.peak_u_kg) == ("high", 44.5, 2.0), "the end's value is no peak"
    assert (alarm.duration_s, alarm.reaction_s) == (3.5, 3.0)
    assert (alarm.by, seconds_between(alarm.begin, alarm.acknowledged)) == ("socket", 2.0)
    assert (alarm.outcome, alarm.carried) == ("over", False)


def test_a_load_that_holds_on_is_back_only_the_last_time() -> None:
    (alarm,) = alarms_of(
        condition(0, "active", "pending"),
        condition(2 * S, "clearing", "active"),
        condition(3 * S, "active", "clearing"),
        condition(5 * S, "clearing", "active"),
        condition(6 * S, "clearing acknowledged", "clearing", by="pedal"),
        condition(7 * S, "normal", "clearing acknowledged"),
    )
    assert (alarm.reaction_s, alarm.duration_s, alarm.by) == (5.0, 7.0, "pedal")


def test_a_latched_alarm_is_over_and_waits_for_its_acknowledgement() -> None:
    events = [
        condition(0, "active", "pending", id="load_critical"),
        condition(S, "clearing", "active", id="load_critical"),
        condition(2 * S, "latched", "clearing", id="load_critical"),
    ]
    (waiting,) = alarms_of(*events)
    assert (waiting.outcome, waiting.duration_s, waiting.acknowledged) == ("latched", 2.0, None)
    (done,) = alarms_of(*events, condition(60 * S, "normal", "latched", id="load_critical", by="socket"))
    assert (done.outcome, done.duration_s, done.by) == ("over", 2.0, "socket")


def test_what_returns_while_latched_is_another_alarm() -> None:
    first, second = alarms_of(
        condition(0, "active", "pending", id="load_critical"),
        condition(S, "clearing", "active", id="load_critical"),
        condition(2 * S, "latched", "clearing", id="load_critical"),
        condition(3 * S, "pending latched", "latched", id="load_critical"),
        condition(4 * S, "active", "pending latched", id="load_critical"),
    )
    assert (first.outcome, first.duration_s) == ("latched", 2.0)
    assert (second.outcome, second.duration_s, second.begin.at_us) == ("open", None, 4 * S)


def test_a_lost_end_or_a_bard_that_ended_is_never_a_duration() -> None:
    lost, after = alarms_of(condition(0, "active", "pending"), *one_alarm(9 * S))
    assert (lost.outcome, lost.duration_s, lost.reaction_s) == ("cut off", None, None)
    assert after.outcome == "over"
    before, now = whole_alarms(
        changes_of([condition(0, "active", "pending")]) + changes_of(one_alarm(9 * S), run="b2", first=2)
    )
    assert (before.outcome, now.outcome) == ("cut off", "over")


def test_a_load_that_came_up_again_and_was_cut_off_is_not_back() -> None:
    holding = [condition(0, "active", "pending"), condition(S, "clearing", "active")]
    (alarm,) = alarms_of(*holding, condition(2 * S, "active", "clearing"))
    assert (alarm.back, alarm.reaction_s, alarm.outcome) == (None, None, "open")


def test_the_first_to_acknowledge_is_kept() -> None:
    (alarm,) = alarms_of(
        condition(0, "active", "pending"),
        condition(S, "acknowledged", "active", by="socket"),
        condition(16 * S, "active", "acknowledged"),
        condition(17 * S, "acknowledged", "active", by="pedal"),
    )
    assert (alarm.by, seconds_between(alarm.begin, alarm.acknowledged)) == ("socket", 1.0)


def test_an_alarm_that_a_restart_brings_back_is_the_same_one() -> None:
    brought = condition(100, "active", "normal", by="restart")
    ended = [condition(2 * S, "clearing", "active"), condition(3 * S, "normal", "clearing")]
    again = changes_of([brought, *ended], run="b2", first=2)
    (alarm,) = whole_alarms(changes_of([condition(0, "active", "pending")]) + again)
    assert (alarm.outcome, alarm.duration_s, alarm.acknowledged, alarm.by) == ("over", 3.0, None, "")
    (carried,) = whole_alarms(again)
    assert (carried.carried, carried.outcome, carried.duration_s, carried.reaction_s) == (True, "over", None, None)
    (latched,) = whole_alarms(changes_of([condition(0, "latched", "normal", id="load_critical", by="restart")]))
    assert (latched.carried, latched.outcome) == (True, "latched")


def test_the_peak_keeps_its_sign_and_unknown_is_no_peak() -> None:
    (pushed,) = alarms_of(
        condition(0, "active", "pending", id="bar_pushed", value_kg=-2.5, limit_kg=None),
        condition(S, "active", "active", id="bar_pushed", value_kg=-4.0, limit_kg=None),
    )
    assert (pushed.peak_kg, pushed.reaction_s) == (-4.0, None)
    (unknown,) = alarms_of(
        condition(0, "active", "pending", id="load_unknown", value_kg=None),
        condition(S, "clearing", "active", id="load_unknown", value_kg=20.0),
    )
    assert unknown.peak_kg is None


def test_subjects_gather() -> None:
    (alarm,) = alarms_of(
        condition(0, "active", "pending", id="link_lost", subjects=("a",)),
        condition(S, "active", "active", id="link_lost", subjects=("a", "b")),
        condition(2 * S, "active", "active", id="link_lost", subjects=("b",)),
    )
    assert alarm.subjects == ("a", "b")


def chatter_of(*begins_s: float) -> list[tuple[int, float, float]]:
    alarms = alarms_of(*(event for at in begins_s for event in one_alarm(round(at * S), S // 2)))
    return [(c.times, c.begin.at_us / S, c.last.at_us / S) for c in find_chatter(alarms)]


@pytest.mark.parametrize(
    ("begins_s", "found"),
    [
        ((), []),
        ((0, 10), []),
        ((0, 30, 60), []),
        ((0, 30, 59.9), [(3, 0, 59.9)]),
        ((0, 50, 100, 150), []),
        ((0, 10, 20, 30, 70), [(5, 0, 70)]),
        ((0, 10, 20, 100, 110, 120, 300), [(3, 0, 20), (3, 100, 120)]),
        ((0, 25, 50, 75, 100), [(5, 0, 100)]),
    ],
)
def test_chatter_is_three_beginnings_within_a_minute(
    begins_s: tuple[float, ...], found: list[tuple[int, float, float]]
) -> None:
    assert chatter_of(*begins_s) == found


def test_chatter_is_of_one_condition_and_of_one_boot() -> None:
    mixed = [event for at in (0, 10, 20) for event in one_alarm(at * S, S, id=("a", "b", "a")[at // 10])]
    assert find_chatter(alarms_of(*mixed)) == []
    two = changes_of([*one_alarm(0), *one_alarm(10 * S)])
    other = changes_of(one_alarm(20 * S), boot_id=OTHER_BOOT, run="b2", first=7)
    assert find_chatter(whole_alarms(two + other)) == []


def test_reactions_are_of_load_alarms_that_were_more_than_cues() -> None:
    assert {"load_over", "load_critical", "hands_off"} <= LOAD_CONDITIONS
    assert not {"link_lost", "load_unknown", "bar_pushed"} & LOAD_CONDITIONS
    alarms = alarms_of(
        *one_alarm(0, 2 * S),
        *one_alarm(10 * S, 4 * S),
        *one_alarm(20 * S, 12 * S),
        *one_alarm(40 * S, 60 * S, id="load_near", priority="cue"),
        *one_alarm(50 * S, 60 * S, id="link_lost", priority="high"),
        condition(200 * S, "active", "pending"),
    )
    found = reactions(alarms)
    assert (found.times, found.unknown, found.median_s, found.longest_s) == (3, 1, 3.5, 11.5)
    none = reactions([])
    assert (none.times, none.unknown, none.median_s, none.longest_s) == (0, 0, None, None)


def test_a_summary_counts_cues_apart() -> None:
    summary = summarize(
        alarms_of(
            *one_alarm(0), *one_alarm(10 * S, priority="cue", id="load_near"), *one_alarm(20 * S, priority="high")
        )
    )
    assert summary.by_priority == {"high": 1, "medium": 1, "low": 0, "cue": 1}
    assert summary.alarms == 2
