"""The decoder of both directions: the same events however the bytes come, and no wrong frame out of damaged ones."""

import os
import random
import tracemalloc
from binascii import crc_hqx
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bard.wire.decoder import (
    MAX_ENCODED,
    NEED_DATA,
    BadFrame,
    CobsError,
    Decoder,
    Reason,
    cobs_decode,
    cobs_encode,
    encode,
)
from bard.wire.frames import FROM_BOARD, FROM_HOST, Answer, ChannelFault, Command, Guard, Status, Verb

from .damage import board_frames, measure
from .feeding import Bursty, DropsBytes, FlipsBits, OneByteAtATime, Transport, check, feed, matters, pull, wrong_frames
from .vectors import ALL, BOARD_TO_HOST, HOST_TO_BOARD, TYPES, Vector, load

SOAK = os.environ.get("BARD_SOAK") == "1"
SEEDED_CASES = 1_000_000 if SOAK else 100_000

every_vector = pytest.mark.parametrize("vector", ALL, ids=lambda vector: f"{vector.direction}: {vector.name}")


# --- the same events however the bytes come


@every_vector
def test_any_chunking_gives_the_frame(vector: Vector) -> None:
    check(vector.wire, [vector.frame], TYPES[vector.direction])


@pytest.mark.parametrize("entry", load("bad"), ids=lambda entry: f"{entry['direction']}: {entry['name']}")
def test_a_bad_frame_is_dropped_with_its_reason(entry: dict[str, Any]) -> None:
    wire = bytes.fromhex(entry["wire"])
    expected = BadFrame(Reason(entry["reason"]), wire[:-1][:MAX_ENCODED])
    check(wire, [expected], TYPES[entry["direction"]])


@pytest.mark.parametrize("entry", load("streams"), ids=lambda entry: entry["name"])
def test_a_stream_gives_its_frames_and_its_bad_ones(entry: dict[str, Any]) -> None:
    types = TYPES[entry["direction"]]
    events = feed([bytes.fromhex(entry["wire"])], types)
    frames = [event for event in events if not isinstance(event, BadFrame)]
    assert [frame.to_bytes().hex() for frame in frames] == entry["payloads"]
    assert [event.reason.value for event in events if isinstance(event, BadFrame)] == entry["bad"]
    check(bytes.fromhex(entry["wire"]), events, types)


@pytest.mark.parametrize("transport", [OneByteAtATime(), Bursty(1), Bursty(2)], ids=lambda one: type(one).__name__)
def test_a_harmless_transport_loses_nothing(transport: Transport) -> None:
    frames = board_frames(seed=1, number=2_000)
    assert feed(transport.carry(b"".join(map(encode, frames)))) == frames


@pytest.mark.parametrize("transport", [DropsBytes(1), FlipsBits(1)], ids=lambda one: type(one).__name__)
def test_a_harmful_transport_loses_frames_and_makes_none(transport: Transport) -> None:
    frames = board_frames(seed=2, number=8_000)
    events = feed(transport.carry(b"".join(map(encode, frames))))
    good = [event for event in events if not isinstance(event, BadFrame)]
    assert 0.5 * len(frames) < len(good) < len(frames)
    following = iter(frames)
    assert all(frame in following for frame in good), "a frame nobody sent, or out of order"


def test_good_and_bad_are_counted() -> None:
    decoder = Decoder()
    for entry in load("bad"):
        if entry["direction"] == "board to host":
            decoder.receive_data(bytes.fromhex(entry["wire"]))
    decoder.receive_data(encode(Answer(1, 0)) * 3)
    assert decoder.frames_good == 3
    expected = Counter(entry["reason"] for entry in load("bad") if entry["direction"] == "board to host")
    assert {reason.value: count for reason, count in decoder.frames_bad.items()} == expected
    assert set(decoder.frames_bad) == set(Reason)


def test_need_data_until_the_delimiter() -> None:
    decoder = Decoder()
    *most, last = encode(Answer(7, 0))
    decoder.receive_data(bytes(most))
    assert decoder.next_event() is NEED_DATA
    decoder.receive_data(bytes([last]))
    assert decoder.next_event() == Answer(7, 0)
    assert decoder.next_event() is NEED_DATA


# --- what a changed byte can do


SENT = [vector for vector in ALL if matters(vector.frame)]
"""A host sends no command that every board refuses."""


def flips(wire: bytes) -> Iterator[bytes]:
    for at in range(len(wire)):
        for bit in range(8):
            yield wire[:at] + bytes([wire[at] ^ 1 << bit]) + wire[at + 1 :]


