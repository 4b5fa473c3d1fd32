"""A cell's own noise: found within 15 %, whatever its size, and not moved by glitches or by what a person does."""

from math import isnan, sqrt

import numpy as np
import pytest
from numpy.random import default_rng

from bard.settings import WeighSettings
from bard.simulate.cells import GLITCH_SHARE, NOISE_SD_COUNTS, Cell, CellSpec, Quality
from bard.weigh.cell import Cell as WeighedCell
from bard.weigh.noise import BEND_PER_SD
from bard.weigh.path import Weigher
from bard.wire.grid import Row
from tests.recordings import Floats, load_kg
from tests.weigh.playing import SPAN, calibration, play, room, seen

RATE_HZ = 86.0
SECONDS = 20.0


def conversions(sd_counts: float, kg: Floats, glitch_share: float = 0.0, seed: int = 1) -> Floats:
    """Counts of a simulated cell with this noise under `kg`, one each conversion."""
    spec = CellSpec(SPAN.counts_per_kg, SPAN.zero_counts, noise_sd_counts=sd_counts, glitch_share=glitch_share)
    cell = Cell(spec, (), default_rng((seed, 1)), default_rng((seed, 2)), default_rng((seed, 3)))
    return cell.counts((1 + np.arange(len(kg))) / RATE_HZ, kg).astype(np.float64)


def told_counts(counts: Floats, settings: WeighSettings | None = None) -> list[float]:
    """What a cell says as these go by: each 50 conversions, and at the end."""
    cell = WeighedCell(settings or WeighSettings())
    cell.gate_by(SPAN.counts_per_kg)
    told = []
    for number, one in enumerate(counts.astype(int).tolist()):
        cell.convert(int((1 + number) / RATE_HZ * 1e6), one)
        if number % 50 == 49:
            told.append(cell.noise_counts)
    return [*told, cell.noise_counts]


def found_counts(counts: Floats, settings: WeighSettings | None = None) -> float:
    """What a cell says after these."""
    return told_counts(counts, settings)[-1]


def still(kg: float = 10.0) -> Floats:
    return np.full(round(SECONDS * RATE_HZ), kg)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sd_counts", sorted(set(NOISE_SD_COUNTS.values())))
def test_noise_is_found_within_15_percent(sd_counts: float, seed: int) -> None:
    assert found_counts(conversions(sd_counts, still(), seed=seed)) == pytest.approx(sd_counts, rel=0.15)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("quality", ["good", "usual", "poor"])
def test_glitches_of_such_a_link_do_not_inflate_it(quality: Quality, seed: int) -> None:
    sd_counts, share = NOISE_SD_COUNTS[quality], GLITCH_SHARE[quality]
    clean, glitched = (conversions(sd_counts, np.full(20_000, 10.0), part, seed) for part in (0.0, share))
    glitches = (np.abs(clean - glitched) > 10 * sd_counts).sum()
    assert glitches > share * len(clean) / 2
    ratio = np.array(told_counts(glitched)) / np.array(told_counts(clean))
    assert np.quantile(ratio, [0.1, 0.5, 0.9]) == pytest.approx([1, 1, 1], abs=0.2)
    assert np.median(ratio) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("word", [0, -1, (1 << 23) - 1, 123_456])
def test_one_wrong_conversion_leaves_no_mark(word: int, place: int) -> None:
    clean = conversions(150, still())
    wrong = clean.copy()
    wrong[-30 - place] = word
    assert found_counts(wrong) == pytest.approx(found_counts(clean), rel=0.03)


def test_it_is_unknown_before_the_third_conversion() -> None:
    counts = conversions(150, still())
    assert isnan(found_counts(counts[:2]))
    assert found_counts(counts[:3]) >= 0


@pytest.mark.parametrize("sd_counts", [150, 450])
def test_a_person_who_stands_still_raises_it_by_less_than_half(sd_counts: float) -> None:
    at_s, kg = seen(*load_kg("two_plates_firm_open", "right_n"), RATE_HZ, 0.3)
    assert len(at_s) > 5000
    assert 0.85 * sd_counts < found_counts(conversions(sd_counts, kg)) < 1.5 * sd_counts


def test_a_blow_counts_as_no_more_than_its_bound() -> None:
    settings = WeighSettings()
    struck_kg = still()
    struck_kg[-400::2] += 3.0
    most_counts = settings.calm_kg * SPAN.counts_per_kg / BEND_PER_SD
    assert found_counts(conversions(150, struck_kg)) < most_counts


def test_it_forgets() -> None:
    settings = WeighSettings(noise_window=64)
    counts = np.concatenate((conversions(450, still()), conversions(40, still())))
    assert found_counts(counts, settings) == pytest.approx(40, rel=0.2)


def test_noise_of_the_bar_load_is_that_of_its_cells_after_the_gate() -> None:
    sds, counts = (40.0, 150.0, 450.0), []
    for number, sd_counts in enumerate(sds):
        counts.append(conversions(sd_counts, still(), seed=number).astype(int).tolist())
    weigher = Weigher(room(3), calibration(SPAN, SPAN, SPAN))
    taken, loads_kg, noises_kg = 0, [], []
    for number in range(round(SECONDS * 100) - 100):
        row = Row((number + 1) * 10_000, [])
        while (ready_us := int((1 + taken) / RATE_HZ * 1e6)) <= row.at_us:
            row.conversions.extend((cell, ready_us, own[taken]) for cell, own in enumerate(counts))
            taken += 1
        weighed = weigher.weigh(row)
        loads_kg.append(weighed.fast_kg)
        noises_kg.append(weighed.noise_kg)
    expected_kg = sqrt(sum(sd**2 for sd in sds)) / SPAN.counts_per_kg
    assert noises_kg[-1] == pytest.approx(np.nanstd(loads_kg), rel=0.15)
    assert 0.6 * expected_kg < noises_kg[-1] < 0.9 * expected_kg


def test_both_kernels_say_the_same_of_a_whole_recording() -> None:
    at_s, kg = seen(*load_kg("two_plates_foam_closed", "right_n"), RATE_HZ, 0.3)
    block = play(at_s, conversions(150, kg, 0.001))
    known = block.noise_kg[~np.isnan(block.noise_kg)]
    assert len(known) > 5000
    assert 150 * 0.7 / SPAN.counts_per_kg < np.median(known) < 0.03
