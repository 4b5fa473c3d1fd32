"""A GPIO chip in memory, and what a hand on the motor makes of its edges.

One law: the chip shows what stands on its pins, and a pattern is judged from that alone.
"""

import errno
import os
import threading
import time

from bard.annunciate.gpio import GpioOutput
from bard.settings import PATTERNS, GpioSettings, Rhythm
from tests.annunciate.rigs import ALARM, _RealTime

VIBRATOR, BUZZER = 17, 27
SETTINGS = GpioSettings(vibrator_line=VIBRATOR, buzzer_line=BUZZER)
TOLERANCE_US = 25_000
_LINES = 54
_ANSWERS_S = 0.5
_EDGES = 24


def now_us() -> int:
    return time.monotonic_ns() // 1000


class FakeChip:
    """`edges`: (us, line, high) of each change of a pin; pins rest low.

    `busy`: lines of another program's, by its name. `unplug`, `plug`: with its pins low. `hang`: each call takes half
    a second and fails, as on a bus that does not answer; `hang(None)`: no call returns before `answer`.
    """

    def __init__(self) -> None:
        self.edges: list[tuple[int, int, bool]] = []
        self.levels = dict.fromkeys(range(_LINES), False)
        self.busy: dict[int, str] = {}
        self.held: set[int] = set()
        self._gone = False
        self._answers = threading.Event()
        self._answers.set()
        self._hang_s: float | None = _ANSWERS_S

    def take(self, number: int, active_low: bool, /) -> "FakeLine":
        self.called()
        if number in self.busy:
            raise OSError(errno.EBUSY, f"in use by {self.busy[number]}")
        assert number not in self.held, "the kernel gives a line to one at a time"
        self.held.add(number)
        self.write(number, active_low)
        return FakeLine(self, number, active_low)

    def edges_of(self, line: int) -> list[tuple[int, bool]]:
        return [(at_us, high) for at_us, number, high in list(self.edges) if number == line]

    def called(self) -> None:
        if not self._answers.is_set() and not self._answers.wait(self._hang_s):
            raise OSError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        if self._gone:
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    def write(self, line: int, high: bool) -> None:
        if self.levels[line] is not high:
            self.levels[line] = high
            self.edges.append((now_us(), line, high))

    def unplug(self) -> None:
        self._gone = True
        for line in self.levels:
            self.write(line, False)

    def plug(self) -> None:
        self._gone = False

    def hang(self, for_s: float | None = _ANSWERS_S) -> None:
        self._hang_s = for_s
        self._answers.clear()

    def answer(self) -> None:
        self._answers.set()


class FakeLine:
    def __init__(self, chip: FakeChip, number: int, active_low: bool) -> None:
        self._chip = chip
        self._number = number
        self._active_low = active_low

    def set(self, on: bool, /) -> None:
        self._chip.called()
        self._chip.write(self._number, on is not self._active_low)

    def release(self) -> None:
        self._chip.held.remove(self._number)
        self.set(False)


def judged(edges: list[tuple[int, bool]], at_us: int) -> tuple[int | None, int]:
    """The pattern that explains the most of what a vibrator did up to `at_us`, and when it began.

    A pattern may begin while the line is on. None while a pulse lasts that fits nothing yet; 0 once no pattern would
    be silent for so long.
    """
    edges = edges[-_EDGES:]
    explanations = []
    for edge_us, on in edges:
        for pattern in PATTERNS:
            if (rhythm := pattern.vibrator) is not None:
                began_us = edge_us if on else edge_us - 1000 * rhythm.on_off_ms[0]
                if _fits(rhythm, began_us, edges, at_us):
                    explanations.append((began_us, pattern.number))
    if explanations:
        began_us, number = min(explanations)
        return number, began_us
    if not edges:
        return 0, 0
    edge_us, on = edges[-1]
    return (None if on else 0), edge_us


def _fits(rhythm: Rhythm, began_us: int, edges: list[tuple[int, bool]], at_us: int) -> bool:
    """Whether every pulse and gap since is as long as in the table, the first pulse whole, and no edge is missing."""
    last_us, in_table_us = began_us, 0
    for edge_us, on in edges:
        if edge_us <= began_us:
            continue
        change_us = rhythm.next_change_us(in_table_us)
        if change_us is None or rhythm.is_on(change_us) is not on:
            return False
        if abs(edge_us - last_us - (change_us - in_table_us)) > TOLERANCE_US:
            return False
        last_us, in_table_us = edge_us, change_us
    change_us = rhythm.next_change_us(in_table_us)
    return in_table_us > 0 and change_us is not None and last_us + change_us - in_table_us > at_us - TOLERANCE_US


class GpioRig(_RealTime):
    """A hand on the motor: a pattern is known once it was felt, so what `wait_playing` returns is when it began."""

    def __init__(self) -> None:
        super().__init__()
        self.chip = FakeChip()
        self.output: GpioOutput = GpioOutput(SETTINGS, ALARM, self.chip)

    def judged(self) -> tuple[int | None, int]:
        return judged(self.chip.edges_of(VIBRATOR), self.now_us)

    def playing(self) -> int | None:
        return self.judged()[0]

    def wait_playing(self, pattern: int, limit_s: float = 10.0) -> float:
        asked_us = self.now_us
        super().wait_playing(pattern, limit_s)
        return max(0, self.judged()[1] - asked_us) / 1e6

    def deafen(self) -> None:
        self.chip.hang()

    def heal(self) -> None:
        self.chip.answer()

    def fail(self) -> None:
        self.chip.unplug()

    def mend(self) -> None:
        self.chip.plug()

    def dispose(self) -> None:
        self.output.close()
