"""The journal's only writer: what happened, into the database, while nobody waits for it.

One law: who calls `take` only appends to memory; one thread writes what waits, in batches, each whole or not at all. A
disk that refuses is tried again; what waits meanwhile is bounded, and what was lost is counted, said and stands in the
database as a gap. It knows no alarm's meaning.

An alarm, a command, a calibration or a session's edge is on the disk when its batch is committed (synchronous FULL); a
phase alone and half seconds of a series may be lost with the power (NORMAL), never the database. A kill loses less than
1 s of a series.
"""

import contextlib
import sqlite3
from collections import deque
from pathlib import Path
from queue import Empty, SimpleQueue
from sqlite3 import Connection
from threading import Event as Flag
from threading import Thread
from time import monotonic, sleep

from bard.database import code_of, make_file, writer_words
from bard.errors import DataError
from bard.journal.rows import Gap, Item, Record, RowWriter
from bard.journal.schema import SCHEMA
from bard.journal.series_rows import Piece
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
    SessionStarted,
)
from bard.monitor import Summary

STORED = (
    Calibrated,
    ConditionChanged,
    PhaseChanged,
    SessionStarted,
    SessionChanged,
    SessionEnded,
    OutputTried,
    DailyChecked,
    Done,
)
"""Events that have a place in the database; others are left to the tape."""
_STORED = frozenset(STORED)
_GATHER_S = 0.02
"""What one row of the core brings comes within that."""
_BATCH = 512
_RETRY_S = 1.0
_LOCK_S = 1.0
_STALLED_S = 10.0
_CLOSE_S = 5.0
_WAITING = 10_000
"""About 10 MB while the disk refuses; hours of alarms."""
_PIECE = 5
"""Summaries that are written at once: half a second."""
_PIECES_WAITING = 1_200
"""Ten minutes of a series while the disk refuses; what comes then is missing in it, and alarms have their place."""
_REST_S = 0.001
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Store:
    """Writes the database at `path`, made or brought up to date where needed. Nothing here raises for the disk's sake.

    `take` and `close` are called by one thread. `boot_id`: which boot the events' times belong to; left out: this one.
    """

    def __init__(self, path: Path, *, boot_id: str | None = None, waiting: int = _WAITING) -> None:
        self._path = path
        self._rows = RowWriter(
            boot_id or Path("/proc/sys/kernel/random/boot_id").read_text().strip(), lambda: sleep(_REST_S)
        )
        self._summaries: list[Summary] = []
        self._waiting: deque[Item] = deque()
        self._waiting_most = waiting
        self._missing = self._lost = self._pieces_missing = 0
        self._last_missing: Record | None = None
        # A lock behind the bell, not a pipe: writing a pipe gives up the interpreter (see annunciate/output).
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._rung = False
        self._closing = Flag()
        self._connection: Connection | None = None
        self._inode = 0
        self._full_sync = False
        self._busy_since_s: float | None = None
        self._failure: str | None = None
        self._notice: str | None = None
        self._thread = Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def take(self, event: Event, uid: str, wall: str, clock_trusted: bool, tape: str | None = None) -> None:
        """Have it written, if it is one of STORED. `uid` and `wall` (ISO 8601) as the event is told to others; `tape`:
        the file it stands on too."""
        if type(event) not in _STORED:
            return
        if isinstance(event, SessionEnded):
            self._give_piece()
        record = Record(event, uid, wall, clock_trusted, tape)
        if len(self._waiting) >= self._waiting_most:
            self._missing += 1
            self._lost += 1
            self._last_missing = record
            return
        self._close_gap(record)
        self._waiting.append(record)
        self._ring()

    def take_summary(self, summary: Summary) -> None:
        """Have it written within a second, with others of its session."""
        if self._summaries and self._summaries[0].session != summary.session:
            self._give_piece()
        self._summaries.append(summary)
        if len(self._summaries) >= _PIECE:
            self._give_piece()

    def _give_piece(self) -> None:
        if not self._summaries:
            return
        piece, self._summaries = Piece(self._summaries[0].session, tuple(self._summaries)), []
        if len(self._waiting) < min(_PIECES_WAITING, self._waiting_most):
            self._waiting.append(piece)
            self._ring()
        else:
            self._pieces_missing += 1

    def _ring(self) -> None:
        if not self._rung:
            self._rung = True
            self._bell.put(None)

    @property
    def failure(self) -> str | None:
        """Why nothing reaches the database now, in a line; None while it does."""
        if self._closing.is_set():
            return self._failure
        if not self._thread.is_alive():
            return f"{self._path}: the writer has died: alarms are not recorded"
        since_s = self._busy_since_s
        if since_s is not None and monotonic() - since_s > _STALLED_S:
            return f"{self._path}: the disk has not answered for {monotonic() - since_s:.0f} s"
        return self._failure

    @property
    def waits(self) -> int:
        """How much is not written yet."""
        return len(self._waiting)

    @property
    def notice(self) -> str | None:
        """What is over but must be known: a damaged database was set aside, records were lost."""
        return self._notice

    @property
    def lost(self) -> int:
        """Events and pieces of a series that will never be in the database."""
        return self._lost + self._pieces_missing + self._rows.refused

    def close(self) -> None:
        """Write what waits. Waits for the disk, but no longer than 5 s."""
        self._give_piece()
        self._close_gap(self._last_missing)
        self._closing.set()
        self._bell.put(None)
        self._thread.join(_CLOSE_S)
        if self._thread.is_alive():
            self._failure = f"{self._path}: the disk has not answered for {_CLOSE_S:.0f} s"

    def _close_gap(self, before: Record | None) -> None:
        if self._missing and before is not None:
            self._waiting.append(Gap(before, self._missing))
            self._missing = 0

    # The thread's own

    def _run(self) -> None:
        well = self._turn()
        while not self._closing.is_set():
            if well:
                self._bell.get()
                self._closing.wait(_GATHER_S)
            else:
                self._closing.wait(_RETRY_S)
                with contextlib.suppress(Empty):
                    self._bell.get_nowait()
            self._rung = False
            well = self._turn()
        if well and self._waiting:  # taken between the last look and the last call
            self._turn()
        self._lost += sum(not isinstance(item, Gap) for item in self._waiting)
        self._disconnect()

    def _turn(self) -> bool:
        """Whether all that waited is written."""
        self._busy_since_s = monotonic()
        try:
            connection = self._open()
            while self._waiting:
                batch = [self._waiting[i] for i in range(min(len(self._waiting), _BATCH))]
                self._write(connection, batch)
                for _ in batch:
                    self._waiting.popleft()
                self._busy_since_s = monotonic()
            self._failure = None
        except (OSError, sqlite3.Error, DataError) as error:
            self._disconnect()
            self._failure = f"{self._path}: {writer_words(error)}: alarms are not recorded"
            if isinstance(error, sqlite3.DatabaseError) and code_of(error) in _DAMAGE:
                self._set_aside()
        self._busy_since_s = None
        return self._failure is None

    def _open(self) -> Connection:
        """The database, connected anew where another file stands in its place."""
        if self._connection is not None:
            with contextlib.suppress(FileNotFoundError):
                if self._path.stat().st_ino == self._inode:
                    return self._connection
            self._disconnect()
        made = make_file(self._path)
        self._connection = connection = sqlite3.connect(self._path, isolation_level=None, timeout=_LOCK_S)
        inode = self._path.stat().st_ino
        if made or inode != self._inode:
            self._rows.forget()
        self._inode = inode
        SCHEMA.migrate(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA secure_delete = ON")
        self._full_sync = False
        return connection

    def _write(self, connection: Connection, batch: list[Item]) -> None:
        full_sync = not all(map(_may_be_lost, batch))
        if full_sync is not self._full_sync:
            connection.execute(f"PRAGMA synchronous = {'FULL' if full_sync else 'NORMAL'}")
            self._full_sync = full_sync
        self._rows.write(connection, batch)
        for item in batch:
            if isinstance(item, Gap):
                self._notice = f"{self._path}: {item.missing} events before {item.before.wall} were lost"
        if self._rows.notice is not None:
            self._notice = f"{self._path}: {self._rows.notice}"

    def _disconnect(self) -> None:
        """Whatever was not committed is rolled back by it."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _set_aside(self) -> None:
        """Alarms are recorded in a new database; the damaged one is kept for whoever can mend it."""
        aside = self._path.with_name(f"{self._path.name}.damaged")
        number = 1
        while aside.exists():
            number += 1
            aside = self._path.with_name(f"{self._path.name}.damaged.{number}")
        try:
            for end in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    self._path.with_name(self._path.name + end).rename(aside.with_name(aside.name + end))
            self._path.rename(aside)
        except OSError as error:
            self._failure = f"{self._path}: damaged, and cannot be set aside: {error.strerror}: alarms are not recorded"
            return
        self._notice = f"{self._path}: was damaged; it is set aside as {aside.name}, and a new one is begun"


def _may_be_lost(item: Item) -> bool:
    """With the power."""
    return isinstance(item, Piece) or (isinstance(item, Record) and type(item.event) is PhaseChanged)
