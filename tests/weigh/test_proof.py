"""One cell: a second of calm data comes before its load is known, and what stands after a gap is of after the gap."""

from math import pi, sin
from random import Random

import pytest

from bard.settings import PATTERNS, Pattern, Rhythm
from bard.weigh.state import CellState
from tests.weigh.one_cell import COUNTS_PER_KG, RATES_HZ, REST, ROW_US, Bench, ready_bench


@pytest.fixture
def ready() -> Bench:
    return ready_bench()


# Proof: a cell that has just come or was faulty shows a second of calm data first


@pytest.mark.parametrize("start_us", [0, 5_000, 1 << 50])
def test_a_new_cell_is_proved_for_a_second(start_us: int) -> None:
    bench = Bench(start_us=start_us)
    bench.rest(2.0)
    assert bench.since(start_us + 20_000) == {CellState.SETTLING, CellState.PROVING, CellState.OK}
    assert 1.0e6 <= bench.first_us(CellState.OK) - start_us <= 1.1e6


def test_a_cell_that_converts_before_the_first_row_is_proved_all_the_same() -> None:
    bench = Bench()
    bench.row_us = 200_000
    bench.rest(2.0)
    assert bench.first_us(CellState.OK) == 1_210_000
    assert bench.since(0) == {CellState.PROVING, CellState.OK}


def test_after_a_fault_a_second_of_good_data_comes_before_the_load(ready: Bench) -> None:
    ready.feed([(1 << 23) - 1] * 20)
    fault_us = ready.now_us
    ready.rest(2.0)
    assert 1.0e6 <= ready.first_us(CellState.OK, fault_us) - fault_us <= 1.1e6
    assert CellState.PROVING in ready.since(fault_us)


def test_a_board_that_comes_anew_proves_its_cells_again(ready: Bench) -> None:
    begin_us = ready.row_us
    ready.cell.restarted = True
    ready.rest(2.0)
    assert ready.since(begin_us) == {CellState.PROVING, CellState.OK}
    assert ready.first_us(CellState.OK, begin_us) - begin_us == 1.01e6


def test_the_board_s_own_fault_stands_until_it_recovers(ready: Bench) -> None:
    ready.cell.flagged = True
    begin_us = ready.row_us
    ready.rest(3.0)
    assert ready.since(begin_us) == {CellState.BOARD_FAULT}
    ready.cell.flagged = False
    end_us = ready.row_us
    ready.rest(2.0)
    assert ready.since(end_us) == {CellState.PROVING, CellState.OK}


def test_a_cell_that_shakes_is_not_believed_and_then_called_noisy() -> None:
    bench = Bench(86)
    bench.feed(REST + 5 * COUNTS_PER_KG * sin(2 * pi * 4.3 * number / 86) for number in range(86 * 8))
    assert CellState.OK not in bench.since(0)
    assert 5.0e6 <= bench.first_us(CellState.NOISY) <= 5.1e6
    assert bench.state is CellState.NOISY
    calm_us = bench.now_us
    bench.rest(3.0)
    assert 1.0e6 < bench.first_us(CellState.OK, calm_us) - calm_us < 2.0e6


def shaken_by(rhythm: Rhythm, shake_hz: float, at_us: float) -> float:
    """What a running vibrator adds (kg), aliased as the chip samples it; it plays from 0 on."""
    at_ms = at_us / 1e3 % rhythm.period_ms if rhythm.period_ms else at_us / 1e3
    for number, span_ms in enumerate(rhythm.on_off_ms):
        if at_ms < span_ms:
            return 0.5 * sin(2 * pi * shake_hz * at_us / 1e6) if number % 2 == 0 else 0.0
        at_ms -= span_ms
    return 0.0


@pytest.mark.parametrize("pattern", [pattern for pattern in PATTERNS if pattern.vibrator], ids=lambda one: one.name)
@pytest.mark.parametrize("shake_hz", [150, 193, 241])
def test_a_running_vibrator_is_no_fault_and_keeps_no_cell_from_being_proved(pattern: Pattern, shake_hz: float) -> None:
    noise = Random(1)
    for rate_hz in RATES_HZ:
        for restart_s in (3.0, 3.8, 4.9, 6.0):
            bench = Bench(rate_hz)
            number_s = [number / rate_hz for number in range(1, round(12 * rate_hz))]
            shaken_kg = [shaken_by(pattern.vibrator, shake_hz, at_s * 1e6) for at_s in number_s]
            counts = [REST + COUNTS_PER_KG * kg + noise.gauss(0, 150) for kg in shaken_kg]
            bench.feed(one for one, at_s in zip(counts, number_s, strict=True) if at_s <= restart_s)
            bench.cell.restarted = True
            begin_us = bench.now_us
            bench.feed(one for one, at_s in zip(counts, number_s, strict=True) if at_s > restart_s)
            assert bench.since(begin_us) == {CellState.PROVING, CellState.OK}
            assert bench.first_us(CellState.OK, begin_us) - begin_us < 5.0e6


def test_a_slow_chip_is_not_asked_to_be_calm_since_ordinary_motion_is_rough_for_it() -> None:
    bench = Bench(10)
    motion = [REST + 5 * COUNTS_PER_KG * sin(2 * pi * 0.7 * number / 10) for number in range(150)]
    bench.feed(motion)
    bench.cell.restarted = True
    begin_us = bench.now_us
    bench.feed(motion[:20])
    assert bench.since(begin_us) == {CellState.PROVING, CellState.OK}
    assert bench.state is CellState.OK


def test_a_proved_cell_may_shake(ready: Bench) -> None:
    begin_us = ready.now_us
    ready.feed(REST + 5 * COUNTS_PER_KG * sin(2 * pi * 4.3 * number / 80) for number in range(80 * 8))
    assert ready.since(begin_us) == {CellState.OK}


# Gaps


@pytest.mark.parametrize("gap_s", [0.12, 0.3, 0.8])
def test_after_a_short_gap_two_conversions_settle_and_no_proof_is_asked(ready: Bench, gap_s: float) -> None:
    ready.silence(gap_s)
    assert ready.state is CellState.SILENT
    end_us = ready.now_us
    ready.rest(1.0, kg=30)
    assert ready.since(end_us + ready.period_us) == {CellState.SETTLING, CellState.OK}
    assert ready.first_us(CellState.OK, end_us) - end_us <= 3 * ready.period_us + ROW_US
    assert ready.cell.gated_in_window == 0


def test_in_the_first_known_row_after_a_gap_nothing_older_than_the_gap_is_left(ready: Bench) -> None:
    ready.silence(0.3)
    for _ in range(20):
        ready.rest(1 / 80, kg=30)
        ready.silence(0.0)
        if ready.cell.state_at(ready.row_us + ROW_US) is CellState.OK:
            assert abs(ready.cell.median - REST - 30 * COUNTS_PER_KG) < 1_000
    assert ready.cell.state_at(ready.row_us + ROW_US) is CellState.OK


def test_a_gap_of_over_a_second_is_proved_again(ready: Bench) -> None:
    ready.silence(1.2)
    end_us = ready.now_us
    ready.rest(2.0)
    assert CellState.PROVING in ready.since(end_us)
    assert 0.9e6 < ready.first_us(CellState.OK, end_us) - end_us < 1.1e6
