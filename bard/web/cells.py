"""Every cell as an installer's page shows it: numbers in words, unknown as null.

One law: the counts and whether they keep still are those of a procedure (bard.commission.told), the load, noise and
rate those of the snapshot; nothing is worked out here. Pure.
"""

from typing import Literal

from msgspec import Struct

from bard.commission.told import LiveCell, View
from bard.control.units import Unit
from bard.messages import CellSnapshot, Snapshot
from bard.weigh.state import CellState

_SILENT = CellState.SILENT.name.lower()


class Cell(Struct, frozen=True):
    """One cell. `light_words`: why it is not still; `state`: in words; `warnings`: what to look at."""

    name: str
    support: str
    light: Literal["still", "moving", "faulty"]
    light_words: str
    well: bool
    state: str
    counts: str | None
    load: str | None
    noise: str | None
    rate: str | None
    warnings: tuple[str, ...]


def cells_of(view: View, snapshot: Snapshot, unit: Unit) -> tuple[Cell, ...]:
    """In the room's order; the numbers are none while the calibration or the cell has none."""
    known = {cell.key: cell for support in snapshot.supports for cell in support.cells}
    return tuple(_cell(live, known[live.key], unit) for live in view.live if live.key in known)


def _cell(live: LiveCell, cell: CellSnapshot, unit: Unit) -> Cell:
    """What a silent cell did before is not shown as if it did it now."""
    silent = cell.state == _SILENT
    return Cell(
        name=live.name,
        support=live.support,
        light=live.light,
        light_words=live.words,
        well=cell.state == "ok",
        state=cell.words,
        counts=None if live.counts is None else f"{live.counts:,.0f}".replace(",", " "),
        load=_load_words(cell.load_kg, unit),
        noise=None if silent else _noise_words(live.sd_counts, cell.noise_kg),
        rate=None if silent or cell.rate_hz is None else f"{cell.rate_hz:.1f}",
        warnings=cell.warnings,
    )


def _load_words(load_kg: float | None, unit: Unit) -> str | None:
    """Finer than a client's load is shown: who installs wants to see what a hand does."""
    if load_kg is None:
        return None
    decimals = unit.decimals + 1
    return f"{round(load_kg * unit.per_kg, decimals) + 0.0:.{decimals}f} {unit.name}"


def _noise_words(sd_counts: float | None, noise_kg: float | None) -> str | None:
    """Of the last second in counts; of one conversion at rest in grams."""
    parts = [f"{sd_counts:.0f} counts"] if sd_counts is not None else []
    parts += [f"{noise_kg * 1000:.1f} g"] if noise_kg is not None else []
    return " · ".join(part.replace(" ", "\u00a0") for part in parts) or None
