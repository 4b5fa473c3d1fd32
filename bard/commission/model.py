"""Readings of a support as linear equations: what its cells show is what was stated, but for errors of known size.

One law: an error that several readings share is one unknown of its own, held near 0 by what is stated of it; it does
not average out. It judges nothing and refuses nothing.

Unknowns, in kg: the gain of each cell (kg per count), the zero's error while loads hung, each person's weight where it
was not given, the error of each weight and person, and the relative error of each scale.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bard.commission.record import Reading, Source

Floats = NDArray[np.float64]
FREE_LEAST_KG = 0.02
"""Least standard uncertainty of a zero between two looks at free bars."""
HYSTERESIS_KG = 0.04
"""... and of any load, small or large, of a usual cell of 200 kg (0.03 % of its capacity, either way)."""
WEIGHT_LEAST_KG = 0.02
"""... and of any weight, hook and strap and all; a better one that was mistyped could not be told from its readings."""
NONLINEAR = 0.0005
"""Least standard uncertainty of any load that hung, as a share of it: a cell's nonlinearity and creep."""


class Row(Struct, frozen=True):
    """One equation: `sum of coefficients * unknowns = stated_kg`, give or take `u_kg`."""

    stated_kg: float
    coefficients: dict[str, float]
    u_kg: float


class Solution(Struct, frozen=True):
    """What the equations say. `covariance` is that of `values`, by `names`, already scaled by the misfit."""

    names: tuple[str, ...]
    values: Floats
    covariance: Floats
    residuals_kg: Floats
    """Of each row: stated less fitted."""
    leverage: Floats
    """Of each row: how much of its own fitted value it makes, 0 to 1."""
    misfit: float
    """Root of chi squared over the degrees of freedom; 1 where the stated uncertainties are right."""
    freedom: int

    def value(self, name: str) -> float:
        """Of one unknown."""
        return float(self.values[self.names.index(name)])

    def u(self, name: str) -> float:
        """Standard uncertainty of one unknown."""
        index = self.names.index(name)
        return float(np.sqrt(self.covariance[index, index]))


def zeros_at(free: Sequence[Reading], at_s: float) -> Floats:
    """Counts of each cell with nothing on the support at `at_s`, in a straight line between looks at free bars."""
    times_s = [reading.at_s for reading in free]
    counts = np.array([reading.counts for reading in free], dtype=float)
    return np.array([np.interp(at_s, times_s, column) for column in counts.T])


def moved(readings: Sequence[Reading], free: Sequence[Reading]) -> Floats:
    """How far each cell's counts are from free, shape (readings, cells)."""
    return np.array([np.array(reading.counts) - zeros_at(free, reading.at_s) for reading in readings])


def rows_of(
    readings: Sequence[Reading], moved_counts: Floats, sources: dict[str, Source], zero_u_kg: float
) -> tuple[list[Row], dict[str, Row]]:
    """An equation for each reading that has a load, and one for what is known of each source and of the zero."""
    rows = []
    for reading, counts in zip(readings, moved_counts, strict=True):
        stated_kg, coefficients = stated(reading, sources)
        coefficients |= {gain(cell): float(count) for cell, count in enumerate(counts)} | {"zero": 1.0}
        load_kg = abs(stated_kg) if reading.kind != "scale" else 0.0
        u_kg = float(np.linalg.norm([reading.u_kg, HYSTERESIS_KG, NONLINEAR * load_kg]))
        rows.append(Row(stated_kg, coefficients, u_kg))
    used = {name for row in rows for name in row.coefficients}
    known = {"": Row(0.0, {"zero": 1.0}, max(zero_u_kg, FREE_LEAST_KG))}
    for source in sources.values():
        if (name := error_of(source)) in used:
            u = max(source.u_fraction, 1e-5) if source.kind == "scale" else max(source.u_kg, WEIGHT_LEAST_KG)
            known[source.name] = Row(0.0, {name: 1.0}, u)
    return rows, known


def stated(reading: Reading, sources: dict[str, Source]) -> tuple[float, dict[str, float]]:
    """The load as it was stated (a scale's person left out where the weight is unknown), and what may be off in it.

    The coefficients stand on the side of what the cells show: `shown - errors = stated`.
    """
    stated_kg, coefficients = 0.0, dict[str, float]()
    for source in (sources[name] for name in reading.uses):
        if source.kind == "scale":
            shown_kg = reading.shown_kg or 0.0
            stated_kg -= shown_kg
            _add(coefficients, error_of(source), -shown_kg)
        elif source.kg is None:
            _add(coefficients, weight_of(source), -1.0)
        else:
            stated_kg += source.kg
            _add(coefficients, error_of(source), -1.0)
            if source.weighed_on:
                _add(coefficients, error_of(sources[source.weighed_on]), source.kg)
    return stated_kg, coefficients


def solve(rows: Sequence[Row]) -> Solution:
    """Weighted least squares. Raises numpy's LinAlgError for equations that leave an unknown open."""
    names = tuple(dict.fromkeys(name for row in rows for name in row.coefficients))
    u_kg = np.array([row.u_kg for row in rows])
    matrix = np.array([[row.coefficients.get(name, 0.0) for name in names] for row in rows])
    stated_kg = np.array([row.stated_kg for row in rows])
    scale = np.linalg.norm(matrix / u_kg[:, None], axis=0)
    weighted = matrix / u_kg[:, None] / scale
    q, r = np.linalg.qr(weighted)
    inverse = np.linalg.inv(r)
    if np.linalg.norm(inverse, 2) * np.linalg.norm(r, 2) > 1e7:
        raise np.linalg.LinAlgError("singular")
    values = inverse @ (q.T @ (stated_kg / u_kg)) / scale
    residuals = stated_kg - matrix @ values
    freedom = len(rows) - len(names)
    misfit = float(np.sqrt(np.sum((residuals / u_kg) ** 2) / freedom)) if freedom else 1.0
    covariance = inverse @ inverse.T / np.outer(scale, scale) * max(misfit, 1.0) ** 2
    return Solution(names, values, covariance, residuals, np.sum(q**2, axis=1), misfit, freedom)


def gain(cell: int) -> str:
    """Name of a cell's unknown, kg per count."""
    return f"gain {cell}"


def error_of(source: Source) -> str:
    """Name of the unknown error of a source: kg, or for a scale a fraction."""
    return f"error of {source.name}"


def weight_of(person: Source) -> str:
    """Name of the unknown weight of a person."""
    return f"weight of {person.name}"


def _add(coefficients: dict[str, float], name: str, value: float) -> None:
    coefficients[name] = coefficients.get(name, 0.0) + value
