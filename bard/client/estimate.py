"""Client load and its limits.

One law: `client_load = body_weight - bar_load`, with every sign kept; an unknown bar load gives an unknown client
load (NaN here, null outside), never the last one and never the body weight.
"""

from typing import Annotated

from msgspec import Meta, Struct, structs

from bard.client.uncertainty import Basis, guard_kg, with_body_u
from bard.errors import UsageError
from bard.settings import AlarmSettings, Name, UncertaintySettings

BodyKg = Annotated[float, Meta(ge=20, le=250)]
BodyUKg = Annotated[float, Meta(ge=0, le=10)]
LimitKg = Annotated[float, Meta(gt=0, le=250)]
Zones = Annotated[dict[Name, LimitKg], Meta(max_length=16)]
"""Named parts of a client with a lower limit of their own."""

Given = tuple[float, float | None, float | None]
"""Limit, near and critical in kg; None: by the settings' shares."""
GUARDS_IN_A_LIMIT = 6
"""A limit of fewer guards than this is said to be mostly uncertainty."""


class Limits(Struct, frozen=True):
    """kg on the client. Near and critical are above 0 and around the limit; `guard_kg` is added to a load first."""

    limit_kg: float
    near_kg: float
    critical_kg: float
    guard_kg: float


class BodyWeight(Struct, frozen=True):
    """What the therapist weighs in this session.

    `typed_kg`: as typed, None where it never was. `mismatch_kg`: a hung weight too far from it, until somebody says
    which is right; the higher of both counts meanwhile, for then the client is taken to carry more.
    """

    kg: float
    basis: Basis
    typed_kg: float | None = None
    mismatch_kg: float | None = None
    u_kg: float | None = None
    """Standard uncertainty of the typed weight, as stated; the larger of it and the settings' counts."""


class Strains(Struct, frozen=True):
    """Optional for a client: more than `sustained_kg` for `sustained_s`, a rise faster than `rate_kg_s`."""

    sustained_kg: float | None = None
    sustained_s: float | None = None
    rate_kg_s: float | None = None

    @property
    def bound(self) -> tuple[float, float] | None:
        """kg and seconds; None where they are not given."""
        if self.sustained_kg is None or self.sustained_s is None:
            return None
        return self.sustained_kg, self.sustained_s


class Session(Struct, frozen=True):
    """Who stands and what the practitioner allows. `given`: the limit, near and critical as they were given."""

    body: BodyWeight
    given: Given
    zones: dict[str, float]
    zone: str | None
    limits: Limits
    """Those of the active zone."""
    started_us: int
    strains: Strains = Strains()
    id: str = ""
    """Random, given by the shell; nothing is decided by it."""
    cue: bool = True
    """The therapist wants the ticks below the limit."""


def make_session(
    body: BodyWeight,
    given: Given,
    settings: AlarmSettings,
    budget: UncertaintySettings,
    now_us: int,
    *,
    zones: dict[str, float] | None = None,
    strains: Strains | None = None,
) -> Session:
    """A session with near, critical and guard filled in. Raises UsageError where limits are out of order."""
    zones, strains = zones or {}, strains or Strains()
    if (strains.sustained_kg is None) != (strains.sustained_s is None):
        raise UsageError("sustained: allowed are both kg and seconds, or neither")
    limits = _limits(given, body, settings, budget)
    for name, zone_kg in zones.items():
        if zone_kg > given[0]:
            raise UsageError(f"zone {name!r} {zone_kg:g} kg: allowed are values up to the limit of {given[0]:g} kg")
    return Session(body, given, zones, None, limits, now_us, strains)


def changed(
    session: Session,
    settings: AlarmSettings,
    budget: UncertaintySettings,
    *,
    body: BodyWeight | None = None,
    zone: str | None = None,
    given: Given | None = None,
) -> Session:
    """The same session with another body weight or other limits, or in that zone.

    Raises UsageError for a zone it does not have, and for limits out of order.
    """
    if zone is not None and zone not in session.zones:
        allowed = ", ".join(session.zones) or "none, this client has no zones"
        raise UsageError(f"no zone {zone!r}; allowed: {allowed}")
    body, given = body or session.body, given or session.given
    zones = {name: min(zone_kg, given[0]) for name, zone_kg in session.zones.items()}
    now = given if zone is None else (zones[zone], None, None)
    limits = _limits(now, body, settings, budget)
    return structs.replace(session, body=body, given=given, zones=zones, zone=zone, limits=limits)


def _limits(
    given: Given,
    body: BodyWeight,
    settings: AlarmSettings,
    budget: UncertaintySettings,
) -> Limits:
    limit_kg, near_kg, critical_kg = given
    if near_kg is None:
        near_kg = limit_kg * settings.near_fraction
    if critical_kg is None:
        critical_kg = max(limit_kg * settings.critical_fraction, limit_kg + settings.critical_least_kg)
    if near_kg >= limit_kg:
        raise UsageError(f"near {near_kg:g} kg: allowed are values below the limit of {limit_kg:g} kg")
    if critical_kg <= limit_kg:
        raise UsageError(f"critical {critical_kg:g} kg: allowed are values above the limit of {limit_kg:g} kg")
    guard = guard_kg(with_body_u(budget, body.u_kg), body.basis, body.kg, limit_kg)
    return Limits(float(limit_kg), float(near_kg), float(critical_kg), guard)


def client_load_kg(body_weight_kg: float, bar_load_kg: float) -> float:
    """What the client carries while the body does not accelerate and nothing else carries (estimate, section 1)."""
    return body_weight_kg - bar_load_kg
