"""Scales show what they were made for, with round ticks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bard.report.scale import date_scale, number_scale, passed_scale


@given(st.lists(st.floats(-1e6, 1e6), max_size=5), st.booleans())
def test_every_value_lies_between_the_first_tick_and_the_last(values: list[float], whole: bool) -> None:
    scale = number_scale("kg", values, whole=whole)
    assert scale.low < scale.high
    assert scale.ticks[0][0] == scale.low
    assert scale.ticks[-1][0] == scale.high
    assert 2 <= len(scale.ticks) <= 9
    assert len({words for _, words in scale.ticks}) == len(scale.ticks)
    slack = (scale.high - scale.low) * 1e-8
    for value in values:
        assert scale.low - slack <= value <= scale.high + slack


def test_ticks_in_words() -> None:
    assert [words for _, words in number_scale("kg", [0, 57.3]).ticks] == ["0", "10", "20", "30", "40", "50", "60"]
    assert [words for _, words in number_scale("kg", [-0.3, 0.4]).ticks][:3] == ["-0.4", "-0.2", "0.0"]
    assert [words for _, words in number_scale("n", [0, 2], whole=True).ticks] == ["0", "1", "2"]
    assert [words for _, words in passed_scale("t", 3600).ticks] == ["0", "10", "20", "30", "40", "50", "60"]
    assert passed_scale("t", 45).label == "t, s"
    assert passed_scale("t", 5 * 3600).label == "t, h"


@pytest.mark.parametrize(("days", "first", "count"), [(5, "02 Mar", 5), (30, "02 Mar", 5), (365, "May 26", 6)])
def test_dates(days: int, first: str, count: int) -> None:
    start = date(2026, 3, 2)
    scale = date_scale(start, start + timedelta(days=days - 1))
    assert (scale.high, scale.ticks[0][1], len(scale.ticks)) == (days, first, count)
    assert all(0 <= place < days for place, _ in scale.ticks)
