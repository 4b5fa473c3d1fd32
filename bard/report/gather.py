"""From the journal's rows to what a session's report shows.

One law: times are seconds since the session began, by monotonic clocks alone where those allow it; what was not
watched is neither known nor unknown load but a gap of its own. It opens nothing and asks no clock.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bard.control.words import change_words
from bard.errors import Refused
from bard.journal.alarms import Alarm, seconds_between, summarize
from bard.journal.history import History, NumbersRow, SessionRow
from bard.journal.series import BINS_A_SECOND, PHASES, Series
from bard.journal.statistics import SessionStatistics
from bard.journal.wanted import Wanted
from bard.report.chart import Span, spans_of
from bard.report.decimate import Floats, Trace
from bard.report.facts import Called, Changed, Limits, Loads, SessionFacts, known_s, on_s
from bard.report.trends import Trend

_HEIGHT_KG = 2.0
"""Of a step of the histogram."""
_STEP_S = 1 / BINS_A_SECOND


def limits_of(row: SessionRow, numbers: Sequence[NumbersRow], length_s: float) -> list[Limits]:
    """Which numbers held from when to when; a change at an unknown time holds from the last known one on."""
    found, since_s, now = [], 0.0, row.numbers
    for change in numbers:
        at_s = seconds_between(row.begin, change.moment)
        at_s = since_s if at_s is None else min(max(at_s, since_s), length_s)
        if change.numbers != now and at_s > since_s:
            found.append(Limits(since_s, at_s, now))
            since_s = at_s
        now = change.numbers
    found.append(Limits(since_s, max(length_s, since_s), now))
    return found


def changes_of(row: SessionRow, numbers: Sequence[NumbersRow]) -> list[Changed]:
    """What was changed when, and by whom, in words."""
    found, before = [], row.numbers
    for change in numbers:
        by = f", by {change.by}" if change.by else ""
        words = change_words(change.why, before, change.numbers)
        found.append(Changed(seconds_between(row.begin, change.moment), f"{words}{by}"))
        before = change.numbers
    return found


def calls_of(row: SessionRow, alarms: Sequence[Alarm]) -> list[Called]:
    """Alarms with when they began in the session."""
    return [
        Called(None if alarm.carried else seconds_between(row.begin, alarm.begin), alarm)
        for alarm in alarms
        if alarm.session == row.id
    ]


def loads_of(series: Series) -> Loads:
    """What the charts take of a series; a summary is a point at its end."""
    at_s = (series.bin + 1) / BINS_A_SECOND
    u_kg = np.where(np.isfinite(series.u_kg), series.u_kg, 0.0)
    client_kg = series.client_mean_kg
    trace = Trace(at_s, series.client_min_kg, client_kg, series.client_max_kg, u_kg, _STEP_S)
    edges_kg, seconds = heights_of(client_kg)
    return Loads(trace, spans_by_phase(at_s, np.array(PHASES, object)[series.phase], client_kg), edges_kg, seconds)


def spans_by_phase(at_s: Floats, phases: NDArray[np.object_], client_kg: Floats) -> list[Span]:
    """Who was on the client; `unknown`: somebody was, and the load is not known. Time without points has no span."""
    known = np.isfinite(client_kg)
    cut = np.concatenate(([False], np.diff(at_s) > 1.5 * _STEP_S)) if len(at_s) else np.empty(0, bool)
    found = []
    for first, last in _pieces(cut):
        part = slice(first, last)
        for phase in PHASES:
            here = (phases[part] == phase) & (known[part] if phase != "off" else True)
            found += spans_of(at_s[part], _STEP_S, here, phase)
        unknown = (phases[part] != "off") & ~known[part]
        found += spans_of(at_s[part], _STEP_S, unknown, "unknown")
    return sorted(found, key=lambda span: span.start_s)


def _pieces(cut: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = [0, *np.flatnonzero(cut).tolist(), len(cut)]
    return [(first, last) for first, last in pairwise(edges) if last > first]


def heights_of(client_kg: Floats) -> tuple[list[float], list[float]]:
    """How many seconds each load was there: edges in kg and seconds between them; empty where none was known."""
    known = client_kg[np.isfinite(client_kg)]
    if not len(known):
        return [], []
    first, last = np.floor(known.min() / _HEIGHT_KG), np.floor(known.max() / _HEIGHT_KG) + 1
    edges = np.arange(first, last + 1) * _HEIGHT_KG
    counts, _ = np.histogram(known, edges)
    return edges.tolist(), (counts / BINS_A_SECOND).tolist()


def session_facts(history: History, row: SessionRow, station: str, contacts_cm2: Mapping[str, float]) -> SessionFacts:
    """All that the report of one session shows. Raises Refused where nothing was recorded of its loads."""
    found, series = history.statistics(row.id), history.series(row.id)
    statistics = found.whole
    if not len(series) and statistics.length_s <= 0:
        raise Refused(
            f"session {row.id}: nothing is recorded of its loads: it has only begun, or is from before bard kept them; "
            f"its alarms: bard alarms --session {row.id}"
        )
    alarms = history.alarms(Wanted(session=row.id))
    numbers = history.numbers(row.id)
    lasted_s = seconds_between(row.begin, row.end)
    length_s = max(statistics.length_s, lasted_s or 0.0)
    return SessionFacts(
        id=row.id,
        station=station,
        begin=row.begin,
        end=row.end,
        length_s=length_s,
        statistics=statistics,
        loads=loads_of(series) if len(series) else None,
        limits=limits_of(row, numbers, length_s),
        changes=changes_of(row, numbers),
        notes=row.notes,
        alarms=calls_of(row, alarms),
        summary=summarize(alarms),
        calibrations=found.calibrations,
        contacts_cm2=contacts_cm2,
    )


def trend_of(row: SessionRow, found: SessionStatistics) -> Trend:
    """The session as a trend knows it; its day is the local one."""
    whole = found.whole
    return Trend(
        id=row.id,
        day=datetime.fromtimestamp(row.begin.wall_ms / 1000).date(),
        clock_trusted=row.begin.clock_trusted,
        length_s=whole.length_s,
        on_s=on_s(whole),
        known_s=known_s(whole),
        coverage=whole.coverage,
        limit_kg=row.numbers.limit_kg,
        peak_kg=whole.peak_kg,
        p95_kg=whole.p95_kg,
        mean_kg=whole.mean_kg,
        over_s=whole.over_s + whole.critical_s,
        alarms=sum(count for priority, count in found.alarms.items() if priority != "cue"),
        high_alarms=found.alarms.get("high", 0),
        reaction_s=found.reactions.median_s,
    )


def trends(history: History, wanted: Wanted, sessions: Collection[str] | None = None) -> Iterator[Trend]:
    """Of the sessions that began in the wanted time, in order; `sessions`: only those with these ids."""
    stored = {found.session: found for found in history.all_statistics()}
    for row in history.sessions():
        if (sessions is None or row.id in sessions) and wanted.in_time(row.begin):
            yield trend_of(row, stored.get(row.id) or history.statistics(row.id))
