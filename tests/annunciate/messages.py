"""Messages as the monitor would say them."""

from itertools import count

from bard.annunciate.output import Stamp
from bard.client.uncertainty import Basis
from bard.messages import (
    ConditionChanged,
    SessionNumbers,
    SessionSnapshot,
    SessionStarted,
    Snapshot,
    ZeroSnapshot,
)

_numbers = count(1)


def stamp(wall: str = "2026-11-23T07:00:00.000Z", clock_trusted: bool = True) -> Stamp:
    return Stamp(f"run-{next(_numbers)}", wall, clock_trusted)


def changed(
    condition: str = "load_over", state: str = "active", was: str = "pending", priority: str = "medium", by: str = ""
) -> ConditionChanged:
    return ConditionChanged(
        1_000_000, condition, state, was, priority, "above the limit", ("left bar",), 43.25, 40.0, 1.8, 1.5, "on", by
    )


def numbers(limit_kg: float = 40.0, body_weight_kg: float = 70.0, guard_kg: float = 0.0) -> SessionNumbers:
    return SessionNumbers(body_weight_kg, Basis.TYPED, limit_kg, 0.85 * limit_kg, 1.25 * limit_kg, guard_kg)


STARTED = SessionStarted(0, numbers(), ())


def snapshot(
    at_us: int = 0, client_load_kg: float | None = 38.5, bar_load_kg: float | None = 31.5, session: bool = True
) -> Snapshot:
    return Snapshot(
        at_us=at_us,
        station="room",
        session=SessionSnapshot(70.0, Basis.TYPED, 40.0, 34.0, 50.0, 1.5, started_us=0, zones={}) if session else None,
        phase="on",
        phase_since_us=0,
        client_load_kg=client_load_kg,
        client_load_fast_kg=client_load_kg,
        u_kg=1.8 if client_load_kg is not None else None,
        u_fast_kg=2.1 if client_load_kg is not None else None,
        bar_load_kg=bar_load_kg,
        bar_load_fast_kg=bar_load_kg,
        supports=(),
        boards=(),
        alarms=(),
        vibrator=0,
        buzzer=0,
        signal_of="",
        audio_paused_s=0.0,
        calibration=None,
        zero=ZeroSnapshot(0.0, 0.0, 60.0, False),
        weigh_in=None,
        hung_kg=None,
    )
