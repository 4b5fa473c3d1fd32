"""Which of the readings was mistyped, if one was: the one without which all others agree.

One law: nothing is struck here; what does not fit is named, with what the others say in its place, for a person to
decide.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from bard.commission.model import Floats, Row, Solution, solve, stated
from bard.commission.record import Reading, Source
from bard.errors import Mistyped

LEAST_SIGMAS = 3.0
"""How many standard uncertainties off, at least: of a dozen good readings one does that in 30 calibrations."""
LEAST_SHARE, LEAST_KG = 0.025, 0.75
"""... and how much of its load or kg, whichever is more: half of what must be found."""
FOUND_SHARE, FOUND_KG = 0.05, 1.5
"""What must be found."""
_ALIKE = 4.0
"""Two rows whose absence mends nearly as much (chi squared) cannot be told apart."""
_MOST = 3
_TESTABLE = 0.999
"""A row that makes more than this of its own fitted value cannot be tested by the others."""


class Doubt(Struct, frozen=True):
    """Rows (by index) of which one is wrong, and by how much the first of them is off by what the others say."""

    rows: tuple[int, ...]
    off_kg: float
    u_kg: float


def doubtful(rows: Sequence[Row], may_be: Sequence[bool], load_kg: Sequence[float]) -> list[Doubt]:
    """The rows that do not fit, worst first, at most three; empty: all fit.

    `may_be`: which rows a person typed. `load_kg`: how much each is about, which says how far off matters.
    """
    left, doubts = list(range(len(rows))), list[Doubt]()
    while len(doubts) < _MOST:
        try:
            solution = solve([rows[index] for index in left])
        except np.linalg.LinAlgError:
            break
        doubt = _worst([rows[index] for index in left], solution, [may_be[i] for i in left], [load_kg[i] for i in left])
        if doubt is None:
            break
        doubts.append(Doubt(tuple(left[row] for row in doubt.rows), doubt.off_kg, doubt.u_kg))
        del left[doubt.rows[0]]
    return doubts


def refuse_mistyped(
    name: str, loaded: Sequence[Reading], sources: dict[str, Source], rows: Sequence[Row], prior: dict[str, Row]
) -> None:
    """Raise Mistyped for the readings, weights or persons that do not fit; `rows` are those of `loaded`.

    `prior`: what is known beforehand of each source, by its name.
    """
    typed = {source: row for source, row in prior.items() if source in sources and sources[source].kind != "scale"}
    fixed = [row for source, row in prior.items() if source not in typed]
    every = [*rows, *typed.values(), *fixed]
    may_be = [True] * (len(rows) + len(typed)) + [False] * len(fixed)
    sizes = [_bar_kg(reading, sources) for reading in loaded]
    sizes += [sources[source].kg or 0.0 for source in typed] + [0.0] * len(fixed)
    doubts = doubtful(every, may_be, sizes)
    if not doubts:
        return
    found = [_Named(doubt, loaded, sources, list(typed)) for doubt in doubts]
    numbers = tuple(dict.fromkeys(number for one in found for number in one.numbers))
    one = found[0]
    words = "; ".join(one.words for one in found)
    raise Mistyped(f"{name}: {words}: mistyped? Correct it, or take it again", numbers, one.source)


class _Named:
    """A doubt in words."""

    def __init__(
        self, doubt: Doubt, loaded: Sequence[Reading], sources: dict[str, Source], typed: Sequence[str]
    ) -> None:
        who = [self._reading_of(row, loaded, typed) for row in doubt.rows]
        first = who[0]
        self.source = ""
        if isinstance(first, Reading):
            self.numbers = tuple(dict.fromkeys(one.number for one in who if isinstance(one, Reading)))
            said = _said(first, sources)
            others = said + doubt.off_kg if first.kind == "scale" else said - doubt.off_kg
            readings = " or ".join(f"reading {number}" for number in self.numbers)
            self.words = f"{readings}, {said:.4g} kg, does not fit the others, which make it {others:.1f}"
        else:
            self.source = first
            self.numbers = tuple(reading.number for reading in loaded if first in reading.uses)
            given_kg = sources[first].kg or 0.0
            self.words = (
                f"{first}, given as {given_kg:g} kg, does not fit: the readings make it {given_kg - doubt.off_kg:.1f}"
            )
        self.words += f" ± {2 * doubt.u_kg:.1f} kg"

    def _reading_of(self, row: int, loaded: Sequence[Reading], typed: Sequence[str]) -> Reading | str:
        """The reading of that row; that of a source which only one reading used; or else the source's name."""
        if row < len(loaded):
            return loaded[row]
        source = typed[row - len(loaded)]
        using = [reading for reading in loaded if source in reading.uses]
        return using[0] if len(using) == 1 else source


def _said(reading: Reading, sources: dict[str, Source]) -> float:
    """The number that a person typed."""
    if reading.kind == "scale":
        return reading.shown_kg or 0.0
    return stated(reading, sources)[0]


def _bar_kg(reading: Reading, sources: dict[str, Source]) -> float:
    """How much hung there, as far as it was said: of a pull nothing was."""
    return 0.0 if reading.kind == "scale" else stated(reading, sources)[0]


def weakly_checked(loaded: Sequence[Reading], rows: Sequence[Row], solution: Solution) -> dict[int, float]:
    """Numbers of the readings in which a slip of `FOUND_KG` or `FOUND_SHARE` would not be found, and what would be.

    `solution`: of the equations that begin with `rows`, those of `loaded`.
    """
    weak = {}
    for reading, row, leverage in zip(loaded, rows, solution.leverage, strict=False):
        found_kg = LEAST_SIGMAS * row.u_kg / float(np.sqrt(max(1 - leverage, 1e-9)))
        if found_kg > max(FOUND_KG, FOUND_SHARE * abs(row.stated_kg)):
            weak[reading.number] = found_kg
    return weak


def _worst(rows: Sequence[Row], solution: Solution, may_be: Sequence[bool], load_kg: Sequence[float]) -> Doubt | None:
    u = np.array([row.u_kg for row in rows])
    free = 1 - solution.leverage
    testable = np.array(may_be) & (solution.leverage < _TESTABLE)
    if solution.freedom < 2 or not testable.any():
        return None
    mends = np.where(testable, (solution.residuals_kg / u) ** 2 / np.maximum(free, 1e-9), 0.0)
    off: Floats = np.where(testable, solution.residuals_kg / np.maximum(free, 1e-9), 0.0)
    rest = (float(np.sum((solution.residuals_kg / u) ** 2)) - mends) / (solution.freedom - 1)
    sigmas = np.sqrt(mends / np.maximum(rest, 1.0))
    least_kg = np.maximum(LEAST_KG, LEAST_SHARE * np.abs(np.array(load_kg)))
    wrong = (sigmas > LEAST_SIGMAS) & (np.abs(off) > least_kg)
    if not wrong.any():
        return None
    worst = int(np.argmax(np.where(wrong, mends, 0.0)))
    alike = [row for row in np.flatnonzero(wrong).tolist() if row != worst and mends[worst] - mends[row] < _ALIKE]
    return Doubt((worst, *alike), float(off[worst]), float(u[worst] / np.sqrt(free[worst])))
