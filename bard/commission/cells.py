"""What a fit makes of the cells, against what such cells can be: refusals and notes.

One law: a cell is judged by the arithmetic of its bridge and amplifier, by the others of its support and by what it was
before; a wire that is merely the other way round is said and taken as it is, for the sign is part of the span.
"""

from collections.abc import Sequence

from bard.commission.record import CellPlan, ReadingResult, SupportPlan
from bard.errors import Refused

HX711_MV_PER_V = 3.90625
"""What fills the converter's 2^23 counts at gain 128: half the excitation over the gain (facts 1.1)."""
MV_PER_V = (0.8, 3.5)
"""Of cells that are sold, at rated load."""
MV_PER_V_OFF = 0.15
"""How far a cell's output may be from what is written on it, mounting and cable included."""
SPAN_COUNTS_PER_KG = (500.0, 500_000.0)
"""Without a capacity: an HX711 at gain 128 on cells of 5 kg to 5 t stays inside."""
ALIKE = 1.5
"""Cells of one support that differ by more than this factor are hardly of one kind."""
CHANGED = 0.1
CREEP = 0.002
"""Ten times what a decent cell does in half an hour (facts 1.2)."""
RESIDUAL_SHARE, RESIDUAL_KG = 0.02, 0.5
"""Largest standard deviation of the errors: of the largest load, or kg where that is more."""
BEND_SHARE, BEND_KG = 0.02, 0.6
_POUND = 2.2046
_SLIPS = ((10.0, 2.0, "a slip of ten"), (_POUND, 1.15, "pounds typed for kg, or the other way round"))


def implied_mv_per_v(cell: CellPlan, counts_per_kg: float) -> float | None:
    """Output of the cell at its rated load by this span; None where that is not known."""
    return None if cell.capacity_kg is None else abs(counts_per_kg) * cell.capacity_kg / 2**23 * HX711_MV_PER_V


def check_cells(plan: SupportPlan, spans: Sequence[float]) -> None:
    """A span that no cell has, or not this one."""
    for cell, span in zip(plan.cells, spans, strict=True):
        implied = implied_mv_per_v(cell, span)
        low, high = SPAN_COUNTS_PER_KG
        if implied is not None:
            wanted = cell.mv_per_v
            if wanted is not None and abs(implied / wanted - 1) > MV_PER_V_OFF:
                raise Refused(
                    f"{cell.name}: {span:.0f} counts/kg are {implied:.2f} mV/V at {cell.capacity_kg:g} kg; "
                    f"{wanted:g} is written on it: {_why(implied / wanted)}"
                )
            if wanted is None and not MV_PER_V[0] <= implied <= MV_PER_V[1]:
                raise Refused(
                    f"{cell.name}: {span:.0f} counts/kg are {implied:.2f} mV/V at {cell.capacity_kg:g} kg; "
                    f"cells have {MV_PER_V[0]} to {MV_PER_V[1]}: {_why(implied / 2.0)}"
                )
        elif not low <= abs(span) <= high:
            raise Refused(
                f"{cell.name}: {span:.0f} counts/kg cannot be (allowed: {low:g} to {high:g}, either sign): "
                "are the weights right, in kg?"
            )
        if cell.known_counts_per_kg is not None:
            _check_known(cell, span)


def check_residuals(
    plan: SupportPlan, results: Sequence[ReadingResult], residual_kg: float, bend_kg: float, bend_u_kg: float
) -> None:
    """Errors that are too large on the whole, or bend: no cell does that, so something else carries."""
    most_kg = max(abs(result.stated_kg) for result in results)
    worst = max(results, key=lambda result: abs(result.error_kg) / max(result.u_kg, 0.05))
    bound_kg = max(BEND_KG, BEND_SHARE * most_kg)
    if bend_kg > bound_kg and bend_kg > 3 * bend_u_kg:
        raise Refused(
            f"{plan.name}: not a straight line: it bends by {bend_kg:.2g} kg (at most {bound_kg:.2g}): at some load "
            "something else begins to carry, or a cell is overloaded"
        )
    bound_kg = max(RESIDUAL_KG, RESIDUAL_SHARE * most_kg)
    if residual_kg > bound_kg:
        raise Refused(
            f"{plan.name}: the readings do not fit each other: errors of {residual_kg:.2g} kg "
            f"(at most {bound_kg:.2g}), reading {worst.number} by {worst.error_kg:+.2g} kg: take it again, stiller, "
            "or look for what rubs"
        )


def notes_on(plan: SupportPlan, spans: Sequence[float], creep: float | None, creep_s: float | None) -> list[str]:
    """What an installer should know and need not mend."""
    notes = []
    backwards = [cell.name for cell, span in zip(plan.cells, spans, strict=True) if span < 0]
    forwards = [cell.name for cell, span in zip(plan.cells, spans, strict=True) if span > 0]
    if backwards and forwards:
        odd = min((backwards, forwards), key=len)
        many = "are" if len(odd) > 1 else "is"
        notes.append(
            f"{' and '.join(odd)} {many} wired the other way round than the others (reversed signal wires): "
            "taken as it is; swap the wires only before a calibration"
        )
    sizes = [abs(span) for span in spans]
    if max(sizes) > ALIKE * min(sizes):
        weak = plan.cells[sizes.index(min(sizes))].name
        notes.append(f"{weak} gives {min(sizes):.0f} counts/kg, another {max(sizes):.0f}: are they of one kind?")
    if creep is not None and abs(creep) > CREEP:
        notes.append(
            f"what hangs still creeps by {100 * creep:+.2f} % in {creep_s:.0f} s (a good cell: less than "
            f"{100 * CREEP:.1f} %): cells glued badly or made for bathroom scales do that; loads are that much off"
        )
    for cell, span in zip(plan.cells, spans, strict=True):
        known = cell.known_counts_per_kg
        if known is not None and known * span < 0:
            notes.append(f"{cell.name}: its sign has changed since the last calibration: its wires were swapped")
        elif known is not None and abs(span / known - 1) > CHANGED:
            notes.append(
                f"{cell.name}: its span has changed by {100 * (span / known - 1):+.0f} % since the last calibration"
            )
    return notes


def _check_known(cell: CellPlan, span: float) -> None:
    ratio = abs(span / (cell.known_counts_per_kg or span))
    slipped = _slip(ratio)
    if slipped:
        raise Refused(
            f"{cell.name}: {span:.0f} counts/kg, {ratio:.3g} times what it had at the last calibration "
            f"({cell.known_counts_per_kg:.0f}): {slipped}"
        )


def _slip(ratio: float) -> str:
    """What kind of slip makes a span wrong by that factor; nothing where none does."""
    for factor, near, words in _SLIPS:
        if factor / near < max(ratio, 1 / ratio) < factor * near:
            return words
    return ""


def _why(ratio: float) -> str:
    """In words, for a cell that gives so many times what it should."""
    slipped = _slip(ratio)
    if ratio < 1:
        past = "part of the load goes past it, the weights were less than typed, or it is another cell"
        return (
            f"{100 * ratio:.0f} % of the load that was typed reaches it: {slipped + ', or ' if slipped else ''}{past}"
        )
    return f"{slipped}?" if slipped else "the weights were more than typed, or it is another cell"
