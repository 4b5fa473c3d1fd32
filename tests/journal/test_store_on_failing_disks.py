import contextlib
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.journal import store
from bard.journal.history import History
from tests.journal.logs import (
    Log,
    S,
    condition,
    conditions_of,
    ended,
    one_alarm,
    started,
    wait_until_written,
    write_log,
)
from tests.journal.tapes import wait_for

SUFFIX = ": alarms are not recorded"


def test_a_missing_folder_is_a_failure_until_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "later" / "journal.db"
    log = Log(path)
    log.tell(one_alarm(0))
    wait_for(lambda: log.store.failure is not None)
    assert log.store.failure == f"{path}: No such file or directory{SUFFIX}"
    path.parent.mkdir()
    wait_for(lambda: log.store.failure is None)
    wait_until_written(log.store)
    log.close()
    assert len(conditions_of(path)) == 3
    assert log.store.lost == 0


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, which pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        folder.chmod(0o755)


READ_ONLY = """
import os, sys
from pathlib import Path
from tests.journal.logs import Log, one_alarm
if os.getuid() == 0:
    os.setuid(65534)
log = Log(Path(sys.argv[1]))
log.tell(one_alarm(0))
log.close()
print(log.store.failure, log.store.lost)
"""


@pytest.mark.parametrize("begun", [False, True])
def test_a_read_only_folder_is_a_failure(open_folder: Path, begun: bool) -> None:
    path = open_folder / "journal.db"
    if begun:
        write_log(path, [])
        path.chmod(0o444)
    open_folder.chmod(0o555)
    done = subprocess.run([sys.executable, "-c", READ_ONLY, path], capture_output=True, text=True, check=True)
    words = "may not be written by this user" if begun else "Permission denied"
    assert done.stdout == f"{path}: {words}{SUFFIX} 3\n"


FILE_TOO_LARGE = """
import resource, sys
from pathlib import Path
from tests.journal.logs import Log, condition, wait_until_written
from tests.journal.tapes import wait_for
path, waiting = Path(sys.argv[1]), int(sys.argv[2])
log = Log(path, waiting=waiting)
log.tell(condition(number, "active", "pending") for number in range(10))
wait_until_written(log.store)
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
for begin in range(10, 1000, 10):
    log.tell(condition(number, "active", "pending") for number in range(begin, begin + 10))
    if log.store.failure is None:
        wait_for(lambda: log.store.waits == 0 or log.store.failure is not None)
wait_for(lambda: log.store.failure is not None)
print(log.store.failure)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
wait_for(lambda: log.store.failure is None)
wait_until_written(log.store)
log.tell([condition(1000, "active", "pending")])
log.close()
print(log.store.failure, log.store.lost, log.store.notice)
"""


@pytest.mark.parametrize("waiting", [10_000, 50])
def test_a_disk_that_fails_and_works_again(tmp_path: Path, waiting: int) -> None:
    """What waited is written then; what there was no place for is a gap in the log."""
    path = tmp_path / "journal.db"
    command = [sys.executable, "-c", FILE_TOO_LARGE, str(path), str(waiting)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    failed, after = done.stdout.splitlines()
    assert failed == f"{path}: disk I/O error{SUFFIX}"
    numbers = [at_us for _, at_us in conditions_of(path)]
    with History(path) as history:
        gaps = history.gaps()
    if waiting == 10_000:
        assert (numbers, gaps, after) == (list(range(1001)), [], "None 0 None")
        return
    (gap,) = gaps
    assert after == f"None {gap.missing} {path}: {gap.missing} events before 2026-03-01T10:00:00.001+00:00 were lost"
    assert numbers == [*range(1000 - gap.missing), 1000]
    assert gap.moment.at_us == 1000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 512 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "bard-test", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)  # a test that failed may still have it open


def test_a_full_disk_keeps_what_was_committed_and_takes_more_when_there_is_room(small_disk: Path) -> None:
    path = small_disk / "journal.db"
    log = Log(path)
    log.tell(started(0))
    wait_until_written(log.store)
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    log.tell(event for second in range(200) for event in one_alarm(second * S))
    wait_for(lambda: log.store.failure is not None)
    assert log.store.failure == f"{path}: the disk is full{SUFFIX}"
    with History(path) as history:
        assert len(history.sessions()) == 1
    filler.unlink()
    wait_until_written(log.store)
    log.close()
    assert (log.store.failure, log.store.lost) == (None, 0)
    assert len(conditions_of(path)) == 600


