import sqlite3
import time
from pathlib import Path

import pytest
from msgspec import structs

from bard.client.uncertainty import Basis
from bard.journal.alarms import Moment
from bard.journal.history import History
from bard.journal.rows import Record, RowWriter
from bard.journal.schema import SCHEMA
from bard.journal.store import Store
from bard.messages import (
    BoardChanged,
    Done,
    PhaseChanged,
    SessionChanged,
    SessionStarted,
    SignalChanged,
)
from tests.journal.logs import (
    BEGIN_WALL_S,
    BOOT,
    NUMBERS,
    OTHER_BOOT,
    Log,
    S,
    condition,
    conditions_of,
    ended,
    id_of,
    one_alarm,
    started,
    table,
    wait_until_written,
    write_log,
)

LOWER = structs.replace(NUMBERS, limit_kg=25.0, near_kg=21.2, critical_kg=31.2, zone="ribs")


def test_a_change_comes_back_with_every_field(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    event = condition(2_345_678, "acknowledged", "active", subjects=("left bar", "b; c"), by="socket", u_kg=0.1 + 0.2)
    unknown = condition(3 * S, "active", "pending", id="load_unknown", value_kg=None, limit_kg=None, u_kg=None)
    write_log(path, [event, unknown])
    with History(path) as history:
        change, second = history.changes()
        assert history.gaps() == []
    assert change.moment == Moment(BOOT, 2_345_678, round(BEGIN_WALL_S * 1000) + 2_345, True)
    assert (change.uid, change.session, change.condition) == ("a1-1", None, event.id)
    for name in event.__struct_fields__:
        if name not in ("at_us", "id"):
            assert getattr(change, name) == getattr(event, name), name
    assert (second.value_kg, second.limit_kg, second.u_kg) == (None, None, None)


def test_a_session_its_changes_and_who_made_them(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(
        path,
        [
            *one_alarm(0),
            *started(10 * S),
            PhaseChanged(11 * S, "on", "off", "the bars were taken"),
            SessionChanged(12 * S, LOWER, "zone: ribs", "mqtt"),
            Done(12 * S, "set_zone", "mqtt", None),
            *one_alarm(13 * S),
            Done(14 * S, "set_zone", "mqtt", "that would raise the limit from 25 to 40 kg"),
            ended(20 * S, 10 * S),
            Done(20 * S, "stop_session", "socket", None),
            *one_alarm(30 * S),
        ],
    )
    with History(path) as history:
        (session,) = history.sessions()
        assert (session.numbers, session.notes) == (NUMBERS, ("no presence input",))
        assert session.end is not None
        assert (session.begin.at_us, session.end.at_us) == (10 * S, 20 * S)
        assert len(session.id) == 16
        (change,) = history.numbers(session.id)
        assert (change.numbers, change.why, change.by, change.moment.at_us) == (LOWER, "zone: ribs", "mqtt", 12 * S)
        assert [alarm.session for alarm in history.alarms()] == [None, session.id, None]
    assert table(path, "SELECT session, command, origin, refusal FROM command") == [
        (1, "start_session", "socket", None),
        (1, "set_zone", "mqtt", None),
        (1, "set_zone", "mqtt", "that would raise the limit from 25 to 40 kg"),
        (1, "stop_session", "socket", None),
    ]
    assert table(path, "SELECT session, phase, was, why FROM phase_change") == [(1, "on", "off", "the bars were taken")]


def test_two_sessions_have_ids_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, [*started(0), ended(S, 0), *started(2 * S)])
    with History(path) as history:
        first, second = history.sessions()
    assert first.id != second.id
    assert (first.end is not None, second.end) == (True, None)


def test_a_session_that_a_restart_brings_back_is_the_same_one(tmp_path: Path) -> None:
    """The core tells it as started anew, under the id that it had."""
    path = tmp_path / "journal.db"
    write_log(path, [*started(10 * S), *one_alarm(11 * S)])
    heavier = structs.replace(NUMBERS, body_weight_kg=72.0, basis=Basis.HUNG)
    write_log(
        path,
        [
            SessionStarted(5 * S, heavier, ("brought back",), id_of(10 * S)),
            condition(5 * S, "latched", "normal", id="load_critical", by="restart"),
            Done(5 * S, "restore", "restart", None),
            *one_alarm(6 * S),
            ended(70 * S, 10 * S),
        ],
        boot_id=OTHER_BOOT,
        run="b2",
        wall_s=BEGIN_WALL_S + 60,
    )
    with History(path) as history:
        (session,) = history.sessions()
        assert session.end is not None
        assert (session.begin.boot_id, session.end.boot_id) == (BOOT, OTHER_BOOT)
        (back,) = history.numbers(session.id)
        assert (back.why, back.numbers, back.moment.boot_id) == ("brought back after a restart", heavier, OTHER_BOOT)
        assert {change.session for change in history.changes()} == {session.id}


def test_a_restart_that_brings_no_session_back_leaves_the_old_one_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, started(10 * S))
    write_log(path, [Done(20 * S, "restore", "restart", None), *started(30 * S)], run="b2")
    with History(path) as history:
        first, second = history.sessions()
    assert (first.end, second.begin.at_us) == (None, 30 * S)
    assert table(path, "SELECT count(*) FROM session_change") == [(0,)]


def test_a_session_brought_back_though_its_end_was_written_runs_again(tmp_path: Path) -> None:
    """Killed between the journal's end of it and the state that a restart reads."""
    path = tmp_path / "journal.db"
    write_log(path, [*started(10 * S), ended(20 * S, 10 * S)])
    write_log(path, [SessionStarted(30 * S, LOWER, (), id_of(10 * S))], run="b2")
    with History(path) as history:
        (session,) = history.sessions()
        assert (session.end, [row.numbers for row in history.numbers(session.id)]) == (None, [LOWER])


