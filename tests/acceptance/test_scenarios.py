"""Every scenario, onto a real tape and out of it again: the same events, to the bit."""

from pathlib import Path

import pytest
from msgspec import structs

from bard.journal.replay import replay
from bard.messages import Done, SessionStarted
from bard.simulate import SCENARIOS, Room, Scenario
from tests.acceptance.flat import Played

pytestmark = pytest.mark.slow

SEED = 11
MENDED_S = 33.0
SHORT_S = 20.0
LONG_S = 240.0


def broken(scenario: Scenario) -> bool:
    return bool(scenario.cell_faults or scenario.unplugged)


def plays_back(scenario: Scenario, longest_s: float, tape: Path) -> None:
    shortened = structs.replace(scenario, duration_s=min(scenario.duration_s, longest_s))
    played = Played(Room(shortened, SEED)).play(tape)
    assert any(isinstance(event, SessionStarted) for event in played.events) is not scenario.hung
    assert not [event for event in played.events if isinstance(event, Done) and event.refusal]
    replayed = replay(tape)
    assert replayed.differences == []
    assert replayed.events == replayed.recorded == played.encoded()
    assert replayed.rows == played.monitor.rows > 99 * (shortened.duration_s - 1)
    assert (replayed.ended, replayed.truncated, replayed.missing) == (True, None, 0)
    assert replayed.duration_us > (shortened.duration_s - 0.2) * 1e6


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_s_tape_plays_back_to_the_bit(name: str, tmp_path: Path) -> None:
    scenario = SCENARIOS[name]
    plays_back(scenario, MENDED_S if broken(scenario) else SHORT_S, tmp_path / "a.tape")


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_so_does_the_whole_of_it(name: str, tmp_path: Path) -> None:
    plays_back(SCENARIOS[name], LONG_S, tmp_path / "a.tape")