def test_while_another_program_keeps_it_locked_alarms_wait(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(started(0))
    wait_until_written(log.store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    log.tell(one_alarm(S))
    wait_for(lambda: log.store.failure is not None)
    assert log.store.failure == f"{path}: another program keeps it locked{SUFFIX}"
    other.execute("ROLLBACK")
    other.close()
    wait_until_written(log.store)
    log.close()
    assert (log.store.failure, log.store.lost, len(conditions_of(path))) == (None, 0, 3)
    with History(path) as history:
        assert {change.session for change in history.changes()} == {history.sessions()[0].id}


def test_close_waits_for_a_locked_database_no_longer_than_it_says(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(started(0))
    wait_until_written(log.store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    log.tell(one_alarm(S))
    log.close()
    assert log.store.failure == f"{path}: another program keeps it locked{SUFFIX}"
    assert log.store.lost == 3
    other.close()


def test_a_gap_at_the_end_is_written_too(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, [])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    log = Log(path, waiting=5)
    log.tell(condition(number, "active", "pending") for number in range(8))
    wait_for(lambda: log.store.failure is not None)
    other.close()
    log.close()
    assert (log.store.failure, log.store.lost) == (None, 3)
    with History(path) as history:
        assert [gap.missing for gap in history.gaps()] == [3]
    assert [at_us for _, at_us in conditions_of(path)] == list(range(5))


def test_after_a_gap_no_row_claims_a_session_that_may_be_over(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path, waiting=2)
    log.tell(started(0))
    wait_until_written(log.store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    log.tell(condition(number, "active", "pending") for number in range(1, 6))
    other.close()
    wait_until_written(log.store)
    log.tell([condition(9, "active", "pending")])
    wait_until_written(log.store)
    log.tell([ended(10, 0)])
    log.close()
    with History(path) as history:
        changes = history.changes()
        (session,) = history.sessions()
        assert session.end is not None, "its end says when it began"
        assert [gap.missing for gap in history.gaps()] == [3]
    assert [(change.moment.at_us, change.session is None) for change in changes] == [(1, False), (2, False), (9, True)]


@pytest.mark.parametrize("damage", ["no database", "pages"])
def test_a_damaged_database_is_set_aside_and_alarms_go_into_a_new_one(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "journal.db"
    write_log(path, [event for second in range(100) for event in one_alarm(second * S)])
    rubbish = path.read_bytes()
    rubbish = b"rubbish" * 1000 if damage == "no database" else rubbish[:4096] + b"\xa5" * (len(rubbish) - 4096)
    path.write_bytes(rubbish)
    log = Log(path, run="b2")
    log.tell(one_alarm(0))
    wait_until_written(log.store)
    assert log.store.failure is None
    assert log.store.notice == f"{path}: was damaged; it is set aside as journal.db.damaged, and a new one is begun"
    log.close()
    assert len(conditions_of(path)) == 3
    assert (tmp_path / "journal.db.damaged").read_bytes() == rubbish


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, one_alarm(0))
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    before = path.read_bytes()
    log = Log(path, run="b2")
    log.tell(one_alarm(0))
    log.close()
    assert log.store.failure is not None
    assert "version 7, made by a newer bard" in log.store.failure
    assert log.store.lost == 3
    assert path.read_bytes() == before


def test_a_database_that_was_removed_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell([*started(0), *one_alarm(S)])
    wait_until_written(log.store)
    for file in tmp_path.iterdir():
        file.unlink()
    log.tell([*one_alarm(9 * S), *started(20 * S)])
    wait_until_written(log.store)
    log.close()
    assert (log.store.failure, log.store.lost) == (None, 0)
    with History(path) as history:
        assert {change.session for change in history.changes()} == {None}, "the one before is not in this database"
        assert len(history.sessions()) == 1
    assert [at_us for _, at_us in conditions_of(path)] == [9 * S, 10_500_000, 11 * S]


def test_a_disk_that_does_not_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_STALLED_S", 0.1)
    path = tmp_path / "journal.db"
    write_log(path, [])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    log = Log(path)
    log.tell(one_alarm(0))
    wait_for(lambda: "the disk has not answered for 0 s" in str(log.store.failure))
    other.close()
    log.close()
    assert log.store.failure is None
