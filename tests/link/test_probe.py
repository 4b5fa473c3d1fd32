"""The probe, in virtual time: what is dropped, when it asks, which rate it tries."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bard.link.probe import Probe, Step
from bard.wire.decoder import encode
from bard.wire.frames import Answer, Conversion, Samples, Status
from tests.link.board import HELLO

SAMPLES = encode(Samples(1, 2, 0, (Conversion(0, 5, 100),)))
GOOD = SAMPLES + encode(HELLO) + encode(Status(1, (0, 0, 0, 0), 0, 0, 0, 0, 5000, 0, 0))


def asks(probe: Probe, until_us: int) -> list[int]:
    """When it asks, its timer being called when it is due."""
    times = []
    while probe.next_timer_us <= until_us:
        now_us = probe.next_timer_us
        if probe.timer(now_us).ask:
            times.append(now_us)
        assert probe.next_timer_us > now_us
    return times


@settings(max_examples=150, deadline=None)
@given(
    rubbish=st.lists(st.sampled_from([b"\0", b"\x01", b"\x55", b"\xff" * 90, encode(Answer(1, 0))[:-1]]), max_size=8),
    cuts=st.lists(st.integers(0, 700), max_size=12),
)
def test_however_it_is_cut_all_from_the_first_good_frame_on_is_passed_on(rubbish: list[bytes], cuts: list[int]) -> None:
    before = b"".join(rubbish).replace(encode(Answer(1, 0)), b"") + b"\x01\0"
    data = before + GOOD
    probe = Probe((), 0)
    passed = b""
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    for begin, end in pairwise(edges):
        passed += probe.receive(data[begin:end], 0)
    assert probe.found
    assert passed.endswith(GOOD)
    if encode(Answer(1, 0)) not in before:
        assert passed == GOOD
    assert probe.dropped == len(data) - len(passed)


def test_it_asks_after_1_s_of_silence_then_each_half_second() -> None:
    probe = Probe((), 0)
    assert asks(probe, 2_400_000) == [1_000_000, 1_500_000, 2_000_000]


def test_a_noisy_bootloader_is_not_asked() -> None:
    probe = Probe((), 0)
    for at_us in range(0, 2_000_000, 100_000):
        assert asks(probe, at_us) == []
        assert probe.receive(b"\x55", at_us) == b""
    assert asks(probe, 3_000_000) == [2_900_000]


def test_without_a_hello_it_asks_at_once_and_until_one_has_come() -> None:
    probe = Probe((), 0)
    assert probe.receive(SAMPLES, 100_000) == SAMPLES
    assert probe.next_timer_us == 100_000
    assert probe.timer(100_000) == Step(ask=True)
    probe.receive(SAMPLES, 400_000)
    assert asks(probe, 700_000) == [600_000]
    probe.receive(encode(HELLO)[:7], 700_000)
    probe.receive(encode(HELLO)[7:], 700_000)
    assert asks(probe, 1_000_000) == []


def stream(probe: Probe, from_us: int, to_us: int) -> None:
    for at_us in range(from_us, to_us, 50_000):
        assert asks(probe, at_us) == []
        probe.receive(SAMPLES, at_us)


def test_while_it_streams_nothing_is_asked_and_a_second_of_little_is() -> None:
    probe = Probe((), 0)
    probe.receive(encode(HELLO), 0)
    stream(probe, 0, 3_000_000)
    status = encode(Status(1, (0, 0, 0, 0), 0, 0, 0, 0, 5000, 0, 0))
    first = []
    for at_us in range(3_000_000, 6_000_000, 1_000_000):
        first += asks(probe, at_us)
        probe.receive(status, at_us)
    assert first
    assert first[0] <= 5_000_000
    assert asks(probe, 6_000_000)
    probe.receive(encode(HELLO), 6_000_000)
    stream(probe, 6_000_000, 8_000_000)


@pytest.mark.parametrize(("bauds", "order"), [((500_000, 115_200), [115_200, 500_000, 115_200]), ((115_200,), [])])
def test_each_rate_has_3_s_in_turn(bauds: tuple[int, ...], order: list[int]) -> None:
    probe = Probe(bauds, 0)
    assert probe.baud == bauds[0]
    tried = []
    for at_us in range(0, 9_000_001, 10_000):
        probe.receive(b"\xaa", at_us)
        step = probe.timer(at_us)
        assert not step.ask
        if step.baud is not None:
            assert at_us == 3_000_000 * (len(tried) + 1)
            tried.append(step.baud)
    assert tried == order


def test_a_rate_that_was_good_is_kept() -> None:
    probe = Probe((500_000, 115_200), 0)
    probe.receive(encode(HELLO), 2_000_000)
    for at_us in range(2_000_000, 20_000_000, 100_000):
        assert probe.timer(at_us).baud is None
    assert probe.baud == 500_000
