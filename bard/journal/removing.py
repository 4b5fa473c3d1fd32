"""What goes from the journal again: sessions whole, their series, old alarms; beside the writer, never in its way.

One law: nothing is removed but here, in batches of a few rows, each a transaction of its own in which the writer waits
for no more than some milliseconds, and every byte of it is overwritten (secure_delete). A session is gone when its own
row is, which is the last: what was cut off is ended by doing it again. It knows no file
but the database, and no reason.

Old is told by the order of rows: what stands before a row that is old by a clock that was right is as old, whatever its
own clock said; a clock that was not known to be right makes nothing old. The newest session without an end may run, and
is never old.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from sqlite3 import Connection

from msgspec import Struct

from bard.database import replaced, writer_words
from bard.errors import DataError
from bard.journal.schema import SCHEMA

_LOCK_S = 5.0
_ROWS = 100
_SCRUB_LOCK_MS = 300
_SCRUB_TRIES = 10
_SCRUB_PAUSE_S = 0.2
SERIES = ("series_block",)
"""Tables with a session's values in time; those that a journal does not have are none."""
_ALARMS = ("alarm_change", "output_tried", "daily_check", "gap")
_TYPED = ("acted_by", "notes", "origin", "refusal", "subjects", "who", "why", "zone")
"""Columns that may hold what somebody typed."""
_OUTSIDE = ("command", "daily_check", "phase_change")
"""What goes with old alarms where it belongs to no session."""


class SessionId(Struct, frozen=True):
    """A session's place in the journal, and the id that other files know it by."""

    number: int
    id: str


