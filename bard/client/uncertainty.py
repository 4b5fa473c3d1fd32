"""How far the client load may be from what is shown (estimate, section 3).

One law: standard uncertainties add as squares, and U = 2 u is what people are told. It knows no row and no time but
ages it is given; an unknown stays NaN. All are kg.
"""

from enum import Enum
from math import sqrt

from msgspec import structs

from bard.settings import UncertaintySettings

_HOUR_US = 3_600_000_000


class Basis(Enum):
    """How the body weight is known: typed in, or weighed in on the same cells."""

    TYPED = "typed"
    HUNG = "hung"


def zero_u_kg(budget: UncertaintySettings, age_us: int, offset_kg: float) -> float:
    """Of the zero, `age_us` after bars were last seen free, when they read `offset_kg` that nobody could explain."""
    return sqrt((budget.zero_kg + budget.zero_kg_per_h * age_us / _HOUR_US) ** 2 + offset_kg**2)


def budget_of(settings: UncertaintySettings, span_u_fraction: float | None) -> UncertaintySettings:
    """The settings' budget, its span as uncertain as the calibration says where that is more; None: it does not."""
    return structs.replace(settings, span_fraction=max(settings.span_fraction, span_u_fraction or 0.0))


def with_body_u(budget: UncertaintySettings, body_u_kg: float | None) -> UncertaintySettings:
    """The budget, a typed body weight as uncertain as was stated where that is more; None: nothing was stated."""
    if body_u_kg is None or body_u_kg <= budget.body_kg:
        return budget
    return structs.replace(budget, body_kg=body_u_kg)


def static_u_kg(
    budget: UncertaintySettings, basis: Basis, body_weight_kg: float, bar_load_kg: float, zero_u: float
) -> float:
    """Of what stays the same within a session; a span that is off cancels for who was weighed on the same cells."""
    hung = basis is Basis.HUNG
    body_u = budget.repeat_kg if hung else budget.body_kg
    spanned_kg = body_weight_kg - bar_load_kg if hung else bar_load_kg
    return sqrt(body_u**2 + (budget.span_fraction * spanned_kg) ** 2 + budget.angle_kg**2 + zero_u**2)


class Working:
    """Whether somebody works on the client: moved weight on or off the bars of late.

    The strokes that go with it accelerate the body, and nothing of that shows on the bars (estimate, section 1), so
    that for `work_us` after each such move the least motion is `work_kg`.
    """

    def __init__(self, budget: UncertaintySettings) -> None:
        self._budget = budget
        self._until_us: int | None = None

    def step(self, at_us: int, motion_kg: float) -> bool:
        """Take a row's motion of the bar load; NaN, an unknown one, ends nothing."""
        if motion_kg > self._budget.work_motion_kg:
            self._until_us = at_us + self._budget.work_us
        return self._until_us is not None and at_us < self._until_us


def slow_u_kg(
    budget: UncertaintySettings, static_u: float, noise_kg: float, motion_kg: float, *, working: bool = False
) -> float:
    """Of the slow client load while somebody stands on the client.

    `noise_kg` and `motion_kg` are those of `bard.weigh.path.Weighed`. The box leaves a third of the noise; that it is
    counted whole here makes no difference that shows.
    """
    least_kg = budget.work_kg if working else budget.slow_motion_least_kg
    motion_u = _at_least(least_kg, budget.slow_motion_gain * motion_kg)
    return sqrt(static_u**2 + noise_kg**2 + motion_u**2)


def fast_u_kg(
    budget: UncertaintySettings, static_u: float, noise_kg: float, motion_kg: float, *, working: bool = False
) -> float:
    """Of the fast client load, the same way."""
    least_kg = max(budget.fast_motion_least_kg, budget.work_kg) if working else budget.fast_motion_least_kg
    motion_u = _at_least(least_kg, budget.fast_motion_gain * motion_kg)
    return sqrt(static_u**2 + noise_kg**2 + motion_u**2)


def expanded_kg(u_kg: float) -> float:
    """U: the true value lies within this of what is shown, 19 times in 20."""
    return 2 * u_kg


def guard_kg(budget: UncertaintySettings, basis: Basis, body_weight_kg: float, limit_kg: float) -> float:
    """What is added to a client load before it is judged: the static U at the limit, with a zero an hour old."""
    zero_u = zero_u_kg(budget, _HOUR_US, 0.0)
    static_u = static_u_kg(budget, basis, body_weight_kg, body_weight_kg - limit_kg, zero_u)
    return budget.guard_band * expanded_kg(static_u)


def _at_least(least_kg: float, u_kg: float) -> float:
    """`max` would make a number of NaN."""
    return least_kg if u_kg < least_kg else u_kg
