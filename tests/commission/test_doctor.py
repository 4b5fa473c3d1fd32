"""Each finding by its cause: simulated, seeded rooms and real recordings, looked at in virtual time."""

import numpy as np
import pytest
from msgspec import structs

from bard.commission.doctor import judge, verdict
from bard.commission.findings import FINDINGS, Severity
from bard.commission.measure import measure
from bard.settings import WeighSettings
from bard.simulate import SCENARIOS, Room, recording_room
from bard.simulate.cells import CellFault
from bard.simulate.recordings import Rows
from bard.simulate.scenario import Stalled
from tests.commission.looking import damaging, facts_of, findings, ids, lasting, look, losing, settings_of
from tests.recordings import load

IDLE = lasting(SCENARIOS["idle"])


def broken(*kinds: str, channel: int | None = 0, from_s: float = 0.0, until_s: float = 99.0) -> object:
    """The room at rest with this wrong in it."""
    faults = tuple(CellFault(kind, from_s, until_s, channel=channel) for kind in kinds)  # type: ignore[arg-type]
    return structs.replace(IDLE, cell_faults=faults)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_good_room_has_nothing(seed: int) -> None:
    found = findings(IDLE, seed=seed)
    assert found == []
    assert verdict(found) is Severity.NOTE


def test_the_figures_are_those_of_the_room() -> None:
    room = Room(IDLE, 5, autostart=True)
    facts, _ = look(room)
    assert facts.boards[0].firmware == "1.0.0"
    assert facts.boards[0].supply_mv == 4950
    assert len(facts.cells) == 4
    for cell, true in zip(facts.cells, room.cells, strict=True):
        assert 9.9 < cell.seconds < 10.1
        assert cell.rate_hz == pytest.approx(cell.conversions / cell.seconds, rel=0.01)
        assert (cell.lost or 0) < 10
        assert cell.noise_counts == pytest.approx(150, rel=0.25)
        assert cell.noise_kg == pytest.approx(cell.noise_counts / abs(true.counts_per_kg))
        assert abs(cell.load_kg or 9) < 0.02
        assert cell.low_counts < cell.middle_counts < cell.high_counts  # type: ignore[operator]
        assert 300 < (cell.unique or 0) < cell.conversions
        assert cell.states == {}


CELLS = {
    "silent": (broken("silent"), "cell_silent", "not one conversion"),
    "it falls silent while we look": (broken("silent", from_s=6), "cell_board_fault", "silent"),
    "saturated": (broken("saturated"), "cell_saturated", "100% of the time, 80"),
    "saturated now and then": (broken("saturated", from_s=8), "cell_saturated", "readings at the rail"),
    "stuck": (broken("stuck", from_s=1), "cell_stuck", "readings, all"),
    "open input": (broken("open"), "cell_spikes", "of the time"),
    "glitches": (broken("poor", channel=None), "cell_glitches", "single wrong readings"),
    "10 a second": (structs.replace(IDLE, rate_hz=(9.4, 10.6)), "slow_rate", "runs at 1"),
    "40 a second": (structs.replace(IDLE, rate_hz=(39, 41)), "odd_rate", "alarms up to 0.2 s late"),
    "a hand on the bar": (lasting(SCENARIOS["slip"]), "moving", "counts between"),
    "no calibration": (IDLE, "uncalibrated", "no calibration"),
}


@pytest.mark.parametrize("name", CELLS)
def test_each_fault_of_a_cell_is_found_with_its_number(name: str) -> None:
    scenario, wanted, words = CELLS[name]
    at_s = {"a hand on the bar": 18.0, "10 a second": 4.0}.get(name, 2.0)
    found = findings(scenario, at_s, calibrated=name != "no calibration")  # type: ignore[arg-type]
    of_it = [one for one in found if one.id == wanted]
    assert of_it, found
    assert words in of_it[0].found
    assert of_it[0].about.endswith(("cell 1", "cell 2"))
    assert of_it[0].severity is FINDINGS[wanted].severity


@pytest.mark.parametrize("name", ["silent", "saturated", "stuck", "open input"])
def test_a_fault_is_one_cell_s_and_is_told_once(name: str) -> None:
    found = findings(CELLS[name][0])  # type: ignore[arg-type]
    assert {one.about for one in found} == {"left bar, cell 1"}
    assert len(found) == 1
    assert verdict(found) is Severity.FAULT


def test_a_board_that_may_run_at_10_is_only_noted() -> None:
    facts, settings = look(Room(structs.replace(IDLE, rate_hz=(9.4, 10.6)), 3, autostart=True))
    board = structs.replace(facts.boards[0], allow_10_sps=True)
    found = judge(structs.replace(facts, boards=(board,)), settings)
    assert {one.id for one in found} == {"slow_rate"}
    assert verdict(found) is Severity.NOTE


def test_damaged_and_lost_frames_are_told_apart() -> None:
    damaged = findings(IDLE, line=damaging(1, 0.05))
    assert "frames_damaged" in ids(damaged)
    assert "frames_lost" not in ids(damaged)
    assert "crc" in next(one.found for one in damaged if one.id == "frames_damaged")
    lost = findings(IDLE, line=losing(1, 0.05))
    assert "frames_lost" in ids(lost)
    assert "frames_damaged" not in ids(lost)
    assert "conversions_lost" in ids(lost)


def test_a_board_that_is_too_busy_loses_conversions() -> None:
    stalls = tuple(Stalled(at_s, at_s + 0.08) for at_s in (4, 5, 6, 7, 8, 9))
    assert "conversions_lost" in ids(findings(structs.replace(IDLE, stalled=stalls)))


# Recordings of real faults


def test_the_open_input_that_was_recorded_is_a_fault() -> None:
    columns = load("open_input_fault")
    rows = Rows(
        times_s=columns["t_s"].tolist(),
        values=columns["force_kgf"].tolist(),
        mode="sampled",
        unit="kg",
        rails=True,
        body_weight_kg=0.0,
    )
    facts, settings = look(recording_room(rows, 1, autostart=True), 2.5)
    found = judge(facts, settings)
    assert ids(found) & {"cell_saturated", "cell_spikes", "cell_noisy_fault"}
    assert verdict(found) is Severity.FAULT


def test_the_corrupt_link_that_was_recorded_is_a_fault() -> None:
    """Its own stream, 15 % of it wrong: every conversion as it was read."""
    force_n = load("hx717_corrupt_link")["force_n"]
    counts = np.rint(force_n / 9.80665 * 4_000).astype(int)
    conversions = [(round(index * 1e6 / 86), int(count)) for index, count in enumerate(counts[:860])]
    cell = measure("bar", "a/0", conversions, (0, 10_000_000), WeighSettings(), None)
    assert (cell.gated_share or 0) > 0.15
    assert cell.states.get("spikes", 0) > 0.9
    found = judge(facts_of(cell), settings_of())
    assert {one.id for one in found} == {"cell_spikes", "uncalibrated"}


def test_the_spikes_that_were_recorded_are_a_warning() -> None:
    """133 spikes of 8960 samples at a rate four times the usual: 1.5 %, which the gate leaves out."""
    force_n = load("hx717_load_hold_spikes")["force_n"][2500:6000]
    counts = np.rint(force_n / 9.80665 * 20_000).astype(int)
    conversions = [(round(index * 1e6 / 86), int(count)) for index, count in enumerate(counts[:860])]
    cell = measure("bar", "a/0", conversions, (0, 10_000_000), WeighSettings(), None)
    assert "cell_glitches" in ids(judge(facts_of(cell), settings_of()))
