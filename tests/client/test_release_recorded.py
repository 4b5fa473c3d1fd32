"""The release rule on recorded and simulated falls through real conversions: what is found, how late, and what not."""

from typing import NamedTuple

import numpy as np
import pytest
from msgspec import structs

from bard.simulate import Room, Scenario, normal_work
from bard.simulate.hands import Act
from bard.simulate.scenario import BAR_PER_BOARD
from tests.client.rows import LEAD_S, RATES_HZ, recorded, seen_falls, weigh_room
from tests.recordings import Floats, load_kg

SILENT = [
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
    ("hx717_load_hold_spikes", "force_n"),
]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(("name", "column"), SILENT)
def test_silent_on_standing_shifting_and_pushing(name: str, column: str, rate_hz: float) -> None:
    for seed in (1, 2, 3):
        assert seen_falls(recorded(name, column, rate_hz, seed)) == []


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_silent_on_poor_and_broken_links_and_wires(rate_hz: float) -> None:
    for seed in (1, 2, 3):
        for name in ("hx717_load_hold_spikes", "hx717_corrupt_link"):
            for mode in ("cell", "sampled"):
                assert seen_falls(recorded(name, "force_n", rate_hz, seed, mode=mode)) == []
        assert seen_falls(recorded("open_input_fault", "force_kgf", rate_hz, seed, mode="sampled", rails=True)) == []


class Fall(NamedTuple):
    """A fall of a recording: its force passes 90 % of it at `at_s`, on the way from `from_s` (10 %) to `until_s`."""

    name: str
    column: str
    from_s: float
    at_s: float
    until_s: float


def passing(name: str, column: str, from_s: float, until_s: float) -> Fall:
    """The way down from the highest force between these times to the lowest after it."""
    times_s, kg = load_kg(name, column)
    first, last = np.searchsorted(times_s, (from_s, until_s))
    top = first + int(kg[first:last].argmax())
    low_kg = kg[top:last].min()
    begun = top + int(np.argmax(kg[top:last] <= kg[top] - 0.1 * (kg[top] - low_kg)))
    passed = top + int(np.argmax(kg[top:last] <= low_kg + 0.1 * (kg[top] - low_kg)))
    return Fall(name, column, float(times_s[begun]), float(times_s[passed]), until_s)


FALLS = [
    passing("step_on_jump_step_off", "force_n", 5.0, 5.2),
    passing("step_on_jump_step_off", "force_n", 9.15, 9.5),
    passing("countermovement_jump", "force_n", 0.7, 1.1),
    passing("walk_over_plates", "plate6_n", 0.7, 0.95),
    passing("walk_over_plates", "plate5_n", 1.2, 1.5),
    passing("walk_over_plates", "plate3_n", 1.75, 2.05),
    passing("walk_over_plates", "plate4_n", 2.0, 2.4),
]
"""Take-offs, the step-off, and each plate's unloading (that of plate 4 ends on the way down)."""


@pytest.mark.parametrize("fall", FALLS, ids=lambda fall: f"{fall.column} {fall.name} {fall.from_s:.2f} s")
def test_every_take_off_and_step_off_is_found(fall: Fall) -> None:
    found_s = []
    for rate_hz in RATES_HZ:
        for seed in range(1, 6):
            times_s = [at_s - LEAD_S for at_s in seen_falls(recorded(fall.name, fall.column, rate_hz, seed))]
            assert any(fall.from_s < at_s <= fall.at_s + 0.06 for at_s in times_s), (rate_hz, seed, times_s)
            found_s.append(next(at_s for at_s in times_s if at_s > fall.from_s))
    behind_ms = 1000 * (np.array(found_s) - fall.at_s)
    begun_ms = 1000 * (np.array(found_s) - fall.from_s)
    print(
        f"{fall}: {begun_ms.min():.0f} to {begun_ms.max():.0f} ms after 10 %, {behind_ms.max():.0f} after 90 % at most"
    )
    assert begun_ms.max() < 150


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_fast_dips_of_the_whole_body_fire_too_as_expected(rate_hz: float) -> None:
    times_s = np.array(seen_falls(recorded("step_on_jump_step_off", "force_n", rate_hz, 1))) - LEAD_S
    assert ((times_s > 4.3) & (times_s < 4.45)).sum() == 1
    assert ((times_s > 5.7) & (times_s < 5.9)).sum() == 1


def rule_margin_kg(kg: Floats, each_s: float) -> Floats:
    """By how much the load at each sample satisfies the rule (below 0: not), from 0.2 s on; shape (n - 0.2 s,)."""
    within, before = round(0.1 / each_s), round(0.2 / each_s)
    high_kg = np.lib.stride_tricks.sliding_window_view(kg, within + 1).max(axis=1)[before - within :]
    now_kg, half_kg = kg[before:], 0.5 * kg[: len(kg) - before]
    small_kg = np.where(high_kg >= 15, np.minimum(high_kg - now_kg - 15, half_kg - now_kg), -np.inf)
    return np.asarray(np.maximum(high_kg - now_kg - 20, small_kg))


def true_margin_kg(room: Room, from_s: float, until_s: float, each_us: int = 1000) -> Floats:
    """The same of a room's true bar load, from `from_s` to `until_s`."""
    at_us = np.arange(round(from_s * 1e6) - 200_000, round(until_s * 1e6), each_us)
    return rule_margin_kg(room.truths(at_us).bar_load_kg, each_us / 1e6)


