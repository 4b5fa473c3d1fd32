"""Restored whole or not at all: damaged files, moves that fail, kills with every move."""

import contextlib
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest

from bard.errors import DataError, Refused
from bard.journal.schema import JOURNAL_FILE, SCHEMA
from bard.studio.archive import discard
from bard.studio.audit import BackupMade, Erased, Restored, entries, record
from bard.studio.restore import check, configs_of, erased_since, restore
from bard.studio.swap import finish, staging
from tests.journal.logs import table
from tests.studio.studios import EVENING, NOON, back_up, content, sessions, studio

ASIDE = "before-restore-20260301T200000Z"


@pytest.fixture
def morning(tmp_path: Path) -> Path:
    """A folder, a backup of it beside it, and then another session in it and other files."""
    folder = studio(tmp_path / "var")
    back_up(folder, tmp_path / "morning.zip", tapes=True)
    for path in (folder / "journal.db", folder / "reports/1f.html"):
        path.unlink()
    (folder / "reports/2f.html").write_text("another")
    (folder / "tapes/b.tape").write_text("another")
    (folder / "state.json").write_text("{}")
    other = studio(tmp_path / "other", run="b2")
    (other / JOURNAL_FILE).rename(folder / JOURNAL_FILE)
    return folder


def test_on_an_empty_machine(tmp_path: Path) -> None:
    folder, path = studio(tmp_path / "var"), tmp_path / "a.zip"
    (tmp_path / "bard.toml").write_text('station = "room"\n')
    (tmp_path / "intake.toml").write_text("questions")
    back_up(folder, path, tapes=True)
    there = tmp_path / "deep" / "var"
    aside = restore(path, there, EVENING, discard)
    assert sessions(there) == sessions(folder)
    assert set(content(there)) == set(content(folder)) - {"mqtt-outbox"}
    for name in ("calibration.json", "calibration.before.json", "tapes/a.tape", "reports/1f.html"):
        assert (there / name).read_bytes() == (folder / name).read_bytes()
        assert (there / name).stat().st_mode & 0o777 == 0o640
    assert there.stat().st_mode & 0o777 == (there / "tapes").stat().st_mode & 0o777 == 0o750
    assert list((there / aside).iterdir()) == []
    assert configs_of(path) == {"config/bard.toml": b'station = "room"\n', "config/intake.toml": b"questions"}
    assert not (there / ".restore").exists()


def test_what_was_there_is_kept_aside_and_it_can_be_undone_by_hand(morning: Path) -> None:
    before = content(morning)
    restore(morning.parent / "morning.zip", morning, EVENING, discard)
    assert content(morning / ASIDE) == before
    assert (morning / "tapes/a.tape").exists()
    assert not (morning / "tapes/b.tape").exists()
    (done,) = entries(morning, Restored)
    (made,) = entries(morning, BackupMade)
    assert (done.at, done.made, done.id, done.aside) == (EVENING, NOON, made.id, ASIDE)
    restore(morning.parent / "morning.zip", morning, EVENING, discard)
    assert [entry.aside for entry in entries(morning, Restored)] == [ASIDE, f"{ASIDE}.2"]


def test_without_tapes_those_that_are_there_stay(tmp_path: Path) -> None:
    folder = studio(tmp_path / "var")
    back_up(folder, tmp_path / "a.zip")
    (folder / "tapes/b.tape").write_text("another")
    (folder / "web").mkdir()
    (folder / "web/key.pem").write_text("a key")
    restore(tmp_path / "a.zip", folder, EVENING, discard)
    assert sorted(path.name for path in (folder / "tapes").iterdir()) == ["a.tape", "b.tape"]
    assert (folder / "web/key.pem").exists(), "whom this machine trusts is in no backup"


