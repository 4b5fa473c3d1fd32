"""What the errors of a fit tell of the cells: nonlinearity, repeatability, hysteresis, creep, and the budget.

One law: a figure that these readings cannot give is None, not 0.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from bard.commission.model import NONLINEAR, Floats, Solution, error_of, zeros_at
from bard.commission.record import BudgetRow, Hold, Reading, ReadingResult, Source

_ALIKE = 0.05
"""Loads within this share of each other are the same one, taken again."""


def nonlinearity_kg(results: Sequence[ReadingResult]) -> tuple[float, float]:
    """How far a parabola through 0 and the largest load, fitted to the errors, bends; and how well that is known."""
    most_kg = max(abs(result.stated_kg) for result in results)
    used = np.array([result.stated_kg / most_kg for result in results])
    bend = 4 * used * (1 - used)
    design = np.stack((used, bend), axis=1)
    errors = np.array([result.error_kg for result in results])
    found = np.linalg.lstsq(design, errors, rcond=None)[0]
    rest = errors - design @ found
    scatter = float(np.sqrt(np.sum(rest**2) / max(len(errors) - 2, 1)))
    return abs(float(found[1])), scatter * float(np.sqrt(np.linalg.pinv(design.T @ design)[1, 1]))


def repeatability_kg(loaded: Sequence[Reading], results: Sequence[ReadingResult]) -> float | None:
    """Standard deviation of the errors among readings of the same load at the same place, going the same way."""
    scatter, freedom = 0.0, 0
    for errors in _alike(loaded, results):
        scatter += float(np.sum((np.array(errors) - np.mean(errors)) ** 2))
        freedom += len(errors) - 1
    return (scatter / freedom) ** 0.5 if freedom else None


def hysteresis_kg(loaded: Sequence[Reading], results: Sequence[ReadingResult]) -> float | None:
    """Largest difference of the mean error going down from that going up, at the same load and place."""
    ways: dict[str, list[tuple[Reading, ReadingResult]]] = {"up": [], "down": []}
    for reading, result in zip(loaded, results, strict=True):
        if reading.direction:
            ways[reading.direction].append((reading, result))
    apart = []
    for reading, result in ways["up"]:
        down = [other.error_kg for at, other in ways["down"] if _same(reading, result, at, other)]
        if down:
            apart.append(abs(float(np.mean(down)) - result.error_kg))
    return max(apart) if apart else None


def creep(
    holds: Sequence[Hold], readings: Sequence[Reading], free: Sequence[Reading], gains: Floats
) -> tuple[float | None, float | None]:
    """Signed share of the load by which it crept while held, and over how long; of the longest hold."""
    if not holds:
        return None, None
    hold = max(holds, key=lambda hold: hold.seconds)
    at_s = next((reading.at_s for reading in readings if reading.number == hold.number), free[-1].at_s)
    first_kg = float((np.array(hold.first_counts) - zeros_at(free, at_s)) @ gains)
    crept_kg = float((np.array(hold.last_counts) - np.array(hold.first_counts)) @ gains)
    return (crept_kg / first_kg if first_kg else None), hold.seconds


def budget_rows(
    at_kg: float, span_u: float, zero_u_kg: float, solution: Solution, sources: dict[str, Source]
) -> tuple[BudgetRow, ...]:
    """The lines of the budget at `at_kg`; the last is all of them together."""
    shared = [source for source in sources.values() if error_of(source) in solution.names and source.kind == "scale"]
    rows = [BudgetRow("span", "A", span_u * at_kg, at_kg, "the fit: readings, weights, scale and person together")]
    rows += [
        BudgetRow(source.name, "B", source.u_fraction * at_kg, at_kg, "in the span: shared, it does not average out")
        for source in shared
    ]
    rows.append(BudgetRow("cells", "B", NONLINEAR * at_kg, at_kg, "in the span: nonlinearity and creep of usual cells"))
    rows.append(BudgetRow("zero", "A", zero_u_kg, at_kg, "looks at the free bar, and hysteresis of usual cells"))
    rows.append(BudgetRow("together", "A", float(np.hypot(span_u * at_kg, zero_u_kg)), at_kg, "span and zero; U = 2 u"))
    return tuple(rows)


def _alike(loaded: Sequence[Reading], results: Sequence[ReadingResult]) -> list[list[float]]:
    groups: dict[tuple[object, ...], list[float]] = defaultdict(list)
    for reading, result in zip(loaded, results, strict=True):
        size = round(float(np.log(max(abs(result.stated_kg), 0.1))) / _ALIKE)
        key = (reading.kind, reading.place, reading.direction, size)
        groups[key].append(result.error_kg)
    return [errors for errors in groups.values() if len(errors) > 1]


def _same(reading: Reading, result: ReadingResult, other: Reading, other_result: ReadingResult) -> bool:
    near_kg = _ALIKE * abs(result.stated_kg)
    return reading.place == other.place and abs(result.stated_kg - other_result.stated_kg) <= near_kg
