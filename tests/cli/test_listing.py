import csv
import json
from pathlib import Path

import pytest

from bard.journal.history import History
from bard.messages import SessionStarted, decode
from tests.daemon.house import complains, run_bard
from tests.journal.driving import ID, drive
from tests.journal.logs import Log, S, ended, id_of, one_alarm, started, wait_until_written, write_log
from tests.journal.summaries import wave


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Thirty sessions of 20 s, the last without an end."""
    path = tmp_path / "journal.db"
    log = Log(path)
    for number in range(30):
        at_us = number * 60 * S
        log.tell([*started(at_us), *one_alarm(at_us + 5 * S)])
        for summary in wave(0, 200, id_of(at_us)):
            log.store.take_summary(summary)
        if number < 29:
            log.tell([ended(at_us + 20 * S, at_us)])
        wait_until_written(log.store)
    log.close()
    assert log.store.failure is None
    return path


def test_the_newest_sessions_with_what_they_came_to(journal: Path) -> None:
    done = run_bard("sessions", "--journal", journal)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split()[:4] == ["begin", "session", "length", "watched"]
    assert len([line for line in lines if "100 %" in line]) == 20
    assert all(len(line) <= 80 for line in lines)
    with History(journal) as history:
        whole = history.statistics(history.sessions()[-1].id).whole
    newest = next(line for line in lines if "no end" in line)
    assert f"{whole.mean_kg:.1f}" in newest
    assert f"{whole.peak_kg:.1f}" in newest
    assert lines[-1].startswith("These are the newest 20")
    assert len(run_bard("sessions", "--journal", journal, "--last", 3).stdout.splitlines()) == 9


def test_tables_for_other_programs(journal: Path) -> None:
    lines = list(csv.DictReader(run_bard("sessions", "--journal", journal, "--csv").stdout.splitlines()))
    assert len(lines) == 30
    name = lines[4]["session"]
    pressed = json.loads(
        run_bard("sessions", "--journal", journal, "--session", name, "--contact", 250, "--jsonl").stdout
    )
    assert pressed["mean_pressure_kpa"] == pytest.approx(float(lines[4]["mean_kg"]) * 9.80665 / 25, rel=0.01)
    series = list(
        csv.DictReader(
            run_bard("sessions", "--journal", journal, "--session", name, "--series", "--csv").stdout.splitlines()
        )
    )
    assert [float(line["t_s"]) for line in series] == [number / 10 for number in range(200)]
    [minute] = run_bard("sessions", "--journal", journal, "--session", name, "--minutes", "--jsonl").stdout.splitlines()
    assert json.loads(minute)["peak_kg"] == float(lines[4]["peak_kg"])
    told = run_bard("sessions", "--journal", journal, "--session", name, "--minutes").stdout
    assert lines[4]["peak_kg"][:4] in told
    for what in ("--minutes", "--series", "--conversions", None):
        columns = run_bard("sessions", "--columns", *([what] if what else [])).stdout
        assert "session" in columns


def test_conversions_come_from_the_tape(tmp_path: Path) -> None:
    (tmp_path / "tapes").mkdir()
    driver = drive(tmp_path / "tapes" / "one.tape", "steady", 1, 8)
    log = Log(tmp_path / "journal.db")
    log.store.take(_started(driver.events), "a-1", "2026-03-01T10:00:00+00:00", True, "one.tape")
    log.close()
    done = run_bard("sessions", "--journal", tmp_path / "journal.db", "--conversions", "--csv")
    lines = list(csv.DictReader(done.stdout.splitlines()))
    assert len(lines) > 500
    assert {line["session"] for line in lines} == {ID}
    (tmp_path / "tapes" / "one.tape").unlink()
    gone = run_bard("sessions", "--journal", tmp_path / "journal.db", "--conversions", "--csv")
    complains(gone, 1, f"session {ID}: its tapes one.tape are not in", "there are no conversions of it")


def test_the_statistics_of_a_tape(tmp_path: Path) -> None:
    drive(tmp_path / "one.tape", "steady", 1, 8)
    [line] = run_bard("tape", "statistics", tmp_path / "one.tape").stdout.splitlines()
    found = json.loads(line)
    assert (found["session"], found["whole"]["coverage"]) == (ID, pytest.approx(1, abs=0.2))
    complains(run_bard("tape", "statistics", tmp_path / "none.tape"), 1, "none.tape: No such file")


def test_an_empty_journal_says_so_and_a_mistake_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, [])
    assert run_bard("sessions", "--journal", path).stdout == "no sessions\n"
    assert run_bard("sessions", "--journal", path, "--jsonl").stdout == ""
    complains(run_bard("sessions", "--journal", path, "--series"), 2, "allowed: with --csv or --jsonl")
    complains(run_bard("sessions", "--journal", path, "--minutes"), 2, "no session is recorded yet")
    complains(run_bard("sessions", "--journal", path, "--contact", 0, "--csv"), 2, "0")
    complains(
        run_bard("sessions", "--journal", path, "--since", "1h", "--until", "2h"), 2, "--since lies after --until"
    )


def _started(events: list[str]):  # type: ignore[no-untyped-def]
    return next(event for event in map(decode, events) if isinstance(event, SessionStarted))
