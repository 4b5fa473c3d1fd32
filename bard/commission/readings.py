"""Many readings of every cell -> mean and stillness, or why they cannot be used.

One law: a reading counts only while its cell is healthy; an average over a moving bar is refused, with the number.
"""

from math import sqrt
from typing import NamedTuple

from bard.errors import Refused
from bard.weigh.state import FIRST_FAULT, IN_WORDS, CellState

LEAST_READINGS = 100


class Stillness(NamedTuple):
    """Most counts by which readings may scatter (standard deviation), and by which their two halves may differ.

    `advice`: what to do about more.
    """

    sd_counts: int
    drift_counts: int
    advice: str


FREE = Stillness(2_000, 1_000, "let the bars hang free, hold no rope or cable, and try again")
"""Of free bars: 0.1 kg and 0.05 kg for a usual cell."""
HUNG = Stillness(4_000, 4_000, "let what hangs there come to rest and try again")
"""Of weights: 0.2 kg."""
PULLED = Stillness(40_000, 40_000, "hold the pull steady for the three seconds, arms straight, and try again")
"""Of a person: 2 kg."""


class Readings:
    """Collects one cell's counts row by row."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._counts: list[int] = []
        self._worst = CellState.OK

    def take(self, counts: int, state: CellState) -> None:
        """One row's reading of this cell."""
        if state < CellState.SETTLING:
            self._counts.append(counts)
        else:
            self._worst = max(self._worst, state)

    def mean_counts(self, allowed: Stillness = HUNG) -> float:
        """Raises Refused where the cell was faulty, silent or moving, in words with the number behind it."""
        counts, name = self._counts, self.name
        if self._worst >= FIRST_FAULT or len(counts) < LEAST_READINGS:
            raise Refused(f"{name}: {IN_WORDS[self._worst]} ({len(counts)} of at least {LEAST_READINGS} good readings)")
        if len(set(counts)) == 1:
            raise Refused(f"{name}: {len(counts)} readings are all {counts[0]} counts; check its wires")
        first, last = self.ends_counts(2)
        if self.sd_counts > allowed.sd_counts or abs(last - first) > allowed.drift_counts:
            raise Refused(
                f"{name}: not still (sd {self.sd_counts:.0f}, drift {abs(last - first):.0f} counts; "
                f"allowed: {allowed.sd_counts} and {allowed.drift_counts}): {allowed.advice}"
            )
        return sum(counts) / len(counts)

    @property
    def sd_counts(self) -> float:
        """Standard deviation of the readings; 0 of fewer than two."""
        counts = self._counts
        if len(counts) < 2:
            return 0.0
        mean = sum(counts) / len(counts)
        return sqrt(sum((count - mean) ** 2 for count in counts) / (len(counts) - 1))

    def ends_counts(self, parts: int) -> tuple[float, float]:
        """Means of the first and of the last of so many parts. There must be as many readings."""
        size = max(len(self._counts) // parts, 1)
        return sum(self._counts[:size]) / size, sum(self._counts[-size:]) / size
