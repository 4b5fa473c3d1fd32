"""What a session's report is made from, in one place; gathered elsewhere.

One law: every figure is either known or None (NaN in arrays), and carries no name and no code of anybody.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bard.journal.alarms import Alarm, Moment, Summary
from bard.messages import SessionNumbers
from bard.report.chart import Span
from bard.report.decimate import Trace


class Figures(Struct, frozen=True):
    """A session's statistics, of the time somebody was on the client. kg on the client, seconds; None: unknown.

    `near_s`, `over_s`, `critical_s` do not overlap: from near to the limit, from the limit to critical, from there on.
    `shares`: what each support carried of all that the bars carried.
    """

    length_s: float
    on_s: float
    known_s: float
    """Of `on_s`: the load was known."""
    peak_kg: float | None
    peak_u_kg: float | None
    peak_fast_kg: float | None
    mean_kg: float | None
    p50_kg: float | None
    p95_kg: float | None
    p99_kg: float | None
    u_kg: float | None
    """The usual (median) expanded uncertainty."""
    below_s: float
    near_s: float
    over_s: float
    critical_s: float
    over_kg_s: float | None
    """Load above the limit, times how long it was there."""
    phases_s: Mapping[str, float]
    zones_s: Mapping[str, float]
    shares: Mapping[str, float]

    @property
    def coverage(self) -> float | None:
        """Of the time on the client, the share with a known load."""
        return self.known_s / self.on_s if self.on_s > 0 else None


class Limits(Struct, frozen=True):
    """The limits that held from `start_s` to `end_s` of the session."""

    start_s: float
    end_s: float
    numbers: SessionNumbers


class Changed(Struct, frozen=True):
    """Somebody changed something in the session."""

    at_s: float | None
    words: str


class Called(Struct, frozen=True):
    """An alarm and when in the session it began; None: at a time that is not certain."""

    at_s: float | None
    alarm: Alarm


class SessionFacts(Struct, frozen=True):
    """One session. Times `_s` are from its beginning. `phases`: spans with looks `on`, `released`, `off`, `unknown`."""

    id: str
    station: str
    begin: Moment
    end: Moment | None
    figures: Figures
    trace: Trace
    phases: Sequence[Span]
    limits: Sequence[Limits]
    changes: Sequence[Changed]
    notes: Sequence[str]
    alarms: Sequence[Called]
    summary: Summary
    calibrations: Sequence[str]
    """Digests, in the order they were in use; more than one is strange."""
    heights: tuple[Sequence[float], Sequence[float]]
    """Of the histogram: edges in kg, seconds between them."""
    contacts_cm2: Mapping[str, float]
    """Areas that were stated for this session's therapist."""
