"""Loads that the fit never saw, against what is shown for them: whether a calibration holds.

One law: above 1 % it warns, above 2 % it refuses, whatever tolerance was chosen; a tolerance may only be stricter, and
a load that is itself not known to 2 % passes nothing. It changes no calibration and keeps nothing.
"""

from collections.abc import Sequence

import numpy as np

from bard.commission.checks import by_name, check_reading
from bard.commission.model import moved, stated
from bard.commission.record import Reading, Source, SupportPlan, SupportRecord, Verdict, Verification, VerifiedLoad
from bard.errors import Refused, UsageError

WARN_FRACTION = 0.01
REFUSE_FRACTION = 0.02
LEAST_SHARE = 0.2
"""A load below this share of what the support will carry says little: its zero is too much of it."""
ECCENTRIC = 0.2
"""How far from the middle, in lengths of the support, a load hangs at least to count as eccentric."""
_SAME_PLACE = 0.1
_RANK: dict[Verdict, int] = {"pass": 0, "warn": 1, "refused": 2}


def verify_support(
    record: SupportRecord,
    sources: Sequence[Source],
    readings: Sequence[Reading],
    *,
    tolerance_fraction: float = WARN_FRACTION,
    made: str = "",
    by: str = "",
) -> Verification:
    """`verify` of a support whose record is there."""
    return verify(
        record.plan,
        [cell.counts_per_kg for cell in record.cells],
        sources,
        readings,
        seen=record.readings,
        span_u_fraction=record.span_u_fraction,
        zero_u_kg=record.zero_u_kg,
        tolerance_fraction=tolerance_fraction,
        made=made,
        by=by,
    )


def verify(
    plan: SupportPlan,
    counts_per_kg: Sequence[float],
    sources: Sequence[Source],
    readings: Sequence[Reading],
    *,
    seen: Sequence[Reading] = (),
    span_u_fraction: float,
    zero_u_kg: float,
    tolerance_fraction: float = WARN_FRACTION,
    made: str = "",
    by: str = "",
) -> Verification:
    """Hold `readings` (free ones and such with a load) against the spans, in the order of the plan's cells.

    `seen`: the readings of the fit; a load that hung at the same place there proves nothing. Raises Refused where the
    loads are no test (none, seen, too small, none eccentric), UsageError for what the plan does not have.
    """
    known = by_name(sources)
    counting = [reading for reading in readings if not reading.struck]
    for reading in counting:
        check_reading(plan, known, reading)
    free = sorted((r for r in counting if r.kind == "free"), key=lambda reading: reading.at_s)
    loaded = [reading for reading in counting if reading.kind != "free"]
    _check(plan, known, free, loaded, seen)
    if not 0 < tolerance_fraction <= REFUSE_FRACTION:
        raise UsageError(
            f"tolerance {100 * tolerance_fraction:.2f} %; allowed: above 0 up to {100 * REFUSE_FRACTION:.0f} %"
        )
    shown = moved(loaded, free) @ (1 / np.array(counts_per_kg))
    loads = tuple(
        _load(reading, known, float(shown_kg), span_u_fraction, zero_u_kg, tolerance_fraction)
        for reading, shown_kg in zip(loaded, shown, strict=True)
    )
    worst = max(loads, key=lambda load: (_RANK[load.verdict], abs(load.error_fraction)))
    largest = max(loads, key=lambda load: load.stated_kg)
    return Verification(
        support=plan.name,
        made=made,
        by=by,
        tolerance_fraction=tolerance_fraction,
        loads=loads,
        worst_fraction=max((load.error_fraction for load in loads), key=abs),
        u_kg=2 * largest.u_kg,
        verdict=worst.verdict,
        words=_words(plan, worst, largest, tolerance_fraction) + _same_weights(loaded, seen),
    )


