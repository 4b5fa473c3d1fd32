"""How much a cell's conversions scatter by themselves, from second differences, which a load at rest does not have.

One law: a single wrong conversion leaves no mark. It bends three second differences in a row; so each third one is
taken, and of the last three of those the median. It knows neither load nor span. `bard.weigh.block` has its twin.
"""

from collections import deque
from math import nan

EACH = 3
"""Only second differences of conversions whose number divides by this are taken."""
BEND_PER_SD = 1.4875
"""Mean of such medians for noise of sd 1 whose successive conversions correlate by r = 0.25, as those of recorded cells
do: 0.7324, for the median of three absolute normal numbers, times sqrt(6 - 8 r + 2 r^2). White noise reads 1.2 times
its sd."""
GATE_KEEPS = 0.746
"""sd of the spike gate's median of three such conversions over that of one."""


class Noise:
    """Mean of those medians over the last `window` of them. A load in quick motion raises it, up to the bound given."""

    __slots__ = ("_medians", "_newest", "_sum", "_taken", "counts", "counts_square")

    def __init__(self, window: int) -> None:
        self._newest = (0, 0)
        self._medians = deque([0] * window, window)
        self._sum = 0
        self._taken = 0
        self.counts = nan
        """Standard deviation of one conversion; NaN before there is any."""
        self.counts_square = nan

    def take(self, bend: int, most: int) -> None:
        """Take the size of a second difference; above `most` it is motion or wrong, and counts as `most`."""
        if bend > most:
            bend = most
        middle, old = self._newest
        self._newest = (bend, middle)
        low, high = (bend, middle) if bend < middle else (middle, bend)
        median = low if old < low else high if old > high else old
        medians = self._medians
        self._sum += median - medians[0]
        medians.append(median)
        if self._taken < len(medians):
            self._taken += 1
        self.counts = counts = self._sum / self._taken / BEND_PER_SD
        self.counts_square = counts * counts
