"""A backup put back in the place of what is there.

One law: nothing is touched before every file of the backup lies beside it, proved by size, SHA-256 and SQLite's own
check. No bard runs meanwhile: the caller sees to that.
"""

import io
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from bard.config.atomic import FILE_MODE, FOLDER_MODE
from bard.database import Schema, reader_words
from bard.errors import DataError
from bard.journal.schema import JOURNAL_FILE
from bard.journal.schema import SCHEMA as JOURNAL
from bard.people.schema import PEOPLE_FILE
from bard.people.schema import SCHEMA as PEOPLE
from bard.studio.archive import CONFIGS, DATA, Content, Manifest, Progress, Unpacker
from bard.studio.audit import AUDIT_FILE, Erased, Restored, Stamp, entries
from bard.studio.backup import DATABASE, check_whole
from bard.studio.holdings import ASIDE, TAPES, WEB, own_as
from bard.studio.swap import STAGING, finish, staging, swap

SCHEMAS: dict[str, Schema] = {JOURNAL_FILE: JOURNAL, PEOPLE_FILE: PEOPLE}
"""Of the databases that this bard knows."""
_MARGIN_BYTES = 10_000_000


def restore(backup: Path, folder: Path, stamp: Stamp, progress: Progress) -> str:
    """Replace what `folder` holds by the backup; the name of the folder in it that keeps what was there.

    Raises DataError and Refused; then everything is as it was.
    """
    try:
        folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: {error.strerror}") from None
    finish(folder)
    with Unpacker(backup) as unpacker, staging(folder) as new:
        _unpack(unpacker, folder, new, progress)
        manifest = unpacker.manifest
        aside = _free_name(folder, f"{ASIDE}{stamp.name}")
        swap(folder, list(_replaced(folder, manifest)), Restored(stamp, manifest.id, manifest.made, aside))
    return aside


def check(backup: Path, folder: Path, progress: Progress) -> Manifest:
    """Whether it could be restored into `folder`, every byte looked at. Raises DataError where it could not."""
    with Unpacker(backup) as unpacker, staging(folder) as new:
        _unpack(unpacker, folder, new, progress)
        return unpacker.manifest


def manifest_of(backup: Path) -> Manifest:
    """What it says of itself. Raises DataError for what is no backup."""
    with Unpacker(backup) as unpacker:
        return unpacker.manifest


def configs_of(backup: Path) -> dict[str, bytes]:
    """The files of `archive.CONFIGS` that are in it. Raises DataError."""
    found = {}
    with Unpacker(backup) as unpacker:
        for content in unpacker.manifest.content:
            if content.name in CONFIGS:
                into = io.BytesIO()
                unpacker.unpack(content, into, lambda _bytes: None)
                found[content.name] = into.getvalue()
    return found


def erased_since(folder: Path, made: Stamp) -> int:
    """People whose records were erased here after a backup was made then: it brings them back."""
    return sum(entry.at.wall_s > made.wall_s for entry in entries(folder, Erased))


def _unpack(unpacker: Unpacker, folder: Path, new: Path, progress: Progress) -> None:
    """All files but the configuration into `new`, proved."""
    manifest = unpacker.manifest
    free = shutil.disk_usage(folder).free
    if manifest.bytes + _MARGIN_BYTES > free:
        raise DataError(f"{folder}: {free / 1e6:.0f} MB are free; the backup takes {manifest.bytes / 1e6:.0f} MB")
    try:
        for content in manifest.content:
            if content.name not in CONFIGS:
                _unpack_file(unpacker, content, folder, new, progress)
    except OSError as error:
        raise DataError(f"{error.filename or new}: {error.strerror}: nothing was replaced") from None
    for path in sorted(new.glob(f"*{DATABASE}")):
        try:
            _check_database(path)
        except DataError as error:
            raise DataError(f"backup of {manifest.made.wall}: {path.name}: {error}") from None


def _unpack_file(unpacker: Unpacker, content: Content, folder: Path, new: Path, progress: Progress) -> None:
    path = new / content.name.removeprefix(DATA)
    for parent in reversed(path.relative_to(new).parents[:-1]):
        (new / parent).mkdir(FOLDER_MODE, exist_ok=True)
        own_as(folder, new / parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE), "wb") as file:
        unpacker.unpack(content, file, progress)
        file.flush()
        os.fsync(file.fileno())
    own_as(folder, path)


def _check_database(path: Path) -> None:
    try:
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            if path.name in SCHEMAS:
                SCHEMAS[path.name].check_not_newer(connection)
            check_whole(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise DataError(reader_words(error, "database")) from None


def _replaced(folder: Path, manifest: Manifest) -> Iterator[str]:
    """All but what restores kept aside, the audit, the page's keys, and the tapes where the backup has none."""
    for name in sorted(os.listdir(folder)):
        kept = name in (STAGING, AUDIT_FILE, WEB) or name.startswith(ASIDE) or (name == TAPES and not manifest.tapes)
        if not kept:
            yield name


def _free_name(folder: Path, name: str) -> str:
    number, free = 1, name
    while (folder / free).exists():
        number += 1
        free = f"{name}.{number}"
    return free
