"""The pages that are open: what is shown goes out to each, what is asked comes in.

One law: a page gets the newest or nothing: one slot a page, never a queue; whoever does not say "here" gets no more
and is soon hung up on. Each message echoes the page's own last "here", so that the page can tell its age by its own
clock alone. What a role may ask is in bard.web.roles.
"""

import asyncio
import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web
from msgspec import Meta, Struct

from bard.control.units import Unit
from bard.errors import BardError, LinkError
from bard.messages import Snapshot
from bard.web.access import Device
from bard.web.feed import RoomFeed, Why
from bard.web.limits import Bucket
from bard.web.roles import PageCommand, allowed, may, pages_of
from bard.web.shown import view_of

DEAF_S, GONE_S = 2.0, 10.0
LOST_S = 0.25
"""Between two messages that say that nothing is known."""
SHUT_OUT = 4001
"""Closes the page of a device that is paired no more; link.js knows it."""
MAX_MESSAGE = 2048
MOST_PAGES = 60
HISTORY_US = 30_000_000
_MOST_PENDING = 4
_UNSENT_BYTES = 16 * 1024
_TCP_NOTSENT_LOWAT = 25


class Here(Struct, frozen=True, tag="here", forbid_unknown_fields=True):
    """The page is there; `at` by its own clock, ms."""

    at: Annotated[float, Meta(ge=0, le=1e12)]


class Give(Struct, frozen=True, tag="command", forbid_unknown_fields=True):
    """Have a command carried out; answered with the same id."""

    id: Annotated[int, Meta(ge=0, le=2**31)]
    command: PageCommand


_decode = msgspec.json.Decoder(Here | Give).decode
_encode = msgspec.json.Encoder().encode


class Live:
    """All pages of one room. `feed` is run by whoever made this; `now` is what a page shows."""

    def __init__(self, socket_path: str, unit: Unit) -> None:
        self.feed = RoomFeed(socket_path, self._show, self._tell_lost)
        self.pages: set[PageConnection] = set()
        self._unit = unit
        self.now = self._lost(self.feed.why)
        self._history: deque[tuple[int, float | None, bool]] = deque()

    async def run(self) -> None:
        """For ever: what keeps pages informed while there is nothing to show, and hangs up on those that are gone."""
        while True:
            await asyncio.sleep(LOST_S)
            now = time.monotonic()
            for page in tuple(self.pages):
                if now - page.heard_at > GONE_S:
                    page.abort()
                elif self.feed.snapshot is None:
                    page.offer(self.now)

    async def serve(self, request: web.Request, device: Device) -> web.WebSocketResponse:
        """One page, until it goes."""
        if len(self.pages) >= MOST_PAGES:
            raise web.HTTPServiceUnavailable(text="too many pages are open")
        ws = web.WebSocketResponse(max_msg_size=MAX_MESSAGE, compress=False, timeout=1.0)
        await ws.prepare(request)
        if request.transport is not None:
            _keep_little_unsent(request.transport)
        page = PageConnection(self, ws, device, request.transport)
        self.pages.add(page)
        try:
            await page.run(self._hello(device))
        finally:
            self.pages.discard(page)
        return ws

    async def close_revoked(self, is_paired: Callable[[str], bool]) -> None:
        """Hang up on pages of devices that `is_paired` (an id -> bool) no longer knows."""
        for page in tuple(self.pages):
            if not is_paired(page.device.id):
                await page.close(SHUT_OUT)

    async def close(self) -> None:
        """The server ends."""
        for page in tuple(self.pages):
            await page.close(WSCloseCode.GOING_AWAY)

    def _hello(self, device: Device) -> bytes:
        history = list(self._history)
        return _encode(
            {
                "t": "hello",
                "role": device.role,
                "may": allowed(device.role),
                "pages": pages_of(device.role),
                "history": history,
            }
        )

    def _show(self, snapshot: Snapshot) -> None:
        view = view_of(snapshot, self._unit)
        if not self._history or self._history[-1][0] < view.at_us:
            self._history.append((view.at_us, view.load, view.level == "unknown"))
        while self._history and self._history[0][0] < view.at_us - HISTORY_US:
            self._history.popleft()
        self.now = _encode(view)
        for page in self.pages:
            page.offer(self.now)

    def _tell_lost(self, why: Why) -> None:
        self.now = self._lost(why)
        for page in self.pages:
            page.offer(self.now)

    @staticmethod
    def _lost(why: Why) -> bytes:
        return _encode({"why": why})


