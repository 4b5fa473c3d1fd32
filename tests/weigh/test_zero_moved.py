"""What is told of the zero: that it moved, in any phase; what recorded people and simulated cells make of it."""

from collections.abc import Iterator

import numpy as np
import pytest

from bard.settings import ZeroSettings
from bard.simulate.cells import Cell, Quality, draw_cell
from bard.weigh.block import BlockWeigher, RowBlock, WeighedBlock
from bard.weigh.calibration import CellCalibration
from bard.weigh.zeroing import ZeroTracker
from tests.recordings import load_kg
from tests.weigh.playing import calibration, play, room, sampled, seen, to_counts
from tests.weigh.zeros import SIGNS, Bench


@SIGNS
@pytest.mark.parametrize("hours", [1, 2.5])
def test_bars_that_were_never_free_are_told_within_ten_seconds_of_the_release(sign: int, hours: float) -> None:
    bench = Bench(drift_kg_per_h=sign * 2.0)
    bench.hold(10)
    bench.work(3600 * hours)
    assert not bench.tracker.moved
    bench.hold(7, off=False)
    assert bench.tracker.moved


def test_moved_ends_with_a_deadband_and_only_on_still_bars() -> None:
    bench = Bench()
    assert bench.hold(7, 1.05).moved
    assert bench.hold(12, 0.85).moved
    assert bench.hold(5, lambda at_s: 0.2 * np.sin(6 * at_s)).moved
    assert not bench.hold(12, 0.75).moved
    assert not bench.hold(12, 0.95).moved


def test_one_cell_against_another_is_moved_too_and_a_weight_is_not() -> None:
    bench = Bench()
    for _ in range(501):
        bench.row([1.2, -1.2, 0.0, 0.0])
    assert bench.tracker.moved
    bench = Bench()
    assert not bench.hold(20, 10.0).moved
    assert bench.tracker.checked_us is None


@pytest.mark.parametrize(
    "name",
    [
        "hand_pushrim/fx_n",
        "hand_pushrim/fz_n",
        "hx717_load_hold_spikes/force_n",
        "stand_firm_open/force_n",
        "stand_foam_open/force_n",
        "two_plates_firm_open/left_n",
        "two_plates_firm_open/right_n",
        "two_plates_foam_closed/left_n",
    ],
)
def test_no_recorded_person_is_as_still_as_nobody(name: str) -> None:
    times_s, kg = load_kg(*name.split("/"))
    stream = sampled(times_s, kg, 86, 0.3) if name.startswith("hx") else seen(times_s, kg, 86, 0.3)
    block = play(stream[0], to_counts(stream[1]))
    tracker = ZeroTracker(ZeroSettings(still_kg=100), 1)
    for row in rows_of(block):
        tracker.step(*row, off=False)
        assert not tracker.moved


@pytest.mark.parametrize("quality", ["good", "usual", "poor"])
def test_simulated_cells_that_warm_up_are_followed(quality: Quality) -> None:
    random = [np.random.Generator(np.random.PCG64([5, part])) for part in range(13)]
    specs = [draw_cell(random[0], 20_000, quality) for _ in range(4)]
    cells = [Cell(spec, (), *random[1 + 3 * i : 4 + 3 * i]) for i, spec in enumerate(specs)]
    spans = calibration(*[CellCalibration(spec.zero_counts, spec.counts_per_kg) for spec in specs])
    core = room(4)
    weigher, tracker = BlockWeigher(core, spans), ZeroTracker(ZeroSettings(), 4)
    for minute in range(20):
        weighed = weigher.weigh(_minute(cells, minute))
        for row in rows_of(weighed):
            tracker.step(*row, off=True)
        last_kg = float(np.nanmedian(weighed.fast_kg[-500:]))
        assert abs(last_kg - tracker.total_kg) < max(0.01, 0.5 * row[3])
    assert abs(last_kg) > 0.02


def rows_of(block: WeighedBlock) -> Iterator[tuple[int, list[float], float, float]]:
    """What a tracker is told of each row."""
    columns = (block.at_us, block.cell_slow_kg, block.motion_kg, block.noise_kg)
    return zip(*(column.tolist() for column in columns), strict=True)


def _minute(cells: list[Cell], minute: int) -> RowBlock:
    """Free bars; chips of 80, 83, 86 and 89 conversions a second."""
    rows_us = minute * 60_000_000 + 10_000 * np.arange(1, 6001)
    parts = []
    for number, cell in enumerate(cells):
        rate = 80 + 3 * number
        at_s = minute * 60 + np.arange(1, 60 * rate + 1) / rate
        time_us = np.rint(at_s * 1e6).astype(np.int64)
        counts = cell.counts(at_s, np.zeros_like(at_s))
        parts.append((np.searchsorted(rows_us, time_us), np.full(at_s.size, number), time_us, counts))
    rows, numbers, times_us, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(rows, kind="stable")
    return RowBlock(
        rows_us,
        rows[order],
        numbers[order].astype(np.uint8),
        times_us[order],
        counts[order].astype(np.int32),
    )
