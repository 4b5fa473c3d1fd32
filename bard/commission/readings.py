"""Many readings of every cell -> mean and stillness, or why they cannot be used.

One law: a reading counts only while its cell is healthy; an average over a moving bar is refused, with the number.
"""

from math import sqrt

from bard.errors import Refused
from bard.weigh.state import FIRST_FAULT, IN_WORDS, CellState

LEAST_READINGS = 100
STILL_COUNTS = 4_000
"""Most the two halves of an average may differ, and most standard deviation: 0.2 kg for a usual cell."""


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

    def mean_counts(self) -> float:
        """Raises Refused where the cell was faulty, silent or moving, in words with the number behind it."""
        counts, name = self._counts, self.name
        if self._worst >= FIRST_FAULT or len(counts) < LEAST_READINGS:
            raise Refused(f"{name}: {IN_WORDS[self._worst]} ({len(counts)} of at least {LEAST_READINGS} good readings)")
        if len(set(counts)) == 1:
            raise Refused(f"{name}: {len(counts)} readings are all {counts[0]} counts; check its wires")
        half = len(counts) // 2
        mean = sum(counts) / len(counts)
        deviation = sqrt(sum((count - mean) ** 2 for count in counts) / (len(counts) - 1))
        drift = abs(sum(counts[half:]) / (len(counts) - half) - sum(counts[:half]) / half)
        if max(deviation, drift) > STILL_COUNTS:
            raise Refused(
                f"{name}: not still (sd {deviation:.0f}, drift {drift:.0f} counts; allowed: {STILL_COUNTS}): "
                "let the bars hang free and try again"
            )
        return mean
