import numpy as np
import pytest
from numpy.typing import NDArray

from bard.simulate import Room, Rows, recording_room
from bard.simulate.body import GRAVITY
from bard.wire.frames import RAIL_HIGH, RAIL_LOW, Samples
from tests.simulate.hosts import frames_of

TIMES_S = [step / 100 for step in range(2000)]
WAVE_KG = [30 + 10 * np.sin(2 * np.pi * 0.3 * at_s) for at_s in TIMES_S]
WAVE_N = [kg * GRAVITY for kg in WAVE_KG]


def conversions(room: Room) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times (s, a few ms late) and loads (kg) by the truth of the cell."""
    frames = frames_of(room.advance(room.duration_us))
    pairs = [(at_us, c.counts) for _, at_us, f in frames if isinstance(f, Samples) for c in f.conversions]
    (cell,) = room.cells
    return (
        np.array([at_us for at_us, _ in pairs]) / 1e6,
        (np.array([counts for _, counts in pairs]) - cell.zero_counts) / cell.counts_per_kg,
    )


def test_a_force_goes_through_the_conversion_model() -> None:
    room = recording_room(Rows(TIMES_S, WAVE_N), 1, autostart=True)
    assert room.cells[0].counts_per_kg == 20_000
    at_s, load_kg = conversions(room)
    delay_s = 1.8 / 86 + 0.0015
    truth_kg = 30 + 10 * np.sin(2 * np.pi * 0.3 * np.abs(at_s - delay_s - 3.0))
    away = np.abs(at_s - 3.0) > 0.1
    assert np.abs(load_kg - truth_kg)[away].max() < 0.6
    assert (load_kg - truth_kg)[away].std() < 0.05
    assert 150 / 20_000 * 0.8 < np.diff(load_kg).std() - 0.13 < 0.1


def test_a_cells_own_stream_gives_each_sample_once() -> None:
    values = [float(value) for value in range(1, 801)]
    room = recording_room(Rows(TIMES_S[:800], values, mode="cell", unit="kg", rate_hz=86, lead_s=0), 1, autostart=True)
    assert room.scenario.duration_s == pytest.approx(800 / 86)
    _, load_kg = conversions(room)
    steps = np.diff(load_kg)
    assert np.rint(load_kg[:400]) == pytest.approx(load_kg[:400], abs=6 * 40 / 20_000)
    assert set(np.rint(steps[:400])) <= {1.0, 2.0, 3.0, 4.0}
    assert np.mean(np.rint(steps[:400]) == 1) > 0.98


def test_a_sampled_stream_keeps_its_own_time_and_aliases() -> None:
    at_s = [step / 1000 for step in range(10_000)]
    hum = [round(100 * np.sin(2 * np.pi * 50.3 * t), 3) for t in at_s]
    _, load_kg = conversions(recording_room(Rows(at_s, hum, mode="sampled", unit="kg", lead_s=0), 1, autostart=True))
    assert load_kg.std() == pytest.approx(100 / 2**0.5, rel=0.02)
    distance_kg = np.abs(load_kg[:, None] - np.unique(hum)).min(axis=1)
    assert distance_kg.max() < 6 * 40 / 20_000


def test_the_recordings_own_extremes_become_the_rails() -> None:
    values = [787.0, -787.0, 0.0, 400.0] * 300
    rows = Rows([step / 1000 for step in range(1200)], values, mode="sampled", unit="kg", rails=True, lead_s=0)
    room = recording_room(rows, 1, autostart=True)
    frames = [f for _, _, f in frames_of(room.advance(room.duration_us)) if isinstance(f, Samples)]
    counts = {c.counts for f in frames for c in f.conversions}
    assert {RAIL_LOW, RAIL_HIGH} <= counts <= {RAIL_LOW, RAIL_HIGH, 0, -1, -2, *range(4_260_000, 4_270_000)}


def test_truth_is_the_recording_or_a_second_column() -> None:
    alone = recording_room(Rows(TIMES_S, WAVE_N, body_weight_kg=65), 1)
    truth = alone.truth(5_000_000)
    assert truth.on_client
    assert truth.static_kg + truth.bar_load_kg == pytest.approx(65)
    assert truth.bar_load_kg == pytest.approx(30 + 10 * np.sin(2 * np.pi * 0.6), abs=0.01)
    measured = [force_n / 2 for force_n in WAVE_N]
    beside = recording_room(Rows(TIMES_S, WAVE_N, truth=measured, body_weight_kg=65), 1).truth(5_000_000)
    assert beside.client_load_kg == pytest.approx(truth.bar_load_kg / 2)
    assert not recording_room(Rows(TIMES_S, WAVE_N), 1).truth(5_000_000).on_client


def test_the_lead_runs_backwards() -> None:
    room = recording_room(Rows(TIMES_S, WAVE_N, lead_s=2.0), 1)
    assert room.duration_us == pytest.approx(21_990_000)
    assert room.truth(1_500_000).bar_load_kg == pytest.approx(room.truth(2_500_000).bar_load_kg)


def test_rows_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="3 times, 2 values"):
        Rows([0, 1, 2], [1, 2])
    with pytest.raises(ValueError, match="3 times, 1 of truth"):
        Rows([0, 1, 2], [1, 2, 3], truth=[1])
