"""What cannot be a calibration, and why: one refusal each, in words an installer can act on.

One law: every refusal has the number behind it and says what to do. It fits nothing.
"""

from collections.abc import Sequence

from bard.commission.model import Floats, moved
from bard.commission.record import Reading, Source, SupportPlan
from bard.commission.shares import condition_number
from bard.errors import Refused, UsageError

RAIL_COUNTS = 0.98 * 2**23
MORE_THAN_CELLS = 3
CONDITION_MOST = 10.0
SPAN_COUNTS_PER_KG = (500.0, 500_000.0)
"""An HX711 at gain 128 on cells of 5 kg to 5 t stays inside."""
_NEEDS = {"weights": ("weight",), "scale": ("scale", "person"), "hang": ("person",), "free": ()}


def check_before(
    plan: SupportPlan, sources: dict[str, Source], free: Sequence[Reading], loaded: Sequence[Reading]
) -> None:
    """All that needs no fit: enough readings, all of this support, each cell alive, cells told apart."""
    for reading in (*free, *loaded):
        check_reading(plan, sources, reading)
    least = len(plan.cells) + MORE_THAN_CELLS
    if not free:
        raise Refused(f"{plan.name}: no reading of the free bar; take one with nothing on it first")
    if len(loaded) < least:
        raise Refused(f"{plan.name}: {len(loaded)} readings with a load; {least} are the least for its cells")
    counts = moved(loaded, free)
    condition = condition_number(counts)
    if condition > CONDITION_MOST:
        raise Refused(
            f"{plan.name}: the loads hung too much in one place to tell its cells apart "
            f"(condition {condition:.1f}; at most {CONDITION_MOST:g}): hang some near each cell, a quarter from the end"
        )


def check_cells(plan: SupportPlan, spans: Floats) -> None:
    """A span that no cell has."""
    low, high = SPAN_COUNTS_PER_KG
    for cell, span in zip(plan.cells, spans, strict=True):
        if not low <= abs(span) <= high:
            raise Refused(
                f"{cell.name}: {span:.0f} counts/kg cannot be (allowed: {low:g} to {high:g}, either sign): "
                "are the weights right, in kg?"
            )


def check_reading(plan: SupportPlan, sources: dict[str, Source], reading: Reading) -> None:
    """One reading by itself: counts of every cell, no rail, no dead wire, sources that are there."""
    name = f"{plan.name}, reading {reading.number}"
    if not len(reading.counts) == len(reading.sd_counts) == len(plan.cells):
        raise UsageError(f"{name}: counts of {len(reading.counts)} cells; allowed: of {len(plan.cells)}")
    missing = [used for used in reading.uses if used not in sources]
    if missing:
        raise UsageError(f"{name}: no source {missing[0]!r}; allowed: {', '.join(sources)}")
    kinds = {sources[used].kind for used in reading.uses}
    if kinds != set(_NEEDS[reading.kind]):
        raise UsageError(f"{name}: {reading.kind} uses {', '.join(_NEEDS[reading.kind]) or 'nothing'}; allowed: that")
    for cell, counts, sd in zip(plan.cells, reading.counts, reading.sd_counts, strict=True):
        if abs(counts) >= RAIL_COUNTS:
            raise Refused(
                f"{cell.name}, reading {reading.number}: {counts:.0f} counts, the end of its range: broken wire?"
            )
        if sd == 0:
            raise Refused(f"{cell.name}, reading {reading.number}: always {counts:.0f} counts; check its wires")
