import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.errors import DataError, UsageError
from bard.journal.alarms import Moment
from bard.journal.history import History
from bard.journal.wanted import Bound, Wanted
from tests.journal.logs import (
    BEGIN_WALL_S,
    BOOT,
    OTHER_BOOT,
    Log,
    S,
    condition,
    conditions_of,
    ended,
    one_alarm,
    started,
    wait_until_written,
    write_log,
)

WALL_MS = round(BEGIN_WALL_S * 1000)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """An hour: alarms each minute, a session in the middle, an alarm that began before it and ended in it."""
    path = tmp_path / "journal.db"
    events = [event for minute in range(30) for event in one_alarm(minute * 60 * S)]
    events += [condition(1790 * S, "active", "pending", id="link_lost", priority="low"), *started(1795 * S)]
    events += [condition(1800 * S, "normal", "clearing", id="link_lost", priority="high")]
    events += [
        event for minute in range(31, 40) for event in one_alarm(minute * 60 * S, id="load_critical", priority="high")
    ]
    events += [ended(2500 * S, 1795 * S), *one_alarm(3000 * S)]
    write_log(path, events)
    return path


def begins(history: History, **wanted: object) -> list[int]:
    return [alarm.begin.at_us // S for alarm in history.alarms(Wanted(**wanted))]  # type: ignore[arg-type]


def test_filters_of_alarms(log: Path) -> None:
    with History(log) as history:
        everything = begins(history)
        assert everything == sorted(everything)
        assert len(everything) == 41
        session = history.session("last").id
        assert begins(history, session=session) == [60 * minute for minute in range(31, 40)]
        assert begins(history, conditions=("link_lost",)) == [1790]
        assert begins(history, priorities=("high",)) == [60 * minute for minute in range(31, 40)]
        since, until = Bound(WALL_MS + 1_700_000), Bound(WALL_MS + 1_860_000)
        assert begins(history, since=since, until=until) == [1740, 1790, 1860]
        assert begins(history, since=since, until=until, conditions=("load_over",)) == [1740]


@pytest.mark.parametrize("last", [1, 2, 7, 41, 500])
def test_the_last_ones_are_those_at_the_end_of_all(log: Path, last: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bard.journal.history._FIRST_SPAN", 1)
    with History(log) as history:
        assert begins(history, last=last) == begins(history)[-last:]
        assert (
            begins(history, last=last, conditions=("load_over",)) == begins(history, conditions=("load_over",))[-last:]
        )
        assert history.changes(Wanted(last=last)) == history.changes()[-last:]
        ended = [alarm for alarm in history.alarms(Wanted(last=last)) if alarm.duration_s is None]
        assert [alarm.condition for alarm in ended] == []


def test_an_alarm_that_was_brought_back_counts_where_it_began(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, [condition(1 * S, "active", "pending"), *one_alarm(5 * S, id="load_near", priority="cue")])
    brought = [condition(100 * S, "active", "normal", by="restart"), condition(103 * S, "normal", "clearing")]
    unheard = [condition(100 * S, "latched", "normal", id="load_critical", by="restart")]
    write_log(path, [*brought, *unheard], run="b2")
    with History(path) as history:
        assert begins(history) == [1, 5, 100]
        assert begins(history, since=Bound(WALL_MS + 50_000)) == [100]
        (found,) = history.alarms(Wanted(last=1))
        assert (found.condition, found.carried, found.outcome) == ("load_critical", True, "latched")
        assert history.alarms()[0].duration_s == 102.0


def test_pages_of_any_size_give_the_same(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with History(log) as history:
        whole = history.changes(), history.changes(Wanted(last=17, conditions=("load_over",)))
    monkeypatch.setattr("bard.journal.history._PAGE", 7)
    with History(log) as history:
        assert (history.changes(), history.changes(Wanted(last=17, conditions=("load_over",)))) == whole


def test_a_time_back_from_now_holds_in_this_boot_whatever_the_wall_clock_did(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, one_alarm(100 * S), boot_id=OTHER_BOOT, run="before")
    log = Log(path)
    log.wall_s, log.clock_trusted = 0.0, False
    log.tell(one_alarm(1000 * S))
    log.wall_s, log.clock_trusted = BEGIN_WALL_S, True
    log.tell(one_alarm(2000 * S))
    log.close()
    with History(path) as history:
        back = Bound(WALL_MS + 500_000, BOOT, 500 * S)
        assert begins(history, since=back) == [1000, 2000]
        assert begins(history, until=Bound(WALL_MS + 1_500_000, BOOT, 1500 * S)) == [100, 1000]
        assert begins(history, since=Bound(WALL_MS + 500_000)) == [2000], "a date goes by the clock as it was"


def test_a_bound_belongs_to_what_it_bounds() -> None:
    at = Moment(BOOT, 5 * S, WALL_MS, True)
    for bound in (Bound(WALL_MS), Bound(0, BOOT, 5 * S)):
        assert Wanted(since=bound, until=bound).in_time(at)
    assert not Wanted(since=Bound(WALL_MS + 1)).in_time(at)
    assert not Wanted(until=Bound(WALL_MS - 1)).in_time(at)


def test_a_session_by_the_beginning_of_its_id(log: Path) -> None:
    write_log(log, [*started(3100 * S), ended(3200 * S, 3100 * S)], run="b2")
    with History(log) as history:
        first, second = history.sessions()
        assert history.session(first.id[:8]) == first
        assert history.session("last") == second
        for name in ("no such", ""):
            with pytest.raises(UsageError, match=r"allowed: the beginning of one id"):
                history.session(name)


def test_per_session(log: Path) -> None:
    with History(log) as history:
        outside, session = history.per_session(Wanted())
        assert (outside.session, outside.summary.alarms) == (None, 32)
        assert (session.summary.alarms, session.summary.by_priority["high"]) == (9, 9)
        assert session.summary.reactions.median_s == 1.5
        assert [one.session for one in history.per_session(Wanted(last=1))] == [session.session]
        assert history.per_session(Wanted(since=Bound(WALL_MS + 3_600_000))) == []


def test_reading_goes_on_while_events_are_written_and_never_holds_the_writer_up(tmp_path: Path) -> None:
    """A reader in a thread and a slow one that stops in the middle of a page; the writer never fails."""
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(one_alarm(0))
    wait_until_written(log.store)
    lengths: list[int] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            with History(path) as history:
                lengths.append(len(history.changes()))

    reader = threading.Thread(target=read)
    reader.start()
    with History(path) as slow:
        pages = slow._changes(0)
        next(pages)
        for second in range(1, 200):
            log.tell(one_alarm(second * S))
            wait_until_written(log.store)
            assert log.store.failure is None
        assert len(list(pages)) == 2, "it ends where the log ended when it began"
    over.set()
    reader.join()
    log.close()
    assert (log.store.failure, log.store.lost) == (None, 0)
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 3
    assert len(conditions_of(path)) == 600


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that every user can read, which pytest's are not, and only its owner write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


AS_NOBODY = """
import os, sys
from pathlib import Path
from bard.journal.history import History
os.setuid(65534)
with History(Path(sys.argv[1])) as history:
    print(len(history.changes()))
"""
KILLED = """
import os, sys
from pathlib import Path
from tests.journal.logs import Log, one_alarm, wait_until_written
log = Log(Path(sys.argv[1]))
log.tell(one_alarm(0))
wait_until_written(log.store)
if len(sys.argv) > 2:
    print("there", flush=True)
    sys.stdin.read()
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="becoming another user needs root")
def test_who_may_only_read_can_read_it_running_killed_and_closed(shared_folder: Path) -> None:
    path = shared_folder / "journal.db"

    def seen() -> str:
        for file in shared_folder.iterdir():
            file.chmod(0o644)
        done = subprocess.run([sys.executable, "-c", AS_NOBODY, path], capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.stdout

    running = subprocess.Popen(
        [sys.executable, "-c", KILLED, path, "stay"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "there\n"
    assert seen() == "3\n"
    running.communicate()
    assert path.with_name("journal.db-wal").exists()
    assert seen() == "3\n"
    write_log(path, one_alarm(9 * S), run="b2")
    assert [file.name for file in shared_folder.iterdir()] == ["journal.db"]
    assert seen() == "6\n"
    assert [file.name for file in shared_folder.iterdir()] == ["journal.db"], "a reader leaves nothing"


def test_what_cannot_be_read_is_one_line(log: Path, tmp_path: Path) -> None:
    def complaint(path: Path) -> str:
        with pytest.raises(DataError) as raised, History(path) as history:
            history.alarms()
        return str(raised.value)

    missing, nonsense, empty, newer, cut = (
        tmp_path / name for name in ("missing", "nonsense", "empty", "newer", "cut")
    )
    assert complaint(missing) == f"{missing}: no journal: bard run begins one"
    nonsense.write_text("hello, this is no database at all" * 100)
    assert complaint(nonsense) == f"{nonsense}: not a journal of bard, or damaged"
    empty.touch()
    assert complaint(empty) == f"{empty}: an empty journal: bard run has not begun it yet"
    shutil.copy(log, newer)
    connection = sqlite3.connect(newer)
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    assert complaint(newer).startswith(f"{newer}: a journal of version 9, made by a newer bard")
    cut.write_bytes(log.read_bytes()[:30_000])
    assert complaint(cut).startswith(f"{cut}: damaged: ")
    folder = tmp_path / "folder"
    folder.mkdir()
    assert complaint(folder) == f"{folder}: not a file"


def test_texts_that_are_not_what_they_should_be_are_damage(log: Path) -> None:
    connection = sqlite3.connect(log)
    connection.execute("UPDATE alarm_change SET subjects = '[1' WHERE number = 5")
    connection.commit()
    connection.close()
    with History(log) as history, pytest.raises(DataError, match=f"{log}: damaged: "):
        history.alarms()


def test_a_reader_cannot_write(log: Path) -> None:
    with History(log) as history, pytest.raises(sqlite3.OperationalError, match="attempt to write a readonly database"):
        history._connection.execute("DELETE FROM alarm_change")
