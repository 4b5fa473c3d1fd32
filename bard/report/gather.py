"""From the journal's rows to what a session's report shows.

One law: times are seconds since the session began, by monotonic clocks alone where those allow it; what was not
watched is neither known nor unknown load but a gap of its own. It opens nothing.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from bard.control.words import change_words
from bard.journal.alarms import Alarm, seconds_between
from bard.journal.history import NumbersRow, SessionRow
from bard.report.chart import Span, spans_of
from bard.report.decimate import Floats, Trace
from bard.report.facts import Called, Changed, Limits

_HEIGHT_KG = 2.0
"""Of a step of the histogram."""
_PHASES = ("off", "on", "released")


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


def trace_of(at_s: Floats, low: Floats, mid: Floats, high: Floats, u: Floats, step_s: float) -> Trace:
    """A trace whose band is as wide as the uncertainty, where that is known."""
    return Trace(at_s, low, mid, high, np.where(np.isfinite(u), u, 0.0), step_s)


def spans_by_phase(at_s: Floats, step_s: float, phases: Sequence[str], client_kg: Floats) -> list[Span]:
    """Who was on the client; `unknown`: somebody was, and the load is not known. Time without points has no span."""
    of = np.array(phases, dtype=object)
    known = np.isfinite(client_kg)
    cut = np.concatenate(([False], np.diff(at_s) > 1.5 * step_s)) if len(at_s) else np.empty(0, bool)
    found = []
    for first, last in _pieces(cut):
        part = slice(first, last)
        for phase in _PHASES:
            here = (of[part] == phase) & (known[part] if phase != "off" else True)
            found += spans_of(at_s[part], step_s, here, phase)
        unknown = (of[part] != "off") & ~known[part]
        found += spans_of(at_s[part], step_s, unknown, "unknown")
    return sorted(found, key=lambda span: span.start_s)


def _pieces(cut: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[tuple[int, int]]:
    edges = [0, *np.flatnonzero(cut).tolist(), len(cut)]
    return [(first, last) for first, last in pairwise(edges) if last > first]


def heights_of(client_kg: Floats, step_s: float) -> tuple[list[float], list[float]]:
    """How many seconds each load was there: edges in kg and seconds between them; empty where none was known."""
    known = client_kg[np.isfinite(client_kg)]
    if not len(known):
        return [], []
    first, last = np.floor(known.min() / _HEIGHT_KG), np.floor(known.max() / _HEIGHT_KG) + 1
    edges = np.arange(first, last + 1) * _HEIGHT_KG
    counts, _ = np.histogram(known, edges)
    return edges.tolist(), (counts * step_s).tolist()
