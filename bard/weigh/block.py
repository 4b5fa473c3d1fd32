"""The signal path for blocks of rows, in numpy: for tuning and replay benches on decoded conversions.

One law, the block law: the result is the same to the bit however the stream is cut, and the same as `bard.weigh.path`
gives. So there are only elementwise expressions, sums of columns in a fixed order and running sums of integers here,
each line the twin of one in `bard.weigh.cell`. Live, that one is used: for a block of one row numpy's calls alone cost
about fifty times as much (bench/weigh_speed).
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bard.settings import CoreSettings, WeighSettings
from bard.weigh.calibration import Calibration, CellCalibration
from bard.weigh.cell import LONG_AGO_US, NOMINAL_COUNTS_PER_KG, gate_counts, slow_us, stuck_most
from bard.weigh.history import Bools, Column, Counts, Ints, Latest, Run, States, Window, median_of_3
from bard.weigh.motion import GRAMS, MOST_G
from bard.weigh.noise import BEND_PER_SD, EACH, GATE_KEEPS
from bard.weigh.state import FIRST_FAULT, CellState
from bard.wire.frames import RAIL_HIGH, RAIL_LOW
from bard.wire.grid import Row

Floats = NDArray[np.float64]

_OK, _PROVING, _UNCALIBRATED, _SETTLING, _SILENT, _NOISY, _SPIKES, _STUCK, _SATURATED, _BOARD_FAULT = map(
    np.int8, CellState
)


class RowBlock(NamedTuple):
    """Rows and the conversions that came in for them, as arrays; the conversions by row, each cell's by rising time."""

    at_us: Ints
    """(rows,)"""
    row: Ints
    """(conversions,) index into `at_us`, as are the next three."""
    cell: NDArray[np.uint8]
    time_us: Ints
    counts: Counts
    flagged: Bools | None = None
    """(rows, cells): the board calls the cell faulty. None: nowhere."""
    restarted: Bools | None = None
    """(rows, cells): its board has come anew since the row before. None: nowhere."""

    @classmethod
    def from_rows(cls, rows: Sequence[Row], flagged: Bools | None = None, restarted: Bools | None = None) -> "RowBlock":
        """The rows of a grid as arrays."""
        numbers = chain.from_iterable(chain.from_iterable(row.conversions for row in rows))
        cell, time_us, counts = np.fromiter(numbers, np.int64).reshape(-1, 3).T
        return cls(
            at_us=np.array([row.at_us for row in rows], np.int64),
            row=np.arange(len(rows)).repeat([len(row.conversions) for row in rows]),
            cell=cell.astype(np.uint8),
            time_us=time_us,
            counts=counts.astype(np.int32),
            flagged=flagged,
            restarted=restarted,
        )


class WeighedBlock(NamedTuple):
    """What a block came to: loads in kg, NaN where unknown; `states` hold numbers of CellState."""

    at_us: Ints
    """(rows,), as are the next four."""
    fast_kg: Floats
    slow_kg: Floats
    motion_kg: Floats
    noise_kg: Floats
    cell_fast_kg: Floats
    """(rows, cells), as are the next two."""
    cell_slow_kg: Floats
    states: States


class BlockWeigher:
    """Carries the cells; feed it the whole stream, in blocks of any length."""

    def __init__(self, settings: CoreSettings, calibration: Calibration) -> None:
        self._cells = [_Cell(settings.weigh, calibration.cells.get(cell.key)) for cell in settings.room.cells]
        self._motion = _Motion(settings.weigh.motion_rows)

    def weigh(self, block: RowBlock) -> WeighedBlock:
        """Take the next rows."""
        rows, cells = len(block.at_us), len(self._cells)
        fast_kg, slow_kg, variance = np.empty((3, cells, rows))
        states = np.empty((cells, rows), np.int8)
        order = block.cell.argsort(kind="stable")
        row, time_us, counts = block.row.take(order), block.time_us.take(order), block.counts.take(order)
        first = 0
        for index, (cell, size) in enumerate(zip(self._cells, np.bincount(block.cell, minlength=cells), strict=True)):
            own = slice(first, first := first + size)
            cell.convert(time_us[own], counts[own])
            newest = np.bincount(row[own], minlength=rows).cumsum()
            flagged = None if block.flagged is None else block.flagged[:, index]
            restarted = None if block.restarted is None else block.restarted[:, index]
            states[index] = state = cell.states(block.at_us, newest, flagged, restarted)
            fast_kg[index], slow_kg[index], variance[index] = cell.weigh(newest, state == _OK)
        fast, slow = _total(fast_kg), _total(slow_kg)
        return WeighedBlock(
            block.at_us,
            fast,
            slow,
            self._motion.of(fast - slow),
            np.sqrt(_total(variance)) * GATE_KEEPS,
            fast_kg.T,
            slow_kg.T,
            states.T,
        )