def _check(
    plan: SupportPlan,
    sources: dict[str, Source],
    free: Sequence[Reading],
    loaded: Sequence[Reading],
    seen: Sequence[Reading],
) -> None:
    if not free:
        raise Refused(f"{plan.name}: no reading of the free bar; take one with nothing on it first")
    if not loaded:
        raise Refused(f"{plan.name}: no load to verify with; hang one that the calibration never saw")
    for reading in loaded:
        name = f"{plan.name}, reading {reading.number}"
        if reading.kind == "scale" and reading.shown_kg is None:
            raise UsageError(f"{name}: what the scale showed is missing; allowed: kg")
        unknown = [used for used in reading.uses if sources[used].kind == "person" and sources[used].kg is None]
        if unknown:
            raise UsageError(f"{name}: the weight of {unknown[0]} is not given; allowed: one that was weighed")
        load_kg, least_kg = stated(reading, sources)[0], LEAST_SHARE * plan.expected_kg
        if load_kg < least_kg:
            raise Refused(f"{name}: {load_kg:g} kg is too little to tell 1 % by; hang {least_kg:g} kg or more")
        again = next((other for other in seen if _same(reading, other, len(plan.cells))), None)
        if again is not None:
            raise Refused(f"{name}: the same load hung there when it was calibrated (reading {again.number}); another")
    if len(plan.cells) > 1 and not any(_eccentric(reading) for reading in loaded):
        raise Refused(f"{plan.name}: no load hung off the middle; hang one about a quarter from an end")


def _same(reading: Reading, other: Reading, cells: int) -> bool:
    if other.struck or reading.kind != other.kind or reading.kind == "scale":
        return False
    there = cells == 1 or (
        reading.place is not None and other.place is not None and abs(reading.place - other.place) < _SAME_PLACE
    )
    return there and set(reading.uses) == set(other.uses)


def _eccentric(reading: Reading) -> bool:
    return reading.place is not None and abs(reading.place - 0.5) > ECCENTRIC - 1e-9


def _load(
    reading: Reading,
    sources: dict[str, Source],
    shown_kg: float,
    span_u_fraction: float,
    zero_u_kg: float,
    tolerance_fraction: float,
) -> VerifiedLoad:
    stated_kg, _ = stated(reading, sources)
    used = [sources[name] for name in reading.uses]
    shares = [
        (source.u_fraction * (reading.shown_kg or 0.0)) if source.kind == "scale" else source.u_kg for source in used
    ]
    scales = [sources[s.weighed_on].u_fraction * (s.kg or 0.0) for s in used if s.weighed_on in sources]
    stated_u_kg = float(np.linalg.norm([reading.u_kg, *shares, sum(scales)]))
    u_kg = float(np.linalg.norm([stated_u_kg, zero_u_kg, span_u_fraction * stated_kg]))
    error_kg = shown_kg - stated_kg
    fraction = error_kg / stated_kg
    verdict: Verdict = "pass"
    if abs(fraction) > REFUSE_FRACTION:
        verdict = "refused"
    elif abs(fraction) > min(WARN_FRACTION, tolerance_fraction) or 2 * stated_u_kg > REFUSE_FRACTION * stated_kg:
        verdict = "warn"
    place = reading.place
    return VerifiedLoad(reading.number, stated_kg, shown_kg, error_kg, fraction, u_kg, place, verdict, stated_u_kg)


def _same_weights(loaded: Sequence[Reading], seen: Sequence[Reading]) -> str:
    """What a verification by the weights of the fit cannot see."""
    fitted = {name for reading in seen if not reading.struck for name in reading.uses}
    used = {name for reading in loaded for name in reading.uses}
    if not used <= fitted:
        return ""
    return "; by the same weights, scale or person as it was calibrated by, whose own errors stay unseen"


def _words(plan: SupportPlan, worst: VerifiedLoad, largest: VerifiedLoad, tolerance_fraction: float) -> str:
    told = (
        f"{plan.name}: {worst.shown_kg:.2f} kg shown for {worst.stated_kg:.2f} kg ({100 * worst.error_fraction:+.2f} %)"
    )
    u = f"U {2 * largest.u_kg:.2g} kg at {largest.stated_kg:.0f} kg"
    if worst.verdict == "refused":
        return f"{told}, more than {100 * REFUSE_FRACTION:.0f} %: calibrate it anew; {u}"
    bound = min(WARN_FRACTION, tolerance_fraction)
    if worst.verdict == "warn" and abs(worst.error_fraction) <= bound:
        known = f"known to {2 * worst.stated_u_kg:.2g} kg only, no proof of {100 * REFUSE_FRACTION:.0f} %"
        return f"{told}, but that load is {known}: hang weights; {u}"
    if worst.verdict == "warn":
        doubt = " (no more than these loads are known to)" if abs(worst.error_kg) <= 2 * worst.u_kg else ""
        return (
            f"{told}, more than {100 * bound:.1f} %{doubt}: look for what rubs or hangs askew, or calibrate anew; {u}"
        )
    return f"{told}, within {100 * tolerance_fraction:.1f} %; {u}"
