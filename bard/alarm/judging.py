"""How the facts of a row are judged: what raises each condition, and how much it matters now.

One law: pure functions of Facts and of whether the condition holds already (its deadband), True, False, or None where
the facts do not tell. Which condition they belong to, and its delays, is the table in `bard.alarm.conditions`.
"""

from collections.abc import Callable
from enum import IntEnum

from bard.alarm.facts import NOBODY, Facts, Subjects

NEAR_DEADBAND = 0.03
OVER_DEADBAND_KG = 2.0
CRITICAL_DEADBAND_KG = 3.0
NEAR_CAPACITY, OVERLOAD, INSPECT = 0.8, 1.0, 1.2
"""Shares of a support's rated load."""
_SHARE_DEADBAND = 0.02
PUSHED = "wired backwards or pushed"
_ONE_KG = 1.0


class Priority(IntEnum):
    """Higher wins."""

    CUE = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4


def always(priority: Priority) -> Callable[[Facts], Priority]:
    """A priority that does not depend on facts."""
    return lambda _: priority


def technical(facts: Facts) -> Priority:
    """High on the client, medium in a session, else low."""
    if facts.on_client:
        return Priority.HIGH
    return Priority.MEDIUM if facts.in_session else Priority.LOW


def outside_low(facts: Facts) -> Priority:
    """Medium in a session, else low."""
    return Priority.MEDIUM if facts.in_session else Priority.LOW


def in_session_high(facts: Facts) -> Priority:
    """High in a session, else low."""
    return Priority.HIGH if facts.in_session else Priority.LOW


def _above(value_kg: float, limit_kg: float, deadband_kg: float, facts: Facts, holding: bool) -> bool | None:
    """Whether a load, with the guard added, is above its limit; nothing new in the first seconds of `released`."""
    value_kg += facts.guard_kg
    if value_kg <= limit_kg - deadband_kg or not facts.on_client:
        return False
    if value_kg != value_kg:
        return None
    if holding:
        return value_kg > limit_kg - deadband_kg
    return value_kg > limit_kg and not facts.hands_off


def near(facts: Facts, holding: bool) -> bool | None:
    """The slow load is above near."""
    near_kg = facts.near_kg
    return _above(facts.client_slow_kg, near_kg, NEAR_DEADBAND * near_kg, facts, holding)


def over(facts: Facts, holding: bool) -> bool | None:
    """The slow load is above the limit."""
    return _above(facts.client_slow_kg, facts.limit_kg, OVER_DEADBAND_KG, facts, holding)


def critical(facts: Facts, holding: bool) -> bool | None:
    """The fast load is above critical and stood so for two further conversions."""
    above = _above(facts.client_fast_kg, facts.critical_kg, CRITICAL_DEADBAND_KG, facts, holding)
    return above if holding else facts.confirm_fall(above is True)


def load_unknown(facts: Facts, _: bool) -> bool:
    """Somebody may be on the client, and the bars say nothing."""
    return facts.on_client and facts.bar_unknown


def load_unknown_priority(facts: Facts) -> Priority:
    """By what the whole body weight would do."""
    high = facts.body_weight_kg + facts.guard_kg > facts.critical_kg
    return Priority.HIGH if high else Priority.MEDIUM


def hands_off_priority(facts: Facts) -> Priority:
    """A cue that grows up."""
    return Priority.MEDIUM if facts.phase_age_us >= facts.hands_off_escalate_us else Priority.CUE


def bars_unknown(facts: Facts, _: bool) -> bool:
    """A session runs, nobody is on the client, and the bars say nothing."""
    return facts.in_session and not facts.on_client and facts.bar_unknown


def not_watching(facts: Facts, holding: bool) -> bool | None:
    """Bars in use without a session, or a session without bars in use; a weigh-in is neither."""
    if facts.weighing:
        return False
    if facts.in_session:
        return facts.never_taken
    if facts.bar_unknown:
        return None
    return abs(facts.bar_slow_kg) >= facts.not_watching_kg - holding


def weight_mismatch(facts: Facts, holding: bool) -> bool | None:
    """The bars carry more than the body weighs, or a weigh-in disagrees with what was typed."""
    if not facts.in_session or facts.mismatch:
        return facts.mismatch
    if facts.bar_unknown:
        return None
    return facts.bar_slow_kg > facts.body_weight_kg + facts.above_body_kg - _ONE_KG * holding


def pushed(facts: Facts, holding: bool) -> bool | None:
    """The bars, or one cell, carry less than nothing."""
    bound_kg = _ONE_KG * holding - facts.pushed_kg
    if facts.bar_slow_kg < bound_kg or min(facts.cell_slow_kg, default=0.0) < bound_kg:
        return True
    return None if facts.bar_unknown else False


def pushed_subjects(facts: Facts) -> Subjects:
    """The cells that do, by name."""
    bound_kg = _ONE_KG - facts.pushed_kg
    found = {
        name: PUSHED for name, load_kg in zip(facts.cell_names, facts.cell_slow_kg, strict=True) if load_kg < bound_kg
    }
    return found or NOBODY


def loaded(facts: Facts, share: float, holding: bool) -> bool:
    """A support carries more than this share of its rated load; an unknown one holds what it held."""
    bound = share - _SHARE_DEADBAND * holding
    unknown = any(used != used for used in facts.used_shares)
    return any(used > bound for used in facts.used_shares) or (holding and unknown and facts.bar_unknown)


def loaded_supports(facts: Facts, share: float) -> Subjects:
    """Which, and how much, to a tenth of the rated load."""
    found = {
        name: f"{int(used * 10) * 10} % of its rated load or more"
        for name, used in zip(facts.support_names, facts.used_shares, strict=True)
        if used > share - _SHARE_DEADBAND
    }
    return found or NOBODY
