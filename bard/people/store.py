"""people.db's only writer.

One law: every call is one transaction, on the disk when it returns (synchronous FULL), or nothing; what was set before
stays. Several processes may write, each through this module: SQLite's lock puts them in a row. Who and when are
arguments: it has no clock. What is deleted is overwritten (secure_delete).
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from bard.database import make_file, replaced, writer_words
from bard.errors import DataError, Refused, UsageError
from bard.people.codes import checked_code, make_code
from bard.people.reader import Readings
from bard.people.records import Intake, LimitsGiven, Override, Part, Reply, Weight
from bard.people.rows import COLUMNS, WHOSE, ContactRow, checksum, limits_values, text
from bard.people.schema import SCHEMA

T = TypeVar("T")
_LOCK_S = 5.0
_TYPED = ("acted_by", "reason")
"""What somebody typed about others."""
_MAKES = 20
"""A made code that is taken is made again; 20 in a row are a fault."""


class People(Readings):
    """`with People(path, names=...) as people`: made or brought up to date where needed; reads what it wrote.

    `names`: whether the studio keeps names and notes. Raises DataError for whatever is wrong with file or disk.
    """

    def __init__(self, path: Path, *, names: bool = False) -> None:
        self._names = names
        try:
            make_file(path)
            connection = sqlite3.connect(path, isolation_level=None, timeout=_LOCK_S)
            try:
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("PRAGMA synchronous = FULL")
                SCHEMA.migrate(connection)
                connection.execute("PRAGMA journal_mode = WAL")
            except BaseException:
                connection.close()
                raise
        except FileNotFoundError:
            raise DataError(f"journal.directory: {path.parent}: no such folder; bard run makes it") from None
        except (OSError, sqlite3.Error, DataError) as error:
            raise DataError(f"{path}: {writer_words(error)}") from None
        super().__init__(path, connection)

    # Therapists

    def add_therapist(self, code: str | None, at_ms: int) -> str:
        """Returns the code, made where none is given. Raises UsageError for one that is taken or none."""
        return self._add("therapist", code, "T", ("at_ms",), (at_ms,))

    def set_weight(self, code: str, weight: Weight) -> None:
        """Another body weight; those before stay."""
        _valid(weight)
        self._append("body_weight", code, weight.at_ms, weight.by, weight.kg, weight.u_kg, weight.dated, weight.basis)

    def set_contact(self, code: str, part: Part, cm2: float | None, *, at_ms: int, by: str) -> None:
        """The area with which this part of the therapist stands; None: not stated any more."""
        _valid(ContactRow(at_ms, by, part, cm2))
        self._append("contact", code, at_ms, by, part, cm2)

    def set_cue(self, code: str, cue: bool | None) -> None:
        """Whether this therapist wants the ticks below the limit; None: has not said."""
        number = self._of_code("therapist", code)[0]
        with self._writing() as connection:
            connection.execute("UPDATE therapist SET cue = ? WHERE number = ?", (cue, number))

    # Clients

    def add_client(self, code: str | None, at_ms: int, *, name: str | None = None, notes: str | None = None) -> str:
        """Returns the code, made where none is given. Raises Refused for a name where the studio keeps none."""
        self._need_names(name, notes)
        return self._add("client", code, "C", ("at_ms", "name", "notes"), (at_ms, name, notes))

    def edit_client(self, code: str, *, name: str | None, notes: str | None) -> None:
        """Both as they shall be; None: none is kept. Raises Refused for a name where the studio keeps none."""
        self._need_names(name, notes)
        number = self._of_code("client", code)[0]
        with self._writing() as connection:
            connection.execute("UPDATE client SET name = ?, notes = ? WHERE number = ?", (name, notes, number))

    def set_limits(self, code: str, given: LimitsGiven, *, at_ms: int, by: str) -> None:
        """What the practitioner `by` allows from now on. Raises UsageError for limits out of order."""
        _valid(given).check()
        _named(by)
        self._append("limits", code, at_ms, by, *limits_values(given))

    def record_intake(self, code: str, answers: Mapping[str, Reply], *, at_ms: int, by: str) -> None:
        """A client's answers, whole."""
        _valid(Intake(at_ms, by, dict(answers)))
        _named(by)
        self._append("intake", code, at_ms, by, text(answers))

    # Sessions

    def link_session(self, session: str, client: str | None, therapist: str | None, at_ms: int) -> None:
        """Whose it is. What is written again is left as it was."""
        numbers = [
            None if code is None else self._of_code(kind, code)[0]
            for kind, code in (("client", client), ("therapist", therapist))
        ]
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO session (id, at_ms, client, therapist) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                (session, at_ms, *numbers),
            )

    def record_override(self, code: str, override: Override) -> None:
        """A start that answers would have blocked. Raises UsageError without a name and a reason."""
        if not override.by.strip() or not override.reason.strip():
            raise UsageError("an override needs the name of who decided it and the reason why")
        _valid(override)
        items = text(list(override.items))
        self._append("override", code, override.at_ms, override.by, override.session, override.reason, items)

    def forget_session(self, session: str) -> None:
        """It did not begin after all: what was written for it goes."""
        with self._writing() as connection:
            connection.execute("DELETE FROM session WHERE id = ?", (session,))
            connection.execute("DELETE FROM override WHERE session = ?", (session,))

    # Erasing

    def remove_intakes(self, before_ms: int) -> int:
        """Answers given before that; how many. `scrub` them."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM intake WHERE at_ms < ?", (before_ms,)).rowcount

    def forget_sessions(self, sessions: Sequence[str]) -> None:
        """Whose these were; overrides stay in the clients' records. `scrub` them."""
        with self._writing() as connection:
            connection.executemany("DELETE FROM session WHERE id = ?", [(session,) for session in sessions])

    def erase_client(self, code: str) -> tuple[str, ...]:
        """Everything of a client, and whose sessions were the client's; returns the ids of those sessions.

        Afterwards no byte of it is in the file or beside it. Raises DataError where somebody else keeps it open.
        """
        return self._erase("client", code)

    def erase_therapist(self, code: str) -> tuple[str, ...]:
        """Everything of a therapist; sessions stay their clients'. Returns the ids of the sessions."""
        return self._erase("therapist", code)

    def _erase(self, kind: str, code: str) -> tuple[str, ...]:
        number = self._of_code(kind, code)[0]
        with self._writing() as connection:
            rows = connection.execute(f"SELECT id FROM session WHERE {kind} = ? ORDER BY at_ms", (number,)).fetchall()
            connection.execute(f"DELETE FROM {kind} WHERE number = ?", (number,))
            connection.execute("DELETE FROM session WHERE client IS NULL AND therapist IS NULL")
        self.scrub()
        return tuple(session for (session,) in rows)

    def forget(self, word: str, instead: str) -> int:
        """Have `word` replaced wherever somebody typed it about others, in capitals or not; in how many rows.

        A row whose checksum did not fit before does not fit afterwards. `scrub` it.
        """
        changed = 0
        with self._writing() as connection:
            for table, kind in WHOSE.items():
                columns = COLUMNS[table]
                query = f"SELECT {table}.number, code, checksum, {', '.join(f'{table}.{name}' for name in columns)} "
                rows = connection.execute(f"{query} FROM {table} JOIN {kind} ON {kind}.number = {kind}").fetchall()
                for number, code, found, *before in rows:
                    after = [
                        replaced(one, word, instead) if name in _TYPED and one else one
                        for name, one in zip(columns, before, strict=True)
                    ]
                    if after != before:
                        right = found == checksum(table, code, before)
                        row = (*after, checksum(table, code, after) if right else found, number)
                        places = ", ".join(f"{name} = ?" for name in (*columns, "checksum"))
                        connection.execute(f"UPDATE {table} SET {places} WHERE number = ?", row)
                        changed += 1
        return changed

    def scrub(self) -> None:
        """Have what was deleted gone from the disk too: the log emptied, the file written anew."""
        try:
            self._connection.execute("VACUUM")
            (busy, _, _) = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise DataError(f"{self._path}: {writer_words(error)}: erased, but still in the file's log") from None
        if busy:
            raise DataError(
                f"{self._path}: somebody reads it: erased, but still in the file's log until that is closed: try again"
            )

    # Beneath

    def _add(self, kind: str, code: str | None, first: str, columns: Sequence[str], values: Sequence[Any]) -> str:
        names = ", ".join(("code", *columns))
        marks = ", ".join("?" * (len(columns) + 1))
        tries = [checked_code(code)] if code is not None else [make_code(first) for _ in range(_MAKES)]
        for tried in tries:
            with self._writing() as connection:
                taken = connection.execute(f"SELECT 1 FROM {kind} WHERE code = ?", (tried,)).fetchone()
                if taken is None:
                    connection.execute(f"INSERT INTO {kind} ({names}) VALUES ({marks})", (tried, *values))
                    return tried
        raise UsageError(f'{kind} "{tries[0]}" is there already; allowed: another code')

    def _append(self, table: str, code: str, *values: Any) -> None:
        kind = WHOSE[table]
        number, code, *_ = self._of_code(kind, code)
        columns = (kind, *COLUMNS[table], "checksum")
        row = (number, *values, checksum(table, code, values))
        marks = ", ".join("?" * len(row))
        with self._writing() as connection:
            connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", row)

    def _need_names(self, name: str | None, notes: str | None) -> None:
        if (name or notes) and not self._names:
            raise Refused("this studio keeps no names and no notes; [studio] names = true in the configuration would")

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise DataError(f"{self._path}: {writer_words(error)}") from None


def _valid(record: T) -> T:
    """The same. Raises UsageError for a value out of its bounds."""
    try:
        return msgspec.convert(msgspec.to_builtins(record), type(record))
    except msgspec.ValidationError as error:
        words, _, place = str(error).partition(" - at `$.")
        raise UsageError(f"{place.rstrip('`')}: {words}".replace("`", "")) from None


def _named(by: str) -> None:
    if not by.strip():
        raise UsageError("the name or code of who decided it is missing")
