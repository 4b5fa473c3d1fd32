"""What is too old goes: by kind, by the right clock, with all that belongs to it; by itself while a daemon runs."""

import json
import os
import time
from pathlib import Path

import pytest

from bard.journal.history import History
from bard.journal.records import make_header
from bard.journal.tape import TapeWriter
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from bard.settings import RetentionSettings
from bard.studio import purging
from bard.studio.audit import Purged, Stamp, entries
from bard.studio.purging import Purger
from bard.studio.retention import due, purge
from tests.journal.logs import BEGIN_WALL_S, Log, S, ended, id_of, one_alarm, started, table
from tests.journal.summaries import wave
from tests.journal.tapes import CALIBRATION, CORE, wait_for
from tests.studio.studios import sessions

DAY_S = 86_400
DAY = DAY_S * S
NOW_S = BEGIN_WALL_S + 100 * DAY_S
STAMP = Stamp("2026-06-09T10:00:00.000+00:00", True)


def a_tape(folder: Path, name: str, *, day: float, clock_trusted: bool = True) -> Path:
    path = folder / "tapes" / name
    header = make_header(
        CORE, CALIBRATION, start_us=0, wall_time="2026-03-01T10:00:00Z", clock_trusted=clock_trusted, done="test"
    )
    TapeWriter(path, header).close()
    os.utime(path, (BEGIN_WALL_S + day * DAY_S,) * 2)
    return path


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A session on each of the days 0, 30, 60 and 90, each with a tape and a report; one client; today is day 100."""
    folder = tmp_path / "var"
    for inside in ("tapes", "reports"):
        (folder / inside).mkdir(parents=True)
    log = Log(folder / "journal.db")
    with People(folder / PEOPLE_FILE) as people:
        people.add_client("C1234", 0)
        for day in (0, 30, 60, 90):
            at_us = day * DAY
            a_tape(folder, f"{day}.tape", day=day)
            report = folder / "reports" / f"{id_of(at_us)}.html"
            report.write_text("<p>")
            os.utime(report, (BEGIN_WALL_S + day * DAY_S,) * 2)
            log.tape = f"{day}.tape"
            log.tell(started(at_us))
            for one in wave(0, 600, id_of(at_us)):
                log.store.take_summary(one)
            log.tell([*one_alarm(at_us + S), ended(at_us + 60 * S, at_us)])
            at_ms = round((BEGIN_WALL_S + day * DAY_S) * 1000)
            people.link_session(id_of(at_us), "C1234", None, at_ms)
            people.record_intake("C1234", {"pregnancy": "no"}, at_ms=at_ms, by="T1")
    log.close()
    return folder


def go(folder: Path, **keep: int) -> dict[str, int]:
    """Purge all that is due on day 100; what of it the audit says."""
    found = due(folder, RetentionSettings(**keep), NOW_S)
    for _ in purge(folder, found, STAMP):
        pass
    assert due(folder, RetentionSettings(**keep), NOW_S).counts == {}
    done = list(entries(folder, Purged))
    return done[-1].removed if done else {}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_without_a_setting_nothing_ever_goes(studio: Path) -> None:
    assert RetentionSettings().keeps_all
    assert due(studio, RetentionSettings(), NOW_S * 2).counts == {}
    assert go(studio) == {}


def test_each_kind_by_its_own_days(studio: Path) -> None:
    assert go(studio, tapes_days=50) == {"tapes": 2}
    assert names(studio / "tapes") == ["60.tape", "90.tape"]
    assert go(studio, reports_days=80) == {"reports": 1}
    assert len(names(studio / "reports")) == 3
    assert go(studio, alarms_days=30) == {"rows of alarms": 9}
    assert go(studio, intake_days=20) == {"intakes": 3}
    assert go(studio, series_days=50) == {"series": 2}
    with History(studio / "journal.db") as history:
        lengths = [len(history.series(id_of(day * DAY))) for day in (0, 30, 60, 90)]
        assert lengths == [0, 0, 600, 600]
        assert history.statistics(id_of(0)).whole.mean_kg is not None, "statistics stay"
    assert len(sessions(studio)) == 4
    with People(studio / PEOPLE_FILE) as people:
        assert len(people.intakes("C1234")) == 1
        assert len(people.sessions()) == 4
    assert go(studio, tapes_days=10_000, sessions_days=10_000) == {"series": 2}, "nothing more"


def test_a_session_goes_with_tape_report_alarms_and_whose_it_was(studio: Path) -> None:
    assert go(studio, sessions_days=50) == {"sessions": 2, "tapes": 2, "reports": 2}
    assert sessions(studio) == [id_of(60 * DAY), id_of(90 * DAY)]
    assert names(studio / "tapes") == ["60.tape", "90.tape"]
    assert names(studio / "reports") == sorted(f"{id_of(day * DAY)}.html" for day in (60, 90))
    assert table(studio / "journal.db", "SELECT count(*) FROM alarm_change") == [(6,)]
    with People(studio / PEOPLE_FILE) as people:
        assert [session.session for session in people.sessions()] == sessions(studio)
        assert len(people.intakes("C1234")) == 4, "answers have days of their own"


def test_a_tape_whose_clock_was_never_set_stays(studio: Path) -> None:
    a_tape(studio, "unset.tape", day=-20_000, clock_trusted=False)
    (studio / "tapes/damaged.tape").write_text("x")
    os.utime(studio / "tapes/damaged.tape", (0, 0))
    assert go(studio, tapes_days=1) == {"tapes": 4}
    assert names(studio / "tapes") == ["damaged.tape", "unset.tape"]


def test_cut_off_after_any_step_the_rest_goes_the_next_time(studio: Path) -> None:
    keep = RetentionSettings(sessions_days=50, alarms_days=20)
    total: dict[str, int] = {}
    for _ in range(40):
        found = due(studio, keep, NOW_S)
        if not found.counts:
            break
        work = purge(studio, found, STAMP)
        next(work, None)
        work.close()
    for entry in entries(studio, Purged):
        for kind, count in entry.removed.items():
            total[kind] = total.get(kind, 0) + count
    assert sessions(studio) == [id_of(60 * DAY), id_of(90 * DAY)]
    assert total.pop("rows of alarms") >= 3
    assert {kind: total[kind] for kind in ("tapes", "reports")} == {"tapes": 2, "reports": 2}


def test_the_audit_says_how_much_and_never_whose(studio: Path) -> None:
    go(studio, sessions_days=50)
    (line,) = (studio / "audit.jsonl").read_text().splitlines()
    assert json.loads(line)["removed"] == {"reports": 2, "sessions": 2, "tapes": 2}
    assert "C1234" not in line
    assert id_of(0) not in line


def test_by_itself_when_no_session_runs_and_the_clock_is_right(studio: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "_PAUSE_S", 0.2)
    purger = Purger(studio, RetentionSettings(sessions_days=50))
    purger.look(STAMP.wall, False, in_session=False)
    purger.look(STAMP.wall, True, in_session=True)
    assert purger._thread is None
    purger.look(STAMP.wall, True, in_session=False)
    wait_for(lambda: not (studio / "tapes/0.tape").exists())
    purger.look(STAMP.wall, True, in_session=True)
    wait_for(lambda: not purger._works())
    assert len(sessions(studio)) == 4, "it has let go"
    until_s = time.monotonic() + 20
    while len(sessions(studio)) > 2:
        assert time.monotonic() < until_s, purger.failure
        purger.look(STAMP.wall, True, in_session=False)
        time.sleep(0.02)
    wait_for(lambda: not purger._works())
    purger.close()
    assert purger.failure is None


def test_what_cannot_go_is_said(studio: Path) -> None:
    (studio / "journal.db").write_bytes(b"rubbish" * 1000)
    purger = Purger(studio, RetentionSettings(sessions_days=50))
    purger.look(STAMP.wall, True, in_session=False)
    wait_for(lambda: purger.failure is not None)
    assert purger.failure == f"{studio}/journal.db: damaged: not a database: what is too old could not be removed"
    purger.close()
