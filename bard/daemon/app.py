"""`bard run`: everything in its place, and the path from byte to alarm.

One law: what happens between a byte and the board's alarm frame is `_on_data` and `_drain`, on this loop, in that
order; disk, network and screen stand behind queues of their own.
"""

import asyncio
import gc
import itertools
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bard.annunciate.board import BoardOutput
from bard.annunciate.guard import GuardWishes
from bard.annunciate.output import Output, Stamp
from bard.config.calibration_file import load_calibration
from bard.control.protocol import Answer, Calibrate, PushedEvent, line_of
from bard.control.server import ControlServer
from bard.daemon.calibrating import Calibrating
from bard.daemon.keeping import Keeper
from bard.daemon.outputs import other_outputs, play
from bard.daemon.releasing import Releasing
from bard.daemon.tapes import Tapes
from bard.daemon.troubles import Troubles
from bard.daemon.wallclock import clock_trusted, monotonic_us, wall_text
from bard.journal.records import make_header
from bard.link.ports import Ports
from bard.link.reader import BoardReader
from bard.messages import (
    BoardChanged,
    Command,
    Event,
    PhaseChanged,
    SessionChanged,
    SessionEnded,
    SessionStarted,
    SignalChanged,
    Snapshot,
    WeighInChanged,
    ZeroChanged,
)
from bard.monitor import Monitor
from bard.settings import BoardSettings, Settings
from bard.weigh.calibration import Calibration
from bard.wire.commander import Commander
from bard.wire.frames import Verb

CALIBRATION_FILE = "calibration.json"
_SHOW_S = 0.2
_LOOK_S = 5.0
_RENEW_CHECK_S = 10.0
_RENEW_AFTER_US = 3_600_000_000
_KEPT = (PhaseChanged, SessionChanged, SessionEnded, SessionStarted, WeighInChanged, ZeroChanged)
"""Events after which a restart would find another state."""


