"""The table of conditions: adding one is one row here and its test.

One law: a condition is judged from Facts alone, and `raised` says True, False, or None where the facts do not tell
(an unknown load raises no load condition and ends none).
"""

from collections.abc import Callable
from enum import Enum, IntEnum

from msgspec import Struct

from bard.alarm.facts import NOBODY, Facts, Subjects

S = 1_000_000


class Priority(IntEnum):
    """Higher wins."""

    CUE = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4


class Kind(Enum):
    """What a condition is about; its re-alarm time hangs on it."""

    LOAD = "load"
    TECHNICAL = "technical"


class Condition(Struct, frozen=True):
    """One row of the table.

    raised(facts, holding): whether it is raised; `holding` widens the bound by the deadband. priority(facts): now.
    value(facts), limit(facts): kg for the log, NaN where there is none. subjects(facts): who it is about.
    """

    id: str
    kind: Kind
    meaning: str
    priority: Callable[[Facts], Priority]
    raised: Callable[[Facts, bool], bool | None]
    on_delay_us: int = 0
    off_delay_us: int = 0
    latches: bool = False
    masked_by: tuple[str, ...] = ()
    value: Callable[[Facts], float] = lambda facts: facts.client_slow_kg
    limit: Callable[[Facts], float] = lambda _: float("nan")
    subjects: Callable[[Facts], Subjects] = lambda _: NOBODY


def always(priority: Priority) -> Callable[[Facts], Priority]:
    """A priority that does not depend on facts."""
    return lambda _: priority


def _technical(facts: Facts) -> Priority:
    if facts.on_client:
        return Priority.HIGH
    return Priority.MEDIUM if facts.in_session else Priority.LOW


def _above(value_kg: float, limit_kg: float, deadband_kg: float, facts: Facts, holding: bool) -> bool | None:
    """Whether a load is above its limit; nothing new in the first seconds of `released`."""
    if value_kg <= limit_kg - deadband_kg or not facts.on_client:
        return False
    if value_kg != value_kg:
        return None
    if holding:
        return value_kg > limit_kg - deadband_kg
    return value_kg > limit_kg and not facts.hands_off


def _near(facts: Facts, holding: bool) -> bool | None:
    near_kg = facts.near_kg
    return _above(facts.client_slow_kg, near_kg, 0.03 * near_kg, facts, holding)


def _over(facts: Facts, holding: bool) -> bool | None:
    return _above(facts.client_slow_kg, facts.limit_kg, 2.0, facts, holding)


def _critical(facts: Facts, holding: bool) -> bool | None:
    above = _above(facts.client_fast_kg, facts.critical_kg, 3.0, facts, holding)
    return above if holding else facts.confirm_fall(above is True)


def _load_unknown(facts: Facts, _: bool) -> bool:
    return facts.on_client and facts.bar_unknown


def _load_unknown_priority(facts: Facts) -> Priority:
    return Priority.HIGH if facts.body_weight_kg > facts.critical_kg else Priority.MEDIUM


def _hands_off_priority(facts: Facts) -> Priority:
    return Priority.MEDIUM if facts.phase_age_us >= facts.hands_off_escalate_us else Priority.CUE


def _bars_unknown(facts: Facts, _: bool) -> bool:
    return facts.in_session and not facts.on_client and facts.bar_unknown


def _not_watching(facts: Facts, holding: bool) -> bool | None:
    if facts.in_session:
        return facts.never_taken
    if facts.bar_unknown:
        return None
    return abs(facts.bar_slow_kg) >= facts.not_watching_kg - holding


CONDITIONS: tuple[Condition, ...] = (
    Condition(
        "load_near",
        Kind.LOAD,
        "the load on the client comes near the limit",
        always(Priority.CUE),
        _near,
        off_delay_us=300_000,
        limit=lambda facts: facts.near_kg,
    ),
    Condition(
        "load_over",
        Kind.LOAD,
        "the load on the client is above the limit",
        always(Priority.MEDIUM),
        _over,
        on_delay_us=300_000,
        off_delay_us=500_000,
        limit=lambda facts: facts.limit_kg,
    ),
    Condition(
        "load_critical",
        Kind.LOAD,
        "the load on the client is far above the limit",
        always(Priority.HIGH),
        _critical,
        off_delay_us=1 * S,
        latches=True,
        value=lambda facts: facts.client_fast_kg,
        limit=lambda facts: facts.critical_kg,
    ),
    Condition(
        "hands_off",
        Kind.LOAD,
        "both hands are off the bars",
        _hands_off_priority,
        lambda facts, _: facts.hands_off,
    ),
    Condition(
        "load_unknown",
        Kind.TECHNICAL,
        "the load on the client is unknown: the whole body weight is assumed",
        _load_unknown_priority,
        _load_unknown,
        on_delay_us=150_000,
        off_delay_us=500_000,
    ),
    Condition(
        "bars_unknown",
        Kind.TECHNICAL,
        "the load on the bars is unknown",
        always(Priority.MEDIUM),
        _bars_unknown,
        on_delay_us=1 * S,
        off_delay_us=1 * S,
    ),
    Condition(
        "not_watching",
        Kind.TECHNICAL,
        "the bars are in use and no session runs, or a session runs and the bars were never taken",
        lambda facts: Priority.CUE if facts.in_session else Priority.MEDIUM,
        _not_watching,
        on_delay_us=5 * S,
        off_delay_us=1 * S,
        value=lambda facts: facts.bar_slow_kg,
        limit=lambda facts: facts.not_watching_kg,
    ),
    Condition(
        "link_lost",
        Kind.TECHNICAL,
        "no data from a board: check its cable",
        _technical,
        lambda facts, _: bool(facts.lost_boards),
        off_delay_us=500_000,
        masked_by=("load_unknown", "bars_unknown"),
        subjects=lambda facts: facts.lost_boards,
    ),
    Condition(
        "cell_fault",
        Kind.TECHNICAL,
        "a load cell cannot be trusted",
        _technical,
        lambda facts, _: bool(facts.faulty_cells),
        on_delay_us=100_000,
        off_delay_us=1 * S,
        masked_by=("load_unknown", "bars_unknown"),
        subjects=lambda facts: facts.faulty_cells,
    ),
    Condition(
        "board_restarted",
        Kind.TECHNICAL,
        "a board has restarted by itself",
        lambda facts: Priority.LOW if facts.restarted_stream else _technical(facts),
        lambda facts, _: bool(facts.restarted_boards),
        off_delay_us=0,
        masked_by=("load_unknown", "bars_unknown", "link_lost"),
        subjects=lambda facts: facts.restarted_boards,
    ),
)