def test_any_wrong_byte_and_any_cut_is_found_and_nothing_is_replaced(morning: Path) -> None:
    """But for those that no program reads: times and attributes of files in the ZIP."""
    path = morning.parent / "morning.zip"
    whole, before, dice = path.read_bytes(), content(morning), Random(7)
    found = 0
    for _ in range(60):
        wrong = bytearray(whole)
        wrong[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
        path.write_bytes(wrong)
        with contextlib.suppress(DataError):
            check(path, morning.parent, discard)
            continue
        found += 1
        with pytest.raises(DataError):
            restore(path, morning, EVENING, discard)
    assert found >= 55, "of 60"
    for length in (0, 1, 30, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(DataError, match=r"morning\.zip: not a whole backup of bard"):
            restore(path, morning, EVENING, discard)
    assert content(morning) == before
    assert list(entries(morning, Restored)) == []


@pytest.mark.parametrize("name", ["data/../../evil", "/etc/evil", "data//evil", "evil", "data/."])
def test_a_file_that_would_lie_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    folder, path = studio(tmp_path / "var"), tmp_path / "a.zip"
    back_up(folder, path)
    with ZipFile(path) as good:
        manifest = good.read("manifest.json").replace(b"data/calibration.json", name.encode())
        files = {found: good.read(found) for found in good.namelist() if found != "manifest.json"}
    with ZipFile(tmp_path / "b.zip", "w") as bad:
        for found, data in files.items():
            bad.writestr(name if found == "data/calibration.json" else found, data)
        bad.writestr("manifest.json", manifest)
    with pytest.raises(DataError, match=r"not a backup of bard|not those of its manifest"):
        restore(tmp_path / "b.zip", folder, EVENING, discard)
    assert not (tmp_path / "evil").exists()


def test_what_is_no_backup_or_of_another_format(tmp_path: Path) -> None:
    folder = studio(tmp_path / "var")
    path = tmp_path / "a.zip"
    with pytest.raises(DataError, match=r"a\.zip: No such file"):
        restore(path, folder, EVENING, discard)
    with ZipFile(path, "w") as other:
        other.writestr("holiday.png", b"x")
    with pytest.raises(DataError, match=r"not a backup of bard: no manifest\.json in it"):
        restore(path, folder, EVENING, discard)
    with ZipFile(path, "w") as newer:
        newer.writestr("manifest.json", '{"format": 2, "bard": "9"}')
    with pytest.raises(DataError, match="a backup of format 2; this bard reads format 1"):
        restore(path, folder, EVENING, discard)


def test_a_journal_of_a_newer_bard_is_refused_and_one_of_an_older_is_not(tmp_path: Path) -> None:
    folder, path = studio(tmp_path / "var"), tmp_path / "a.zip"
    table(folder / JOURNAL_FILE, f"PRAGMA user_version = {len(SCHEMA.migrations) + 1}")
    back_up(folder, path)
    with pytest.raises(DataError, match=r"journal\.db: a journal of version \d+, made by a newer bard"):
        restore(path, folder, EVENING, discard)
    table(folder / JOURNAL_FILE, "PRAGMA user_version = 1")
    back_up(folder, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", folder, EVENING, discard)


def test_killed_with_any_move_it_is_ended_by_the_next_start(tmp_path: Path, morning: Path) -> None:
    path, before = tmp_path / "morning.zip", content(morning)
    wanted = tmp_path / "wanted"
    restore(path, wanted, EVENING, discard)
    after = content(wanted)
    killed_at = []
    for number in range(-1, 50):
        folder = tmp_path / f"{number}"
        for name, data in before.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        command = [sys.executable, "-m", "tests.studio.kill_me", str(path), str(folder), str(number)]
        if subprocess.run(command, check=False).returncode != -signal.SIGKILL:
            assert content(folder) == after
            break
        killed_at.append(number)
        assert finish(folder) == (number >= 0), "killed before its plan it has only made files ready"
        assert content(folder) == (after if number >= 0 else before | _made_ready(folder))
        if number >= 0:
            assert content(folder / ASIDE) == before
            assert len(list(entries(folder, Restored))) == 1
        restore(path, folder, EVENING, discard)
        assert content(folder) == after
    assert len(killed_at) > 8


def _made_ready(folder: Path) -> dict[str, bytes]:
    """What a restore that was killed early leaves; the next one removes it."""
    return {name: data for name, data in content(folder).items() if name.startswith(".restore")}


@pytest.mark.parametrize("number", range(0, 12, 2))
def test_a_move_that_fails_is_undone_with_all_before_it(
    morning: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before, left, move = content(morning), number, Path.rename

    def failing(path: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left == -1:
            raise PermissionError(13, "Permission denied", str(path))
        return move(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(DataError, match="Permission denied: nothing was replaced"):
        restore(morning.parent / "morning.zip", morning, EVENING, discard)
    assert content(morning) == before
    assert not (morning / ASIDE).exists()
    monkeypatch.undo()
    assert not finish(morning)
    restore(morning.parent / "morning.zip", morning, EVENING, discard)


def test_two_at_once(morning: Path) -> None:
    with staging(morning), pytest.raises(Refused, match="a restore or the check of a backup runs there"):
        restore(morning.parent / "morning.zip", morning, EVENING, discard)


def test_erasures_since_a_backup_are_told(morning: Path) -> None:
    record(morning, Erased(NOON, "client", {}))
    assert erased_since(morning, NOON) == 0
    record(morning, Erased(EVENING, "client", {}))
    assert erased_since(morning, NOON) == 1
