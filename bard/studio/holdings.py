"""What bard keeps in `journal.directory`, file by file.

One law: whatever lies there is bard's and is held, whoever wrote it, but for what a program makes and loses again by
itself. It opens nothing and knows no content.
"""

import contextlib
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from bard.config.atomic import FILE_MODE

TAPES = "tapes"
REPORTS = "reports"
WEB = "web"
"""Paired devices and private keys of the page: made again by pairing, and better in no copy."""
STATE_FILE = "state.json"
"""What a restart of the daemon must not lose (`bard.daemon.keeping`)."""
ASIDE = "before-restore-"
"""Begins the name of the folder that keeps what a restore replaced."""
_BESIDE_DATABASES = re.compile(r".*\.db(\.damaged(\.\d+)?)?-(wal|shm|journal)\Z")
_OTHERS = 0o007
_WRITTEN_S = 5.0
"""A tape gets a chunk each 0.4 s."""


def held(folder: Path, *, tapes: bool) -> Iterator[Path]:
    """Paths below `folder`, relative to it, sorted; with the tapes or without.

    Left out: a database's log (its content belongs to the database), files half made, what restores set aside, the
    outbox (a broker would hear old alarms), the page's keys, and links.
    """
    for path in sorted(_files(folder)):
        inside = path.relative_to(folder)
        first = inside.parts[0]
        if first.startswith(ASIDE) or any(part.startswith(".") for part in inside.parts):
            continue
        if _BESIDE_DATABASES.match(path.name) or first in ("mqtt-outbox", WEB) or (first == TAPES and not tapes):
            continue
        yield inside


def keep_to_the_group(folder: Path) -> None:
    """Take from the files in `folder` what others may do with them; an older bard left some readable by all.

    The folder's own mode is whoever's who made it. Files of other users are left as they are.
    """
    for path in _files(folder):
        with contextlib.suppress(OSError):
            mode = stat.S_IMODE(path.lstat().st_mode)
            if mode & _OTHERS:
                path.chmod(mode & FILE_MODE)


def being_written(tape: Path) -> bool:
    """Somebody has added to it within the last seconds: to take it away would lose what comes next."""
    try:
        return time.time() - tape.stat().st_mtime < _WRITTEN_S
    except FileNotFoundError:
        return False


def own_as(folder: Path, path: Path) -> None:
    """Made by root in a folder of the service's: give it to the service."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # gone meanwhile
            if stat.S_ISREG(path.lstat().st_mode):
                yield path
