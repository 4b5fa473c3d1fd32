"""Loads hung by hand while the room plays: weights, a person who pulls. An installer's room.

One law: what was played stays as it was; a load that is hung now is there from the next chunk on. It knows no person
and draws nothing.
"""

from collections.abc import Sequence
from math import floor

import numpy as np

from bard.simulate.therapist import Truths
from bard.simulate.track import Floats, Track

CHUNK_S = 0.2
"""So late a load can come; rooms that know all beforehand have longer chunks."""
HANG_S = 0.3
_SWAY_HZ = (0.61, 1.37, 2.93)


def shares(place: float, cells: int) -> list[float]:
    """What each cell of a support bears of a load at `place`: 0 under its first cell, 1 under its last."""
    if cells == 1:
        return [1.0]
    at = place * (cells - 1)
    left = min(max(floor(at), 0), cells - 2)
    return [1 - (at - left) if cell == left else at - left if cell == left + 1 else 0.0 for cell in range(cells)]


class Hung:
    """The `Load` of supports with `cell_counts` cells each."""

    def __init__(self, cell_counts: Sequence[int]) -> None:
        self._cells = [[Track(0.0) for _ in range(count)] for count in cell_counts]
        self._sways = [[Track(0.0) for _ in range(count)] for count in cell_counts]
        self._played_s = 0.0
        self.on_s: list[tuple[float, float]] = []

    def hang(self, support: int, kg: float, place: float, sway_kg: float, at_s: float) -> None:
        """From `at_s` on, `kg` and nothing else hang at `place`; they sway by a standard deviation of `sway_kg`."""
        from_s = max(at_s, self._played_s)
        cells, sways = self._cells[support], self._sways[support]
        for cell, sway, share in zip(cells, sways, shares(place, len(cells)), strict=True):
            cell.move(from_s, kg * share, HANG_S)
            sway.move(from_s, sway_kg * share, HANG_S)

    def cells_kg(self, at_s: Floats) -> list[Floats]:
        """The true load of each cell, in the order of the supports."""
        self._played_s = max(self._played_s, float(at_s[-1]))
        return self._loads(at_s)

    def truths(self, at_s: Floats) -> Truths:
        """Nobody is on the client."""
        nobody = np.zeros_like(at_s)
        bar_kg: Floats = np.sum(self._loads(at_s), axis=0)
        return Truths(nobody, nobody, bar_kg, np.zeros(at_s.shape, dtype=np.bool_))

    def _loads(self, at_s: Floats) -> list[Floats]:
        wave = sum(np.sin(2 * np.pi * hz * at_s) for hz in _SWAY_HZ) / np.sqrt(len(_SWAY_HZ) / 2)
        return [
            cell(at_s) + sway(at_s) * wave
            for cells, sways in zip(self._cells, self._sways, strict=True)
            for cell, sway in zip(cells, sways, strict=True)
        ]
