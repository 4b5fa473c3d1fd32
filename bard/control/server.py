"""The daemon's end of the socket.

One law: it never delays the loop. Whoever does not read is dropped, whoever floods is served one request at a time
with pauses, and nothing here waits. It knows no core: a Handler carries out what is asked.
"""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

import msgspec

from bard.control.connection import Connection
from bard.control.listen import listen, unlink_own
from bard.control.protocol import (
    MAX_HZ,
    Answer,
    Calibrate,
    CommandRequest,
    Query,
    Release,
    Request,
    Start,
    StartResult,
    Subscribe,
    TryOutput,
    line_of,
)
from bard.errors import BardError
from bard.messages import Command, Snapshot, encode

MAX_CLIENTS = 64
TICK_S = 1 / MAX_HZ
_SNAPSHOT_AGE_S = 0.01
"""A row's time: a snapshot stands for the last row, so a younger one would be the same."""


class Handler(Protocol):
    """What the daemon does for clients. A BardError raised by any of these becomes the refusal."""

    def command(self, command: Command, origin: str) -> str | None:
        """Carry it out; returns None, or why it is refused."""

    def snapshot(self) -> Snapshot:
        """The room as of now."""

    def calibrate(self, request: Calibrate) -> Awaitable[Answer]:
        """Carry out one thing of a procedure; it may wait for a disk, and computes in threads."""

    def release(self, board: str, seconds: float) -> str | None:
        """Leave a board's port alone for so long; 0 takes it back. Returns None, or why it is refused."""

    def start(self, request: Start, origin: str) -> Awaitable[StartResult]:
        """Look before a session, and begin it; it may wait for a disk, in a thread."""

    def try_output(self, output: str | None) -> list[str]:
        """Have it play the self-test (None: only name them). Returns the names of all."""


