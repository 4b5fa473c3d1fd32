"""One line for each event, for whoever stands before the terminal or reads the service's log.

One law: a stream that takes nothing holds up this thread and nobody else, and what was lost for it is said. It knows
no rhythm; the words are those of bard.control.words.
"""

import os
import select
from datetime import UTC, datetime
from typing import TextIO

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.output import NOT_MONITORED, QueuedOutput, Stamp
from bard.control.words import event_words
from bard.messages import ConditionChanged, Event, SignalChanged, Snapshot
from bard.settings import AlarmSettings

_CHUNK = 512
"""What a pipe or a terminal that is ready takes without blocking."""
_LOOK_MS = 100
_STUCK_MS = 500
_CUES = range(1, 5)


class TerminalOutput(QueuedOutput):
    """Writes to the file descriptor of `stream`; rings its bell for a high if it is a terminal."""

    def __init__(self, stream: TextIO, alarm: AlarmSettings) -> None:
        super().__init__("terminal", alarm)
        stream.flush()
        self._fd = stream.fileno()
        self._bell_byte = "\a" if stream.isatty() else ""
        self._shown = NOTHING
        self._said_dropped = 0
        self._begin()

    def _play(self, signal: Signal) -> None:
        before, self._shown = self._shown, signal
        if signal is NOT_MONITORED:
            seconds = f"{self._deadline_s:g} s"
            self._line(_now(), f"NOT MONITORED: the monitor has said nothing for {seconds}{self._bell_byte}")
            return
        if before is NOT_MONITORED:
            self._line(_now(), "monitored again")
        if _steps(signal) != _steps(before):
            self._line(_now(), event_words(SignalChanged(0, signal.vibrator, signal.buzzer, signal.condition)))

    def _tell(self, event: Event, stamp: Stamp) -> None:
        if isinstance(event, SignalChanged):  # said when it is played, and not where "not monitored" plays
            return
        high = isinstance(event, ConditionChanged) and (event.priority, event.state) == ("high", "active")
        self._line(_local(stamp), event_words(event) + (self._bell_byte if high else ""))

    def _show(self, snapshot: Snapshot, stamp: Stamp) -> None:
        """Numbers are for `bard watch`."""

    def _tick(self) -> None:
        if self.dropped != self._said_dropped:
            dropped, self._said_dropped = self.dropped - self._said_dropped, self.dropped
            self._line(_now(), f"{dropped} lines were lost while nobody read them")

    def _finish(self) -> None:
        """The stream is the caller's."""

    def _line(self, time: str, words: str) -> None:
        data = f"{time}  {words}\n".encode()
        while data and self._has_room():
            try:
                data = data[os.write(self._fd, data[:_CHUNK]) :]
            except OSError as error:
                self._trouble = f"terminal: {error.strerror}"
                return
            self._trouble = None

    def _has_room(self) -> bool:
        """Waits for it; False where the end came first."""
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        waited_ms = 0
        while not poll.poll(0 if self._closing and self._trouble else _LOOK_MS):
            waited_ms += _LOOK_MS
            if waited_ms >= _STUCK_MS or self._closing:
                self._trouble = "terminal: nobody reads it"
            if self._closing:
                return False
        return True


def _steps(signal: Signal) -> tuple[int, int, str]:
    """The cue's steps are one: it changes several times a second."""
    return (1 if signal.vibrator in _CUES else signal.vibrator), signal.buzzer, signal.condition


def _now() -> str:
    return datetime.now().strftime("%H:%M:%S")


def _local(stamp: Stamp) -> str:
    """In local time, with a question mark where the clock is not to be trusted."""
    local = datetime.fromisoformat(stamp.wall).replace(tzinfo=UTC).astimezone()
    return local.strftime("%H:%M:%S") + ("" if stamp.clock_trusted else "?")
