import numpy as np
import pytest

from bard.simulate.chips import CHUNK_S, FIR, GRID_HZ, Chunk, Clock, Hx711
from bard.simulate.track import Floats


def chunk(number: int, load_kg: Floats | float) -> Chunk:
    steps = round(CHUNK_S * GRID_HZ)
    times_s = (number * steps + np.arange(steps + 1)) / GRID_HZ
    return Chunk(number, times_s, np.broadcast_to(load_kg, times_s.shape).astype(np.float64))


def test_a_clock_ticks_at_its_rate_and_forgets_nothing_at_the_edges() -> None:
    clock = Clock(86.3, 0.4)
    times_s = np.concatenate([clock.take((number + 1) * CHUNK_S) for number in range(20)])
    assert times_s.size == pytest.approx(20 * CHUNK_S * 86.3, abs=1)
    assert np.diff(times_s) == pytest.approx(1 / 86.3)


def test_a_step_is_seen_as_the_chip_was_measured_to_see_it() -> None:
    chip = Hx711(100.0, 0.0)
    steps = np.arange(round(CHUNK_S * GRID_HZ) + 1)
    times_s, load_kg = chip.convert(chunk(0, np.clip((steps - 3999) / 2, 0.0, 1.0)))
    after = load_kg[times_s > 4.001]
    assert after[:6] == pytest.approx([0.147, 0.645, 0.919, 0.988, 1.0, 1.0], abs=0.02)
    assert after[5:] == pytest.approx(1.0)


def test_five_taps_are_the_steps_of_the_measured_response() -> None:
    assert np.cumsum(FIR) == pytest.approx([0.147, 0.645, 0.919, 0.988, 1.0])


def test_a_mean_over_the_period_is_exact_for_a_ramp_whatever_the_chunk() -> None:
    chip = Hx711(83.7, 0.3)
    delay_s = (0.5 + np.dot(FIR, range(5))) / 83.7
    for number in range(3):
        part = chunk(number, 0.0)
        times_s, load_kg = chip.convert(Chunk(number, part.times_s, 5.0 * part.times_s))
        inside = times_s > 0.2
        assert load_kg[inside] == pytest.approx(5.0 * (times_s[inside] - delay_s), abs=1e-4)


def test_a_constant_load_is_itself_from_the_first_conversion() -> None:
    assert Hx711(80.0, 0.9).convert(chunk(0, 37.5))[1] == pytest.approx(37.5)