class Daemon:
    """One room. Build it inside a running loop; `run` returns after SIGTERM or SIGINT."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._calibration_path = Path(settings.journal.directory) / CALIBRATION_FILE
        self._tapes = Tapes(settings.journal)
        self._keeper = Keeper(Path(settings.journal.directory))
        self._run_id = f"{os.getpid():x}{monotonic_us() & 0xFFFFFFFF:x}"
        self._numbers = itertools.count(1)
        self._trusted = clock_trusted()
        self._loop = asyncio.get_running_loop()
        self._begin(load_calibration(self._calibration_path))
        ports = Ports()
        self._commanders: dict[str, Commander] = {}
        self._readers: dict[str, BoardReader] = {}
        self._board_outputs: dict[str, BoardOutput] = {}
        for board in settings.core.room.boards:
            self._attach(board, ports)
        self._releasing = Releasing(self._readers, self._on_data, lambda: self._monitor.in_session)
        self._outputs: list[Output] = list(self._board_outputs.values())
        self._control = ControlServer(settings.control.socket, self)
        self._troubles = Troubles(sys.stderr)

    def _attach(self, board: BoardSettings, ports: Ports) -> None:
        commander = self._commanders[board.name] = Commander()
        reader = self._readers[board.name] = BoardReader(board, ports, commander, self._on_data, monotonic_us)
        self._board_outputs[board.name] = BoardOutput(
            board,
            self._settings.core.alarm,
            commander,
            reader.write,
            lambda: self._monitor.conversions(board.name),
            GuardWishes(self._settings.core.room, board.name, lambda: self._monitor.calibration),
        )

    def _begin(self, calibration: Calibration) -> None:
        """A fresh core."""
        self._started_us = monotonic_us()
        self._monitor = Monitor(self._settings.core, calibration, now_us=self._started_us)
        self._calibrating = Calibrating(self._monitor, self._calibration_path, self.command)

    def _begin_tape(self) -> None:
        """The tape of the fresh core, before anything reaches it."""
        self._tapes.begin(
            make_header(
                self._settings.core,
                self._monitor.calibration,
                start_us=self._started_us,
                wall_time=wall_text(time.time()),
                clock_trusted=self._trusted,
                done="bard run",
            )
        )

    async def run(self) -> None:
        """Serve until told to end. The socket comes first: a second bard leaves no trace of itself anywhere."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, stop.set)
        others = other_outputs(self._settings)
        await self._control.start()
        self._begin_tape()
        self._outputs += [make() for make in others]
        kept = self._keeper.load(monotonic_us())
        if kept is not None:
            self.command(kept, "restart")
        for reader in self._readers.values():
            reader.start()
        self._arm_timer()
        tasks = [
            self._every(self._settings.core.alarm.beat_us / 1e6, self._refresh),
            self._every(_SHOW_S, self._show),
            self._every(_LOOK_S, self._look),
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
                play(self._board_outputs.values(), event, now_us)
            elif isinstance(event, BoardChanged):
                self._on_board(event, now_us)
        for event in events:
            if isinstance(event, SignalChanged):
                play(self._outputs[len(self._board_outputs) :], event, now_us)
            self._tell(event)
        if any(isinstance(event, _KEPT) for event in events):
            self._keeper.keep(self._monitor.saved(now_us), now_us)
        while (answered := self._monitor.next_answer()) is not None:
            board, answer = answered
            self._board_outputs[board].receive_answer(answer)

    def _on_board(self, event: BoardChanged, now_us: int) -> None:
        output = self._board_outputs[event.board]
        if event.what == "hello":
            hello = self._monitor.hello(event.board)
            output.board_up(now_us, hello.capabilities if hello else 0)
        elif event.what == "closed":
            output.board_down(now_us)

    def _tell(self, event: Event) -> None:
        """To the tape, the socket and whoever shows events; none of them waits."""
        if isinstance(event, SessionStarted):
            self._tapes.held_session = True
        if self._tapes.writer is not None:
            self._tapes.writer.event(event)
        wall_s = time.time()
        uid = f"{self._run_id}-{next(self._numbers)}"
        self._control.broadcast_event(line_of(PushedEvent(uid, wall_s, self._trusted, event)))
        stamp = Stamp(uid, wall_text(wall_s), self._trusted)
        for output in self._outputs:
            output.tell(event, stamp)

    # What clients ask for

    def command(self, command: Command, origin: str) -> str | None:
        """Carry out a core command; returns why it is refused, or None."""
        now_us = monotonic_us()
        if self._tapes.writer is not None:
            self._tapes.writer.command(origin, command, now_us)
        refusal = self._monitor.command(command, origin, now_us)
        self._drain(now_us)
        return refusal

    def snapshot(self) -> Snapshot:
        """The room at the last row."""
        return self._monitor.snapshot()

    async def calibrate(self, request: Calibrate) -> Answer:
        """One step; takes some seconds of readings."""
        return Answer(request.id, result=await self._calibrating.step(request, "socket"))

    def release(self, board: str, seconds: float) -> str | None:
        """Leave a board's port to another program."""
        return self._releasing.release(board, seconds)

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
        for output in self._outputs:
            output.refresh(now_us)

    def _show(self) -> None:
        shown = self._outputs[len(self._board_outputs) :]
        if not shown:
            return
        snapshot = self._monitor.snapshot()
        wall_s = time.time()
        stamp = Stamp(f"{self._run_id}-{next(self._numbers)}", wall_text(wall_s), self._trusted)
        for output in shown:
            output.show(snapshot, stamp)

    def _look(self) -> None:
        found = {output.name: output.failure for output in self._outputs}
        for board in self._settings.core.room.boards:
            reader = self._readers[board.name]
            if not reader.up:
                found[f"board {board.name}"] = f"{board.port}: {reader.state}"
        found["state"] = self._keeper.failure
        found["tape"] = self._tapes.writer.failure if self._tapes.writer is not None else None
        self._troubles.look(found)

    def _renew(self) -> None:
        """A fresh core and tape once an hour and after a session, when nothing is going on."""
        self._trusted = clock_trusted()
        now_us = monotonic_us()
        old = now_us - self._started_us > _RENEW_AFTER_US
        if self._monitor.in_session:
            self._keeper.keep(self._monitor.saved(now_us), now_us)
        elif self._monitor.quiet and not self._calibrating.busy and (old or self._tapes.held_session):
            saved = self._monitor.saved(now_us)
            self._begin(self._monitor.calibration)
            self._begin_tape()
            self.command(saved, "renewal")
            for name, reader in self._readers.items():
                reader.write(self._commanders[name].command(Verb.HELLO, now_us=monotonic_us()))

    def _close(self) -> None:
        self._timer.cancel()
        self._control.close()
        for output in self._outputs:
            output.close()
        for reader in self._readers.values():
            reader.close()
        self._keeper.close()
        closing = self._tapes.end()
        if closing is not None:
            closing.join()


def run(settings: Settings) -> None:
    """Run the daemon until SIGTERM or SIGINT. Raises BardError where it cannot begin."""

    async def main() -> None:
        await Daemon(settings).run()

    asyncio.run(main())
