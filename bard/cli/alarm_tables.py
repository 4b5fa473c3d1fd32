"""The alarm log in lines of 80 columns, for a terminal.

One law: what is unknown is said; a time whose clock was not known to be right carries a question mark. Local time. It
chooses nothing and reads nothing.
"""

import textwrap
import time
from collections.abc import Iterator, Sequence

from bard.control.words import change_words, event_words, kg_words, session_words, time_words
from bard.journal.alarms import LOAD_CONDITIONS, Alarm, Change, Moment, seconds_between
from bard.journal.history import GapRow, NumbersRow, SessionAlarms, SessionRow
from bard.messages import ConditionChanged, SessionNumbers

_WIDTH = 80
_NOTE = " " * 22
_ID = 8
"""Of a session's id as much as tells it from the others."""
_SHARED = tuple(name for name in ConditionChanged.__struct_fields__ if name not in ("at_us", "id"))
_DOUBT = "\n? the clock was not known to be right"


def alarm_lines(alarms: Sequence[Alarm]) -> Iterator[str]:
    """A line an alarm, and beneath it what there is to say of it."""
    if not alarms:
        yield "no alarms"
        return
    yield f" {'begin':12}{'priority':9}{'condition':20}{'lasted':>11}{'peak':>9}{'limit':>9}{'back in':>9}"
    heading = ""
    for alarm in alarms:
        now = f"{_day(alarm.begin)}, {_session_name(alarm.session)}"
        if now != heading:
            heading = now
            yield ""
            yield heading
        yield (
            f" {_clock(alarm.begin):12}{alarm.priority.upper():9}{alarm.condition:20}{_lasted(alarm):>11}"
            f"{_peak(alarm):>9}{_kg(alarm.limit_kg):>9}{_back(alarm):>9}"
        ).rstrip()
        note = _note(alarm)
        if note:
            yield from textwrap.wrap(note, _WIDTH, initial_indent=_NOTE, subsequent_indent=_NOTE)
    guards_kg = sorted({alarm.guard_kg for alarm in alarms if alarm.condition in LOAD_CONDITIONS and alarm.guard_kg})
    if guards_kg:
        most = f" to {kg_words(guards_kg[-1])}" if kg_words(guards_kg[0]) != kg_words(guards_kg[-1]) else ""
        yield f"\nLoads are told before the limit, by their guard: {kg_words(guards_kg[0])}{most}."
    if not all(alarm.begin.clock_trusted for alarm in alarms):
        yield _DOUBT


def change_lines(changes: Sequence[Change]) -> Iterator[str]:
    """A change in words, its load with U, its guard and who acted."""
    if not changes:
        yield "no changes"
        return
    heading = ""
    for change in changes:
        now = f"{_day(change.moment)}, {_session_name(change.session)}"
        if now != heading:
            if heading:
                yield ""
            heading = now
            yield heading
        guard = f", guard {kg_words(change.guard_kg)}" if change.guard_kg else ""
        words = f"{event_words(_event(change))}; phase {change.phase}{guard}"
        yield from textwrap.wrap(
            words, _WIDTH, initial_indent=f" {_clock(change.moment):12}", subsequent_indent=" " * 15
        )
    if not all(change.moment.clock_trusted for change in changes):
        yield _DOUBT


def session_lines(found: Sequence[SessionAlarms]) -> Iterator[str]:
    """A block a session: its numbers, alarms, chatter and reaction times, and who changed what."""
    if not found:
        yield "no sessions"
        return
    for one in found:
        yield from _wrapped(_title(one.session))
        if one.session is not None:
            yield from _item("numbers", session_words(one.session.numbers))
        yield from _summary(one)
        numbers = one.session.numbers if one.session is not None else None
        for row in one.numbers:
            yield from _item("changed", _changed(row, numbers))
            numbers = row.numbers
        yield ""
    sessions = [one for one in found if one.session is not None]
    alarms = sum(one.summary.alarms for one in sessions)
    if sessions:
        yield f"{_count(len(sessions), 'session')}, {_count(alarms, 'alarm')}: {alarms / len(sessions):.1f} a session"
    if not all(one.session.begin.clock_trusted for one in found if one.session is not None):
        yield _DOUBT


def gap_lines(gaps: Sequence[GapRow]) -> Iterator[str]:
    """Where the log is not whole."""
    for gap in gaps:
        at = f"{_day(gap.moment)} {_clock(gap.moment)}"
        yield ""
        yield from _wrapped(
            f"{_count(gap.missing, 'event')} before {at} could not be written, and will not be found here"
        )


