"""The board in real time on a pty: `python -m tests.firmware.rig --pty /tmp/bard-board [--script FILE]`.

A script has lines `<microseconds since the start> verb args`; a line typed here is done at once (`unplug 1`). Each pin
edge and each line done is printed with its CLOCK_MONOTONIC nanoseconds. Ends with Ctrl-C or the end of its input.
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from time import sleep

from .. import build
from . import __doc__ as verbs
from .live import Live


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=verbs, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pty", type=Path, required=True, help="where the link to the port is made")
    parser.add_argument("--script", type=Path, help="scheduled loads and faults")
    parser.add_argument("--chips", type=lambda text: int(text, 0), default=0b1111, help="mask of channels fitted")
    parser.add_argument("--rates", default="86,86,86,86", help="conversions a second of each chip")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--eeprom", type=Path, help="kept here; default: beside the link")
    parser.add_argument("--baud", type=int, choices=(500_000, 115_200), default=500_000)
    parser.add_argument("--dtr", action="store_true", help="reset when the port is opened")
    parser.add_argument("--seconds", type=float, help="default: until the input ends")
    given = parser.parse_args()
    options = {"eeprom": given.eeprom} if given.eeprom else {}
    live = Live(
        given.pty,
        elf=build.elf(given.baud),
        dtr=given.dtr,
        chips=given.chips,
        rates_hz=[float(rate) for rate in given.rates.split(",")],
        seed=given.seed,
        seconds=given.seconds,
        **options,
    )
    with live:
        live.do_all(given.script.read_text() if given.script else "")
        typed_all = Event()
        Thread(target=_forward, args=(live, typed_all), daemon=True).start()
        with suppress(KeyboardInterrupt):
            _show(live, lambda: typed_all.is_set() and not given.seconds)


def _forward(live: Live, done: Event) -> None:
    for line in sys.stdin:
        live.do(line.strip())
    done.set()


def _show(live: Live, ended: Callable[[], bool]) -> None:
    shown = 0
    while live.running and not ended():
        moments = live.moments()
        for moment in moments[shown:]:
            print(moment.monotonic_ns, moment.what, flush=True)
        shown = len(moments)
        sleep(0.02)


if __name__ == "__main__":
    main()
