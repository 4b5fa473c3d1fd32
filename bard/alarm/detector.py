"""Runs every condition through its life, row by row.

One law: time is the rows'; delays, re-alarm and the order of newness are counted in it, so a tape replays to the same
changes. It plays nothing (bard.alarm.selector says what should play).
"""

from collections.abc import Callable, Iterable

from msgspec import Struct

from bard.alarm.condition import Condition, Group, Kind
from bard.alarm.conditions import CONDITIONS
from bard.alarm.facts import NOBODY, Facts, Subjects
from bard.alarm.judging import Priority
from bard.alarm.states import HOLDING, SHOWN, TRANSITIONS, UNACKNOWLEDGED, Input, State
from bard.settings import AlarmSettings

_STIRS: dict[Group, Callable[[Facts], bool]] = {
    Group.LOAD: Facts.load_stirs,
    Group.HANDS: Facts.hands_stir,
    Group.BARS: Facts.bars_stir,
    Group.AILS: Facts.ails,
}


class Change(Struct, frozen=True):
    """A condition went from one state to another, or became worse. kg; NaN where there is no value."""

    id: str
    state: State
    was: State
    priority: Priority
    value_kg: float
    limit_kg: float
    u_kg: float
    subjects: tuple[str, ...]
    by: str

    @property
    def began(self) -> bool:
        """It began to hold."""
        return self.state is State.ACTIVE and self.was in (State.PENDING, State.PENDING_LATCHED)


class Alarm:
    """One condition's present life. `active_us` is when it last began to call for attention."""

    __slots__ = ("active_us", "condition", "holding", "normal", "priority", "raised", "since_us", "state", "subjects")

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.raised = condition.raised
        self.state = State.NORMAL
        self.normal = True
        self.holding = False
        self.since_us = 0
        self.active_us = 0
        self.priority = Priority.LOW
        self.subjects = NOBODY


