"""The alarm log as tables for other programs: CSV and JSON lines, with a word about each column.

One law: what is unknown is empty in CSV and null in JSON, never NaN and never 0; times are UTC in ISO 8601, weights kg,
durations seconds. It chooses no rows.
"""

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Generic, TextIO, TypeVar

import msgspec
from msgspec import Struct

from bard.journal.alarms import Alarm, Change, Moment, seconds_between
from bard.journal.history import SessionAlarms, SessionRow

Row = TypeVar("Row")
Cell = str | int | float | bool | tuple[str, ...] | None
"""Several texts: a list in JSON, joined by `; ` in CSV."""


class Column(Struct, Generic[Row], frozen=True):
    """What stands in it, for people, and how it is made."""

    words: str
    cell: Callable[[Row], Cell]


def iso(moment: Moment | None) -> str | None:
    """The wall clock as it was then: `2026-03-01T10:00:00.000+00:00`."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment.wall_ms / 1000, UTC).isoformat(timespec="milliseconds")


ALARMS: Mapping[str, Column[Alarm]] = {
    "session": Column("id of the session; empty outside of any", lambda a: a.session),
    "condition": Column("what it was, as in docs/alarms.md", lambda a: a.condition),
    "priority": Column("the highest it had: cue, low, medium, high", lambda a: a.priority),
    "begin": Column("when it began to call, wall clock", lambda a: iso(a.begin)),
    "end": Column("when it was over, wall clock", lambda a: iso(a.end)),
    "duration_s": Column("from begin to end", lambda a: a.duration_s),
    "reaction_s": Column("load conditions: from begin until the load was back below", lambda a: a.reaction_s),
    "peak_kg": Column("the value farthest from 0 at a change while it called", lambda a: a.peak_kg),
    "peak_u_kg": Column("its expanded uncertainty (k = 2), for loads on the client", lambda a: a.peak_u_kg),
    "limit_kg": Column("the limit it was held against", lambda a: a.limit_kg),
    "guard_kg": Column("what was added to the load before; empty without a session", lambda a: a.guard_kg),
    "phase": Column("at its beginning: off, on, released", lambda a: a.phase),
    "acknowledged": Column("when first, wall clock", lambda a: iso(a.acknowledged)),
    "acknowledged_by": Column("who did", lambda a: a.by or None),
    "outcome": Column("over; latched: over, not acknowledged; open: no end; cut off", lambda a: a.outcome),
    "carried": Column("true: it began before what is recorded, at a time unknown", lambda a: a.carried),
    "subjects": Column("boards, cells or bars it was about", lambda a: a.subjects),
    "meaning": Column("in words", lambda a: a.meaning),
    "clock_trusted": Column(
        "whether the clock was known to be right at the beginning", lambda a: a.begin.clock_trusted
    ),
    "boot_id": Column("of the machine, at the beginning", lambda a: a.begin.boot_id),
    "begin_us": Column("monotonic microseconds in that boot", lambda a: a.begin.at_us),
}
CHANGES: Mapping[str, Column[Change]] = {
    "uid": Column("of the message, the same on MQTT and the socket", lambda c: c.uid),
    "session": Column("id of the session; empty outside of any", lambda c: c.session),
    "at": Column("wall clock", lambda c: iso(c.moment)),
    "clock_trusted": Column("whether that was known to be right", lambda c: c.moment.clock_trusted),
    "boot_id": Column("of the machine", lambda c: c.moment.boot_id),
    "at_us": Column("monotonic microseconds in that boot", lambda c: c.moment.at_us),
    "condition": Column("what changed, as in docs/alarms.md", lambda c: c.condition),
    "state": Column("the state it has now", lambda c: c.state),
    "was": Column("the state before", lambda c: c.was),
    "priority": Column("cue, low, medium, high", lambda c: c.priority),
    "value_kg": Column("the load or value that was judged", lambda c: c.value_kg),
    "limit_kg": Column("the limit it was held against", lambda c: c.limit_kg),
    "u_kg": Column("expanded uncertainty (k = 2) of a load on the client", lambda c: c.u_kg),
    "guard_kg": Column("what was added to the load before; empty without a session", lambda c: c.guard_kg),
    "phase": Column("off, on, released", lambda c: c.phase),
    "by": Column("who or what acted; empty where nobody did", lambda c: c.by or None),
    "subjects": Column("boards, cells or bars it is about", lambda c: c.subjects),
    "meaning": Column("in words", lambda c: c.meaning),
}


def _of(cell: Callable[[SessionRow], Cell]) -> Callable[[SessionAlarms], Cell]:
    """Empty outside of any session."""
    return lambda alarms: cell(alarms.session) if alarms.session is not None else None


SESSIONS: Mapping[str, Column[SessionAlarms]] = {
    "session": Column("its id; empty: all that no session had", _of(lambda s: s.id)),
    "begin": Column("wall clock", _of(lambda s: iso(s.begin))),
    "end": Column("wall clock; empty: it runs, or nobody saw it end", _of(lambda s: iso(s.end))),
    "clock_trusted": Column("whether that clock was right at the beginning", _of(lambda s: s.begin.clock_trusted)),
    "duration_s": Column("from begin to end", _of(lambda s: seconds_between(s.begin, s.end))),
    "body_weight_kg": Column("of the therapist, as it began", _of(lambda s: s.numbers.body_weight_kg)),
    "limit_kg": Column("as it began", _of(lambda s: s.numbers.limit_kg)),
    "number_changes": Column("how often weight, limits or zone changed", lambda s: len(s.numbers)),
    "alarms": Column("all but the cues", lambda s: s.summary.alarms),
    "high": Column("alarms of that priority", lambda s: s.summary.by_priority["high"]),
    "medium": Column("alarms of that priority", lambda s: s.summary.by_priority["medium"]),
    "low": Column("alarms of that priority", lambda s: s.summary.by_priority["low"]),
    "cues": Column("beside them", lambda s: s.summary.by_priority["cue"]),
    "chatter": Column("how often a condition was raised 3 times in 60 s or more", lambda s: len(s.summary.chatter)),
    "chattered": Column("which conditions did", lambda s: tuple(dict.fromkeys(c.condition for c in s.summary.chatter))),
    "reactions": Column(
        "load alarms with a known time until the load was back below", lambda s: s.summary.reactions.times
    ),
    "reactions_unknown": Column("load alarms without such a time", lambda s: s.summary.reactions.unknown),
    "reaction_median_s": Column("of the known ones", lambda s: s.summary.reactions.median_s),
    "reaction_longest_s": Column("of the known ones", lambda s: s.summary.reactions.longest_s),
}


def words_of(columns: Mapping[str, Column[Row]]) -> dict[str, str]:
    """What each column holds."""
    return {name: column.words for name, column in columns.items()}


def write_csv(columns: Mapping[str, Column[Row]], rows: Iterable[Row], out: TextIO) -> None:
    """A line of names, then a line a row (RFC 4180, but for line ends of one character)."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_text(column.cell(row)) for column in columns.values()])


def write_jsonl(columns: Mapping[str, Column[Row]], rows: Iterable[Row], out: TextIO) -> None:
    """A JSON object a row."""
    for row in rows:
        cells = {name: column.cell(row) for name, column in columns.items()}
        out.write(msgspec.json.encode(cells).decode() + "\n")


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, tuple):
        return "; ".join(cell)
    return str(cell)
