"""A load as an installer's page tells it, made into what the procedure reads.

One law: what was told once (the procedure's sources) is not told again, and what is missing is refused with what is
allowed. Pure.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from bard.commission.record import Place, Source
from bard.commission.sources import (
    HANG_KG,
    HANGER,
    PERSON,
    SCALE,
    SCALE_PERCENT,
    WEIGHT_PERCENT,
    hanging,
    scale_and_person,
    weights,
)
from bard.commission.steps import Load
from bard.commission.told import State
from bard.errors import Refused, UsageError

BodyKg = Annotated[float, Meta(ge=20, le=250)]
WeightKg = Annotated[float, Meta(ge=0.1, le=500)]
Percent = Annotated[float, Meta(ge=0.001, le=10)]


class Hung(Struct, frozen=True, tag="load", tag_field="do", forbid_unknown_fields=True):
    """`kilograms` for weights; `body_kg` for who pulls or hangs, None once it was told; `within` in percent, or in kg
    for who hangs, None: what is usual. `for_the_fit`: one more for the fit, where loads verify it already."""

    kind: Literal["weights", "scale", "hang"]
    support: str
    kilograms: Annotated[tuple[WeightKg, ...], Meta(max_length=20)] = ()
    body_kg: BodyKg | None = None
    within: Percent | None = None
    place: Place | None = None
    direction: Literal["", "up", "down"] = ""
    hold: bool = False
    for_the_fit: bool = False


def load_of(hung: Hung, state: State | None) -> Load:
    """What is to be read. Raises Refused where nothing is open, UsageError where something is missing."""
    if state is None:
        raise Refused("no calibration is open: begin one")
    several = any(bar.name == hung.support and len(bar.cells) > 1 for bar in state.bars)
    if several and hung.place is None:
        raise UsageError(f"{hung.support}: where along it the load hangs is missing; allowed: 0 to 1, from cell 1")
    return Load(
        support=hung.support,
        kind=hung.kind,
        sources=_sources(hung, {source.name: source for source in state.sources}),
        place=hung.place if several else None,
        direction=hung.direction if hung.kind == "scale" else "",
        hold=hung.hold and hung.kind == "weights",
        verifies=state.stage in ("verify", "accept") and not hung.for_the_fit,
    )


def _sources(hung: Hung, known: dict[str, Source]) -> tuple[Source, ...]:
    if hung.kind == "weights":
        if not hung.kilograms:
            raise UsageError("the weights that hang are missing; allowed: 0.1 to 500 kg each")
        return weights(hung.kilograms, hung.within or WEIGHT_PERCENT, known)
    if hung.kind == "scale" and SCALE in known and PERSON in known:
        return known[SCALE], known[PERSON]
    if hung.kind == "hang" and HANGER in known:
        return (known[HANGER],)
    if hung.body_kg is None:
        raise UsageError("the weight of who pulls or hangs is missing; allowed: 20 to 250 kg")
    if hung.kind == "scale":
        return scale_and_person(hung.body_kg, hung.within or SCALE_PERCENT)
    return (hanging(hung.body_kg, hung.within or HANG_KG),)
