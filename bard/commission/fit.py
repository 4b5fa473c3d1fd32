"""Readings of one support -> span and zero of its cells with their uncertainty, or a refusal in plain words.

One law: what comes out was held against every reading that counts; what cannot be is refused, with the number, and
nothing is left out in silence. It knows no procedure and keeps nothing.
"""

from collections.abc import Sequence

import numpy as np

from bard.commission.cells import check_cells, check_residuals, implied_mv_per_v, notes_on
from bard.commission.checks import by_name, check_before, check_zero
from bard.commission.doubt import refuse_mistyped, weakly_checked
from bard.commission.figures import budget_rows, creep, hysteresis_kg, nonlinearity_kg, repeatability_kg
from bard.commission.model import (
    FREE_LEAST_KG,
    HYSTERESIS_KG,
    NONLINEAR,
    Floats,
    Solution,
    gain,
    moved,
    rows_of,
    solve,
    stated,
    weight_of,
    zeros_at,
)
from bard.commission.record import (
    CellResult,
    Hold,
    Reading,
    ReadingResult,
    Source,
    SupportPlan,
    SupportRecord,
)
from bard.commission.shares import condition_number
from bard.errors import Refused
from bard.weigh.calibration import Calibration, CellCalibration


def fit_support(
    plan: SupportPlan, sources: Sequence[Source], readings: Sequence[Reading], holds: Sequence[Hold] = ()
) -> SupportRecord:
    """The support's record, without who made it and when.

    Readings that are struck are kept and do not count. Raises Refused where the readings do not make a calibration,
    and its child Mistyped where one of them does not fit the others; UsageError for readings that are not of this
    support or name a source that is not there.
    """
    known = by_name(sources)
    counting = [reading for reading in readings if not reading.struck]
    free = sorted((r for r in counting if r.kind == "free"), key=lambda reading: reading.at_s)
    loaded = [reading for reading in counting if reading.kind != "free"]
    check_before(plan, known, free, loaded)
    counts = moved(loaded, free)
    zero_u_kg, solution, weak = _solve(plan, loaded, counts, free, known)
    gains = np.array([solution.value(gain(cell)) for cell in range(len(plan.cells))])
    spans = (1 / gains).tolist()
    check_cells(plan, spans)
    results = _results(loaded, counts, gains, known, solution)
    residual_kg = float(np.sqrt(np.sum([result.error_kg**2 for result in results]) / max(solution.freedom, 1)))
    bend_kg, bend_u_kg = nonlinearity_kg(results)
    check_residuals(plan, results, residual_kg, bend_kg, bend_u_kg)
    creep_fraction, creep_s = creep(holds, readings, free, gains)
    span_u = _span_u(gains, solution)
    most_kg = max(abs(result.stated_kg) for result in results)
    return SupportRecord(
        plan=plan,
        sources=tuple(sources),
        readings=tuple(readings),
        holds=tuple(holds),
        results=results,
        cells=_cells(plan, gains, solution, free, loaded),
        persons_kg=_persons_kg(known, loaded, solution),
        condition=condition_number(counts),
        residual_kg=residual_kg,
        nonlinearity_kg=bend_kg,
        repeatability_kg=repeatability_kg(loaded, results),
        hysteresis_kg=hysteresis_kg(loaded, results),
        creep_fraction=creep_fraction,
        creep_s=creep_s,
        span_u_fraction=span_u,
        zero_u_kg=zero_u_kg,
        budget=budget_rows(most_kg, span_u, zero_u_kg, solution, known),
        notes=(*notes_on(plan, spans, creep_fraction, creep_s), *_notes_on_weak(weak)),
    )


def calibration_of(before: Calibration, supports: Sequence[SupportRecord], made: str, expires: str = "") -> Calibration:
    """`before` with the cells of `supports` made anew; the uncertainty of the span is the largest of theirs.

    `supports` are all those whose record stands, the ones of earlier days too.
    """
    cells = before.cells | {
        cell.key: CellCalibration(cell.zero_counts, cell.counts_per_kg) for record in supports for cell in record.cells
    }
    zeros = {key: counts for key, counts in before.zeros.items() if key not in cells}
    span_u = max((record.span_u_fraction for record in supports), default=None)
    return Calibration(cells, zeros, made, expires, span_u)