BRISK = [("step_on_jump_step_off", "force_n"), *(("walk_over_plates", f"plate{number}_n") for number in (3, 4, 5, 6))]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(("name", "column"), BRISK)
def test_nothing_but_true_falls_is_found(name: str, column: str, rate_hz: float) -> None:
    times_s, kg = load_kg(name, column)
    grid_s = np.arange(-LEAD_S, times_s[-1], 0.001)
    margin_kg = rule_margin_kg(np.interp(np.abs(grid_s), times_s, kg), 0.001)
    true_s = grid_s[200:][margin_kg > -0.5]
    for seed in (1, 2, 3):
        for at_s in seen_falls(recorded(name, column, rate_hz, seed)):
            assert ((true_s > at_s - LEAD_S - 0.15) & (true_s <= at_s - LEAD_S)).any(), at_s - LEAD_S


# Simulated slips


class Slip(NamedTuple):
    """A slip at `at_s`: how far its true load is inside the rule, how deep, and when it was found (s; None: not)."""

    at_s: float
    margin_kg: float
    depth_kg: float
    passed_s: float
    """When it was 90 % over."""
    found_s: float | None


def draw_slips(seed: int) -> tuple[Scenario, list[tuple[float, float]]]:
    """Of one hand or both, in 15 to 50 ms to a rest of 0 to 60 %, and gripped again; with (at, gripped) of each."""
    rng = np.random.default_rng(seed)
    acts, slips = [Act(2.0, "take", float(rng.uniform(20, 65)))], []
    for at_s in np.arange(6.0, 100.0, 8.0).tolist():
        support = None if rng.random() < 0.5 else int(rng.integers(2))
        grip_s = at_s + float(rng.uniform(0.2, 0.6))
        acts.append(Act(at_s, "slip", support=support, rest=float(rng.uniform(0, 0.6))))
        acts.append(Act(grip_s, "grip", support=support, times=float(rng.uniform(1.3, 2.0))))
        acts.append(Act(at_s + 3, "shift", float(rng.uniform(20, 65)), 1.5))
        slips.append((at_s, grip_s))
    scenario = Scenario(name="slips", summary="", duration_s=102.0, acts=tuple(acts), rate_hz=(76.0, 96.0))
    if seed % 2:
        scenario = structs.replace(scenario, supports=BAR_PER_BOARD, boards=2)
    return scenario, slips


@pytest.fixture(scope="module")
def slips() -> list[Slip]:
    """144 of them, on one board and on two."""
    known = []
    for seed in range(1, 13):
        scenario, times_s = draw_slips(seed)
        room = Room(scenario, seed)
        found_s = seen_falls(weigh_room(room))
        for at_s, grip_s in times_s:
            margin_kg = true_margin_kg(room, at_s, grip_s)
            us = np.round(np.arange(at_s, grip_s, 0.001) * 1e6).astype(np.int64)
            kg = room.truths(us).bar_load_kg
            depth_kg = float(kg[0] - kg[:100].min())
            passed_s = at_s + 0.001 * int(np.argmax(kg <= kg[0] - 0.9 * depth_kg))
            hits = [found for found in found_s if at_s < found <= grip_s + 0.1]
            known.append(Slip(at_s, float(margin_kg.max()), depth_kg, passed_s, hits[0] if hits else None))
    return known


def test_a_slip_is_found_where_its_true_load_falls_by_the_rule_and_only_there(slips: list[Slip]) -> None:
    inside = [slip for slip in slips if slip.margin_kg > 2.0]
    outside = [slip for slip in slips if slip.margin_kg < -0.5]
    assert len(inside) > 50
    assert len(outside) > 40
    assert [slip for slip in inside if slip.found_s is None] == []
    assert [slip for slip in outside if slip.found_s is not None] == []


def test_the_delay_of_a_slip(slips: list[Slip]) -> None:
    found = [slip for slip in slips if slip.found_s is not None and slip.depth_kg > 25]
    begun_ms = 1000 * np.array([slip.found_s - slip.at_s for slip in found if slip.found_s])
    passed_ms = 1000 * np.array([slip.found_s - slip.passed_s for slip in found if slip.found_s])
    for name, ms in (("it began", begun_ms), ("90 % of it", passed_ms)):
        print(f"{len(ms)} slips, ms after {name}:", np.percentile(ms, (0, 50, 95, 99, 100)).round())
    assert np.median(begun_ms) < 100
    assert begun_ms.max() <= 120
    assert passed_ms.max() <= 100


@pytest.mark.parametrize(("quality", "most"), [("usual", 0), ("poor", 1)])
def test_half_an_hour_of_work_without_a_slip(quality: str, most: int) -> None:
    """Hands let go fast enough to count; of the rest, wrong readings in pairs, no more than this."""
    room = Room(structs.replace(normal_work(1800.0), quality=quality), 1)
    true_s: list[float] = []
    for from_s in range(0, 1800, 200):
        margin_kg = true_margin_kg(room, from_s, from_s + 200, each_us=5000)
        true_s += (from_s + 0.005 * np.flatnonzero(margin_kg > -1.0)).tolist()
    times_s = np.array(true_s)
    falls = seen_falls(weigh_room(room))
    false = [at_s for at_s in falls if not ((times_s > at_s - 0.2) & (times_s <= at_s)).any()]
    assert len(falls) - len(false) >= 2
    assert len(false) <= most, f"{false} of {falls} are no falls"
