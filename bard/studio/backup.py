"""A copy of everything that bard holds, made while bard runs.

One law: each database is copied as of one moment and proved readable before the backup counts; the file appears whole
or not at all, for its maker's eyes only, and is recorded, so that an erasure can say which copies still hold a person.
"""

import contextlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import bard
from bard.config.atomic import sync_folder
from bard.database import open_to_read, reader_words
from bard.errors import DataError, UsageError
from bard.studio.archive import DATA, FORMAT, Content, Manifest, Packer, Progress
from bard.studio.audit import BackupMade, Stamp, check_may_record, record
from bard.studio.holdings import held

DATABASE = ".db"
_PART = ".part"
_LEFT_S = 3_600.0
"""A part that was not written to for so long belongs to no backup that runs."""
_MODE = 0o600
_PAGES = 256
"""Copied at a time, about 1 MB."""


def size_of(folder: Path, *, tapes: bool) -> int:
    """Bytes that a backup will have worked through, for a bar: each database is copied, then packed."""
    sizes = _sizes(folder, tapes=tapes)
    return sum(size * (2 if path.suffix == DATABASE else 1) for path, size in sizes.items())


def file_for(target: Path, station: str, stamp: Stamp) -> Path:
    """A folder: a new name in it; else the file itself. Raises UsageError for one that is there already."""
    path = target / f"bard-{station}-{stamp.name}.zip" if target.is_dir() else target
    if path.exists():
        raise UsageError(f"backup: {path} is there already; allowed: a folder, or the name of a new file")
    if not path.parent.is_dir():
        raise UsageError(f"backup: {path.parent}: no such folder; allowed: a folder, or the name of a new file")
    return path


def make_backup(
    folder: Path,
    path: Path,
    *,
    configs: Mapping[str, Path],
    station: str,
    stamp: Stamp,
    tapes: bool,
    progress: Progress,
) -> Manifest:
    """Write the backup of `folder` at `path` and record it. `configs`: by the names of `archive.CONFIGS`.

    Raises UsageError and DataError; then nothing is there.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: nothing is here: bard run begins it")
    if path.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"backup: {path} lies in what it is a backup of; allowed: a place on another disk")
    check_may_record(folder)
    _check_room(folder, path.parent, tapes=tapes)
    part = path.with_name(f".{path.name}{_PART}")
    try:
        _clear(path.parent, stamp)
        with _private(part):
            manifest = _write(folder, part, configs, (station, stamp), tapes=tapes, progress=progress)
            part.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise DataError(f"{error.filename or path}: {error.strerror}: no backup was made") from None
    record(folder, BackupMade(stamp, manifest.id, str(path.absolute()), tapes))
    return manifest


def copy_database(source: Path, into: Path, progress: Progress) -> int:
    """Copy it as of now, while others write; `into` is there. Its version. Raises DataError, OSError."""
    while True:
        resting = _resting(source)
        version = _copy_once(source, into, progress)
        if resting is None or _resting(source) == resting:
            return version
        # Nobody wrote when it was opened, so it was read without locks, and a bard has begun to write since.
        into.write_bytes(b"")


def _copy_once(source: Path, into: Path, progress: Progress) -> int:
    connection = copy = None
    try:
        connection = open_to_read(source, "gone meanwhile")
        copy = sqlite3.connect(into, isolation_level=None)
        connection.execute("BEGIN")  # one moment, however many steps the copy takes and whatever is written meanwhile
        connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        done = 0

        def step(_status: int, remaining: int, total: int) -> None:
            nonlocal done
            progress((total - remaining - done) * page_bytes)
            done = total - remaining

        connection.backup(copy, pages=_PAGES, progress=step)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        check_whole(copy)
        version: int = copy.execute("PRAGMA user_version").fetchone()[0]
        return version
    except sqlite3.Error as error:
        raise DataError(f"{source}: {reader_words(error, 'database')}: no backup was made") from None
    except DataError as error:
        raise DataError(f"{source}: {error}: no backup was made") from None
    finally:
        for opened in (connection, copy):
            if opened is not None:
                opened.close()


def _resting(source: Path) -> tuple[int, int] | None:
    """What shows whether somebody has written to a database that nobody has open; None where somebody has."""
    if source.with_name(f"{source.name}-wal").exists():
        return None
    state = source.stat()
    return state.st_mtime_ns, state.st_size


def check_whole(connection: sqlite3.Connection) -> None:
    """Raises DataError with the first thing that SQLite's own check finds."""
    (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise DataError(f"damaged: {' '.join(str(found).split())}")


def _write(
    folder: Path, part: Path, configs: Mapping[str, Path], made: tuple[str, Stamp], *, tapes: bool, progress: Progress
) -> Manifest:
    station, stamp = made
    databases: dict[str, int] = {}
    with part.open("r+b") as file:
        with Packer(file, progress) as packer:
            for inside in held(folder, tapes=tapes):
                if inside.suffix == DATABASE:
                    copy = part.with_name(f"{part.name}.{inside.name}")
                    with _private(copy):
                        databases[str(inside)] = copy_database(folder / inside, copy, progress)
                        packer.add(f"{DATA}{inside}", copy)
                else:
                    with contextlib.suppress(FileNotFoundError):  # a tape that went meanwhile
                        packer.add(f"{DATA}{inside}", folder / inside)
            for name, config in configs.items():
                if config.exists():
                    packer.add(name, config)
            manifest = _manifest(station, stamp, tapes, databases, packer.content)
            packer.finish(manifest)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _manifest(station: str, stamp: Stamp, tapes: bool, databases: dict[str, int], content: list[Content]) -> Manifest:
    return Manifest(
        format=FORMAT,
        bard=bard.__version__,
        id=secrets.token_hex(8),
        station=station,
        made=stamp,
        tapes=tapes,
        databases=databases,
        content=tuple(content),
    )


@contextlib.contextmanager
def _private(path: Path) -> Iterator[None]:
    """An empty file for our eyes only, that is gone after the `with`, under this name."""
    path.unlink(missing_ok=True)  # of a killed one
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE))
    try:
        yield
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)


def _clear(place: Path, stamp: Stamp) -> None:
    """Take away what a killed backup left there: it holds people's data, and nobody sees it."""
    for left in place.glob(f".*.zip{_PART}*"):
        with contextlib.suppress(FileNotFoundError):
            if stamp.wall_s - left.stat().st_mtime > _LEFT_S:
                left.unlink()


def _sizes(folder: Path, *, tapes: bool) -> dict[Path, int]:
    """Bytes of each file; one that goes meanwhile is left out."""
    sizes = {}
    for path in held(folder, tapes=tapes):
        with contextlib.suppress(FileNotFoundError):
            sizes[path] = (folder / path).stat().st_size
    return sizes


def _check_room(folder: Path, into: Path, *, tapes: bool) -> None:
    """The packed files, and beside them the largest database unpacked."""
    sizes = _sizes(folder, tapes=tapes)
    needed = sum(sizes.values()) + max((size for path, size in sizes.items() if path.suffix == DATABASE), default=0)
    free = shutil.disk_usage(into).free
    if needed > free:
        raise DataError(f"{into}: {free / 1e6:.0f} MB are free, and a backup may take {needed / 1e6:.0f} MB")
