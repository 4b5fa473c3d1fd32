"""The working zero: what free bars read beyond the installer's reference zero.

One law: the working zero follows only what a drift can have done, on bars that are free and still; whatever else free
bars read is neither believed nor hidden, it is told as `offset_kg` and counted in the uncertainty. Fed one row at a
time, loads by the reference zero; NaN is unknown. It knows no phase but `off`, no client, no alarm, and feeds nothing
back into weighing.
Source: estimate.md, section 5.
"""

from collections import deque
from math import isfinite, sqrt

from msgspec import Struct

from bard.errors import DataError, Refused
from bard.settings import ZeroSettings
from bard.weigh.path import total_kg

_SETTLED_US = 1_000_000
_NOISE_MARGIN = 1.5
"""The variance of a second of noise scatters by a fifth; this leaves it room for more than three times that."""
_SLOW_NOISE = 0.39
"""Scatter of a load smoothed over 0.25 s, in noises of an unsmoothed one that has passed the spike gate."""
_MEAN_NOISE = 0.2
"""Scatter of its mean over a second, likewise: such a load has 25 values a second that do not know of each other."""
_STEP_NOISE = 2.2
"""Four times the scatter of the difference of two smoothed loads, likewise."""


class ZeroMoved(Struct, frozen=True):
    """The working zero was changed: what it is now, in kg beyond the reference zero, and by how much it changed."""

    at_us: int
    zero_kg: tuple[float, ...]
    total_kg: float
    by_kg: float
    why: str


class SavedZero(Struct, frozen=True):
    """What of the working zero survives a restart. `checked_ago_us` None: never checked."""

    zero_kg: tuple[float, ...]
    offset_kg: float
    checked_ago_us: int | None


