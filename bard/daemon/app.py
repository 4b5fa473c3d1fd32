"""`bard run`: everything in its place, and the path from byte to alarm.

One law: what happens between a byte and the board's alarm frame is `_on_data` and `_drain`, on this loop, in that
order; disk, network and screen stand behind queues of their own.
"""

import asyncio
import gc
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bard.alarm.facts import Around
from bard.annunciate.output import Output
from bard.config.calibration_file import CALIBRATION_FILE, load_calibration
from bard.control.protocol import Answer, Calibrate, Start, StartResult
from bard.control.server import ControlServer
from bard.daemon.around import Surroundings
from bard.daemon.boards import Boards
from bard.daemon.calibrating import Calibrating
from bard.daemon.idle import Idle
from bard.daemon.keeping import Keeper
from bard.daemon.naming import named
from bard.daemon.outputs import ask_output, other_outputs, play
from bard.daemon.releasing import Releasing
from bard.daemon.starting import Starting
from bard.daemon.tapes import Tapes
from bard.daemon.telling import Telling
from bard.daemon.troubles import Troubles
from bard.daemon.wallclock import monotonic_us, wall_text
from bard.journal.records import make_header
from bard.journal.schema import JOURNAL_FILE
from bard.journal.store import Store
from bard.messages import (
    BoardChanged,
    Command,
    ConditionChanged,
    Event,
    PhaseChanged,
    Report,
    SessionChanged,
    SessionEnded,
    SessionStarted,
    SignalChanged,
    Snapshot,
    WeighInChanged,
    ZeroChanged,
)
from bard.monitor import Monitor
from bard.settings import Settings
from bard.studio.purging import Purger
from bard.weigh.calibration import Calibration

_SHOW_S = 0.2
_LOOK_S = 0.5
_SAY_S = 5.0
_RENEW_CHECK_S = 10.0
_RENEW_AFTER_US = 3_600_000_000
_KEPT = (ConditionChanged, PhaseChanged, SessionChanged, SessionEnded, SessionStarted, WeighInChanged, ZeroChanged)
"""Events after which a restart would find another state."""


