"""The budget: which terms there are, how they add, and that an unknown stays unknown."""

from math import isnan, nan, sqrt

import pytest
from msgspec import structs

from bard.client.uncertainty import (
    Basis,
    Working,
    budget_of,
    expanded_kg,
    fast_u_kg,
    guard_kg,
    slow_u_kg,
    static_u_kg,
    zero_u_kg,
)
from bard.settings import UncertaintySettings

BUDGET = UncertaintySettings()
NOTHING = UncertaintySettings(body_kg=0, repeat_kg=0, span_fraction=0, angle_kg=0, zero_kg=0, zero_kg_per_h=0)
HOUR_US = 3_600_000_000


def test_the_span_is_as_uncertain_as_its_calibration_says_where_that_is_more() -> None:
    budget = structs.replace(NOTHING, span_fraction=0.007)
    assert budget_of(budget, None) == budget
    assert budget_of(budget, 0.003) == budget
    assert budget_of(budget, 0.02) == structs.replace(budget, span_fraction=0.02)


def test_the_starting_budget_of_the_design() -> None:
    """But for the span, which is what the simulator has between mountings."""
    typed = static_u_kg(BUDGET, Basis.TYPED, 70.0, 40.0, zero_u_kg(BUDGET, 0, 0.0))
    assert typed == pytest.approx(sqrt(0.5**2 + 0.28**2 + 0.5**2 + 0.3**2))


def test_a_span_that_is_off_cancels_for_who_hangs_and_not_for_hands_off() -> None:
    budget = structs.replace(NOTHING, span_fraction=0.01)
    assert static_u_kg(budget, Basis.HUNG, 70.0, 70.0, 0.0) == 0
    assert static_u_kg(budget, Basis.HUNG, 70.0, 0.0, 0.0) == pytest.approx(0.7)
    assert static_u_kg(budget, Basis.TYPED, 70.0, 70.0, 0.0) == pytest.approx(0.7)
    assert static_u_kg(budget, Basis.TYPED, 70.0, 0.0, 0.0) == 0


def test_a_push_upwards_is_as_uncertain_as_a_pull() -> None:
    budget = structs.replace(NOTHING, span_fraction=0.01)
    assert static_u_kg(budget, Basis.TYPED, 70.0, -8.0, 0.0) == pytest.approx(0.08)
    assert static_u_kg(budget, Basis.HUNG, 70.0, -8.0, 0.0) == pytest.approx(0.78)


@pytest.mark.parametrize(
    ("basis", "term"), [(Basis.TYPED, "body_kg"), (Basis.HUNG, "repeat_kg"), *((b, "angle_kg") for b in Basis)]
)
def test_each_basis_has_its_own_terms(basis: Basis, term: str) -> None:
    budget = structs.replace(NOTHING, **{term: 0.7})
    other = {Basis.TYPED: Basis.HUNG, Basis.HUNG: Basis.TYPED}[basis]
    assert static_u_kg(budget, basis, 70.0, 30.0, 0.0) == pytest.approx(0.7)
    assert static_u_kg(budget, other, 70.0, 30.0, 0.0) == (pytest.approx(0.7) if term == "angle_kg" else 0)


def test_a_zero_ages_and_an_offset_nobody_explained_is_added() -> None:
    assert zero_u_kg(BUDGET, 0, 0.0) == pytest.approx(0.3)
    assert zero_u_kg(BUDGET, 2 * HOUR_US, 0.0) == pytest.approx(0.3 + 2 * 0.2)
    assert zero_u_kg(BUDGET, HOUR_US, -0.5) == pytest.approx(sqrt(0.5**2 + 0.5**2))
    assert static_u_kg(NOTHING, Basis.TYPED, 70.0, 0.0, 1.5) == 1.5


def test_motion_and_noise_add_and_a_still_body_has_a_floor() -> None:
    for u_kg, gain, least_kg in (
        (slow_u_kg, BUDGET.slow_motion_gain, BUDGET.slow_motion_least_kg),
        (fast_u_kg, BUDGET.fast_motion_gain, BUDGET.fast_motion_least_kg),
    ):
        assert u_kg(BUDGET, 0.0, 0.0, 0.0) == least_kg
        assert u_kg(BUDGET, 0.0, 0.0, least_kg / gain / 2) == least_kg
        assert u_kg(BUDGET, 0.0, 0.0, 3.0) == pytest.approx(3.0 * gain)
        assert u_kg(BUDGET, 0.9, 0.2, 3.0) == pytest.approx(sqrt(0.9**2 + 0.2**2 + (3.0 * gain) ** 2))


def test_who_moved_weight_of_late_works_and_works_on_for_half_a_minute() -> None:
    working = Working(BUDGET)
    assert not working.step(0, nan)
    assert not working.step(10_000, 1.9)
    assert working.step(20_000, 2.1)
    assert working.step(25_000_000, nan)
    assert working.step(30_000_000, 0.2)
    assert not working.step(30_020_000, 0.2)


def test_work_raises_the_floor_and_nothing_else() -> None:
    for u_kg in (slow_u_kg, fast_u_kg):
        assert u_kg(BUDGET, 0.0, 0.0, 0.0, working=True) == BUDGET.work_kg
        assert u_kg(BUDGET, 0.5, 0.1, 9.0, working=True) == u_kg(BUDGET, 0.5, 0.1, 9.0)
        assert isnan(u_kg(BUDGET, 0.5, 0.1, nan, working=True))


def test_floors_are_the_design_s() -> None:
    assert expanded_kg(BUDGET.slow_motion_least_kg) == 0.3
    assert expanded_kg(BUDGET.fast_motion_least_kg) == 1.0


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("u_kg", [slow_u_kg, fast_u_kg])
def test_an_unknown_is_never_a_number(u_kg: object, place: int) -> None:
    assert callable(u_kg)
    values = [0.9, 0.1, 0.5]
    values[place] = nan
    assert isnan(u_kg(BUDGET, *values))
    assert isnan(static_u_kg(BUDGET, Basis.TYPED, 70.0, nan, 0.3))


def test_the_guard_is_the_static_u_at_the_limit_an_hour_after_the_zero() -> None:
    for basis in Basis:
        static = static_u_kg(BUDGET, basis, 70.0, 30.0, zero_u_kg(BUDGET, HOUR_US, 0.0))
        assert guard_kg(BUDGET, basis, 70.0, 40.0) == pytest.approx(2 * static)
    assert guard_kg(BUDGET, Basis.TYPED, 70.0, 40.0) == pytest.approx(2 * sqrt(0.5**2 + 0.21**2 + 0.5**2 + 0.5**2))
    half = structs.replace(BUDGET, guard_band=0.5)
    assert guard_kg(half, Basis.TYPED, 70.0, 40.0) == guard_kg(BUDGET, Basis.TYPED, 70.0, 40.0) / 2
    assert guard_kg(structs.replace(BUDGET, guard_band=0.0), Basis.HUNG, 70.0, 40.0) == 0
