"""The same load in kg, lb and N: rounded once, in steps of the unit while its uncertainty is larger."""

import pytest

from bard.control.units import KG, LB, NEWTON, UNITS
from bard.control.words import alarm_words, kg_words, load_in_unit, load_kg_words
from tests.control.fake import alarm


@pytest.mark.parametrize(
    ("unit", "fine", "coarse", "limit"),
    [
        (KG, "38.3 ± 0.40 kg", "38.5 ± 1.8 kg", "40.0 kg"),
        (LB, "84.4 ± 0.88 lb", "84 ± 4.0 lb", "88.2 lb"),
        (NEWTON, "376 ± 3.9 N", "375 ± 18 N", "392 N"),
    ],
)
def test_a_load_in_words(unit, fine, coarse, limit):
    assert load_kg_words(38.3, 0.4, unit) == fine
    assert load_kg_words(38.3, 1.8, unit) == coarse
    assert kg_words(40.0, unit) == limit
    assert kg_words(None, unit) == load_kg_words(None, None, unit) == "unknown"
    assert load_in_unit(38.3, 1.8, unit) == coarse.split()[0]
    assert f"limit {limit})" in alarm_words(alarm(), unit)


def test_no_unit_pretends_more_than_kg_do():
    for unit in UNITS.values():
        assert unit.step / unit.per_kg >= 0.45
        assert 10.0**-unit.decimals / unit.per_kg >= 0.04


def test_there_is_no_minus_zero():
    assert [kg_words(-0.01, unit) for unit in (KG, LB, NEWTON)] == ["0.0 kg", "0.0 lb", "0 N"]
