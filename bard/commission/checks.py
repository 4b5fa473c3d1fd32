"""What cannot be a calibration, and why: one refusal each, in words an installer can act on.

One law: every refusal has the number behind it and says what to do. It fits nothing.
"""

from collections.abc import Sequence

import numpy as np

from bard.commission.model import Floats, moved, stated
from bard.commission.record import Reading, Source, SupportPlan
from bard.commission.shares import condition_number, order_by_place
from bard.errors import Refused, UsageError

RAIL_COUNTS = 0.98 * 2**23
MORE_THAN_CELLS = 3
LEAST_PULLS = 9
CONDITION_MOST = 10.0
LEAST_SHARE = 0.2
"""Of the load a support will carry: a span made from less is mostly zero and scatter."""
MOST_KG = 500.0
"""More than this hangs on no bar of bard's."""
ALIVE_COUNTS = 500.0
"""A cell that moves by less through all loads (0.03 kg for a usual one) carries none of them, or is not there."""
ZERO_KG, ZERO_SHARE = 0.3, 0.005
"""What looks at the free bar may differ by: kg, or of the largest load where that is more."""
_NEEDS = {"weights": {"weight"}, "scale": {"scale", "person"}, "hang": {"person"}, "free": set[str]()}


def check_before(
    plan: SupportPlan, sources: dict[str, Source], free: Sequence[Reading], loaded: Sequence[Reading]
) -> None:
    """All that needs no fit: enough readings, all of this support, each cell alive, cells told apart and in place."""
    numbers = [reading.number for reading in (*free, *loaded)]
    for reading in (*free, *loaded):
        check_reading(plan, sources, reading)
        if numbers.count(reading.number) > 1:
            raise UsageError(f"{plan.name}: two readings have the number {reading.number}; allowed: one each")
        if reading.kind == "scale" and reading.shown_kg is None:
            raise UsageError(f"{plan.name}, reading {reading.number}: what the scale showed is missing; allowed: kg")
    if not free:
        raise Refused(f"{plan.name}: no reading of the free bar; take one with nothing on it first")
    if not loaded:
        raise Refused(f"{plan.name}: no reading with a load; {_least(plan)} are the least")
    counts = moved(loaded, free)
    _check_alive(plan, counts)
    _check_scale(plan, loaded, counts)
    _check_number(plan, loaded, counts)
    _check_loads(plan, sources, loaded)
    condition = condition_number(counts)
    if condition > CONDITION_MOST:
        raise Refused(
            f"{plan.name}: the loads hung too much in one place to tell its cells apart "
            f"(condition {condition:.3g}; at most {CONDITION_MOST:g}): hang some near each cell, a quarter from the end"
        )
    _check_order(plan, loaded, counts)


def by_name(sources: Sequence[Source]) -> dict[str, Source]:
    """Sources by their names. Raises UsageError for two of one name."""
    known = {source.name: source for source in sources}
    if len(known) < len(sources):
        names = [source.name for source in sources]
        twice = next(name for name in names if names.count(name) > 1)
        raise UsageError(f"two things are called {twice!r}; allowed: a name each")
    return known


def check_reading(plan: SupportPlan, sources: dict[str, Source], reading: Reading) -> None:
    """One reading by itself: counts of every cell, no rail, no dead wire, sources that are there."""
    name = f"{plan.name}, reading {reading.number}"
    if not len(reading.counts) == len(reading.sd_counts) == len(plan.cells):
        raise UsageError(f"{name}: counts of {len(reading.counts)} cells; allowed: of {len(plan.cells)}")
    missing = [used for used in reading.uses if used not in sources]
    if missing:
        raise UsageError(f"{name}: no source {missing[0]!r}; allowed: {', '.join(sources)}")
    for source in (sources[used] for used in reading.uses):
        if source.kind == "weight" and source.kg is None:
            raise UsageError(f"{name}: {source.name} has no kg; allowed: what it weighs")
        scale = sources.get(source.weighed_on)
        if source.weighed_on and (scale is None or scale.kind != "scale"):
            scales = ", ".join(other.name for other in sources.values() if other.kind == "scale") or "none is there"
            raise UsageError(f"{name}: {source.name} was weighed on {source.weighed_on!r}; allowed: {scales}")
    if {sources[used].kind for used in reading.uses} != _NEEDS[reading.kind]:
        needs = " and a ".join(sorted(_NEEDS[reading.kind])) or "nothing"
        raise UsageError(f"{name}: a reading of kind {reading.kind} uses a {needs}; allowed: that")
    for cell, counts, sd in zip(plan.cells, reading.counts, reading.sd_counts, strict=True):
        which = f"{cell.name}, reading {reading.number}"
        if abs(counts) >= RAIL_COUNTS:
            raise Refused(f"{which}: {counts:.0f} counts, the end of its range: broken wire, short or overload")
        if sd == 0:
            raise Refused(f"{which}: all its readings are {counts:.0f} counts; check its wires")


