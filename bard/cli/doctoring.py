"""Gathering what `bard doctor` judges, from ports that it opens itself.

One law: it asks a board for its hello and its stream, listens and writes down; it never zeroes, signals or arms
anything. What the numbers mean is `bard.commission.doctor`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from msgspec import structs

from bard.commission.capture import BoardCapture
from bard.commission.facts import BoardFacts, CellFacts, PortFacts
from bard.commission.measure import measure
from bard.link import BoardReader, Ports, monotonic_us
from bard.link.host import Host
from bard.link.reader import RATES
from bard.settings import BoardSettings, CoreSettings
from bard.weigh.calibration import Calibration
from bard.wire.commander import Commander
from bard.wire.frames import Verb

FIND_S = 9.0
"""Two rates of 3 s each, behind a bootloader of 2 s, and some."""
_CONNECT_S = 5.0
_OPEN_S = 1.5
"""A port that is in use may become free: the reader tries twice a second."""
_STREAM_S = 4.0
_OTHER_RATE_S = 4.0
_ASK_S = 0.5
_POLL_S = 0.02


class BoardLook:
    """One board's port: `look` opens it and holds it open, so that `capture` goes on; `close` lets go of it."""

    def __init__(self, board: BoardSettings, ports: Ports, host: Host, find_s: float = FIND_S) -> None:
        self.board = board
        self.capture = BoardCapture()
        self.port_facts: PortFacts | None = None
        self._ports = ports
        self._host = host
        self._find_s = find_s
        self._commander = Commander()
        self._reader = BoardReader(board, ports, self._commander, self._take)
        self._good_baud: int | None = None
        self._state = ""
        self._dropped = 0
        self._up = False

    def _take(self, _board: str, data: bytes, now_us: int) -> None:
        self.capture.receive_data(data, now_us)

    async def look(self, seconds: float) -> None:
        """Open, find, stream and listen for so long, or until it is plain that nothing will come."""
        self._reader.start()
        await self._until(lambda: self._reader.state != "not started", _CONNECT_S)
        if await self._until(lambda: self._reader.opens > 0, _OPEN_S) and await self._until(self._found, self._find_s):
            self._up = True
            await self._stream()
            await self._listen(seconds)
        self._state = self._reader.state
        self.port_facts = self._host.port(self.board.port)
        if not self._up and self._reader.opens and self._reader.baud is not None and self.board.baud is not None:
            await self._try_the_other_rate()

    def close(self) -> None:
        """Let go. A board streams only while somebody asks it to: a daemon that takes the port again does."""
        if self._up:
            self._reader.write(self._commander.command(Verb.STREAM, 0, now_us=monotonic_us()))
        self._reader.close()

    def facts(self) -> BoardFacts:
        """What is known of it."""
        facts = self.capture.facts(self.board.name, self.board.port, self._state, monotonic_us())
        heard = (facts.bytes or 0) + self._reader.input_dropped + self._dropped
        return structs.replace(
            facts,
            found=self._up,
            bytes=heard if self._reader.opens else None,
            baud=self._reader.baud,
            wanted_baud=self.board.baud,
            good_baud=self._good_baud,
            allow_10_sps=self.board.allow_10_sps,
        )

    def _found(self) -> bool:
        return self._reader.up

    async def _until(self, condition: Callable[[], bool], seconds: float) -> bool:
        end_s = time.monotonic() + seconds
        while not (held := condition()) and time.monotonic() < end_s:
            await asyncio.sleep(_POLL_S)
        return held

    async def _stream(self) -> None:
        """Ask for a stream until it comes; a board that was streaming already goes on."""
        end_s = time.monotonic() + _STREAM_S
        while time.monotonic() < end_s:
            self._reader.write(self._commander.command(Verb.STREAM, 1, now_us=monotonic_us()))
            if await self._until(lambda: self.capture.streaming and self.capture.hello is not None, _ASK_S):
                return
            self._reader.write(self._commander.command(Verb.HELLO, now_us=monotonic_us()))

    async def _listen(self, seconds: float) -> None:
        end_s = time.monotonic() + _STREAM_S + seconds
        while time.monotonic() < end_s:
            begun_us = self.capture.begun_us
            if begun_us is None and not self.capture.streaming:
                return
            if begun_us is not None and monotonic_us() - begun_us >= seconds * 1e6:
                return
            await asyncio.sleep(_POLL_S)

    async def _try_the_other_rate(self) -> None:
        """Whether the board is understood at the rate that the configuration does not ask for."""
        self._dropped = self._reader.input_dropped
        self._reader.close()
        other = next(rate for rate in RATES if rate != self.board.baud)
        board = structs.replace(self.board, baud=other)
        self._reader = BoardReader(board, self._ports, Commander(), lambda *_: None)
        self._reader.start()
        if await self._until(self._found, _OTHER_RATE_S):
            self._good_baud = other


def cells_of(
    settings: CoreSettings,
    names: Sequence[str],
    captures: Mapping[str, BoardCapture],
    calibration: Calibration,
    seconds: float,
) -> tuple[CellFacts, ...]:
    """The room's cells, called by `names`, from the first `seconds` of what their boards said."""
    found = []
    for name, cell in zip(names, settings.room.cells, strict=True):
        capture = captures[cell.board]
        begin_us = capture.begun_us or 0
        end_us = begin_us + round(seconds * 1e6) if begin_us else 0
        conversions = [one for one in capture.channels.get(cell.channel, []) if one[0] <= end_us]
        own, fault = calibration.cells.get(cell.key), capture.faults.get(cell.channel)
        found.append(measure(name, cell.key, conversions, (begin_us, end_us), settings.weigh, own, fault))
    return tuple(found)