class Daemon:
    """One room. Build it inside a running loop; `run` returns after SIGTERM or SIGINT."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        folder = Path(settings.journal.directory)
        self._tapes = Tapes(settings.journal)
        self._keeper = Keeper(folder)
        self._loop = asyncio.get_running_loop()
        self._begin(load_calibration(folder / CALIBRATION_FILE))
        self._calibrating = Calibrating(lambda: self._monitor, folder, self.command)
        self._boards = Boards(settings.core, self._on_data, lambda: self._monitor)
        self._releasing = Releasing(self._boards.readers, self._on_data, lambda: self._monitor.in_session)
        self._others: list[Output] = []
        """Outputs that are no boards."""
        self._control = ControlServer(settings.control.socket, self)
        self._telling = Telling(self._tapes, self._control, self._all)
        self._troubles = Troubles(sys.stderr)
        self._surroundings = Surroundings(folder, settings.journal.disk_low_mb, self._file_failures)
        self._around = Around()
        self._purger = Purger(folder, settings.retention)
        self._starting = Starting(settings, lambda: self._monitor, self.command, self._all, lambda: self._around)
        self._idle = Idle(settings, self.command)

    def _begin(self, calibration: Calibration) -> None:
        """A fresh core."""
        self._started_us = monotonic_us()
        self._monitor = Monitor(self._settings.core, calibration, now_us=self._started_us)

    def _begin_tape(self) -> None:
        """The tape of the fresh core, before anything reaches it."""
        self._tapes.begin(
            make_header(
                self._settings.core,
                self._monitor.calibration,
                start_us=self._started_us,
                wall_time=wall_text(time.time()),
                clock_trusted=self._telling.trusted,
                done="bard run",
            )
        )

    async def run(self) -> None:
        """Serve until told to end. The socket comes first: a second bard leaves no trace of itself anywhere."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, stop.set)
        others = other_outputs(self._settings, self._submit)
        await self._control.start()
        self._telling.store = Store(Path(self._settings.journal.directory) / JOURNAL_FILE)
        self._begin_tape()
        self._others = [make() for make in others]
        kept = self._keeper.load(monotonic_us())
        self._troubles.look({"state": self._keeper.failure})
        if kept is not None:
            self.command(kept, "restart")
            self._starting.recall()
        self._boards.start()
        self._arm_timer()
        tasks = [
            self._every(self._settings.core.alarm.beat_us / 1e6, self._refresh),
            self._every(_SHOW_S, self._show),
            self._every(_LOOK_S, self._look),
            self._every(_SAY_S, self._say),
            self._every(_RENEW_CHECK_S, self._renew),
        ]
        gc.collect()
        gc.freeze()
        try:
            await stop.wait()
        finally:
            for task in tasks:
                task.cancel()
            self._close()

    # From byte to alarm

    def _on_data(self, board: str, data: bytes, now_us: int) -> None:
        if self._tapes.writer is not None:
            self._tapes.writer.data(board, now_us, data)
        self._monitor.receive_data(board, data, now_us)
        self._drain(now_us)

    def _on_timer(self) -> None:
        now_us = monotonic_us()
        if now_us >= self._monitor.next_timer_us:
            if self._tapes.writer is not None:
                self._tapes.writer.timer(now_us)
            self._monitor.handle_timer(now_us)
            self._drain(now_us)
        self._arm_timer()

    def _drain(self, now_us: int) -> None:
        """The boards hear of a signal before anybody is told of anything."""
        events: list[Event] = []
        while (event := self._monitor.next_event()) is not None:
            events.append(event)
            if isinstance(event, SignalChanged):
                self._boards.play(event, now_us)
            elif isinstance(event, BoardChanged):
                self._boards.greet(event, now_us)
        for event in events:
            if isinstance(event, SignalChanged):
                play(self._others, event, now_us)
            self._telling.tell(event)
        while (summary := self._monitor.next_summary()) is not None:
            self._telling.sum(summary)
        if any(isinstance(event, _KEPT) for event in events):
            self._keeper.keep(self._monitor.saved(now_us), now_us)
        self._boards.pass_answers()

    # What clients ask for

    def command(self, command: Command, origin: str) -> str | None:
        """Carry out a core command; returns why it is refused, or None."""
        command, now_us = named(command), monotonic_us()
        if self._tapes.writer is not None:
            self._tapes.writer.command(origin, command, now_us)
        refusal = self._monitor.command(command, origin, now_us)
        self._drain(now_us)
        return refusal

    def _submit(self, command: Command | Start, origin: str, answer: Callable[[str | None], None]) -> None:
        """From any thread: have it carried out on the loop, and its refusal or None given to `answer`."""
        self._loop.call_soon_threadsafe(self._starting.submit, command, origin, answer)

    def snapshot(self) -> Snapshot:
        """The room at the last row."""
        return self._monitor.snapshot()

    async def calibrate(self, request: Calibrate) -> Answer:
        """One thing of an installer's procedure."""
        return Answer(request.id, result=await self._calibrating.ask(request.what, "socket"))

    async def start(self, request: Start, origin: str) -> StartResult:
        """Look before a session, and begin it."""
        return await self._starting.start(request, origin)

    def release(self, board: str, seconds: float) -> str | None:
        """Leave a board's port to another program."""
        return self._releasing.release(board, seconds)

    def try_output(self, output: str | None) -> list[str]:
        """Have one output play the self-test, then again what it should. Raises Refused and UsageError."""
        return ask_output(self._all(), output, lambda: self._monitor)

    # Beside the path

    def _arm_timer(self) -> None:
        delay_s = max(0.0, (self._monitor.next_timer_us - monotonic_us()) / 1e6)
        self._timer = self._loop.call_later(delay_s, self._on_timer)

    def _every(self, period_s: float, do: Callable[[], None]) -> "asyncio.Task[None]":
        async def repeat() -> None:
            while True:
                await asyncio.sleep(period_s)
                do()

        return self._loop.create_task(repeat())

    def _refresh(self) -> None:
        now_us = monotonic_us()
        for output in self._all():
            output.refresh(now_us)

    def _show(self) -> None:
        if not self._others:
            return
        snapshot, stamp = self._monitor.snapshot(), self._telling.stamp()
        for output in self._others:
            output.show(snapshot, stamp)

    def _say(self) -> None:
        """What ails whom, for whoever reads the log."""
        found = {output.name: output.failure for output in self._others}
        store = self._telling.store
        notice = {"journal, earlier": store.notice if store is not None else None, "retention": self._purger.failure}
        self._troubles.look({**found, **self._boards.troubles(), **self._file_failures(), **notice})
        self._idle.look(self._monitor)

    def _look(self) -> None:
        """What ails the parts around the core, for the core itself."""
        outputs, expires = [*self._boards.working(), *self._others], self._monitor.calibration.expires
        around = self._surroundings.look(outputs, expires, trusted=self._telling.trusted, now_s=time.time())
        if around != self._around:
            self._around = around
            self.command(Report(around), "daemon")

    def _file_failures(self) -> dict[str, str | None]:
        tape = self._tapes.writer.failure if self._tapes.writer is not None else None
        journal = self._telling.store.failure if self._telling.store is not None else None
        return {"state": self._keeper.failure, "tape": tape, "journal": journal}

    def _all(self) -> list[Output]:
        return [*self._boards.outputs.values(), *self._others]

    def _renew(self) -> None:
        """A fresh core and tape once an hour and after a session, when nothing is going on."""
        self._telling.look_at_the_clock()
        self._purger.look(wall_text(time.time()), self._telling.trusted, in_session=self._monitor.in_session)
        now_us = monotonic_us()
        old = now_us - self._started_us > _RENEW_AFTER_US
        if self._monitor.in_session:
            self._keeper.keep(self._monitor.saved(now_us), now_us)
        elif self._monitor.quiet and not self._calibrating.busy and (old or self._tapes.held_session):
            saved = self._monitor.saved(now_us)
            self._begin(self._monitor.calibration)
            self._begin_tape()
            self.command(saved, "renewal")
            self.command(Report(self._around), "daemon")
            self._boards.ask_for_hellos()

    def _close(self) -> None:
        self._timer.cancel()
        self._purger.close()
        self._control.close()
        self._calibrating.close()
        for output in self._all():
            output.close()
        self._boards.close()
        self._keeper.close()
        if self._telling.store is not None:
            self._telling.store.close()
        closing = self._tapes.end()
        if closing is not None:
            closing.join()


def run(settings: Settings) -> None:
    """Run the daemon until SIGTERM or SIGINT. Raises BardError where it cannot begin."""

    async def main() -> None:
        await Daemon(settings).run()

    asyncio.run(main())
