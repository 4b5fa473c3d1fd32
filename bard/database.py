"""What bard's databases have in common: SQLite files with numbered migrations, one writer and read-only readers.

One law: a migration that has shipped is never edited, only followed by another; each runs whole in a transaction of its
own or not at all, and `user_version` counts them. It knows no table: those are in `bard.journal` and `bard.people`.
"""

import os
import re
import sqlite3
from pathlib import Path
from sqlite3 import Connection
from urllib.parse import quote

from bard.errors import DataError

Migration = tuple[str, ...]
"""Its statements, without BEGIN and COMMIT."""
_MODE = 0o640
_READER_WAITS_S = 2.0
_LOCKED = "another program keeps it locked"
_WORDS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: "may not be written by this user",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged: not a database",
}


class Schema:
    """One kind of database. `what` and `begun_by` in words; MIGRATIONS[n] makes version n + 1 out of version n."""

    def __init__(self, what: str, begun_by: str, application_id: int, migrations: tuple[Migration, ...]) -> None:
        self.what = what
        self.begun_by = begun_by
        self.application_id = application_id
        self.migrations = migrations

    def version_of(self, connection: Connection) -> int:
        """`user_version`: 0 for an empty database. Raises DataError for a database that is not of this kind."""
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        if application != self.application_id and (
            version or application or connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
        ):
            raise DataError("a database of another program")
        return version

    def migrate(self, connection: Connection, migrations: tuple[Migration, ...] | None = None) -> None:
        """Bring the database up to date. `connection` is in autocommit (isolation_level None).

        Raises DataError for one of a newer bard, or of another program; sqlite3.Error for what the disk refuses.
        """
        steps = self.migrations if migrations is None else migrations
        while (version := self.check_not_newer(connection, len(steps))) < len(steps):
            connection.execute("BEGIN IMMEDIATE")
            try:
                if self.version_of(connection) == version:  # nobody was faster
                    for statement in steps[version]:
                        connection.execute(statement)
                    connection.execute(f"PRAGMA user_version = {version + 1}")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def check_not_newer(self, connection: Connection, known: int | None = None) -> int:
        """The database's version. Raises DataError where it is above `known`, or not of this kind."""
        known = len(self.migrations) if known is None else known
        version = self.version_of(connection)
        if version > known:
            raise DataError(
                f"a {self.what} of version {version}, made by a newer bard; this one knows versions up to {known}"
            )
        return version

    def check_readable(self, connection: Connection) -> None:
        """Raises DataError unless the database is of exactly this version; a reader migrates nothing."""
        version = self.check_not_newer(connection)
        if version == 0:
            raise DataError(f"an empty {self.what}: {self.begun_by} has not begun it yet")
        if version < len(self.migrations):
            raise DataError(
                f"a {self.what} of version {version}, and this bard reads version {len(self.migrations)}: "
                f"start {self.begun_by} once"
            )


def make_file(path: Path) -> bool:
    """Whether there was none. Made by hand, since sqlite3 takes no mode; what it puts beside gets the same."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    except FileExistsError:
        return False
    os.close(fd)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def open_to_read(path: Path, missing: str) -> Connection:
    """The file, for reading only. Raises DataError where there is none (`missing` in words), sqlite3.Error."""
    if not path.exists():
        raise DataError(f"{path}: {missing}")
    if not path.is_file():
        raise DataError(f"{path}: not a file")
    where = f"file:{quote(str(path.absolute()))}?mode=ro"
    beside = [path.with_name(path.name + end) for end in ("-wal", "-journal")]
    if not any(file.exists() for file in beside):
        # Nobody writes, and a bard that starts now first writes beside this file. Without `immutable` SQLite makes a
        # log and its index even for reading, needs the right to, and leaves them with this user as their owner.
        where += "&immutable=1"
    connection = sqlite3.connect(where, uri=True, isolation_level=None, timeout=_READER_WAITS_S)
    connection.execute("PRAGMA query_only = ON")
    return connection


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 where there is none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def writer_words(error: Exception) -> str:
    """Why nothing could be written."""
    if isinstance(error, sqlite3.Error):
        return _WORDS.get(code_of(error), str(error))
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def reader_words(error: sqlite3.Error, what: str) -> str:
    """Why nothing could be read of a `what`."""
    code = code_of(error)
    if code == sqlite3.SQLITE_NOTADB:
        return f"not a {what} of bard, or damaged"
    if code == sqlite3.SQLITE_CORRUPT:
        return f"damaged: {error}"
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return _LOCKED
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY):
        return "may not be read by this user"
    return str(error)


def replaced(text: str, word: str, instead: str) -> str:
    """The text with `instead` for every `word` that stands alone, in capitals or not."""
    alone = rf"(?<![^\W_]){re.escape(word)}(?![^\W_])"
    return re.sub(alone, lambda _: instead, text, flags=re.IGNORECASE)
