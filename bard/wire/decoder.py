"""Bytes in, frames out: COBS, CRC-16/XMODEM, and the one decoder of both directions.

One law: whatever is not a whole, right frame is dropped whole, counted by its reason and reported as an event; the
decoder goes on at the next 0x00 and its buffer never holds more than one frame. It knows no port and no clock.
"""

from binascii import crc_hqx
from collections import Counter, deque
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final

from msgspec import Struct

from bard.wire.frames import FROM_BOARD, MAX_PAYLOAD, Frame, Status, WrongLength

MAX_ENCODED = MAX_PAYLOAD + 3
"""Payload, two bytes of CRC, one of COBS (the delimiter not counted)."""

_SHORTEST_STATUS = 21
"""With one channel, CRC included; two bytes more for each channel."""


class Reason(Enum):
    """Why a frame was dropped."""

    COBS = "cobs"
    LENGTH = "length"
    CRC = "crc"
    UNKNOWN_TYPE = "unknown type"
    TYPE_LENGTH = "length of its type"


class BadFrame(Struct, frozen=True):
    """A dropped frame: the reason and the bytes as they stood on the wire (the first 67 of them)."""

    reason: Reason
    raw: bytes


class NeedData(Enum):
    """The type of NEED_DATA."""

    NEED_DATA = "NEED_DATA"


NEED_DATA: Final = NeedData.NEED_DATA


class CobsError(ValueError):
    """Not a COBS encoding."""


def cobs_encode(data: bytes) -> bytes:
    """COBS of at most 254 bytes, without a delimiter."""
    out = bytearray()
    for block in data.split(b"\0"):
        if len(block) > 253:
            raise ValueError(f"{len(block)} bytes without a zero; allowed: 253")
        out.append(len(block) + 1)
        out += block
    return bytes(out)


def cobs_decode(encoded: bytes) -> bytes:
    """The inverse of cobs_encode for input without 0x00; raises CobsError."""
    blocks = []
    at = 0
    end = len(encoded)
    while at < end:
        following = at + encoded[at]
        blocks.append(encoded[at + 1 : following])
        at = following
    if at != end or not blocks:
        raise CobsError
    return b"\0".join(blocks)


def encode(frame: Frame) -> bytes:
    """The frame as it stands on the wire, delimiter included."""
    payload = frame.to_bytes()
    if not 1 <= len(payload) <= MAX_PAYLOAD:
        raise ValueError(f"payload of {len(payload)} bytes; allowed: 1 to {MAX_PAYLOAD}")
    return cobs_encode(payload + crc_hqx(payload, 0).to_bytes(2, "big")) + b"\0"


class Decoder:
    """Push bytes with `receive_data`, pull frames and BadFrames with `next_event` until NEED_DATA.

    `types` says which direction is read: FROM_BOARD on the host, FROM_HOST on a board.
    """

    def __init__(self, types: Mapping[int, Callable[[bytes], Frame]] = FROM_BOARD) -> None:
        self._types = types
        self._partial = b""
        self._overlong = False
        self._events: deque[Frame | BadFrame] = deque()
        self.frames_good = 0
        self.frames_bad: Counter[Reason] = Counter()

    def receive_data(self, data: bytes) -> None:
        """Take any number of bytes."""
        *whole, rest = (self._partial + data).split(b"\0")
        for raw in whole:
            if self._overlong:
                self._overlong = False
            elif raw:
                self._take(raw)
        self._partial = b"" if self._overlong else rest
        if len(self._partial) > MAX_ENCODED:
            self._drop(Reason.LENGTH, self._partial)
            self._partial = b""
            self._overlong = True

    def next_event(self) -> Frame | BadFrame | NeedData:
        """The oldest event not yet pulled."""
        return self._events.popleft() if self._events else NEED_DATA

    def _take(self, raw: bytes) -> None:
        if len(raw) > MAX_ENCODED:
            self._drop(Reason.LENGTH, raw)
            return
        try:
            data = cobs_decode(raw)
        except CobsError:
            self._drop(Reason.COBS, raw)
            return
        if len(data) < 3:
            self._drop(Reason.LENGTH, raw)
        elif crc_hqx(data, 0):
            self._drop(Reason.CRC, raw)
        elif (parse := self._types.get(data[0])) is None:
            self._drop(Reason.UNKNOWN_TYPE, raw)
        elif data[0] == Status.TYPE and _is_two(data):
            self._drop(Reason.TYPE_LENGTH, raw)
        else:
            try:
                frame = parse(data[:-2])
            except WrongLength:
                self._drop(Reason.TYPE_LENGTH, raw)
            else:
                self.frames_good += 1
                self._events.append(frame)

    def _drop(self, reason: Reason, raw: bytes) -> None:
        self.frames_bad[reason] += 1
        self._events.append(BadFrame(reason, raw[:MAX_ENCODED]))


def _is_two(status: bytes) -> bool:
    """True where a shorter status with its CRC stands at the head: the delimiter after it was lost or hit.

    Two frames joined by a zero have a right CRC together, for a zero after a whole frame leaves the register at 0. The
    lengths of all other types show it; a status has room for more channels. (Of a board of four, one true status in
    65000 goes too.)
    """
    return any(status[end] == 0 and not crc_hqx(status[:end], 0) for end in range(_SHORTEST_STATUS, len(status), 2))
