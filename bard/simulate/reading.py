"""How the sketch's loop reads its chips: one after another as they get ready, those ready together in one go.

One law: a conversion is read once or, when a newer one of its chip overtakes it, counted as missed. It knows counts
only as numbers to hand on, and no frames.
Figures: simulator.md, "Clock" (read = conversion + 0.2-2 ms, 0.1 % of reads stall 20-30 ms).
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

NEVER_US = 1 << 62
READ_DELAY_US = (200, 2_000)
STALL_SHARE = 0.001
STALL_US = (20_000, 30_000)
SETTLING_CONVERSIONS = 4
"""A chip that was reset gives its first conversion after a gap of this many."""
_DRAWS = 1024

Ready = tuple[int, int, int, int]
"""A conversion: when ready (us), channel, counts, the counts that a running vibrator would add."""

_END: Ready = (NEVER_US, 0, 0, 0)


class Reads(Struct, frozen=True):
    """The conversions that a board has read, in the order of its frames; each of shape (n,)."""

    ready_us: NDArray[np.int64]
    read_us: NDArray[np.int64]
    """The same for those of one frame."""
    channel: NDArray[np.int64]
    counts: NDArray[np.int64]


def draws(rng: Generator, low: int, high: int) -> Iterator[int]:
    """Integers in [low, high) for ever, drawn a block at a time."""
    while True:
        yield from rng.integers(low, high, _DRAWS).tolist()


def read_delays_us(rng: Generator) -> Iterator[int]:
    """How long after the conversion each read ends."""
    while True:
        delays_us = rng.integers(*READ_DELAY_US, _DRAWS)
        stalled = rng.random(_DRAWS) < STALL_SHARE
        yield from np.where(stalled, rng.integers(*STALL_US, _DRAWS), delays_us).tolist()


class Reader:
    """Reads `ready`, the conversions of all channels in order of time, while the board runs.

    `due_us` is when the next read ends: the delay after the first conversion that waits; NEVER_US without power.
    """

    def __init__(self, ready: Iterator[Ready], channels: int, rng: Generator) -> None:
        self._ready = ready
        self._delays = read_delays_us(rng)
        self._settling = [0] * channels
        self.missed = [0] * channels
        self.due_us = NEVER_US
        self._head = next(ready, _END)

    def stop(self) -> None:
        """The sketch does not run."""
        self.due_us = NEVER_US

    def unsettle(self, channel: int) -> None:
        """The chip of `channel` is reset."""
        self._settling[channel] = SETTLING_CONVERSIONS

    def start(self, now_us: int) -> None:
        """The sketch runs from `now_us`."""
        self.missed = [0] * len(self.missed)
        self._settling = [0] * len(self._settling)
        while self._head[0] < now_us:
            self._head = next(self._ready, _END)
        self._schedule()

    def read(self, now_us: int) -> list[Ready]:
        """Every conversion ready when the read began, the newest of each channel, in rising channel order."""
        waiting: dict[int, Ready] = {}
        began_us = now_us - READ_DELAY_US[0]
        while (head := self._head)[0] <= began_us:
            channel = head[1]
            if self._settling[channel]:
                self._settling[channel] -= 1
            else:
                if channel in waiting:
                    self.missed[channel] += 1
                waiting[channel] = head
            self._head = next(self._ready, _END)
        self._schedule()
        return list(waiting.values()) if len(waiting) == 1 else [waiting[channel] for channel in sorted(waiting)]

    def _schedule(self) -> None:
        while self._settling[self._head[1]] and self._head is not _END:
            self._settling[self._head[1]] -= 1
            self._head = next(self._ready, _END)
        self.due_us = NEVER_US if self._head is _END else self._head[0] + next(self._delays)


def read_through(ready: NDArray[np.int64], rng: Generator, until_us: int) -> Reads:
    """What a `Reader` with the same stream of chance has read by `until_us`, left alone from time 0 on.

    `ready`: as rows of `Ready`, shape (4, n).
    """
    ready_us, channel, counts, _ = ready
    delays_us = read_delays_us(rng)
    waiting_us = [*ready_us.tolist(), NEVER_US]
    firsts, ends_us = [], []
    first = 0
    while first < len(ready_us):
        firsts.append(first)
        ends_us.append(waiting_us[first] + next(delays_us))
        began_us = ends_us[-1] - READ_DELAY_US[0]
        first += 1
        while waiting_us[first] <= began_us:
            first += 1
    number = np.repeat(np.arange(len(firsts)), np.diff([*firsts, len(ready_us)]))
    order = np.lexsort((channel, number))
    read, of = number[order], channel[order]
    overtaken = np.append((read[1:] == read[:-1]) & (of[1:] == of[:-1]), False)
    kept = order[~overtaken]
    read_us = np.array(ends_us, np.int64)[number[kept]]
    kept, read_us = kept[read_us <= until_us], read_us[read_us <= until_us]
    return Reads(ready_us[kept], read_us, channel[kept], counts[kept])
