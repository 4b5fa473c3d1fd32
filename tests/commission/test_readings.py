"""A mean of many still readings of a healthy cell, or why not, with the number behind it."""

import random

import pytest

from bard.commission.readings import FREE, HUNG, LEAST_READINGS, PULLED, Readings, Stillness
from bard.errors import Refused
from bard.weigh.state import FIRST_FAULT, IN_WORDS, CellState

NAME = "left bar, cell 1"


def noise(count: int, sd: float = 150.0, mean: float = 84_000.0) -> list[int]:
    chance = random.Random(5)
    return [round(chance.gauss(mean, sd)) for _ in range(count)]


def taken(counts: list[int], state: CellState = CellState.OK) -> Readings:
    readings = Readings(NAME)
    for value in counts:
        readings.take(value, state)
    return readings


def refusal(readings: Readings, allowed: Stillness = HUNG) -> str:
    with pytest.raises(Refused) as caught:
        readings.mean_counts(allowed)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{NAME}: ")
    return line.removeprefix(f"{NAME}: ")


@pytest.mark.parametrize("state", [CellState.OK, CellState.PROVING, CellState.UNCALIBRATED])
def test_still_readings_have_their_mean(state: CellState) -> None:
    counts = noise(250)
    assert taken(counts, state).mean_counts() == pytest.approx(sum(counts) / 250)


def test_as_few_as_that_will_do_and_one_less_will_not() -> None:
    assert LEAST_READINGS == 100
    counts = noise(100)
    assert taken(counts).mean_counts() == pytest.approx(sum(counts) / 100)
    assert refusal(taken(counts[1:])) == "ok (99 of at least 100 good readings)"


def test_readings_while_it_settles_or_is_silent_do_not_count() -> None:
    readings = taken(noise(99))
    for _ in range(50):
        readings.take(9_999_999, CellState.SETTLING)
        readings.take(9_999_999, CellState.SILENT)
    assert refusal(readings) == f"{IN_WORDS[CellState.SILENT]} (99 of at least 100 good readings)"
    readings.take(84_000, CellState.OK)
    assert readings.mean_counts() == pytest.approx(84_000, abs=100)


def test_no_readings_at_all() -> None:
    assert refusal(Readings(NAME)).endswith("(0 of at least 100 good readings)")


@pytest.mark.parametrize("fault", [state for state in CellState if state >= FIRST_FAULT])
def test_one_faulty_reading_spoils_them_all(fault: CellState) -> None:
    readings = taken(noise(250))
    readings.take(84_000, fault)
    assert refusal(readings) == f"{IN_WORDS[fault]} (250 of at least 100 good readings)"


def test_of_several_faults_the_worst_is_told() -> None:
    readings = taken(noise(250))
    for fault in (CellState.NOISY, CellState.SATURATED, CellState.SPIKES):
        readings.take(84_000, fault)
    assert refusal(readings).startswith(IN_WORDS[CellState.SATURATED])


def test_readings_that_never_change_are_a_dead_wire() -> None:
    assert refusal(taken([8_388_607] * 200)) == "200 readings are all 8388607 counts; check its wires"


def test_a_swinging_bar_is_not_still() -> None:
    counts = [84_000 + (9_000 if number % 2 else -9_000) for number in range(200)]
    line = refusal(taken(counts))
    assert line.startswith("not still (sd 9023, drift 0 counts; allowed: 4000 and 4000)")
    assert line.endswith(HUNG.advice)


def test_a_creeping_bar_is_not_still() -> None:
    counts = [84_000 + 50 * number for number in range(200)]
    line = refusal(taken(counts))
    assert line.startswith("not still (sd 2894, drift 5000 counts; allowed: 4000 and 4000)")


def test_what_is_just_still_is_taken() -> None:
    assert HUNG.drift_counts == 4_000
    drifting = [84_000 + 39 * number for number in range(200)]
    assert taken(drifting).mean_counts() == pytest.approx(84_000 + 39 * 99.5)


def test_free_bars_must_be_stiller_than_hung_ones_and_a_person_may_sway() -> None:
    drifting = [84_000 + 12 * number for number in range(200)]
    assert taken(drifting).mean_counts() == pytest.approx(84_000 + 12 * 99.5)
    assert refusal(taken(drifting), FREE).endswith(FREE.advice)
    swaying = [84_000 + (20_000 if number % 20 < 10 else -20_000) for number in range(200)]
    assert "not still" in refusal(taken(swaying))
    assert taken(swaying).mean_counts(PULLED) == pytest.approx(84_000)


def test_first_and_last_parts_tell_what_crept() -> None:
    readings = taken([1_000] * 100 + [1_500] * 100 + [2_000] * 100)
    assert readings.ends_counts(10) == (1_000, 2_000)
    assert readings.ends_counts(3) == (1_000, 2_000)
    assert readings.ends_counts(1) == (1_500, 1_500)
    assert readings.sd_counts == pytest.approx(408.9, abs=0.5)
    assert Readings(NAME).sd_counts == 0.0
