"""Client load keeps its sign, an unknown stays unknown, and a session's limits stand in order."""

from math import isnan, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bard.client.estimate import client_load_kg, make_session
from bard.errors import UsageError
from bard.settings import AlarmSettings

SETTINGS = AlarmSettings()


@pytest.mark.parametrize(("bar_kg", "client_kg"), [(0.0, 70.0), (30.0, 40.0), (70.0, 0.0), (84.5, -14.5), (-6.0, 76.0)])
def test_client_load_is_body_weight_less_bar_load_with_every_sign(bar_kg: float, client_kg: float) -> None:
    assert client_load_kg(70.0, bar_kg) == client_kg


def test_an_unknown_bar_load_gives_an_unknown_client_load() -> None:
    assert isnan(client_load_kg(70.0, nan))


@pytest.mark.parametrize(("limit_kg", "critical_kg"), [(40.0, 50.0), (60.0, 75.0), (12.0, 17.0), (20.0, 25.0)])
def test_near_and_critical_come_from_the_limit(limit_kg: float, critical_kg: float) -> None:
    session = make_session(70.0, limit_kg, None, None, SETTINGS, 123)
    assert session.near_kg == pytest.approx(0.85 * limit_kg)
    assert session.critical_kg == pytest.approx(critical_kg)
    assert (session.body_weight_kg, session.limit_kg, session.started_us) == (70.0, limit_kg, 123)


@settings(derandomize=True, database=None, deadline=None)
@given(
    limit_kg=st.floats(0.01, 250),
    near=st.floats(0.01, 0.99),
    critical=st.floats(1.01, 3),
    least_kg=st.floats(0, 100),
)
def test_near_limit_and_critical_are_always_in_order(
    limit_kg: float, near: float, critical: float, least_kg: float
) -> None:
    shares = AlarmSettings(near_fraction=near, critical_fraction=critical, critical_least_kg=least_kg)
    session = make_session(70.0, limit_kg, None, None, shares, 0)
    assert 0 < session.near_kg < session.limit_kg < session.critical_kg


def test_near_and_critical_given_are_taken_as_they_are() -> None:
    session = make_session(70.0, 40.0, 39.5, 40.5, SETTINGS, 0)
    assert (session.near_kg, session.critical_kg) == (39.5, 40.5)


@pytest.mark.parametrize("near_kg", [40.0, 45.0])
def test_near_at_or_above_the_limit_is_refused(near_kg: float) -> None:
    with pytest.raises(UsageError, match=r"near .* below the limit of 40 kg"):
        make_session(70.0, 40.0, near_kg, None, SETTINGS, 0)


@pytest.mark.parametrize("critical_kg", [40.0, 35.0])
def test_critical_at_or_below_the_limit_is_refused(critical_kg: float) -> None:
    with pytest.raises(UsageError, match=r"critical .* above the limit of 40 kg"):
        make_session(70.0, 40.0, None, critical_kg, SETTINGS, 0)