def shown_kg(record: SupportRecord, counts: Sequence[float], zeros: Sequence[float]) -> float:
    """What the support reads for `counts` by this record, with its cells at `zeros` when nothing hangs there."""
    return sum(
        (count - zero) / cell.counts_per_kg for count, zero, cell in zip(counts, zeros, record.cells, strict=True)
    )


def _solve(
    plan: SupportPlan, loaded: Sequence[Reading], counts: Floats, free: Sequence[Reading], known: dict[str, Source]
) -> tuple[float, Solution, dict[int, float]]:
    """The uncertainty of the zero, which needs gains itself, so that it is solved twice; the solution; and readings
    that the others hardly check."""
    zero_u_kg = FREE_LEAST_KG
    for _ in range(2):
        rows, prior = rows_of(loaded, counts, known, zero_u_kg)
        try:
            solution = solve([*rows, *prior.values()])
        except np.linalg.LinAlgError:
            raise Refused(
                f"{plan.name}: these readings leave a cell or a person's weight open; "
                "give the person's weight, or hang known weights at two places"
            ) from None
        gains = np.array([solution.value(gain(cell)) for cell in range(len(plan.cells))])
        apart_kg = (np.array([reading.counts for reading in free]) - np.array(free[0].counts)) @ gains
        zero_u_kg = float(np.linalg.norm([FREE_LEAST_KG, HYSTERESIS_KG, np.ptp(apart_kg) / np.sqrt(12)]))
    check_zero(plan, free, gains, float(np.abs(counts @ gains).max()))
    refuse_mistyped(plan.name, loaded, known, rows, prior)
    return zero_u_kg, solution, weakly_checked(loaded, rows, solution)


def _persons_kg(known: dict[str, Source], loaded: Sequence[Reading], solution: Solution) -> dict[str, float]:
    used = {name for reading in loaded for name in reading.uses if known[name].kind == "person"}
    return {name: round(_weight_kg(known[name], known, solution), 3) for name in sorted(used)}


def _weight_kg(person: Source, known: dict[str, Source], solution: Solution) -> float:
    if person.kg is None:
        return solution.value(weight_of(person))
    scaled = solution.value(f"error of {person.weighed_on}") if person.weighed_on in known else 0.0
    return person.kg * (1 - scaled) + solution.value(f"error of {person.name}")


def _results(
    loaded: Sequence[Reading], counts: Floats, gains: Floats, known: dict[str, Source], solution: Solution
) -> tuple[ReadingResult, ...]:
    results = []
    for reading, moved_counts in zip(loaded, counts, strict=True):
        stated_kg, _ = stated(reading, known)
        unknown = [known[name] for name in reading.uses if known[name].kind == "person" and known[name].kg is None]
        stated_kg += sum(_weight_kg(person, known, solution) for person in unknown)
        load_kg = float(moved_counts @ gains)
        results.append(ReadingResult(reading.number, stated_kg, load_kg, load_kg - stated_kg, reading.u_kg))
    return tuple(results)


def _notes_on_weak(weak: dict[int, float]) -> list[str]:
    if not weak:
        return []
    numbers = " and ".join(str(number) for number in weak)
    return [
        f"reading{'s' * (len(weak) > 1)} {numbers} can hardly be checked by the others: a slip below "
        f"{min(max(weak.values()), 99):.1f} kg would not be found there; take another at the same place"
    ]


def _span_u(gains: Floats, solution: Solution) -> float:
    """Of a load wherever it hangs: no place is worse than straight under the worst cell."""
    relative = [solution.u(gain(cell)) / abs(value) for cell, value in enumerate(gains)]
    return float(np.hypot(max(relative), NONLINEAR))


def _cells(
    plan: SupportPlan, gains: Floats, solution: Solution, free: Sequence[Reading], loaded: Sequence[Reading]
) -> tuple[CellResult, ...]:
    zeros = zeros_at(free, free[-1].at_s)
    noise = np.sqrt(np.mean([np.square(reading.sd_counts) for reading in (*free, *loaded)], axis=0))
    results = []
    for index, cell in enumerate(plan.cells):
        span = 1 / float(gains[index])
        results.append(
            CellResult(
                key=cell.key,
                name=cell.name,
                capacity_kg=cell.capacity_kg,
                mv_per_v=cell.mv_per_v,
                zero_counts=float(zeros[index]),
                counts_per_kg=span,
                u_fraction=solution.u(gain(index)) / abs(float(gains[index])),
                implied_mv_per_v=implied_mv_per_v(cell, span),
                noise_kg=float(noise[index] / abs(span)),
            )
        )
    return tuple(results)
