"""The signal path, one row at a time: conversions -> kg per cell -> fast and slow bar load.

One law: what it gives depends on rows alone, and nothing feeds back into it; the working zero is subtracted after it.
It knows no support's name, no client and no alarm.
"""

from collections import deque
from math import nan

from bard.settings import CoreSettings
from bard.weigh.calibration import Calibration
from bard.weigh.cell import NOMINAL_COUNTS_PER_KG, Cell
from bard.weigh.state import CellState
from bard.wire.grid import Row


class Weighed:
    """What one row came to. Loads in kg, NaN where unknown; lists go over the cells in the order of the room."""

    __slots__ = ("at_us", "cell_fast_kg", "cell_slow_kg", "fast_kg", "slow_kg", "states")

    def __init__(self, at_us: int, cell_fast_kg: list[float], cell_slow_kg: list[float], states: list[CellState]) -> None:
        self.at_us = at_us
        self.cell_fast_kg = cell_fast_kg
        self.cell_slow_kg = cell_slow_kg
        self.states = states
        self.fast_kg = total_kg(cell_fast_kg)
        self.slow_kg = total_kg(cell_slow_kg)


def total_kg(loads_kg: list[float]) -> float:
    """Sum in the given order; NaN where any is unknown."""
    total = loads_kg[0]
    for load_kg in loads_kg[1:]:
        total += load_kg
    return total


class Weigher:
    """Carries the cells and their boxes; feed it every row, in order."""

    def __init__(self, settings: CoreSettings, calibration: Calibration) -> None:
        self._keys = [cell.key for cell in settings.room.cells]
        self.cells = [Cell(settings.weigh) for _ in self._keys]
        self._boxes = [_Box(settings.weigh.box_rows) for _ in self._keys]
        self.calibrate(calibration)

    def calibrate(self, calibration: Calibration) -> None:
        """Use this calibration from the next row on."""
        self._spans: list[tuple[float, float] | None] = []
        for key, cell in zip(self._keys, self.cells, strict=True):
            found = calibration.cells.get(key)
            cell.gate_by(found.counts_per_kg if found else NOMINAL_COUNTS_PER_KG)
            self._spans.append((found.zero_counts, found.counts_per_kg) if found else None)

    def weigh(self, row: Row) -> Weighed:
        """Take the next row."""
        for index, at_us, counts in row.conversions:
            self.cells[index].convert(at_us, counts)
        fast_kg: list[float] = []
        slow_kg: list[float] = []
        states: list[CellState] = []
        for cell, box, span in zip(self.cells, self._boxes, self._spans, strict=True):
            state = cell.state_at(row.at_us)
            if state is CellState.OK and span is None:
                state = CellState.UNCALIBRATED
            states.append(state)
            if span is None or state is not CellState.OK:
                box.push(None)
                fast_kg.append(nan)
                slow_kg.append(nan)
            else:
                zero_counts, counts_per_kg = span
                mean_counts = box.push(cell.median)
                fast_kg.append((cell.median - zero_counts) / counts_per_kg)
                slow_kg.append((mean_counts - zero_counts) / counts_per_kg)
        return Weighed(row.at_us, fast_kg, slow_kg, states)


class _Box:
    """Mean of the known rows among the last `rows`, from a running integer sum."""

    def __init__(self, rows: int) -> None:
        self._values: deque[int | None] = deque([None] * rows)
        self._sum = 0
        self._known = 0

    def push(self, counts: int | None) -> float:
        """Take a row (None: unknown) and give the mean; NaN while no row in the box is known."""
        gone = self._values.popleft()
        self._values.append(counts)
        if gone is not None:
            self._sum -= gone
            self._known -= 1
        if counts is None:
            return nan
        self._sum += counts
        self._known += 1
        return self._sum / self._known
