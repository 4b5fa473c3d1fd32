"""What is on the disk after a kill or a power cut, and what taking an event costs."""

import itertools
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from msgspec import structs

from bard.journal.history import History
from bard.messages import Calibrated, Event, PhaseChanged, SessionStarted
from tests.journal.logs import NUMBERS, Log, S, condition, ended, id_of, one_alarm, table, wait_until_written, write_log
from tests.journal.summaries import wave


def test_what_must_survive_a_power_cut_is_synced_and_a_mere_phase_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    connect = sqlite3.connect

    def listened_to(*where: object, **how: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*where, **how)  # type: ignore[call-overload]
        connection.set_trace_callback(said.append)
        return connection

    def level_of(event: Event) -> str:
        log.tell([event])
        wait_until_written(log.store)
        return [line for line in said if "synchronous" in line][-1].split()[-1]

    monkeypatch.setattr(sqlite3, "connect", listened_to)
    log = Log(tmp_path / "journal.db")
    phase = PhaseChanged(1, "on", "off", "the bars were taken")
    assert level_of(phase) == "NORMAL"
    assert level_of(condition(2, "active", "pending")) == "FULL"
    assert level_of(structs.replace(phase, at_us=3)) == "NORMAL"
    assert level_of(SessionStarted(4, NUMBERS, (), id_of(4))) == "FULL"
    assert level_of(Calibrated(5, "0123456789ab", ("a/0",))) == "FULL"
    for summary in wave(0, 5, id_of(4)):
        log.store.take_summary(summary)
    wait_until_written(log.store)
    assert [line for line in said if "synchronous" in line][-1].split()[-1] == "NORMAL"
    assert level_of(ended(5, 4)) == "FULL"
    log.close()
    assert "PRAGMA journal_mode = WAL" in said
    synced = [line for line in said if line.startswith(("PRAGMA synchronous", "BEGIN"))]
    assert all(now != then for now, then in itertools.pairwise(synced) if now.startswith("PRAGMA"))


@pytest.mark.parametrize("seed", range(40 if os.environ.get("BARD_SOAK") else 4))
def test_a_kill_loses_nothing_that_was_committed(tmp_path: Path, seed: int) -> None:
    """Five kills for each seed, at moments of no one's choosing, on the same database; of a series all but what no
    piece was made of yet, half a second."""
    path = tmp_path / "journal.db"
    random = Random(seed)
    committed: dict[str, int] = {}
    for number in range(5):
        run = f"run{number}"
        command = [sys.executable, "-m", "tests.journal.kill_my_log", str(path), run]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(random.randint(1, 8)):
                committed[run] = int(process.stdout.readline())
            time.sleep(random.uniform(0, 0.05))
            process.kill()
            for line in process.stdout.read().splitlines():
                committed[run] = int(line)
        with History(path) as history:
            changes = history.changes()
        for name, most in committed.items():
            found = [change.moment.at_us for change in changes if change.subjects[0].startswith(f"{name} ")]
            assert found == list(range(1, len(found) + 1)), name
            assert len(found) >= most, name
            with History(path) as history:
                bins = history.series(id_of(int(name.removeprefix("run")))).bin.tolist()
            assert bins == list(range(len(bins))), name
            assert len(bins) >= 10 * most, name
        assert table(path, "PRAGMA integrity_check") == [("ok",)]
    write_log(path, one_alarm(0), run="after")


def test_taking_costs_microseconds_and_a_change_few_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "journal.db"
    log = Log(path, waiting=100_000)
    events = [event for second in range(3_000) for event in one_alarm(second * S)]
    costs_us = []
    for number, event in enumerate(events):
        began_ns = time.perf_counter_ns()
        log.store.take(event, f"17f4a2c91b-{number}", "2026-03-01T10:00:00.000+00:00", True)
        costs_us.append((time.perf_counter_ns() - began_ns) / 1000)
        if number % 10 == 0:
            time.sleep(0.0005)
    wait_until_written(log.store)
    log.close()
    centiles = statistics.quantiles(costs_us, n=100)
    bytes_each = path.stat().st_size / len(events)
    with capsys.disabled():
        print(
            f"\ntake: p50 {centiles[49]:.2f} us, p99 {centiles[98]:.2f} us, longest {max(costs_us):.0f} us; "
            f"{bytes_each:.0f} bytes a change"
        )
    assert centiles[49] < 20
    assert centiles[98] < 1_000
    assert bytes_each < 400
