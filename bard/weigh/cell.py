"""One cell: conversions in, a gated reading and a state out.

One law: a cell is known, or it has a state with a name; an unknown is never a number. All that decides is integers.
`bard.weigh.block` does the same for many conversions at once, and a test holds the two together to the bit.
"""

from collections import deque

from bard.settings import WeighSettings
from bard.weigh.noise import EACH, Noise
from bard.weigh.state import FIRST_FAULT, CellState
from bard.wire.frames import RAIL_HIGH, RAIL_LOW

LONG_AGO_US = -(1 << 60)
DEAD_WORDS = (0, -1)
NOMINAL_COUNTS_PER_KG = 20_000.0
"""Stands in for the span of a cell without a calibration, in the gates only; its load stays unknown."""

_RAILS = (RAIL_LOW, RAIL_HIGH)
_OK, _PROVING, _SETTLING, _SILENT = CellState.OK, CellState.PROVING, CellState.SETTLING, CellState.SILENT


def gate_counts(counts_per_kg: float, bound_kg: float) -> int:
    """A bound in kg as counts of a cell with this span."""
    return int(abs(counts_per_kg) * bound_kg)


def slow_us(settings: WeighSettings) -> int:
    """The longest period of a chip that is not slow."""
    return int(1e6 / settings.slow_rate_hz)


def stuck_most(settings: WeighSettings) -> int:
    """Equal conversions in a row that make any cell stuck: those of a chip of 100 a second."""
    return settings.stuck_us // 10_000 + 1


class Cell:
    """Carries the newest conversions of one cell. `median` stands from a conversion to the next."""

    def __init__(self, settings: WeighSettings) -> None:
        self._settings = settings
        self._stuck_most = stuck_most(settings)
        self._slow_us = slow_us(settings)
        self._gate_counts = self._rough_counts = self._calm_counts = 0
        self._newest_us = LONG_AGO_US
        self._gaps_us = (0, 0)
        self._counts = (0, 0)
        self._same_run = 0
        self._gated: deque[int] = deque()
        self._rough: deque[int] = deque()
        self._restless: deque[int] = deque()
        self._stale_us = 0
        self._own_state = _SETTLING
        self._fault_us = self._restless_us = LONG_AGO_US
        self._proved = False
        self._calm_needed = True
        """Until its first proof, and after a fault of its own; a mere restart of its board needs no calm."""
        self.noise = Noise(settings.noise_window)
        self.conversions = 0
        self.median = 0
        self.flagged = False
        """The board calls this cell faulty."""
        self.restarted = True
        """It or its board has come anew since the last row: it is proved (again)."""

    def gate_by(self, counts_per_kg: float) -> None:
        """Set the gate and the roughness bound from this span."""
        self._gate_counts = gate_counts(counts_per_kg, self._settings.gate_kg)
        self._rough_counts = gate_counts(counts_per_kg, self._settings.rough_kg)
        self._calm_counts = gate_counts(counts_per_kg, self._settings.calm_kg)

    @property
    def newest_us(self) -> int:
        """When the newest conversion was ready; 0 before the first."""
        return self._newest_us if self.conversions else 0

    @property
    def noise_counts(self) -> float:
        """Standard deviation of one conversion; quick motion of the load raises it. NaN before the third."""
        return self.noise.counts

    @property
    def gated_in_window(self) -> int:
        """How many of the last `gate_window` conversions were single wrong ones."""
        return len(self._gated)

    def convert(self, at_us: int, counts: int) -> None:
        """Take the next conversion; `at_us` rises. Medians of 3 stand written out: a call costs more than they do."""
        settings = self._settings
        self.conversions = number = self.conversions + 1
        gap_us = at_us - self._newest_us
        before_us, oldest_us = self._gaps_us
        self._newest_us, self._gaps_us = at_us, (gap_us, before_us)
        low, high = (gap_us, before_us) if gap_us < before_us else (before_us, gap_us)
        period_us = low if oldest_us < low else high if oldest_us > high else oldest_us
        stale_us = int(period_us * settings.stale_periods)
        if stale_us < settings.stale_us:
            stale_us = settings.stale_us
        if stale_us > settings.stale_most_us:
            stale_us = settings.stale_most_us
        self._stale_us = stale_us

        middle, old = self._counts
        self._counts = (counts, middle)
        low, high = (counts, middle) if counts < middle else (middle, counts)
        self.median = median = low if old < low else high if old > high else old
        same_run = self._same_run = self._same_run + 1 if counts == middle else 0

        bend = abs(counts - 2 * middle + old)
        if not number % EACH:
            self.noise.take(bend, self._calm_counts)
        settled = gap_us <= stale_us and before_us <= stale_us
        gated, rough, restless = self._gated, self._rough, self._restless
        if settled:
            if abs(middle - median) > self._gate_counts:
                gated.append(number)
            if bend > self._rough_counts:
                rough.append(number)
            if bend > self._calm_counts and period_us <= self._slow_us:
                restless.append(number)
        if gated and gated[0] <= number - settings.gate_window:
            gated.popleft()
        if rough and rough[0] <= number - settings.rough_window:
            rough.popleft()
        if restless and restless[0] <= number - settings.rough_window:
            restless.popleft()

        if median in _RAILS:
            self._own_state = CellState.SATURATED
        elif same_run >= 2 and self._is_stuck(period_us, counts):
            self._own_state = CellState.STUCK
        elif len(gated) >= settings.gate_fault_count:
            self._own_state = CellState.SPIKES
        elif len(rough) >= settings.rough_fault_count:
            self._own_state = CellState.NOISY
        else:
            self._own_state = _OK if settled else _SETTLING

    def _is_stuck(self, period_us: int, counts: int) -> bool:
        run = self._same_run
        return run >= self._stuck_most or run * max(period_us, 1) > self._settings.stuck_us or counts in DEAD_WORDS

    def state_at(self, row_us: int) -> CellState:
        """The state at a row; rows are asked once each, in order."""
        age_us = row_us - self._newest_us
        if self.flagged:
            state = CellState.BOARD_FAULT
        elif age_us > self._stale_us:
            state = _SILENT
        else:
            state = self._own_state
        if self.restarted or age_us > self._settings.prove_us or state >= FIRST_FAULT:
            self._fault_us = self._restless_us = row_us
            self.restarted = self._proved = False
            self._calm_needed = self._calm_needed or FIRST_FAULT <= state < CellState.BOARD_FAULT
        if self._proved:
            return state
        proving = self._prove(row_us)
        return proving if state is _OK else state

    def _prove(self, row_us: int) -> CellState:
        settings = self._settings
        restless = self._calm_needed and len(self._restless) >= settings.rough_fault_count
        if restless:
            self._restless_us = row_us
        if row_us - self._restless_us >= settings.prove_us:
            self._proved = True
            self._calm_needed = False
            return _OK
        return CellState.NOISY if restless and row_us - self._fault_us >= settings.restless_us else _PROVING
