"""How much the bar load moves: a known motion gives the known number, a gap none, and old motion is forgotten."""

from math import isnan, nan, pi, sqrt

import numpy as np
import pytest

from bard.settings import WeighSettings
from bard.weigh.motion import Motion
from bard.weigh.path import Weigher
from bard.wire.grid import Row
from tests.recordings import Floats
from tests.weigh.playing import SPAN, calibration, play, room, seconds, seen, to_counts

BOX_S = WeighSettings().box_rows / 100
ROW_US, PERIOD_US = 10_000, 11_600


def box_leaves(hz: float) -> float:
    """Share of a sinusoid that is left of fast less slow: one less the box's own gain, delay and all."""
    ends_s = np.arange(WeighSettings().box_rows) / 100
    return float(abs(1 - np.exp(-2j * pi * hz * ends_s).mean()))


def sway(hz: float, kg: float, seconds_: float = 20.0) -> tuple[Floats, Floats]:
    """10 kg on the bar, swaying by +-`kg`."""
    times_s = np.arange(0, seconds_, 0.001)
    return times_s, 10.0 + kg * np.sin(2 * pi * hz * times_s)


@pytest.mark.parametrize(("hz", "kg"), [(0.5, 0.5), (0.5, 5.0), (1.0, 0.5), (1.0, 5.0), (2.0, 5.0), (4.0, 0.5)])
def test_a_sinusoid_moves_by_its_root_mean_square_in_the_band(hz: float, kg: float) -> None:
    at_s, conversions_kg = seen(*sway(hz, kg), rate_hz=86.0, phase=0.3)
    block = play(at_s, to_counts(conversions_kg))
    motion_kg = block.motion_kg[seconds(block) > 4.0]
    expected_kg = box_leaves(hz) * kg / sqrt(2)
    assert len(motion_kg) > 1000
    assert motion_kg == pytest.approx(expected_kg, rel=0.06)


def test_a_still_load_moves_by_its_noise_and_no_more() -> None:
    at_s, conversions_kg = seen(*sway(1.0, 0.0), rate_hz=86.0, phase=0.3)
    block = play(at_s, to_counts(conversions_kg))
    assert np.nanmax(block.motion_kg) < 0.003
    assert np.nanmin(block.motion_kg[seconds(block) > 3.0]) > 0.0005


def test_a_shift_is_seen_while_it_lasts_and_forgotten_within_the_window_and_the_box() -> None:
    times_s = np.arange(0, 12.0, 0.001)
    moved = np.clip((times_s - 5.0) / 1.0, 0, 1)
    at_s, conversions_kg = seen(times_s, 20 + 30 * (0.5 - 0.5 * np.cos(pi * moved)), rate_hz=86.0, phase=0.3)
    block = play(at_s, to_counts(conversions_kg))
    after_s = seconds(block) - 5.0
    assert np.nanmax(block.motion_kg[after_s < 0]) < 0.01
    assert (block.motion_kg[(after_s > 0.5) & (after_s < 1.5)] > 2.0).all()
    forgotten_s = 1.0 + BOX_S + WeighSettings().motion_rows / 100 + 0.1
    assert block.motion_kg[after_s > forgotten_s].max() < 0.01


def test_a_gap_is_unknown_and_what_was_known_before_counts_as_long_as_it_is_recent() -> None:
    weigher = Weigher(room(1), calibration(SPAN))
    motions = []
    for number in range(1200):
        row = Row((number + 1) * ROW_US, [])
        ready_us = row.at_us - row.at_us % PERIOD_US
        kg = 10.0 + (5.0 if (number // 12) % 2 and number < 300 else 0.0)
        if ready_us > row.at_us - ROW_US and not 300 <= number < 350:
            wobble = 40 if ready_us // PERIOD_US % 2 else -40
            row.conversions.append((0, ready_us, round(SPAN.zero_counts + kg * SPAN.counts_per_kg) + wobble))
        motions.append(weigher.weigh(row).motion_kg)
    assert motions[299] > 1.5
    unknown = [number for number in range(300, 400) if isnan(motions[number])]
    assert unknown[0] < 315
    assert unknown[-1] >= 349
    assert unknown == list(range(unknown[0], unknown[-1] + 1))
    assert motions[unknown[-1] + 1] > 1.5, "what moved 0.6 s ago still counts"
    assert motions[unknown[-1] + 100] < 0.01


def test_only_known_rows_count() -> None:
    motion = Motion(4)
    assert motion.push(0.003) == 0.003
    assert isnan(motion.push(nan))
    assert motion.push(-0.004) == pytest.approx(sqrt((9 + 16) / 2) / 1000)
    assert motion.push(0.0) == pytest.approx(sqrt(25 / 3) / 1000)
    assert motion.push(0.0) == pytest.approx(sqrt(16 / 3) / 1000)


def test_nonsense_is_bounded() -> None:
    motion = Motion(2)
    assert motion.push(-1e12) == 1000.0
    assert motion.push(0.0) == pytest.approx(1000.0 / sqrt(2))
