"""The block law: to the bit the same however the stream is cut, and the same as the scalar path, row by row."""

from itertools import cycle
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bard.settings import CoreSettings, WeighSettings
from bard.weigh.block import BlockWeigher, RowBlock, WeighedBlock
from bard.weigh.calibration import Calibration, CellCalibration
from bard.weigh.path import Weigher
from bard.weigh.state import CellState
from tests.weigh.playing import calibration, room
from tests.weigh.streams import KINDS, Segment, Stream, make_stream

SPANS = (
    None,
    CellCalibration(zero_counts=1234.5, counts_per_kg=20_123.4),
    CellCalibration(zero_counts=-90_000.25, counts_per_kg=-9_876.5),
    CellCalibration(zero_counts=0.1, counts_per_kg=41_000.7),
)
SHORT = {
    "box_rows": st.integers(1, 60),
    "gate_window": st.integers(20, 450),
    "gate_fault_count": st.integers(2, 25),
    "rough_window": st.integers(8, 90),
    "rough_fault_count": st.integers(2, 40),
    "calm_kg": st.floats(0.05, 1.0),
    "stuck_us": st.integers(100_000, 600_000),
    "prove_us": st.sampled_from((0, 30_000, 200_000, 1_000_000)),
    "restless_us": st.sampled_from((1_000_000, 2_000_000)),
    "slow_rate_hz": st.floats(10.0, 90.0),
    "motion_rows": st.integers(1, 150),
    "noise_window": st.integers(8, 60),
    "stale_us": st.sampled_from((20_000, 100_000, 400_000)),
    "stale_most_us": st.sampled_from((20_000, 280_000, 1_500_000)),
    "stale_periods": st.floats(1.5, 4.0),
}
SEGMENTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 90)), max_size=7)
CUTS = st.lists(st.sampled_from((0, 1, 1, 2, 5, 17, 64, 300)), max_size=8).map(lambda sizes: [*sizes, 90])


def by_rows(stream: Stream, core: CoreSettings, spans: Calibration) -> WeighedBlock:
    """What the scalar path gives, as arrays."""
    weigher = Weigher(core, spans)
    weighed = []
    for row, flagged, restarted in zip(stream.rows, stream.flagged, stream.restarted, strict=True):
        for index, cell in enumerate(weigher.cells):
            cell.flagged = bool(flagged[index])
            cell.restarted = cell.restarted or bool(restarted[index])
        weighed.append(weigher.weigh(row))
    return WeighedBlock(*(np.array([getattr(one, name) for one in weighed]) for name in WeighedBlock._fields))


def by_blocks(stream: Stream, core: CoreSettings, spans: Calibration, sizes: list[int]) -> WeighedBlock:
    """What the block path gives with the stream cut into these sizes, again and again."""
    weigher = BlockWeigher(core, spans)
    start, weighed = 0, []
    for size in cycle(sizes):
        if start >= len(stream.rows):
            break
        own = slice(start, start := start + size)
        flagged, restarted = stream.flagged[own], stream.restarted[own]
        block = RowBlock.from_rows(
            stream.rows[own], flagged if flagged.any() else None, restarted if restarted.any() else None
        )
        weighed.append(weigher.weigh(block))
    return WeighedBlock(*(np.concatenate(columns) for columns in zip(*weighed, strict=True)))


def bits(weighed: WeighedBlock) -> dict[str, list[int]]:
    """Every number as an integer; every NaN as one."""
    found = {}
    for name, column in weighed._asdict().items():
        if column.dtype == np.float64:
            column = np.where(np.isnan(column), np.nan, column).view(np.int64)
        found[name] = column.tolist()
    return found


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(
    seed=st.integers(0, 2**32),
    cells=st.lists(SEGMENTS, min_size=1, max_size=4),
    weigh=st.builds(WeighSettings, **SHORT) | st.just(WeighSettings()),
    slow=st.booleans(),
    start_us=st.sampled_from((0, 10_000, 7_000_000_000_000)),
    spans=st.permutations(SPANS),
    sizes=CUTS,
)
def test_any_cut_and_the_scalar_path_give_the_same_bits(
    seed: int,
    cells: list[list[Segment]],
    weigh: WeighSettings,
    slow: bool,
    start_us: int,
    spans: list[CellCalibration | None],
    sizes: list[int],
) -> None:
    stream = make_stream(seed, 300, cells, slow, start_us)
    core, spans = room(len(cells), weigh), calibration(*spans[: len(cells)])
    expected = bits(by_rows(stream, core, spans))
    assert bits(by_blocks(stream, core, spans, [len(stream.rows)])) == expected
    assert bits(by_blocks(stream, core, spans, sizes)) == expected


def long_stream(seed: int) -> Stream:
    """Twenty seconds of four cells, each with every kind of trouble, proofs that fail and proofs that succeed."""
    kinds = [*KINDS, "shake", "shake"]
    Random(seed).shuffle(kinds)
    plans: list[list[Segment]] = [
        [part for number, kind in enumerate(kinds) for part in ((kind, 30 + 7 * number), ("quiet", 100 + 5 * shift))]
        for shift in range(3)
    ]
    plans.insert(seed % 4, [("shake", 600), ("quiet", 150), ("stuck", 60), ("shake", 100), ("quiet", 200)])
    return make_stream(seed, 2000, plans, slow=seed % 3 == 0, start_us=123_450_000)


SEEDS = range(6)


@pytest.mark.parametrize("seed", SEEDS)
def test_long_streams_in_single_rows_and_in_one_block(seed: int) -> None:
    stream, core, spans = long_stream(seed), room(4), calibration(*SPANS)
    expected = bits(by_rows(stream, core, spans))
    assert bits(by_blocks(stream, core, spans, [4096])) == expected
    assert bits(by_blocks(stream, core, spans, [*[1] * 20, 480])) == expected


def test_the_long_streams_reach_every_state() -> None:
    core, spans = room(4), calibration(*SPANS)
    weighed = [by_blocks(long_stream(seed), core, spans, [4096]) for seed in SEEDS]
    assert set(np.concatenate([block.states.ravel() for block in weighed])) == set(CellState)
    assert all(0.02 < np.isfinite(block.cell_fast_kg).mean() < 0.98 for block in weighed)


def test_a_load_is_known_with_its_motion_and_its_noise_or_not_at_all() -> None:
    core, spans = room(3), calibration(*SPANS[1:])
    for seed in SEEDS:
        plans: list[list[Segment]] = [[("quiet", 300), (kind, 40), ("glitches", 40)] for kind in ("gap", "late", "hum")]
        weighed = by_blocks(make_stream(seed, 2000, plans), core, spans, [4096])
        known = np.isfinite(weighed.fast_kg)
        assert 0.05 < known.mean() < 0.95
        assert (np.isfinite(weighed.motion_kg) == known).all()
        assert (np.isfinite(weighed.noise_kg) == known).all()
        assert len(np.unique(weighed.motion_kg[known])) > 20
        assert len(np.unique(weighed.noise_kg[known])) > 20


def test_totals_of_a_good_stream() -> None:
    stream = make_stream(1, 1000, [[("quiet", 200), ("glitches", 5)]] * 3)
    core, spans = room(3), calibration(*SPANS[1:])
    expected = by_rows(stream, core, spans)
    assert np.isfinite(expected.slow_kg).mean() > 0.5
    assert bits(by_blocks(stream, core, spans, [300, 7])) == bits(expected)