class PageConnection:
    """One open page. `heard_at`: when it last said that it is there."""

    def __init__(self, live: Live, ws: web.WebSocketResponse, device: Device, transport: Any) -> None:
        self.device = device
        self.heard_at = time.monotonic()
        self._live = live
        self._ws = ws
        self._transport = transport
        self._echo: float | None = None
        self._newest: bytes | None = None
        self._answers: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._pending: set[asyncio.Task[None]] = set()
        self._bucket = Bucket(10, 0.25)
        self._heres = Bucket(60, 0.02)

    async def run(self, hello: bytes) -> None:
        """Until either end hangs up."""
        self._answers.append(hello)
        self._wake.set()
        sending = asyncio.create_task(self._send())
        try:
            async for message in self._ws:
                if message.type is not WSMsgType.TEXT or not self._take(message.data):
                    await self._ws.close(code=WSCloseCode.POLICY_VIOLATION)
                    break
        finally:
            for task in (sending, *self._pending):
                task.cancel()

    def offer(self, now: bytes) -> None:
        """What is shown now; replaces what was not sent yet."""
        self._newest = now
        self._wake.set()

    def abort(self) -> None:
        """Hang up without a word."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self, code: int) -> None:
        """Hang up, with the reason."""
        with contextlib.suppress(ConnectionError, RuntimeError, TimeoutError):
            await asyncio.wait_for(self._ws.close(code=code), 1.0)

    def _take(self, text: str) -> bool:
        """False where it is nothing that a page says."""
        try:
            message = _decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return False
        now = time.monotonic()
        if isinstance(message, Here):
            if self._echo is None:
                self.offer(self._live.now)
            self.heard_at, self._echo = now, message.at
            return self._heres.take(now)
        if not self._bucket.take(now) or len(self._pending) >= _MOST_PENDING:
            self._answer(message.id, "too much at once: wait a moment")
            return True
        task = asyncio.create_task(self._carry_out(message))
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        return True

    async def _carry_out(self, message: Give) -> None:
        role = self.device.role
        if not may(role, message.command):
            self._answer(message.id, f"a device paired for {role} may not do that")
            return
        try:
            await self._live.feed.command(message.command, f"page of {role}")
        except LinkError:
            self._answer(message.id, "bard does not answer: nothing was done")
        except BardError as error:
            self._answer(message.id, str(error))
        else:
            self._answer(message.id, None)

    def _answer(self, number: int, refusal: str | None) -> None:
        self._answers.append(_encode({"t": "answer", "id": number, "refusal": refusal}))
        self._wake.set()

    async def _send(self) -> None:
        """Waits where the page's line is full; what comes meanwhile takes the place of what came before."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._answers:
                    await self._ws.send_str(self._answers.popleft().decode())
                newest, self._newest = self._newest, None
                if newest is not None and self._echo is not None and time.monotonic() - self.heard_at < DEAF_S:
                    await self._ws.send_str(f'{{"t":"now","echo":{self._echo!r},"view":{newest.decode()}}}')


def _keep_little_unsent(transport: asyncio.BaseTransport) -> None:
    """Let what is old wait here, where it can be replaced, and not in the kernel."""
    connected = transport.get_extra_info("socket")
    if connected is not None:
        with contextlib.suppress(OSError):
            connected.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
