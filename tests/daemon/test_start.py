"""A session for a client by code: what is looked at, what is written down, what a restart and a forgetful studio do."""

import json
import os
import pty
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bard.control.protocol import Answer, Start, line_of, read_message
from bard.journal.history import History
from bard.journal.schema import JOURNAL_FILE
from bard.people.schema import PEOPLE_FILE
from tests.daemon.house import House, complains, wait_for
from tests.daemon.studio import CLIENT, LIST, THERAPIST, admit, furnish, people_of
from tests.terminals import heard_until

STEADY = "sim://steady?seed=3"
BOTH = ("--client", CLIENT, "--therapist", THERAPIST)


def refused(house: House, *what: str, more: tuple[str, ...] = ()) -> list[str]:
    """The lines that refuse a start, which are these."""
    done = house.bard("session", "start", *BOTH, *more)
    assert done.returncode == 3, done
    assert done.stderr == f"bard: no session was begun: {', '.join(what)}\n"
    assert house.snapshot().session is None
    return [line for line in done.stdout.splitlines() if line.startswith("REFUSE")]


def test_from_the_first_client_to_a_session_with_an_override(house: House) -> None:
    furnish(house, STEADY)
    house.start()
    house.until_known()
    complains(house.bard("session", "start", *BOTH), 3, "nobody is kept here yet")
    assert house.bard("therapist", "add", "--code", THERAPIST, "--no-cue").returncode == 0
    assert house.bard("client", "add", "--code", CLIENT).returncode == 0
    limits, intake, weight = refused(house, "limits", "intake", "body weight")
    assert limits.endswith(f"-> bard client edit {CLIENT} --limit KG --by WHO")
    assert intake.endswith(f"the intake was never asked -> bard intake {CLIENT} --by WHO")
    assert weight.endswith("-> bard weigh-in, or --body-weight KG")
    admitted = ("--limit", 41, "--near", 30, "--zone", "ribs=20", "--sustained", 35, "--for", 60, "--by", "Adamantia")
    assert house.bard("client", "edit", CLIENT, *admitted).returncode == 0
    answers = ("--answer", "pregnancy=unsure", "--answer", "veins=no")
    assert house.bard("intake", CLIENT, "--by", "Adamantia", *answers).returncode == 0
    weighs = ("--body-weight", "70.5")
    [blocked] = refused(house, "intake", more=weighs)
    assert "Pregnant?" in blocked
    assert "--override-by WHO --override-why TEXT" in blocked
    refused(house, "intake", more=(*weighs, "--override-by", "Adamantia"))
    done = house.bard(
        "session", "start", *BOTH, *weighs, "--override-by", "Adamantia", "--override-why", "the physician agrees"
    )
    assert done.returncode == 0, done
    assert "body weight 70.5 kg (typed), limit 41.0 kg, near 30.0 kg" in done.stdout
    assert "note: no ticks below the limit" in done.stdout
    session = house.snapshot().session
    assert session is not None
    assert (session.limit_kg, session.near_kg, session.zones) == (41, 30, {"ribs": 20})
    assert refused_again(house)
    with people_of(house) as people:
        whose = people.session_of(session.id)
        assert whose is not None
        assert (whose.client, whose.therapist) == (CLIENT, THERAPIST)
        [override] = people.overrides(CLIENT)
        assert (override.by, override.session, override.reason, override.items) == (  # type: ignore[union-attr]
            *("Adamantia", session.id, "the physician agrees", ("pregnancy",)),
        )
        assert [weight.kg for weight in people.weights(THERAPIST)] == [70.5]  # type: ignore[union-attr]
        assert len(people.sessions()) == 1, "what did not begin left nothing"
    assert house.bard("session", "stop").returncode == 0
    assert house.end() == 0
    assert nobody_is_named(house)
    [tape] = house.tapes()
    assert house.bard("replay", tape).stdout.splitlines()[-1] == "events are the same, to the bit"


def refused_again(house: House) -> bool:
    done = house.bard("session", "start", *BOTH)
    return done.returncode == 3 and "a session runs already" in done.stdout


def nobody_is_named(house: House) -> bool:
    """Neither code nor name nor reason is in any file but people.db, the tape among them."""
    [tape] = house.tapes()
    shown = house.bard("tape", "show", tape).stdout
    files = [path for path in (house.folder / "var").rglob("*") if path.is_file() and PEOPLE_FILE not in path.name]
    assert {path.name for path in files} >= {"state.json", JOURNAL_FILE, tape.name}
    everything = shown.encode() + b"".join(path.read_bytes() for path in files) + house.log.read_bytes()
    assert b"start_session" in everything
    return not any(word.encode() in everything for word in (CLIENT, THERAPIST, "Adamantia", "physician", "pregnan"))


