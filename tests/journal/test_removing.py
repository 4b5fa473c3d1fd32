"""What goes from the journal: whole sessions, old alarms, words; beside a writer, and without a trace in the file."""

import sqlite3
from pathlib import Path

import pytest

from bard.errors import DataError
from bard.journal import removing
from bard.journal.history import History
from bard.journal.removing import Remover
from bard.journal.schema import SCHEMA
from bard.messages import Done, OutputTried, PhaseChanged, SessionChanged
from tests.journal.logs import (
    BEGIN_WALL_S,
    NUMBERS,
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
from tests.journal.summaries import wave
from tests.journal.tapes import wait_for

HOUR = 3600 * S


def hours(count: int) -> list:
    """A session an hour, of a minute, with an alarm, a phase, a command and a change; an alarm after each."""
    events: list = []
    for hour in range(count):
        at_us = hour * HOUR
        events += [
            *started(at_us),
            PhaseChanged(at_us + S, "on", "off", "bars"),
            *one_alarm(at_us + 2 * S),
            SessionChanged(at_us + 30 * S, NUMBERS, f"hour {hour}", "socket"),
            Done(at_us + 31 * S, "acknowledge", "socket", None),
            ended(at_us + 60 * S, at_us),
            *one_alarm(at_us + 90 * S, id="link_lost"),
            OutputTried(at_us + 100 * S, "board a", True, "somebody"),
        ]
    return events


OF_EACH = ("session", "session_change", "phase_change", "session_statistics")


def before(hour: float) -> int:
    """Wall clock in ms: what happened before that hour is old."""
    return round((BEGIN_WALL_S + hour * 3600) * 1000)


def ids(path: Path) -> list[str]:
    with History(path) as history:
        return [session.id for session in history.sessions()]


def rows(path: Path) -> dict[str, int]:
    """How many in each table."""
    tables = table(path, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {str(name): int(str(table(path, f"SELECT count(*) FROM {name}")[0][0])) for (name,) in tables}


def test_a_session_goes_with_every_row_of_it_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, hours(3))
    whole = rows(path)
    with Remover(path) as remover:
        found = remover.sessions([id_of(HOUR)])
        assert sum(remover.remove_sessions(found)) == 9
    assert ids(path) == [id_of(0), id_of(2 * HOUR)]
    left = rows(path)
    assert left == {name: count - count // 3 if name in OF_EACH else left[name]
                    for name, count in whole.items()}  # fmt: skip
    assert whole["alarm_change"] - left["alarm_change"] == 3
    assert "hour 1" not in str(table(path, "SELECT why FROM session_change"))


def test_every_table_but_session_and_boot_belongs_to_sessions(tmp_path: Path) -> None:
    """A table that is added later must say so by its reference, or its rows would stay behind."""
    path = tmp_path / "journal.db"
    write_log(path, hours(1))
    with Remover(path) as remover:
        assert set(remover._tables) == set(rows(path)) - {"session", "boot"}


def test_old_is_told_by_trusted_clocks_and_the_order_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(hours(2))
    log.clock_trusted, log.wall_s = False, 0.0
    log.tell([*started(10 * HOUR), ended(10 * HOUR + 60 * S, 10 * HOUR)])
    log.clock_trusted, log.wall_s = True, BEGIN_WALL_S
    log.tell([*started(20 * HOUR), ended(20 * HOUR + 60 * S, 20 * HOUR)])
    log.clock_trusted, log.wall_s = False, 0.0
    log.tell([*started(30 * HOUR), ended(30 * HOUR + 60 * S, 30 * HOUR)])
    log.close()
    with Remover(path) as remover:

        def old(hour: float) -> list[str]:
            return [session.id for session in remover.sessions_before(before(hour))]

        first, second, unset, later, _ = (id_of(hour * HOUR) for hour in (0, 1, 10, 20, 30))
        assert old(0) == []
        assert old(0.5) == [first]
        assert old(19) == [first, second], "1970 makes nothing old"
        assert old(21) == [first, second, unset, later], "what stands before an old one is as old"
        assert old(1000) == [first, second, unset, later]


def test_a_session_that_may_run_is_never_old(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, [*started(0), *started(HOUR)])
    with Remover(path) as remover:
        assert [session.id for session in remover.sessions_before(before(9))] == [id_of(0)]
        assert [session.id for session in remover.sessions([id_of(HOUR)])] == [id_of(HOUR)], "who asks by id knows"


def test_old_alarms_go_and_sessions_stay(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, hours(4))
    with Remover(path) as remover:
        assert remover.alarms_before(before(2)) == {"alarm_change": 12, "output_tried": 2, "daily_check": 0, "gap": 0}
        assert sum(remover.remove_alarms(before(2))) == 14
    assert len(ids(path)) == 4
    assert len(conditions_of(path)) == 12


def test_a_writer_beside_it_loses_nothing_and_never_fails(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, hours(100))
    log = Log(path, run="b2")
    told, failures = 0, set()
    with Remover(path) as remover:
        for _ in remover.remove_sessions(remover.sessions_before(before(90))):
            log.tell([condition(10**12 + told, "active", "pending")])
            told += 1
            failures.add(log.store.failure)
        remover.scrub(compact=False)
    wait_until_written(log.store)
    log.close()
    assert failures == {None}
    assert told > 400
    assert len(ids(path)) == 10
    assert [at_us for _, at_us in conditions_of(path)][-told:] == [10**12 + number for number in range(told)]


def test_cut_off_anywhere_it_is_ended_by_doing_it_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    write_log(path, hours(3))
    for batches in range(1, 20):
        with Remover(path) as remover:
            found = remover.sessions_before(before(2.5))
            if not found:
                break
            for number, _ in enumerate(remover.remove_sessions(found)):
                if number >= batches % 3:
                    break
    assert ids(path) == []
    assert rows(path)["session_change"] == 0


@pytest.mark.parametrize("compact", [False, True])
def test_no_byte_of_what_went_is_left_in_file_and_log(tmp_path: Path, compact: bool) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(hours(1))
    for number in range(300):
        log.tell([*started(HOUR + number), SessionChanged(HOUR + number, NUMBERS, f"Quastenflosser {number}" * 9, "x")])
    log.tell(hours(1)[1:])
    wait_until_written(log.store)

    def everywhere() -> bytes:
        return b"".join(file.read_bytes() for file in sorted(tmp_path.iterdir()))

    assert b"Quastenflosser" in everywhere()
    with Remover(path) as remover:
        for _ in remover.remove_sessions(remover.sessions([id_of(HOUR + number) for number in range(300)])):
            pass
        remover.scrub(compact=compact)
        assert b"Quastenflosser" not in everywhere()
    log.close()
    assert b"Quastenflosser" not in everywhere()


def test_what_the_writer_itself_has_merged_leaves_no_bytes_either(tmp_path: Path) -> None:
    """A session's small blocks become one a minute; then the session goes."""
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(started(0))
    for second in range(62):
        for one in wave(10 * second, 10 * second + 10):
            log.store.take_summary(one)
        if second == 40:
            wait_until_written(log.store)
            wait_for(lambda: bool(table(path, "SELECT block FROM series_block WHERE loose")))
            loose = [bytes(block) for (block,) in table(path, "SELECT block FROM series_block WHERE loose")]  # type: ignore[call-overload]
    log.tell([ended(63 * S, 0), *hours(2)[9:]])
    wait_until_written(log.store)
    with Remover(path) as remover:
        assert list(remover.remove_sessions(remover.sessions([id_of(0)])))
        remover.scrub(compact=False)
    left = b"".join(file.read_bytes() for file in sorted(tmp_path.iterdir()))
    assert loose
    assert [block for block in loose if block[-40:] in left] == []
    log.close()


def test_a_reader_keeps_the_log_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removing, "_SCRUB_TRIES", 2)
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(hours(2))
    wait_until_written(log.store)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM session").fetchone()
    with Remover(path) as remover:
        assert list(remover.remove_sessions(remover.sessions([id_of(0)])))
        with pytest.raises(DataError, match="somebody reads it"):
            remover.scrub(compact=False)
        reader.close()
        remover.scrub(compact=False)
    log.close()
    assert (log.store.failure, log.store.lost) == (None, 0)


def test_a_word_is_replaced_wherever_somebody_can_have_typed_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    change = SessionChanged(2 * S, NUMBERS, "limit: t7q2x decided it (T7Q2X)", "T7Q2X")
    write_log(path, [*started(S), change, OutputTried(3 * S, "board a", True, "T7Q2X"), *one_alarm(4 * S, by="t7q2x")])
    with Remover(path) as remover:
        assert remover.forget("T7Q2X", "erased") >= 4
        remover.scrub(compact=True)
    assert b"7q2x" not in path.read_bytes().lower()
    assert table(path, "SELECT why, acted_by FROM session_change") == [("limit: erased decided it (erased)", "erased")]


def test_it_changes_no_journal_of_another_version(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with pytest.raises(DataError, match="no journal"):
        Remover(path)
    write_log(path, hours(1))
    table(path, f"PRAGMA user_version = {len(SCHEMA.migrations) + 1}")
    with pytest.raises(DataError, match=rf"{path}: a journal of version \d, made by a newer bard"):
        Remover(path)
