"""A journal opened for reading, whatever is read from it.

One law: the database is opened read-only and no transaction is held longer than one query, so that neither the writer
nor a slow reader ever waits for the other. It begins nothing, migrates nothing and mends nothing.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from bard.database import open_to_read, reader_words
from bard.errors import DataError
from bard.journal.alarms import Moment
from bard.journal.schema import SCHEMA


class Reader:
    """Opened by a with statement. Whatever is wrong with the file is a DataError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self.errors():
            self._connection = open_to_read(path, "no journal: bard run begins one")
            try:
                SCHEMA.check_readable(self._connection)
            except DataError as error:
                raise DataError(f"{path}: {error}") from None
        self._boots: dict[int, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _it: BaseException | None, _at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """The last call."""
        self._connection.close()

    def moment(self, boot: int, at_us: int, wall_ms: int, clock_trusted: int) -> Moment:
        """From the four columns of a stamp."""
        boot_id = self._boots.get(boot)
        if boot_id is None:
            found = self.rows("SELECT boot_id FROM boot WHERE number = ?", (boot,))
            boot_id = self._boots[boot] = found[0][0] if found else f"missing {boot}"
        return Moment(boot_id, at_us, wall_ms, bool(clock_trusted))

    def rows(self, query: str, values: tuple[int | str, ...] = ()) -> list[tuple[Any, ...]]:
        """All that a query finds."""
        with self.errors():
            return self._connection.execute(query, values).fetchall()

    def scalar(self, query: str, values: tuple[int | str, ...] = ()) -> int:
        """The one number that a query finds."""
        return int(self.rows(query, values)[0][0])

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """What goes wrong inside is a DataError that names the file."""
        try:
            yield
        except OSError as error:
            raise DataError(f"{self.path}: {error.strerror}") from None
        except sqlite3.Error as error:
            raise DataError(f"{self.path}: {reader_words(error, SCHEMA.what)}") from None
        except (msgspec.MsgspecError, ValueError) as error:
            raise DataError(f"{self.path}: damaged: {error}") from None