def _total(columns: Iterable[Floats]) -> Floats:
    """Column by column in the given order, as the scalar path: `np.sum` adds in an order of its own."""
    first, *others = columns
    total = first.copy()
    for column in others:
        total += column
    return total


class _Motion:
    """Twin of `motion.Motion`."""

    def __init__(self, rows: int) -> None:
        self._squares = Window(rows)
        self._known = Window(rows)

    def of(self, apart_kg: Floats) -> Floats:
        """The motion at each row."""
        known = ~np.isnan(apart_kg)
        grams = np.rint(np.clip(np.where(known, apart_kg, 0.0) * GRAMS, -MOST_G, MOST_G)).astype(np.int64)
        mean = self._squares.sums(grams * grams) / np.maximum(self._known.sums(known), 1)
        motion_kg: Floats = np.sqrt(mean) / GRAMS
        motion_kg[~known] = np.nan
        return motion_kg


class _Noise:
    """Twin of `noise.Noise`. Takes the second differences of all conversions, and picks each third."""

    def __init__(self, window: int, most: int) -> None:
        self._window = window
        self._most = np.int32(most)
        self._bends = Column(2, np.int32(0))
        self._medians = Window(window)
        self._counts = Column(1, np.float64(np.nan))
        self._conversions = 0

    def of(self, bend: Counts) -> Floats:
        """sd of one conversion: that carried, then one for each of these."""
        before = self._conversions
        self._conversions += len(bend)
        taken = np.arange(before // EACH, self._conversions // EACH) + 1
        bends = self._bends.extend(np.minimum(bend[EACH - 1 - before % EACH :: EACH], self._most))
        sums = self._medians.sums(median_of_3(bends[2:], bends[1:-1], bends[:-2]))
        counts = self._counts.extend(sums / np.minimum(taken, self._window) / BEND_PER_SD)
        return counts.take(np.arange(before, self._conversions + 1) // EACH - before // EACH)


class _Cell:
    """Twin of `cell.Cell` and of its box. `newest` is each row's newest conversion, counted from the carried one, 0."""

    def __init__(self, settings: WeighSettings, span: CellCalibration | None) -> None:
        self._settings = settings
        self._span = span
        counts_per_kg = span.counts_per_kg if span else NOMINAL_COUNTS_PER_KG
        self._gate_counts = gate_counts(counts_per_kg, settings.gate_kg)
        self._rough_counts = gate_counts(counts_per_kg, settings.rough_kg)
        self._calm_counts = gate_counts(counts_per_kg, settings.calm_kg)
        self._times_us = Column(1, np.int64(LONG_AGO_US))
        self._gaps_us = Column(2, np.int64(0))
        self._counts = Column(2, np.int32(0))
        self._same = Run()
        self._gated = Window(settings.gate_window)
        self._rough = Window(settings.rough_window)
        self._restless = Window(settings.rough_window)
        self._fault_us = Latest(None)
        self._restless_us = Latest(None)
        self._calmed_us = Latest(LONG_AGO_US)
        self._own_fault_us = Latest(None)
        self._doubted_us = Latest(None)
        self._proved_us = Latest(LONG_AGO_US)
        self._box = Window(settings.box_rows)
        self._box_known = Window(settings.box_rows)
        self._medians = Column(1, np.int32(0))
        self._stales_us = Column(1, np.int64(0))
        self._own_states = Column(1, _SETTLING)
        self._restless_counts = Column(1, np.int64(0))
        self._noise = _Noise(settings.noise_window, self._calm_counts)

    def convert(self, time_us: Ints, counts: Counts) -> None:
        """Take the block's conversions."""
        settings = self._settings
        self._time_us = self._times_us.extend(time_us)
        gaps_us = self._gaps_us.extend(np.diff(self._time_us))
        gap_us, before_us = gaps_us[2:], gaps_us[1:-1]
        period_us = median_of_3(gap_us, before_us, gaps_us[:-2])
        stale_us = (period_us * settings.stale_periods).astype(np.int64)
        stale_us = np.minimum(np.maximum(stale_us, settings.stale_us), settings.stale_most_us)
        settled = (gap_us <= stale_us) & (before_us <= stale_us)
        joined = self._counts.extend(counts)
        value, middle, old = joined[2:], joined[1:-1], joined[:-2]
        median = median_of_3(value, middle, old)
        bend = np.abs(value - 2 * middle + old)
        self._noise_counts = self._noise.of(bend)
        gated = self._gated.sums((np.abs(middle - median) > self._gate_counts) & settled)
        rough = self._rough.sums((bend > self._rough_counts) & settled)
        restless = self._restless.sums((bend > self._calm_counts) & settled & (period_us <= slow_us(settings)))
        state = np.where(settled, _OK, _SETTLING)
        state[rough >= settings.rough_fault_count] = _NOISY
        state[gated >= settings.gate_fault_count] = _SPIKES
        state[self._is_stuck(value, value == middle, period_us)] = _STUCK
        state[(median == RAIL_LOW) | (median == RAIL_HIGH)] = _SATURATED
        self._median = self._medians.extend(median)
        self._stale_us = self._stales_us.extend(stale_us)
        self._own_state = self._own_states.extend(state)
        self._restless_count = self._restless_counts.extend(restless)

    def _is_stuck(self, value: Counts, same: Bools, period_us: Ints) -> Bools:
        run = self._same.lengths(same)
        stuck = (run >= stuck_most(self._settings)) | (run * np.maximum(period_us, 1) > self._settings.stuck_us)
        stuck |= (value == 0) | (value == -1)
        return stuck & (run >= 2)

    def states(self, at_us: Ints, newest: Ints, flagged: Bools | None, restarted: Bools | None) -> States:
        """The state at each row."""
        settings = self._settings
        age_us = at_us - self._time_us.take(newest)
        state = self._own_state.take(newest)
        state[age_us > self._stale_us.take(newest)] = _SILENT
        if flagged is not None:
            state[flagged] = _BOARD_FAULT
        fault = (state >= FIRST_FAULT.value) | (age_us > settings.prove_us)
        if restarted is not None:
            fault |= restarted
        fault_us = self._fault_us.instants(fault, at_us)
        restless = self._restless_count.take(newest) >= settings.rough_fault_count
        calm = at_us - self._restless_us.instants(fault | restless, at_us) >= settings.prove_us
        own = (state >= FIRST_FAULT.value) & (state < _BOARD_FAULT)
        restless &= self._calmed_us.instants(calm, at_us) <= self._own_fault_us.instants(own, at_us)
        good = at_us - self._doubted_us.instants(fault | restless, at_us) >= settings.prove_us
        unproved = (state == _OK) & (self._proved_us.instants(good, at_us) < fault_us)
        state[unproved] = _PROVING
        state[unproved & restless & (at_us - fault_us >= settings.restless_us)] = _NOISY
        if self._span is None:
            state[state == _OK] = _UNCALIBRATED
        return state

    def weigh(self, newest: Ints, known: Bools) -> tuple[Floats, Floats, Floats]:
        """Fast and slow load, and the variance of the noise, at each row; NaN where the row is not `known`."""
        if self._span is None:
            nowhere = np.full(len(newest), np.nan)
            return nowhere, nowhere, nowhere
        zero_counts, counts_per_kg = np.float64(self._span.zero_counts), self._span.counts_per_kg
        counts = self._median.take(newest) * known
        mean_counts = self._box.sums(counts) / np.maximum(self._box_known.sums(known), 1)
        fast_kg = (counts - zero_counts) / counts_per_kg
        slow_kg = (mean_counts - zero_counts) / counts_per_kg
        noise_counts = self._noise_counts.take(newest)
        variance = noise_counts * noise_counts / (counts_per_kg * counts_per_kg)
        fast_kg[~known] = slow_kg[~known] = variance[~known] = np.nan
        return fast_kg, slow_kg, variance
