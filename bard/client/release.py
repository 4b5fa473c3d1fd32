"""A fall of the bar load that nobody makes on purpose: a slip or a lost grip (estimate, section 6).

One law: a fall is judged on the fast path, against loads that the bars really bore; an unknown row teaches nothing and
empties the memory, so that a gap is never a fall. It knows no phase, no client and no signal; whether a fall matters
now is its caller's.
"""

from collections import deque
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from bard.settings import ReleaseSettings
from bard.weigh.cell import Cell
from bard.weigh.confirm import Confirmation

_T = TypeVar("_T")


class _Fall(NamedTuple):
    """A fall not yet confirmed. It stands while the load is at most `bound_kg`.

    That is the bound it crossed, frozen: both rules look back from the present row, and would lose sight of a fall
    while the two conversions of a slow cell are waited for.
    """

    high_kg: float
    bound_kg: float
    confirmation: Confirmation


class ReleaseDetector:
    """`step` for each row, whether or not anybody is on the client."""

    def __init__(self, settings: ReleaseSettings) -> None:
        self._settings = settings
        self._memory = _Memory(settings)
        self._fall: _Fall | None = None
        self._shown_since_us: int | None = None
        self._regained_kg = 0.0

    def step(self, at_us: int, fast_kg: float, cell_fast_kg: list[float], cells: Sequence[Cell]) -> bool:
        """Take a row: the fast bar load (kg, NaN unknown) and its parts by cell, in a list that nobody changes later.

        True from the row in which a fall is confirmed until half of what had fallen by then has been regained for
        `borne_us`, or for `shown_us`; an unknown load ends nothing, and a further fall begins it anew.
        """
        if not self._settings.least_kg <= fast_kg <= self._settings.most_kg:  # no hand's, or NaN
            self._forget()
        else:
            self._memory.push(at_us, fast_kg, cell_fast_kg)
            fall = self._fall
            if fall is None or fast_kg > fall.bound_kg:
                fall = self._fall = self._find(fast_kg, cell_fast_kg, cells)
            if fall is not None and fall.confirmation.given:
                self._show(at_us, (fall.high_kg + fast_kg) / 2)
        if self._shown_since_us is not None and self._is_over(at_us, self._shown_since_us):
            self._shown_since_us = None
        return self._shown_since_us is not None

    def _forget(self) -> None:
        self._memory.clear()
        self._fall = None

    def _find(self, fast_kg: float, cell_fast_kg: list[float], cells: Sequence[Cell]) -> _Fall | None:
        """The fall that this row ends, if it is one by either rule."""
        settings, memory = self._settings, self._memory
        if not memory.borne.values:
            return None
        high_kg, _, high_cells_kg = max(memory.borne.values)
        if high_kg - fast_kg < settings.small_fall_kg:
            return None
        bound_kg = high_kg - settings.fall_kg
        before_kg = memory.before_kg
        # Half of what it was says nothing of bars that are pushed up: they bore less than what has fallen.
        if before_kg is not None and high_kg >= settings.small_fall_kg:
            bound_kg = max(bound_kg, min(high_kg - settings.small_fall_kg, settings.small_fall_share * before_kg))
        if fast_kg > bound_kg:
            return None
        return _Fall(high_kg, bound_kg, Confirmation(high_cells_kg, cell_fast_kg, cells))

    def _show(self, at_us: int, regained_kg: float) -> None:
        """A fall is confirmed. The memory is emptied, lest it be seen to fall again."""
        self._regained_kg = regained_kg
        self._shown_since_us = at_us
        self._forget()

    def _is_over(self, at_us: int, since_us: int) -> bool:
        borne = self._memory.borne.values
        regained = bool(borne) and borne[-1][0] >= self._regained_kg
        return regained or at_us - since_us >= self._settings.shown_us


class _Memory:
    """The known rows since the last gap, as far back as the rules look.

    `borne`: for each row of the last `fall_within_us` the least load of the `borne_us` that end there, when, and the
    cells' loads. Two wrong readings in a row pass the median of three, and coming back from them is no fall.
    """

    def __init__(self, settings: ReleaseSettings) -> None:
        self._settings = settings
        self._since_us: int | None = None
        self._newest_kg: _Last[float] = _Last(settings.borne_us)
        self._loads_kg: _Last[float] = _Last(settings.before_us)
        self.borne: _Last[tuple[float, int, list[float]]] = _Last(settings.fall_within_us)
        self.before_kg: float | None = None
        """The load of `before_us` ago; None where that is not known."""

    def clear(self) -> None:
        """Know nothing."""
        self._since_us = self.before_kg = None
        for memory in (self._newest_kg, self._loads_kg, self.borne):
            memory.clear()

    def push(self, at_us: int, fast_kg: float, cell_fast_kg: list[float]) -> None:
        """Take a known row."""
        if self._since_us is None:
            self._since_us = at_us
        known_us = at_us - self._since_us
        self._newest_kg.push(at_us, fast_kg)
        self._loads_kg.push(at_us, fast_kg)
        if known_us >= self._settings.borne_us:
            self.borne.push(at_us, (min(self._newest_kg.values), at_us, cell_fast_kg))
        if known_us >= self._settings.before_us:
            self.before_kg = self._loads_kg.values[0]


class _Last(Generic[_T]):
    """The values of the rows of the last `within_us`, the present one and that of `within_us` ago included."""

    def __init__(self, within_us: int) -> None:
        self._within_us = within_us
        self._times_us: deque[int] = deque()
        self.values: deque[_T] = deque()

    def clear(self) -> None:
        self._times_us.clear()
        self.values.clear()

    def push(self, at_us: int, value: _T) -> None:
        self._times_us.append(at_us)
        self.values.append(value)
        oldest_us = at_us - self._within_us
        while self._times_us[0] < oldest_us:
            self._times_us.popleft()
            self.values.popleft()
