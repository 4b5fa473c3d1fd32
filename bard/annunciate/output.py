"""What every output is, and the base of those that have a thread of their own.

One law: no call blocks, raises, or takes more than microseconds; an output that `refresh` has not reached for the
deadline plays "not monitored" by itself, and comes back with the next one. It knows no rhythm and no topic.
"""

import logging
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import ClassVar, ParamSpec

from msgspec import Struct

from bard.alarm.selector import NOTHING, Signal
from bard.messages import Event, Snapshot
from bard.settings import AlarmSettings

NOT_MONITORED = Signal(9, 9)
CLOSE_S = 5.0
_HELD = 2_000
_EARLY_US = 25_000

_log = logging.getLogger(__name__)
_Args = ParamSpec("_Args")


class Stamp(Struct, frozen=True):
    """Whose message and when: `uid` is `<run id>-<number>`, `wall` ISO 8601 in UTC."""

    uid: str
    wall: str
    clock_trusted: bool


class Output(ABC):
    """One way to reach people. Times are the host's monotonic microseconds."""

    name: str

    @property
    @abstractmethod
    def failure(self) -> str | None:
        """Why this output reaches nobody now, in words; None while it works."""

    @abstractmethod
    def play(self, signal: Signal, now_us: int, /) -> None:
        """Another signal won: play it until the next."""

    @abstractmethod
    def refresh(self, now_us: int, /) -> None:
        """The monitor is alive. Called at least each `AlarmSettings.beat_us`."""

    @abstractmethod
    def tell(self, event: Event, stamp: Stamp, /) -> None:
        """Something happened."""

    @abstractmethod
    def show(self, snapshot: Snapshot, stamp: Stamp, /) -> None:
        """The room now, about 5 to 20 times a second."""

    def name_client(self, client: str | None, /) -> None:  # noqa: B027
        """The pseudonymous code of whose session it is, for the one output that may tell it (mqtt)."""

    @abstractmethod
    def close(self) -> None:
        """The last call, and the only one that may wait: at most CLOSE_S."""


class QueuedOutput(Output):
    """An output whose calls a thread of its own carries out, in order; it ends in `close`.

    Events and signals are kept, the oldest dropped and counted in `dropped` where the thread is 2000 behind; of
    snapshots only the newest waits, and one each SHOW_EVERY_US is taken (None: no snapshots).

    For the subclass, all on that thread: `_play`, `_tell`, `_show`, `_tick` (at least once a second), `_finish`. It
    calls `_begin` at the end of its own __init__, and says what ails it in `_trouble`.
    """

    SHOW_EVERY_US: ClassVar[int | None] = None

    def __init__(self, name: str, alarm: AlarmSettings) -> None:
        self.name = name
        self.dropped = 0
        self._deadline_s = alarm.refresh_deadline_us / 1e6
        self._items: deque[Signal | tuple[Event, Stamp]] = deque(maxlen=_HELD)
        self._snapshot: tuple[Snapshot, Stamp] | None = None
        self._show_due_us = 0
        # A lock behind the bell, not a pipe: writing a pipe gives up the interpreter, 0.2 ms at p99 (measured).
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._rung = False
        self._closing = False
        self._refreshed_s = monotonic()
        self._unmonitored = False
        self._signal = NOTHING
        self._trouble: str | None = None
        self._fault: str | None = None
        self._thread = Thread(target=self._run, name=f"output {name}", daemon=True)

    # The caller's side

    @property
    def failure(self) -> str | None:
        return self._fault or self._trouble

    def play(self, signal: Signal, _now_us: int, /) -> None:
        self._put(signal)

    def refresh(self, _now_us: int, /) -> None:
        self._refreshed_s = monotonic()
        if self._unmonitored:
            self._ring()

    def tell(self, event: Event, stamp: Stamp, /) -> None:
        self._put((event, stamp))

    def show(self, snapshot: Snapshot, stamp: Stamp, /) -> None:
        every_us = self.SHOW_EVERY_US
        if every_us is None or snapshot.at_us < self._show_due_us - _EARLY_US:
            return
        self._show_due_us = max(self._show_due_us + every_us, snapshot.at_us)
        self._snapshot = (snapshot, stamp)
        self._ring()

    def close(self) -> None:
        self._closing = True
        self._ring()
        self._thread.join(CLOSE_S)

    def _put(self, item: Signal | tuple[Event, Stamp]) -> None:
        if len(self._items) == _HELD:
            self.dropped += 1
        self._items.append(item)
        self._ring()

    def _ring(self) -> None:
        """Wake the thread; whatever it is to find must stand before."""
        if not self._rung:
            self._rung = True
            self._bell.put(None)

    # The thread's side

    def _begin(self) -> None:
        self._ring()
        self._thread.start()

    def _run(self) -> None:
        while not self._closing:
            with suppress(Empty):
                self._bell.get(timeout=self._wait_s())
            self._rung = False
            self._guarded(self._turn)
        self._guarded(self._turn)
        self._guarded(self._finish)

    def _wait_s(self) -> float:
        left_s = self._refreshed_s + self._deadline_s - monotonic()
        return min(1.0, left_s) if left_s > 0 else self._deadline_s

    def _turn(self) -> None:
        self._tick()
        self._keep_deadline()
        while self._items:
            item = self._items.popleft()
            if isinstance(item, Signal):
                self._signal = item
                done = self._unmonitored or self._guarded(self._play, item)
            else:
                done = self._guarded(self._tell, *item)
            if done:
                self._fault = None
            self._keep_deadline()
        if self._snapshot is not None:
            snapshot, self._snapshot = self._snapshot, None
            self._guarded(self._show, *snapshot)

    def _keep_deadline(self) -> None:
        unmonitored = monotonic() - self._refreshed_s >= self._deadline_s
        if unmonitored is not self._unmonitored:
            self._unmonitored = unmonitored
            self._guarded(self._play, NOT_MONITORED if unmonitored else self._signal)

    def _guarded(self, call: Callable[_Args, None], *args: _Args.args, **kwargs: _Args.kwargs) -> bool:
        """Whether it went well: a bug in an output is that output's failure, and nobody else's."""
        try:
            call(*args, **kwargs)
        except Exception as error:  # noqa: BLE001
            words = f"{self.name}: {type(error).__name__}: {error}"
            if words != self._fault:
                _log.exception("output %s", self.name)
            self._fault = words
            return False
        return True

    @abstractmethod
    def _play(self, signal: Signal) -> None:
        """Play it until the next; NOT_MONITORED among them."""

    @abstractmethod
    def _tell(self, event: Event, stamp: Stamp) -> None: ...

    @abstractmethod
    def _show(self, snapshot: Snapshot, stamp: Stamp) -> None: ...

    @abstractmethod
    def _tick(self) -> None: ...

    @abstractmethod
    def _finish(self) -> None: ...
