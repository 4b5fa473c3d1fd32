import numpy as np
import pytest
from msgspec import structs
from numpy.random import PCG64, Generator

from bard.simulate.cells import (
    GLITCH_KINDS,
    NOISE_SD_COUNTS,
    Cell,
    CellFault,
    CellFaultKind,
    CellSpec,
    Quality,
    draw_cell,
    glitched,
    signed_24,
)
from bard.simulate.track import Floats
from bard.wire.frames import RAIL_HIGH, RAIL_LOW

EXACT = CellSpec(counts_per_kg=20_000, zero_counts=50_000)
TIMES_S = np.arange(1, 20_000) / 80


def cell(spec: CellSpec, *faults: CellFault, seed: int = 1) -> Cell:
    return Cell(spec, faults, *(Generator(PCG64([seed, part])) for part in range(3)))


def drawn(quality: Quality, seed: int = 1) -> CellSpec:
    return draw_cell(Generator(PCG64(seed)), 20_000, quality)


def in_chunks(cell: Cell, times_s: Floats, load_kg: Floats, size: int = 640) -> Floats:
    parts = [cell.counts(times_s[at : at + size], load_kg[at : at + size]) for at in range(0, times_s.size, size)]
    return np.concatenate(parts).astype(np.float64)


def test_an_exact_cell_counts_its_load() -> None:
    counts = cell(EXACT).counts(np.array([0.1, 0.2]), np.array([10.0, -2.0]))
    assert counts.tolist() == [250_000, 10_000]


@pytest.mark.parametrize("quality", ["good", "usual", "poor"])
def test_noise_has_its_sd_and_a_memory_of_a_quarter(quality: Quality) -> None:
    sd_counts = NOISE_SD_COUNTS[quality]
    spec = CellSpec(20_000, 0, noise_sd_counts=sd_counts)
    noise = in_chunks(cell(spec), TIMES_S, np.zeros_like(TIMES_S))
    assert noise.std() == pytest.approx(sd_counts, rel=0.04)
    assert np.corrcoef(noise[:-1], noise[1:])[0, 1] == pytest.approx(0.25, abs=0.03)


def test_mounted_cells_differ_as_much_as_they_should() -> None:
    specs = [drawn("usual", seed) for seed in range(2000)]
    assert np.std([spec.counts_per_kg / 20_000 for spec in specs]) == pytest.approx(0.007, rel=0.06)
    assert np.std([spec.zero_counts for spec in specs]) == pytest.approx(200_000, rel=0.06)
    assert draw_cell(Generator(PCG64(1)), 20_000, "usual", backwards=True).counts_per_kg < 0


@pytest.mark.parametrize(("quality", "share"), [("usual", 0.001), ("poor", 0.015), ("broken", 0.15)])
def test_glitches_are_as_frequent_as_the_link_is_bad(quality: Quality, share: float) -> None:
    spec = CellSpec(20_000, 300_000, glitch_share=drawn(quality).glitch_share)
    times_s = np.arange(1, 100_000) / 80
    counts = in_chunks(cell(spec), times_s, np.full_like(times_s, 10.0))
    assert np.mean(counts != 500_000) == pytest.approx(share, rel=0.25)


def test_kinds_of_glitches_have_their_shares() -> None:
    counts = 500_001
    rng = Generator(PCG64(3))
    wrong = [glitched(counts, *rng.random(2)) for _ in range(50_000)]
    flipped = [value for value in wrong if (value ^ counts) & 0xFFFFFF in [1 << bit for bit in range(16, 24)]]
    shifted = [value for value in wrong if value == signed_24(counts << 1)]
    ones = [value for value in wrong if value == 0 or (value & 0xFFFFFF) & ((value & 0xFFFFFF) + 1) == 0]
    negated = [value for value in wrong if value == -counts]
    shares = [len(kind) / len(wrong) for kind in (flipped, shifted, ones, negated)]
    assert shares == pytest.approx([GLITCH_KINDS[0], GLITCH_KINDS[1], GLITCH_KINDS[2], GLITCH_KINDS[4]], abs=0.01)
    assert all(RAIL_LOW <= value <= RAIL_HIGH for value in wrong)


def test_a_steady_drift_comes_on_top_of_what_is_drawn() -> None:
    times_s = np.arange(1, 7201, dtype=np.float64)
    load_kg = np.full_like(times_s, 3.0)
    spec = structs.replace(drawn("usual"), glitch_share=0.0)
    still = in_chunks(cell(spec), times_s, load_kg)
    drifting = in_chunks(cell(structs.replace(spec, drift_kg_per_h=-0.5)), times_s, load_kg)
    apart_kg = (drifting - still) / spec.counts_per_kg
    assert apart_kg == pytest.approx(-0.5 * times_s / 3600, abs=1.01 / abs(spec.counts_per_kg))


