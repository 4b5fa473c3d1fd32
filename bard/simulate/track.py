"""A value that moves from one level to the next by raised cosines: a pure function of time.

One law: a track is told its moves in the order of time and then only evaluated, at any times in any order. It knows
neither kilograms nor people, and draws nothing.
"""

from math import cos, pi

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RISE_10_90 = 0.5903
"""Share of a raised cosine's length in which it goes from 10 to 90 %."""

_SHORTEST_S = 1e-6


class Track:
    """Constant at `value` until the first move."""

    def __init__(self, value: float) -> None:
        self._starts_s = [-1e12]
        self._spans_s = [_SHORTEST_S]
        self._from = [value]
        self._to = [value]
        self._arrays: tuple[Floats, Floats, Floats, Floats] | None = None

    def move(self, at_s: float, to: float, over_s: float = 0.0) -> None:
        """From where it stands at `at_s` to `to` in `over_s`; cuts short a move that is still under way."""
        if at_s < self._starts_s[-1]:
            raise ValueError(f"a move at {at_s} s comes after one at {self._starts_s[-1]} s; allowed: in order of time")
        self._from.append(self._value_after_last(at_s))
        self._to.append(to)
        self._starts_s.append(at_s)
        self._spans_s.append(max(over_s, _SHORTEST_S))
        self._arrays = None

    def __call__(self, at_s: Floats) -> Floats:
        """The values at `at_s` (seconds, any shape)."""
        if self._arrays is None:
            self._arrays = (
                np.array(self._starts_s),
                np.array(self._spans_s),
                np.array(self._from),
                np.array(self._to),
            )
        starts, spans, levels, goals = self._arrays
        index = np.searchsorted(starts, at_s, side="right") - 1
        done = np.clip((at_s - starts[index]) / spans[index], 0.0, 1.0)
        return levels[index] + (goals[index] - levels[index]) * (0.5 - 0.5 * np.cos(pi * done))

    def _value_after_last(self, at_s: float) -> float:
        done = min(max((at_s - self._starts_s[-1]) / self._spans_s[-1], 0.0), 1.0)
        return self._from[-1] + (self._to[-1] - self._from[-1]) * (0.5 - 0.5 * cos(pi * done))
