"""The vibrator and the buzzer on the Pi's own GPIO lines.

One law: a line is on exactly when the rhythm that plays on it says so, counted from the moment it began; a machine that
stalls makes it late, and swallows no pulse. A line that cannot be had or is lost is said, is tried again each second,
and takes nothing from the other. It knows no condition.
"""

import atexit
from collections.abc import Callable
from contextlib import suppress
from errno import EBUSY, EINVAL
from time import monotonic, monotonic_ns
from typing import Protocol

import gpiod
from gpiod.line import Direction, Value

from bard.alarm.selector import Signal
from bard.annunciate.output import QueuedOutput, Stamp
from bard.messages import Event, Snapshot
from bard.settings import PATTERNS, AlarmSettings, GpioSettings, Rhythm

_RETRY_US = 1_000_000
_ANSWER_S = 1.0
_LATE_US = 5_000
"""An edge that is later moves all that follow: a tick of 40 ms is to be felt whole."""


class Line(Protocol):
    """One output line that is ours. Either call raises OSError where the chip is gone."""

    def set(self, on: bool, /) -> None: ...

    def release(self) -> None:
        """The last call: off, and anybody's."""


class Chip(Protocol):
    """Where lines come from."""

    def take(self, number: int, active_low: bool, /) -> Line:
        """An output, off. Raises OSError in words where it cannot be had."""


class KernelChip:
    """A chip by its device, through libgpiod. It is opened for each `take`: one that was unplugged may be back."""

    def __init__(self, path: str) -> None:
        self._path = path

    def take(self, number: int, active_low: bool, /) -> Line:
        wanted = gpiod.LineSettings(direction=Direction.OUTPUT, output_value=Value.INACTIVE, active_low=active_low)
        with gpiod.Chip(self._path) as chip:
            if number >= (count := chip.get_info().num_lines):
                raise OSError(EINVAL, f"there are only lines 0 to {count - 1}")
            try:
                return _KernelLine(chip.request_lines({number: wanted}, consumer="bard"), number)
            except OSError as error:
                user = chip.get_line_info(number).consumer if error.errno == EBUSY else ""
                raise OSError(error.errno, f"in use by {user}" if user else error.strerror) from None


class _KernelLine:
    def __init__(self, request: gpiod.LineRequest, number: int) -> None:
        self._request = request
        self._number = number

    def set(self, on: bool, /) -> None:
        self._request.set_value(self._number, Value.ACTIVE if on else Value.INACTIVE)

    def release(self) -> None:
        try:
            self.set(False)
        finally:
            self._request.release()


class GpioOutput(QueuedOutput):
    """`chip`: where to take the lines, for a simulated one. Off at `close`, and when the interpreter ends without it.

    What the lines do when the process is killed is the kernel's and the wiring's to say (docs/wiring.md).
    """

    def __init__(self, settings: GpioSettings, alarm: AlarmSettings, chip: Chip | None = None) -> None:
        super().__init__("gpio", alarm)
        path, active_low = settings.chip, settings.active_low
        chip = chip or KernelChip(path)
        self._vibrator = _Player(settings.vibrator_line, "vibrator", path, lambda n: chip.take(n, active_low))
        self._buzzer = _Player(settings.buzzer_line, "buzzer", path, lambda n: chip.take(n, active_low))
        self._players = tuple(each for each in (self._vibrator, self._buzzer) if each.wired)
        self._path = path
        self._calling_s: float | None = None
        atexit.register(self.close)
        self._begin()

    @property
    def failure(self) -> str | None:
        calling_s = self._calling_s
        if calling_s is not None and monotonic() - calling_s > _ANSWER_S:
            return f"gpio: {self._path} does not answer"
        return super().failure

    def close(self) -> None:
        atexit.unregister(self.close)
        super().close()

    def _play(self, signal: Signal) -> None:
        now_us = _now_us()
        self._vibrator.play(PATTERNS[signal.vibrator].vibrator, signal.vibrator, now_us)
        self._buzzer.play(PATTERNS[signal.buzzer].buzzer, signal.buzzer, now_us)
        self._drive()

    def _tell(self, event: Event, stamp: Stamp) -> None:
        """A motor says no more than its rhythm."""

    def _show(self, snapshot: Snapshot, stamp: Stamp) -> None:
        """Nor does it show a number."""

    def _wait_s(self) -> float:
        now_us = _now_us()
        dues_us = [due_us for player in self._players if (due_us := player.due_us) is not None]
        return max(0.0, min(super()._wait_s(), *((due_us - now_us) / 1e6 for due_us in dues_us), 1.0))

    def _tick(self) -> None:
        self._drive()

    def _drive(self) -> None:
        if self._closing:
            return
        self._calling_s = monotonic()
        try:
            for player in self._players:
                player.drive()
        finally:
            self._calling_s = None
        self._trouble = "; ".join(player.trouble for player in self._players if player.trouble) or None

    def _finish(self) -> None:
        for player in self._players:
            player.end()


class _Player:
    """One line and the rhythm on it."""

    def __init__(self, number: int | None, what: str, path: str, take: Callable[[int], Line]) -> None:
        self.wired = number is not None
        self.trouble: str | None = None
        self._number = number or 0
        self._name = f"{what} line {number} of {path}"
        self._take = take
        self._line: Line | None = None
        self._pattern = 0
        self._rhythm: Rhythm | None = None
        self._began_us = self._retry_us = 0
        self._at_us = -1
        """How far in the rhythm the line was last driven; -1: not yet."""

    @property
    def due_us(self) -> int | None:
        """When `drive` has something to do; None: when the rhythm changes."""
        return self._retry_us if self._line is None else self._change_us()

    def play(self, rhythm: Rhythm | None, pattern: int, now_us: int) -> None:
        """A pattern that already plays goes on without a restart."""
        if pattern != self._pattern:
            self._pattern, self._rhythm, self._began_us, self._at_us = pattern, rhythm, now_us, -1

    def drive(self) -> None:
        """The level of now, written even where it has not changed: so a chip that is gone is found out in silence."""
        try:
            if self._line is None:
                if _now_us() < self._retry_us:
                    return
                self._line = self._take(self._number)
                self._began_us, self._at_us = _now_us(), -1  # nobody has felt it yet
            self._write(self._line)
        except OSError as error:
            self._lose(error)
            return
        self.trouble = None

    def end(self) -> None:
        """Off and anybody's."""
        line, self._line = self._line, None
        if line is not None:
            with suppress(OSError):
                line.release()

    def _write(self, line: Line) -> None:
        """One edge at a time, so that none is skipped."""
        now_us, due_us = _now_us(), self._change_us()
        if due_us is not None and due_us > now_us:
            due_us = None
        self._at_us = (now_us if due_us is None else due_us) - self._began_us
        line.set(self._rhythm is not None and self._rhythm.is_on(self._at_us))
        if due_us is not None and (late_us := _now_us() - due_us) > _LATE_US:
            self._began_us += late_us

    def _change_us(self) -> int | None:
        """The first edge after what was last driven, which may be past."""
        change_us = self._rhythm.next_change_us(self._at_us) if self._rhythm is not None else None
        return None if change_us is None else self._began_us + change_us

    def _lose(self, error: OSError) -> None:
        self.trouble = f"gpio: {self._name}: {(error.strerror or str(error)).lower()}"
        self._retry_us = _now_us() + _RETRY_US
        self.end()


def _now_us() -> int:
    return monotonic_ns() // 1000
