"""`bard backup` and `bard restore` as people meet them, beside a daemon in a session."""

import shutil
from pathlib import Path

import pytest

from bard.journal.history import History
from tests.daemon.house import House, complains, config_of, run_bard
from tests.studio.studios import studio

STEADY = "sim://steady?seed=3"


@pytest.mark.slow
def test_a_backup_in_a_session_and_its_way_back(house: House, tmp_path: Path) -> None:
    house.furnish(STEADY)
    house.start()
    house.until_known()
    assert house.bard("session", "start", "--body-weight", 70, "--limit", 40).returncode == 0
    usb = tmp_path / "usb"
    usb.mkdir()
    told = house.bard("backup", usb)
    (file,) = usb.iterdir()
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith(f"{file}: ")
    assert "without tapes (--tapes takes them along)" in told.stdout
    complains(house.bard("restore", file, "--yes"), 3, "another bard runs on", "end it first")
    assert house.bard("session", "stop").returncode == 0
    assert house.end() == 0
    with History(house.folder / "var" / "journal.db") as history:
        (session,) = history.sessions()
    shutil.rmtree(house.folder / "var")
    kept = house.config.read_bytes()
    house.config.unlink()
    told = house.bard("restore", file, "--yes")
    assert (told.returncode, told.stderr) == (0, ""), told
    assert house.config.read_bytes() == kept
    with History(house.folder / "var" / "journal.db") as history:
        assert [(found.id, found.end) for found in history.sessions()] == [(session.id, None)], "as it was then"
    assert "made 0 s ago" not in house.bard("restore", "--check", file).stdout
    house.start()
    house.until_known()
    assert house.end() == 0


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A configuration and records; no bard runs."""
    (tmp_path / "bard.toml").write_text(config_of(STEADY))
    studio(tmp_path / "var")
    return tmp_path


def bard(room: Path, *arguments: object) -> str:
    done = run_bard("--config", room / "bard.toml", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_it_says_what_it_is_about_to_do_and_asks(room: Path) -> None:
    file = room / "a.zip"
    bard(room, "backup", file, "--tapes")
    asked = run_bard("--config", room / "bard.toml", "restore", file)
    assert asked.returncode == 130, "nobody answers"
    assert "backup of station room, made 20" in asked.stdout
    assert "with tapes" in asked.stdout
    assert not list((room / "var").glob("before-restore-*"))
    assert bard(room, "restore", "--check", file).startswith(f"{file}: whole: station room, made ")


def test_another_configuration_stays_unless_asked_for(room: Path) -> None:
    file, config = room / "a.zip", room / "bard.toml"
    bard(room, "backup", file)
    changed = config.read_text() + "# changed\n"
    config.write_text(changed)
    assert "another than the backup's and stays: --with-config" in bard(room, "restore", file, "--yes")
    assert config.read_text() == changed
    assert f"{config}: put back" in bard(room, "restore", file, "--yes", "--with-config")
    assert config.read_text() == config_of(STEADY)
    (kept,) = room.glob("bard.toml.before-restore-*")
    assert kept.read_text() == changed


def test_the_list_says_where_and_how_old(room: Path) -> None:
    assert bard(room, "backup", "--list") == "no backup was made\n"
    bard(room, "backup", room / "a.zip")
    bard(room, "backup", room / "b.zip", "--tapes")
    (room / "a.zip").unlink()
    first, second = bard(room, "backup", "--list").splitlines()
    assert first.startswith(f"{room}/a.zip: made ")
    assert first.endswith("without tapes; not there now")
    assert second.endswith("with tapes")


def test_mistakes_are_one_line(room: Path) -> None:
    config = ("--config", room / "bard.toml")
    complains(run_bard(*config, "backup"), 2, "no DIR|FILE; allowed: a folder, the name of a new file, or --list")
    complains(run_bard(*config, "backup", room / "var" / "a.zip"), 2, "lies in what it is a backup of")
    complains(run_bard(*config, "backup", room / "bard.toml"), 2, "is there already")
    complains(run_bard(*config, "restore", room / "bard.toml"), 1, "not a whole backup of bard")
    complains(run_bard("--config", room / "no.toml", "restore", room / "no.zip"), 1, "No such file")
