"""The journal for readers: changes, alarms, sessions and their numbers, gaps.

One law: a query takes no more than a page of rows, so that no reader holds a transaction for long. It knows the tables
and no file.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, structs

from bard.errors import UsageError
from bard.journal.alarms import Alarm, Change, Moment, Summary, summarize, whole_alarms
from bard.journal.changes import CHANGE, as_change
from bard.journal.measured import Measured
from bard.journal.wanted import Bound, Wanted
from bard.messages import SessionNumbers

_PAGE = 1_000
_FIRST_SPAN = 64
"""Changes looked at for each of the last alarms asked for, before more are."""
_NUMBERS = "body_weight_kg, basis, limit_kg, near_kg, critical_kg, guard_kg, zone"
_texts = msgspec.json.Decoder(tuple[str, ...]).decode


class SessionRow(Struct, frozen=True):
    """A session with the numbers it began with. end None: it runs, or its end is not recorded."""

    number: int
    id: str
    begin: Moment
    end: Moment | None
    numbers: SessionNumbers
    notes: tuple[str, ...]


class NumbersRow(Struct, frozen=True):
    """Other numbers in a session, why and by whom."""

    moment: Moment
    numbers: SessionNumbers
    why: str
    by: str


class GapRow(Struct, frozen=True):
    """So many events before this moment are missing."""

    moment: Moment
    missing: int


class SessionAlarms(Struct, frozen=True):
    """What a session's alarms come to; `session` None: those outside of any."""

    session: SessionRow | None
    numbers: list[NumbersRow]
    summary: Summary


