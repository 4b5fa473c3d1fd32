"""What comes without a board, at the pace of the wall clock: a simulated room, and a tape.

One law: to whoever opens it, it is a normal device: one owner, reset by the first edge of DTR, gone when its cable is
pulled, and what a board says while nobody listens is lost. What it says is the room's or the tape's business alone.
"""

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Generic, TypeVar

from bard.errors import DataError, LinkError
from bard.journal.records import Data
from bard.journal.tape import TapeReader
from bard.link.port import OnData, VirtualPort
from bard.simulate import Delivery, Room

_LEAST_S, _MOST_S = 0.001, 0.05
"""Between two looks at the clock, which is given and may run ahead of the loop's."""

BoardId = TypeVar("BoardId", int, str)


class Paced(Generic[BoardId]):
    """Boards that speak at their own times, from the moment at which the first of them is opened."""

    def __init__(self, now_us: Callable[[], int], over: str) -> None:
        self.begun_us: int | None = None
        """The host's time at time 0."""
        self._now_us = now_us
        self._over_words = over
        self._ports: dict[BoardId, VirtualPort] = {}
        self._timer: asyncio.TimerHandle | None = None

    def open(self, board: BoardId, on_data: OnData) -> VirtualPort:
        """Call on a running loop. Raises LinkError while the board cannot be opened."""
        if self.begun_us is None:
            self.begun_us = self._now_us()
        if board in self._ports:
            raise LinkError("in use by another program")
        self._play(self._at_us)
        if self.over:
            raise LinkError(self._over_words)
        self._begin(board)
        port = VirtualPort(on_data, on_write=lambda data: self._write(board, data), on_close=lambda: self._close(board))
        self._ports[board] = port
        self._plan()
        return port

    @property
    @abstractmethod
    def duration_us(self) -> int:
        """How long it lasts."""

    @property
    def over(self) -> bool:
        """It has begun, and its time is over."""
        return self.begun_us is not None and self._at_us >= self.duration_us

    @abstractmethod
    def _next_us(self) -> int | None:
        """Nothing is said before this."""

    @abstractmethod
    def _play(self, to_us: int) -> None:
        """Tell all that has been said by then."""

    @abstractmethod
    def _begin(self, board: BoardId) -> None:
        """`board` is opened now."""

    @abstractmethod
    def _receive(self, board: BoardId, data: bytes) -> None:
        """Bytes for `board`, now."""

    def _rest(self) -> None:
        """The last port was closed."""

    @property
    def _at_us(self) -> int:
        assert self.begun_us is not None
        return self._now_us() - self.begun_us

    def _tell(self, board: BoardId, data: bytes) -> None:
        port = self._ports.get(board) if data else self._ports.pop(board, None)
        if port is not None:
            port.tell(data, self._now_us())

    def _write(self, board: BoardId, data: bytes) -> None:
        self._receive(board, data)
        self._plan()

    def _close(self, board: BoardId) -> None:
        """Its port is closed; a port that was told it is gone does not call this any more."""
        self._ports.pop(board, None)
        self._plan()
        if not self._ports:
            self._rest()

    def _tick(self) -> None:
        self._timer = None
        self._play(self._at_us)
        if self.over:
            for board in list(self._ports):
                self._tell(board, b"")
        self._plan()

    def _plan(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._ports:
            due_us = self._next_us()
            wait_us = (self.duration_us if due_us is None else due_us) - self._at_us
            self._timer = asyncio.get_running_loop().call_later(min(max(wait_us / 1e6, _LEAST_S), _MOST_S), self._tick)


class PacedRoom(Paced[int]):
    """The boards of `room`, by number."""

    def __init__(self, room: Room, now_us: Callable[[], int]) -> None:
        super().__init__(now_us, "the scenario is over")
        self.room = room
        self._dtr_high: set[int] = set()
        self._said: deque[Delivery] = deque()

    @property
    def duration_us(self) -> int:
        return self.room.duration_us

    def connected(self, board: int) -> bool:
        """Whether the cable of `board` is in now; True before it begins."""
        if self.begun_us is not None:
            self._play(self._at_us)
        return self.room.connected(board)

    def _next_us(self) -> int | None:
        return self._said[0].at_us if self._said else self.room.next_us()

    def _play(self, to_us: int) -> None:
        self._said.extend(self.room.advance(to_us))
        while self._said:
            delivery = self._said.popleft()
            if not delivery.data:
                self._dtr_high.discard(delivery.board)
            self._tell(delivery.board, delivery.data)

    def _begin(self, board: int) -> None:
        self.room.open(board, self._at_us, dtr_reset=board not in self._dtr_high)
        self._dtr_high.add(board)

    def _receive(self, board: int, data: bytes) -> None:
        """The room is brought to now first, so that a board that just runs hears it; what it said is told later."""
        at_us = self._at_us
        self._said.extend(self.room.advance(at_us))
        self.room.receive(board, data, at_us)


class PacedTape(Paced[str]):
    """The boards of a tape, by name. It cannot be written to: what is sent is lost."""

    def __init__(self, path: Path, now_us: Callable[[], int]) -> None:
        super().__init__(now_us, "the tape is over")
        self._reader = TapeReader(path)
        self.boards = tuple(board.name for board in self._reader.header.core.room.boards)
        self._records: Generator[Data, None, None] | None = None
        self._next: Data | None = None
        self._last_us = 0

    @property
    def duration_us(self) -> int:
        return self._last_us if self._next is None else 1 << 62

    def _data(self) -> Generator[Data, None, None]:
        try:
            yield from (record for record in self._reader if type(record) is Data)
        except DataError as error:
            self._over_words = str(error)

    def _next_us(self) -> int | None:
        return None if self._next is None else self._next.now_us - self._reader.header.start_us

    def _play(self, to_us: int) -> None:
        if self._records is None:
            self._records = self._data()
            self._next = next(self._records, None)
        while (due_us := self._next_us()) is not None and due_us <= to_us:
            assert self._next is not None
            self._last_us = due_us
            record, self._next = self._next, next(self._records, None)
            self._tell(record.board, record.data)

    def _begin(self, board: str) -> None:
        pass

    def _receive(self, board: str, data: bytes) -> None:
        pass

    def _rest(self) -> None:
        """Close the file; whoever opens a board later starts at the front of the tape and skips."""
        if self._records is not None:
            self._records.close()
            self._records = None
