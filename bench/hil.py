"""From the bars' letting go to the vibrator pin: by the board's own guard, by the monitor, and after kill -9.

`python -m bench.hil [--releases 50]`: the firmware's real ELF in a simulated AVR in real time, `bard run` on its pty,
a real Mosquitto (tests/firmware/hil.py). Both bars go from 40 kg to nothing in 20 ms; the time runs from the beginning
of that. Releases in which the simulation fell behind by more than 20 ms are left out, and counted.
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

from bench.results import percentiles, write
from tests.firmware.hil import HELD_KG, Loop, Release, in_the_loop

KILLS = 5
_SPREAD_S = 0.012
"""A chip's period: the release meets the conversions at any phase."""


def release_often(loop: Loop, count: int, draws: random.Random) -> list[Release]:
    """Let go, take again, acknowledge; so many times."""
    found = []
    for _ in range(count):
        time.sleep(draws.uniform(0, _SPREAD_S))
        found.append(loop.let_go())
        loop.hold(HELD_KG)
        loop.calm()
    return found


def measure(releases: int, draws: random.Random, *, second: bool) -> tuple[list[Release], int]:
    """In one room; how often the simulation fell behind in all."""
    with tempfile.TemporaryDirectory(prefix="bard-bench-") as folder, in_the_loop(Path(folder), second=second) as loop:
        loop.begin_session()
        return release_often(loop, releases, draws), len(loop.live.late_ns)


def after_kill(draws: random.Random) -> Release:
    """The daemon is killed in a session, then the bars are let go: nobody but the guard is left."""
    with tempfile.TemporaryDirectory(prefix="bard-bench-") as folder, in_the_loop(Path(folder)) as loop:
        loop.begin_session()
        loop.kill()
        time.sleep(draws.uniform(0, _SPREAD_S))
        return loop.let_go()


def _line(what: str, releases: list[Release]) -> str:
    good = [release.us for release in releases if release.kept_up]
    left_out = len(releases) - len(good)
    figures = percentiles(good) if good else "none kept up"
    return f"- {what}: {figures}; left out: {left_out}"


def main() -> None:
    """Measure all; keep in bench/results/hil.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=50)
    count = parser.parse_args().releases
    draws = random.Random(5)
    by_guard, late_guard = measure(count, draws, second=False)
    by_monitor, late_monitor = measure(count, draws, second=True)
    killed = [after_kill(draws) for _ in range(min(KILLS, count))]
    lines = [
        "Four chips (82 to 91 conversions a second), 500000 baud, body weight 70 kg, limit 40 kg, critical 50 kg; both",
        "bars from 40 kg to 0 in 20 ms. From the beginning of the load's fall to the vibrator pin:",
        "",
        _line("single-board room, guard armed and monitor running", by_guard),
        _line("two-board room, guard on the heartbeat alone: the monitor's alarm frame", by_monitor),
        _line("single-board room, daemon killed with -9 before: the guard alone", killed),
        "",
        f"The simulation was more than 20 ms behind the clock {late_guard} and {late_monitor} times in the two runs.",
    ]
    print(write("hil", "Hardware in the loop: from letting go to the vibrator pin", lines))


if __name__ == "__main__":
    main()