class ZeroTracker:
    """`step` for each row. Every load is in kg by the reference zero; `zero_kg` goes over the cells of the room."""

    def __init__(self, settings: ZeroSettings, cells: int) -> None:
        self._settings = settings
        self._cells = cells
        self.reset()

    def reset(self, checked_us: int | None = None) -> None:
        """A new calibration: its zero counts from now. `checked_us`: when the bars were free for it, if they were."""
        self.zero_kg = [0.0] * self._cells
        self.total_kg = 0.0
        self.offset_kg = 0.0
        """Free, still bars last read this much beyond the working zero, in all, and nothing explained it. Signed."""
        self.checked_us = checked_us
        """When bars were last seen free and still for `quiet_us`; None: never."""
        self.moved = False
        """Still bars, or one cell, stand more than `most_kg` from the reference zero, whoever may be on the client."""
        self._stretch: _Stretch | None = None
        self._before_kg: list[float] | None = None
        """What the stretch before this one read, if there was no gap between them."""
        self._visit = _Visit(self._settings)
        self._budget_kg = self._settings.band_kg if checked_us is None else 0.0
        """How far the zero may have drifted and has not been followed yet, as of `_budget_us`."""
        self._budget_us = checked_us

    @property
    def suspended(self) -> bool:
        """Something was laid on free bars: nothing is followed until it is gone."""
        return self._visit.before_kg is not None

    def step(
        self, at_us: int, cell_slow_kg: list[float], motion_kg: float, noise_kg: float, *, off: bool
    ) -> ZeroMoved | None:
        """Take one row; what was followed, if anything.

        `cell_slow_kg` has shape (cells,). `motion_kg`: how much the bar load moved in the last second (rms), conversion
        noise in it; `noise_kg`: standard uncertainty of the unsmoothed bar load by that noise alone. `off`: nobody is
        on the client and nobody is being weighed.
        """
        settings = self._settings
        read_kg = total_kg(cell_slow_kg)
        quiet = isfinite(read_kg) and motion_kg <= self._most_motion_kg(noise_kg)
        self._visit.step(at_us, read_kg - self.total_kg, noise_kg, quiet=quiet, off=off)
        stretch = self._stretch
        if not quiet:
            self._let_drift(at_us)
            self._stretch = self._before_kg = None
            return None
        if stretch is None:
            self._let_drift(at_us)
            self._stretch = stretch = _Stretch(at_us, settings.quiet_us, self._cells)
        stretch.add(at_us, read_kg, cell_slow_kg, off=off)
        if at_us - stretch.began_us < settings.quiet_us:
            return None
        self._stretch = _Stretch(at_us, settings.quiet_us, self._cells)
        self._before_kg = stretch.means_kg()
        return self._look(at_us, stretch, noise_kg)

    def rezero(self, at_us: int) -> ZeroMoved:
        """A person says that the bars are free: what they read now is zero.

        Raises Refused where they have not been still for a second, or read more than `most_kg` from the reference.
        """
        stretch = self._stretch
        settled = stretch is not None and stretch.until_us - stretch.began_us >= _SETTLED_US
        means_kg = stretch.means_kg() if stretch is not None and settled else self._before_kg
        if means_kg is None:
            raise Refused("the bars move, or their load is unknown: let go of them, wait two seconds and try again")
        away_kg = _farthest(means_kg)
        if abs(away_kg) > self._settings.most_kg:
            raise Refused(
                f"the bars read {away_kg:+.2f} kg from the zero they were calibrated with; "
                f"more than {self._settings.most_kg:g} kg is no drift: calibrate again"
            )
        self.moved = False
        self.checked_us = self._budget_us = at_us
        self._visit = _Visit(self._settings)
        self._budget_kg = 0.0
        return self._set(at_us, means_kg, "told that the bars are free")

    def save(self, now_us: int) -> SavedZero:
        """For a restart."""
        ago_us = None if self.checked_us is None else now_us - self.checked_us
        return SavedZero(tuple(self.zero_kg), self.offset_kg, ago_us)

    def restore(self, saved: SavedZero, now_us: int) -> None:
        """After it; raises DataError for a zero of other cells, or one that this tracker could not have had."""
        zero_kg = list(saved.zero_kg)
        if len(zero_kg) != self._cells:
            raise DataError(f"a saved zero of {len(zero_kg)} cells; the room has {self._cells}")
        if not (abs(_farthest(zero_kg)) <= self._settings.most_kg and isfinite(saved.offset_kg)):
            raise DataError(f"a saved zero of {saved.zero_kg} kg; allowed: {self._settings.most_kg:g} kg at most")
        self.reset(None if saved.checked_ago_us is None else now_us - saved.checked_ago_us)
        self.zero_kg, self.total_kg, self.offset_kg = zero_kg, total_kg(zero_kg), saved.offset_kg

    def _most_motion_kg(self, noise_kg: float) -> float:
        """Bars nobody touches move no more, with noise of `noise_kg` in it."""
        return sqrt(self._settings.quiet_sd_kg**2 + _NOISE_MARGIN * noise_kg * noise_kg)

    def _look(self, at_us: int, stretch: "_Stretch", noise_kg: float) -> ZeroMoved | None:
        """A stretch is complete, quiet in every row."""
        settings = self._settings
        scatter_kg = noise_kg * _MEAN_NOISE / sqrt(settings.quiet_us / 1e6)
        means_kg = stretch.means_kg()
        away_kg = abs(_farthest(means_kg))
        still = stretch.sd_kg() <= self._most_motion_kg(_SLOW_NOISE * noise_kg)
        if not (still and stretch.level(settings.quiet_kg_per_s, scatter_kg)) or away_kg > settings.still_kg:
            self._let_drift(at_us)
            return None
        self.checked_us = at_us
        self.moved = away_kg > settings.most_kg - (settings.deadband_kg if self.moved else 0.0)
        off_kg = [mean - zero for mean, zero in zip(means_kg, self.zero_kg, strict=True)]
        self.offset_kg = total_kg(off_kg)
        least_kg = max(settings.least_kg, 4 * scatter_kg)
        watched_kg = max(settings.rate_kg_per_s * settings.saved_us / 1e6, 2 * least_kg)
        self._let_drift(at_us, watched_kg)
        self._visit.look(at_us, self.offset_kg, self._budget_kg)
        far_kg = abs(_farthest(off_kg))
        in_band = far_kg + 3 * scatter_kg < settings.band_kg and away_kg <= settings.most_kg
        if not (in_band and far_kg <= self._budget_kg and stretch.off) or self.suspended:
            return None
        if far_kg < least_kg:
            self._budget_kg = min(self._budget_kg, watched_kg)
            return None
        self._budget_kg = min(self._budget_kg - far_kg, watched_kg)
        return self._set(at_us, means_kg, f"free and still for {settings.quiet_us / 1e6:g} s")

    def _set(self, at_us: int, zero_kg: list[float], why: str) -> ZeroMoved:
        was_kg = self.total_kg
        self.zero_kg, self.total_kg, self.offset_kg = zero_kg, total_kg(zero_kg), 0.0
        return ZeroMoved(at_us, tuple(zero_kg), self.total_kg, self.total_kg - was_kg, why)

    def _let_drift(self, until_us: int, most_kg: float | None = None) -> None:
        """What the zero may have drifted until now; what was watched saves up no more than `most_kg`."""
        since_us = until_us if self._budget_us is None else self._budget_us
        drifted_kg = self._budget_kg + self._settings.rate_kg_per_s * (until_us - since_us) / 1e6
        most_kg = self._settings.band_kg if most_kg is None else most_kg
        self._budget_kg = max(self._budget_kg, min(drifted_kg, most_kg))
        self._budget_us = until_us


