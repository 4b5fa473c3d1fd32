"""Events into rows of the journal, batch by batch.

One law: a batch is written whole or not at all, and writing it again adds nothing; a row that does not know its session
says so rather than name another's. It knows the tables and no file, thread or clock.
"""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from sqlite3 import Connection

import msgspec
from msgspec import Struct

from bard.errors import DataError
from bard.journal.series_rows import Piece, merge, write_piece, write_statistics
from bard.messages import (
    Calibrated,
    ConditionChanged,
    DailyChecked,
    Done,
    Event,
    OutputTried,
    PhaseChanged,
    SessionChanged,
    SessionEnded,
    SessionNumbers,
    SessionStarted,
)

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MILLISECOND = timedelta(milliseconds=1)
_NOT_THIS_ROW = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    DataError,
    ValueError,
    OverflowError,
)
"""What is wrong with one event; anything else is wrong with the database."""

_Row = dict[str, int | float | str | None]


class Record(Struct, frozen=True):
    """An event and its stamp. `wall` is ISO 8601 with its offset; `tape` the file that it stands on too."""

    event: Event
    uid: str
    wall: str
    clock_trusted: bool
    tape: str | None = None


class Gap(Struct, frozen=True):
    """So many events are missing just before this one."""

    before: Record
    missing: int


Item = Record | Gap | Piece


class _Session(Struct, frozen=True):
    """The session that rows belong to now, or the one that ended at `ended_us`."""

    number: int | None = None
    ended: int | None = None
    ended_us: int = -1


class RowWriter:
    """Writes batches in their order; remembers which session runs from one to the next."""

    def __init__(self, boot_id: str, rest: Callable[[], None] = lambda: None) -> None:
        """`rest` is called between parts of long work."""
        self._boot_id = boot_id
        self._rest = rest
        self._boot = 0
        self._session = _Session()
        self.refused = 0
        """Events that no row can hold."""
        self.notice: str | None = None
        """Why the last of these could not be written."""

    def forget(self) -> None:
        """The database is another: the running session is not in it."""
        self._session = _Session()

    def write(self, connection: Connection, batch: Sequence[Item]) -> None:
        """One transaction. Raises sqlite3.Error, and then nothing has changed, neither there nor here."""
        before = self._session, self.refused
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._boot = self._boot_number(connection)
            for item in batch:
                self._item(connection, item)
            connection.execute("COMMIT")
        except BaseException:
            self._session, self.refused = before
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _item(self, connection: Connection, item: Item) -> None:
        try:
            if isinstance(item, Piece):
                self._piece(connection, item)
                return
            if isinstance(item, Gap):
                self.forget()
                _insert(connection, "gap", self._stamp(item.before) | {"missing": item.missing})
            else:
                self._record(connection, item)
        except _NOT_THIS_ROW as error:
            self.refused += 1
            self.notice = f"an event could not be written, {error}: {item}"[:500]

    def _record(self, connection: Connection, record: Record) -> None:
        stamp = self._stamp(record)
        match record.event:
            case ConditionChanged() as event:
                _insert(connection, "alarm_change", stamp | _alarm(event))
            case PhaseChanged() as event:
                phase: _Row = {"phase": event.phase, "was": event.was, "why": event.why}
                _insert(connection, "phase_change", stamp | phase)
            case SessionStarted() as event:
                self._begin(connection, record, stamp, event)
            case SessionChanged() as event:
                acted: _Row = {"why": event.why, "acted_by": event.by}
                _insert(connection, "session_change", stamp | _numbers(event.numbers) | acted)
            case SessionEnded() as event:
                self._end(connection, stamp, event)
            case Calibrated() as event:
                used: _Row = {"digest": event.digest, "cells": _json(event.cells)}
                _insert(connection, "calibration_change", stamp | used)
            case OutputTried() as event:
                tried: _Row = {"output": event.output, "noticed": int(event.noticed), "who": event.who}
                _insert(connection, "output_tried", stamp | tried)
            case DailyChecked() as event:
                _insert(connection, "daily_check", stamp | _daily(event))
            case Done() as event:
                if self._session.ended_us == event.at_us:
                    stamp["session"] = self._session.ended
                told: _Row = {"command": event.command, "origin": event.origin, "refusal": event.refusal}
                _insert(connection, "command", stamp | told)

    def _stamp(self, record: Record) -> _Row:
        return {
            "session": self._session.number,
            "uid": record.uid,
            "boot": self._boot,
            "at_us": record.event.at_us,
            "wall_ms": (datetime.fromisoformat(record.wall) - _EPOCH) // _MILLISECOND,
            "clock_trusted": int(record.clock_trusted),
        }

    def _boot_number(self, connection: Connection) -> int:
        connection.execute("INSERT INTO boot (boot_id) VALUES (?) ON CONFLICT DO NOTHING", (self._boot_id,))
        number: int = connection.execute("SELECT number FROM boot WHERE boot_id = ?", (self._boot_id,)).fetchone()[0]
        return number

    def _piece(self, connection: Connection, piece: Piece) -> None:
        known = _session_of(connection, piece.session)
        if known is None:
            raise ValueError(f"its session {piece.session!r} is not in this journal")
        write_piece(connection, known[0], piece.summaries)

    # Sessions

    def _begin(self, connection: Connection, record: Record, stamp: _Row, event: SessionStarted) -> None:
        """One whose id is there already was brought back by a restart: its new numbers are a change, and it runs."""
        if not event.session:
            raise ValueError("a session without an id")
        fresh = stamp | _numbers(event.numbers)
        known = _session_of(connection, event.session)
        if known is None:
            fresh |= {"id": event.session, "notes": _json(event.notes)}
            _insert(connection, "session", {name: fresh[name] for name in fresh if name != "session"})
            known = _session_of(connection, event.session)
        elif known[1:] != (stamp["boot"], stamp["uid"]):
            told: _Row = {"session": known[0], "why": "brought back after a restart", "acted_by": "restart"}
            _insert(connection, "session_change", fresh | told)
            _set_end(connection, known[0], (None, None, None, None))
        number = known[0] if known is not None else None
        self._session = _Session(number)
        if record.tape is not None:
            connection.execute(
                "INSERT INTO tape (session, file) VALUES (?, ?) ON CONFLICT DO NOTHING", (number, record.tape)
            )

    def _end(self, connection: Connection, stamp: _Row, event: SessionEnded) -> None:
        known = _session_of(connection, event.session)
        number = known[0] if known is not None else None
        if number is not None:
            _set_end(connection, number, (self._boot, event.at_us, stamp["wall_ms"], stamp["clock_trusted"]))
            merge(connection, number)
            write_statistics(connection, number, event.session, event.at_us - event.started_us, self._rest)
        self._session = _Session(None, number, event.at_us)


