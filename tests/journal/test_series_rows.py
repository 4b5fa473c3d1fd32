"""A session's series from the writer's hand to a reader: pieces, minutes, statistics, failing disks."""

import contextlib
import sqlite3
import time
from pathlib import Path

import numpy as np
import pytest

from bard.errors import DataError, UsageError
from bard.journal.alarms import PRIORITIES
from bard.journal.history import History
from bard.journal.series import series_of
from bard.journal.statistics import session_statistics
from bard.messages import Calibrated, SessionStarted
from tests.journal.logs import NUMBERS, Log, S, condition, ended, id_of, one_alarm, started, table, wait_until_written
from tests.journal.summaries import wave
from tests.journal.tapes import wait_for
from tests.journal.test_series import same
from tests.journal.test_store_on_failing_disks import small_disk

__all__ = ["small_disk"]
ID = id_of(0)


def give(log: Log, begin: int, end: int, session: str = ID) -> None:
    for summary in wave(begin, end, session):
        log.store.take_summary(summary)


def blocks(path: Path) -> list[tuple[object, ...]]:
    return table(path, "SELECT first, bins, loose FROM series_block ORDER BY number")


def test_a_session_ends_with_its_series_whole_and_its_statistics(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell([*started(0), *one_alarm(20 * S)])
    give(log, 0, 1503)
    log.tell([ended(151 * S, 0), *one_alarm(160 * S)])
    log.close()
    assert (log.store.failure, log.store.notice, log.store.lost) == (None, None, 0)
    assert blocks(path) == [(0, 600, 0), (600, 600, 0), (1200, 303, 0)]
    with History(path) as history:
        assert same(history.series(ID), series_of(wave(0, 1503)))
        found = history.statistics(ID)
        assert [one.session for one in history.all_statistics()] == [ID]
        wanted = session_statistics(ID, series_of(wave(0, 1503)), 151 * S, history.changes()[:3])
    assert found == wanted
    assert (found.whole.length_s, found.whole.missing_s, len(found.minutes)) == (150.9, 0.6, 3)
    assert found.alarms == dict.fromkeys(PRIORITIES, 0) | {"medium": 1}
    assert found.reactions.median_s == 1.5


def test_what_runs_is_in_small_blocks_that_a_reader_joins(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(started(0))
    give(log, 0, 642)
    wait_until_written(log.store)
    assert blocks(path) == [(0, 600, 0), *((first, 5, 1) for first in range(600, 640, 5))]
    with History(path) as history:
        assert same(history.series(ID), series_of(wave(0, 640)))
        running = history.statistics(ID)
        assert (running.whole.length_s, running.whole.coverage) == (64.0, 1.0)
        assert list(history.all_statistics()) == []
        with pytest.raises(UsageError, match='no session "nobody"'):
            history.statistics("nobody")
        assert len(history.series("nobody")) == 0
    log.close()
    assert blocks(path)[-1] == (640, 2, 1), "what no piece was made of yet goes with the last call"


def test_a_restart_leaves_a_gap_and_both_sides_of_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(started(0))
    give(log, 0, 103)
    log.close()
    log = Log(path, run="b2")
    log.tell([SessionStarted(15 * S, NUMBERS, ("goes on",), ID)])
    give(log, 150, 250)
    log.tell([ended(25 * S, 0)])
    log.close()
    with History(path) as history:
        series, found = history.series(ID), history.statistics(ID)
        assert len(history.sessions()) == 1
    assert np.flatnonzero(np.diff(series.bin) > 1).tolist() == [102]
    assert (found.whole.length_s, found.whole.missing_s, found.whole.coverage) == (25.0, 4.7, 0.812)


def test_a_piece_that_was_written_and_is_given_again_stands_there_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(started(0))
    for begin in (0, 5, 5, 0, 10, 10):
        give(log, begin, begin + 5)
    log.close()
    assert blocks(path) == [(0, 5, 1), (5, 5, 1), (10, 5, 1)]


def test_two_sessions_have_series_of_their_own(tmp_path: Path) -> None:
    path, second = tmp_path / "journal.db", id_of(100 * S)
    log = Log(path)
    log.tell(started(0))
    give(log, 0, 13)
    log.tell([ended(2 * S, 0), *started(100 * S)])
    give(log, 0, 7, second)
    log.tell([ended(101 * S, 100 * S)])
    log.close()
    with History(path) as history:
        assert (len(history.series(ID)), len(history.series(second))) == (13, 7)
        assert [one.session for one in history.all_statistics()] == [ID, second]


def test_a_series_without_its_session_is_said_and_costs_nothing_else(tmp_path: Path) -> None:
    log = Log(tmp_path / "journal.db")
    give(log, 0, 5)
    log.tell(one_alarm(0))
    log.close()
    assert log.store.lost == 1
    assert "is not in this journal" in str(log.store.notice)
    assert len(table(tmp_path / "journal.db", "SELECT 1 FROM alarm_change")) == 3


def test_a_full_disk_costs_a_series_and_no_alarm(small_disk: Path) -> None:
    """Ten minutes of it wait, then it has a gap; alarms have their place."""
    path, filler = small_disk / "journal.db", small_disk / "filler"
    log = Log(path, waiting=1_500)
    log.tell(started(0))
    give(log, 0, 100)
    wait_until_written(log.store)
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    give(log, 100, 10_000)
    wait_for(lambda: log.store.failure is not None)
    assert log.store.failure == f"{path}: the disk is full: alarms are not recorded"
    log.tell(event for second in range(60) for event in one_alarm(second * S))
    with History(path) as history:
        assert len(history.series(ID)) == 100, "what was committed is there"
    filler.unlink()
    wait_until_written(log.store)
    give(log, 10_000, 10_100)
    log.tell([ended(1010 * S, 0)])
    log.close()
    with History(path) as history:
        bins = history.series(ID).bin
        found = history.statistics(ID)
        assert len(history.changes()) == 180
    assert log.store.failure is None
    assert log.store.lost == (10_100 - len(bins)) / 5
    assert 6_000 <= len(bins) < 7_000
    assert found.whole.missing_s == pytest.approx((10_100 - len(bins)) / 10)


def test_a_damaged_block_is_said_by_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell(started(0))
    give(log, 0, 20)
    log.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE series_block SET block = x'00' WHERE first = 5")
    connection.commit()
    connection.close()
    with History(path) as history, pytest.raises(DataError, match=r"journal\.db: a damaged block of series"):
        history.series(ID)
    log = Log(path, run="b2")
    log.tell([ended(2 * S, 0)])
    log.close()
    with History(path) as history:
        assert history.sessions()[0].end is not None, "the session's end is written all the same"
    assert "damaged block" in str(log.store.notice)


def test_who_changed_the_calibration_is_recorded(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell([Calibrated(S, "0123456789ab", ("a/0", "a/1")), condition(2 * S, "active", "pending")])
    log.close()
    found = table(path, "SELECT session, at_us, digest, cells FROM calibration_change")
    assert found == [(None, S, "0123456789ab", '["a/0","a/1"]')]


def test_taking_a_summary_costs_microseconds(tmp_path: Path) -> None:
    log = Log(tmp_path / "journal.db")
    log.tell(started(0))
    costs_us = []
    for summary in wave(0, 3_000):
        began_ns = time.perf_counter_ns()
        log.store.take_summary(summary)
        costs_us.append((time.perf_counter_ns() - began_ns) / 1000)
    log.close()
    assert sorted(costs_us)[1_500] < 20
