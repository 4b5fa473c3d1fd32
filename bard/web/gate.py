"""What a connection must do to be kept: say a whole request soon, and be one of few.

One law: the first request is whole within FIRST_S, nobody has more than MOST_EACH connections, and all together no
more than MOST; whoever is over is hung up on at once. It reads nothing of what is said.
"""

import asyncio
from collections import Counter

FIRST_S = 8.0
MOST = 400
MOST_EACH = 100
"""From one address. Twenty pages take some forty while they load."""


class Gate:
    """Makes protocols that stand before those of `make`; `turned_away` counts whom it hung up on."""

    def __init__(self) -> None:
        self.turned_away = 0
        self._count = 0
        self._each: Counter[str] = Counter()
        self._waiting: dict[asyncio.BaseTransport, asyncio.TimerHandle] = {}

    def served(self, transport: asyncio.BaseTransport | None) -> None:
        """A whole request came over it."""
        timer = self._waiting.pop(transport, None) if transport is not None else None
        if timer is not None:
            timer.cancel()

    def admit(self, transport: asyncio.Transport) -> str | None:
        """Its address; None: hung up on."""
        address = _address(transport)
        if self._count >= MOST or self._each[address] >= MOST_EACH:
            self.turned_away += 1
            transport.abort()
            return None
        self._count += 1
        self._each[address] += 1
        loop = asyncio.get_running_loop()
        self._waiting[transport] = loop.call_later(FIRST_S, self._give_up, transport)
        return address

    def leave(self, transport: asyncio.BaseTransport, address: str) -> None:
        """It is gone."""
        self.served(transport)
        self._count -= 1
        self._each[address] -= 1
        if not self._each[address]:
            del self._each[address]

    def _give_up(self, transport: asyncio.Transport) -> None:
        self.turned_away += 1
        self._waiting.pop(transport, None)
        transport.abort()


class Guarded(asyncio.Protocol):
    """One connection: everything is passed on to `inner`, once the gate has let it in."""

    def __init__(self, gate: Gate, inner: asyncio.Protocol) -> None:
        self._gate = gate
        self._inner = inner
        self._transport: asyncio.Transport | None = None
        self._address: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """From asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self._address = self._gate.admit(transport)
        if self._address is not None:
            self._transport = transport
            self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """From asyncio."""
        if self._address is not None and self._transport is not None:
            self._gate.leave(self._transport, self._address)
            self._inner.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """From asyncio."""
        if self._address is not None:
            self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """From asyncio."""
        return self._inner.eof_received() if self._address is not None else None

    def pause_writing(self) -> None:
        """From asyncio."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """From asyncio."""
        self._inner.resume_writing()


def _address(transport: asyncio.BaseTransport) -> str:
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) else "local"