def test_damaged_limits_are_refused(house: House) -> None:
    furnish(house, STEADY)
    admit(house)
    connection = sqlite3.connect(house.folder / "var" / PEOPLE_FILE, isolation_level=None)
    connection.execute("UPDATE limits SET limit_kg = 80")
    connection.close()
    house.start()
    house.until_known()
    [line] = refused(house, "limits")
    assert "not what was written" in line


def test_preflight_alone_begins_nothing_and_is_there_for_programs(house: House) -> None:
    furnish(house, STEADY)
    admit(house)
    house.start()
    house.until_known()
    done = house.bard("session", "preflight", *BOTH)
    assert done.returncode == 0, done
    assert "outputs: board a: each has played its self-test" in done.stdout
    assert "every output hangs on one cable (board a)" in done.stdout
    assert house.snapshot().session is None
    lines = json.loads(house.bard("session", "preflight", "--json").stdout)
    assert {"calibration", "cells", "zero", "outputs", "disk", "clock"} <= {line["what"] for line in lines}
    assert "limits" not in {line["what"] for line in lines}
    (house.folder / "intake.toml").write_text(LIST + '[[items]]\nid = "new"\nquestion = "New?"\nkind = "caution"\n')
    assert "never asked: new" in house.bard("session", "preflight", *BOTH).stdout
    complains(house.bard("session", "preflight", "--client", "C-99"), 3, 'no client "C-99"')
    complains(house.bard("session", "start", "--client", "Anna"), 2, "so that it is no name")
    complains(house.bard("session", "start", "--client", CLIENT, "--limit", 40), 2, "give either --limit")
    complains(house.bard("session", "start"), 2, "give --client CODE, or --limit KG; there is no default")


def test_an_intake_that_is_due_is_asked_there_and_then_on_a_terminal(house: House) -> None:
    furnish(house, STEADY)
    assert house.bard("therapist", "add", "--code", THERAPIST, "--body-weight", 70).returncode == 0
    assert house.bard("client", "add", "--code", CLIENT, "--limit", 40, "--by", "Adamantia").returncode == 0
    house.start()
    house.until_known()
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bard", "--config", str(house.config), "session", "start", *BOTH]
    starting = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    house.also(starting)
    os.close(theirs)
    assert "the intake was never asked" in heard_until(ours, "Enter): ")
    os.write(ours, b"Adamantia\n")
    for question in ("Pregnant?", "Varicose veins?"):
        assert question in heard_until(ours, ": ")
        os.write(ours, b"n\n")
    assert "session runs: body weight 70.0 kg" in heard_until(ours, "free and still for 5 s")
    assert starting.wait(30) == 0
    os.close(ours)
    assert house.snapshot().session is not None


