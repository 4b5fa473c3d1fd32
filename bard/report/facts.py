"""What a session's report is made from, in one place; gathered elsewhere.

One law: every figure is either known or None (NaN in arrays), and carries no name and no code of anybody.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bard.journal.alarms import Alarm, Moment, Summary
from bard.journal.statistics import Statistics
from bard.messages import SessionNumbers
from bard.report.chart import Span
from bard.report.decimate import Trace


class Limits(Struct, frozen=True):
    """The limits that held from `start_s` to `end_s` of the session."""

    start_s: float
    end_s: float
    numbers: SessionNumbers


class Changed(Struct, frozen=True):
    """Somebody changed something in the session; None: at a time that is not certain."""

    at_s: float | None
    words: str


class Called(Struct, frozen=True):
    """An alarm and when in the session it began; None: at a time that is not certain."""

    at_s: float | None
    alarm: Alarm


class Loads(Struct, frozen=True):
    """The session's series, as charts take it. `phases`: spans with looks `on`, `released`, `off`, `unknown`."""

    trace: Trace
    phases: Sequence[Span]
    edges_kg: Sequence[float]
    seconds: Sequence[float]
    """Of the histogram, between the edges."""


class SessionFacts(Struct, frozen=True):
    """One session. Times `_s` are from its beginning. `loads` None: its series is not kept any more."""

    id: str
    station: str
    begin: Moment
    end: Moment | None
    length_s: float
    """Between them where that is certain, else of what was watched."""
    statistics: Statistics
    loads: Loads | None
    limits: Sequence[Limits]
    changes: Sequence[Changed]
    notes: Sequence[str]
    alarms: Sequence[Called]
    summary: Summary
    calibrations: Sequence[str]
    """Digests of what it was weighed with; more than one is strange."""
    contacts_cm2: Mapping[str, float] = {}
    """Areas that were stated for this session's therapist."""


def on_s(statistics: Statistics) -> float:
    """How long somebody was on the client, hands on the bars or off."""
    return sum(value_s for phase, value_s in statistics.phases_s.items() if phase != "off")


def known_s(statistics: Statistics) -> float:
    """How long of that the load was known."""
    return max(0.0, on_s(statistics) - statistics.load_unknown_s)
