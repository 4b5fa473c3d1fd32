"""What was done with the records as a whole: backups made, restored, old ones purged, people erased.

One law: a line is added and none is ever changed; a line says how much and when, never whose. It is a file of its own,
so that a restored database does not forget what was erased since.
"""

import fcntl
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from bard.config.atomic import FILE_MODE
from bard.errors import DataError
from bard.studio.holdings import own_as

AUDIT_FILE = "audit.jsonl"
"""In `journal.directory`."""


class Stamp(Struct, frozen=True):
    """Wall clock, ISO 8601 with its offset, and whether it was known to be right."""

    wall: str
    clock_trusted: bool

    @property
    def wall_s(self) -> float:
        """Seconds since 1970."""
        return datetime.fromisoformat(self.wall).timestamp()

    @property
    def name(self) -> str:
        """For file names: `20260301T100000Z`."""
        return datetime.fromisoformat(self.wall).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


class BackupMade(Struct, frozen=True, tag="backup"):
    """A copy of everything was written to `path`, with the tapes or without."""

    at: Stamp
    id: str
    path: str
    tapes: bool


class Restored(Struct, frozen=True, tag="restored"):
    """Everything was replaced by the backup with this id, made then; what was there stands in the folder `aside`."""

    at: Stamp
    id: str
    made: Stamp
    aside: str


class Purged(Struct, frozen=True, tag="purged"):
    """What had become older than the studio keeps it: how many of each kind."""

    at: Stamp
    removed: dict[str, int]


class Erased(Struct, frozen=True, tag="erased"):
    """One person's records are gone: how many of each kind."""

    at: Stamp
    what: Literal["client", "therapist"]
    removed: dict[str, int]


Entry = BackupMade | Restored | Purged | Erased
_E = TypeVar("_E", BackupMade, Restored, Purged, Erased)
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Entry).decode


def check_may_record(folder: Path) -> None:
    """Raises DataError where no line could be added."""
    path = folder / AUDIT_FILE
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise DataError(f"{path}: may not be written by this user: what is done here must be recorded there")


def record(folder: Path, entry: Entry) -> None:
    """Add a line; it is on the disk then. Raises DataError."""
    path = folder / AUDIT_FILE
    line = _encode(entry) + b"\n"
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":  # a torn line, of a kill
                line = b"\n" + line
            os.write(fd, line)
            os.fsync(fd)
            own_as(folder, path)
        finally:
            os.close(fd)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}: what was done could not be recorded") from None


def entries(folder: Path, kind: type[_E]) -> Iterator[_E]:
    """Those of one kind, in order. Lines that are torn or of a newer bard are left out. Raises DataError."""
    path = folder / AUDIT_FILE
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from None
    for line in lines:
        try:
            entry = _decode(line)
        except msgspec.MsgspecError:
            continue
        if isinstance(entry, kind):
            yield entry
