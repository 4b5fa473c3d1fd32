"""Rows -> kg: signs, sums, boxes, and that an unknown is NaN and never a number."""

from math import isnan
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bard.settings import WeighSettings
from bard.weigh.calibration import NONE, CellCalibration
from bard.weigh.path import Weighed, Weigher, total_kg
from bard.weigh.state import CellState
from bard.wire.grid import Row
from tests.weigh.playing import calibration, room
from tests.weigh.streams import KINDS, make_stream

SPAN = CellCalibration(zero_counts=10_000.0, counts_per_kg=20_000.0)
REVERSED = CellCalibration(zero_counts=10_000.0, counts_per_kg=-20_000.0)
ROW_US = 10_000
PERIOD_US = 12_000


class Bench:
    """Cells that convert each 12 ms with the noise of a good cell, and the rows they make."""

    def __init__(self, *spans: CellCalibration | None, weigh: WeighSettings | None = None) -> None:
        self.weigher = Weigher(room(len(spans), weigh), calibration(*spans))
        self.kg = [0.0] * len(spans)
        self.silent: set[int] = set()
        self.now_us = 0
        self.weighed: list[Weighed] = []
        self._random = Random(1)

    def play(self, rows: int, wrong: dict[tuple[int, int], int] | None = None) -> list[Weighed]:
        """The next rows; `wrong` gives words for (row, cell)."""
        begin = len(self.weighed)
        for number in range(rows):
            row = Row(self.now_us + ROW_US, [])
            for cell, kg in enumerate(self.kg):
                ready_us = row.at_us - (row.at_us + 1_700 * cell) % PERIOD_US
                if ready_us > self.now_us and cell not in self.silent:
                    counts = round(SPAN.zero_counts + kg * SPAN.counts_per_kg + self._random.gauss(0, 40))
                    row.conversions.append((cell, ready_us, (wrong or {}).get((number, cell), counts)))
            self.now_us = row.at_us
            self.weighed.append(self.weigher.weigh(row))
        return self.weighed[begin:]


def ready(*spans: CellCalibration | None) -> Bench:
    """All cells proved, 10 kg on each."""
    bench = Bench(*spans)
    bench.kg = [10.0] * len(spans)
    bench.play(150)
    return bench


# Signs and sums


def test_loads_of_cells_add_up_on_both_paths() -> None:
    bench = ready(SPAN, SPAN, SPAN)
    bench.kg = [10.0, 20.5, 3.25]
    newest = bench.play(60)[-1]
    assert newest.cell_slow_kg == pytest.approx([10, 20.5, 3.25], abs=0.01)
    assert newest.slow_kg == pytest.approx(33.75, abs=0.01)
    assert newest.fast_kg == pytest.approx(33.75, abs=0.03)
    assert newest.fast_kg == newest.cell_fast_kg[0] + newest.cell_fast_kg[1] + newest.cell_fast_kg[2]


def test_reversed_wires_show_a_negative_load() -> None:
    bench = ready(SPAN, REVERSED)
    newest = bench.play(30)[-1]
    assert newest.cell_slow_kg == pytest.approx([10, -10], abs=0.01)
    assert newest.slow_kg == pytest.approx(0, abs=0.02)


def test_pushing_up_is_negative() -> None:
    bench = ready(SPAN)
    bench.kg = [-7.0]
    newest = bench.play(60)[-1]
    assert newest.slow_kg == pytest.approx(-7, abs=0.01)
    assert newest.fast_kg == pytest.approx(-7, abs=0.02)


def test_total_is_unknown_where_any_is() -> None:
    assert total_kg([1.5, -0.25, 2.0]) == 3.25
    assert isnan(total_kg([1.5, float("nan"), 2.0]))


# Unknown


def test_an_uncalibrated_cell_is_unknown_and_so_is_the_bar_load() -> None:
    newest = ready(SPAN, None).play(1)[0]
    assert newest.states == [CellState.OK, CellState.UNCALIBRATED]
    assert newest.cell_slow_kg[0] == pytest.approx(10, abs=0.01)
    assert all(isnan(kg) for kg in (newest.cell_fast_kg[1], newest.cell_slow_kg[1], newest.fast_kg, newest.slow_kg))


