"""Client load keeps its sign, an unknown stays unknown, and a session's limits stand in order."""

from math import isnan, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bard.client.estimate import BodyWeight, Session, changed, client_load_kg, make_session
from bard.client.uncertainty import Basis, guard_kg
from bard.errors import UsageError
from bard.settings import AlarmSettings, UncertaintySettings

SETTINGS = AlarmSettings()
BUDGET = UncertaintySettings()
TYPED = BodyWeight(70.0, Basis.TYPED, 70.0)


def make(
    limit_kg: float,
    near_kg: float | None = None,
    critical_kg: float | None = None,
    alarm: AlarmSettings = SETTINGS,
    **zones: float,
) -> Session:
    return make_session(TYPED, (limit_kg, near_kg, critical_kg), alarm, BUDGET, 123, zones=zones)


@pytest.mark.parametrize(("bar_kg", "client_kg"), [(0.0, 70.0), (30.0, 40.0), (70.0, 0.0), (84.5, -14.5), (-6.0, 76.0)])
def test_client_load_is_body_weight_less_bar_load_with_every_sign(bar_kg: float, client_kg: float) -> None:
    assert client_load_kg(70.0, bar_kg) == client_kg


def test_an_unknown_bar_load_gives_an_unknown_client_load() -> None:
    assert isnan(client_load_kg(70.0, nan))


@pytest.mark.parametrize(("limit_kg", "critical_kg"), [(40.0, 50.0), (60.0, 75.0), (12.0, 17.0), (20.0, 25.0)])
def test_near_and_critical_come_from_the_limit(limit_kg: float, critical_kg: float) -> None:
    session = make(limit_kg)
    assert session.limits.near_kg == pytest.approx(0.85 * limit_kg)
    assert session.limits.critical_kg == pytest.approx(critical_kg)
    assert (session.body, session.limits.limit_kg, session.started_us) == (TYPED, limit_kg, 123)


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
    limits = make(limit_kg, alarm=shares).limits
    assert 0 < limits.near_kg < limits.limit_kg < limits.critical_kg


def test_near_and_critical_given_are_taken_as_they_are() -> None:
    limits = make(40.0, 39.5, 40.5).limits
    assert (limits.near_kg, limits.critical_kg) == (39.5, 40.5)


@pytest.mark.parametrize("near_kg", [40.0, 45.0])
def test_near_at_or_above_the_limit_is_refused(near_kg: float) -> None:
    with pytest.raises(UsageError, match=r"near .* below the limit of 40 kg"):
        make(40.0, near_kg)


@pytest.mark.parametrize("critical_kg", [40.0, 35.0])
def test_critical_at_or_below_the_limit_is_refused(critical_kg: float) -> None:
    with pytest.raises(UsageError, match=r"critical .* above the limit of 40 kg"):
        make(40.0, None, critical_kg)


# Zones


def test_a_zone_has_its_own_limits_and_guard_until_it_is_left() -> None:
    whole = make(40.0, 39.0, 45.0, ribs=20.0)
    ribs = changed(whole, SETTINGS, BUDGET, zone="ribs")
    assert (ribs.limits.limit_kg, ribs.limits.near_kg, ribs.limits.critical_kg) == (20.0, 17.0, 25.0)
    assert ribs.limits.guard_kg == guard_kg(BUDGET, Basis.TYPED, 70.0, 20.0) > whole.limits.guard_kg
    assert changed(ribs, SETTINGS, BUDGET, zone=None) == whole


def test_a_zone_above_the_limit_and_one_that_is_not_there_are_refused() -> None:
    with pytest.raises(UsageError, match=r"zone 'ribs' 41 kg: allowed are values up to the limit of 40 kg"):
        make(40.0, ribs=41.0)
    with pytest.raises(UsageError, match="no zone 'feet'; allowed: ribs, back"):
        changed(make(40.0, ribs=20.0, back=30.0), SETTINGS, BUDGET, zone="feet")
    with pytest.raises(UsageError, match="allowed: none, this client has no zones"):
        changed(make(40.0), SETTINGS, BUDGET, zone="feet")


def test_another_body_weight_keeps_zone_and_limits_and_fixes_the_guard_anew() -> None:
    ribs = changed(make(40.0, ribs=20.0), SETTINGS, BUDGET, zone="ribs")
    hung = changed(ribs, SETTINGS, BUDGET, zone="ribs", body=BodyWeight(71.3, Basis.HUNG, 70.0))
    assert (hung.body.kg, hung.zone, hung.limits.limit_kg) == (71.3, "ribs", 20.0)
    assert hung.limits.guard_kg < ribs.limits.guard_kg
