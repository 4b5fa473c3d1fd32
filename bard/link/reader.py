"""Keeps one board's port open: finds it, finds its rate, passes its bytes on, and finds it again.

One law: what came is passed on as it was read, with the time of the read; b"" once when an open link is gone. It never
gives up, never tries more than twice a second, and decides nothing about what the bytes mean.
"""

import asyncio
from collections.abc import Callable

from bard.errors import LinkError
from bard.link.port import Port, monotonic_us
from bard.link.ports import Ports
from bard.link.probe import Probe
from bard.settings import BoardSettings
from bard.wire.commander import Commander
from bard.wire.frames import Verb

RATES = (500_000, 115_200)
RETRY_S = 0.5

BoardData = Callable[[str, bytes, int], None]
"""Takes board, bytes and the time of their read (host us); b"" when the link is gone."""


class BoardReader:
    """One board's link. `start` on a running loop, then it calls `on_data` from there until `close`.

    It asks the board for its hello, through `commander`; whatever else is to be said is written by others, with
    `write`. Raises ConfigError or DataError for a port that can never be opened.
    """

    def __init__(
        self,
        settings: BoardSettings,
        ports: Ports,
        commander: Commander,
        on_data: BoardData,
        now_us: Callable[[], int] = monotonic_us,
    ) -> None:
        ports.check(settings.port, settings.name)
        self.state = "not started"
        """How the link stands, in words."""
        self.opens = 0
        self._settings = settings
        self._ports = ports
        self._commander = commander
        self._on_data = on_data
        self._now_us = now_us
        self._rates: tuple[int, ...] = RATES if settings.baud is None else (settings.baud,)
        self._probe = Probe((), 0)
        self._port: Port | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._gone = asyncio.Event()
        self._input_dropped = self._output_dropped = 0

    @property
    def up(self) -> bool:
        """A good frame has come since the port was opened, and it is open."""
        return self._port is not None and self._probe.found

    @property
    def baud(self) -> int | None:
        """The rate in use; None where there is none."""
        return self._probe.baud if self._port is not None else None

    @property
    def input_dropped(self) -> int:
        """Bytes that came before a good frame, of all times the port was open."""
        return self._input_dropped + (self._probe.dropped if self._port is not None else 0)

    @property
    def output_dropped(self) -> int:
        """Bytes for the board that did not fit or had no open port."""
        return self._output_dropped + (self._port.dropped if self._port is not None else 0)

    def start(self) -> "asyncio.Task[None]":
        """Open the port, and go on doing so, until `close`; on a running loop. The task ends by that, or by a bug."""
        assert self._task is None
        self._task = asyncio.get_running_loop().create_task(self._keep_open(), name=f"link {self._settings.name}")
        return self._task

    def write(self, data: bytes) -> bool:
        """Send to the board; False if not all of it was taken. A board that is not up gets nothing (its bootloader)."""
        if self._port is not None and self._probe.found:
            return self._port.write(data)
        self._output_dropped += len(data)
        return False

    def close(self) -> None:
        """Let go of the port; nothing is reported after this."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._leave()
        self.state = "closed"

    async def _keep_open(self) -> None:
        while True:
            if self._ports.missing(self._settings.port):
                self.state = "no such port"
            else:
                await self._open_once()
            await asyncio.sleep(RETRY_S)

    async def _open_once(self) -> None:
        """Open, and wait until it is gone."""
        self._gone.clear()
        try:
            self._port = await self._ports.open(
                self._settings.port, self._take, board=self._settings.name, baud=self._rates[0]
            )
        except LinkError as error:
            self.state = str(error)
            return
        self.opens += 1
        self._probe = Probe(self._rates if self._port.has_baud else (), self._now_us())
        self._tell_state()
        self._plan()
        await self._gone.wait()

    def _take(self, data: bytes, now_us: int) -> None:
        if not data:
            was_up = self.up
            self._leave()
            self.state = "gone"
            self._gone.set()
            if not was_up:
                return
        elif self._probe.known:
            self._probe.receive(data, now_us)
        elif not (data := self._get_to_know(data, now_us)):
            return
        self._on_data(self._settings.name, data, now_us)

    def _get_to_know(self, data: bytes, now_us: int) -> bytes:
        probe = self._probe
        was_found, due_us = probe.found, probe.next_timer_us
        data = probe.receive(data, now_us)
        if probe.found and not was_found:
            self._note_rate()
            self._tell_state()
        if probe.next_timer_us < due_us:
            self._tick()
        return data

    def _tick(self) -> None:
        """What the probe wants done now."""
        port = self._port
        if port is None:
            return
        now_us = self._now_us()
        step = self._probe.timer(now_us)
        if step.baud is not None:
            port.set_baud(step.baud)
            self._tell_state()
        if step.ask:
            port.write(self._commander.command(Verb.HELLO, now_us=now_us))
        self._plan()

    def _plan(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        wait_s = max(self._probe.next_timer_us - self._now_us(), 0) / 1e6
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._tick)

    def _note_rate(self) -> None:
        """The rate that was good is tried first the next time."""
        good = self._probe.baud
        if good is not None:
            self._rates = (good, *(rate for rate in self._rates if rate != good))

    def _tell_state(self) -> None:
        if self._probe.found:
            self.state = "up"
        elif self._probe.baud is None or len(self._rates) == 1:
            self.state = "waiting for the board"
        else:
            self.state = f"probing {self._probe.baud}"

    def _leave(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._port is not None:
            self._input_dropped += self._probe.dropped
            self._output_dropped += self._port.dropped
            self._port.close()
            self._port = None