def test_a_calibration_counts_from_the_next_row_on() -> None:
    bench = Bench(None)
    bench.kg = [10.0]
    bench.play(150)
    bench.weigher.calibrate(calibration(SPAN))
    first, *_, last = bench.play(30)
    assert first.fast_kg == pytest.approx(10, abs=0.02)
    assert last.slow_kg == pytest.approx(10, abs=0.01)
    bench.weigher.calibrate(NONE)
    assert isnan(bench.play(1)[0].slow_kg)


@settings(max_examples=25, derandomize=True, database=None)
@given(
    seed=st.integers(0, 2**32),
    cells=st.lists(
        st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 90)), min_size=1, max_size=6), min_size=1, max_size=3
    ),
)
def test_a_load_is_known_exactly_where_the_state_is_ok(seed: int, cells: list[list[tuple[str, int]]]) -> None:
    weigher = Weigher(room(len(cells)), calibration(SPAN, None, REVERSED))
    for row in make_stream(seed, 400, cells).rows:
        weighed = weigher.weigh(row)
        unknown = [state is not CellState.OK for state in weighed.states]
        assert [isnan(kg) for kg in weighed.cell_fast_kg] == unknown
        assert [isnan(kg) for kg in weighed.cell_slow_kg] == unknown
        assert isnan(weighed.fast_kg) == isnan(weighed.slow_kg) == any(unknown)


@pytest.mark.parametrize("gap_rows", [20, 60, 200])
def test_a_gap_is_never_a_drop_and_never_an_old_number(gap_rows: int) -> None:
    bench = ready(SPAN, SPAN)
    bench.silent = {1}
    during = bench.play(gap_rows)
    assert [isnan(one.fast_kg) for one in during] == [one.states[1] is CellState.SILENT for one in during]
    assert all(isnan(one.slow_kg) for one in during[12:])
    bench.silent = set()
    bench.kg = [10.0, 30.0]
    after = bench.play(200)
    known = [one.fast_kg for one in after if not isnan(one.fast_kg)]
    assert known[0] == pytest.approx(40, abs=0.05)
    assert len(known) > 50
    assert min(known) > 39.9
    assert all(one.cell_fast_kg[0] == pytest.approx(10, abs=0.05) for one in during + after)


# The gate, through to the number


@settings(max_examples=40, derandomize=True, database=None)
@given(
    word=st.integers(-(1 << 23), (1 << 23) - 1),
    cell=st.integers(0, 3),
    row=st.integers(0, 20),
)
def test_one_glitch_of_any_size_in_any_channel_never_moves_the_number(word: int, cell: int, row: int) -> None:
    bench = ready(SPAN, SPAN, SPAN, SPAN)
    for weighed in bench.play(40, {(row, cell): word}):
        assert weighed.fast_kg == pytest.approx(40, abs=0.05)
        assert weighed.slow_kg == pytest.approx(40, abs=0.01)


# The box


def test_slow_is_the_mean_of_the_last_25_rows() -> None:
    bench = ready(SPAN)
    bench.kg = [35.0]
    weighed = bench.play(60)
    fast = [one.fast_kg for one in bench.weighed]
    for back in range(1, 60):
        end = len(fast) - back
        assert weighed[-1 - back].slow_kg == pytest.approx(sum(fast[end - 25 : end]) / 25, abs=1e-9)


def test_the_mean_takes_known_rows_only() -> None:
    bench = ready(SPAN)
    bench.silent = {0}
    bench.play(20)
    bench.silent = set()
    bench.kg = [30.0]
    after = bench.play(40)
    box = [one.fast_kg for one in bench.weighed]
    first = next(number for number, one in enumerate(after) if not isnan(one.fast_kg))
    lengths = []
    for number, one in enumerate(after[first:], len(box) - len(after) + first):
        known = [kg for kg in box[number - 24 : number + 1] if not isnan(kg)]
        lengths.append(len(known))
        assert one.slow_kg == pytest.approx(sum(known) / len(known), abs=1e-9)
    assert lengths[0] < 20
    assert lengths[-1] == 25


def test_a_proved_cell_begins_with_an_empty_box() -> None:
    bench = ready(SPAN)
    bench.silent = {0}
    bench.play(130)
    bench.silent = set()
    bench.kg = [30.0]
    first = next(one for one in bench.play(150) if not isnan(one.slow_kg))
    assert first.slow_kg == first.fast_kg == pytest.approx(30, abs=0.02)
