"""The signal path, one row at a time: conversions -> kg per cell -> fast and slow bar load.

One law: what it gives depends on rows alone, and nothing feeds back into it; the working zero is subtracted after it.
It knows no support's name, no client and no alarm.
"""

from collections import deque
from math import nan, sqrt

from bard.settings import CoreSettings
from bard.weigh.calibration import Calibration
from bard.weigh.cell import NOMINAL_COUNTS_PER_KG, Cell
from bard.weigh.motion import Motion
from bard.weigh.noise import GATE_KEEPS
from bard.weigh.state import CellState
from bard.wire.grid import Row

_OK = CellState.OK


class Weighed:
    """What one row came to. Loads in kg, NaN where unknown; lists go over the cells in the order of the room."""

    __slots__ = ("at_us", "cell_fast_kg", "cell_slow_kg", "fast_kg", "motion_kg", "noise_kg", "slow_kg", "states")

    def __init__(
        self,
        at_us: int,
        fast_kg: float,
        slow_kg: float,
        motion_kg: float,
        noise_kg: float,
        cell_fast_kg: list[float],
        cell_slow_kg: list[float],
        states: list[CellState],
    ) -> None:
        self.at_us = at_us
        self.fast_kg = fast_kg
        self.slow_kg = slow_kg
        self.motion_kg = motion_kg
        """How much the bar load moved in the last second (`bard.weigh.motion`)."""
        self.noise_kg = noise_kg
        """Standard uncertainty of `fast_kg` by the noise of its cells alone (`bard.weigh.noise`)."""
        self.cell_fast_kg = cell_fast_kg
        self.cell_slow_kg = cell_slow_kg
        self.states = states


def total_kg(loads_kg: list[float]) -> float:
    """Sum in the given order; NaN where any is unknown."""
    total = loads_kg[0]
    for load_kg in loads_kg[1:]:
        total += load_kg
    return total


class Weigher:
    """Carries the cells and their boxes; feed it every row, in order."""

    def __init__(self, settings: CoreSettings, calibration: Calibration) -> None:
        self._motion = Motion(settings.weigh.motion_rows)
        self._keys = [cell.key for cell in settings.room.cells]
        self.cells = [Cell(settings.weigh) for _ in self._keys]
        self._boxes = [_Box(settings.weigh.box_rows) for _ in self._keys]
        self.calibrate(calibration)

    def calibrate(self, calibration: Calibration) -> None:
        """Use this calibration from the next row on."""
        found = [calibration.cells.get(key) for key in self._keys]
        self.counts_per_kg = [span.counts_per_kg if span else nan for span in found]
        """By cell; NaN where it has no span."""
        noises = [cell.noise for cell in self.cells]
        squares = [span.counts_per_kg * span.counts_per_kg if span else nan for span in found]
        self._lanes = list(zip(self.cells, self._boxes, noises, found, squares, strict=True))
        for cell, span in zip(self.cells, found, strict=True):
            cell.gate_by(span.counts_per_kg if span else NOMINAL_COUNTS_PER_KG)

    def weigh(self, row: Row) -> Weighed:
        """Take the next row."""
        cells, row_us = self.cells, row.at_us
        for index, at_us, counts in row.conversions:
            cells[index].convert(at_us, counts)
        cell_fast_kg: list[float] = []
        cell_slow_kg: list[float] = []
        states: list[CellState] = []
        variance = 0.0
        for cell, box, noise, span, span_square in self._lanes:
            state = cell.state_at(row_us)
            if state is _OK and span is not None:
                counts, zero_counts, counts_per_kg = cell.median, span.zero_counts, span.counts_per_kg
                cell_fast_kg.append((counts - zero_counts) / counts_per_kg)
                cell_slow_kg.append((box.push(counts) - zero_counts) / counts_per_kg)
                variance += noise.counts_square / span_square
            else:
                box.push(None)
                cell_fast_kg.append(nan)
                cell_slow_kg.append(nan)
                variance = nan
                if state is _OK:
                    state = CellState.UNCALIBRATED
            states.append(state)
        fast_kg, slow_kg = total_kg(cell_fast_kg), total_kg(cell_slow_kg)
        motion_kg, noise_kg = self._motion.push(fast_kg - slow_kg), sqrt(variance) * GATE_KEEPS
        return Weighed(row_us, fast_kg, slow_kg, motion_kg, noise_kg, cell_fast_kg, cell_slow_kg, states)


class _Box:
    """Mean of the known rows among the last `rows`, from a running integer sum."""

    def __init__(self, rows: int) -> None:
        self._values: deque[int | None] = deque([None] * rows, rows)
        self._sum = 0
        self._known = 0

    def push(self, counts: int | None) -> float:
        """Take a row (None: unknown) and give the mean of the known ones; NaN for an unknown row."""
        gone = self._values[0]
        self._values.append(counts)
        if gone is not None:
            self._sum -= gone
            self._known -= 1
        if counts is None:
            return nan
        self._sum += counts
        self._known += 1
        return self._sum / self._known
