"""Frames against the hand-made vectors, and against themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bard.wire.decoder import encode
from bard.wire.frames import (
    FROM_BOARD,
    RAIL_HIGH,
    RAIL_LOW,
    VERB_ARGS,
    Answer,
    Command,
    Conversion,
    Guard,
    Samples,
    Verb,
    WrongLength,
)

from .vectors import ALL, BOARD_TO_HOST, HOST_TO_BOARD, TYPES, Vector

every_vector = pytest.mark.parametrize("vector", ALL, ids=lambda vector: f"{vector.direction}: {vector.name}")


@every_vector
def test_payload_has_its_meaning(vector: Vector) -> None:
    assert TYPES[vector.direction][vector.payload[0]](vector.payload) == vector.frame


@every_vector
def test_meaning_has_its_payload_and_wire(vector: Vector) -> None:
    assert vector.frame.to_bytes() == vector.payload
    assert encode(vector.frame) == vector.wire


def test_vectors_cover_every_type_verb_and_number_of_channels() -> None:
    assert {vector.payload[0] for vector in BOARD_TO_HOST} == set(FROM_BOARD)
    assert {vector.frame.verb for vector in HOST_TO_BOARD if isinstance(vector.frame, Command)} >= set(Verb)
    samples = [vector.frame for vector in BOARD_TO_HOST if isinstance(vector.frame, Samples)]
    assert {len(frame.conversions) for frame in samples} == set(range(9))
    assert {RAIL_LOW, RAIL_HIGH} <= {conversion.counts for frame in samples for conversion in frame.conversions}


@every_vector
def test_a_payload_cut_or_lengthened_is_refused_or_means_itself(vector: Vector) -> None:
    parse = TYPES[vector.direction][vector.payload[0]]
    refused = 0
    lengths = range(1, len(vector.payload) + 12)
    for length in lengths:
        payload = (vector.payload + bytes(11))[:length]
        try:
            frame = parse(payload)
        except WrongLength:
            refused += 1
        else:
            assert frame.to_bytes() == payload
    if vector.payload[0] not in (0x03, 0x10):
        assert refused == len(lengths) - 1


conversions = st.builds(Conversion, st.integers(0, 7), st.integers(0, 0xFFFF), st.integers(RAIL_LOW, RAIL_HIGH))


@given(
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 255),
    st.lists(conversions, max_size=8, unique_by=lambda conversion: conversion.channel),
)
def test_samples_survive_the_wire(seq: int, ticks_us: int, inputs: int, found: list[Conversion]) -> None:
    rising = tuple(sorted(found, key=lambda conversion: conversion.channel))
    frame = Samples(seq, ticks_us, inputs, rising)
    assert Samples.from_bytes(frame.to_bytes()) == frame


@pytest.mark.parametrize("counts", [RAIL_LOW - 1, RAIL_HIGH + 1])
def test_counts_beyond_24_bits_are_not_encoded(counts: int) -> None:
    with pytest.raises(Exception, match=r"format|range|big"):
        Samples(0, 0, 0, (Conversion(0, 0, counts),)).to_bytes()


def test_a_payload_beyond_64_bytes_is_not_encoded() -> None:
    assert len(Command(1, 200, bytes(60)).to_bytes()) == 64
    with pytest.raises(ValueError, match="65 bytes"):
        encode(Command(1, 200, bytes(61)))


def test_frames_are_frozen_and_of_their_own_kind() -> None:
    with pytest.raises(AttributeError):
        Answer(1, 0).result = 1  # type: ignore[misc]
    frame: object = Answer(1, 2)
    assert frame != Guard(1, 2, 3)
    assert frame == Answer(1, 2)


def test_args_of_every_verb_fit_their_layout() -> None:
    assert {verb: layout.size for verb, layout in VERB_ARGS.items()} == {
        Verb.HELLO: 0,
        Verb.STREAM: 1,
        Verb.BEAT: 0,
        Verb.SIGNAL: 2,
        Verb.SCALE: 9,
        Verb.ARM: 9,
        Verb.DISARM: 0,
    }
