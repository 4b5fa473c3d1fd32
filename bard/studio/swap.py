"""All that a folder holds replaced by what lies ready beside it.

One law: all is replaced or nothing, over a kill too, and what was there is kept aside. The plan is written last:
without one nothing has happened; with one the rest of the moves is made by whoever comes next (`finish`), and each move
may be made twice. It knows no backup; nobody else works in the folder meanwhile.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from bard.config.atomic import FOLDER_MODE, sync_folder, write_whole
from bard.errors import DataError, Refused
from bard.studio.audit import Restored, record
from bard.studio.holdings import own_as

STAGING = ".restore"
_PLAN = "plan.json"
_NEW = "new"


class _Plan(Struct, frozen=True):
    """What goes aside, and what comes in its place, by name in the folder; and what is recorded when it is done."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    done: Restored


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """An empty folder inside of `folder` to lay ready in; gone after the `with`. Raises DataError and Refused."""
    with _locked(folder) as inside:
        try:
            shutil.rmtree(inside / _NEW, ignore_errors=True)  # of a killed one
            (inside / _NEW).mkdir(FOLDER_MODE)
        except OSError as error:
            raise DataError(f"{inside}: {error.strerror}") from None
        try:
            yield inside / _NEW
        finally:
            if not (inside / _PLAN).exists():
                shutil.rmtree(inside, ignore_errors=True)


def swap(folder: Path, old: Sequence[str], done: Restored) -> None:
    """Inside of `staging`: `old` goes to the folder `done.aside`, all that lies ready comes. Recorded as `done`.

    A name that lies ready and is there and not in `old` stays as it is. Raises DataError; then nothing has changed.
    """
    inside = folder / STAGING
    plan = _Plan(tuple(old), tuple(sorted(os.listdir(inside / _NEW))), done)
    try:
        write_whole(inside / _PLAN, msgspec.json.encode(plan))
        _carry_out(folder, plan)
    except OSError as error:
        _undo(folder, plan)
        raise DataError(f"{error.filename or folder}: {error.strerror}: nothing was replaced") from None
    _end(folder, plan)


def finish(folder: Path) -> bool:
    """Make the moves that a killed restore has left; whether there were any. Raises DataError and Refused."""
    path = folder / STAGING / _PLAN
    if not path.exists():
        return False
    with _locked(folder):
        try:
            plan = msgspec.json.decode(path.read_bytes(), type=_Plan)
            _carry_out(folder, plan)
            _end(folder, plan)
        except FileNotFoundError:  # somebody was faster
            return False
        except (OSError, msgspec.MsgspecError) as error:
            raise DataError(f"{path}: a restore was begun and cannot be ended: {error}") from None
    return True


def _carry_out(folder: Path, plan: _Plan) -> None:
    aside, new = folder / plan.done.aside, folder / STAGING / _NEW
    aside.mkdir(FOLDER_MODE, exist_ok=True)
    own_as(folder, aside)
    for name in plan.old:
        if _is_there(folder / name) and not _is_there(aside / name):
            (folder / name).rename(aside / name)
    for name in plan.new:
        if _is_there(new / name) and not _is_there(folder / name):
            (new / name).rename(folder / name)
    sync_folder(aside)
    sync_folder(folder)


def _undo(folder: Path, plan: _Plan) -> None:
    """Every move back; what cannot be moved back is left to `finish`, with the plan."""
    aside, inside = folder / plan.done.aside, folder / STAGING
    try:
        for name in plan.new:
            if not _is_there(inside / _NEW / name):
                (folder / name).rename(inside / _NEW / name)
        for name in plan.old:
            if _is_there(aside / name):
                (aside / name).rename(folder / name)
        (inside / _PLAN).unlink(missing_ok=True)
        if aside.is_dir():
            aside.rmdir()
    except OSError as error:
        raise DataError(
            f"{error.filename}: {error.strerror}: half is replaced; mend that, then call bard restore again"
        ) from None


def _end(folder: Path, plan: _Plan) -> None:
    record(folder, plan.done)
    shutil.rmtree(folder / STAGING, ignore_errors=True)


@contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    inside = folder / STAGING
    try:
        inside.mkdir(FOLDER_MODE, exist_ok=True)
        lock = os.open(inside, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise DataError(f"{inside}: {error.strerror}") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"{folder}: a restore or the check of a backup runs there") from None
        yield inside
    finally:
        os.close(lock)


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)