def _least(plan: SupportPlan) -> int:
    return len(plan.cells) + MORE_THAN_CELLS


def _check_number(plan: SupportPlan, loaded: Sequence[Reading], counts: Floats) -> None:
    """Enough readings in which something hung: a person on the scale with her hands off is none."""
    moves = np.abs(counts / np.abs(counts).max(axis=0)).sum(axis=1)
    span = [reading for reading, move in zip(loaded, moves, strict=True) if move > moves.max() / 20]
    if len(span) < _least(plan):
        readings = "1 reading" if len(span) == 1 else f"{len(span)} readings"
        raise Refused(f"{plan.name}: {readings} with a load; {_least(plan)} are the least for its cells")
    if len(span) < LEAST_PULLS and all(reading.kind == "scale" for reading in span):
        raise Refused(
            f"{plan.name}: {len(span)} pulls; where nothing but a scale tells the load, {LEAST_PULLS} are the least"
        )


def _check_alive(plan: SupportPlan, counts: Floats) -> None:
    for index, cell in enumerate(plan.cells):
        most = float(np.abs(counts[:, index]).max())
        if most < ALIVE_COUNTS:
            raise Refused(
                f"{cell.name}: no load moved it by more than {most:.0f} counts (least: {ALIVE_COUNTS:g}): "
                "its wires, or the load goes past it"
            )


def check_zero(plan: SupportPlan, free: Sequence[Reading], gains: Floats, most_kg: float) -> None:
    """How far each cell's zero went between looks at the free bar, by `gains` in kg per count."""
    apart_kg = np.abs(np.ptp([reading.counts for reading in free], axis=0) * gains)
    worst, bound_kg = int(np.argmax(apart_kg)), max(ZERO_KG, ZERO_SHARE * most_kg)
    if apart_kg[worst] > bound_kg:
        raise Refused(
            f"{plan.cells[worst].name}: its zero does not stay: {apart_kg[worst]:.2g} kg between looks at the free bar "
            f"(at most {bound_kg:.2g}): does something touch the bar or hang there? let it warm up, then begin anew"
        )


def _check_scale(plan: SupportPlan, loaded: Sequence[Reading], counts: Floats) -> None:
    """A scale that holds what it showed first."""
    pulled = [(r.shown_kg, float(np.abs(c).max())) for r, c in zip(loaded, counts, strict=True) if r.kind == "scale"]
    if len(pulled) < MORE_THAN_CELLS:
        return
    shown, moves = zip(*pulled, strict=True)
    if len(set(shown)) == 1 and np.ptp(moves) > 10 * ALIVE_COUNTS:
        raise Refused(
            f"{plan.name}: the scale showed {shown[0]:g} kg for all {len(shown)} pulls: it holds its reading; "
            "take one that follows"
        )


def _check_loads(plan: SupportPlan, sources: dict[str, Source], loaded: Sequence[Reading]) -> None:
    most_kg = 0.0
    for reading in loaded:
        name = f"{plan.name}, reading {reading.number}"
        hung_kg = stated(reading, sources)[0] if reading.kind != "scale" else 0.0
        allowed_kg = MOST_KG if plan.rated_kg is None else min(MOST_KG, plan.rated_kg)
        if hung_kg > allowed_kg:
            raise Refused(
                f"{name}: {hung_kg:g} kg are more than the {allowed_kg:g} kg it may carry: a slip of ten, or grams?"
            )
        most_kg = max(most_kg, hung_kg)
    scales = [reading.shown_kg for reading in loaded if reading.shown_kg is not None]
    if scales:
        most_kg = max(most_kg, max(scales) - min(scales))
    hung = {sources[name].kg for reading in loaded if reading.kind == "hang" for name in reading.uses}
    if most_kg < LEAST_SHARE * plan.expected_kg and None not in hung:
        raise Refused(
            f"{plan.name}: the largest load was {most_kg:.3g} kg, less than {100 * LEAST_SHARE:.0f} % of the "
            f"{plan.expected_kg:g} kg it will carry: hang more (or was {most_kg * 10:.3g} kg meant?)"
        )


def _check_order(plan: SupportPlan, loaded: Sequence[Reading], counts: Floats) -> None:
    order = order_by_place([reading.place for reading in loaded], counts)
    wrong = [index for index, at in enumerate(order) if index != at]
    if wrong:
        names = " and ".join(plan.cells[index].name for index in wrong)
        raise Refused(
            f"{names}: swapped: loads near one move the other; swap their plugs or their channels in the "
            "configuration, or mend the places that were typed (0 is under the first cell)"
        )