def test_a_session_without_an_id_is_refused_and_said(tmp_path: Path) -> None:
    log = Log(tmp_path / "journal.db")
    log.tell([SessionStarted(S, NUMBERS, ()), *one_alarm(2 * S)])
    log.close()
    assert log.store.lost == 1
    assert "a session without an id" in (log.store.notice or "")
    assert conditions_of(tmp_path / "journal.db") == [("load_over", at) for at in (2 * S, 3_500_000, 4 * S)]


def test_the_tapes_of_a_session_are_found_by_its_id(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    for at_us, tape in ((S, "one.tape"), (S, "one.tape"), (3 * S, "two.tape"), (4 * S, None)):
        start = SessionStarted(at_us, NUMBERS, (), id_of(S))
        log.store.take(start, f"x-{at_us}", "2026-03-01T10:00:00+00:00", True, tape)
    log.close()
    with History(path) as history:
        assert history.tapes(id_of(S)) == ["one.tape", "two.tape"]
        assert history.tapes(id_of(2 * S)) == []


def test_a_batch_that_fails_in_its_middle_leaves_no_session_behind(tmp_path: Path) -> None:
    """Written again, what came before the session's beginning belongs to none."""
    connection = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    SCHEMA.migrate(connection)
    long = (f"{'x' * 20_000}",)
    events = [condition(1, "active", "pending"), *started(2), condition(3, "active", "pending", subjects=long)]
    batch = [Record(event, f"a1-{n}", "2026-03-01T10:00:00+00:00", True) for n, event in enumerate(events)]
    rows = RowWriter(BOOT)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        rows.write(connection, batch)
    assert not connection.in_transaction
    connection.execute("PRAGMA max_page_count = 1000")
    rows.write(connection, batch)
    assert connection.execute("SELECT at_us, session FROM alarm_change").fetchall() == [(1, None), (3, 1)]
    assert connection.execute("SELECT count(*) FROM session").fetchone() == (1,)
    connection.close()


def test_other_events_are_left_to_the_tape(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, [SignalChanged(0, 7, 7, "load_over"), BoardChanged(1, "a", "hello", "")])
    for name in ("alarm_change", "phase_change", "session", "session_change", "command", "gap"):
        assert table(path, f"SELECT count(*) FROM {name}") == [(0,)]


def test_the_file_is_for_its_owner_and_group(tmp_path: Path) -> None:
    log = Log(tmp_path / "journal.db")
    log.tell(started(0))
    wait_until_written(log.store)
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()} == {
        "journal.db": "0o640",
        "journal.db-wal": "0o640",
        "journal.db-shm": "0o640",
    }
    log.close()
    assert [file.name for file in tmp_path.iterdir()] == ["journal.db"]


def test_a_clock_that_jumps_changes_no_duration_and_no_order(tmp_path: Path) -> None:
    """A Pi without a clock chip: it starts in the past, then the network sets it, in the middle of an alarm."""
    path = tmp_path / "journal.db"
    log = Log(path)
    log.wall_s, log.clock_trusted = 0.0, False
    begin, back, end = one_alarm(10 * S, 4 * S)
    log.tell([*started(S), begin])
    log.wall_s, log.clock_trusted = BEGIN_WALL_S, True
    log.tell([back, end, *one_alarm(20 * S)])
    log.wall_s -= 3600
    log.tell([ended(30 * S, S)])
    log.close()
    with History(path) as history:
        first, second = history.alarms()
        (session,) = history.sessions()
    assert (first.duration_s, first.reaction_s, first.begin.clock_trusted) == (4.0, 3.5, False)
    assert second.begin.wall_ms - first.begin.wall_ms > 1_000_000_000
    assert session.end is not None
    assert session.end.at_us - session.begin.at_us == 29 * S


def test_what_no_row_can_hold_is_counted_and_said_and_the_rest_is_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell([condition(1, "active", "pending")])
    log.store.take(condition(1 << 70, "active", "pending"), "a1-x", "2026-03-01T10:00:00+00:00", True)
    log.store.take(condition(2, "active", "pending"), "a1-y", "yesterday", True)
    log.tell([condition(3, "active", "pending")])
    log.close()
    assert (log.store.failure, log.store.lost) == (None, 2)
    assert "an event could not be written" in str(log.store.notice)
    assert "yesterday" in str(log.store.notice)
    assert table(path, "SELECT at_us FROM alarm_change") == [(1,), (3,)]


def test_the_same_event_taken_twice_stands_there_once(tmp_path: Path) -> None:
    """As after a commit that the disk reported as failed and that was there all the same."""
    path = tmp_path / "journal.db"
    events = [*started(0), SessionChanged(S, LOWER, "zone: ribs", "mqtt"), *one_alarm(2 * S)]
    write_log(path, events)
    write_log(path, events)
    with History(path) as history:
        (session,) = history.sessions()
        assert len(history.numbers(session.id)) == 1
        assert len(history.changes()) == 3


def test_a_store_without_events_makes_the_database_and_closes_at_once(tmp_path: Path) -> None:
    began_s = time.monotonic()
    store = Store(tmp_path / "journal.db")
    store.close()
    assert time.monotonic() - began_s < 2.0
    assert store.failure is None
    with History(tmp_path / "journal.db") as history:
        assert history.sessions() == []
