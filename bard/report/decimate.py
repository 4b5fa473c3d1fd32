"""Many points as few columns, each with the lowest and the highest of its time.

One law: no peak is lost and no gap is filled: a column with nothing known is unknown, and one with anything unknown in
it says so. It knows no SVG.
"""

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Trace(Struct, frozen=True):
    """A series on a regular grid: each point is what was true of (at_s - step_s, at_s]; NaN: unknown. Shapes (n,).

    A point that is missing is as unknown as one that is NaN.
    """

    at_s: Floats
    low: Floats
    mid: Floats
    high: Floats
    u: Floats
    """Half the width of the band around `low` and `high`."""
    step_s: float


class Columns(Struct, frozen=True):
    """`count` columns from `start_s` to `end_s`; NaN where nothing is known. Shapes (count,)."""

    start_s: float
    end_s: float
    low: Floats
    mid: Floats
    high: Floats
    band_low: Floats
    band_high: Floats

    @property
    def edges_s(self) -> Floats:
        """Where columns begin and end; shape (count + 1,)."""
        return np.linspace(self.start_s, self.end_s, len(self.mid) + 1)


def columns(trace: Trace, start_s: float, end_s: float, most: int) -> Columns:
    """At most `most` columns, none shorter than the trace's step: min of lows, max of highs, mean of mids."""
    count = max(1, min(most, int((end_s - start_s) / trace.step_s + 1e-6)))
    middle_s = trace.at_s - trace.step_s / 2
    inside = (middle_s >= start_s) & (middle_s < end_s) & np.isfinite(trace.mid)
    place = np.minimum((middle_s[inside] - start_s) * (count / (end_s - start_s)), count - 1).astype(np.intp)
    low, mid, high, u = (part[inside] for part in (trace.low, trace.mid, trace.high, trace.u))
    known = np.bincount(place, minlength=count)
    with np.errstate(invalid="ignore"):
        mean = np.where(known > 0, np.bincount(place, mid, count) / np.maximum(known, 1), np.nan)
    return Columns(
        start_s,
        end_s,
        _extreme(np.fmin, low, place, count),
        mean,
        _extreme(np.fmax, high, place, count),
        _extreme(np.fmin, low - u, place, count),
        _extreme(np.fmax, high + u, place, count),
    )


def _extreme(take: Any, values: Floats, place: NDArray[np.intp], count: int) -> Floats:
    found = np.full(count, np.nan)
    take.at(found, place, values)
    return found


def runs(known: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and behind-last index of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
