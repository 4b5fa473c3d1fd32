"""Sessions for the studio's pages, from the journal and people.db: a list, one session, its load.

One law: it reads, never writes, and is called in a thread; what is not known is null. Codes stand beside a session
where somebody was named, a client's name only where the studio keeps names. It knows no request and no role.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from bard.control.words import change_words
from bard.errors import UsageError
from bard.journal.alarms import Alarm, Moment, seconds_between
from bard.journal.history import History, SessionRow
from bard.journal.schema import JOURNAL_FILE
from bard.journal.statistics import SessionStatistics
from bard.journal.wanted import Bound, Wanted
from bard.people.reader import PeopleReader
from bard.people.records import SessionOf
from bard.people.schema import PEOPLE_FILE
from bard.report.decimate import columns
from bard.report.facts import Limits
from bard.report.gather import calls_of, limits_of, loads_of
from bard.settings import Code, Settings

SessionId = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}\Z")]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]
Seconds = Annotated[float, Meta(ge=0, le=1e6)]
MOST_LISTED = 200
_DAY_MS = 86_400_000


class SessionsAsked(Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}):
    """Which sessions to list; days are local and both belong to it."""

    client: Code | None = None
    therapist: Code | None = None
    since: Day | None = None
    until: Day | None = None


class SessionAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """One session."""

    id: SessionId


class LoadAsked(Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}):
    """Of one session, a stretch in seconds of it, as `columns` columns at most."""

    id: SessionId
    since: Seconds
    until: Seconds
    columns: Annotated[int, Meta(ge=1, le=2000)]


class _Whose(Struct, frozen=True):
    """Codes of sessions; names by client code where they are kept."""

    sessions: dict[str, SessionOf]
    names: dict[str, str | None]

    def told(self, session: str) -> dict[str, str | None]:
        of = self.sessions.get(session)
        client = of.client if of is not None else None
        name = self.names.get(client) if client is not None else None
        return {"client": client, "name": name, "therapist": of.therapist if of is not None else None}


def sessions(settings: Settings, asked: SessionsAsked) -> dict[str, Any]:
    """The newest first. Raises DataError, and UsageError for a code that nobody has."""
    wanted = Wanted(since=_bound(asked.since, 0), until=_bound(asked.until, _DAY_MS - 1))
    whose = _whose(settings, asked.client, asked.therapist)
    named = asked.client is not None or asked.therapist is not None
    with History(_path(settings, JOURNAL_FILE)) as history:
        rows = [
            row for row in history.sessions() if wanted.in_time(row.begin) and (not named or row.id in whose.sessions)
        ]
        shown = rows[-MOST_LISTED:][::-1]
        stored = {found.session: found for found in history.all_statistics()} if len(shown) > 1 else {}
        told = [_row(row, stored.get(row.id) or history.statistics(row.id)) | whose.told(row.id) for row in shown]
    return {"sessions": told, "left_out": len(rows) - len(shown)}


def session(settings: Settings, asked: SessionAsked) -> dict[str, Any]:
    """Its numbers, limits, changes and alarms. Raises DataError, and UsageError for none of this id."""
    whose = _whose(settings, None, None)
    with History(_path(settings, JOURNAL_FILE)) as history:
        row, found = history.session(asked.id), history.statistics(asked.id)
        numbers, alarms = history.numbers(asked.id), history.alarms(Wanted(session=asked.id))
        watched = history.scalar(
            "SELECT count(*) FROM series_block WHERE session = (SELECT number FROM session WHERE id = ?)", (asked.id,)
        )
    whole = found.whole
    lasted_s = seconds_between(row.begin, row.end)
    length_s = max(whole.length_s, lasted_s or 0.0)
    changes, before = [], row.numbers
    for change in numbers:
        at_s = seconds_between(row.begin, change.moment)
        changes.append(
            {"at_s": at_s, "words": change_words(change.why, before, change.numbers), "by": change.by or None}
        )
        before = change.numbers
    return {
        **_row(row, found),
        **whose.told(row.id),
        "station": settings.core.room.station,
        "length_s": length_s,
        "has_series": watched > 0,
        "body_weight_kg": row.numbers.body_weight_kg,
        "peak_u_kg": whole.peak_u_kg,
        "median_kg": whole.p50_kg,
        "u_mean_kg": whole.u_mean_kg,
        "on_s": whole.phases_s.get("on", 0.0),
        "released_s": whole.phases_s.get("released", 0.0),
        "off_s": whole.phases_s.get("off", 0.0),
        "near_s": whole.near_s,
        "critical_s": whole.critical_s,
        "load_unknown_s": whole.load_unknown_s,
        "missing_s": whole.missing_s,
        "limits": [_limits(one) for one in limits_of(row, numbers, length_s)],
        "changes": changes,
        "notes": row.notes,
        "calls": [_call(one.at_s, one.alarm) for one in calls_of(row, alarms)],
    }


def load(settings: Settings, asked: LoadAsked) -> dict[str, Any]:
    """The load on the client in columns: `low`, `mid`, `high` and the band around them in kg, null where unknown.

    `spans`: who was on, as [from, to, look]; a column that is null and in no span was not watched.
    """
    if asked.since >= asked.until:
        raise UsageError("from lies after to; allowed: a time before it")
    with History(_path(settings, JOURNAL_FILE)) as history:
        history.session(asked.id)
        found = loads_of(history.series(asked.id))
    made = columns(found.trace, asked.since, asked.until, asked.columns)
    spans = [
        (span.start_s, span.end_s, span.look)
        for span in found.phases
        if span.end_s > asked.since and span.start_s < asked.until
    ]
    named = ("low", "mid", "high", "band_low", "band_high")
    told: dict[str, Any] = {name: getattr(made, name).round(2).tolist() for name in named}
    return {"from": made.start_s, "to": made.end_s, "spans": spans, **told}


def _row(row: SessionRow, found: SessionStatistics) -> dict[str, Any]:
    whole = found.whole
    return {
        "id": row.id,
        "day": _local(row.begin, "%Y-%m-%d"),
        "clock": _local(row.begin, "%H:%M"),
        "clock_trusted": row.begin.clock_trusted,
        "ended": row.end is not None,
        "length_s": whole.length_s,
        "coverage": whole.coverage,
        "mean_kg": whole.mean_kg,
        "p95_kg": whole.p95_kg,
        "peak_kg": whole.peak_kg,
        "limit_kg": row.numbers.limit_kg,
        "over_s": whole.over_s + whole.critical_s,
        "alarms": sum(count for priority, count in found.alarms.items() if priority != "cue"),
        "high": found.alarms.get("high", 0),
        "reaction_s": found.reactions.median_s,
    }


def _call(at_s: float | None, alarm: Alarm) -> dict[str, Any]:
    return {
        "at_s": at_s,
        "priority": alarm.priority,
        "meaning": alarm.meaning,
        "subjects": alarm.subjects,
        "peak_kg": alarm.peak_kg,
        "limit_kg": alarm.limit_kg,
        "duration_s": alarm.duration_s,
        "reaction_s": alarm.reaction_s,
        "by": alarm.by or None,
        "outcome": alarm.outcome,
    }


def _limits(one: Limits) -> dict[str, Any]:
    numbers = one.numbers
    return {
        "from": one.start_s,
        "to": one.end_s,
        "near_kg": numbers.near_kg,
        "limit_kg": numbers.limit_kg,
        "critical_kg": numbers.critical_kg,
        "zone": numbers.zone,
    }


def _whose(settings: Settings, client: str | None, therapist: str | None) -> _Whose:
    path = _path(settings, PEOPLE_FILE)
    if client is None and therapist is None and not path.exists():
        return _Whose({}, {})
    with PeopleReader(path) as people:
        found = {one.session: one for one in people.sessions(client=client, therapist=therapist)}
        names = {one.code: one.name for one in people.clients()} if settings.studio.names else {}
    return _Whose(found, names)


def _bound(day: str | None, more_ms: int) -> Bound | None:
    """Raises UsageError for no day of the calendar."""
    if day is None:
        return None
    try:
        at = datetime.fromisoformat(day)
        if more_ms:
            at += timedelta(milliseconds=more_ms)
        return Bound(round(at.timestamp() * 1000))
    except (ValueError, OverflowError, OSError):
        raise UsageError(f'"{day}"; allowed: a day as 2026-03-01') from None


def _local(moment: Moment, form: str) -> str:
    return time.strftime(form, time.localtime(moment.wall_ms / 1000))


def _path(settings: Settings, name: str) -> Path:
    return Path(settings.journal.directory) / name
