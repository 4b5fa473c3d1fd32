"""From single changes to whole alarms, their times, and what a session's alarms say about its limits.

One law: a time that is not certain is unknown (None), never a guess: monotonic times are compared within one boot only,
wall times only where both clocks were trusted. It knows no database and no clock.
"""

from collections.abc import Iterable, Sequence
from statistics import median

from msgspec import Struct

from bard.alarm.chatter import TIMES, WITHIN_US
from bard.alarm.conditions import CONDITIONS
from bard.alarm.judging import Priority
from bard.alarm.states import HOLDING, State

LOAD_CONDITIONS = frozenset(condition.id for condition in CONDITIONS if condition.kind.value == "load")
"""Those that end when the load is back below."""
PRIORITIES = tuple(priority.name.lower() for priority in sorted(Priority, reverse=True))
"""Highest first."""

_HOLDING = frozenset(state.value for state in HOLDING)
_CALLS = frozenset({State.ACTIVE.value, State.ACKNOWLEDGED.value})
_CLEARING = frozenset({State.CLEARING.value, State.CLEARING_ACKNOWLEDGED.value})
_BEFORE = frozenset({State.PENDING.value, State.PENDING_LATCHED.value})
_AFTER = frozenset({State.NORMAL.value, State.PENDING.value})
_LATCHED = State.LATCHED.value
_OVER = frozenset({_LATCHED, State.PENDING_LATCHED.value})
_RESTART = "restart"
"""Who acts where bard brings back what an earlier bard knew."""


class Moment(Struct, frozen=True):
    """When: monotonic microseconds of one boot, and the wall clock (UTC, ms since 1970) as it was then."""

    boot_id: str
    at_us: int
    wall_ms: int
    clock_trusted: bool


def seconds_between(begin: Moment | None, end: Moment | None) -> float | None:
    """From one to the other; None where that is not known for certain, and never below 0."""
    if begin is None or end is None:
        return None
    if begin.boot_id == end.boot_id:
        passed_s = (end.at_us - begin.at_us) / 1e6
    elif begin.clock_trusted and end.clock_trusted:
        passed_s = (end.wall_ms - begin.wall_ms) / 1e3
    else:
        return None
    return passed_s if passed_s >= 0 else None


class Change(Struct, frozen=True):
    """A row of `alarm_change`: `ConditionChanged` with its stamp. `session`: the random id, None outside of any."""

    number: int
    uid: str
    session: str | None
    moment: Moment
    condition: str
    state: str
    was: str
    priority: str
    meaning: str
    subjects: tuple[str, ...]
    value_kg: float | None
    limit_kg: float | None
    u_kg: float | None
    guard_kg: float | None
    phase: str
    by: str

    @property
    def raised(self) -> bool:
        """The condition began to call: its on-delay is over."""
        return self.state == State.ACTIVE.value and self.was in _BEFORE

    @property
    def over(self) -> bool:
        """Nothing is left of the condition: it neither calls nor waits to be acknowledged."""
        return self.state in _AFTER

    @property
    def brought_back(self) -> bool:
        """A restart has found the condition in this state, as it was before."""
        return self.by == _RESTART and self.was == State.NORMAL.value and self.state != State.NORMAL.value

    @property
    def run(self) -> tuple[str, str]:
        """Which start of bard it was."""
        return self.moment.boot_id, self.uid.rpartition("-")[0]


class Alarm(Struct):
    """A condition from when it began to call until it was over.

    `phase`, `limit_kg` and `guard_kg` are those at its beginning.
    """

    number: int
    """Of the change it began with; rises with time."""
    session: str | None
    condition: str
    priority: str
    """The highest it had."""
    meaning: str
    subjects: tuple[str, ...]
    """All it was about, in the order they came."""
    phase: str
    begin: Moment
    peak_kg: float | None
    """The value farthest from 0 at any change while it called; what was between changes is not recorded."""
    peak_u_kg: float | None
    """The expanded uncertainty of the peak."""
    limit_kg: float | None
    guard_kg: float | None
    back: Moment | None = None
    """When it was last no longer raised: the off-delay ran from here."""
    end: Moment | None = None
    """When it was over: the off-delay had run. None: it still called when last heard of."""
    acknowledged: Moment | None = None
    """For the first time."""
    by: str = ""
    """Who did that."""
    carried: bool = False
    """It began before what is recorded: how long it took is unknown."""
    outcome: str = "open"
    """`over`; `latched`: over, not acknowledged; `open`: it still called when last heard of; `cut off`: bard ended, or
    changes are missing, before its end."""

    @property
    def duration_s(self) -> float | None:
        """From beginning to end."""
        return None if self.carried else seconds_between(self.begin, self.end)

    @property
    def reaction_s(self) -> float | None:
        """Of a load condition: from its beginning until the load was back below, the off-delay left out."""
        if self.carried or self.condition not in LOAD_CONDITIONS:
            return None
        return seconds_between(self.begin, self.back)

    @property
    def is_cue(self) -> bool:
        """It never was more than a cue."""
        return self.priority == "cue"


