"""The table of conditions: adding one is one row here and its test.

One law: a condition is judged from Facts alone, and `raised` says True, False, or None where the facts do not tell
(an unknown load raises no load condition and ends none).
"""

from collections.abc import Callable
from enum import Enum
from math import nan

from msgspec import Struct

from bard.alarm import judging
from bard.alarm.facts import NOBODY, Facts, Subjects
from bard.alarm.judging import Priority, always, technical

S = 1_000_000


class Kind(Enum):
    """What a condition is about; its re-alarm time hangs on it."""

    LOAD = "load"
    TECHNICAL = "technical"
    EQUIPMENT = "equipment"


class Condition(Struct, frozen=True):
    """One row of the table.

    raised(facts, holding): whether it is raised; `holding` widens the bound by the deadband. priority(facts): now.
    value(facts), limit(facts): kg for the log, NaN where there is none; u(facts): the value's expanded uncertainty,
    where it is a client load. subjects(facts): who it is about.
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
    limit: Callable[[Facts], float] = lambda _: nan
    u: Callable[[Facts], float] = lambda facts: facts.slow_u_kg
    subjects: Callable[[Facts], Subjects] = lambda _: NOBODY


CONDITIONS: tuple[Condition, ...] = (
    Condition(
        "load_near",
        Kind.LOAD,
        "the load on the client comes near the limit",
        always(Priority.CUE),
        judging.near,
        off_delay_us=300_000,
        limit=lambda facts: facts.near_kg,
    ),
    Condition(
        "load_over",
        Kind.LOAD,
        "the load on the client is above the limit",
        always(Priority.MEDIUM),
        judging.over,
        on_delay_us=300_000,
        off_delay_us=500_000,
        limit=lambda facts: facts.limit_kg,
    ),
    Condition(
        "load_critical",
        Kind.LOAD,
        "the load on the client is far above the limit",
        always(Priority.HIGH),
        judging.critical,
        off_delay_us=1 * S,
        latches=True,
        value=lambda facts: facts.client_fast_kg,
        u=lambda facts: facts.fast_u_kg,
        limit=lambda facts: facts.critical_kg,
    ),
    Condition(
        "hands_off",
        Kind.LOAD,
        "both hands are off the bars",
        judging.hands_off_priority,
        lambda facts, _: facts.hands_off,
    ),
    Condition(
        "support_lost",
        Kind.LOAD,
        "the bars were let go of suddenly: a slip or a lost grip",
        always(Priority.HIGH),
        lambda facts, _: facts.fallen,
        latches=True,
        value=lambda facts: facts.client_fast_kg,
        u=lambda facts: facts.fast_u_kg,
    ),
    Condition(
        "load_unknown",
        Kind.TECHNICAL,
        "the load on the client is unknown: the whole body weight is assumed",
        judging.load_unknown_priority,
        judging.load_unknown,
        on_delay_us=150_000,
        off_delay_us=500_000,
    ),
    Condition(
        "bars_unknown",
        Kind.TECHNICAL,
        "the load on the bars is unknown",
        always(Priority.MEDIUM),
        judging.bars_unknown,
        on_delay_us=1 * S,
        off_delay_us=1 * S,
    ),
    Condition(
        "not_watching",
        Kind.TECHNICAL,
        "the bars are in use and no session runs, or a session runs and the bars were never taken",
        lambda facts: Priority.CUE if facts.in_session else Priority.MEDIUM,
        judging.not_watching,
        on_delay_us=5 * S,
        off_delay_us=1 * S,
        value=lambda facts: facts.bar_slow_kg,
        u=lambda _: nan,
        limit=lambda facts: facts.not_watching_kg,
    ),
    Condition(
        "link_lost",
        Kind.TECHNICAL,
        "no data from a board: check its cable",
        technical,
        lambda facts, _: bool(facts.lost_boards),
        off_delay_us=500_000,
        masked_by=("load_unknown", "bars_unknown"),
        subjects=lambda facts: facts.lost_boards,
    ),
    Condition(
        "cell_fault",
        Kind.TECHNICAL,
        "a load cell cannot be trusted",
        technical,
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
        lambda facts: Priority.LOW if facts.restarted_stream else technical(facts),
        lambda facts, _: bool(facts.restarted_boards),
        off_delay_us=0,
        masked_by=("load_unknown", "bars_unknown", "link_lost"),
        subjects=lambda facts: facts.restarted_boards,
    ),
    Condition(
        "wrong_rate",
        Kind.TECHNICAL,
        "a board converts too slowly",
        technical,
        lambda facts, _: bool(facts.slow_boards),
        on_delay_us=1 * S,
        off_delay_us=1 * S,
        masked_by=("load_unknown", "bars_unknown", "link_lost"),
        subjects=lambda facts: facts.slow_boards,
        value=lambda _: nan,
        u=lambda _: nan,
    ),
    Condition(
        "frame_errors",
        Kind.TECHNICAL,
        "many frames of a board are damaged",
        technical,
        lambda facts, _: bool(facts.bad_lines),
        off_delay_us=1 * S,
        masked_by=("load_unknown", "bars_unknown", "link_lost"),
        subjects=lambda facts: facts.bad_lines,
        value=lambda _: nan,
        u=lambda _: nan,
    ),
    Condition(
        "zero_moved",
        Kind.TECHNICAL,
        "free bars do not read zero: take off what hangs there, or rezero them",
        always(Priority.MEDIUM),
        lambda facts, _: facts.zero_moved,
        value=lambda facts: facts.zero_off_kg,
        u=lambda _: nan,
    ),
    Condition(
        "weight_mismatch",
        Kind.TECHNICAL,
        "the body weight does not fit what the bars carry: one of them is wrong",
        always(Priority.MEDIUM),
        judging.weight_mismatch,
        on_delay_us=2 * S,
        off_delay_us=1 * S,
        value=lambda facts: facts.bar_slow_kg,
        u=lambda _: nan,
        limit=lambda facts: facts.body_weight_kg,
    ),
    Condition(
        "bar_pushed",
        Kind.EQUIPMENT,
        "the bars are pushed up, or a cell is wired backwards",
        always(Priority.CUE),
        judging.pushed,
        on_delay_us=300_000,
        off_delay_us=500_000,
        value=lambda facts: facts.bar_slow_kg,
        u=lambda _: nan,
        subjects=judging.pushed_subjects,
    ),
)
