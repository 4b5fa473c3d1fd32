"""The life of a condition: every transition is in TRANSITIONS, and nothing else sets a state.

Words as in OPC UA Part 9 and ISA-18.2; no conformity is claimed. It knows no load and no time: delays run in the
detector, which reports them here as inputs.
"""

from enum import Enum


class State(Enum):
    """Where a condition is in its life."""

    __hash__ = object.__hash__  # members are single: Enum's own hash is a Python call, twice a row and condition

    NORMAL = "normal"
    PENDING = "pending"
    ACTIVE = "active"
    ACKNOWLEDGED = "acknowledged"
    CLEARING = "clearing"
    CLEARING_ACKNOWLEDGED = "clearing acknowledged"
    LATCHED = "latched"
    PENDING_LATCHED = "pending latched"


class Input(Enum):
    """What can happen to a condition."""

    __hash__ = object.__hash__

    RAISED = "raised"
    GONE = "gone"
    ON_DELAY_OVER = "on-delay over"
    OFF_DELAY_OVER = "off-delay over"
    OFF_DELAY_OVER_LATCHING = "off-delay over, latching"
    ACKNOWLEDGE = "acknowledge"
    REALARM = "re-alarm"
    WORSE = "worse"


S, I = State, Input  # noqa: E741
TRANSITIONS: dict[tuple[State, Input], State] = {
    (S.NORMAL, I.RAISED): S.PENDING,
    (S.PENDING, I.GONE): S.NORMAL,
    (S.PENDING, I.ON_DELAY_OVER): S.ACTIVE,
    (S.ACTIVE, I.GONE): S.CLEARING,
    (S.ACTIVE, I.ACKNOWLEDGE): S.ACKNOWLEDGED,
    (S.ACKNOWLEDGED, I.GONE): S.CLEARING_ACKNOWLEDGED,
    (S.ACKNOWLEDGED, I.REALARM): S.ACTIVE,
    (S.ACKNOWLEDGED, I.WORSE): S.ACTIVE,
    (S.CLEARING, I.RAISED): S.ACTIVE,
    (S.CLEARING, I.ACKNOWLEDGE): S.CLEARING_ACKNOWLEDGED,
    (S.CLEARING, I.OFF_DELAY_OVER): S.NORMAL,
    (S.CLEARING, I.OFF_DELAY_OVER_LATCHING): S.LATCHED,
    (S.CLEARING_ACKNOWLEDGED, I.RAISED): S.ACKNOWLEDGED,
    (S.CLEARING_ACKNOWLEDGED, I.OFF_DELAY_OVER): S.NORMAL,
    (S.CLEARING_ACKNOWLEDGED, I.OFF_DELAY_OVER_LATCHING): S.NORMAL,
    (S.LATCHED, I.RAISED): S.PENDING_LATCHED,
    (S.LATCHED, I.ACKNOWLEDGE): S.NORMAL,
    (S.PENDING_LATCHED, I.GONE): S.LATCHED,
    (S.PENDING_LATCHED, I.ON_DELAY_OVER): S.ACTIVE,
    (S.PENDING_LATCHED, I.ACKNOWLEDGE): S.PENDING,
}
del S, I

HOLDING = frozenset({State.ACTIVE, State.ACKNOWLEDGED, State.CLEARING, State.CLEARING_ACKNOWLEDGED})
"""The condition holds (or its off-delay runs): its deadband applies and it is shown."""
UNACKNOWLEDGED = frozenset({State.ACTIVE, State.CLEARING})
SHOWN = HOLDING | {State.LATCHED, State.PENDING_LATCHED}


def diagram() -> str:
    """The table as a Mermaid state diagram, one line per transition, for docs/alarms.md."""
    names = {state: state.value.replace(" ", "_") for state in State}
    lines = ["stateDiagram-v2", f"    [*] --> {names[State.NORMAL]}"]
    lines += [f"    {names[old]} --> {names[new]}: {what.value}" for (old, what), new in TRANSITIONS.items()]
    return "\n".join(lines)
