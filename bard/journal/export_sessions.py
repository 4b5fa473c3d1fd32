"""Sessions, their minutes, their series and their raw conversions as tables for other programs.

One law: as `bard.journal.export` has it. Every number of the statistics has a column of its own under its own name.
"""

from collections.abc import Callable, Iterator, Mapping
from math import nan
from typing import TypeVar

from msgspec import Struct

from bard.client.pressure import mean_pressure_kpa
from bard.journal.conversions import Converted
from bard.journal.export import Cell, Column, iso
from bard.journal.history import SessionRow
from bard.journal.series import PHASES, Series
from bard.journal.statistics import SessionStatistics, Statistics

Row = TypeVar("Row")


class SessionFigures(Struct, frozen=True):
    """A session and what it came to. `contact_cm2`: the stated contact of feet and client, NaN for none."""

    row: SessionRow
    statistics: SessionStatistics
    contact_cm2: float = nan


class MinuteFigures(Struct, frozen=True):
    """One minute of a session, counted from 0."""

    session: str
    minute: int
    statistics: Statistics


class Tenth(Struct, frozen=True):
    """One summary of a session's series."""

    session: str
    series: Series
    row: int


def minutes_of(found: SessionStatistics) -> Iterator[MinuteFigures]:
    """In order."""
    for minute, statistics in enumerate(found.minutes):
        yield MinuteFigures(found.session, minute, statistics)


def tenths_of(session: str, series: Series) -> Iterator[Tenth]:
    """In order."""
    for row in range(len(series)):
        yield Tenth(session, series, row)


def _shares(s: Statistics) -> tuple[str, ...]:
    return tuple(f"{name}: {share}" for name, share in s.shares.items())


def _zones(s: Statistics) -> tuple[str, ...]:
    return tuple(f"{name or 'none'}: {seconds}" for name, seconds in s.zones_s.items())


_STATISTICS: Mapping[str, Column[Statistics]] = {
    "length_s": Column("s, how long it was", lambda s: s.length_s),
    "coverage": Column("0 to 1, share of the time in which the load on the bars was known", lambda s: s.coverage),
    "missing_s": Column("s, not watched at all: bard did not run", lambda s: s.missing_s),
    "peak_kg": Column("kg, highest load on the client (the slow, smoothed one)", lambda s: s.peak_kg),
    "peak_u_kg": Column("kg, its expanded uncertainty (k = 2)", lambda s: s.peak_u_kg),
    "peak_fast_kg": Column("kg, highest fast load on the client", lambda s: s.peak_fast_kg),
    "least_kg": Column("kg, lowest load while somebody was on the client", lambda s: s.least_kg),
    "mean_kg": Column("kg, mean load while somebody was on the client", lambda s: s.mean_kg),
    "p50_kg": Column("kg, half of the time the load was below", lambda s: s.p50_kg),
    "p95_kg": Column("kg, 95 % of the time the load was below", lambda s: s.p95_kg),
    "p99_kg": Column("kg, 99 % of the time the load was below", lambda s: s.p99_kg),
    "u_mean_kg": Column("kg, mean expanded uncertainty of the load (k = 2)", lambda s: s.u_mean_kg),
    "below_s": Column("s below near; this and the next three: load with guard, as judged", lambda s: s.below_s),
    "near_s": Column("s from near to the limit", lambda s: s.near_s),
    "over_s": Column("s from the limit to critical", lambda s: s.over_s),
    "critical_s": Column("s above critical", lambda s: s.critical_s),
    "load_unknown_s": Column("s with somebody on the client and an unknown load", lambda s: s.load_unknown_s),
    "above_limit_kg_s": Column("kg s, load above the limit (no guard) times its time", lambda s: s.above_limit_kg_s),
    "off_s": Column("s with nobody on the client", lambda s: s.phases_s["off"]),
    "on_s": Column("s on the client, bars held", lambda s: s.phases_s["on"]),
    "released_s": Column("s, hands off, on the client for all the bars tell", lambda s: s.phases_s["released"]),
    "zones_s": Column("s on the client by zone", _zones),
    "bar_mean_kg": Column("kg, mean load on the bars", lambda s: s.bar_mean_kg),
    "shares": Column("0 to 1, of the load on the bars, by bar", _shares),
}  # fmt: skip


def _under(of: Callable[[Row], Statistics]) -> dict[str, Column[Row]]:
    """The same columns for rows that hold statistics."""

    def column(cell: Callable[[Statistics], Cell]) -> Callable[[Row], Cell]:
        return lambda row: cell(of(row))

    return {name: Column(one.words, column(one.cell)) for name, one in _STATISTICS.items()}


def _pressure(f: SessionFigures) -> float | None:
    mean_kg = f.statistics.whole.mean_kg
    if mean_kg is None or not f.contact_cm2 > 0:
        return None
    return round(mean_pressure_kpa(mean_kg, f.contact_cm2), 2)


