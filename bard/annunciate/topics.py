"""Topics and payloads on the broker (alarms, section 6): plain functions and the picture of what is retained.

One law: no name of a person leaves here, and an unknown load is null. It knows no broker and no thread.
"""

from typing import Any

import msgspec

from bard.alarm.condition import Kind
from bard.alarm.conditions import CONDITIONS
from bard.alarm.judging import Priority
from bard.alarm.selector import Signal
from bard.alarm.states import SHOWN, State
from bard.annunciate.output import Stamp
from bard.messages import (
    ConditionChanged,
    Event,
    PhaseChanged,
    SessionChanged,
    SessionEnded,
    SessionStarted,
    Snapshot,
)
from bard.settings import PATTERNS

ONLINE, OFFLINE = b"online", b"offline"
"""Of `status`. Offline is whoever does not watch: gone, not connected, or there with a monitor that stands still."""
ON, OFF = "ON", "OFF"
NO_CONDITION = "none"
SUMMARY_S = 1
"""Between two of `summary`; what is urgent in it goes out at once."""
_SHOWN = frozenset(state.value for state in SHOWN)
_TECHNICAL = frozenset(condition.id for condition in CONDITIONS if condition.kind is not Kind.LOAD)
_CALLING = frozenset(priority.name.lower() for priority in (Priority.MEDIUM, Priority.HIGH))
_LOAD = ("client_load_kg", "u_kg", "bar_load_kg", "limit_kg", "phase")
_encode = msgspec.json.Encoder(order="sorted").encode


def load(snapshot: Snapshot | None) -> bytes:
    """`valid`: the load on the bars is known; `client_load_kg` is null too while nobody is on the client.

    All is null where the monitor is silent (None).
    """
    if snapshot is None:
        return _encode({**dict.fromkeys(_LOAD), "valid": False})
    return _encode(
        {
            "client_load_kg": snapshot.client_load_kg,
            "u_kg": snapshot.u_kg,
            "bar_load_kg": snapshot.bar_load_kg,
            "limit_kg": snapshot.session.limit_kg if snapshot.session else None,
            "phase": snapshot.phase,
            "valid": snapshot.bar_load_kg is not None,
        }
    )


def summary(snapshot: Snapshot) -> dict[str, Any]:
    """The room for a recorder, loads to 0.1 kg: see `discovery`.

    `alarm`: a condition of medium or high priority is shown. `fault`: one that is not about the load, of any priority.
    """
    shown = snapshot.alarms
    return {
        "client_load_kg": _tenths(snapshot.client_load_kg),
        "u_kg": _tenths(snapshot.u_kg),
        "bar_load_kg": _tenths(snapshot.bar_load_kg),
        "limit_kg": _tenths(snapshot.session.limit_kg if snapshot.session else None),
        "phase": snapshot.phase,
        "condition": snapshot.signal_of or NO_CONDITION,
        "alarm": ON if any(alarm.priority in _CALLING for alarm in shown) else OFF,
        "fault": ON if any(alarm.id in _TECHNICAL for alarm in shown) else OFF,
    }


def urgent(told: dict[str, Any]) -> tuple[Any, ...]:
    """Of a summary, what must not wait for the next one."""
    return told["phase"], told["condition"], told["alarm"], told["fault"], told["client_load_kg"] is None


def summary_payload(told: dict[str, Any]) -> bytes:
    """The message."""
    return _encode(told)


def command_result(order_id: int | str | None, refusal: str | None) -> bytes:
    """The answer to a command; the id is null where none could be read."""
    return _encode({"id": order_id, "result": None if refusal else "done", "refusal": refusal})


def haptic(signal: Signal) -> bytes:
    """What a wrist band should do."""
    return _encode(
        {"pattern": signal.vibrator, "name": PATTERNS[signal.vibrator].name, "condition": signal.condition or None}
    )


def alarm_event(event: ConditionChanged, stamp: Stamp, *, late: bool) -> bytes:
    """One change, whole. Who acted is not told: it may be a name."""
    return _encode(
        {
            "uid": stamp.uid,
            "wall": stamp.wall,
            "clock_trusted": stamp.clock_trusted,
            "late": late,
            "at_us": event.at_us,
            "id": event.id,
            "state": event.state,
            "was": event.was,
            "priority": event.priority,
            "meaning": event.meaning,
            "subjects": event.subjects,
            "value": event.value_kg,
            "limit": event.limit_kg,
            "u": event.u_kg,
            "guard": event.guard_kg,
            "phase": event.phase,
        }
    )


class Retained:
    """What the broker should hold for this station: the state of each condition, and the session.

    Every condition begins normal, so that what an earlier run left behind ends with the first connection.
    """

    def __init__(self) -> None:
        normal = {"state": State.NORMAL.value, "priority": None, "since": None, "value": None, "u": None, "limit": None}
        self._payloads: dict[str, dict[str, Any]] = {f"alarm/{condition.id}": normal for condition in CONDITIONS}
        self._payloads["session"] = {"running": False, "limit_kg": None, "phase": "off"}

    def all(self) -> list[tuple[str, bytes]]:
        """Every topic below the station's, with its payload."""
        return [(topic, _encode(payload)) for topic, payload in self._payloads.items()]

    def name_client(self, client: str | None) -> tuple[str, bytes]:
        """Whose session it is, by the pseudonymous code; None: nobody is named, and the key is left out."""
        session = {key: value for key, value in self._payloads["session"].items() if key != "client"}
        self._payloads["session"] = session | ({} if client is None else {"client": client})
        return "session", _encode(self._payloads["session"])

    def take(self, event: Event, stamp: Stamp) -> tuple[str, bytes] | None:
        """The topic that the event changes, with its new payload."""
        match event:
            case ConditionChanged():
                topic = f"alarm/{event.id}"
                self._payloads[topic] = self._alarm(event, stamp)
            case SessionStarted() | SessionChanged():
                topic = self._session(running=True, limit_kg=event.numbers.limit_kg)
            case SessionEnded():
                self.name_client(None)
                topic = self._session(running=False, limit_kg=None)
            case PhaseChanged():
                topic = self._session(phase=event.phase)
            case _:
                return None
        return topic, _encode(self._payloads[topic])

    def _alarm(self, event: ConditionChanged, stamp: Stamp) -> dict[str, Any]:
        """`since`: when it was raised, for a normal one when it ended. What is not shown to people is normal here."""
        shown = event.state in _SHOWN
        before = self._payloads.get(f"alarm/{event.id}")
        lasts = before is not None and shown and before["state"] in _SHOWN
        return {
            "state": event.state if shown else State.NORMAL.value,
            "priority": event.priority,
            "since": before["since"] if lasts and before is not None else stamp.wall,
            "value": event.value_kg,
            "u": event.u_kg,
            "limit": event.limit_kg,
        }

    def _session(self, **changed: Any) -> str:
        self._payloads["session"] = {**self._payloads["session"], **changed}
        return "session"


def _tenths(kg: float | None) -> float | None:
    return None if kg is None else round(kg, 1) + 0.0  # no -0.0