@pytest.mark.slow
@pytest.mark.parametrize("blocked", [False, True], ids=["nothing to decide", "an override to record"])
def test_a_locked_database_delays_no_row_and_only_an_override_needs_it(house: House, blocked: bool) -> None:
    """Somebody keeps people.db locked: the start waits in its thread, everything else goes on."""
    furnish(house, STEADY)
    admit(house, pregnancy="yes" if blocked else "no")
    house.start()
    house.until_known()
    holder = sqlite3.connect(house.folder / "var" / PEOPLE_FILE, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    starting = house.begin("session", "start", *BOTH, "--override-by", "Adamantia", "--override-why", "so be it")
    slowest_s, asked = 0.0, 0
    with house.client() as client:
        while starting.poll() is None:
            began_s = time.monotonic()
            client.query()
            slowest_s, asked = max(slowest_s, time.monotonic() - began_s), asked + 1
            time.sleep(0.05)
    holder.execute("ROLLBACK")
    holder.close()
    assert asked > 20, "it waited for the lock"
    assert slowest_s < 1.0
    assert starting.returncode == (3 if blocked else 0)
    assert starting.stdout is not None
    verdict = "REFUSE" if blocked else "WARN"
    assert f"{verdict:7} record: not recorded whose session this is" in starting.stdout.read()
    assert (house.snapshot().session is None) is blocked


@pytest.mark.slow
def test_a_kill_in_the_middle_leaves_the_same_session_of_the_same_client(house: House) -> None:
    furnish(house, STEADY)
    admit(house)
    house.start()
    house.until_known()
    assert house.bard("session", "start", *BOTH).returncode == 0
    before = house.snapshot().session
    assert before is not None
    wait_for(lambda: before.id in (house.folder / "var" / "state.json").read_text(), "the state is kept")
    assert house.end(signal.SIGKILL) == -signal.SIGKILL
    house.start()
    after = house.snapshot().session
    assert after is not None
    assert after.id == before.id
    assert house.bard("session", "stop").returncode == 0
    assert house.end() == 0
    with people_of(house) as people:
        assert [one.session for one in people.sessions(client=CLIENT)] == [before.id]
    with History(house.folder / "var" / JOURNAL_FILE) as history:
        [session] = history.sessions()
        assert (session.id, session.end is not None) == (before.id, True)


@pytest.mark.slow
def test_a_session_that_was_forgotten_ends_by_itself_and_replays(house: House) -> None:
    furnish(house, "sim://idle?seed=3", studio="end_idle_min = 0.05\n")
    house.start()
    house.until_known()
    assert house.bard("session", "start", "--body-weight", 70, "--limit", 40).returncode == 0
    house.until(lambda snapshot: snapshot.session is None, "the session ends by itself")
    assert house.end() == 0
    [tape] = house.tapes()
    shown = house.bard("tape", "show", "--kind", "command", tape).stdout
    assert '"stop_session"} from idle rule' in shown
    assert house.bard("replay", tape).stdout.splitlines()[-1] == "events are the same, to the bit"


@pytest.mark.slow
def test_a_weigh_in_just_now_stands_in_for_a_weight_that_is_too_old(house: House, tmp_path: Path) -> None:
    """Two bars in a workshop, 36 kg of somebody on each."""
    furnish(house, "sim://workshop?seed=3")
    command = [sys.executable, "-m", "bard", "simulate", "workshop", "--seed", "3", "--link", str(tmp_path / "ports")]
    hands = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    house.also(hands)
    assert hands.stdin is not None
    port = tmp_path / "ports" / "a"
    wait_for(port.exists, "the simulated board")
    house.config.write_text(house.config.read_text().replace("sim://workshop?seed=3", str(port)))
    admit(house)
    assert house.bard("therapist", "edit", THERAPIST, "--body-weight", 60, "--dated", "2020-01-01").returncode == 0
    house.start()
    house.until_known()
    [line] = refused(house, "body weight")
    assert "60 kg of 2020-01-01" in line
    weighing = house.begin("weigh-in")
    house.until(lambda snapshot: snapshot.weigh_in is not None, "the weigh-in runs")
    hands.stdin.write(b'"left bar" 36\n"right bar" 36\n')
    hands.stdin.flush()
    house.until(lambda snapshot: snapshot.hung_kg is not None, "she is weighed")
    hands.stdin.write(b'"left bar" 0\n"right bar" 0\n')
    hands.stdin.flush()
    assert weighing.wait(60) == 0
    done = house.bard("session", "start", *BOTH)
    assert done.returncode == 0, done
    assert "(weighed in)" in done.stdout
    with people_of(house) as people:
        weight = people.therapist(THERAPIST).weight
        assert weight.basis == "hung"  # type: ignore[union-attr]
        assert weight.kg == pytest.approx(72, abs=0.5)  # type: ignore[union-attr]
    assert house.bard("session", "stop").returncode == 0
    another = ("session", "start", "--client", CLIENT, "--therapist", "T2")
    assert house.bard("therapist", "add", "--code", "T2").returncode == 0
    assert "REFUSE  body weight: none is known" in house.bard(*another).stdout, "that weigh-in was not hers"
    assert house.bard("therapist", "edit", "T2", "--body-weight", 73.5).returncode == 0
    assert "body weight 73.5 kg (typed)" in house.bard(*another).stdout


def test_one_start_at_a_time(house: House) -> None:
    furnish(house, STEADY)
    house.start()
    house.until_known()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(house.socket))
        connection.sendall(line_of(Start(1, only_look=True)) + line_of(Start(2, only_look=True)))
        with connection.makefile("rb") as answers:
            second, first = read_message(answers.readline()), read_message(answers.readline())
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert (second.id, first.id, first.refusal) == (2, 1, None)
    assert "just being started" in str(second.refusal)