class Remover:
    """`with Remover(path) as remover`. What yields numbers of removed rows does so after each batch.

    Raises DataError for whatever is wrong with the file or the disk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            raise DataError(f"{path}: no journal: bard run begins one")
        with self._errors():
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=_LOCK_S)
            try:
                SCHEMA.check_readable(self._connection)
                self._connection.execute("PRAGMA secure_delete = ON")
                # A removal that the power undoes is made again; the writer's own rows are synced by the writer.
                self._connection.execute("PRAGMA synchronous = NORMAL")
                self._tables = tables_of_sessions(self._connection)
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> "Remover":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    # What there is

    def sessions(self, ids: Sequence[str]) -> list[SessionId]:
        """Those of these ids that are in the journal, in order; one that runs is the caller's to leave out."""
        found = [row for one in ids for row in self._rows("SELECT number, id FROM session WHERE id = ?", one)]
        return sorted((SessionId(int(number), str(name)) for number, name in found), key=lambda one: one.number)

    def sessions_before(self, wall_ms: int) -> list[SessionId]:
        """Those that are older than that, in order."""
        return self._ended_before(wall_ms, "1")

    def with_series_before(self, wall_ms: int) -> list[SessionId]:
        """Those of the old ones that have a series."""
        having = " OR ".join(f"number IN (SELECT session FROM {table})" for table in self._series())
        return self._ended_before(wall_ms, having or "0")

    def alarms_before(self, wall_ms: int) -> dict[str, int]:
        """How many rows of alarms are older, by table."""
        counts = {table: f"SELECT count(*) FROM {table} WHERE {self._old(table, wall_ms)}" for table in _ALARMS}
        return {table: self._scalar(query) for table, query in counts.items()}

    def tapes_of(self, sessions: Sequence[SessionId]) -> list[str]:
        """File names in tapes/; one may hold others' sessions too."""
        if "tape" not in self._tables:
            return []
        names: set[str] = set()
        for session in sessions:
            names |= {str(name) for (name,) in self._rows("SELECT file FROM tape WHERE session = ?", session.number)}
        return sorted(names)

    def sessions_on(self, tapes: Sequence[str]) -> int:
        """How many sessions are on these tapes."""
        found: set[int | str] = set()
        for name in tapes:
            found |= {number for (number,) in self._rows("SELECT session FROM tape WHERE file = ?", name)}
        return len(found)

    # What goes

    def remove_sessions(self, sessions: Sequence[SessionId]) -> Iterator[int]:
        """Whole, with everything in the journal that is theirs."""
        for session in sessions:
            for table in self._tables:
                yield from self._remove(table, f"session = {session.number}")
            yield from self._remove("session", f"number = {session.number}")

    def remove_series(self, sessions: Sequence[SessionId]) -> Iterator[int]:
        """Only their values in time."""
        for session in sessions:
            for table in self._series():
                yield from self._remove(table, f"session = {session.number}")

    def remove_alarms(self, wall_ms: int) -> Iterator[int]:
        """Those that are older, and what else of that time belongs to no session."""
        for table in _ALARMS:
            yield from self._remove(table, self._old(table, wall_ms))
        for table in _OUTSIDE:
            yield from self._remove(table, f"session IS NULL AND {self._old(table, wall_ms)}")

    def forget(self, word: str, instead: str) -> int:
        """Have `word` replaced in every text that somebody could type, in capitals or not; in how many rows."""
        changed = 0
        with self._errors():
            for table in (*self._tables, "session"):
                for column in _texts_of(self._connection, table):
                    query = f"SELECT DISTINCT {column} FROM {table} WHERE instr(lower({column}), lower(?))"
                    for (text,) in self._connection.execute(query, (word,)).fetchall():
                        update = f"UPDATE {table} SET {column} = ? WHERE {column} = ?"
                        changed += self._connection.execute(update, (replaced(text, word, instead), text)).rowcount
        return changed

    def scrub(self, *, compact: bool) -> None:
        """Have what was removed gone from the log beside the file too; `compact`: and the file written anew.

        To write a large file anew holds the writer up: only where none runs. Raises DataError while somebody reads it.
        """
        with self._errors():
            if compact:
                self._connection.execute("VACUUM")
            # The writer waits as long as this does for readers; its patience is a second.
            self._connection.execute(f"PRAGMA busy_timeout = {_SCRUB_LOCK_MS}")
            for _ in range(_SCRUB_TRIES):
                (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if not busy:
                    break
                time.sleep(_SCRUB_PAUSE_S)
            self._connection.execute(f"PRAGMA busy_timeout = {round(_LOCK_S * 1000)}")
        if busy:
            raise DataError(
                f"{self._path}: somebody reads it, and until then its log holds what was removed: try again"
            )

    # Beneath

    def _remove(self, table: str, where: str) -> Iterator[int]:
        key = self._tables.get(table, "rowid")
        query = f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {where} LIMIT {_ROWS})"
        while True:
            with self._errors():
                count = self._connection.execute(query).rowcount
            if count <= 0:
                return
            yield count

    def _ended_before(self, wall_ms: int, where: str) -> list[SessionId]:
        rows = self._rows(
            f"SELECT number, id FROM session WHERE number <= ? AND ({where}) "
            "AND NOT (end_boot IS NULL AND number = (SELECT max(number) FROM session)) ORDER BY number",
            self._oldest("session", wall_ms),
        )
        return [SessionId(int(number), str(name)) for number, name in rows]

    def _old(self, table: str, wall_ms: int) -> str:
        return f"number <= {self._oldest(table, wall_ms)}"

    def _oldest(self, table: str, wall_ms: int) -> int:
        """The highest number up to which all is older than that; 0 for none."""
        young = f"(SELECT min(number) FROM {table} WHERE clock_trusted AND wall_ms >= ?)"
        return self._scalar(
            f"SELECT coalesce(max(number), 0) FROM {table} WHERE clock_trusted AND wall_ms < ? "
            f"AND number < coalesce({young}, number + 1)",
            *(wall_ms, wall_ms),
        )

    def _series(self) -> list[str]:
        return [table for table in SERIES if table in self._tables]

    def _scalar(self, query: str, *values: int | str) -> int:
        return int(self._rows(query, *values)[0][0])

    def _rows(self, query: str, *values: int | str) -> list[tuple[int | str, ...]]:
        with self._errors():
            return self._connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise DataError(f"{self._path}: {writer_words(error)}") from None
        except DataError as error:
            raise DataError(f"{self._path}: {error}") from None


def tables_of_sessions(connection: Connection) -> dict[str, str]:
    """Every table whose rows belong to a session, and what tells its rows apart."""
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
    found = {}
    for (table,) in tables:
        references = connection.execute(f"PRAGMA foreign_key_list({table})").fetchall()
        if any((reference[2], reference[3]) == ("session", "session") for reference in references):
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            found[table] = ", ".join(name for _, name, _, _, _, place in columns if place)
    return found


def _texts_of(connection: Connection, table: str) -> list[str]:
    columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return [name for _, name, kind, *_ in columns if kind == "TEXT" and name in _TYPED]
