"""A room that is not there: snapshots of any state, and a daemon that serves them on a real socket.

`python -m tests.control.fake SOCKET` runs one in a process of its own, until it is killed.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from bard.client.uncertainty import Basis
from bard.commission.steps import Drop, Undo
from bard.commission.told import View
from bard.control.protocol import Answer, Calibrate, PreflightLine, PushedEvent, Start, StartResult, line_of
from bard.control.server import ControlServer
from bard.errors import Refused, UsageError
from bard.messages import (
    AlarmSnapshot,
    BoardSnapshot,
    CellSnapshot,
    Command,
    ConditionChanged,
    Event,
    SessionSnapshot,
    Snapshot,
    StartSession,
    StopSession,
    SupportSnapshot,
    ZeroSnapshot,
)

WAIT_S = 8.0
SESSION = SessionSnapshot(70.0, Basis.TYPED, 40.0, 34.0, 50.0, 0.0, started_us=1_000_000, zones={})
LOUD = ConditionChanged(
    5,
    "load_over",
    "active",
    "pending",
    "medium",
    "the load on the client is above the limit",
    (),
    41.25,
    40.0,
    1.8,
    1.0,
    "on",
    "",
)


def cell(name: str, load_kg: float | None, state: str = "ok", words: str = "ok") -> CellSnapshot:
    return CellSnapshot(name, f"board/{name[-1]}", load_kg, 1234, state, words, 0, 400)


def room(client_kg: float | None = 38.2, phase: str = "on", **changes: Any) -> Snapshot:
    """A room with two bars of one cell each and a session, in this phase and with this client load."""
    bar_kg = 70.0 - client_kg if client_kg is not None else None
    half_kg = bar_kg / 2 if bar_kg is not None else None
    snapshot = Snapshot(
        at_us=61_000_000,
        station="studio",
        session=SESSION,
        phase=phase,
        phase_since_us=49_000_000,
        client_load_kg=client_kg if phase != "off" else None,
        client_load_fast_kg=client_kg if phase != "off" else None,
        u_kg=0.4 if client_kg is not None and phase != "off" else None,
        u_fast_kg=1.2 if client_kg is not None and phase != "off" else None,
        bar_load_kg=bar_kg,
        bar_load_fast_kg=bar_kg,
        supports=tuple(
            SupportSnapshot(f"{side} bar", half_kg, (cell(f"{side} bar, cell 1", half_kg),))
            for side in ("left", "right")
        ),
        boards=(BoardSnapshot("uno", "streaming", "1.0.0", "ab", 900, 0, 0, 0, None, True, True),),
        alarms=(),
        vibrator=0,
        buzzer=0,
        signal_of="",
        audio_paused_s=0.0,
        calibration="abc",
        zero=ZeroSnapshot(0.05, 0.0, 90.0, False),
        weigh_in=None,
        hung_kg=None,
    )
    return replace(snapshot, **changes)


def alarm(**changes: Any) -> AlarmSnapshot:
    made = AlarmSnapshot(
        "load_over", "active", "medium", "the load on the client is above the limit", (), 60_000_000, 41.2, 40.0, 0.4
    )
    return replace(made, **changes)


VIEW = View(None, (), {}, None, False, 2, "the zero", "", "abc", "", False)


class FakeHandler:
    """Counts what it is asked; its time goes on unless `frozen`."""

    def __init__(self) -> None:
        self.shown = room()
        self.frozen = False
        self.snapshots = 0
        self.commands: list[tuple[Command, str]] = []
        self.calibrations: list[Calibrate] = []
        self.releases: list[tuple[str, float]] = []
        self.calibrating = asyncio.Event()
        self.calibrating.set()

    def command(self, command: Command, origin: str) -> str | None:
        self.commands.append((command, origin))
        if isinstance(command, StopSession):
            return "no session runs"
        if isinstance(command, StartSession):
            raise UsageError("near 50 kg: allowed are values below the limit")
        return None

    def snapshot(self) -> Snapshot:
        self.snapshots += 1
        return self.shown if self.frozen else replace(self.shown, at_us=time.monotonic_ns() // 1000)

    async def calibrate(self, request: Calibrate) -> Answer:
        self.calibrations.append(request)
        await self.calibrating.wait()
        if isinstance(request.what, Undo):
            raise Refused("nothing to take back")
        if isinstance(request.what, Drop):
            raise RuntimeError("a bug")
        return Answer(0, result=VIEW)

    async def start(self, request: Start, origin: str) -> StartResult:  # noqa: ARG002
        await self.calibrating.wait()
        if request.client == "C13":
            raise Refused("a session is just being started")
        if request.client == "C14":
            raise RuntimeError("a bug")
        return StartResult("5e55", (PreflightLine("clock", "warn", "not set", "set it"),))

    def try_output(self, output: str | None) -> list[str]:
        if output not in (None, "sound"):
            raise UsageError(f"no output {output!r}; allowed: sound")
        return ["sound"]

    def release(self, board: str, seconds: float) -> str | None:
        self.releases.append((board, seconds))
        return None if board == "uno" else f"no board {board!r}; allowed: uno"


class RunningServer:
    """A ControlServer on a loop in a thread of its own; `call` runs something there."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.loop = asyncio.new_event_loop()
        self.loop_errors: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _, context: self.loop_errors.append(context))
        self.most_lag_s = 0.0
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.handler = self.call(FakeHandler)
        self.server = ControlServer(path, self.handler)
        asyncio.run_coroutine_threadsafe(self.server.start(), self.loop).result(WAIT_S)

    def call(self, function: Callable[[], Any]) -> Any:
        async def run() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(WAIT_S)

    def broadcast(self, event: Event, uid: str = "u1") -> None:
        line = line_of(PushedEvent(uid, 1.5, True, event))
        self.call(lambda: self.server.broadcast_event(line))

    def watch_lag(self) -> None:
        """Note from now on how late the loop's timers are."""

        def beat(due: float) -> None:
            self.most_lag_s = max(self.most_lag_s, self.loop.time() - due)
            self.loop.call_later(0.005, beat, self.loop.time() + 0.005)

        self.call(lambda: beat(self.loop.time()))

    def close(self) -> None:
        self.call(self.server.close)
        self.call(lambda: None)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(WAIT_S)
        self.loop.close()


def wait_for(condition: Callable[[], Any], what: str, within_s: float = WAIT_S) -> Any:
    """Until `condition()` is true; its value."""
    until = time.monotonic() + within_s
    while not (value := condition()):
        assert time.monotonic() < until, f"not within {within_s} s: {what}"
        time.sleep(0.01)
    return value


if __name__ == "__main__":
    running = RunningServer(sys.argv[1])
    print("ready", flush=True)
    for line in sys.stdin:
        load, *phase = line.split()
        running.handler.shown = room(None if load == "unknown" else float(load), *phase)
