"""`bard report`: pages from a journal as bard writes it, for people and for files; one clear line for each mistake."""

import math
import os
import pty
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from bard.journal.history import History
from bard.journal.schema import JOURNAL_FILE
from bard.messages import PhaseChanged, SessionChanged
from bard.monitor import Judged, Summary
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from tests.daemon.house import complains, config_of, run_bard
from tests.journal.logs import NUMBERS, Log, S, ended, id_of, one_alarm, started
from tests.report.reading import Page, check_contained

MONTH_S = 31 * 86_400
STARTS_S = (60, 5_000, MONTH_S + 60)
"""On 1 March, twice, and on 1 April 2026."""
IDS = [id_of(at_s * S) for at_s in STARTS_S]
ZONE = structs.replace(NUMBERS, limit_kg=30.0, near_kg=25.5, critical_kg=37.5, zone="<script>ribs</script>")
SECONDS = 120
CLIENT = "C7KD4M"
THERAPIST = "T2PRN9"


def summaries(session: str, peak_kg: float) -> list[Summary]:
    """Two minutes: 10 s off, on with a peak at one minute, 5 s unknown, hands off for the last 2 s."""
    judged = [Judged(numbers, "0123456789ab", ("left bar", "right bar")) for numbers in (NUMBERS, ZONE)]
    found = []
    for number in range(SECONDS * 10 - 2):
        at_s = number / 10
        phase = "off" if at_s < 10 else "released" if at_s >= SECONDS - 2 else "on"
        unknown = 80 <= at_s < 85
        load_kg = math.nan if phase == "off" or unknown else 20 + (peak_kg - 20) * math.exp(-(((at_s - 60) / 2) ** 2))
        bar_kg = math.nan if unknown else 0.0 if phase == "off" else 70 - load_kg
        found.append(
            Summary(
                *(session, number, 10, 0 if unknown else 10, load_kg - 0.5, load_kg, load_kg, load_kg + 1),
                *(math.nan if load_kg != load_kg else 1.8, bar_kg, (0.6 * bar_kg, 0.4 * bar_kg), phase),
                judged[at_s >= 100],
            )
        )
    return found


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Three sessions in two months, two of them one client's, as the store writes them."""
    path = tmp_path / "bard.toml"
    path.write_text(config_of("sim://steady"))
    folder = tmp_path / "var"
    folder.mkdir()
    log = Log(folder / JOURNAL_FILE)
    for start_s, session, peak_kg in zip(STARTS_S, IDS, (46.0, 32.0, 41.5), strict=True):
        at = start_s * S
        log.tell(started(at))
        log.tell([PhaseChanged(at + 10 * S, "on", "off", "bars taken")])
        log.tell(one_alarm(at + 61 * S))
        for summary in summaries(session, peak_kg):
            log.store.take_summary(summary)
        log.tell([SessionChanged(at + 100 * S, ZONE, "zone: ribs", "page"), ended(at + SECONDS * S, at)])
    log.close()
    assert (log.store.failure, log.store.lost) == (None, 0)
    people = People(folder / PEOPLE_FILE)
    people.add_client(CLIENT, 0)
    people.add_therapist(THERAPIST, 0)
    people.set_contact(THERAPIST, "heel", 30.0, at_ms=0, by="R.")
    for session in (IDS[0], IDS[2]):
        people.link_session(session, CLIENT, THERAPIST, 0)
    people.close()
    return path


def report(config: Path, *arguments: object) -> str:
    done = run_bard("--config", config, "report", *arguments)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def test_a_session_is_stored_under_its_id_and_carries_no_code(config: Path) -> None:
    path = config.parent / "var" / "reports" / f"{IDS[0]}.html"
    assert report(config, "session", IDS[0][:6]).strip() == str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    source = path.read_text()
    check_contained(source)
    assert CLIENT not in source
    assert THERAPIST not in source
    text = Page(source).text
    for words in (
        *(
            f"session {IDS[0]}",
            "Sun 1 March 2026, 10:01 to 10:03",
            "46.0 ± 1.8 kg highest load",
            "calibration 0123456789ab",
        ),
        *("The session lasted 2 min 0 s", "For 5.0 s somebody was on the client while the load was unknown"),
        *("left bar 60.0 %", "right bar 40.0 %", "heel 30 cm²", "MEDIUM", "back below in 1.5 s", "There was 1 alarm;"),
        *("After 1 min 40 s: zone: ribs; limit 40.0 to 30.0 kg", "<script>ribs</script>"),
    ):
        assert words in text, words
    with History(config.parent / "var" / JOURNAL_FILE) as history:
        statistics = history.statistics(IDS[0]).whole
    assert f"{statistics.coverage * 100:.1f} % data coverage" in text