def drops(wire: bytes) -> Iterator[bytes]:
    return (wire[:at] + wire[at + 1 :] for at in range(len(wire)))


def inserts(wire: bytes) -> Iterator[bytes]:
    return (wire[:at] + bytes([value]) + wire[at:] for at in range(len(wire) + 1) for value in range(256))


FOLLOWER = {"board to host": encode(Answer(0x0102, 0)), "host to board": encode(Command(0x0102, Verb.BEAT))}


@pytest.mark.parametrize("vector", SENT, ids=lambda vector: f"{vector.direction}: {vector.name}")
def test_no_single_change_of_a_vector_makes_a_wrong_frame(vector: Vector) -> None:
    follower = FOLLOWER[vector.direction]
    sent = {vector.wire[:-1], follower[:-1]}
    for change in (flips, drops, inserts):
        stream = b"".join(changed + follower for changed in change(vector.wire))
        assert wrong_frames(Decoder(TYPES[vector.direction]), sent, stream) == [], change


@pytest.mark.parametrize("vectors", [BOARD_TO_HOST, HOST_TO_BOARD], ids=lambda vectors: vectors[0].direction)
def test_no_lost_or_flipped_delimiter_joins_two_vectors_to_a_wrong_frame(vectors: list[Vector]) -> None:
    """The CRC of two frames around a zero is right: only lengths stand in the way."""
    delimiters = (b"", *(bytes([1 << bit]) for bit in range(8)))
    for first in vectors:
        for second in vectors:
            joined = [first.wire[:-1] + delimiter + second.wire for delimiter in delimiters]
            sent = {first.wire[:-1], second.wire[:-1]}
            assert wrong_frames(Decoder(TYPES[first.direction]), sent, b"".join(joined)) == [], (first, second)


@pytest.mark.parametrize("delimiter", [b"", b"\1"])
def test_a_status_that_holds_another_frame_is_dropped(delimiter: bytes) -> None:
    """The only type with room for it: a fault after a lost delimiter, an answer after one whose lowest bit flipped."""
    status = Status(1, (1, 2), 3, 4, 5, 6, 4919, 1, 1)
    held = ChannelFault(1_000_000, 1, 1) if not delimiter else Answer(1, 0)
    joined = encode(status)[:-1] + delimiter + encode(held)
    data = cobs_decode(joined[:-1])
    assert crc_hqx(data, 0) == 0
    assert isinstance(Status.from_bytes(data[:-2]), Status)
    assert [event.reason for event in feed([joined]) if isinstance(event, BadFrame)] == [Reason.TYPE_LENGTH]


def test_true_statuses_are_not_dropped() -> None:
    frames = [frame for frame in board_frames(seed=8, number=40_000, channels=8) if isinstance(frame, Status)]
    assert len(frames) > 1_500
    assert feed(map(encode, frames)) == frames


def test_a_lone_1_put_before_a_delimiter_makes_at_most_a_command_that_is_refused() -> None:
    """CRC-16/XMODEM does not see a zero byte at the end. No type of fixed length has room for it; a command has."""
    for vector in SENT:
        (event,) = feed([vector.wire[:-1] + b"\x01\0"], TYPES[vector.direction])
        if isinstance(vector.frame, Command):
            assert isinstance(event, Command)
            assert len(event.args) == len(vector.frame.args) + 1
            assert not matters(event)
        else:
            assert isinstance(event, BadFrame)


def seeded_cases(seed: int, wires: list[bytes]) -> Iterator[bytes]:
    """One frame with one bit flipped, one byte dropped or one put in, and a whole one after it."""
    chance = random.Random(seed)
    pick, place = chance.choice, chance.random
    while True:
        wire, follower = pick(wires), pick(wires)
        at = int(place() * len(wire))
        match int(place() * 3):
            case 0:
                yield wire[:at] + bytes([wire[at] ^ 1 << int(place() * 8)]) + wire[at + 1 :] + follower
            case 1:
                yield wire[:at] + wire[at + 1 :] + follower
            case _:
                yield wire[:at] + bytes([int(place() * 256)]) + wire[at:] + follower


