"""One helper for every wire case: whole, byte by byte, at random cuts, with rubbish around; and harmful transports."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from bard.wire.decoder import NEED_DATA, BadFrame, Decoder
from bard.wire.frames import FROM_BOARD, VERB_ARGS, Command, Frame

Types = Mapping[int, Callable[[bytes], Frame]]
RUBBISH = (b"\0", b"\0\0\0", b"\xff" * 5 + b"\0", b"\x03\x07\0", bytes(range(1, 256)) + b"\0")
"""Each ends in a delimiter, so that what follows is whole."""


class Transport(Protocol):
    """Carries bytes in pieces, and not always all of them."""

    def carry(self, data: bytes) -> Iterator[bytes]: ...


class OneByteAtATime:
    """As slow as a line can be."""

    def carry(self, data: bytes) -> Iterator[bytes]:
        return (data[at : at + 1] for at in range(len(data)))


class Bursty:
    """Pieces of 0 to 200 bytes, cut anywhere."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def carry(self, data: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(data):
            size = self._random.choice((0, 1, 1, 2, 3, 7, 20, 200))
            yield data[at : at + size]
            at += size


class DropsBytes:
    """Loses a share of the bytes."""

    def __init__(self, seed: int, share: float = 0.01) -> None:
        self._random = random.Random(seed)
        self._share = share

    def carry(self, data: bytes) -> Iterator[bytes]:
        yield bytes(byte for byte in data if self._random.random() >= self._share)


class FlipsBits:
    """Turns over one bit in a share of the bytes."""

    def __init__(self, seed: int, share: float = 0.01) -> None:
        self._random = random.Random(seed)
        self._share = share

    def carry(self, data: bytes) -> Iterator[bytes]:
        yield bytes(
            byte ^ 1 << self._random.randrange(8) if self._random.random() < self._share else byte for byte in data
        )


def pull(decoder: Decoder) -> Iterator[Frame | BadFrame]:
    """The events that wait in `decoder`."""
    while (event := decoder.next_event()) is not NEED_DATA:
        yield event


def feed(pieces: Iterable[bytes], types: Types = FROM_BOARD) -> list[Frame | BadFrame]:
    """All events of a new decoder fed with `pieces`, pulled after each."""
    decoder = Decoder(types)
    events: list[Frame | BadFrame] = []
    for piece in pieces:
        decoder.receive_data(piece)
        events += pull(decoder)
    return events


def check(wire: bytes, expected: list[Frame | BadFrame], types: Types = FROM_BOARD) -> None:
    """Any chunking of `wire` gives `expected`, and so it does with rubbish before and after."""
    assert feed([wire], types) == expected
    for transport in (OneByteAtATime(), Bursty(1), Bursty(2), Bursty(3)):
        assert feed(transport.carry(wire), types) == expected, transport
    for rubbish in RUBBISH:
        noise = feed([rubbish], types)
        assert feed([rubbish, wire], types) == noise + expected
        assert feed(Bursty(4).carry(rubbish + wire), types) == noise + expected
        if wire.endswith(b"\0"):
            assert feed([wire + rubbish], types) == expected + noise


def wrong_frames(decoder: Decoder, sent: set[bytes], stream: bytes) -> list[Frame]:
    """The frames that `decoder` takes from `stream` though nobody sent them; `sent` without delimiters.

    A command that no board executes (unknown verb, or not its verb's arguments) is answered with a refusal and harms
    nobody; a lone 0x01 before a delimiter makes such a one out of a right one.
    """
    strange = [raw for raw in stream.split(b"\0") if raw and raw not in sent]
    decoder.receive_data(b"\0".join(strange) + b"\0")
    return [event for event in pull(decoder) if not isinstance(event, BadFrame) and matters(event)]


def matters(frame: Frame) -> bool:
    """False for a command that every board refuses."""
    if not isinstance(frame, Command):
        return True
    layout = VERB_ARGS.get(frame.verb)
    return layout is not None and len(frame.args) == layout.size
