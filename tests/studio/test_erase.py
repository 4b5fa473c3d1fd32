"""Erased is gone from every file; what cannot be reached is named."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from bard.errors import DataError, Refused, UsageError
from bard.journal.records import End, pack_header, pack_records
from bard.journal.replay import replay
from bard.journal.tape import TapeReader
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from bard.studio import erase as erasing
from bard.studio.archive import discard
from bard.studio.audit import BackupMade, Erased, Stamp, entries
from bard.studio.erase import Outcome, erase, holding
from bard.studio.restore import restore
from bard.studio.traces import search
from tests.journal.logs import Log, id_of, started
from tests.studio.finding import found
from tests.studio.studios import EVENING, back_up, sessions
from tests.studio.zebras import CODE, HOUR, NAME, THERAPIST, zebras

BEFORE = Stamp("2026-03-01T09:00:00.000+00:00", True)


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    return zebras(tmp_path / "var")


def gone(folder: Path, kind: str, code: str, *, running: str | None = None) -> Outcome:
    held = holding(folder, kind, code, running)  # type: ignore[arg-type]
    return erase(folder, held, EVENING, bard_runs=False, progress=discard)


def test_the_search_of_this_test_finds_what_is_there(studio: Path) -> None:
    hits = found(studio, CODE, NAME, "zebra crossing", THERAPIST)
    assert f"{PEOPLE_FILE}: {CODE}" in hits
    assert {f"tapes/{hour}.tape: {THERAPIST}" for hour in (1, 2, 3)} <= set(hits)
    assert f"journal.db: {THERAPIST}" in hits
    assert [path.name for path in search(studio, [THERAPIST], discard)] == ["journal.db", PEOPLE_FILE, *(
        f"{hour}.tape" for hour in (1, 2, 3))]  # fmt: skip


def test_a_client_is_gone_from_every_file_and_everybody_else_is_there(studio: Path) -> None:
    outcome = gone(studio, "client", "czebra9")
    assert (outcome.left, outcome.copies) == ((), ())
    mine = [id_of(HOUR), id_of(3 * HOUR)]
    assert found(studio.parent, CODE, NAME, "Zebulonia", "zebra crossing", "hour 1", "hour 3", *mine) == []
    assert sessions(studio) == [id_of(2 * HOUR)]
    assert [path.name for path in (studio / "tapes").iterdir()] == ["2.tape"]
    assert [path.name for path in (studio / "reports").iterdir()] == [f"{id_of(2 * HOUR)}.html"]
    with People(studio / PEOPLE_FILE) as people:
        assert [client.code for client in people.clients()] == ["C2"]
        assert [session.client for session in people.sessions()] == ["C2"]
    (done,) = entries(studio, Erased)
    assert (done.what, done.removed) == ("client", {"sessions": 2, "tapes": 2, "reports": 2})
    with pytest.raises(UsageError, match="no client"):
        gone(studio, "client", CODE)


def test_a_therapist_is_gone_and_the_clients_keep_their_sessions(studio: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in (studio / "tapes").iterdir()}
    outcome = gone(studio, "therapist", THERAPIST)
    assert outcome.left == ()
    assert found(studio.parent, THERAPIST) == []
    assert len(sessions(studio)) == 3
    with People(studio / PEOPLE_FILE) as people:
        assert [session.therapist for session in people.sessions()] == [None] * 3
        limits = people.limits(CODE)[0]
        assert (limits.by, limits.given.zones) == ("erased", {"ribs": 20}), "and its checksum fits"
        assert people.intakes("C2")[0].by == "erased and others"
        assert people.overrides(CODE)[0].reason == "erased knows"
    for tape in (studio / "tapes").iterdir():
        assert tape.stat().st_mtime_ns == before[tape.name]
        assert "erased: ask" in str(list(TapeReader(tape)))
        replayed = replay(tape)
        assert (replayed.differences, replayed.ended) == ([], True), "to its own events still"


@pytest.mark.parametrize("step", ["remove_files", "Remover", "People"])
def test_cut_off_anywhere_it_is_ended_by_doing_it_again(
    studio: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise DataError("no more")

    held = holding(studio, "client", CODE, None)
    monkeypatch.setattr(erasing, step, fails)
    with pytest.raises(DataError):
        erase(studio, held, EVENING, bard_runs=False, progress=discard)
    monkeypatch.undo()
    gone(studio, "client", CODE)
    assert found(studio, CODE, NAME, id_of(HOUR), id_of(3 * HOUR)) == []


def test_cut_off_after_the_last_deletion_the_rest_of_its_bytes_go_the_next_time(
    studio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: People) -> None:
        raise DataError("no more")

    monkeypatch.setattr(People, "scrub", fails)
    reader = sqlite3.connect(studio / PEOPLE_FILE)  # while it is open the log stays
    reader.execute("SELECT * FROM client").fetchall()
    with pytest.raises(DataError):
        gone(studio, "client", CODE)
    monkeypatch.undo()
    assert found(studio, CODE)
    with pytest.raises(UsageError, match="no client"):
        gone(studio, "client", CODE)
    reader.close()
    assert found(studio, CODE, NAME) == []


def test_killed_at_any_moment_it_is_ended_by_doing_it_again(studio: Path, tmp_path: Path) -> None:
    """Six moments of an erasure that takes about 50 ms; BARD_SOAK: 60."""
    dice, killed = Random(7), 0
    for number in range(60 if os.environ.get("BARD_SOAK") else 6):
        folder = tmp_path / str(number)
        shutil.copytree(studio, folder)
        command = [sys.executable, "-m", "tests.studio.kill_my_erasure", str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"erasing\n"
            time.sleep(dice.uniform(0, 0.06))
            process.kill()
        killed += process.returncode == -signal.SIGKILL
        with contextlib.suppress(UsageError):  # there is no such client any more
            gone(folder, "client", CODE)
        assert found(folder, CODE, NAME, id_of(HOUR), id_of(3 * HOUR)) == [], number
        assert sessions(folder) == [id_of(2 * HOUR)]
        assert list(entries(folder, Erased)), number
    assert killed >= 3


def test_not_while_their_session_runs_or_one_on_the_same_tape(studio: Path) -> None:
    with pytest.raises(Refused, match=f"a session of client {CODE} runs"):
        holding(studio, "client", CODE, id_of(HOUR))
    with pytest.raises(Refused, match=f"a session of therapist {THERAPIST} runs"):
        holding(studio, "therapist", THERAPIST, id_of(2 * HOUR))
    log = Log(studio / "journal.db", run="c3")
    log.tape = "3.tape"
    log.tell(started(4 * HOUR))
    log.close()
    assert holding(studio, "client", CODE, None).shared == 1
    with pytest.raises(Refused, match="on the same tape"):
        holding(studio, "client", CODE, id_of(4 * HOUR))


def unended(tape: Path) -> bytes:
    """As it is while it is written: the last chunk has no end yet."""
    reader = TapeReader(tape)
    return pack_header(reader.header) + pack_records([one for one in reader if not isinstance(one, End)])


@pytest.mark.parametrize(("kind", "code"), [("client", CODE), ("therapist", THERAPIST)])
def test_not_while_a_tape_of_theirs_is_still_written(
    studio: Path, kind: Literal["client", "therapist"], code: str
) -> None:
    """Whoever writes it would write on where nobody finds it."""
    holding(studio, kind, code, None, bard_runs=True)
    tape = studio / "tapes/3.tape"
    tape.touch()
    holding(studio, kind, code, None, bard_runs=True)
    tape.write_bytes(unended(tape))
    with pytest.raises(Refused, match=r"3\.tape is still written"):
        holding(studio, kind, code, None, bard_runs=True)
    holding(studio, kind, code, None)


def test_a_session_that_the_next_start_would_bring_back(studio: Path) -> None:
    state = studio / "state.json"
    state.write_text(f'{{"session": "{id_of(2 * HOUR)}"}}')
    gone(studio, "client", CODE)
    assert state.exists(), "somebody else's"
    state.write_text(f'{{"session": "{id_of(2 * HOUR)}"}}')
    gone(studio, "client", "C2")
    assert not state.exists()


def test_copies_that_still_hold_the_client_are_named_with_their_age(studio: Path, tmp_path: Path) -> None:
    back_up(studio, tmp_path / "before.zip", stamp=BEFORE)
    back_up(studio, tmp_path / "holds.zip")
    back_up(studio, tmp_path / "gone.zip")
    (tmp_path / "gone.zip").unlink()
    restore(tmp_path / "holds.zip", studio, EVENING, discard)
    shutil.copy(tmp_path / "holds.zip", tmp_path / "kept")
    outcome = gone(studio, "client", CODE)
    assert [(copy.path.name, copy.made, copy.known) for copy in outcome.copies] == [
        ("holds.zip", entries_at(studio)[1], True),
        ("gone.zip", entries_at(studio)[2], False),
        ("before-restore-20260301T200000Z", EVENING, True),
    ]
    assert outcome.left == ()
    assert found(studio / outcome.copies[2].path.name, CODE), "it is only named"
    with pytest.raises(UsageError):
        gone(studio, "client", CODE)
    assert [copy.path.name for copy in gone(studio, "client", "C2").copies][-1].startswith("before-restore-")


def entries_at(folder: Path) -> list[Stamp]:
    return [entry.at for entry in entries(folder, BackupMade)]


def test_a_file_of_somebody_elses_that_names_the_client_is_named(studio: Path) -> None:
    (studio / "mqtt-outbox").write_text(f"what {NAME.lower()} said")
    assert gone(studio, "client", CODE).left == (studio / "mqtt-outbox",)


def test_a_code_too_short_to_be_searched_for(studio: Path) -> None:
    outcome = gone(studio, "client", "C2")
    assert (outcome.too_short, outcome.left) == (True, ())
    assert id_of(2 * HOUR) not in sessions(studio)
