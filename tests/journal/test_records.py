import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bard
from bard.errors import DataError
from bard.journal.records import (
    CHUNK,
    MAGIC,
    Came,
    Data,
    End,
    Gap,
    Given,
    Timer,
    make_header,
    pack_header,
    pack_records,
    unpack_header,
    unpack_records,
)
from bard.messages import Acknowledge, PauseAudio, SetCalibration, StartSession, StopSession
from tests.journal.tapes import CALIBRATION, CORE

TIMES = st.integers(-(2**63), 2**63 - 1)
COMMANDS = st.one_of(
    st.builds(StartSession, st.floats(20, 250), st.floats(0.1, 250)),
    st.builds(PauseAudio, st.floats(0.1, 30)),
    st.just(StopSession()),
    st.builds(Acknowledge, st.none() | st.text()),
    st.just(SetCalibration(CALIBRATION)),
)
RECORDS = st.lists(
    st.one_of(
        st.builds(Data, st.text(), TIMES, st.binary(max_size=300)),
        st.builds(Timer, TIMES),
        st.builds(Given, st.text(), TIMES, COMMANDS),
        st.builds(Came, st.text()),
        st.builds(Gap, st.integers(1, 2**32)),
        st.just(End()),
    ),
    min_size=1,
)


@settings(max_examples=50, deadline=None)
@given(RECORDS)
def test_records_come_back_to_the_bit(records) -> None:
    chunk = pack_records(records)
    length, crc = CHUNK.unpack_from(chunk)
    body = chunk[CHUNK.size :]
    assert (length, crc) == (len(body), zlib.crc32(body))
    assert unpack_records(body) == records


def test_header_comes_back_with_every_setting() -> None:
    header = make_header(
        CORE, CALIBRATION, start_us=7, wall_time="2026-03-01T10:00:00Z", clock_trusted=False, done="hung 20 kg"
    )
    packed = pack_header(header)
    assert packed.startswith(MAGIC)
    again = unpack_header(packed[len(MAGIC) + CHUNK.size :])
    assert again == header
    assert (again.bard, again.station) == (bard.__version__, "room")
    assert again.calibration_digest == CALIBRATION.digest == again.calibration.digest


@pytest.mark.parametrize(
    "body",
    [b"", b"rubbish", zlib.compress(b"\xc1"), zlib.compress(b"\x91\x91\x63"), zlib.compress(b'\x91\x92\x03\xa2"\xff')],
)
def test_what_this_version_does_not_know_is_said(body: bytes) -> None:
    with pytest.raises(DataError, match="not records of this version"):
        unpack_records(body)
    with pytest.raises(DataError, match="not a header of this version"):
        unpack_header(body)