def test_no_single_change_in_seeded_frames_makes_a_wrong_frame() -> None:
    """10^5 cases; 10^6 with BARD_SOAK=1. What CRC-16 lets through of hit COBS codes is rarer: see damage.py."""
    frames = board_frames(seed=3, number=5_000)
    wires = [encode(frame) for frame in frames]
    sent = {wire[:-1] for wire in wires}
    decoder = Decoder()
    cases = seeded_cases(4, wires)
    for _ in range(SEEDED_CASES // 10_000):
        assert wrong_frames(decoder, sent, b"".join(islice(cases, 10_000))) == []
    assert decoder.frames_bad.total() > SEEDED_CASES // 2


@pytest.mark.parametrize("kind", ["changed", "mixed"])
def test_at_3_percent_of_bytes_damaged_at_most_1e_5_of_damaged_frames_are_accepted(kind: str) -> None:
    """A hundred and twenty thousand damaged frames: one wrong one is within the rate, two are not."""
    found = measure(frames=4_000_000 if SOAK else 300_000, seed=5, kind=kind)
    assert found.damaged > 0.4 * found.frames
    assert found.rate <= 1e-5


# --- bounded, and never at a loss


@pytest.mark.parametrize("kind", ["random", "no delimiter", "only delimiters", "short frames"])
def test_10_megabytes_of_rubbish_keep_memory_flat(kind: str) -> None:
    """An eighth of one where every fourth byte ends a frame: tracemalloc is slow."""
    chance = random.Random(6)
    piece = {
        "random": chance.randbytes(65_536),
        "no delimiter": b"\x55" * 65_536,
        "only delimiters": bytes(65_536),
        "short frames": b"\x03\x01\x02\0" * 16_384,
    }[kind]
    decoder = Decoder()
    tracemalloc.start()
    try:
        for _ in range(2 if kind == "short frames" else 160):
            if kind == "random":
                piece = chance.randbytes(65_536)
            for at in range(0, len(piece), 4_096):
                decoder.receive_data(piece[at : at + 4_096])
                for _event in pull(decoder):
                    pass
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 100_000
    assert peak < 1_000_000


@given(st.binary(max_size=600), st.sampled_from([FROM_BOARD, FROM_HOST]))
def test_any_bytes_give_events_and_no_exception(data: bytes, types: dict[int, Any]) -> None:
    check(data, feed([data], types), types)


def right_crc(payload: bytes) -> bytes:
    """The wire bytes of any payload at all, right or not for its type."""
    register = 0
    for byte in payload:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ (0x1021 if register & 0x8000 else 0)) & 0xFFFF
    return cobs_encode(payload + register.to_bytes(2, "big")) + b"\0"


def test_encoding_what_was_decoded_gives_the_same_bytes() -> None:
    chance = random.Random(7)
    accepted = Counter[int]()
    lengths = {1: [9, 14, 19, 24, 29, 34, 39, 44, 49], 2: [18], 3: [19, 21, 23, 25, 27, 29, 31, 33], 4: [7], 5: [10]}
    for _ in range(10_000):
        kind = chance.choice((1, 2, 3, 4, 5, 6, 0x10))
        length = chance.choice(lengths.get(kind, [4])) if chance.random() < 0.8 else chance.randrange(1, 65)
        payload = bytearray(bytes([kind]) + chance.randbytes(length - 1))
        if kind == 1 and length in lengths[1] and chance.random() < 0.8:
            payload[8] = sum(1 << channel for channel in chance.sample(range(8), (length - 9) // 5))
        wire = right_crc(bytes(payload))
        for event in feed([wire], FROM_HOST if kind == 0x10 else FROM_BOARD):
            if not isinstance(event, BadFrame):
                accepted[kind] += 1
                assert encode(event) == wire
    assert all(accepted[kind] > 500 for kind in (1, 2, 3, 4, 5, 6, 0x10))


@given(st.binary(max_size=253))
def test_cobs_there_and_back(data: bytes) -> None:
    encoded = cobs_encode(data)
    assert 0 not in encoded
    assert len(encoded) == len(data) + 1
    assert cobs_decode(encoded) == data


@given(st.binary(min_size=1, max_size=67).filter(lambda data: 0 not in data))
def test_cobs_back_and_there(encoded: bytes) -> None:
    try:
        data = cobs_decode(encoded)
    except CobsError:
        return
    assert cobs_encode(data) == encoded


def test_cobs_of_its_paper() -> None:
    for data, encoded in (
        ("", "01"),
        ("00", "0101"),
        ("0000", "010101"),
        ("00110011", "0102110211"),
        ("11220033", "0311220233"),
        ("11223344", "0511223344"),
        ("11000000", "0211010101"),
    ):
        assert cobs_encode(bytes.fromhex(data)).hex() == encoded
    with pytest.raises(ValueError, match="254 bytes"):
        cobs_encode(b"\x01" * 254)


def test_a_guard_of_a_board_says_what_its_frame_says() -> None:
    """Negative numbers keep their sign through the wire."""
    assert feed([encode(Guard(1, 1, -1))]) == [Guard(1, 1, -1)]