def test_last_to_standard_output_and_to_a_file(config: Path) -> None:
    page = report(config, "session", "-o", "-")
    assert f"session {IDS[2]}" in Page(page).text
    own = config.parent / "own.html"
    assert report(config, "session", "last", "-o", own).strip() == str(own)
    assert own.read_text() == page.removesuffix("\n")
    assert not (config.parent / "var" / "reports").exists()


def test_all_of_a_time(config: Path) -> None:
    where = config.parent / "var" / "reports"
    assert report(config, "session", "--to", "2026-03-31") == f"2 of 2 reports written to {where}\n"
    assert sorted(path.name for path in where.iterdir()) == sorted(f"{session}.html" for session in IDS[:2])


def test_a_bar_shows_how_far_it_is_on_a_terminal_only(config: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bard", "--config", str(config), "report", "session", "--from", "2026-03-01"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, timeout=60, check=True
    )
    os.close(theirs)
    shown = os.read(ours, 65_536).decode()
    os.close(ours)
    assert "writing reports" in shown
    assert "100%" in shown
    assert b"100%" not in done.stdout


def test_a_client_over_two_months(config: Path) -> None:
    source = report(config, "client", CLIENT.lower())
    check_contained(source)
    text = Page(source).text
    for words in (
        f"Client {CLIENT}",
        "2026-03-01 to 2026-04-01",
        "2 sessions",
        "Mar 2026 1",
        "Apr 2026 1",
        "46.0 kg",
        IDS[2][:8],
    ):
        assert words in text, words
    assert IDS[1][:8] not in text
    assert not list((config.parent / "var").rglob("*.html"))
    april = Page(report(config, "client", CLIENT, "--from", "2026-04-01", "--to", "2026-04-30")).text
    assert "2026-04-01 to 2026-04-30" in april
    assert re.search(r"\b1 session\b", april)
    assert "Mar 2026" not in april


def test_the_studio_over_two_months(config: Path) -> None:
    own = config.parent / "studio.html"
    assert report(config, "studio", "-o", own).strip() == str(own)
    source = own.read_text()
    check_contained(source)
    text = Page(source).text
    for words in ("Studio report", "3 sessions", "Mar 2026 2", "Apr 2026 1", "1.0 alarms a session"):
        assert words in text, words
    assert CLIENT not in source


def test_a_session_without_a_recorded_load_is_refused_and_the_others_are_written(config: Path) -> None:
    log = Log(config.parent / "var" / JOURNAL_FILE, run="b2")
    log.tell(started(9_000 * S))
    log.close()
    bare = id_of(9_000 * S)
    done = run_bard("--config", config, "report", "session", bare)
    complains(done, 3, f"session {bare}: nothing is recorded of its loads", f"bard alarms --session {bare}")
    many = run_bard("--config", config, "report", "session", "--to", "2026-03-31")
    assert many.stdout.startswith("2 of 3 reports written to ")
    assert many.stderr.startswith(f"session {bare}: nothing is recorded")
    assert "3 sessions" in Page(report(config, "studio", "--to", "2026-03-31", "-o", "-")).text


def test_a_session_at_a_wrong_time_counts_and_makes_no_axis_longer(config: Path) -> None:
    log = Log(config.parent / "var" / JOURNAL_FILE, run="c3", wall_s=0.0)
    log.clock_trusted = False
    log.tell([*started(9_000 * S), ended(9_060 * S, 9_000 * S)])
    log.close()
    text = Page(report(config, "studio")).text
    assert "2026-03-01 to 2026-04-01 · in 1 session the clock was not known to be right" in text
    assert "4 sessions" in text


MISTAKES = {
    "no such session": (("session", "xyz"), 2, 'no session begins with "xyz"'),
    "a session and a time": (("session", "last", "--from", "2026-03-01"), 2, "no SESSION and no -o with them"),
    "no such client": (("client", "C9ZZZZ"), 2, 'no client "C9ZZZZ"'),
    "a word for a time": (("studio", "--from", "yesterdy"), 2, '"yesterdy"; allowed: a local time'),
    "the end before the beginning": (
        ("studio", "--from", "2026-03-02", "--to", "2026-03-01"),
        2,
        "--from lies after --to",
    ),
    "a place that is none": (("studio", "-o", "bard.toml/x.html"), 2, "cannot be written"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_is_allowed(config: Path, name: str) -> None:
    arguments, status, words = MISTAKES[name]
    placed = [str(config.parent / one) if one.startswith("bard.toml/") else one for one in arguments]
    complains(run_bard("--config", config, "report", *placed), status, words)


def test_without_a_journal_or_people_it_says_what_begins_them(tmp_path: Path) -> None:
    config = tmp_path / "bard.toml"
    config.write_text(config_of("sim://steady"))
    complains(run_bard("--config", config, "report", "session"), 1, "no journal: bard run begins one")
    complains(run_bard("--config", config, "report", "client", CLIENT), 1, "nobody is kept here yet")
