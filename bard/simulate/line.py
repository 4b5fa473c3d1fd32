"""The serial line of one board: a byte after another, towards the host.

One law: frames arrive whole, in the order sent, each when its last byte is through. It knows no frame's meaning.
"""

from collections import deque

from msgspec import Struct

from bard.wire.decoder import encode
from bard.wire.frames import BoardFrame

BYTE_US = 20
"""10 bits at 500000 baud."""


class Delivery(Struct, frozen=True):
    """Bytes of `board` that the host's port has at `at_us`; b"": the cable is pulled."""

    board: int
    at_us: int
    data: bytes


class Line:
    """`out` holds what is on its way or has arrived and was not fetched yet, in order of time."""

    def __init__(self, board: int) -> None:
        self._board = board
        self._free_us = 0
        self.out: deque[Delivery] = deque()

    def send(self, frame: BoardFrame, now_us: int) -> None:
        """Put `frame` behind whatever is still being sent."""
        data = encode(frame)
        self._free_us = max(now_us, self._free_us) + BYTE_US * len(data)
        self.out.append(Delivery(self._board, self._free_us, data))

    def cut(self, now_us: int) -> None:
        """The board stops: what has not arrived never will."""
        while self.out and self.out[-1].at_us > now_us:
            self.out.pop()
        self._free_us = now_us

    def pull(self, now_us: int) -> None:
        """The cable comes out: the end of the stream."""
        self.cut(now_us)
        self.out.append(Delivery(self._board, now_us, b""))