def whole_alarms(changes: Iterable[Change]) -> list[Alarm]:
    """The alarms that begin among the changes, in that order. `changes` are in the order they were written."""
    alarms: list[Alarm] = []
    going: dict[str, Alarm] = {}
    left: dict[str, Alarm] = {}
    run: tuple[str, str] | None = None
    for change in changes:
        condition = change.condition
        if change.run != run:
            run, left, going = change.run, going, {}
            for alarm in left.values():
                _cut(alarm)
        if change.brought_back and condition in left:
            _bring_back(left[condition], change)
            going[condition] = left[condition]
            continue
        if change.was in _AFTER and condition in going:
            _cut(going.pop(condition))
        if change.raised or change.brought_back:
            begun = going[condition] = _begin(change)
            alarms.append(begun)
        elif condition in going:
            _go_on(going[condition], change)
            if change.state in _AFTER:
                del going[condition]
    return alarms


def _begin(change: Change) -> Alarm:
    return Alarm(
        *(change.number, change.session, change.condition, change.priority, change.meaning, change.subjects),
        *(change.phase, change.moment, change.value_kg, change.u_kg, change.limit_kg, change.guard_kg),
        carried=change.brought_back,
        outcome=_LATCHED if change.state in _OVER else "open",
    )


def _bring_back(alarm: Alarm, change: Change) -> None:
    alarm.outcome = _LATCHED if change.state in _OVER else "open"
    if change.state in _OVER:
        alarm.end = alarm.end or change.moment


def _go_on(alarm: Alarm, change: Change) -> None:
    if change.by and alarm.acknowledged is None:
        alarm.by, alarm.acknowledged = change.by, change.moment
    if change.state in _CLEARING:
        if change.was not in _CLEARING:
            alarm.back = change.moment
    elif change.state in _CALLS:
        alarm.back = None
        _grow(alarm, change)
    if change.state not in _HOLDING and alarm.end is None:
        alarm.end = change.moment
        alarm.back = alarm.back or change.moment
    if alarm.end is not None:
        alarm.outcome = "over" if change.state in _AFTER else _LATCHED


def _grow(alarm: Alarm, change: Change) -> None:
    if _rank(change.priority) < _rank(alarm.priority):
        alarm.priority = change.priority
    alarm.subjects += tuple(subject for subject in change.subjects if subject not in alarm.subjects)
    value_kg, peak_kg = change.value_kg, alarm.peak_kg
    if value_kg is not None and (peak_kg is None or abs(value_kg) > abs(peak_kg)):
        alarm.peak_kg, alarm.peak_u_kg = value_kg, change.u_kg


def _rank(priority: str) -> int:
    return PRIORITIES.index(priority) if priority in PRIORITIES else len(PRIORITIES)


def _cut(alarm: Alarm) -> None:
    """Nothing more will be heard of it."""
    if alarm.end is None:
        alarm.outcome = "cut off"


class Chatter(Struct, frozen=True):
    """A condition that came and went: three times within a minute or more often."""

    condition: str
    times: int
    begin: Moment
    """It began for the first of these times."""
    last: Moment


def find_chatter(alarms: Sequence[Alarm]) -> list[Chatter]:
    """Every bout of it, by its beginning. A bout goes on while any three beginnings lie within a minute."""
    began: dict[tuple[str, str], list[Alarm]] = {}
    for alarm in alarms:
        began.setdefault((alarm.condition, alarm.begin.boot_id), []).append(alarm)
    found: list[tuple[int, Chatter]] = []
    for (condition, _), times in began.items():
        bouts: list[tuple[int, int]] = []
        for last in range(TIMES - 1, len(times)):
            first = last - TIMES + 1
            if times[last].begin.at_us - times[first].begin.at_us < WITHIN_US:
                if bouts and first <= bouts[-1][1]:
                    first = bouts.pop()[0]
                bouts.append((first, last))
        for first, last in bouts:
            begin, end = times[first], times[last]
            found.append((begin.number, Chatter(condition, last - first + 1, begin.begin, end.begin)))
    return [chatter for _, chatter in sorted(found, key=lambda bout: bout[0])]


class Reactions(Struct, frozen=True):
    """How fast loads came back below: of `times` alarms; `unknown` more have no certain time. Cues are left out."""

    times: int
    unknown: int
    median_s: float | None
    longest_s: float | None


def reactions(alarms: Iterable[Alarm]) -> Reactions:
    """Over the load conditions that were more than cues."""
    of_load = [alarm for alarm in alarms if alarm.condition in LOAD_CONDITIONS and not alarm.is_cue]
    known = [seconds for alarm in of_load if (seconds := alarm.reaction_s) is not None]
    return Reactions(
        len(known), len(of_load) - len(known), median(known) if known else None, max(known) if known else None
    )


class Summary(Struct, frozen=True):
    """What a session's alarms come to."""

    by_priority: dict[str, int]
    """Alarms by their highest priority, each of PRIORITIES."""
    chatter: list[Chatter]
    reactions: Reactions

    @property
    def alarms(self) -> int:
        """All but the cues."""
        return sum(self.by_priority.values()) - self.by_priority["cue"]


def summarize(alarms: Sequence[Alarm]) -> Summary:
    """`alarms` of one session, in order."""
    counts = dict.fromkeys(PRIORITIES, 0)
    for alarm in alarms:
        counts[alarm.priority] = counts.get(alarm.priority, 0) + 1
    return Summary(counts, find_chatter(alarms), reactions(alarms))
