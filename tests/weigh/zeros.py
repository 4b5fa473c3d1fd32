"""A bench for the working zero: four cells with noise and drift, rows of 10 ms, motion as the rms of fast less slow."""

from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest

from bard.settings import UncertaintySettings, ZeroSettings
from bard.weigh.zeroing import ZeroMoved, ZeroTracker
from tests.recordings import Floats

ROWS_PER_S = 100
USUAL_KG, BAD_KG = 0.0112, 0.0671
"""Noise of four cells in all, past the gate: of conversions 150 counts at 20 000 counts/kg, 450 at 10 000."""
Load = float | Callable[[Floats], Floats]
SIGNS = pytest.mark.parametrize("sign", [1, -1])


class Bench:
    """Four cells, rows of 10 ms. A load hangs on the first two, the drift is in all of them."""

    def __init__(self, drift_kg_per_h: float = 0.0, noise_kg: float = USUAL_KG, seed: int = 1) -> None:
        self.tracker = ZeroTracker(ZeroSettings(), 4)
        self.drift_kg_per_h, self.noise_kg = drift_kg_per_h, noise_kg
        self.now_s = 100.0
        self.moves: list[ZeroMoved] = []
        self._random = np.random.default_rng(seed)
        self._past = self._fast_kg(125, 0.0)

    @property
    def now_us(self) -> int:
        return round(self.now_s * 1e6)

    @property
    def drifted_kg(self) -> float:
        return self.drift_kg_per_h * (self.now_s - 100) / 3600

    def hold(self, seconds: float, load: Load = 0.0, *, off: bool = True) -> ZeroTracker:
        """The bars carry a load for so long, or that function of the seconds since now."""
        fast = np.concatenate((self._past, self._fast_kg(round(seconds * ROWS_PER_S), load)))
        slow = mean_of(fast, 25)
        motion = np.sqrt(mean_of((fast[24:] - slow).sum(axis=1)[1:] ** 2, 100))
        slow = slow[-len(motion) :]
        for cells_kg, motion_kg in zip(slow.tolist(), motion.tolist(), strict=True):
            self.row(cells_kg, motion_kg, self.noise_kg, off=off)
        self._past = fast[-125:]
        return self.tracker

    def row(self, cells_kg: list[float], motion_kg: float = 0.0, noise_kg: float = 0.0, *, off: bool = True) -> None:
        self.now_s += 1 / ROWS_PER_S
        moved = self.tracker.step(self.now_us, cells_kg, motion_kg, noise_kg, off=off)
        if moved is not None:
            self.moves.append(moved)

    def work(self, seconds: float, rest_kg: float = 0.0) -> None:
        """Hanging on for so long, in rows a second apart, then down to `rest_kg` in half a second."""
        for _ in range(round(seconds)):
            self.now_s += 1 - 1 / ROWS_PER_S
            self.row([10.0] * 4, 2.0, self.noise_kg, off=False)
        self.hold(0.5, lambda at_s: 40 - (40 - rest_kg) * at_s / 0.5, off=False)

    def _fast_kg(self, rows: int, load: Load) -> Floats:
        """The next rows, unsmoothed, shape (rows, cells)."""
        at_s = np.arange(1, rows + 1, dtype=np.float64) / ROWS_PER_S
        noise = mean_of(self._random.normal(0, self.noise_kg / 2 * 3**0.5, (rows + 2, 4)), 3)
        carried = load(at_s) if callable(load) else np.full_like(at_s, load)
        drift = self.drift_kg_per_h * (self.now_s - 100 + at_s) / 3600
        fast_kg: Floats = np.outer(carried, [0.5, 0.5, 0, 0]) + np.outer(drift, [0.25] * 4) + noise
        return fast_kg


def zero_half_width_kg(tracker: ZeroTracker, now_us: int, budget: UncertaintySettings | None = None) -> float:
    """What U holds for the zero."""
    budget = budget or UncertaintySettings()
    age_h = 0.0 if tracker.checked_us is None else (now_us - tracker.checked_us) / 3.6e9
    return 2 * sqrt((budget.zero_kg + budget.zero_kg_per_h * age_h) ** 2 + tracker.offset_kg**2)


def mean_of(values: Floats, rows: int) -> Floats:
    """The mean over so many rows, from the row on that has as many behind it."""
    sums = np.concatenate((np.zeros((1, *values.shape[1:])), values.cumsum(axis=0)))
    means: Floats = (sums[rows:] - sums[:-rows]) / rows
    return means
