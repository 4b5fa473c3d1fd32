"""people.db for readers: therapists, clients, what was set and answered, and whose a session was.

One law: it writes nothing, and hands out no value whose checksum does not fit. A code is found in capitals or not.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from bard.database import open_to_read, reader_words
from bard.errors import DataError, UsageError
from bard.people.records import Client, Damaged, Intake, Limits, Override, SessionOf, Therapist, Weight
from bard.people.rows import COLUMNS, WHOSE, ContactRow, read_row
from bard.people.schema import SCHEMA

Self = TypeVar("Self", bound="Readings")
_SESSIONS = (
    "SELECT session.id, session.at_ms, client.code, therapist.code FROM session "
    "LEFT JOIN client ON client.number = session.client "
    "LEFT JOIN therapist ON therapist.number = session.therapist"
)


class Readings:
    """What can be asked of an open people.db. Whatever is wrong with the file is a DataError.

    A code that nobody has is a UsageError.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _it: BaseException | None, _at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """The last call."""
        self._connection.close()

    def therapists(self) -> list[Therapist]:
        """All, in the order they came."""
        return [self._therapist(row) for row in self._rows("SELECT * FROM therapist ORDER BY number")]

    def therapist(self, code: str) -> Therapist:
        """Raises UsageError for none."""
        return self._therapist(self._of_code("therapist", code))

    def clients(self) -> list[Client]:
        """All, in the order they came."""
        return [self._client(row) for row in self._rows("SELECT * FROM client ORDER BY number")]

    def client(self, code: str) -> Client:
        """Raises UsageError for none."""
        return self._client(self._of_code("client", code))

    def weights(self, code: str) -> list[Weight | Damaged]:
        """A therapist's, the newest last."""
        return self._all("body_weight", code)

    def limits(self, code: str) -> list[Limits | Damaged]:
        """All that were ever set for a client, the newest last: that one holds."""
        return self._all("limits", code)

    def intakes(self, code: str) -> list[Intake | Damaged]:
        """A client's answers, the newest last."""
        return self._all("intake", code)

    def overrides(self, code: str) -> list[Override | Damaged]:
        """Of a client, the newest last."""
        return self._all("override", code)

    def session_of(self, session: str) -> SessionOf | None:
        """Whose it was; None where nobody was named."""
        rows = self._rows(f"{_SESSIONS} WHERE session.id = ?", session)
        return SessionOf(*rows[0]) if rows else None

    def sessions(self, *, client: str | None = None, therapist: str | None = None) -> list[SessionOf]:
        """All, or those of one client or therapist, in the order they began."""
        where = [
            (f"session.{kind} = ?", self._of_code(kind, code)[0])
            for kind, code in (("client", client), ("therapist", therapist))
            if code is not None
        ]
        query = _SESSIONS + (" WHERE " + " AND ".join(part for part, _ in where) if where else "")
        return [SessionOf(*row) for row in self._rows(f"{query} ORDER BY session.at_ms", *(one for _, one in where))]

    def intakes_before(self, before_ms: int) -> int:
        """How many were answered before that."""
        count: int = self._rows("SELECT count(*) FROM intake WHERE at_ms < ?", before_ms)[0][0]
        return count

    def _therapist(self, row: tuple[Any, ...]) -> Therapist:
        number, code, at_ms, cue = row
        return Therapist(
            *(code, at_ms, None if cue is None else bool(cue)),
            self._newest("body_weight", number, code),
            self._contact(number, code),
        )

    def _client(self, row: tuple[Any, ...]) -> Client:
        number, code, at_ms, name, notes = row
        return Client(
            *(code, at_ms, name, notes),
            self._newest("limits", number, code),
            self._newest("intake", number, code),
        )

    def _contact(self, therapist: int, code: str) -> dict[str, float] | Damaged:
        """The newest of each part."""
        areas: dict[str, float] = {}
        for row in self._records("contact", therapist, code):
            if isinstance(row, Damaged):
                return row
            assert isinstance(row, ContactRow)
            areas.pop(row.part, None)
            if row.cm2 is not None:
                areas[row.part] = row.cm2
        return areas

    def _all(self, table: str, code: str) -> list[Any]:
        number, code, *_ = self._of_code(WHOSE[table], code)
        return self._records(table, number, code)

    def _newest(self, table: str, whose: int, code: str) -> Any:
        found = self._records(table, whose, code, "DESC LIMIT 1")
        return found[0] if found else None

    def _records(self, table: str, whose: int, code: str, order: str = "") -> list[Any]:
        columns = ", ".join((*COLUMNS[table], "checksum"))
        rows = self._rows(f"SELECT {columns} FROM {table} WHERE {WHOSE[table]} = ? ORDER BY number {order}", whose)
        return [read_row(table, code, row) for row in rows]

    def _of_code(self, kind: str, code: str) -> tuple[Any, ...]:
        rows = self._rows(f"SELECT * FROM {kind} WHERE code = ?", code)
        if not rows:
            raise UsageError(f'no {kind} "{code}"; allowed: a code that `bard {kind} list` shows')
        return rows[0]

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._errors():
            return self._connection.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise DataError(f"{self._path}: {reader_words(error, SCHEMA.what)}") from None


class PeopleReader(Readings):
    """`with PeopleReader(path) as people`."""

    def __init__(self, path: Path) -> None:
        try:
            connection = open_to_read(path, "nobody is kept here yet: begin with `bard therapist add`")
            SCHEMA.check_readable(connection)
        except sqlite3.Error as error:
            raise DataError(f"{path}: {reader_words(error, SCHEMA.what)}") from None
        except DataError as error:
            words = str(error)
            raise DataError(words if words.startswith(f"{path}: ") else f"{path}: {words}") from None
        super().__init__(path, connection)
