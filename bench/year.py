"""What a year of sessions takes on the disk, and how long bard then needs to start and to look back.

`python -m bench.year`: an hour is played by the core, then 2 000 like it are written; about five minutes and 1 GB.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from click.testing import CliRunner

from bard.cli.main import cli
from bard.control.client import ControlClient
from bard.errors import LinkError
from bard.journal.history import History
from bard.journal.schema import JOURNAL_FILE
from bard.journal.store import Store
from bard.journal.wanted import Wanted
from bard.messages import OutputTried
from bard.people.schema import PEOPLE_FILE
from bench.results import write
from bench.studio_year import make_year, play

_RUNS = 5
_CONFIG = """station = "year"
terminal = false
[control]
socket = "{folder}/control.sock"
[journal]
directory = "{folder}"
tape = false
[[boards]]
name = "a"
port = "sim://idle?seed=1"
[[supports]]
name = "left bar"
cells = [{{board = "a", channel = 0}}, {{board = "a", channel = 1}}]
[[supports]]
name = "right bar"
cells = [{{board = "a", channel = 2}}, {{board = "a", channel = 3}}]
"""


def measure(folder: Path, sessions: int, seconds: float) -> list[str]:
    """Make the year in `folder` and look at it."""
    empty, full = folder / "empty", folder / "full"
    empty.mkdir()
    full.mkdir()
    began_s = time.monotonic()
    played = play(seconds, 1, folder)
    played_s = time.monotonic() - began_s
    began_s = time.monotonic()
    first = make_year(empty, 1, [played])
    ids = make_year(full, sessions, [played])
    made_s = time.monotonic() - began_s
    hours = played.length_us / 3.6e9
    series_bytes = sum(len(block) for _, _, block in played.blocks)
    size = (full / JOURNAL_FILE).stat().st_size
    hour_mb, hour_kb = size / sessions / hours / 1e6, series_bytes / hours / 1e3
    lines = [
        f"{sessions:,} sessions of {hours * 60:.0f} min of simulated normal work (four cells): the core played one in "
        f"{played_s:.0f} s,",
        f"all were written at summary level in {made_s:.0f} s, with {len(played.events)} events each.",
        "",
        f"- journal: {size / 1e6:,.0f} MB, {hour_mb:.2f} MB an hour; summaries are {hour_kb:.0f} kB of it",
        f"- tape: {played.tape_bytes / hours / 1e6:.1f} MB an hour; tapes are kept up to journal.tapes_keep_mb",
        "",
        f"Best of {_RUNS}, with one session in the journal and with {sessions:,}. Commands run within one interpreter,",
        "but for bard run, whose time is that of the process.",
        "",
    ]
    for words, look in _LOOKS.items():
        few_s, many_s = _best_s(partial(look, empty, first)), _best_s(partial(look, full, ids))
        lines.append(f"- {words}: {few_s * 1000:.0f} ms, {many_s * 1000:.0f} ms")
    return lines


def _store(folder: Path, _: list[str]) -> None:
    """Opened, and something on the disk."""
    store = Store(folder / JOURNAL_FILE)
    store.take(OutputTried(1, "vibrator", True, "bench"), f"bench-{time.monotonic_ns()}", "2027-01-05T08:00:00Z", True)
    while store.waits:
        time.sleep(0.0005)
    store.close()


def _daemon(folder: Path, _: list[str]) -> None:
    """Until the socket answers."""
    config = folder / "bard.toml"
    config.write_text(_CONFIG.format(folder=folder))
    with subprocess.Popen(
        [sys.executable, "-m", "bard", "--config", config, "run"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        while True:
            try:
                ControlClient(str(folder / "control.sock")).close()
                break
            except LinkError:
                time.sleep(0.005)
        process.terminate()


def _alarms(folder: Path, _: list[str]) -> None:
    with History(folder / JOURNAL_FILE) as history:
        assert history.alarms(Wanted(last=20))


def _alarms_of_session(folder: Path, ids: list[str]) -> None:
    with History(folder / JOURNAL_FILE) as history:
        assert history.alarms(Wanted(session=ids[len(ids) // 2]))


def _session(folder: Path, ids: list[str]) -> None:
    """What a report of one session is made from."""
    middle = ids[len(ids) // 2]
    with History(folder / JOURNAL_FILE) as history:
        assert len(history.series(middle))
        assert history.statistics(middle).minutes
        assert history.alarms(Wanted(session=middle))


def _trend(folder: Path, ids: list[str]) -> None:
    """Statistics of every session."""
    with History(folder / JOURNAL_FILE) as history:
        assert len(list(history.all_statistics())) == len(ids)
        assert len(history.sessions()) == len(ids)


def _bard(*arguments: str) -> Callable[[Path, list[str]], None]:
    """The command, without the start of its interpreter."""

    def run(folder: Path, ids: list[str]) -> None:
        config = folder / "bard.toml"
        config.write_text(_CONFIG.format(folder=folder))
        names = {"MIDDLE": ids[len(ids) // 2], "CLIENT": _client(folder)}
        command = ["--config", str(config), *(names.get(part, part) for part in arguments)]
        done = CliRunner().invoke(cli, command, catch_exceptions=False)
        assert done.exit_code == 0, done.output

    return run


def _client(folder: Path) -> str:
    connection = sqlite3.connect(folder / PEOPLE_FILE)
    (code,) = connection.execute("SELECT code FROM client LIMIT 1").fetchone()
    connection.close()
    return str(code)


_LOOKS: dict[str, Callable[[Path, list[str]], None]] = {
    "journal opened for writing, and an event committed": _store,
    "bard run, until it answers": _daemon,
    "newest 20 alarms": _alarms,
    "alarms of one session": _alarms_of_session,
    "series, minutes and alarms of one session": _session,
    "statistics of all sessions": _trend,
    "bard alarms": _bard("alarms"),
    "bard alarms --per-session --last 5": _bard("alarms", "--per-session", "--last", "5"),
    "bard sessions": _bard("sessions"),
    "bard report session": _bard("report", "session", "MIDDLE", "-o", "-"),
    "bard report client": _bard("report", "client", "CLIENT"),
    "bard report studio, a month": _bard("report", "studio", "--from", "2026-03-01", "--to", "2026-03-31"),
    "bard report studio, all": _bard("report", "studio"),
}


def _best_s(work: Callable[[], None]) -> float:
    best = float("inf")
    for _ in range(_RUNS):
        began_s = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began_s)
    return best


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=3_600.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bard-year-") as folder:
        lines = measure(Path(folder), options.sessions, options.seconds)
    print(write("year", "What a studio's year takes", lines))


if __name__ == "__main__":
    main()
