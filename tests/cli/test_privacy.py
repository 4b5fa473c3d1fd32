"""Sessions of a named client through the real daemon and a real broker: who reads what, where names stand, erased."""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bard.config.intake import load_checklist
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from tests.annunciate.broker import Broker, Ear
from tests.daemon.conftest import broker
from tests.daemon.house import House, complains, wait_for
from tests.studio.finding import contents, found

__all__ = ["broker"]

CODE, NAME, NOTES = "CZEBRA9", "Zebulonia Quastenflosser", "swims with coelacanths"
THERAPIST = "TQUAGGA7"
STEADY = "sim://steady?seed=3"
INTAKE = Path(__file__).parents[2] / "config" / "intake.toml"


@pytest.fixture
def ear(broker: Broker) -> Iterator[Ear]:
    broker.start()
    made = Ear(broker.port)
    yield made
    made.close()


def var(house: House) -> Path:
    return house.folder / "var"


def people(house: House) -> None:
    """A therapist and two clients, one of them with a name; all by the command line."""
    done = house.bard("therapist", "add", "--code", THERAPIST, "--body-weight", 70)
    assert done.returncode == 0, done
    named = ("--name", NAME, "--notes", NOTES)
    for code, more in ((CODE, named), ("C2345", ())):
        done = house.bard("client", "add", "--code", code, *more, "--limit", 40, "--by", THERAPIST)
        assert done.returncode == 0, done
        answers = [f"--answer={item.id}=no" for item in load_checklist(INTAKE).items]
        done = house.bard("intake", code, "--by", THERAPIST, *answers)
        assert done.returncode == 0, done


def in_session(house: House, code: str) -> str:
    """A session of the client's, until an alarm has called; its id."""
    house.until(lambda snapshot: snapshot.session is None and snapshot.bar_load_kg is not None, "bars that are known")
    done = house.bard("session", "start", "--client", code, "--therapist", THERAPIST)
    assert done.returncode == 0, done
    session = house.snapshot().session
    assert session is not None
    done = house.bard("session", "limit", 20, "--who", THERAPIST, "--why", f"{THERAPIST} decided it")
    assert done.returncode == 0, done
    house.until(lambda snapshot: any(alarm.id == "load_over" for alarm in snapshot.alarms), "an alarm")
    return session.id


def stop(house: House) -> None:
    """End the session, and begin the next tape with the next daemon."""
    assert house.bard("session", "stop").returncode == 0
    assert house.end() == 0
    house.start()


def modes_of(folder: Path) -> dict[Path, int]:
    """Of it and all that is in it; what a daemon makes and renames meanwhile is left out."""
    modes = {}
    for path in (folder, *folder.rglob("*")):
        with suppress(FileNotFoundError):
            modes[path] = path.lstat().st_mode
    return modes


def erased_by_typing_the_code(house: House, mine: str, theirs: str, usb: Path) -> None:
    """Typed wrongly nothing happens, typed rightly all of it, while the daemon goes on."""
    wrong = house.begin("client", "erase", CODE, asked=True)
    assert "Type CZEBRA9 to erase all of it" in wrong.communicate("CZEBRA8\n")[0]
    assert wrong.returncode == 2
    assert found(var(house), CODE)
    asked = house.begin("client", "erase", CODE.lower(), asked=True)
    told = asked.communicate(f"{CODE}\n")[0]
    assert asked.returncode == 0, told
    assert f"client {CODE}: 1 session, 1 tape, 1 report" in told
    assert "every file was searched: nothing is left" in told
    (backup,) = usb.iterdir()
    assert f"copy {backup}, made " in told
    assert told.rstrip().endswith("still holds it")
    assert found(house.folder, CODE, NAME, NOTES, "Zebulonia", mine) == [], "configuration, log and socket folder too"
    assert len(found(var(house), theirs)) >= 2