class ControlServer:
    """`await start()`, then `broadcast_event` for each event, `close()` at the end. Runs on the loop that started it.

    `dropped` counts clients that did not read, `turned_away` those that came when MAX_CLIENTS were there.
    """

    def __init__(self, path: str, handler: Handler) -> None:
        self.path = path
        self.clients: set[Connection] = set()
        self.dropped = 0
        self.turned_away = 0
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._closed = False
        self._tick: asyncio.Handle | None = None
        self._tick_at = 0.0
        self._line = b""
        self._line_at = float("-inf")
        self._calibrations: set[asyncio.Task[Answer]] = set()
        self._starts: set[asyncio.Task[None]] = set()
        self._holders: dict[str, Connection] = {}
        """Who asked for a board's port."""

    async def start(self) -> None:
        """Open the socket. Raises LinkError where another bard runs on it or it cannot be made."""
        listener, self._inode = listen(self.path)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(lambda: Connection(self, loop), sock=listener, backlog=MAX_CLIENTS)

    def close(self) -> None:
        """Close every connection and take the socket away."""
        if self._server is None or self._closed:
            return
        self._closed = True
        self._server.close()
        for task in (*self._calibrations, *self._starts):
            task.cancel()
        for client in tuple(self.clients):
            client.close()
        unlink_own(self.path, self._inode)

    def broadcast_event(self, line: bytes) -> None:
        """Send the line of a PushedEvent (`line_of`) to all who subscribed to events, at once.

        Whoever then asks for a snapshot gets one with what happened in it.
        """
        self._line_at = float("-inf")
        for client in tuple(self.clients):
            if client.events:
                client.send(line)

    def admit(self, client: Connection) -> None:
        """A client has connected."""
        if self._closed:
            client.close()
        elif len(self.clients) >= MAX_CLIENTS:
            self.turned_away += 1
            client.refuse_and_close(f"{MAX_CLIENTS} clients are connected already")
        else:
            self.clients.add(client)

    def leave(self, client: Connection, dropped: bool) -> None:
        """A client is gone."""
        self.clients.discard(client)
        self.dropped += dropped
        for board in [board for board, holder in self._holders.items() if holder is client]:
            del self._holders[board]
            if not self._closed:
                self._handler.release(board, 0)

    def serve(self, client: Connection, request: Request) -> None:
        """Carry out one request and answer it."""
        if isinstance(request, CommandRequest):
            client.send(line_of(Answer(request.id, self._command(request, client))))
            self._line_at = float("-inf")
        elif isinstance(request, Query):
            client.send(line_of(Answer(request.id, result=msgspec.Raw(self._snapshot_line()))))
        elif isinstance(request, Subscribe):
            client.send(line_of(Answer(request.id)))
            client.subscribe(request, client.loop.time())
            self._start_ticking(client.loop)
        elif isinstance(request, Release):
            client.send(line_of(Answer(request.id, self._release(request, client))))
        elif isinstance(request, TryOutput):
            client.send(line_of(self._try_output(request)))
        elif isinstance(request, Start):
            self._start(client, request)
        else:
            self._calibrate(client, request)

    def _command(self, request: CommandRequest, client: Connection) -> str | None:
        origin = f"{client.origin}, {request.via}" if request.via else client.origin
        try:
            return self._handler.command(request.command, origin)
        except BardError as error:
            return str(error)

    def _try_output(self, request: TryOutput) -> Answer:
        try:
            return Answer(request.id, result=self._handler.try_output(request.output))
        except BardError as error:
            return Answer(request.id, str(error))

    def _release(self, request: Release, client: Connection) -> str | None:
        refusal = self._handler.release(request.board, request.seconds)
        if refusal is None and request.seconds:
            self._holders[request.board] = client
        elif refusal is None:
            self._holders.pop(request.board, None)
        return refusal

    def _start(self, client: Connection, request: Start) -> None:
        task = client.loop.create_task(self._started(client, request))
        self._starts.add(task)
        task.add_done_callback(self._starts.discard)

    async def _started(self, client: Connection, request: Start) -> None:
        try:
            answer = Answer(request.id, result=await self._handler.start(request, client.origin))
        except BardError as error:
            answer = Answer(request.id, str(error))
        except Exception as error:  # noqa: BLE001
            answer = Answer(request.id, "the start failed by a fault in bard: its log says more")
            client.loop.call_exception_handler({"message": "start failed", "exception": error})
        self._line_at = float("-inf")
        client.send(line_of(answer))

    def _calibrate(self, client: Connection, request: Calibrate) -> None:
        task = client.loop.create_task(self._step_of(request))
        self._calibrations.add(task)
        task.add_done_callback(lambda done: self._calibrated(client, request, done))

    async def _step_of(self, request: Calibrate) -> Answer:
        try:
            return await self._handler.calibrate(request)
        except BardError as error:
            return Answer(request.id, str(error))

    def _calibrated(self, client: Connection, request: Calibrate, task: asyncio.Task[Answer]) -> None:
        self._calibrations.discard(task)
        self._line_at = float("-inf")
        if task.cancelled():
            client.send(line_of(Answer(request.id, "bard was stopped before the step was done")))
        elif (error := task.exception()) is not None:
            client.send(line_of(Answer(request.id, "the step failed by a fault in bard: its log says more")))
            client.loop.call_exception_handler({"message": "calibrate failed", "exception": error})
        else:
            client.send(line_of(msgspec.structs.replace(task.result(), id=request.id)))

    def _snapshot_line(self) -> bytes:
        now = asyncio.get_running_loop().time()
        if now - self._line_at >= _SNAPSHOT_AGE_S:
            self._line, self._line_at = encode(self._handler.snapshot()), now
        return self._line

    def _start_ticking(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._tick is None:
            self._tick_at = loop.time()
            self._tick = loop.call_soon(self._push_snapshots, loop)

    def _push_snapshots(self, loop: asyncio.AbstractEventLoop) -> None:
        """Build one snapshot for all who are due; rest while nobody wants any."""
        self._tick = None
        if self._closed or not any(client.period_s for client in self.clients):
            return
        now = loop.time()
        missed = int((now - self._tick_at) / TICK_S)
        self._tick_at += TICK_S * (missed + 1)
        self._tick = loop.call_at(self._tick_at, self._push_snapshots, loop)
        due = [client for client in self.clients if client.is_due(now, TICK_S)]
        if due:
            line = self._snapshot_line() + b"\n"
            for client in due:
                client.send(line)
