from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest
from numpy.random import PCG64, Generator

from bard.simulate.reading import NEVER_US, READ_DELAY_US, Reader, Ready, read_delays_us

PERIOD_US = 12_000


def steady(channels: int, count: int) -> Iterator[Ready]:
    for number in range(count):
        for channel in range(channels):
            yield 1000 + number * PERIOD_US + channel * 300, channel, number, 0


def reader(channels: int = 1, count: int = 100_000, seed: int = 1) -> Reader:
    made = Reader(steady(channels, count), channels, Generator(PCG64(seed)))
    made.start(0)
    return made


def test_reads_end_02_to_2_ms_after_the_conversion_and_one_in_a_thousand_stalls() -> None:
    chips = reader()
    delays_us = []
    while chips.due_us < NEVER_US:
        now_us = chips.due_us
        ((ready_us, *_),) = chips.read(now_us)
        delays_us.append(now_us - ready_us)
    delays = np.array(delays_us)
    assert delays.min() >= READ_DELAY_US[0]
    assert np.mean(delays > READ_DELAY_US[1]) == pytest.approx(0.001, rel=0.5)
    assert 80 <= chips.missed[0] <= 260
    assert len(delays_us) + chips.missed[0] == 100_000


def test_a_stall_is_20_to_30_ms() -> None:
    delays_us = read_delays_us(Generator(PCG64(1)))
    stalls = [delay for delay in islice(delays_us, 50_000) if delay > READ_DELAY_US[1]]
    assert 20_000 <= min(stalls) < max(stalls) < 30_000


def test_chips_ready_together_are_read_together_in_rising_order() -> None:
    chips = reader(channels=4)
    sizes = set()
    for _ in range(200):
        together = [channel for _, channel, *_ in chips.read(chips.due_us)]
        assert together == sorted(set(together))
        sizes.add(len(together))
    assert max(sizes) > 1


def test_a_late_read_gives_the_newest_and_counts_the_rest_as_missed() -> None:
    chips = reader()
    (last,) = chips.read(1000 + 5 * PERIOD_US + READ_DELAY_US[0])
    assert last[2] == 5
    assert chips.missed == [5]


def test_a_chip_that_was_reset_leaves_a_gap_of_four() -> None:
    chips = reader(channels=2)
    chips.unsettle(0)
    seen = [item for _ in range(20) for item in chips.read(chips.due_us)]
    assert min(number for _, channel, number, _ in seen if channel == 0) == 4
    assert min(number for _, channel, number, _ in seen if channel == 1) == 0
    assert chips.missed == [0, 0]


def test_a_stopped_sketch_reads_nothing_and_starts_from_now() -> None:
    chips = reader()
    chips.stop()
    assert chips.due_us == NEVER_US
    chips.start(500_000)
    ((ready_us, *_),) = chips.read(chips.due_us)
    assert 500_000 <= ready_us < 500_000 + PERIOD_US


def test_it_ends_with_its_conversions() -> None:
    chips = reader(count=1)
    chips.read(chips.due_us)
    assert chips.due_us == NEVER_US