@pytest.mark.apt
@pytest.mark.slow
def test_a_named_client_from_the_first_session_to_the_last_byte(house: House, broker: Broker, ear: Ear) -> None:
    usb = house.folder.parent / f"{house.folder.name}-usb"
    usb.mkdir()
    more = f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\n[studio]\nnames = true\nintake_file = "{INTAKE}"\n'
    var(house).mkdir(0o750)
    house.furnish(STEADY, more=more)
    people(house)
    house.start()
    mine = in_session(house, CODE)

    # While it runs: readable by the group only, and the name stands in people.db alone
    modes = modes_of(var(house))
    assert len(modes) > 8
    assert {path: oct(mode) for path, mode in modes.items() if mode & stat.S_IRWXO} == {}
    assert {stat.S_IMODE(mode) for mode in modes.values() if stat.S_ISREG(mode)} == {0o640}
    stands = {hit.partition(":")[0] for hit in found(var(house), CODE, NAME, NOTES, "Zebulonia")}
    assert stands <= {PEOPLE_FILE, f"{PEOPLE_FILE}-wal"}
    assert f"{PEOPLE_FILE}" in stands or f"{PEOPLE_FILE}-wal" in stands
    complains(house.bard("client", "erase", CODE, "--yes"), 3, f"a session of client {CODE} runs: end it first")
    wait_for(lambda: ear.last("session") and ear.last("session")["running"], "the broker knows of the session")
    stop(house)
    theirs = in_session(house, "C2345")
    stop(house)
    assert house.bard("backup", usb).returncode == 0
    for session in (mine, theirs):
        done = house.bard("report", "session", session)
        assert done.returncode == 0, done

    erased_by_typing_the_code(house, mine, theirs, usb)

    # The therapist likewise; the other client's session still replays
    done = house.bard("therapist", "erase", THERAPIST, "--yes")
    told = done.stdout
    assert "every file was searched: nothing is left" in told, done
    assert found(house.folder, THERAPIST) == []
    with People(var(house) / PEOPLE_FILE) as kept:
        assert [(one.session, one.client, one.therapist) for one in kept.sessions()] == [(theirs, "C2345", None)]
    (tape,) = [path for path in house.tapes() if theirs.encode() in b"".join(contents(path))]
    assert house.bard("replay", tape).stdout.splitlines()[-1] == "events are the same, to the bit"
    assert house.bard("alarms", "--session", theirs).returncode == 0

    # No name on the broker, and the code only for the session, in its one place; nor in the log
    names = (NAME, "zebulonia", NOTES, THERAPIST)
    assert [message for message in ear.heard if any(word.lower() in str(message).lower() for word in names)] == []
    coded = [(topic, payload) for topic, payload, _ in ear.heard if CODE in str(payload) or CODE in topic]
    assert {(topic, payload["client"]) for topic, payload in coded} <= {("session", CODE)}
    assert coded, "as docs/mqtt.md says"
    assert "client" not in ear.last("session")
    house.until_known()
    assert house.end() == 0
    assert [line for line in house.log.read_text().splitlines() if "journal" in line or "zebra" in line.lower()] == []
    shutil.rmtree(usb)


@pytest.mark.slow
def test_the_folder_that_bard_makes_is_the_groups(house: House) -> None:
    """Whatever the umask of whoever starts it."""
    house.furnish(STEADY, calibrated=False)
    before = os.umask(0)
    try:
        house.start()
    finally:
        os.umask(before)
    wait_for(lambda: (var(house) / "journal.db").exists() and house.tapes(), "its files")
    assert house.end() == 0
    modes = {path.name: stat.S_IMODE(mode) for path, mode in modes_of(var(house)).items()}
    assert modes.pop("var") == modes.pop("tapes") == 0o750
    assert set(modes.values()) == {0o640}, modes


def test_mistakes_are_one_line(house: House) -> None:
    house.furnish(STEADY)
    complains(house.bard("client", "erase", "C9", "--yes"), 1, "nobody is kept here yet")
    assert house.bard("client", "add", "--code", "C2345").returncode == 0
    complains(house.bard("client", "erase", "C9", "--yes"), 2, 'no client "C9"')
    assert house.bard("client", "erase", "C2345").returncode in (2, 130), "nobody answers"
    written = house.folder / "held.zip"
    told = house.bard("client", "export", "c2345", "-o", written)
    assert told.stdout == f"{written}: 3 files; whoever has it can read them\n", told
    complains(house.bard("client", "export", "C2345", "-o", written), 2, "is there already")
    complains(house.bard("client", "export", "C9"), 2, 'no client "C9"')
    done = house.bard("client", "erase", "C2345", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
