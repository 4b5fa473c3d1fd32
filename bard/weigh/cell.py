"""One cell: conversions in, a gated reading and a state out.

One law: a cell is known, or it has a state with a name; an unknown is never a number. Everything here is integers.
`bard.weigh.block` does the same for many conversions at once, and a test holds the two together to the bit.
"""

from collections import deque

from bard.settings import WeighSettings
from bard.weigh.state import FIRST_FAULT, CellState
from bard.wire.frames import RAIL_HIGH, RAIL_LOW

LONG_AGO_US = -(1 << 60)
DEAD_WORDS = (0, -1)
NOMINAL_COUNTS_PER_KG = 20_000.0
"""Stands in for the span of a cell without a calibration, in the gates only; its load stays unknown."""


def median_of_3(a: int, b: int, c: int) -> int:
    """The middle one."""
    return max(min(a, b), min(max(a, b), c))


def stuck_most(settings: WeighSettings) -> int:
    """Equal conversions in a row that make any cell stuck: those of a chip of 100 a second."""
    return settings.stuck_us // 10_000 + 1


class Cell:
    """Carries the newest conversions of one cell. `median` stands from a conversion to the next."""

    def __init__(self, settings: WeighSettings) -> None:
        self._settings = settings
        self._gate_counts = self._rough_counts = 0
        self._times_us = (0, 0, 0)
        self._counts = (0, 0)
        self._same_run = 0
        self._gated: deque[int] = deque()
        self._rough: deque[int] = deque()
        self._stale_us = 0
        self._own_state = CellState.SETTLING
        self._fault_us = LONG_AGO_US
        self.conversions = 0
        self.median = 0
        self.flagged = False
        """The board calls this cell faulty."""
        self.restarted = False
        """Its board has come anew since the last row: it is proved again."""

    def gate_by(self, counts_per_kg: float) -> None:
        """Set the gate and the roughness bound from this span."""
        self._gate_counts = int(abs(counts_per_kg) * self._settings.gate_kg)
        self._rough_counts = int(abs(counts_per_kg) * self._settings.rough_kg)

    @property
    def newest_us(self) -> int:
        """When the newest conversion was ready; 0 before the first."""
        return self._times_us[0]

    @property
    def gated_in_window(self) -> int:
        """How many of the last `gate_window` conversions were single wrong ones."""
        return len(self._gated)

    def convert(self, at_us: int, counts: int) -> None:
        """Take the next conversion; `at_us` rises."""
        settings = self._settings
        time1, time2, time3 = self._times_us
        middle, old = self._counts
        self._times_us = (at_us, time1, time2)
        self._counts = (counts, middle)
        self.conversions = number = self.conversions + 1
        period_us = median_of_3(at_us - time1, time1 - time2, time2 - time3)
        own_us = int(period_us * settings.stale_periods)
        self._stale_us = stale_us = min(max(own_us, settings.stale_us), settings.stale_most_us)
        self.median = median = median_of_3(counts, middle, old)
        self._same_run = self._same_run + 1 if counts == middle else 0
        settling = at_us - time1 > stale_us or time1 - time2 > stale_us
        if not settling:
            if abs(middle - median) > self._gate_counts:
                self._gated.append(number)
            if abs(counts - 2 * middle + old) > self._rough_counts:
                self._rough.append(number)
        _forget(self._gated, number - settings.gate_window)
        _forget(self._rough, number - settings.rough_window)
        if median in (RAIL_LOW, RAIL_HIGH):
            self._own_state = CellState.SATURATED
        elif self._is_stuck(period_us, counts):
            self._own_state = CellState.STUCK
        elif len(self._gated) >= settings.gate_fault_count:
            self._own_state = CellState.SPIKES
        elif len(self._rough) >= settings.rough_fault_count:
            self._own_state = CellState.NOISY
        else:
            self._own_state = CellState.SETTLING if settling else CellState.OK

    def _is_stuck(self, period_us: int, counts: int) -> bool:
        if self._same_run < 2:
            return False
        most = min(self._settings.stuck_us // max(period_us, 1) + 1, stuck_most(self._settings))
        return self._same_run >= most or counts in DEAD_WORDS

    def state_at(self, row_us: int) -> CellState:
        """The state at a row; rows are asked once each, in order."""
        age_us = row_us - self._times_us[0]
        if self.flagged:
            state = CellState.BOARD_FAULT
        elif age_us > self._stale_us:
            state = CellState.SILENT
        else:
            state = self._own_state
        if state >= FIRST_FAULT or self.restarted or age_us > self._settings.prove_us:
            self._fault_us = row_us
            self.restarted = False
        if state is CellState.OK and row_us - self._fault_us < self._settings.prove_us:
            return CellState.PROVING
        return state


def _forget(numbers: deque[int], up_to: int) -> None:
    while numbers and numbers[0] <= up_to:
        numbers.popleft()
