"""One cell: what the gate lets through, and every fault it can have."""

from math import pi, sin
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bard.weigh.state import FIRST_FAULT, CellState
from tests.weigh.one_cell import COUNTS_PER_KG, RATES_HZ, REST, Bench, ready_bench

WORDS = st.integers(-(1 << 23), (1 << 23) - 1)


@pytest.fixture
def ready() -> Bench:
    return ready_bench()


# The gate


@settings(max_examples=200, derandomize=True, database=None)
@given(st.lists(st.integers(-900, 900), min_size=9, max_size=9), st.integers(2, 7), WORDS)
def test_one_wrong_conversion_of_any_size_stays_within_its_neighbours(noise: list[int], place: int, word: int) -> None:
    bench = Bench()
    true = [REST + one for one in noise]
    for number, counts in enumerate(true):
        bench.feed([word if number == place else counts])
        if number >= 2:
            near = [counts for other, counts in enumerate(true[number - 2 : number + 1], number - 2) if other != place]
            assert min(near) <= bench.cell.median <= max(near)


@pytest.mark.parametrize("phase", [0.0, 0.2, 0.4, 0.6, 0.8])
def test_a_let_go_in_20_ms_is_at_most_one_conversion_late(ready: Bench, phase: float) -> None:
    held_kg, fall_us = 40, 20_000
    ready.rest(1.0, held_kg)
    begin_us = ready.now_us + phase * ready.period_us
    last = before = REST + held_kg * COUNTS_PER_KG
    for number in range(1, 6):
        at_us = ready.now_us + ready.period_us
        counts = before - held_kg * COUNTS_PER_KG * min(max((at_us - begin_us) / fall_us, 0.0), 1.0)
        ready.feed([counts])
        if number > 1:
            assert ready.cell.median == round(last)
        last = counts
    assert ready.cell.median == REST
    assert ready.cell.gated_in_window == 0


def test_a_wrong_conversion_below_the_gate_is_not_counted(ready: Bench) -> None:
    ready.feed([REST + 1.9 * COUNTS_PER_KG])
    ready.rest(0.1)
    assert ready.cell.gated_in_window == 0
    ready.feed([REST + 2.1 * COUNTS_PER_KG])
    ready.rest(0.1)
    assert ready.cell.gated_in_window == 1


# The share of gated conversions: a fault from 20 in 400


def test_a_wrong_conversion_counts_for_400_conversions(ready: Bench) -> None:
    ready.feed([REST + 100_000, REST])
    assert ready.cell.gated_in_window == 1
    ready.feed([REST] * 399)
    assert ready.cell.gated_in_window == 1
    ready.feed([REST])
    assert ready.cell.gated_in_window == 0


def test_19_wrong_ones_in_the_window_are_no_fault_and_20_are(ready: Bench) -> None:
    begin_us = ready.now_us
    for _ in range(19):
        ready.feed([REST + 100_000])
        ready.rest(0.1)
    assert ready.cell.gated_in_window == 19
    assert ready.since(begin_us) == {CellState.OK}
    ready.feed([REST + 100_000])
    ready.rest(0.1)
    assert ready.state is CellState.SPIKES


def test_the_share_is_forgotten_after_the_window_and_the_cell_proved_again(ready: Bench) -> None:
    for _ in range(20):
        ready.feed([REST + 100_000, REST, REST])
    ready.rest(0.1)
    assert ready.state is CellState.SPIKES
    ready.rest(330 / 80)
    assert ready.state is CellState.SPIKES
    ready.rest(0.3)
    assert ready.state is CellState.PROVING
    ready.rest(1.2)
    assert ready.state is CellState.OK
    ready.rest(0.5)
    assert ready.cell.gated_in_window == 0


# Silent, stuck, saturated, dead, noisy


