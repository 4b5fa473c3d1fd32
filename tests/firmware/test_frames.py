"""The firmware's frames against the hand-made vectors and against bard.wire, both ways."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bard.wire.decoder import NEED_DATA, BadFrame, Decoder, Reason, encode
from bard.wire.frames import (
    FROM_BOARD,
    FROM_HOST,
    Answer,
    ChannelFault,
    Command,
    Conversion,
    Frame,
    Guard,
    Hello,
    Samples,
    Status,
)

from .logic import ask

pytestmark = pytest.mark.apt

VECTORS = Path(__file__).parents[1] / "vectors"
TAKEN_BY_THE_DECODER = {Reason.COBS.value, Reason.LENGTH.value, Reason.CRC.value}


def entries(*keys: str) -> list[dict[str, Any]]:
    """Every vector, of every file, that has all of `keys`."""
    files = sorted(VECTORS.glob("*.json"))
    assert files, "no vectors"
    found = [entry for file in files for entry in json.loads(file.read_text()) if set(keys) <= set(entry)]
    assert found, f"no vector with {keys}"
    return found


def decoded(wires: list[str]) -> list[tuple[list[str], list[str]]]:
    """(payloads, reasons), in order, as a fresh decoder of the firmware gives them for each of `wires`."""
    replies = [reply.split() for reply in ask([f"decode {wire}" for wire in wires])]
    return [
        ([word.split(":")[1] for word in words if word[:6] == "frame:"], [word for word in words if ":" not in word])
        for words in replies
    ]


def test_every_vector_encodes_as_written() -> None:
    vectors = entries("payload", "wire")
    replies = ask([f"encode {vector['payload']}" for vector in vectors])
    assert replies == [vector["wire"] for vector in vectors]


def test_every_vector_decodes_as_written() -> None:
    vectors = entries("payload", "wire")
    assert decoded([vector["wire"] for vector in vectors]) == [([vector["payload"]], []) for vector in vectors]


def test_every_bad_vector_is_refused_for_its_reason() -> None:
    vectors = entries("reason", "wire")
    replies = ask([f"decode {vector['wire']}" for vector in vectors])
    for vector, words in zip(vectors, map(str.split, replies), strict=True):
        if vector["reason"] in TAKEN_BY_THE_DECODER:
            assert words == [vector["reason"]], vector["name"]
        elif vector["direction"] == "host to board":
            assert [word.count(":") for word in words] == [1], f"{vector['name']}: a frame, but no command"


def test_every_stream_vector() -> None:
    vectors = entries("payloads", "bad", "wire")
    for vector, (payloads, bad) in zip(vectors, decoded([vector["wire"] for vector in vectors]), strict=True):
        wanted_bad = [reason for reason in vector["bad"] if reason in TAKEN_BY_THE_DECODER]
        assert bad == wanted_bad, vector["name"]
        others = len(vector["bad"]) - len(wanted_bad)
        assert len(payloads) == len(vector["payloads"]) + others, vector["name"]
        assert [payload for payload in payloads if payload in vector["payloads"]] == vector["payloads"], vector["name"]


def some_frame(rng: Random) -> Frame:
    """Any frame, with zeros and rails more often than chance has them."""

    def number(bits: int, signed: bool = False) -> int:
        low = -(1 << (bits - 1)) if signed else 0
        high = (1 << (bits - 1)) - 1 if signed else (1 << bits) - 1
        return rng.choice([low, high, 0, rng.randint(low, high), rng.randint(low, high)])

    channels = sorted(rng.sample(range(8), rng.randint(0, 8)))
    conversions = tuple(Conversion(channel, number(16), number(24, True)) for channel in channels)
    missed = tuple(number(16) for _ in range(rng.randint(1, 8)))
    return rng.choice(
        [
            Samples(number(16), number(32), number(8), conversions),
            Hello(1, (number(8), 0, 0), rng.randbytes(8), number(16), number(8), 4, number(8)),
            Status(number(32), missed, *(number(16) for _ in range(5)), number(8), number(8)),
            ChannelFault(number(32), number(8), number(8)),
            Guard(number(32), number(8), number(32, True)),
            Answer(number(16), number(8)),
            Command(number(16), number(8), rng.randbytes(rng.randint(0, 60))),
        ]
    )


def test_random_frames_to_bard_wire_and_back() -> None:
    rng = Random(3)
    frames = [some_frame(rng) for _ in range(3000)]
    wires = ask([f"encode {frame.to_bytes().hex()}" for frame in frames])
    assert wires == [encode(frame).hex() for frame in frames]
    for frame, wire in zip(frames, wires, strict=True):
        decoder = Decoder(FROM_BOARD | FROM_HOST)
        decoder.receive_data(bytes.fromhex(wire))
        assert decoder.next_event() == frame
    [(payloads, bad)] = decoded(["".join(wires)])
    assert payloads == [frame.to_bytes().hex() for frame in frames]
    assert not bad


def test_damaged_streams_give_the_same_events_as_bard_wire() -> None:
    rng = Random(4)
    streams, wanted = [], []
    for _ in range(60):
        stream = bytearray(b"".join(encode(some_frame(rng)) for _ in range(40)))
        for _ in range(rng.randint(1, 60)):
            at = rng.randrange(len(stream))
            damage = rng.randrange(4)
            if damage == 0:
                stream[at] ^= 1 << rng.randrange(8)
            elif damage == 1:
                del stream[at : at + rng.randint(1, 40)]
            elif damage == 2:
                stream[at:at] = rng.randbytes(rng.randint(1, 90))
            else:
                stream[at] = 0
        decoder = Decoder(_any_payload())
        decoder.receive_data(bytes(stream))
        payloads, bad = [], []
        while (event := decoder.next_event()) is not NEED_DATA:
            if isinstance(event, BadFrame):
                bad.append(event.reason.value)
            else:
                payloads.append(event.to_bytes().hex())
        streams.append(stream.hex())
        wanted.append((payloads, bad))
    assert decoded(streams) == wanted


class _Whatever(Answer, frozen=True):
    """A frame of any type: its payload as it came."""

    raw: bytes = b""

    def to_bytes(self) -> bytes:
        return self.raw


def _any_payload() -> Any:
    """A table of types that takes every type, as the firmware's decoder does before it looks at the payload."""
    return dict.fromkeys(range(256), lambda payload: _Whatever(0, 0, payload))
