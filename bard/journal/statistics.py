"""What a session's series comes to: loads, times, shares and how much of it was watched.

One law: pure functions of a series, so that a tape gives the same numbers as the journal; what is unknown is None and
is counted as such, never as 0 and never as below a limit. It knows no database and no clock.

A summary stands for 0.1 s. Bands are those that the conditions judge: the mean client load with its guard against near,
limit and critical as they were at that moment. `above_limit_kg_s` is the load itself above the limit, without a guard.
"""

from collections.abc import Callable

import numpy as np
from msgspec import Struct

from bard.journal.alarms import Change, Reactions, summarize, whole_alarms
from bard.journal.series import BINS_A_SECOND, PHASES, Floats, Series
from bard.monitor import BIN_US

BINS_A_MINUTE = 60 * BINS_A_SECOND
_OFF = PHASES.index("off")
_TAIL_BINS = 1
"""A session's last whole tenth may not have been closed when it ended."""


class Statistics(Struct, frozen=True, kw_only=True):
    """Of a session, or of one minute of it. kg and s; None: nothing is known of it."""

    length_s: float
    coverage: float
    """Share of the time in which the bar load was known, 0 to 1."""
    missing_s: float
    """Not watched at all: bard was not running, or what it wrote is lost."""
    phases_s: dict[str, float]
    """off, on, released."""
    zones_s: dict[str, float]
    """While somebody was on the client, by zone; "" is none."""
    peak_kg: float | None
    """Highest slow client load of a row."""
    peak_u_kg: float | None
    """Expanded uncertainty (k = 2) then."""
    peak_fast_kg: float | None
    least_kg: float | None
    mean_kg: float | None
    p50_kg: float | None
    p95_kg: float | None
    p99_kg: float | None
    """Centiles of the means over 0.1 s."""
    u_mean_kg: float | None
    """Mean expanded uncertainty (k = 2)."""
    below_s: float
    near_s: float
    over_s: float
    critical_s: float
    """Bands do not overlap: over is over and not critical."""
    load_unknown_s: float
    """Somebody was on the client, and the load was not known."""
    above_limit_kg_s: float
    bar_mean_kg: float | None
    shares: dict[str, float]
    """Of the bar load, by bar, while somebody was on the client; empty where it is not known."""


class SessionStatistics(Struct, frozen=True, kw_only=True):
    """Of a whole session, and of each of its minutes."""

    session: str
    whole: Statistics
    calibrations: tuple[str, ...]
    """Digests of what it was weighed with."""
    alarms: dict[str, int]
    """By their highest priority, until the session's end."""
    reactions: Reactions
    minutes: tuple[Statistics, ...] = ()


def session_statistics(
    session: str, series: Series, length_us: int, changes: list[Change], rest: Callable[[], None] = lambda: None
) -> SessionStatistics:
    """`length_us` from the session's beginning to its end; `changes` of its conditions, in order.

    `rest` is called between minutes, for whoever waits for the interpreter.
    """
    bins = max(0, length_us // BIN_US - _TAIL_BINS)
    if len(series):
        bins = max(bins, int(series.bin[-1]) + 1)
    minutes = []
    for first in range(0, bins, BINS_A_MINUTE):
        minutes.append(statistics(series.between(first, first + BINS_A_MINUTE), min(BINS_A_MINUTE, bins - first)))
        rest()
    summary = summarize(whole_alarms(changes))
    return SessionStatistics(
        session=session,
        whole=statistics(series, bins),
        calibrations=tuple(dict.fromkeys(mark.calibration for mark in series.marks)),
        alarms=summary.by_priority,
        reactions=summary.reactions,
        minutes=tuple(minutes),
    )


def statistics(series: Series, bins: int) -> Statistics:
    """Of a series that should have `bins` summaries."""
    watched = np.divide(series.known, series.rows, out=np.zeros(len(series)), where=series.rows > 0)
    on = series.phase != _OFF
    mean_kg = series.client_mean_kg
    known = mean_kg == mean_kg
    zones = [mark.numbers.zone or "" for mark in series.marks]
    zone_of = np.array([sorted(set(zones)).index(zone) for zone in zones], np.int32)[series.judged]
    loads_kg = mean_kg[known]
    p50_kg, p95_kg, p99_kg = np.percentile(loads_kg, (50, 95, 99)) if len(loads_kg) else (np.nan,) * 3
    peak = int(np.argmax(np.where(known, series.client_max_kg, -np.inf))) if len(loads_kg) else None
    return Statistics(
        length_s=_s(bins),
        coverage=round(float(watched.sum()) / bins, 6) if bins > 0 else 0.0,
        missing_s=_s(bins - len(series)),
        phases_s={name: _s((series.phase == number).sum()) for number, name in enumerate(PHASES)},
        zones_s={
            name: _s(count)
            for number, name in enumerate(sorted(set(zones)))
            if (count := int((on & (zone_of == number)).sum()))
        },
        peak_kg=_kg(series.client_max_kg[peak]) if peak is not None else None,
        peak_u_kg=_kg(series.u_kg[peak]) if peak is not None else None,
        peak_fast_kg=_of(np.max, series.client_fast_max_kg),
        least_kg=_of(np.min, series.client_min_kg),
        mean_kg=_of(np.mean, mean_kg),
        p50_kg=_kg(p50_kg),
        p95_kg=_kg(p95_kg),
        p99_kg=_kg(p99_kg),
        u_mean_kg=_of(np.mean, series.u_kg),
        **_bands(series, known),
        load_unknown_s=_s((on & ~known).sum()),
        above_limit_kg_s=_above_limit_kg_s(series, known),
        bar_mean_kg=_of(np.mean, series.bar_mean_kg),
        shares=_shares(series, on),
    )


def _bands(series: Series, known: np.ndarray) -> dict[str, float]:
    numbers = [mark.numbers for mark in series.marks]
    judged_kg = (series.client_mean_kg + series.of_judged([n.guard_kg for n in numbers]))[known]
    bounds_kg = [
        series.of_judged([getattr(n, name) for n in numbers])[known] for name in ("near_kg", "limit_kg", "critical_kg")
    ]
    above = [judged_kg > bound_kg for bound_kg in bounds_kg]
    near, over, critical = (int(band.sum()) for band in above)
    return {
        "below_s": _s(len(judged_kg) - near),
        "near_s": _s(near - over),
        "over_s": _s(over - critical),
        "critical_s": _s(critical),
    }


def _above_limit_kg_s(series: Series, known: np.ndarray) -> float:
    limit_kg = series.of_judged([mark.numbers.limit_kg for mark in series.marks])
    above_kg = (series.client_mean_kg - limit_kg)[known]
    return round(float(above_kg[above_kg > 0].sum()) / BINS_A_SECOND, 3)


def _shares(series: Series, on: np.ndarray) -> dict[str, float]:
    """Of the summed loads: what little hangs on a bar weighs little in it."""
    told = on & np.isfinite(series.support_kg).all(axis=1)
    sums_kg = series.support_kg[told].sum(axis=0)
    total_kg = float(sums_kg.sum())
    if not told.any() or total_kg <= 0:
        return {}
    return {name: round(float(sum_kg) / total_kg, 4) for name, sum_kg in zip(series.supports, sums_kg, strict=True)}


def _of(what: "object", column: Floats) -> float | None:
    known = column[column == column]
    return _kg(what(known)) if len(known) else None  # type: ignore[operator]


def _kg(load_kg: float) -> float | None:
    return round(float(load_kg), 3) if load_kg == load_kg else None


def _s(bins: int) -> float:
    return round(int(bins) / BINS_A_SECOND, 1)
