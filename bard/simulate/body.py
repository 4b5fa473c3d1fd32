"""The therapist's body on the client: what its acceleration adds to the weight, m x a.

One law: the motion is a pure function of time, and none of it shows on the bars (the hard case: leg bounce never
does). It knows nothing of hands but when they lean, and nothing of cells.
Figures: simulator.md, "Body".
"""

from collections.abc import Sequence
from math import pi

import numpy as np
from numpy.random import Generator

from bard.simulate.hands import Lean
from bard.simulate.track import Floats

GRAVITY = 9.80665
BANDS_HZ = ((0.05, 0.5), (0.5, 2.0), (2.0, 5.0), (5.0, 10.0))
BAND_SD_N = (0.16, 0.9, 3.1, 0.85)
"""Standing on foam with open eyes; scaled by 1 to 4."""
MOTION_SCALE = (1.0, 4.0)
LEAN_FRACTION = 0.03
STROKE_HZ = (0.2, 0.5)
STROKE_M = (0.01, 0.03)
_TONES = 12


class Body:
    """`scale` 1 to 4 is drawn where None. Noise in a band is twelve tones, one from each twelfth of the band."""

    def __init__(
        self, weight_kg: float, leans: Sequence[Lean], rng: Generator, *, scale: float | None, strokes: bool
    ) -> None:
        drawn = rng.uniform(*MOTION_SCALE)
        self.scale = drawn if scale is None else scale
        tones_hz = [low + (high - low) * (np.arange(_TONES) + rng.random(_TONES)) / _TONES for low, high in BANDS_HZ]
        self._tones_hz = np.concatenate(tones_hz)
        self._tones_kg = np.repeat(np.array(BAND_SD_N), _TONES) * (2 / _TONES) ** 0.5 * self.scale / GRAVITY
        self._phases = rng.uniform(0, 2 * pi, self._tones_hz.size)
        self._stroke_hz = rng.uniform(*STROKE_HZ)
        stroke_m = rng.uniform(*STROKE_M)
        self._stroke_kg = weight_kg * stroke_m * (2 * pi * self._stroke_hz) ** 2 / GRAVITY if strokes else 0.0
        self._lean_kg = LEAN_FRACTION * weight_kg
        self._leans_s = np.array([lean.from_s for lean in leans] or [1e12])
        self._lean_spans_s = np.array([lean.for_s for lean in leans] or [1.0])

    def noise_kg(self, at_s: Floats) -> Floats:
        """The banded noise alone, at `at_s` of shape (n,)."""
        noise = np.zeros_like(at_s)
        for tone_hz, tone_kg, phase in zip(self._tones_hz, self._tones_kg, self._phases, strict=True):
            noise += tone_kg * np.sin(2 * pi * tone_hz * at_s + phase)
        return noise

    def motion_kg(self, at_s: Floats) -> Floats:
        """m x a in kgf at `at_s` of shape (n,): noise, strokes, leans."""
        strokes = self._stroke_kg * np.sin(2 * pi * self._stroke_hz * at_s)
        return self.noise_kg(at_s) + strokes + self._lean(at_s)

    def _lean(self, at_s: Floats) -> Floats:
        """Up as the lean begins, down as it ends: one turn of a sine over its length."""
        index = np.maximum(np.searchsorted(self._leans_s, at_s, side="right") - 1, 0)
        done = (at_s - self._leans_s[index]) / self._lean_spans_s[index]
        return np.where((done > 0) & (done < 1), self._lean_kg * np.sin(2 * pi * done), 0.0)