class _Stretch:
    """Quiet rows without a gap, in two halves."""

    def __init__(self, began_us: int, quiet_us: int, cells: int) -> None:
        self.began_us = self.until_us = began_us
        self.off = True
        """In every row so far."""
        self._half_us = quiet_us // 2
        self._early_kg = [0.0] * cells
        self._late_kg = [0.0] * cells
        self._early_rows = self._rows = 0
        self._first_kg = self._sum_kg = self._square = 0.0

    def add(self, at_us: int, read_kg: float, cell_kg: list[float], *, off: bool) -> None:
        """The next row, with the sum of its cells."""
        self.off = self.off and off
        if not self._rows:
            self._first_kg = read_kg
        since_first_kg = read_kg - self._first_kg
        self._sum_kg += since_first_kg
        self._square += since_first_kg * since_first_kg
        self._rows += 1
        self.until_us = at_us
        sums_kg = self._late_kg
        if at_us - self.began_us <= self._half_us:
            self._early_rows += 1
            sums_kg = self._early_kg
        for index, load_kg in enumerate(cell_kg):
            sums_kg[index] += load_kg

    def means_kg(self) -> list[float]:
        """Of each cell."""
        return [(early + late) / self._rows for early, late in zip(self._early_kg, self._late_kg, strict=True)]

    def sd_kg(self) -> float:
        """Of the bar load."""
        mean_kg = self._sum_kg / self._rows
        return sqrt(max(self._square / self._rows - mean_kg * mean_kg, 0.0))

    def level(self, kg_per_s: float, scatter_kg: float) -> bool:
        """Whether the bar load rose or fell no faster, from one half to the other, as far as noise lets one see."""
        late_rows = self._rows - self._early_rows
        if not (late_rows and self._early_rows):
            return False
        rose_kg = total_kg(self._late_kg) / late_rows - total_kg(self._early_kg) / self._early_rows
        return abs(rose_kg) <= kg_per_s * self._half_us / 1e6 + 6 * scatter_kg


class _Visit:
    """Something laid on free bars: the step with which it came, until it is gone again. In kg off the working zero."""

    def __init__(self, settings: ZeroSettings) -> None:
        self._settings = settings
        self._recent: deque[tuple[int, float]] = deque()
        self.before_kg: float | None = None
        """What the bars read before it came; None: nothing is there. The zero stays while something is."""
        self._size_kg = 0.0
        self._since_us = 0

    def step(self, at_us: int, off_kg: float, noise_kg: float, *, quiet: bool, off: bool) -> None:
        """Take a row that reads `off_kg`; NaN: unknown."""
        settings, recent = self._settings, self._recent
        if self.before_kg is not None:
            if quiet:
                self._size_kg = max(self._size_kg, abs(off_kg - self.before_kg))
            elif not self._size_kg and (not off or abs(off_kg) > settings.still_kg):
                self.before_kg = None  # the bars were taken: that was no visitor
            return
        if not off:
            return
        while recent and at_us - recent[0][0] > settings.step_us:
            recent.popleft()
        if recent and self._is_step(recent[0][1], off_kg, noise_kg):
            self.before_kg = sum(kg for _, kg in recent) / len(recent)
            self._size_kg, self._since_us = 0.0, at_us
            recent.clear()
        elif quiet and abs(off_kg) < settings.band_kg:
            recent.append((at_us, off_kg))

    def _is_step(self, before_kg: float, off_kg: float, noise_kg: float) -> bool:
        """Away from zero: what goes towards it is something that leaves."""
        step_kg = max(self._settings.step_kg, _STEP_NOISE * noise_kg)
        return abs(off_kg) > abs(before_kg) and abs(off_kg - before_kg) > step_kg

    def look(self, at_us: int, mean_kg: float, drift_kg: float) -> None:
        """Still bars read `mean_kg`; is it gone, if the zero may have drifted by `drift_kg` meanwhile?

        Not while more than half of what came is still there, so that a cloth left hanging over the work does not pass
        for drift; but nothing visits for ever.
        """
        if self.before_kg is None:
            return
        near_kg = self._settings.step_kg / 2
        left_kg = min(abs(mean_kg), abs(mean_kg - self.before_kg))
        gone = left_kg <= max(near_kg, min(near_kg + drift_kg, self._size_kg / 2))
        if gone or at_us - self._since_us > self._settings.visit_us:
            self.before_kg = None


def _farthest(cell_kg: list[float]) -> float:
    """Of the cells and their sum, what is farthest from 0, sign kept."""
    farthest_kg = total_kg(cell_kg)
    for load_kg in cell_kg:
        if abs(load_kg) > abs(farthest_kg):
            farthest_kg = load_kg
    return farthest_kg