@pytest.mark.parametrize(
    ("rate_hz", "stale_us"), [(94, 100_000), (80, 100_000), (20, 125_000), (10, 250_000), (9, 277_777), (5, 280_000)]
)
def test_silent_at_100_ms_or_two_and_a_half_of_its_own_periods(rate_hz: float, stale_us: int) -> None:
    bench = Bench(rate_hz)
    bench.rest(5.0)
    newest_us = bench.cell.newest_us
    assert bench.cell.state_at(newest_us + stale_us - 3) is CellState.OK
    assert bench.cell.state_at(newest_us + stale_us + 3) is CellState.SILENT


def test_a_cell_that_never_converted_is_silent() -> None:
    bench = Bench()
    bench.silence(3.0)
    assert bench.since(0) == {CellState.SILENT}


@pytest.mark.parametrize("rate_hz", [*RATES_HZ, 10])
def test_the_same_reading_is_stuck_after_half_a_second_and_within_0_7(rate_hz: float) -> None:
    bench = Bench(rate_hz)
    bench.rest(3.0)
    begin_us = bench.now_us + bench.period_us
    bench.feed([REST + 77] * round(1.5 * rate_hz))
    assert 0.5e6 < bench.first_us(CellState.STUCK, begin_us) - begin_us <= 0.7e6
    assert bench.state is CellState.STUCK


@pytest.mark.parametrize("rail", [-(1 << 23), (1 << 23) - 1])
@pytest.mark.parametrize("rate_hz", [*RATES_HZ, 10])
def test_a_rail_is_saturated_within_half_a_second(rate_hz: float, rail: int) -> None:
    bench = Bench(rate_hz)
    bench.rest(3.0)
    begin_us = bench.now_us
    bench.feed([rail] * 10)
    assert bench.first_us(CellState.SATURATED, begin_us) - begin_us < 0.5e6
    assert bench.state is CellState.SATURATED


@pytest.mark.parametrize("rail", [-(1 << 23), (1 << 23) - 1])
def test_a_single_rail_word_is_only_a_glitch(ready: Bench, rail: int) -> None:
    begin_us = ready.now_us
    ready.feed([rail])
    ready.rest(0.5)
    assert ready.since(begin_us) == {CellState.OK}


@pytest.mark.parametrize("word", [0, -1])
def test_three_dead_words_are_stuck_and_two_are_not_yet(ready: Bench, word: int) -> None:
    ready.feed([word, word])
    ready.silence(0.01)
    assert ready.state is CellState.OK
    ready.feed([word])
    ready.silence(0.01)
    assert ready.state is CellState.STUCK


def test_three_equal_readings_of_another_kind_are_no_fault(ready: Bench) -> None:
    begin_us = ready.now_us
    ready.feed([REST + 5] * 3)
    ready.rest(0.1)
    assert ready.since(begin_us) == {CellState.OK}


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("mains_hz", [50, 60])
def test_mains_hum_is_a_fault_within_two_seconds(rate_hz: float, mains_hz: float) -> None:
    bench = Bench(rate_hz)
    bench.rest(2.0)
    begin_us = bench.now_us
    numbers = range(round(2 * rate_hz))
    bench.feed(REST + 8 * COUNTS_PER_KG * sin(2 * pi * mains_hz * number / rate_hz) for number in numbers)
    assert bench.since(begin_us) & {CellState.NOISY, CellState.SPIKES}
    assert bench.state >= FIRST_FAULT


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(("shake_hz", "kg"), [(1.5, 5), (3, 10), (5, 15), (8, 10)])
def test_a_person_who_shakes_the_bars_is_no_fault(rate_hz: float, shake_hz: float, kg: float) -> None:
    bench = Bench(rate_hz)
    bench.rest(2.0)
    begin_us = bench.now_us
    numbers = range(round(5 * rate_hz))
    bench.feed(REST + kg * COUNTS_PER_KG * sin(2 * pi * shake_hz * number / rate_hz) for number in numbers)
    assert bench.since(begin_us) == {CellState.OK}


def test_a_bad_cell_s_noise_is_no_fault() -> None:
    bench, random = Bench(86), Random(3)
    bench.feed(REST + random.gauss(0, 450) for _ in range(86 * 30))
    assert bench.since(1.2e6) == {CellState.OK}
