"""Recorded forces through weigh/: good ones never become a fault, broken ones never become a weight.

Forces are seen through an HX711 (mean over each period, five taps); a cell's own stream is played one conversion per
sample, or sampled in its own time. All at several rates and phases.
"""

from collections.abc import Callable

import numpy as np
import pytest

from bard.settings import WeighSettings
from bard.weigh.block import WeighedBlock
from bard.weigh.calibration import CellCalibration
from bard.weigh.cell import Cell
from bard.weigh.history import Bools
from bard.weigh.state import FIRST_FAULT, CellState
from tests.recordings import Floats, load_kg
from tests.weigh.playing import RAIL_HIGH, SPAN, one_per_sample, play, sampled, seconds, seen, to_counts

Play = Callable[[Floats, Floats, float, float], tuple[Floats, Floats]]
RATES_HZ = (78.0, 82.0, 86.0, 90.0, 94.0)
PHASES = (0.0, 0.2, 0.4, 0.6, 0.8)
LEAD_S = 1.5
KNOWN_FROM_S = 1.2
FORCES = [
    ("stand_firm_open", "force_n"),
    ("stand_foam_open", "force_n"),
    ("stand_foam_closed_worst", "force_n"),
    ("two_plates_firm_open", "right_n"),
    ("two_plates_firm_open", "left_n"),
    ("two_plates_foam_closed", "right_n"),
    ("two_plates_foam_closed", "left_n"),
    ("hand_pushrim", "force_n"),
    ("hand_pushrim", "fx_n"),
    ("hand_pushrim", "fy_n"),
    ("hand_pushrim", "fz_n"),
    ("step_on_jump_step_off", "force_n"),
    ("countermovement_jump", "force_n"),
    ("walk_over_plates", "plate3_n"),
    ("walk_over_plates", "plate4_n"),
    ("walk_over_plates", "plate5_n"),
    ("walk_over_plates", "plate6_n"),
]
BRISK = ("step_on_jump_step_off", "countermovement_jump", "walk_over_plates")
"""In motion from their first second on: a rest of `LEAD_S` comes before them, in which the cell is proved."""
IMPATIENT = WeighSettings(rough_fault_count=24, gate_fault_count=8)
"""Bounds nearer to the good recordings than the real ones (26 and 20): what passes here has a margin there."""


def with_lead(times_s: Floats, kg: Floats) -> tuple[Floats, Floats]:
    """The first value for `LEAD_S`, then the recording."""
    return np.concatenate((times_s[:1] - LEAD_S, times_s)) + LEAD_S, np.concatenate((kg[:1], kg))


def faulty(block: WeighedBlock) -> Bools:
    """(rows,) whether the cell is called faulty."""
    return block.states[:, 0] >= FIRST_FAULT


# Good recordings


@pytest.mark.parametrize(("name", "column"), FORCES)
def test_a_person_s_force_is_always_known(name: str, column: str) -> None:
    times_s, kg = load_kg(name, column)
    if name in BRISK:
        times_s, kg = with_lead(times_s, kg)
    for rate_hz in RATES_HZ:
        for phase in PHASES:
            at_s, conversions_kg = seen(times_s, kg, rate_hz, phase)
            block = play(at_s, to_counts(conversions_kg), weigh=IMPATIENT)
            known = seconds(block) > KNOWN_FROM_S
            assert known.sum() > 100
            assert not (block.states[known] != CellState.OK).any()
            assert np.isfinite(block.slow_kg[known]).all()


def test_a_standing_person_s_mean_comes_through() -> None:
    times_s, kg = load_kg("stand_firm_open")
    at_s, conversions_kg = seen(times_s, kg, 86.0, 0.3)
    block = play(at_s, to_counts(conversions_kg))
    assert np.nanmean(block.slow_kg) == pytest.approx(kg.mean(), abs=0.01)
    assert np.nanmean(block.fast_kg) == pytest.approx(kg.mean(), abs=0.01)


# A poor link: spikes are gated, counted, and move nothing


def despiked(kg: Floats, width: int = 9) -> Floats:
    """Centred rolling median: what the load was."""
    padded = np.pad(kg, width // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_spikes_of_a_poor_link_move_the_slow_number_by_less_than_1_kg(rate_hz: float) -> None:
    at_s, kg = one_per_sample(load_kg("hx717_load_hold_spikes")[1], rate_hz)
    block = play(at_s, to_counts(kg))
    truth = despiked(kg)[np.maximum(np.searchsorted(at_s, seconds(block), side="right") - 2, 0)]
    box_kg = np.convolve(truth, np.full(25, 1 / 25))[: len(truth)]
    known = seconds(block) > KNOWN_FROM_S
    assert not (block.states[known] != CellState.OK).any()
    assert np.abs(block.slow_kg - box_kg)[known].max() < 1.0
    assert not faulty(block).any()


def test_spikes_of_a_poor_link_make_the_warning_due() -> None:
    settings = WeighSettings()
    cell = Cell(settings)
    cell.gate_by(SPAN.counts_per_kg)
    at_s, kg = one_per_sample(load_kg("hx717_load_hold_spikes")[1])
    most = 0
    for at_us, counts in zip((at_s * 1e6).astype(int).tolist(), to_counts(kg).astype(int).tolist(), strict=True):
        cell.convert(at_us, counts)
        most = max(most, cell.gated_in_window)
    assert most > settings.gate_warn_fraction * settings.gate_window
    assert most < settings.gate_fault_count


# Broken: never a weight


def open_input() -> tuple[Floats, Floats, CellCalibration]:
    """The recording, with a span that lays its rails on the chip's."""
    times_s, kg = load_kg("open_input_fault", "force_kgf")
    counts_per_kg = 2 * (RAIL_HIGH + 0.5) / float(kg.max() - kg.min())
    return times_s, kg, CellCalibration(RAIL_HIGH - float(kg.max()) * counts_per_kg, counts_per_kg)


@pytest.mark.parametrize("as_played", [sampled, seen])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_an_open_input_in_its_own_time_is_never_a_weight(as_played: Play, rate_hz: float) -> None:
    times_s, kg, span = open_input()
    for phase in PHASES:
        at_s, conversions_kg = as_played(times_s, kg, rate_hz, phase)
        block = play(at_s, to_counts(conversions_kg, span), span)
        assert np.isnan(block.fast_kg).all()
        assert np.isnan(block.slow_kg).all()
        assert faulty(block)[(seconds(block) > 1.0) & (seconds(block) <= 2.0)].any()


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_an_open_input_one_conversion_per_sample_is_never_a_weight(rate_hz: float) -> None:
    times_s, kg, span = open_input()
    at_s, conversions_kg = one_per_sample(kg, rate_hz)
    block = play(at_s, to_counts(conversions_kg, span), span)
    assert np.isnan(block.fast_kg).all()
    assert np.isnan(block.slow_kg).all()
    begin_s = np.searchsorted(times_s, 1.0) / rate_hz
    assert faulty(block)[(seconds(block) > begin_s) & (seconds(block) <= begin_s + 2.0)].all()


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_corrupt_link_is_never_a_weight(rate_hz: float) -> None:
    times_s, kg = load_kg("hx717_corrupt_link")
    streams = [one_per_sample(kg, rate_hz), *(sampled(times_s, kg, rate_hz, phase) for phase in PHASES)]
    for at_s, conversions_kg in streams:
        block = play(at_s, to_counts(conversions_kg))
        assert np.isnan(block.fast_kg).all()
        assert np.isnan(block.slow_kg).all()
        assert faulty(block)[seconds(block) <= 0.5].any()