class History(Measured):
    """`with History(path) as history`. Whatever is wrong with the file is a DataError."""

    def changes(self, wanted: Wanted = Wanted()) -> list[Change]:  # noqa: B008
        """Single changes, in the order they happened."""
        before = self._before(wanted)
        if wanted.last is None:
            return [change for change in self._changes(before) if _takes(wanted, change)]
        found: list[Change] = []
        for change in self._back(before):
            if _takes(wanted, change):
                found.append(change)
                if len(found) >= wanted.last:
                    break
        return found[::-1]

    def alarms(self, wanted: Wanted = Wanted()) -> list[Alarm]:  # noqa: B008
        """Whole alarms, in the order they began; times and session are those of their beginning."""
        top, before = self._top(), self._before(wanted)
        span = top if wanted.last is None else _FIRST_SPAN * max(1, wanted.last)
        while True:
            after = max(before, top - span)
            found = self._alarms(wanted, after)
            if wanted.last is None or len(found) >= wanted.last or after == before:
                return found if wanted.last is None else found[max(0, len(found) - wanted.last) :]
            span *= 8

    def sessions(self) -> list[SessionRow]:
        """All, in order."""
        rows = self.rows(
            "SELECT number, id, boot, at_us, wall_ms, clock_trusted, end_boot, end_at_us, end_wall_ms, "
            f"end_clock_trusted, notes, {_NUMBERS} FROM session ORDER BY number"
        )
        with self.errors():
            return [
                SessionRow(
                    *(row[0], row[1], self.moment(*row[2:6])),
                    self.moment(*row[6:10]) if row[6] is not None else None,
                    *(_numbers(row[11:]), _texts(row[10])),
                )
                for row in rows
            ]

    def session(self, name: str) -> SessionRow:
        """The one whose id begins with `name`, or the newest for `last`. Raises UsageError for none or several."""
        sessions = self.sessions()
        found = (
            sessions[-1:]
            if name == "last"
            else [session for session in sessions if name and session.id.startswith(name)]
        )
        if not sessions:
            raise UsageError("no session is recorded yet")
        if len(found) != 1:
            many = "several sessions begin" if found else "no session begins"
            raise UsageError(
                f'{many} with "{name}"; allowed: the beginning of one id (bard alarms --per-session), or last'
            )
        return found[0]

    def tapes(self, session: str) -> list[str]:
        """The files in the folder of tapes that a session stands on, whether or not they still exist."""
        rows = self.rows("SELECT file FROM tape JOIN session ON session.number = tape.session WHERE id = ?", (session,))
        return sorted(row[0] for row in rows)

    def numbers(self, session: str) -> list[NumbersRow]:
        """What a session's numbers became after its beginning, in order."""
        rows = self.rows(
            f"SELECT boot, at_us, wall_ms, clock_trusted, why, acted_by, {_NUMBERS} FROM session_change "
            "WHERE session = (SELECT number FROM session WHERE id = ?) ORDER BY number",
            (session,),
        )
        with self.errors():
            return [NumbersRow(self.moment(*row[:4]), _numbers(row[6:]), row[4], row[5]) for row in rows]

    def per_session(self, wanted: Wanted) -> list[SessionAlarms]:
        """The sessions that began in the wanted time, in order; `last` counts them. Before them what no session had."""
        of: dict[str | None, list[Alarm]] = {}
        rows = [row for row in self.sessions() if wanted.session in (None, row.id) and wanted.in_time(row.begin)]
        rows = rows if wanted.last is None else rows[max(0, len(rows) - wanted.last) :]
        everywhere = structs.replace(wanted, since=None, until=None, last=None)
        for alarm in self._alarms(everywhere, self._before_all(wanted, rows)):
            if alarm.session is not None or wanted.in_time(alarm.begin):
                of.setdefault(alarm.session, []).append(alarm)
        found = [SessionAlarms(row, self.numbers(row.id), summarize(of.get(row.id, []))) for row in rows]
        if wanted.last is not None:
            return found
        outside = [SessionAlarms(None, [], summarize(of[None]))] if None in of else []
        return outside + found

    def gaps(self, since: Bound | None = None) -> list[GapRow]:
        """Where events are missing, in order."""
        rows = self.rows("SELECT boot, at_us, wall_ms, clock_trusted, missing FROM gap ORDER BY number")
        gaps = [GapRow(self.moment(*row[:4]), row[4]) for row in rows]
        return [gap for gap in gaps if since is None or since.passed_us(gap.moment) >= 0]

    def _alarms(self, wanted: Wanted, after: int) -> list[Alarm]:
        """All that are wanted among the changes with a higher number."""
        return [
            alarm
            for alarm in whole_alarms(self._changes_for(wanted, after))
            if wanted.takes(alarm.begin, alarm.session, alarm.condition, alarm.priority)
            and not (alarm.carried and self._known_before(alarm))
        ]

    def _before_all(self, wanted: Wanted, rows: list[SessionRow]) -> int:
        """The alarms of these sessions, and without `last` all others that are wanted, have higher numbers."""
        first = self.scalar(
            "SELECT coalesce(min(number) - 1, ?) FROM alarm_change WHERE session >= ?",
            (self._top(), rows[0].number if rows else 0),
        )
        return first if wanted.last is not None else min(first, self._before(wanted))

    def _top(self) -> int:
        return self.scalar("SELECT coalesce(max(number), 0) FROM alarm_change")

    def _before(self, wanted: Wanted) -> int:
        """What is wanted has higher numbers than this: time and session are looked for where no row leaves SQLite."""
        conditions, values = ["1"], list[int | str]()
        if wanted.since is not None:
            since = wanted.since
            boot = self.scalar("SELECT coalesce(max(number), 0) FROM boot WHERE boot_id = ?", (since.boot_id,))
            conditions.append("CASE WHEN boot = ? THEN at_us >= ? ELSE wall_ms >= ? END")
            values += [boot, since.at_us, since.wall_ms]
        if wanted.session is not None:
            conditions.append("session = (SELECT number FROM session WHERE id = ?)")
            values.append(wanted.session)
        query = f"SELECT coalesce(min(number) - 1, ?) FROM alarm_change WHERE {' AND '.join(conditions)}"
        return self.scalar(query, (self._top(), *values))

    def _known_before(self, alarm: Alarm) -> bool:
        """A restart has brought it back, and its beginning lies before the changes that were looked at."""
        query = "SELECT count(*) FROM (SELECT 1 FROM alarm_change WHERE condition = ? AND number < ? LIMIT 1)"
        return self.scalar(query, (alarm.condition, alarm.number)) > 0

    def _changes(self, after: int) -> Iterator[Change]:
        """Those with a higher number, up to the one that is the last now."""
        query = f"{CHANGE} WHERE x.number > ? AND x.number <= ? ORDER BY x.number LIMIT {_PAGE}"
        top = self._top()
        while page := self.rows(query, (after, top)):
            yield from self._as_changes(page)
            after = page[-1][0]

    def _changes_for(self, wanted: Wanted, after: int) -> Iterator[Change]:
        """Of a wanted session those until nothing that it had to do with holds any more; else all."""
        last = None
        if wanted.session is not None:
            mine = "session = (SELECT number FROM session WHERE id = ?)"
            last = self.scalar(f"SELECT coalesce(max(number), 0) FROM alarm_change WHERE {mine}", (wanted.session,))
        holding = set[str]()
        for change in self._changes(after):
            if last is not None and change.number > last and not holding:
                return
            yield change
            if change.over or (change.raised and change.session != wanted.session):
                holding.discard(change.condition)
            elif change.session == wanted.session:
                holding.add(change.condition)

    def _back(self, after: int) -> Iterator[Change]:
        """The same from the newest."""
        query = f"{CHANGE} WHERE x.number > ? AND x.number < ? ORDER BY x.number DESC LIMIT {_PAGE}"
        below = self._top() + 1
        while page := self.rows(query, (after, below)):
            yield from self._as_changes(page)
            below = page[-1][0]

    def _as_changes(self, page: list[tuple[Any, ...]]) -> list[Change]:
        with self.errors():
            return [as_change(row, self.moment(*row[3:7])) for row in page]


def _takes(wanted: Wanted, change: Change) -> bool:
    return wanted.takes(change.moment, change.session, change.condition, change.priority)


def _numbers(row: tuple[Any, ...]) -> SessionNumbers:
    return msgspec.convert(dict(zip(_NUMBERS.split(", "), row, strict=True)), SessionNumbers)
