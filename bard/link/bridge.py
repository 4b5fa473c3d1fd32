"""A port offered as a pty, so that any program can open a simulated board like a real one.

One law: what a program sees is a serial device: it is there while the cable is in, opening it opens the port behind
it, and a pulled cable takes it away. It does not know what the bytes mean.
"""

import asyncio
import contextlib
import os
import select
import tty
from pathlib import Path

from bard.errors import LinkError
from bard.link.port import Port
from bard.link.ports import Ports

_POLL_S = 0.01
_READ_BYTES = 4_096


class PtyBridge:
    """Serves `port` (a sim:// or recording:// URL) on ptys, one after another; `link` always names the present one."""

    def __init__(self, ports: Ports, port: str, link: Path) -> None:
        self._room = ports.room(port)
        self._ports = ports
        self._url = port
        self._link = link
        self._board = ports.board_number(port)
        self._master = -1

    async def serve(self) -> None:
        """Until the scenario is over."""
        try:
            while not self._room.over:
                self._offer()
                await self._serve_pty()
                self._withdraw()
                while not self._room.over and not self._room.connected(self._board):
                    await asyncio.sleep(_POLL_S)
        finally:
            self._withdraw()

    def _offer(self) -> None:
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        tty.setraw(slave)
        name = os.ttyname(slave)
        os.close(slave)  # from here on the master tells by a hang-up that nobody has it open
        fresh = self._link.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(name)
        fresh.rename(self._link)

    def _withdraw(self) -> None:
        if self._master >= 0:
            self._link.unlink(missing_ok=True)
            os.close(self._master)
            self._master = -1

    async def _serve_pty(self) -> None:
        """Until the cable is pulled or the scenario is over."""
        gone = asyncio.Event()
        while not gone.is_set() and not self._room.over:
            if _hung_up(self._master):
                await asyncio.sleep(_POLL_S)
                if self._room.begun_us is not None and not self._room.connected(self._board):
                    return
                continue
            with contextlib.suppress(LinkError):  # pulled just now: the next turn sees it
                await self._serve_opened(gone)
            await asyncio.sleep(_POLL_S)

    async def _serve_opened(self, gone: asyncio.Event) -> None:
        """While a program has the pty open."""

        def from_board(data: bytes, _: int) -> None:
            if not data:
                gone.set()
                return
            with contextlib.suppress(OSError):  # full or closed: lost, as on a real line
                os.write(self._master, data)

        port = await self._ports.open(self._url, from_board)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._master, self._to_board, port)
        try:
            while not gone.is_set() and not self._room.over and not _hung_up(self._master):
                await asyncio.sleep(_POLL_S)
        finally:
            loop.remove_reader(self._master)
            port.close()

    def _to_board(self, port: Port) -> None:
        with contextlib.suppress(OSError):
            port.write(os.read(self._master, _READ_BYTES))


def _hung_up(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, 0)
    return any(events & select.POLLHUP for _, events in poll.poll(0))