class Detector:
    """`step` for each row, `acknowledge` between rows; both give the changes."""

    def __init__(self, settings: AlarmSettings) -> None:
        self._settings = settings
        self.alarms = tuple(Alarm(condition) for condition in CONDITIONS)
        self._groups = [
            (stirs, tuple(alarm for alarm in self.alarms if alarm.condition.group is group))
            for group, stirs in _STIRS.items()
        ]
        self._awake = [True] * len(self._groups)
        self.live = False
        """At the last row a condition was not normal."""

    def step(self, facts: Facts) -> list[Change]:
        """Judge on one row every group of conditions in which something stirs or is not over yet."""
        changes: list[Change] = []
        awake, live = self._awake, False
        for index, (stirs, alarms) in enumerate(self._groups):
            if awake[index] or stirs(facts):
                awake[index] = self._judge(alarms, facts, changes)
                live = live or awake[index]
        self.live = live
        return changes

    def _judge(self, alarms: tuple[Alarm, ...], facts: Facts, changes: list[Change]) -> bool:
        """Whether any of them is not normal."""
        live = False
        for alarm in alarms:
            raised = alarm.raised(facts, alarm.holding)
            if raised or not alarm.normal:
                live = True
                self._live(alarm, raised, facts, changes)
        return live

    def acknowledge(self, condition_id: str | None, facts: Facts, by: str) -> list[Change]:
        """Acknowledge one condition, or all (None)."""
        changes: list[Change] = []
        for alarm in self.alarms:
            if condition_id in (None, alarm.condition.id):
                self._apply(alarm, Input.ACKNOWLEDGE, facts, changes, by)
        return changes

    def acknowledge_harmless(self, facts: Facts, by: str) -> list[Change]:
        """Acknowledge what is latched and over, and what is not about a load: a load that still holds stays."""
        changes: list[Change] = []
        for alarm in self.alarms:
            if alarm.state is State.LATCHED or alarm.condition.kind is not Kind.LOAD:
                self._apply(alarm, Input.ACKNOWLEDGE, facts, changes, by)
        return changes

    @property
    def load_holds(self) -> bool:
        """A load condition holds, a cue among them."""
        return any(alarm.holding and alarm.condition.kind is Kind.LOAD for alarm in self.alarms)

    def saved(self, now_us: int) -> tuple[tuple[str, str, int, int, int], ...]:
        """What is shown: id, state, priority, and how long ago it came into that state and last began to call."""
        return tuple(
            (a.condition.id, a.state.value, int(a.priority), now_us - a.since_us, now_us - a.active_us)
            for a in self.shown()
        )

    def restore(self, saved: Iterable[tuple[str, str, int, int, int]], facts: Facts, now_us: int) -> list[Change]:
        """The same conditions again, latched and acknowledged ones as they were; unknown ids are left out."""
        changes: list[Change] = []
        self._awake = [True] * len(self._groups)
        found = {alarm.condition.id: alarm for alarm in self.alarms}
        for condition_id, state, priority, age_us, called_us in saved:
            alarm = found.get(condition_id)
            if alarm is None:
                continue
            was, alarm.state = alarm.state, State(state)
            alarm.priority = Priority(priority)
            alarm.since_us, alarm.active_us = now_us - age_us, now_us - called_us
            alarm.holding, alarm.normal = alarm.state in HOLDING, False
            changes.append(_change(alarm, was, facts, "restart"))
        return changes

    def shown(self) -> list[Alarm]:
        """The conditions people see: those that hold, and the latched."""
        return [alarm for alarm in self.alarms if not alarm.normal and alarm.state in SHOWN]

    def _live(self, alarm: Alarm, raised: bool | None, facts: Facts, changes: list[Change]) -> None:
        if raised is None:  # frozen: what holds goes on holding, what was about to begin does not
            raised = alarm.holding
        self._apply(alarm, Input.RAISED if raised else Input.GONE, facts, changes, "")
        self._grow(alarm, raised, facts, changes)
        condition, waited_us = alarm.condition, facts.at_us - alarm.since_us
        if alarm.state in (State.PENDING, State.PENDING_LATCHED) and waited_us >= condition.on_delay_us:
            self._apply(alarm, Input.ON_DELAY_OVER, facts, changes, "")
        elif alarm.state in (State.CLEARING, State.CLEARING_ACKNOWLEDGED) and waited_us >= condition.off_delay_us:
            over = Input.OFF_DELAY_OVER_LATCHING if condition.latches else Input.OFF_DELAY_OVER
            self._apply(alarm, over, facts, changes, "")
        elif alarm.state is State.ACKNOWLEDGED and waited_us >= self._realarm_us(condition):
            self._apply(alarm, Input.REALARM, facts, changes, "")

    def _grow(self, alarm: Alarm, raised: bool, facts: Facts, changes: list[Change]) -> None:
        """A higher priority or another subject calls anew; other words about the same ones do not."""
        if not raised or not alarm.holding:
            return
        priority, subjects = alarm.condition.priority(facts), alarm.condition.subjects(facts)
        worse = priority > alarm.priority or not subjects.keys() <= alarm.subjects.keys()
        changed = priority != alarm.priority or subjects.keys() != alarm.subjects.keys()
        alarm.priority, alarm.subjects = priority, subjects
        if worse:
            alarm.active_us = facts.at_us
            if (alarm.state, Input.WORSE) in TRANSITIONS:
                self._apply(alarm, Input.WORSE, facts, changes, "")
                return
        if changed:
            changes.append(_change(alarm, alarm.state, facts, ""))

    def _realarm_us(self, condition: Condition) -> int:
        load = condition.kind is Kind.LOAD
        return self._settings.realarm_load_us if load else self._settings.realarm_other_us

    def _apply(self, alarm: Alarm, what: Input, facts: Facts, changes: list[Change], by: str) -> None:
        was = alarm.state
        state = TRANSITIONS.get((was, what))
        if state is None:
            return
        alarm.state = state
        alarm.since_us = facts.at_us
        alarm.holding = state in HOLDING
        alarm.normal = state is State.NORMAL
        if state is State.ACTIVE and was not in UNACKNOWLEDGED:
            alarm.active_us = facts.at_us
        if state is State.ACTIVE and was in (State.PENDING, State.PENDING_LATCHED):
            alarm.priority = alarm.condition.priority(facts)
            alarm.subjects = alarm.condition.subjects(facts)
        changes.append(_change(alarm, was, facts, by))


def _change(alarm: Alarm, was: State, facts: Facts, by: str) -> Change:
    condition = alarm.condition
    return Change(
        condition.id,
        alarm.state,
        was,
        condition.priority(facts) if alarm.state is State.PENDING else alarm.priority,
        condition.reading.value(facts),
        condition.limit(facts),
        condition.reading.u(facts),
        in_words(alarm.subjects),
        by,
    )


def in_words(subjects: Subjects) -> tuple[str, ...]:
    """Each name with what is known of it."""
    return tuple(f"{name}: {words}" if words else name for name, words in subjects.items())
