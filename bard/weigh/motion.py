"""How much the bar load moves: the scatter of its fast value about its slow one.

One law: what it gives depends on whole grams and running sums of integers, so that any cut of the stream gives the
same. It knows nothing of what the motion means for a client (`bard.client.uncertainty`). `bard.weigh.block` has its
twin.
"""

from collections import deque
from math import nan, sqrt

GRAMS = 1000.0
MOST_G = 1e6
"""More than a tonne counts as a tonne: squares stay exact."""


class Motion:
    """Root mean square of fast less slow over the known rows among the last `rows`.

    With a slow path of 25 rows a third of a motion of 0.5 Hz is left, 0.7 of one of 1 Hz, all from 1.5 Hz on, until
    the converter's own filter ends it near 20 Hz.
    """

    __slots__ = ("_known", "_squares", "_sum")

    def __init__(self, rows: int) -> None:
        self._squares: deque[int | None] = deque([None] * rows, rows)
        self._sum = 0
        self._known = 0

    def push(self, apart_kg: float) -> float:
        """Take a row's fast less slow bar load and give the motion (kg); NaN for an unknown row."""
        squares = self._squares
        gone = squares[0]
        if gone is not None:
            self._sum -= gone
            self._known -= 1
        grams = apart_kg * GRAMS
        if not -MOST_G < grams < MOST_G:
            if grams != grams:
                squares.append(None)
                return nan
            grams = MOST_G
        whole = round(grams)
        square = whole * whole
        squares.append(square)
        self._sum += square
        self._known += 1
        return sqrt(self._sum / self._known) / GRAMS