SESSION_FIGURES: Mapping[str, Column[SessionFigures]] = {
    "session": Column("its id", lambda f: f.row.id),
    "begin": Column("wall clock, UTC", lambda f: iso(f.row.begin)),
    "end": Column("wall clock, UTC; empty: it runs, or nobody saw it end", lambda f: iso(f.row.end)),
    "clock_trusted": Column("whether that clock was known to be right then", lambda f: f.row.begin.clock_trusted),
    "body_weight_kg": Column("kg, of the therapist, as it began", lambda f: f.row.numbers.body_weight_kg),
    "near_kg": Column("kg, as it began", lambda f: f.row.numbers.near_kg),
    "limit_kg": Column("kg, as it began", lambda f: f.row.numbers.limit_kg),
    "critical_kg": Column("kg, as it began", lambda f: f.row.numbers.critical_kg),
    "guard_kg": Column("kg, added to a load before it is judged, as it began", lambda f: f.row.numbers.guard_kg),
    **_under(lambda f: f.statistics.whole),
    "mean_pressure_kpa": Column("kPa, mean_kg over the contact area given with --contact; empty without", _pressure),
    "high": Column("alarms of that priority", lambda f: f.statistics.alarms["high"]),
    "medium": Column("alarms of that priority", lambda f: f.statistics.alarms["medium"]),
    "low": Column("alarms of that priority", lambda f: f.statistics.alarms["low"]),
    "cues": Column("beside them", lambda f: f.statistics.alarms["cue"]),
    "reaction_median_s": Column("s until loads were back below", lambda f: f.statistics.reactions.median_s),
    "reaction_longest_s": Column("s, the longest of them", lambda f: f.statistics.reactions.longest_s),
    "calibrations": Column("digests of what it was weighed with", lambda f: f.statistics.calibrations),
}  # fmt: skip
MINUTES: Mapping[str, Column[MinuteFigures]] = {
    "session": Column("its id", lambda f: f.session),
    "minute": Column("of the session, from 0", lambda f: f.minute),
    **_under(lambda f: f.statistics),
}


def _load(name: str) -> Callable[[Tenth], Cell]:
    return lambda t: _known(getattr(t.series, name)[t.row])


def _number(name: str) -> Callable[[Tenth], Cell]:
    return lambda t: getattr(t.series.marks[t.series.judged[t.row]].numbers, name)


SERIES: Mapping[str, Column[Tenth]] = {
    "session": Column("its id", lambda t: t.session),
    "t_s": Column("s since the session began; what is left out was not watched", lambda t: float(t.series.t_s[t.row])),
    "valid_share": Column("0 to 1, of the rows in this 0.1 s: the load on the bars was known",
                          lambda t: round(float(t.series.known[t.row] / max(1, t.series.rows[t.row])), 3)),
    "client_min_kg": Column("kg on the client, lowest; empty: unknown, or nobody on it", _load("client_min_kg")),
    "client_mean_kg": Column("kg on the client, mean", _load("client_mean_kg")),
    "client_max_kg": Column("kg on the client, highest", _load("client_max_kg")),
    "client_fast_max_kg": Column("kg on the client, highest fast load", _load("client_fast_max_kg")),
    "u_kg": Column("kg, expanded uncertainty (k = 2) of the load on the client", _load("u_kg")),
    "bar_mean_kg": Column("kg on all bars, mean", _load("bar_mean_kg")),
    "bars_kg": Column("kg on each bar at the end of this 0.1 s", lambda t: _bars(t)),
    "phase": Column("off, on, released", lambda t: PHASES[t.series.phase[t.row]]),
    "zone": Column("empty: none", _number("zone")),
    "body_weight_kg": Column("kg, of the therapist, then", _number("body_weight_kg")),
    "near_kg": Column("kg, then", _number("near_kg")),
    "limit_kg": Column("kg, then", _number("limit_kg")),
    "critical_kg": Column("kg, then", _number("critical_kg")),
    "guard_kg": Column("kg, then", _number("guard_kg")),
    "calibration": Column("digest", lambda t: t.series.marks[t.series.judged[t.row]].calibration),
}  # fmt: skip
CONVERSIONS: Mapping[str, Column[Converted]] = {
    "session": Column("its id", lambda c: c.session),
    "t_s": Column("s since the session began", lambda c: round(c.t_s, 6)),
    "at_us": Column("us, monotonic, of that boot of the machine", lambda c: c.at_us),
    "board": Column("name", lambda c: c.board),
    "channel": Column("of the board", lambda c: c.channel),
    "cell": Column("name", lambda c: c.cell),
    "counts": Column("as the converter gave it", lambda c: c.counts),
    "load_kg": Column("kg by the calibration alone: no working zero, no filter; empty without one",
                      lambda c: None if c.load_kg is None else round(c.load_kg, 5)),
}  # fmt: skip


def _bars(t: Tenth) -> tuple[str, ...]:
    loads_kg = t.series.support_kg[t.row]
    return tuple(
        f"{name}: {'unknown' if _known(load_kg) is None else _known(load_kg)}"
        for name, load_kg in zip(t.series.supports, loads_kg, strict=True)
    )


def _known(load_kg: float) -> float | None:
    return float(load_kg) if load_kg == load_kg else None
