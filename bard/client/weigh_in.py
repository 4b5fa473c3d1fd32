"""Hanging on the bars with both feet off, to be weighed by them (estimate, section 5).

One law: a weight is the mean of a whole still hang or it is none; who moves gives no number, nor do bars that are
unknown for one row. It ends by itself, for no load is watched meanwhile. It knows no session and no alarm.
"""

from collections import deque
from enum import Enum
from math import sqrt

from msgspec import Struct

from bard.settings import WeighInSettings


class Hung(Struct, frozen=True):
    """A body weight as the bars carried it: mean and standard deviation of the slow bar load, and when it was known."""

    kg: float
    sd_kg: float
    at_us: int


def cross_check(typed_kg: float, hung_kg: float, settings: WeighInSettings) -> bool:
    """Whether a typed and a hung weight are too far apart: one of them, or the calibration, is wrong."""
    return abs(typed_kg - hung_kg) > settings.apart_kg


class _Bars(Enum):
    UNKNOWN = "the load on the bars is unknown: wait"
    FREE = "hang on the bars, both feet off"
    HELD = "the bars do not carry you yet: both feet off"
    HUNG = "hold still"


class WeighIn:
    """`step` for each row while it runs; `over` and `words` are as of the last one."""

    def __init__(self, settings: WeighInSettings, release_kg: float) -> None:
        """Bars that carry less than `release_kg`, either way, are free."""
        self._settings = settings
        self._release_kg = release_kg
        self._bars = _Bars.FREE
        self._hang = _Hang(settings.hang_us)
        self._told = False
        """This still hang has given its weight."""
        self._last: Hung | None = None
        self._begun_us: int | None = None
        self._hung_since_us: int | None = None
        """Since somebody first hung."""
        self._free_since_us: int | None = None
        self.over = False
        """The bars have been free for `free_us` after somebody hung, or `wait_us` are over."""

    @property
    def words(self) -> str:
        """What it waits for, or what came of it, for the person who hangs or should."""
        if self._last is not None:
            weighed = f"{self._last.kg:.1f} kg"
            return weighed if self.over or self._bars is _Bars.FREE else f"{weighed}: come down"
        if self.over:
            return "nobody was weighed"
        if self._bars is _Bars.HUNG and self._hang.whole:
            return f"hold still: you move by {self._hang.sd_kg:.1f} kg"
        return self._bars.value

    def step(self, at_us: int, slow_kg: float, fast_kg: float) -> Hung | None:
        """Take a row: slow and fast bar load, kg, NaN unknown. Gives the weight once in each still hang.

        The slow path is weighed; the fast one tells without its delay that the bars carry nobody any more.
        """
        self._bars = self._look(slow_kg, fast_kg)
        self._keep_time(at_us)
        hang = self._hang
        if self._bars is not _Bars.HUNG:
            hang.clear()
        else:
            hang.push(at_us, slow_kg)
        if not hang.whole or hang.sd_kg >= self._settings.sd_kg:
            self._told = False
            return None
        if self._told:
            return None
        self._told = True
        self._last = Hung(hang.mean_kg, hang.sd_kg, at_us)
        return self._last

    def _look(self, slow_kg: float, fast_kg: float) -> _Bars:
        if slow_kg != slow_kg or fast_kg != fast_kg:
            return _Bars.UNKNOWN
        if min(slow_kg, fast_kg) >= self._settings.least_kg:
            return _Bars.HUNG
        return _Bars.FREE if abs(slow_kg) < self._release_kg else _Bars.HELD

    def _keep_time(self, at_us: int) -> None:
        if self._begun_us is None:
            self._begun_us = at_us
        if self._bars is _Bars.HUNG and self._hung_since_us is None:
            self._hung_since_us = at_us
        if self._bars is not _Bars.FREE:
            self._free_since_us = None
        elif self._free_since_us is None:
            self._free_since_us = at_us
        begun_us, hung_us, free_us = self._begun_us, self._hung_since_us, self._free_since_us
        came_down = hung_us is not None and free_us is not None and at_us - free_us >= self._settings.free_us
        waited_us = at_us - (begun_us if hung_us is None else hung_us)
        self.over = self.over or came_down or waited_us >= self._settings.wait_us


class _Hang:
    """Mean and standard deviation of the loads of the last `within_us`, all of them known and of one hang."""

    def __init__(self, within_us: int) -> None:
        self._within_us = within_us
        self._rows: deque[tuple[int, float]] = deque()
        self.clear()

    def clear(self) -> None:
        """No row any more."""
        self._rows.clear()
        self._since_us: int | None = None
        self._first_kg = self._sum_kg = self._squares_kg2 = 0.0
        self.whole = False
        """The hang has lasted for `within_us`."""

    def push(self, at_us: int, kg: float) -> None:
        """Take a row. Sums are over differences from the first load: small numbers, so that nothing is lost in them."""
        if self._since_us is None:
            self._since_us, self._first_kg = at_us, kg
        more_kg = kg - self._first_kg
        self._rows.append((at_us, more_kg))
        self._sum_kg += more_kg
        self._squares_kg2 += more_kg * more_kg
        while self._rows[0][0] <= at_us - self._within_us:
            less_kg = self._rows.popleft()[1]
            self._sum_kg -= less_kg
            self._squares_kg2 -= less_kg * less_kg
            self.whole = True

    @property
    def mean_kg(self) -> float:
        """Of the rows held."""
        return self._first_kg + self._sum_kg / len(self._rows)

    @property
    def sd_kg(self) -> float:
        """Of the rows held."""
        mean_kg = self._sum_kg / len(self._rows)
        return sqrt(max(self._squares_kg2 / len(self._rows) - mean_kg * mean_kg, 0.0))
