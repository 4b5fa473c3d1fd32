"""The table of mean pressures that practitioners know, from loads and areas."""

from math import isnan, nan

import pytest

from bard.client.pressure import mean_pressure_kpa

AREAS_CM2 = (30, 50, 110, 220)


@pytest.mark.parametrize(
    ("load_kg", "kpa"),
    [(20, (65, 39, 18, 9)), (40, (131, 78, 36, 18)), (60, (196, 118, 53, 27)), (80, (262, 157, 71, 36))],
)
def test_mean_pressures(load_kg: float, kpa: tuple[int, ...]) -> None:
    assert tuple(round(mean_pressure_kpa(load_kg, area)) for area in AREAS_CM2) == kpa


def test_an_unknown_load_gives_no_pressure_and_a_push_up_a_negative_one() -> None:
    assert isnan(mean_pressure_kpa(nan, 30))
    assert mean_pressure_kpa(-10, 98.0665) == pytest.approx(-10)
