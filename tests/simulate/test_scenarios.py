import numpy as np
import pytest

from bard.simulate import SCENARIOS, Room, crossings

S = 1_000_000
FAULTS = ["cell_unplugged", "board_unplugged", "saturated", "stuck", "broken_wire", "noisy"]


def test_every_scenario_that_was_promised_is_there() -> None:
    promised = {"idle", "steady", "demo", "slip", "reversed", "two_boards", "presence", "normal_work", "pushing_up"}
    assert promised | {"crossings", "ten_sps", "workshop", *FAULTS} == set(SCENARIOS)


@pytest.mark.parametrize("name", FAULTS)
def test_faults_break_at_20_s_and_mend_at_30(name: str) -> None:
    scenario = SCENARIOS[name]
    assert (scenario.duration_s, scenario.body_weight_kg, scenario.limit_kg) == (45.0, 70.0, 40.0)
    broken = [*scenario.cell_faults, *scenario.unplugged]
    assert [(fault.at_s, fault.until_s) for fault in broken] == [(20.0, 30.0)]
    truths = Room(scenario, 1).truths(np.arange(5 * S, 45 * S, S // 10))
    assert truths.static_kg.max() <= scenario.limit_kg - 4 + 1e-6


def test_the_demo_does_what_its_notes_tell() -> None:
    for seed in range(10):
        room = Room(SCENARIOS["demo"], seed)
        limit_kg = room.scenario.limit_kg

        def static_kg(from_s: float, until_s: float, room: Room = room) -> np.ndarray:
            return room.truths(np.arange(from_s * S, until_s * S, 10_000).astype(np.int64)).static_kg

        assert not static_kg(0, 4).any()
        assert static_kg(5, 16).max() < 0.85 * limit_kg
        assert 0.85 * limit_kg < np.median(static_kg(18, 21.9))
        assert static_kg(17.5, 21.9).max() < limit_kg
        assert static_kg(23, 25.4).min() > limit_kg
        assert static_kg(26.5, 31).max() < 0.85 * limit_kg
        assert static_kg(31.3, 32.9).min() > 69
        assert static_kg(33.5, 51.9).max() < 0.85 * limit_kg
        assert not static_kg(52.4, 60).any()


def test_a_slip_takes_20_to_50_ms_and_is_caught() -> None:
    room = Room(SCENARIOS["slip"], 1)
    bar_kg = room.truths(np.arange(19 * S, 22 * S, 1000)).bar_load_kg
    gone = np.flatnonzero(bar_kg < 1)
    assert 1.01 < gone[0] / 1000 < 1.05
    assert 1.35 < gone[-1] / 1000 < 1.5
    assert bar_kg.max() > 1.3 * bar_kg[0]


def test_pushing_up_loads_the_client_above_the_body_weight() -> None:
    truth = Room(SCENARIOS["pushing_up"], 1).truth(15 * S)
    assert truth.bar_load_kg < -5
    assert truth.static_kg > 75


def test_crossings_cross_each_two_seconds() -> None:
    room = Room(crossings(60.0), 1)
    static_kg = room.truths(np.arange(7 * S, 59 * S, 10_000)).static_kg
    crossed = np.flatnonzero(np.diff((static_kg > room.scenario.limit_kg).astype(int)))
    assert len(crossed) == pytest.approx(26, abs=1)
    assert np.diff(crossed) / 100 == pytest.approx(2.0, abs=0.15)