def _set_end(connection: Connection, number: int, end: tuple[int | float | str | None, ...]) -> None:
    connection.execute(
        "UPDATE session SET end_boot = ?, end_at_us = ?, end_wall_ms = ?, end_clock_trusted = ? WHERE number = ?",
        (*end, number),
    )


def _session_of(connection: Connection, session_id: str) -> tuple[int, int, str] | None:
    """Number, boot and uid of the one with this id."""
    found: tuple[int, int, str] | None = connection.execute(
        "SELECT number, boot, uid FROM session WHERE id = ?", (session_id,)
    ).fetchone()
    return found


def _insert(connection: Connection, table: str, row: _Row) -> None:
    """Unless it is there already."""
    columns, places = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(
        f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT (boot, uid) DO NOTHING", tuple(row.values())
    )


def _alarm(event: ConditionChanged) -> _Row:
    return {
        "condition": event.id,
        "state": event.state,
        "was": event.was,
        "priority": event.priority,
        "meaning": event.meaning,
        "subjects": _json(event.subjects),
        "value_kg": event.value_kg,
        "limit_kg": event.limit_kg,
        "u_kg": event.u_kg,
        "guard_kg": event.guard_kg,
        "phase": event.phase,
        "acted_by": event.by,
    }


def _numbers(numbers: SessionNumbers) -> _Row:
    return {
        "body_weight_kg": numbers.body_weight_kg,
        "basis": numbers.basis.value,
        "limit_kg": numbers.limit_kg,
        "near_kg": numbers.near_kg,
        "critical_kg": numbers.critical_kg,
        "guard_kg": numbers.guard_kg,
        "zone": numbers.zone,
    }


def _daily(event: DailyChecked) -> _Row:
    return {
        "answer": event.answer,
        "free_kg": event.free_kg,
        "apart_kg": event.apart_kg,
        "missed": None if event.missed is None else _json(event.missed),
        "who": event.who,
    }


def _json(texts: tuple[str, ...]) -> str:
    return msgspec.json.encode(texts).decode()
