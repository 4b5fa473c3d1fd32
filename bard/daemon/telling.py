"""Every event gets its name and its time, and goes to the tape, the journal, the socket and the outputs.

One law: none of them waits, and all of them hear the same events under the same names, in the same order.
"""

import itertools
import os
import time
from collections.abc import Callable, Iterable

from bard.annunciate.output import Output, Stamp
from bard.control.protocol import PushedEvent, line_of
from bard.control.server import ControlServer
from bard.daemon.tapes import Tapes
from bard.daemon.wallclock import clock_trusted, monotonic_us, wall_text
from bard.journal.store import Store
from bard.messages import Event, SessionStarted
from bard.monitor import Summary


class Telling:
    """`tell` each event; `outputs` gives those there are now."""

    def __init__(self, tapes: Tapes, control: ControlServer, outputs: Callable[[], Iterable[Output]]) -> None:
        self._tapes = tapes
        self.store: Store | None = None
        """Opened once the socket is ours: a second bard writes nothing."""
        self._control = control
        self._outputs = outputs
        self._run_id = f"{os.getpid():x}{monotonic_us() & 0xFFFFFFFF:x}"
        self._numbers = itertools.count(1)
        self.trusted = clock_trusted()
        """The wall clock has been set, as of the last look."""

    def look_at_the_clock(self) -> None:
        """Is it set by now?"""
        self.trusted = clock_trusted()

    def stamp(self) -> Stamp:
        """Of something that happens now."""
        return self._stamp(time.time())

    def tell(self, event: Event) -> None:
        """To everybody."""
        if isinstance(event, SessionStarted):
            self._tapes.held_session = True
        if self._tapes.writer is not None:
            self._tapes.writer.event(event)
        wall_s = time.time()
        stamp = self._stamp(wall_s)
        if self.store is not None:
            self.store.take(event, stamp.uid, stamp.wall, stamp.clock_trusted, self._tapes.name)
        self._control.broadcast_event(line_of(PushedEvent(stamp.uid, wall_s, stamp.clock_trusted, event)))
        for output in self._outputs():
            output.tell(event, stamp)

    def sum(self, summary: Summary) -> None:
        """To the journal."""
        if self.store is not None:
            self.store.take_summary(summary)

    def _stamp(self, wall_s: float) -> Stamp:
        return Stamp(f"{self._run_id}-{next(self._numbers)}", wall_text(wall_s), self.trusted)