def test_nonlinearity_and_hysteresis_are_within_their_bounds() -> None:
    spec = CellSpec(20_000, 0, nonlinearity=0.0003, hysteresis=0.0003)
    capacity_kg = spec.capacity_kg
    up_down_kg = np.concatenate((np.linspace(0, capacity_kg, 5000), np.linspace(capacity_kg, 0, 5000)))
    counts = in_chunks(cell(spec), np.arange(1, 10_001) / 80, up_down_kg)
    error_kg = counts / 20_000 - up_down_kg
    assert 0.0003 <= np.abs(error_kg).max() / capacity_kg <= 0.0007
    gap_kg = error_kg[7500] - error_kg[2500]
    assert gap_kg / capacity_kg == pytest.approx(2 * 0.0003, rel=0.1)


def test_creep_takes_its_time_and_returns() -> None:
    spec = CellSpec(40_000, 0, creep=0.0003, creep_s=400)
    times_s = np.arange(1, 80 * 3600, 8) / 80
    load_kg = np.where(times_s < 1800, 60.0, 0.0)
    crept = in_chunks(cell(spec), times_s, load_kg, 80) / 40_000 - load_kg
    at = times_s.searchsorted
    assert crept[at(400)] == pytest.approx(60 * 0.0003 * (1 - np.exp(-1)), rel=0.05)
    assert crept[at(1799)] == pytest.approx(60 * 0.0003, rel=0.05)
    assert crept[at(2200)] == pytest.approx(60 * 0.0003 * np.exp(-1), rel=0.05)


def test_drift_is_warm_up_and_a_slow_walk() -> None:
    times_s = np.arange(1, 3600.0)
    spec = CellSpec(20_000, 0, warm_up=0.0003)
    warmed = in_chunks(cell(spec), times_s, np.zeros_like(times_s)) / 20_000 / spec.capacity_kg
    assert warmed[1019] == pytest.approx(0.0003 * (1 - np.exp(-1)), rel=0.02)
    spec = CellSpec(20_000, 0, walk_per_root_hour=0.0001)
    ends = [in_chunks(cell(spec, seed=seed), times_s, np.zeros_like(times_s), 600)[-1] for seed in range(200)]
    assert np.std(ends) / 20_000 / spec.capacity_kg == pytest.approx(0.0001, rel=0.15)


def faulty(kind: CellFaultKind) -> tuple[Floats, Floats]:
    spec = CellSpec(20_000, 50_000, noise_sd_counts=150)
    fault = CellFault(kind, 50.0, 200.0)
    counts = in_chunks(cell(spec, fault), TIMES_S, np.full_like(TIMES_S, 10.0))
    during = (TIMES_S >= 50) & (TIMES_S < 200)
    assert np.abs(counts[~during] - 250_000).max() < 1500
    return counts[during], TIMES_S[during]


def test_a_saturated_cell_stands_at_the_rail() -> None:
    assert set(faulty("saturated")[0]) == {RAIL_HIGH}


def test_a_stuck_cell_repeats_its_last_count() -> None:
    counts, _ = faulty("stuck")
    assert len(set(counts)) == 1
    assert counts[0] == pytest.approx(250_000, abs=1500)


def test_a_broken_wire_hums_at_full_scale_with_17_percent_at_the_rails() -> None:
    counts, _ = faulty("open")
    assert np.mean((counts == RAIL_HIGH) | (counts == RAIL_LOW)) == pytest.approx(0.17, abs=0.03)
    assert counts.std() > 0.5 * RAIL_HIGH


def test_a_poor_link_is_poor_while_it_lasts() -> None:
    spec = CellSpec(20_000, 50_000, noise_sd_counts=40)
    counts = in_chunks(cell(spec, CellFault("poor", 50, 200)), TIMES_S, np.zeros_like(TIMES_S))
    during = counts[(TIMES_S >= 50) & (TIMES_S < 200)]
    wild = np.abs(during - 50_000) > 5_000
    assert 0.007 < wild.mean() < 0.02
    assert during[~wild].std() == pytest.approx(450, rel=0.05)


def test_a_silent_cell_delivers_nothing() -> None:
    delivered = cell(EXACT, CellFault("silent", 1.0, 2.0)).delivered(np.array([0.9, 1.0, 1.9, 2.0]))
    assert delivered.tolist() == [True, False, False, True]
