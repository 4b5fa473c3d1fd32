"""One client of the server: its input cut into lines, its output never waited for.

One law: one request a turn. More of them in the buffer wait a little each, so that no client can hold the loop; a
client whose unread output passes MAX_UNREAD is dropped.
"""

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, cast

from bard.control.protocol import MAX_LINE, Answer, Subscribe, line_of, read_request

if TYPE_CHECKING:
    from bard.control.server import ControlServer

MAX_UNREAD = 256 * 1024
TURN_S = 0.005
"""Between two requests of one client that sends them in a heap: 200 a second."""


class Connection(asyncio.Protocol):
    """What the server knows of a client: `origin` in words, whether it takes `events`, and its snapshot rate."""

    def __init__(self, server: "ControlServer", loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.origin = "socket"
        self.events = False
        self.period_s = 0.0
        """Between two snapshots; 0 for none."""
        self._server = server
        self._due_at = 0.0
        self._buffer = bytearray()
        self._turn: asyncio.TimerHandle | None = None
        self._dropped = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """From asyncio."""
        self._transport = cast(asyncio.Transport, transport)
        self.origin = _origin(transport.get_extra_info("socket"))
        self._server.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """From asyncio."""
        self._transport = None
        if self._turn is not None:
            self._turn.cancel()
        self._server.leave(self, self._dropped)

    def data_received(self, data: bytes) -> None:
        """From asyncio."""
        self._buffer += data
        if self._turn is None:
            self._take_turn()

    def subscribe(self, request: Subscribe, now: float) -> None:
        """From now on push what was asked for; the first snapshot is due at once."""
        self.events = request.events
        self.period_s = 1 / request.snapshots_hz if request.snapshots_hz else 0.0
        self._due_at = now

    def is_due(self, now: float, tick_s: float) -> bool:
        """Whether a snapshot is due at this tick; asked once a tick."""
        if not self.period_s or now < self._due_at - tick_s / 2:
            return False
        self._due_at = max(self._due_at + self.period_s, now)
        return True

    def send(self, line: bytes) -> None:
        """Hand over to the kernel, or keep; drop the client when too much is kept."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(line)
        if transport.get_write_buffer_size() > MAX_UNREAD:
            self._dropped = True
            transport.abort()

    def refuse_and_close(self, refusal: str) -> None:
        """The last word to a client."""
        self.send(line_of(Answer(0, refusal)))
        self.close()

    def close(self) -> None:
        """Close once what was sent has been read, or the server's loop ends."""
        self._buffer.clear()
        self.events, self.period_s = False, 0.0
        if self._transport is not None:
            self._transport.close()

    def _take_turn(self) -> None:
        """Serve the next whole line; while more wait, read no further."""
        self._turn = None
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        end = self._buffer.find(b"\n")
        if end > MAX_LINE or (end < 0 and len(self._buffer) > MAX_LINE):
            self.refuse_and_close(f"a line is longer than {MAX_LINE // 1024} kB")
            return
        if end < 0:
            transport.resume_reading()
            return
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        if self._buffer:
            transport.pause_reading()
            self._turn = self.loop.call_later(TURN_S, self._take_turn)
        else:
            transport.resume_reading()
        request = read_request(line)
        if isinstance(request, Answer):
            self.send(line_of(request))
        else:
            self._server.serve(self, request)


def _origin(connected: socket.socket) -> str:
    """Who is at the other end, for the log: Linux tells the user of a local socket."""
    raw = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", raw)
    return f"socket, user {uid}"
