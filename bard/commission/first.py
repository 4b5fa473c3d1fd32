"""The first simple calibration: one zero for all cells, one known weight for one cell.

One law: a number that cannot be is refused, never stored. It knows no file; the daemon keeps what comes out.
"""

from msgspec.structs import replace

from bard.errors import Refused
from bard.weigh.calibration import Calibration, CellCalibration

LEAST_COUNTS = 2_000
"""A weight that moves a cell by less than this (0.1 kg for a usual cell) was not on it."""
SPAN_COUNTS_PER_KG = (500.0, 500_000.0)
"""An HX711 at gain 128 on cells of 5 kg to 5 t stays inside."""


def zero(calibration: Calibration, mean_counts: dict[str, float], made: str) -> Calibration:
    """The calibration with each cell's zero set to `mean_counts` (by cell key); spans stay."""
    cells = {
        key: replace(cell, zero_counts=mean_counts.get(key, cell.zero_counts))
        for key, cell in calibration.cells.items()
    }
    zeros = calibration.zeros | {key: counts for key, counts in mean_counts.items() if key not in cells}
    return Calibration(cells, zeros, made)


def span(calibration: Calibration, key: str, name: str, mean_counts: float, known_kg: float, made: str) -> Calibration:
    """The calibration with the span of cell `key` made from `known_kg` hanging on it. Raises Refused."""
    known = calibration.cells.get(key)
    zero_counts = known.zero_counts if known else calibration.zeros.get(key)
    if zero_counts is None:
        raise Refused(f"{name}: no zero yet; run `bard calibrate --zero` with the bars free first")
    moved = mean_counts - zero_counts
    if abs(moved) < LEAST_COUNTS:
        raise Refused(f"{name}: {known_kg:g} kg moved it by {moved:.0f} counts only (least: {LEAST_COUNTS}); is it on?")
    counts_per_kg = moved / known_kg
    low, high = SPAN_COUNTS_PER_KG
    if not low <= abs(counts_per_kg) <= high:
        raise Refused(
            f"{name}: {counts_per_kg:.0f} counts/kg cannot be (allowed: {low:g} to {high:g}); is {known_kg:g} kg right?"
        )
    cells = calibration.cells | {key: CellCalibration(zero_counts, counts_per_kg)}
    zeros = {other: counts for other, counts in calibration.zeros.items() if other != key}
    return Calibration(cells, zeros, made)