def _summary(one: SessionAlarms) -> Iterator[str]:
    summary, reactions = one.summary, one.summary.reactions
    counts = ", ".join(f"{n} {name}" for name, n in summary.by_priority.items() if n and name != "cue")
    cues = f"; beside them {_count(summary.by_priority['cue'], 'cue')}" if summary.by_priority["cue"] else ""
    yield from _item("alarms", f"{counts or 'none'}{cues}")
    for bout in summary.chatter:
        lasted_s = seconds_between(bout.begin, bout.last)
        within = f" within {_seconds(lasted_s)}" if lasted_s is not None else ""
        yield from _item("chatter", f"{bout.condition}: {bout.times} times{within} from {_clock(bout.begin)} on")
    unknown = f"; {reactions.unknown} more of unknown time" if reactions.unknown else ""
    if reactions.median_s is not None and reactions.longest_s is not None:
        yield from _item(
            "reaction",
            f"load back below in {_seconds(reactions.median_s)} (median), {_seconds(reactions.longest_s)} (longest), "
            f"of {_count(reactions.times, 'load alarm')}{unknown}",
        )
    elif reactions.unknown:
        yield from _item("reaction", f"unknown, of {_count(reactions.unknown, 'load alarm')}")


def _title(session: SessionRow | None) -> str:
    if session is None:
        return "no session"
    lasted_s = seconds_between(session.begin, session.end)
    if session.end is None:
        lasted = "no end recorded"
    else:
        lasted = "for a time unknown" if lasted_s is None else f"for {time_words(lasted_s)}"
    return f"session {session.id[:_ID]}, {_day(session.begin)} {_clock(session.begin)}, {lasted}"


def _changed(row: NumbersRow, before: SessionNumbers | None) -> str:
    by = f" by {row.by}" if row.by else ""
    return f"{_clock(row.moment)}{by}: {change_words(row.why, before, row.numbers)}"


def _note(alarm: Alarm) -> str:
    parts = ["; ".join(alarm.subjects)] if alarm.subjects else []
    if alarm.acknowledged is not None:
        after_s = seconds_between(alarm.begin, alarm.acknowledged)
        after = f" after {_seconds(after_s)}" if after_s is not None and not alarm.carried else ""
        parts.append(f"acknowledged by {alarm.by}{after}")
    if alarm.outcome == "latched":
        parts.append("NOT ACKNOWLEDGED")
    elif alarm.outcome == "cut off":
        parts.append("its end is not recorded")
    if alarm.carried:
        parts.append("it began before, at a time unknown")
    return "; ".join(parts)


def _lasted(alarm: Alarm) -> str:
    if alarm.outcome == "open":
        return "no end yet"
    return "unknown" if alarm.duration_s is None else _seconds(alarm.duration_s)


def _peak(alarm: Alarm) -> str:
    if alarm.peak_kg is None:
        return "unknown" if alarm.limit_kg is not None or alarm.condition in LOAD_CONDITIONS else ""
    return _kg(alarm.peak_kg)


def _back(alarm: Alarm) -> str:
    if alarm.condition not in LOAD_CONDITIONS or alarm.outcome == "open":
        return ""
    return "unknown" if alarm.reaction_s is None else _seconds(alarm.reaction_s)


def _kg(value_kg: float | None) -> str:
    return "" if value_kg is None else kg_words(value_kg)


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 59.95 else time_words(seconds)


def _event(change: Change) -> ConditionChanged:
    return ConditionChanged(
        at_us=change.moment.at_us,
        id=change.condition,
        **{name: getattr(change, name) for name in _SHARED},
    )


def _session_name(session: str | None) -> str:
    return "no session" if session is None else f"session {session[:_ID]}"


def _day(moment: Moment) -> str:
    return time.strftime("%a %Y-%m-%d", time.localtime(moment.wall_ms / 1000))


def _clock(moment: Moment) -> str:
    tenths = moment.wall_ms // 100 % 10
    doubt = "" if moment.clock_trusted else "?"
    return f"{time.strftime('%H:%M:%S', time.localtime(moment.wall_ms / 1000))}.{tenths}{doubt}"


def _item(name: str, words: str) -> list[str]:
    return textwrap.wrap(words, _WIDTH, initial_indent=f"  {name:10}", subsequent_indent=" " * 12)


def _wrapped(words: str) -> list[str]:
    return textwrap.wrap(words, _WIDTH, subsequent_indent="  ")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
