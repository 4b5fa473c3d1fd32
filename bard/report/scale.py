"""From values to places, and where an axis has its ticks.

One law: a scale shows all it was made for, and its ticks are round numbers. It knows no SVG and no clock: times are
seconds, dates are days.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from math import ceil, floor, isfinite, log10

from msgspec import Struct

Ticks = tuple[tuple[float, str], ...]
"""Where a tick is, and what stands there."""
_STEPS = (1, 2, 2.5, 5, 10)
_LEAST = 1e-9
"""What differs by less is one value."""
_TIME_STEPS_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800)


class Scale(Struct, frozen=True):
    """`low` to `high`, both shown. `label` says what and in which unit."""

    label: str
    low: float
    high: float
    ticks: Ticks = ()

    def share(self, value: float) -> float:
        """0 at `low`, 1 at `high`; what lies outside is held at the edge."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)


def number_scale(label: str, values: Iterable[float], *, most: int = 6, whole: bool = False) -> Scale:
    """A scale that shows all finite values, from one round number to another; about `most` ticks.

    `whole`: counts, which have no halves.
    """
    known = [value for value in values if isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if high - low < _LEAST:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < _LEAST:
        low, high = 0.0, 1.0
    step = _round_step((high - low) / most)
    if whole:
        step = max(1.0, round(step))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    digits = max(0, -floor(log10(step) + 1e-9)) + (1 if _has_half(step) else 0)
    ticks = tuple((number * step, f"{number * step + 0.0:.{digits}f}") for number in range(first, last + 1))
    return Scale(label, first * step, last * step, ticks)


def passed_scale(label: str, end_s: float, *, most: int = 8) -> Scale:
    """Time passed from 0 to `end_s`, in seconds, minutes or hours as the length asks for."""
    end_s = max(end_s, 1.0)
    step_s = next((step for step in _TIME_STEPS_S if end_s / step <= most), _TIME_STEPS_S[-1])
    unit, name = (1, "s") if end_s < 120 else (60, "min") if end_s < 4 * 3600 else (3600, "h")
    ticks = tuple((number * step_s, f"{number * step_s / unit:g}") for number in range(floor(end_s / step_s) + 1))
    return Scale(f"{label}, {name}", 0.0, end_s, ticks)


def date_scale(first: date, last: date, *, most: int = 8) -> Scale:
    """Days, counted from `first` (0), to the end of `last`; ticks on days, weeks' Mondays or firsts of a month."""
    days = (last - first).days + 1
    if days <= most:
        places = [(day, f"{first + timedelta(day):%d %b}") for day in range(days)]
    elif days <= 7 * most:
        start = -first.weekday() % 7
        places = [(day, f"{first + timedelta(day):%d %b}") for day in range(start, days, 7)]
    else:
        places = _month_ticks(first, last, most)
    return Scale("", 0.0, float(days), tuple((float(day), words) for day, words in places))


def _month_ticks(first: date, last: date, most: int) -> list[tuple[int, str]]:
    months = [date(year, month, 1) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    shown = [month for month in months if first <= month <= last]
    every = next(every for every in (1, 2, 3, 6, 12, 24, 60, 1200) if len(shown) / every <= most)
    kept = [month for month in shown if (month.year * 12 + month.month - 1) % every == 0]
    return [((month - first).days, f"{month:%b}" if every == 1 else f"{month:%b %y}") for month in kept]


def _round_step(raw: float) -> float:
    power: float = 10.0 ** floor(log10(raw))
    return next(factor * power for factor in _STEPS if factor * power >= raw * (1 - 1e-9))


def _has_half(step: float) -> bool:
    mantissa = step / 10.0 ** floor(log10(step) + 1e-9)
    return abs(mantissa - 2.5) < 1e-6
