"""What one cell carries from a block of conversions or rows to the next, in numpy.

One law: what comes out for an element depends on the elements before it, never on how they were cut into blocks.
"""

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Counts = NDArray[np.int32]
States = NDArray[np.int8]
Bools = NDArray[np.bool_]
Number = TypeVar("Number", np.int64, np.int32, np.int8, np.float64)


class Column(Generic[Number]):
    """The newest `depth` values of a column."""

    def __init__(self, depth: int, start: Number) -> None:
        self._depth = depth
        self.newest: NDArray[Number] = np.full(depth, start)

    def extend(self, values: NDArray[Number]) -> NDArray[Number]:
        """The `depth` values carried, then these."""
        joined = np.concatenate((self.newest, values))
        self.newest = joined[-self._depth :]
        return joined


class Window:
    """Sums of the last `length` values, from a running sum of 64 bits.

    Sums of integers are exact in any order, and a running sum that wraps cancels in the difference.
    """

    def __init__(self, length: int) -> None:
        self._totals = Column(length, np.int64(0))
        self._length = length

    def sums(self, values: Ints | Counts | Bools) -> Ints:
        """For each value the sum that ends with it; before the first value there were zeros."""
        running = np.cumsum(values, dtype=np.int64)
        running += self._totals.newest[-1]
        totals = self._totals.extend(running)
        return totals[self._length :] - totals[: -self._length]


class Run:
    """For how many elements in a row a flag has stood."""

    def __init__(self) -> None:
        self._carried = 0

    def lengths(self, flags: Bools) -> Ints:
        """For each element the run that ends with it; 0 where its flag is not set."""
        position = np.arange(self._carried + 1, self._carried + 1 + len(flags))
        run = position - np.maximum.accumulate(np.where(flags, 0, position))
        self._carried = int(run[-1]) if len(run) else self._carried
        return run


class Latest:
    """The newest of instants that rise."""

    def __init__(self, start_us: int | None) -> None:
        self._carried = start_us

    def instants(self, flags: Bools, at_us: Ints) -> Ints:
        """For each element the newest `at_us` whose flag was set, or `start_us`; None: the very first element's."""
        if not len(at_us):
            return at_us
        carried = at_us[0] if self._carried is None else self._carried
        latest = np.maximum.accumulate(np.where(flags, at_us, carried))
        self._carried = int(latest[-1])
        return latest


def median_of_3(a: NDArray[Number], b: NDArray[Number], c: NDArray[Number]) -> NDArray[Number]:
    """The middle one, elementwise."""
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
