import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bard.errors import DataError
from bard.journal.records import CHUNK, Came, Data, End, Given, Record, Timer, pack_header, pack_records
from bard.journal.tape import TapeReader, is_closed
from bard.messages import Done, StartSession, encode
from tests.journal.tapes import CALIBRATION, CORE, START_US, a_header, a_writer, numbered, numbers_of, read, wait_for

START = StartSession(70.0, 40.0)
DONE = Done(1, "start_session", "script", None)
CALLS = st.one_of(
    st.tuples(st.just("data"), st.sampled_from(["main", "ä"]), st.integers(0, 2**40), st.binary(max_size=200)),
    st.tuples(st.just("timer"), st.integers(0, 2**40)),
    st.tuples(st.just("command"), st.text(max_size=5), st.just(START), st.integers(0, 2**40)),
    st.tuples(st.just("event"), st.just(DONE)),
)


@settings(max_examples=40, deadline=None)
@given(calls=st.lists(CALLS, max_size=30))
def test_every_call_comes_back_in_order(tmp_path_factory: pytest.TempPathFactory, calls: list[tuple]) -> None:
    path = tmp_path_factory.mktemp("tape") / "a.tape"
    writer = a_writer(path)
    expected: list[Record] = []
    for name, *args in calls:
        getattr(writer, name)(*args)
        match name:
            case "data":
                expected.append(Data(*args))
            case "timer":
                expected.append(Timer(*args))
            case "command":
                expected.append(Given(args[0], args[2], args[1]))
            case "event":
                expected.append(Came(encode(args[0]).decode()))
    writer.close()
    assert (writer.failure, writer.lost) == (None, 0)
    records, reader = read(path)
    assert records == [*expected, End()]
    assert (reader.truncated, reader.ended) == (None, True)
    assert list(reader) == records
    assert (reader.header.core, reader.header.calibration) == (CORE, CALIBRATION)


def test_a_chunk_is_on_the_disk_within_half_a_second(tmp_path: Path) -> None:
    path = tmp_path / "a.tape"
    writer = a_writer(path)
    wait_for(path.exists)
    for round_number in range(3):
        numbered(writer, range(10 * round_number, 10 * round_number + 10))
        given_s = time.monotonic()
        wait_for(lambda end=10 * round_number + 10: numbers_of(read(path)[0]) == list(range(end)))
        assert time.monotonic() - given_s < 0.7
    records, reader = read(path)
    assert (reader.truncated, reader.ended) == (None, False)
    writer.close()
    assert read(path)[0] == [*records, End()]


def test_a_kill_loses_at_most_a_second(tmp_path: Path) -> None:
    """Killed at four seeded moments, two of them within the first second."""
    moments_s = [Random(seed).uniform(0.5, 2.5) for seed in range(4)]
    paths = [tmp_path / f"{seed}.tape" for seed in range(4)]
    command = [sys.executable, "-m", "tests.journal.kill_me"]
    children = [subprocess.Popen([*command, str(path)], stdout=subprocess.PIPE) for path in paths]
    for child in children:
        assert child.stdout
        assert child.stdout.readline() == b"writing\n"
    begun_s = time.monotonic()
    for moment_s, child, path in sorted(zip(moments_s, children, paths, strict=True), key=lambda three: three[0]):
        time.sleep(max(0.0, begun_s + moment_s - time.monotonic()))
        killed_us = time.monotonic_ns() // 1000
        child.send_signal(signal.SIGKILL)
        child.communicate()
        records, reader = read(path)
        assert not reader.ended
        assert numbers_of(records) == list(range(len(records)))
        last = records[-1]
        assert isinstance(last, Data)
        assert killed_us - last.now_us < 1_000_000


def small_tape() -> tuple[bytes, list[int], list[list[Record]]]:
    """A tape of three chunks, where each begins, and what is in it."""
    chunks: list[list[Record]] = [
        [Data("main", START_US, b"\1\2\3"), Timer(START_US + 1)],
        [Given("cli", START_US + 2, START), Came(encode(DONE).decode())],
        [Data("main", START_US + 3, b""), End()],
    ]
    whole = pack_header(a_header(CORE, CALIBRATION))
    begins = []
    for records in chunks:
        begins.append(len(whole))
        whole += pack_records(records)
    return whole, begins, chunks


def test_cut_off_at_every_byte(tmp_path: Path) -> None:
    whole, begins, chunks = small_tape()
    path = tmp_path / "a.tape"
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        if length < begins[0]:
            with pytest.raises(DataError, match="an empty tape"):
                TapeReader(path)
            continue
        ends = [*begins[1:], len(whole)]
        readable = sum(end <= length for end in ends)
        records, reader = read(path)
        assert records == [record for chunk in chunks[:readable] for record in chunk]
        assert reader.ended == is_closed(path) == (length == len(whole))
        if length in (begins[0], *ends):
            assert reader.truncated is None
        else:
            begin = begins[readable]
            assert reader.truncated == f"cut off at byte {begin} of {length}: nothing was read from there on"


def test_a_wrong_bit_ends_the_reading_before_its_chunk(tmp_path: Path) -> None:
    whole, begins, chunks = small_tape()
    path = tmp_path / "a.tape"
    for at in [*range(0, begins[0], 7), *range(begins[0], len(whole))]:
        wrong = bytearray(whole)
        wrong[at] ^= 1 << at % 8
        path.write_bytes(wrong)
        if at < begins[0]:
            with pytest.raises(DataError):
                TapeReader(path)
            continue
        damaged = sum(begin <= at for begin in begins) - 1
        records, reader = read(path)
        assert records == [record for chunk in chunks[:damaged] for record in chunk]
        assert reader.truncated
        assert f"at byte {begins[damaged]} of {len(whole)}" in reader.truncated
        assert not reader.ended


def test_a_tail_of_zeros_is_damage(tmp_path: Path) -> None:
    """What a power cut leaves on many file systems."""
    whole, _, chunks = small_tape()
    path = tmp_path / "a.tape"
    path.write_bytes(whole + bytes(100))
    records, reader = read(path)
    assert len(records) == sum(map(len, chunks))
    assert reader.truncated == f"damaged at byte {len(whole)} of {len(whole) + 100}: nothing was read from there on"


def test_records_of_another_version_are_named_with_their_place(tmp_path: Path) -> None:
    whole, _, _ = small_tape()
    body = zlib.compress(b"\x91\x91\x63")
    path = tmp_path / "a.tape"
    path.write_bytes(whole + CHUNK.pack(len(body), zlib.crc32(body)) + body)
    with pytest.raises(DataError, match=f"a.tape: chunk at byte {len(whole)}: not records of this version"):
        read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"time,counts\n0,1\n", "not a tape of bard"),
        (b"bard tape 2\nmore", "a tape of another format; this bard reads 'bard tape 1'"),
        (b"", "an empty tape: cut off before its header was written"),
    ],
)
def test_what_is_no_tape_is_said(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.tape"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        TapeReader(path)
    assert str(caught.value) == f"{path}: {message}"


def test_a_missing_tape_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        TapeReader(tmp_path / "no.tape")
    assert str(caught.value) == f"{tmp_path / 'no.tape'}: No such file or directory"
