"""Columns: no peak is lost, no gap is filled, whatever the width."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bard.report.decimate import Trace, columns, runs

STEP_S = 0.1


def trace(mid: list[float], first: int = 1) -> Trace:
    """Ten a second from 0 on; NaN where unknown."""
    values = np.array(mid, float)
    at_s = (np.arange(len(values)) + first) * STEP_S
    return Trace(at_s, values - 1, values, values + 1, np.full(len(values), 2.0), STEP_S)


@given(
    st.lists(st.one_of(st.floats(-50, 200), st.just(float("nan"))), min_size=1, max_size=400),
    st.integers(1, 120),
)
def test_the_highest_and_the_lowest_of_all_known_points_are_there(mid: list[float], most: int) -> None:
    values = np.array(mid)
    found = columns(trace(mid), 0.0, len(mid) * STEP_S, most)
    assert len(found.mid) == max(1, min(most, len(mid)))
    if np.isnan(values).all():
        assert np.isnan(found.high).all()
    else:
        assert np.nanmax(found.high) == np.nanmax(values) + 1
        assert np.nanmin(found.low) == np.nanmin(values) - 1
        assert np.nanmax(found.band_high) == np.nanmax(values) + 1 + 2


def test_a_whole_series_has_no_gap_at_any_width() -> None:
    whole = trace([20.0] * 36_000)
    for most in (1, 7, 298, 678, 1_000, 35_999, 36_000, 50_000):
        assert np.isfinite(columns(whole, 0.0, 3_600.0, most).mid).all(), most


def test_points_that_are_missing_are_as_unknown_as_those_that_are_nan() -> None:
    known = [30.0] * 1_000
    with_nan = trace([*known, *[float("nan")] * 500, *known])
    missing = Trace(
        *(
            part[np.isfinite(with_nan.mid)]
            for part in (with_nan.at_s, with_nan.low, with_nan.mid, with_nan.high, with_nan.u)
        ),
        STEP_S,
    )
    for series in (with_nan, missing):
        found = columns(series, 0.0, 250.0, 250)
        assert np.isnan(found.mid).sum() == 50
        assert np.isnan(found.mid[100:150]).all()


def test_a_mean_is_of_what_is_known() -> None:
    found = columns(trace([10.0, float("nan"), 30.0, 50.0]), 0.0, 0.4, 2)
    assert found.mid.tolist() == [10.0, 40.0]


@pytest.mark.parametrize(
    ("bits", "found"),
    [("", []), ("0", []), ("1", [(0, 1)]), ("0110", [(1, 3)]), ("101", [(0, 1), (2, 3)])],
)
def test_runs(bits: str, found: list[tuple[int, int]]) -> None:
    assert runs(np.array([bit == "1" for bit in bits], bool)) == found
