import numpy as np
import pytest
from numpy.random import PCG64, Generator

from bard.simulate.body import BAND_SD_N, BANDS_HZ, GRAVITY, MOTION_SCALE, Body
from bard.simulate.hands import Lean

AT_S = np.arange(0, 600, 0.02)


def body(seed: int = 1, scale: float | None = 1.0, strokes: bool = False, leans: tuple[Lean, ...] = ()) -> Body:
    return Body(70.0, leans, Generator(PCG64(seed)), scale=scale, strokes=strokes)


def test_each_band_has_its_force() -> None:
    force_n = body().noise_kg(AT_S) * GRAVITY
    power = np.abs(np.fft.rfft(force_n)) ** 2 * 2 / AT_S.size**2
    at_hz = np.fft.rfftfreq(AT_S.size, 0.02)
    for (low_hz, high_hz), sd_n in zip(BANDS_HZ, BAND_SD_N, strict=True):
        inside = (at_hz >= low_hz) & (at_hz < high_hz)
        assert power[inside].sum() ** 0.5 == pytest.approx(sd_n, rel=0.1)
    assert power[at_hz > 10.5].sum() < 0.01


def test_the_scale_is_drawn_from_its_range() -> None:
    scales = [body(seed, None).scale for seed in range(200)]
    assert MOTION_SCALE[0] <= min(scales) < 1.2 < 3.8 < max(scales) <= MOTION_SCALE[1]


def test_strokes_are_one_slow_sine_of_centimetres() -> None:
    for seed in range(5):
        stroke_kg = body(seed, scale=0.0, strokes=True).motion_kg(AT_S)
        low_kg, high_kg = (70 * metre * (2 * np.pi * hz) ** 2 / GRAVITY for metre, hz in ((0.01, 0.2), (0.03, 0.5)))
        assert 0.99 * low_kg <= stroke_kg.max() <= high_kg


def test_a_lean_pushes_then_lightens_by_three_percent() -> None:
    leaning_kg = body(scale=0.0, leans=(Lean(10.0, 1.0), Lean(20.0, 2.0))).motion_kg(AT_S)
    assert leaning_kg[(AT_S < 10) | ((AT_S > 11) & (AT_S < 20)) | (AT_S > 22)] == pytest.approx(0)
    assert leaning_kg[AT_S.searchsorted(10.25)] == pytest.approx(0.03 * 70, rel=0.01)
    assert leaning_kg[AT_S.searchsorted(21.5)] == pytest.approx(-0.03 * 70, rel=0.01)
