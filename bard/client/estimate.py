"""Client load and its limits.

One law: `client_load = body_weight - bar_load`, with every sign kept; an unknown bar load gives an unknown client
load (NaN here, null outside), never the last one and never the body weight.
"""

from typing import Annotated

from msgspec import Meta, Struct

from bard.errors import UsageError
from bard.settings import AlarmSettings

BodyKg = Annotated[float, Meta(ge=20, le=250)]
LimitKg = Annotated[float, Meta(gt=0, le=250)]


class Session(Struct, frozen=True):
    """Who stands and what the practitioner allows. Near and critical are always above 0 and around the limit."""

    body_weight_kg: float
    limit_kg: float
    near_kg: float
    critical_kg: float
    started_us: int


def make_session(
    body_weight_kg: float,
    limit_kg: float,
    near_kg: float | None,
    critical_kg: float | None,
    settings: AlarmSettings,
    now_us: int,
) -> Session:
    """A session with near and critical filled in from the limit. Raises UsageError where they are out of order."""
    if near_kg is None:
        near_kg = limit_kg * settings.near_fraction
    if critical_kg is None:
        critical_kg = max(limit_kg * settings.critical_fraction, limit_kg + settings.critical_least_kg)
    if near_kg >= limit_kg:
        raise UsageError(f"near {near_kg:g} kg: allowed are values below the limit of {limit_kg:g} kg")
    if critical_kg <= limit_kg:
        raise UsageError(f"critical {critical_kg:g} kg: allowed are values above the limit of {limit_kg:g} kg")
    return Session(float(body_weight_kg), float(limit_kg), float(near_kg), float(critical_kg), now_us)


def client_load_kg(body_weight_kg: float, bar_load_kg: float) -> float:
    """What the client carries while the body does not accelerate and nothing else carries (estimate, section 1)."""
    return body_weight_kg - bar_load_kg
