"""A studio's year backed up, purged and erased from, and what the journal's writer feels of it.

`python -m bench.privacy [--sessions 2000]`: sessions of an hour with their series as blocks, written straight into the
tables; each piece of work runs as a process of its own, as the commands do, while this one writes an alarm each 20 ms
through the real Store and times it from `take` to the disk.
"""

import argparse
import multiprocessing
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bard.journal.schema import JOURNAL_FILE
from bard.journal.series import pack_series, series_of
from bard.journal.store import Store
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from bard.settings import RetentionSettings
from bard.studio.archive import discard
from bard.studio.audit import Stamp
from bard.studio.backup import make_backup
from bard.studio.erase import erase, holding
from bard.studio.restore import check
from bard.studio.retention import due, purge
from bench.results import percentiles, write
from tests.journal.logs import S, condition, ended, id_of, one_alarm, started
from tests.journal.summaries import summary

BEGIN_S = 1_767_225_600.0
"""2026-01-01."""
CLIENTS = 40
_HOUR_US = 3_600 * S
_BLOCKS = 60
_PAUSE_S = 0.02
STAMP = Stamp("2026-12-31T12:00:00.000+00:00", True)
NOW_S = BEGIN_S + 365 * 86_400


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000)
    count = parser.parse_args().sessions
    with tempfile.TemporaryDirectory(prefix="bard-bench-") as directory:
        folder = Path(directory) / "var"
        folder.mkdir()
        make_year(folder, count)
        size_mb = (folder / JOURNAL_FILE).stat().st_size / 1e6
        lines = [
            f"{count} sessions of one hour, {CLIENTS} clients; journal.db {size_mb:.0f} MB "
            f"({1000 * size_mb / count:.0f} kB a session), no tapes.",
            "",
            "| work | took | an alarm, from `take` to the disk, meanwhile |",
            "|---|---|---|",
        ]
        for name, work in works(folder, Path(directory)).items():
            took_s, waits_us, failures = beside_a_writer(folder, work)
            told = f"{percentiles(waits_us)}{'; ' + '; '.join(failures) if failures else ''}"
            lines.append(f"| {name} | {took_s:.1f} s | {told} |")
            print(lines[-1], flush=True)
        left_mb = (folder / JOURNAL_FILE).stat().st_size / 1e6
        lines += [
            "",
            f"journal.db at the end: {left_mb:.0f} MB; pages that became free are used again, not given back.",
        ]
    print(write("privacy", "Backup, retention and erasure beside the writer", lines))


def works(folder: Path, place: Path) -> dict[str, Callable[[], None]]:
    """In the order in which they run."""
    backup = place / "a.zip"

    def back_up() -> None:
        make_backup(folder, backup, configs={}, station="room", stamp=STAMP, tapes=False, progress=discard)

    def erase_one() -> None:
        held = holding(folder, "client", "CL000", None)
        outcome = erase(folder, held, STAMP, bard_runs=True, progress=discard)
        assert not outcome.left
        assert len(outcome.copies) == 1

    def purge_half() -> None:
        found = due(folder, RetentionSettings(sessions_days=182), NOW_S)
        for _ in purge(folder, found, STAMP):
            time.sleep(_PAUSE_S)

    return {
        "nothing, for comparison": lambda: time.sleep(20),
        "backup": back_up,
        "check of that backup (restore --check)": lambda: str(check(backup, place, discard)) and None,
        f"one of {CLIENTS} clients erased, every file searched": erase_one,
        f"retention: half of the year goes, {_PAUSE_S * 1000:.0f} ms after each batch": purge_half,
    }


def beside_a_writer(folder: Path, work: Callable[[], None]) -> tuple[float, list[float], set[str]]:
    """Seconds the work took; microseconds from `take` to the disk of each alarm meanwhile; what the writer said."""
    store = Store(folder / JOURNAL_FILE, boot_id=f"bench {time.monotonic_ns()}")
    process = multiprocessing.Process(target=work)
    waits_us, failures, number, began_s = list[float](), set[str](), 0, time.monotonic()
    process.start()
    while process.is_alive():
        number += 1
        taken_s = time.monotonic()
        store.take(condition(number * S, "active", "pending"), f"w-{number}", "2026-12-31T12:00:00+00:00", True)
        while store.waits:
            if store.failure is not None:
                failures.add(store.failure.partition(": ")[2])
            time.sleep(0.0005)
        waits_us.append((time.monotonic() - taken_s) * 1e6)
        time.sleep(_PAUSE_S)
    took_s = time.monotonic() - began_s
    process.join()
    assert process.exitcode == 0, "the work failed"
    store.close()
    return took_s, waits_us, failures


def make_year(folder: Path, count: int) -> None:
    """Evenly over the year; each client has as many sessions."""
    dice = random.Random(7)
    blocks = []
    for _ in range(_BLOCKS):
        load_kg = 30.0
        minute = []
        for at in range(600):
            load_kg = min(45.0, max(15.0, load_kg + dice.gauss(0, 0.4)))
            minute.append(summary(at, load_kg))
        blocks.append(pack_series(series_of(minute)))
    store = Store(folder / JOURNAL_FILE, boot_id="year")
    step_s = 365 * 86_400 // count
    with People(folder / PEOPLE_FILE) as people:
        for client in range(CLIENTS):
            people.add_client(f"CL{client:03}", round(BEGIN_S * 1000))
        for number in range(count):
            at_us = number * step_s * S
            events = [*started(at_us), *(one for alarm in range(6) for one in one_alarm(at_us + alarm * 600 * S))]
            for event in [*events, ended(at_us + _HOUR_US, at_us)]:
                wall = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(BEGIN_S + event.at_us / S))
                store.take(event, f"{number}-{event.at_us}-{type(event).__name__}-{id(event)}", wall, True)
            people.link_session(id_of(at_us), f"CL{number % CLIENTS:03}", None, round(BEGIN_S * 1000) + at_us // 1000)
            while store.waits > 5_000:
                time.sleep(0.01)
    while store.waits:
        time.sleep(0.05)
    store.close()
    connection = sqlite3.connect(folder / JOURNAL_FILE, timeout=60)
    numbers = connection.execute("SELECT number FROM session").fetchall()
    for (number,) in numbers:
        rows = [(number, 600 * at, 600, 0, block) for at, block in enumerate(blocks)]
        connection.executemany(
            "INSERT INTO series_block (session, first, bins, loose, block) VALUES (?, ?, ?, ?, ?)", rows
        )
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert len(numbers) == count


if __name__ == "__main__":
    main()
