"""Backups made while the journal is written, and what may be wrong with a place or a source."""

import contextlib
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from bard.errors import DataError, UsageError
from bard.journal.schema import JOURNAL_FILE, MIGRATIONS
from bard.studio.archive import discard
from bard.studio.audit import BackupMade, entries
from bard.studio.backup import copy_database, file_for, make_backup, size_of
from bard.studio.restore import check, manifest_of
from tests.journal.logs import Log, S, condition, conditions_of, started, wait_until_written
from tests.studio.studios import NOON, back_up, studio


def test_all_that_is_held_with_size_and_sha256_for_its_maker_only(tmp_path: Path) -> None:
    folder, path = studio(tmp_path / "var"), tmp_path / "usb.zip"
    (tmp_path / "bard.toml").write_text('station = "room"\n')
    made = back_up(folder, path)
    assert made == manifest_of(path) == check(path, tmp_path, discard)
    assert path.stat().st_mode & 0o777 == 0o600
    names = ["data/calibration.before.json", "data/calibration.json", "data/journal.db", "data/reports/1f.html"]
    assert [content.name for content in made.content] == [*names, "config/bard.toml"]
    assert (made.databases, made.tapes, made.station, made.made) == (
        {"journal.db": len(MIGRATIONS)},
        False,
        "room",
        NOON,
    )
    with ZipFile(path) as other_program:
        assert other_program.testzip() is None
        assert json.loads(other_program.read("manifest.json"))["content"][0]["name"] == names[0]
    assert list(entries(folder, BackupMade)) == [BackupMade(NOON, made.id, str(path), False)]
    with_tapes = back_up(folder, tmp_path / "tapes.zip", tapes=True)
    assert {content.name for content in with_tapes.content} >= {"data/tapes/a.tape", "data/audit.jsonl"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bard.toml", "tapes.zip", "usb.zip", "var"]


def test_a_copy_made_while_alarms_are_written_is_of_one_moment(tmp_path: Path) -> None:
    """It begins at the beginning and has no hole; all that was committed before it is in it; the writer never waits."""
    path = tmp_path / JOURNAL_FILE
    log = Log(path)
    log.tell(started(0))
    for number in range(1, 4000):
        log.tell([condition(number, "active", "pending", subjects=("x" * 400,))])
    wait_until_written(log.store)
    told, found = 4000, []
    for round_number in range(5):
        copy, committed, steps = tmp_path / f"{round_number}.db", told, 0

        def write_more(_bytes: int, at: Log = log) -> None:
            nonlocal told, steps
            at.tell([condition(told, "active", "pending")])
            told, steps = told + 1, steps + 1
            wait_until_written(at.store)

        copy.touch()
        copy_database(path, copy, write_more)
        assert steps > 1, "written to in the middle of it"
        numbers = [at_us for _, at_us in conditions_of(copy)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert committed - 1 <= len(numbers) < told, "as of the moment it began"
        found.append(len(numbers))
    assert found == sorted(found)
    log.close()
    assert (log.store.failure, log.store.lost) == (None, 0)


def test_a_journal_that_begins_to_be_written_meanwhile_is_copied_anew(tmp_path: Path) -> None:
    """While nobody has it open it is read without locks."""
    folder = studio(tmp_path / "var")
    logs: list[Log] = []

    def somebody_begins(_bytes: int) -> None:
        if not logs:
            logs.append(Log(folder / JOURNAL_FILE, run="b2"))
            logs[0].tell([condition(900 * S, "active", "pending")])
            wait_until_written(logs[0].store)

    copy = tmp_path / "copy.db"
    copy.touch()
    copy_database(folder / JOURNAL_FILE, copy, somebody_begins)
    assert conditions_of(copy)[-1] == ("load_over", 900 * S)
    logs[0].close()


def test_the_size_that_a_bar_is_drawn_for_is_what_is_worked_through(tmp_path: Path) -> None:
    folder, done = studio(tmp_path / "var"), []
    path = tmp_path / "a.zip"
    make_backup(folder, path, configs={}, station="room", stamp=NOON, tapes=True, progress=done.append)
    assert sum(done) == size_of(folder, tapes=True) - (folder / "audit.jsonl").stat().st_size
    assert len(done) >= 6


def test_places_where_no_backup_belongs(tmp_path: Path) -> None:
    folder = studio(tmp_path / "var")
    (tmp_path / "there.zip").touch()
    assert file_for(tmp_path, "room", NOON) == tmp_path / "bard-room-20260301T120000Z.zip"
    for target, why in ((tmp_path / "there.zip", "is there already"), (tmp_path / "no/a.zip", "no such folder")):
        with pytest.raises(UsageError, match=why):
            file_for(target, "room", NOON)
    with pytest.raises(UsageError, match="lies in what it is a backup of"):
        back_up(folder, folder / "tapes" / "a.zip")
    with pytest.raises(DataError, match="nothing is here"):
        back_up(tmp_path / "elsewhere", tmp_path / "a.zip")
    assert list(entries(folder, BackupMade)) == []


@pytest.mark.parametrize("damage", ["pages", "no database"])
def test_of_a_damaged_database_no_backup_is_made(tmp_path: Path, damage: str) -> None:
    folder, path = studio(tmp_path / "var"), tmp_path / "a.zip"
    journal = folder / JOURNAL_FILE
    whole = journal.read_bytes()
    journal.write_bytes(b"rubbish" * 1000 if damage == "no database" else whole[:8192] + bytes(len(whole) - 8192))
    with pytest.raises(DataError, match=rf"{journal}: .*no backup was made"):
        back_up(folder, path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["var"]
    assert list(entries(folder, BackupMade)) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 512 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "bard-test", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting needs root")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, small_disk: Path) -> None:
    folder = studio(tmp_path / "var")
    (folder / "tapes/a.tape").write_bytes(bytes(600_000))
    with pytest.raises(DataError, match=r"0 MB are free, and a backup may take 1 MB|1 MB are free"):
        back_up(folder, small_disk / "a.zip", tapes=True)
    with (small_disk / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    (folder / JOURNAL_FILE).unlink()
    for left in folder.glob("*/*"):
        left.unlink()
    with pytest.raises(DataError, match=r"no backup was made|are free"):
        back_up(folder, small_disk / "a.zip")
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


def test_what_a_killed_backup_left_is_taken_away(tmp_path: Path) -> None:
    folder = studio(tmp_path / "var")
    old, running, other = (tmp_path / name for name in (".a.zip.part.people.db", ".b.zip.part", ".c.part"))
    for left in (old, running, other):
        left.touch()
    for left in (old, other):
        os.utime(left, (0, 0))
    os.utime(running, (NOON.wall_s - 60,) * 2)
    back_up(folder, tmp_path / "d.zip")
    assert [left.exists() for left in (old, running, other)] == [False, True, True]


def test_a_line_of_the_audit_that_a_kill_has_torn_costs_only_itself(tmp_path: Path) -> None:
    folder = studio(tmp_path / "var")
    first = back_up(folder, tmp_path / "a.zip")
    with (folder / "audit.jsonl").open("ab") as file:
        file.write(b'{"type":"backup","at":{"wa')
    second = back_up(folder, tmp_path / "b.zip")
    assert [entry.id for entry in entries(folder, BackupMade)] == [first.id, second.id]
    assert (folder / "audit.jsonl").stat().st_mode & 0o777 == 0o640


def test_a_copy_is_one_file_that_says_its_version(tmp_path: Path) -> None:
    folder = studio(tmp_path / "var")
    copy = tmp_path / "copy.db"
    copy.touch()
    assert copy_database(folder / JOURNAL_FILE, copy, discard) == len(MIGRATIONS)
    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()
