"""Messages as the monitor would say them."""

from itertools import count

from bard.annunciate.output import Stamp
from bard.messages import ConditionChanged, SessionSnapshot, Snapshot

_numbers = count(1)


def stamp(wall: str = "2026-11-23T07:00:00.000Z", clock_trusted: bool = True) -> Stamp:
    return Stamp(f"run-{next(_numbers)}", wall, clock_trusted)


def changed(
    condition: str = "load_over", state: str = "active", was: str = "pending", priority: str = "medium", by: str = ""
) -> ConditionChanged:
    return ConditionChanged(
        1_000_000, condition, state, was, priority, "above the limit", ("left bar",), 43.25, 40.0, "on", by
    )


def snapshot(
    at_us: int = 0, client_load_kg: float | None = 38.5, bar_load_kg: float | None = 31.5, session: bool = True
) -> Snapshot:
    return Snapshot(
        at_us=at_us,
        station="room",
        session=SessionSnapshot(70.0, 40.0, 34.0, 50.0, 0) if session else None,
        phase="on",
        phase_since_us=0,
        client_load_kg=client_load_kg,
        client_load_fast_kg=client_load_kg,
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
    )
