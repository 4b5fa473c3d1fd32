"""From the decision to the first sample on the loudspeaker, and what the stream costs.

`python -m bench.sound [--plays 200]`: the output as it is, on the tests' sound card (an ALSA plugin that plays in real
time and stamps every frame), alone, with the interpreter kept busy by another thread, and with two busy
processes a core. A real card's converter comes on top. Needs gcc and libasound2-dev.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.sound import AHEAD_FRAMES, EVERY_S, SoundOutput
from bard.annunciate.tones import RATE_HZ
from bench.results import percentiles, write
from tests.annunciate.rig_sound import SoundRig

SIGNALS = (Signal(6, 6, "load_over"), Signal(7, 7, "load_critical"))
BUSY_A_CORE = 2
_CPU_S = 10.0


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plays", type=int, default=200)
    plays = parser.parse_args().plays
    loads: dict[str, AbstractContextManager[None]] = {
        "no load of its own (the machine is shared)": nullcontext(),
        "a thread of the same interpreter busy": busy_thread(),
        f"{BUSY_A_CORE} busy processes a core": busy_processes(),
    }
    lines = [
        f"The stream is topped up to {1e3 * AHEAD_FRAMES / RATE_HZ:.0f} ms every {1e3 * EVERY_S:.0f} ms. Decision: the "
        "call of `play`; first sample: the first that",
        "sounds, by the clock of the card. CPU: of the output's thread alone, in parts of one core.",
        "",
        "| | decision to first sample | CPU silent | CPU sounding | underruns |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as directory:
        rig = SoundRig(Path(directory))
        try:
            for name, load in loads.items():
                with load:
                    lines.append(f"| {name} | {_row(rig, plays)} |")
        finally:
            rig.dispose()
    print(write("sound", "Sound: from the decision to the first sample", lines))


def _row(rig: SoundRig, plays: int) -> str:
    underruns, began_s = rig.output.underruns, time.monotonic()
    silent = _cpu_share(rig)
    rig.output.play(SIGNALS[1], 0)
    sounding = _cpu_share(rig)
    rig.output.play(NOTHING, 0)
    delays_us = [_delay_us(rig, SIGNALS[turn % 2]) for turn in range(plays)]
    count, lasted_s = rig.output.underruns - underruns, time.monotonic() - began_s
    return f"{percentiles(delays_us)} | {silent:.1%} | {sounding:.1%} | {count} in {lasted_s:.0f} s"


def _delay_us(rig: SoundRig, signal: Signal) -> float:
    rig.wait(lambda: not rig.card.samples[-RATE_HZ // 10 :].any())
    due_s = time.monotonic() + random.uniform(0, 2 * EVERY_S)
    rig.wait(lambda: time.monotonic() >= due_s)
    decided_s = time.monotonic()
    rig.output.play(signal, 0)
    rig.wait(lambda: bool(rig.card.samples[rig.card.times_s >= decided_s].any()))
    rig.output.play(NOTHING, 0)
    sounds = (rig.card.times_s >= decided_s) & rig.card.samples.any(axis=1)
    return 1e6 * float(rig.card.times_s[sounds][0] - decided_s)


def _cpu_share(rig: SoundRig) -> float:
    used_s, began_s = _used_s(rig.output), time.monotonic()
    rig.wait(lambda: time.monotonic() - began_s > _CPU_S, limit_s=2 * _CPU_S)
    return (_used_s(rig.output) - used_s) / (time.monotonic() - began_s)


def _used_s(output: SoundOutput) -> float:
    thread = next(one for one in threading.enumerate() if one.name == f"output {output.name}")
    return int(Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text().split()[0]) / 1e9


@contextmanager
def busy_thread() -> Iterator[None]:
    """Pure Python that never lets go of the interpreter by itself."""
    ended = False

    def spin() -> None:
        number = 0
        while not ended:
            number = (number * 31 + 7) % 1_000_003

    thread = threading.Thread(target=spin)
    thread.start()
    yield
    ended = True
    thread.join()


@contextmanager
def busy_processes() -> Iterator[None]:
    """Each would take a whole core."""
    count = BUSY_A_CORE * (os.cpu_count() or 1)
    started = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    yield
    for process in started:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main()
