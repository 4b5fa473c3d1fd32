"""A fall counts once it still stands after two further conversions of the cell that brought it.

One law: conversions of that cell confirm it, never time and never those of other cells: a cell that has read wrongly
twice in a row has told the truth by then. It knows no limit and no alarm; whoever follows a fall sees whether it still
stands, and drops this when it does not.
"""

from collections.abc import Sequence

from bard.weigh.cell import Cell

CONVERSIONS = 2


class Confirmation:
    """Made in the row in which a fall is first seen, and asked once a row."""

    def __init__(self, before_kg: Sequence[float], now_kg: Sequence[float], cells: Sequence[Cell]) -> None:
        """The loads of `cells` before the fall and in this row; one that was unknown (NaN) fell by nothing."""
        drops = [before - now if before == before else 0.0 for before, now in zip(before_kg, now_kg, strict=True)]
        self._cell = cells[max(range(len(drops)), key=drops.__getitem__)]
        self._due = self._cell.conversions + CONVERSIONS

    @property
    def given(self) -> bool:
        """The cell whose own load fell most has converted twice since."""
        return self._cell.conversions >= self._due
