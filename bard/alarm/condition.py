"""What a condition is: one row of the table in `bard.alarm.conditions`.

One law: a condition is judged from Facts alone, and `raised` says True, False, or None where the facts do not tell
(an unknown load raises no load condition and ends none).
"""

from collections.abc import Callable
from enum import Enum
from math import nan

from msgspec import Struct

from bard.alarm.facts import NOBODY, Facts, Subjects
from bard.alarm.judging import Priority

S = 1_000_000
"""A second, in microseconds."""


class Reading(Struct, frozen=True):
    """The number that belongs to a condition: kg for the log, NaN where there is none.

    `u`: its expanded uncertainty, where it is a load on the client.
    """

    value: Callable[[Facts], float] = lambda _: nan
    u: Callable[[Facts], float] = lambda _: nan


NO_NUMBER = Reading()
SLOW_LOAD = Reading(lambda facts: facts.client_slow_kg, lambda facts: facts.slow_u_kg)
FAST_LOAD = Reading(lambda facts: facts.client_fast_kg, lambda facts: facts.fast_u_kg)
BAR_LOAD = Reading(lambda facts: facts.bar_slow_kg)


class Kind(Enum):
    """What a condition is about; its re-alarm time hangs on it."""

    LOAD = "load"
    TECHNICAL = "technical"
    EQUIPMENT = "equipment"


class Group(Enum):
    """What must stir before conditions need be judged; `bard.alarm.detector` asks Facts whether it does."""

    LOAD = "load"
    HANDS = "hands"
    BARS = "bars"
    AILS = "ails"


class Condition(Struct, frozen=True):
    """One row of the table.

    raised(facts, holding): whether it is raised; `holding` widens the bound by the deadband. priority(facts): now.
    limit(facts): kg for the log, NaN where there is none. subjects(facts): who it is about. `group`: it cannot be
    raised while nothing stirs there, and then costs nothing.
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
    group: Group = Group.AILS
    reading: Reading = NO_NUMBER
    limit: Callable[[Facts], float] = lambda _: nan
    subjects: Callable[[Facts], Subjects] = lambda _: NOBODY
