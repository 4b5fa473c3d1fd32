"""`bard alarms` as people meet it: lists in 80 columns, exports for other programs, one clear line for each mistake."""

import csv
import io
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bard.journal.history import History
from bard.journal.wanted import Wanted
from tests.daemon.house import complains, config_of, run_bard
from tests.journal.logs import BOOT, MORNING, Log, S, condition, one_alarm, started, wait_until_written, write_log


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A morning's log where the configuration beside it says."""
    (tmp_path / "bard.toml").write_text(config_of("sim://steady"))
    (tmp_path / "var").mkdir()
    path = tmp_path / "var" / "journal.db"
    write_log(path, MORNING)
    return path


def alarms(journal: Path, *arguments: object) -> str:
    done = run_bard("--config", journal.parent.parent / "bard.toml", "alarms", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def session_of(journal: Path) -> str:
    with History(journal) as history:
        return history.session("last").id


def test_whole_alarms_in_80_columns_the_newest_last(journal: Path) -> None:
    assert (
        alarms(journal)
        == f"""\
 begin       priority condition                lasted     peak    limit  back in

Sun 2026-03-01, no session
 10:00:10.0  LOW      link_lost                 3.0 s
                      a: no data for 0.5 s

Sun 2026-03-01, session {session_of(journal)[:8]}
 10:01:10.0  MEDIUM   load_over                 2.0 s  42.0 kg  40.0 kg    1.5 s
 10:01:20.0  CUE      load_near                 3.0 s  36.5 kg  34.0 kg    2.5 s
 10:01:30.0  MEDIUM   load_over                 4.0 s  44.0 kg  40.0 kg    3.5 s
 10:01:50.0  MEDIUM   load_over                 3.0 s  46.0 kg  45.0 kg    2.5 s
 10:03:20.0  HIGH     load_critical             2.0 s  57.0 kg  56.2 kg    1.0 s
                      acknowledged by socket after 5.0 s

Sun 2026-03-01, no session
 10:05:10.0  MEDIUM   bars_unknown         1 min 30 s

Loads are told before the limit, by their guard: 1.5 kg.
"""
    )


def test_each_change_in_words_with_load_u_guard_phase_and_who(journal: Path) -> None:
    text = alarms(journal, "--changes", "--id", "load_critical")
    assert (
        text
        == f"""\
Sun 2026-03-01, session {session_of(journal)[:8]}
 10:03:20.0  HIGH: the load on the client is above the limit (57.0 ± 1.8 kg,
               limit 56.2 kg) [load_critical]; phase on, guard 1.5 kg
 10:03:21.0  ending: the load on the client is above the limit (50.0 ± 1.8 kg,
               limit 56.2 kg) [load_critical]; phase on, guard 1.5 kg
 10:03:22.0  HIGH IS OVER, NOT ACKNOWLEDGED: the load on the client is above the
               limit (45.0 ± 1.8 kg, limit 56.2 kg) [load_critical]; phase on,
               guard 1.5 kg
 10:03:25.0  over, acknowledged by socket: the load on the client is above the
               limit (40.0 ± 1.8 kg, limit 56.2 kg) [load_critical]; phase on,
               guard 1.5 kg
"""
    )


def test_per_session_alarms_chatter_reaction_and_who_changed_the_limit(journal: Path) -> None:
    assert (
        alarms(journal, "--per-session")
        == f"""\
no session
  alarms    1 medium, 1 low

session {session_of(journal)[:8]}, Sun 2026-03-01 10:01:00.0, for 4 min 0 s
  numbers   body weight 70.0 kg (typed), limit 40.0 kg, near 34.0 kg, critical
            50.0 kg, each told 1.5 kg earlier for the uncertainty
  alarms    1 high, 3 medium; beside them 1 cue
  chatter   load_over: 3 times within 40.0 s from 10:01:10.0 on
  reaction  load back below in 2.0 s (median), 3.5 s (longest), of 4 load alarms
  changed   10:01:40.0 by mqtt: zone: ribs; limit 40.0 to 45.0 kg, near 34.0 to
            38.2 kg, critical 50.0 to 56.2 kg

1 session, 4 alarms: 4.0 a session
"""
    )


def test_every_line_fits_80_columns_whatever_stands_in_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path, waiting=60)
    log.clock_trusted = False
    longest = {
        "id": "calibration_expired",
        "priority": "medium",
        "limit_kg": 140.0,
        "subjects": ("left bar, cell 1",) * 3,
    }
    log.tell(one_alarm(0, 86_000 * S, value_kg=123.4, **longest))
    log.tell([*started(S), condition(2 * S, "active", "pending", value_kg=None)])
    wait_until_written(log.store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    log.tell(event for second in range(3, 100) for event in one_alarm(second * S))
    other.close()
    log.close()
    for options in (("--last", 99), ("--changes", "--last", 99), ("--per-session",)):
        text = run_bard("alarms", "--journal", path, *options).stdout
        assert max(map(len, text.splitlines())) <= 80, text
        assert "? the clock was not known to be right" in text
        assert "events before Sun 2026-03-01 10:01:41.0? could not be written" in text


def test_the_newest_20_unless_asked_for_more(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, [event for second in range(25) for event in one_alarm(second * 120 * S)])

    def count(*arguments: object) -> tuple[int, bool]:
        text = run_bard("alarms", "--journal", path, *arguments).stdout
        return text.count("load_over"), "for more: --last N" in text

    assert count() == (20, True)
    assert count("--last", 3) == (3, False)
    assert count("--last", 100) == (25, False)
    assert count("--since", "2026-03-01") == (25, False)
    assert count("--priority", "high") == (0, False)
    assert count("--changes") == (20, True)
    assert count("--jsonl") == (25, False), "an export is whole"


def test_filters(journal: Path) -> None:
    def found(*arguments: object) -> list[str]:
        rows = map(json.loads, alarms(journal, "--jsonl", *arguments).splitlines())
        return [f"{row['begin'][14:19]} {row['condition']}" for row in rows]

    assert found("--since", "2026-03-01T10:02", "--until", "2026-03-01 10:04") == ["03:20 load_critical"]
    assert found("--until", "2026-03-01", "--priority", "low") == ["00:10 link_lost"]
    assert found("--until", "2026-02-28") == []
    assert found("--since", "2h") == []
    assert found("--id", "load_near", "--id", "load_critical") == ["01:20 load_near", "03:20 load_critical"]
    assert found("--priority", "cue", "--priority", "high") == ["01:20 load_near", "03:20 load_critical"]
    assert len(found("--session", "last")) == 5
    assert found("--session", session_of(journal)[:6], "--last", 1) == ["03:20 load_critical"]


def test_csv_and_jsonl_hold_the_same_and_all_that_the_journal_holds(journal: Path) -> None:
    for options in ((), ("--changes",), ("--per-session",)):
        text = alarms(journal, "--csv", *options)
        rows = list(csv.DictReader(io.StringIO(text)))
        objects = [json.loads(line) for line in alarms(journal, "--jsonl", *options).splitlines()]
        assert len(rows) == len(objects) > 1
        for row, found in zip(rows, objects, strict=True):
            assert list(row) == list(found)
            assert row == {name: as_csv(value) for name, value in found.items()}
        assert "nan" not in text.lower()
    with History(journal) as history:
        changes, whole = history.changes(), history.alarms(Wanted())
    exported = [json.loads(line) for line in alarms(journal, "--jsonl", "--changes").splitlines()]
    for change, found in zip(changes, exported, strict=True):
        assert (found["at_us"], found["boot_id"], found["uid"]) == (change.moment.at_us, BOOT, change.uid)
        assert msgspec.convert(found["subjects"], tuple[str, ...]) == change.subjects
        for name in ("condition", "state", "was", "priority", "value_kg", "limit_kg", "u_kg", "guard_kg", "phase"):
            assert found[name] == getattr(change, name)
    exported = [json.loads(line) for line in alarms(journal, "--jsonl").splitlines()]
    assert [row["duration_s"] for row in exported] == [alarm.duration_s for alarm in whole]
    assert [row["peak_kg"] for row in exported] == [None, 42.0, 36.5, 44.0, 46.0, 57.0, None]
    assert [row["reaction_s"] for row in exported] == [None, 1.5, 2.5, 3.5, 2.5, 1.0, None]
    assert exported[0]["begin"] == "2026-03-01T10:00:10.000+00:00"


def as_csv(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return "; ".join(value) if isinstance(value, list) else str(value)


def test_every_column_is_documented(journal: Path) -> None:
    for options in ((), ("--changes",), ("--per-session",)):
        header = alarms(journal, "--csv", *options).splitlines()[0].split(",")
        lines = alarms(journal, "--columns", *options).splitlines()
        assert [line.split()[0] for line in lines] == header
        assert all(len(line.split()) >= 3 and len(line) <= 80 for line in lines), lines


def test_it_reads_while_a_bard_writes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(one_alarm(0))
    wait_until_written(log.store)
    assert "load_over" in run_bard("alarms", "--journal", path).stdout
    log.tell(one_alarm(10 * S, id="load_critical"))
    wait_until_written(log.store)
    assert "load_critical" in run_bard("alarms", "--journal", path).stdout
    log.close()


def test_an_empty_log_says_so(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, [])
    for option, words in (
        ("--last=5", "no alarms\n"),
        ("--changes", "no changes\n"),
        ("--per-session", "no sessions\n"),
    ):
        assert run_bard("alarms", "--journal", path, option).stdout == words
    assert run_bard("alarms", "--journal", path, "--jsonl").stdout == ""


MISTAKES = {
    "a word for a time": (("--since", "yesterdy"), '"yesterdy"; allowed: a local time as 2026-03-01'),
    "a day that is none": (("--until", "2026-02-30"), '"2026-02-30"; allowed:'),
    "a span in years": (("--since", "2y"), '"2y"; allowed:'),
    "a negative span": (("--since", "-2h"), '"-2h"; allowed:'),
    "a year that no clock has": (("--since", "0001-01-01"), "allowed: a local time"),
    "the end before the beginning": (("--since", "1h", "--until", "2h"), "--since lies after --until"),
    "no such priority": (("--priority", "urgent"), "is not one of"),
    "none of them": (("--last", "0"), "is not in the range"),
    "no such session": (("--session", "xyz"), 'no session begins with "xyz"; allowed: the beginning of one id'),
    "every session": (("--session", ""), "allowed: the beginning of one id"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_is_allowed(tmp_path: Path, name: str) -> None:
    arguments, words = MISTAKES[name]
    write_log(tmp_path / "journal.db", MORNING)
    complains(run_bard("alarms", "--journal", tmp_path / "journal.db", *arguments), 2, words)


def test_a_journal_that_cannot_be_read_is_one_line(journal: Path, tmp_path: Path) -> None:
    complains(run_bard("alarms", "--journal", tmp_path / "none.db"), 1, "none.db: no journal: bard run begins one")
    complains(run_bard("--config", tmp_path / "none.toml", "alarms"), 2, "none.toml", "No such file")
    connection = sqlite3.connect(journal)
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    complains(run_bard("alarms", "--journal", journal), 1, "journal.db: a journal of version 9, made by a newer bard")
    journal.write_bytes(journal.read_bytes()[:20_000])
    complains(run_bard("alarms", "--journal", journal), 1, "journal.db: damaged")
    journal.write_bytes(b"hello" * 2000)
    complains(run_bard("alarms", "--journal", journal), 1, "journal.db: not a journal of bard, or damaged")


@pytest.fixture
def long_log(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    write_log(path, [event for second in range(3_000) for event in one_alarm(second * S)])
    return path


@pytest.mark.parametrize("options", [("--since", "2026-03-01"), ("--csv",), ("--jsonl", "--changes")])
def test_a_reader_that_has_seen_enough_is_no_traceback(long_log: Path, options: tuple[str, ...]) -> None:
    """`bard alarms --csv | head -1`"""
    showing = subprocess.Popen(
        [sys.executable, "-m", "bard", "alarms", "--journal", str(long_log), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert showing.stdout is not None
    assert showing.stderr is not None
    assert showing.stdout.readline()
    showing.stdout.close()
    assert showing.stderr.read() == b""
    showing.wait(60)
