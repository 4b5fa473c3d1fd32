"""Facts of made-up sessions: an hour of work with a gap, one alarm of each kind, and what else may come."""

import numpy as np
from msgspec.structs import replace

from bard.client.uncertainty import Basis
from bard.journal.alarms import Alarm, Moment, summarize
from bard.messages import SessionNumbers
from bard.report.chart import Span
from bard.report.decimate import Trace
from bard.report.facts import Called, Changed, Figures, Limits, SessionFacts

SESSION = "3f9c2a7be1d04586"
BOOT = "b" * 32
NUMBERS = SessionNumbers(70.0, Basis.HUNG, 40.0, 34.0, 50.0, 1.6)
ZONE = replace(NUMBERS, limit_kg=30.0, near_kg=25.5, critical_kg=37.5, zone="lower back")


def moment(at_s: float, trusted: bool = True) -> Moment:
    """10:00 on 2 March 2026, UTC, and so long after."""
    return Moment(BOOT, round(at_s * 1e6), 1_772_445_600_000 + round(at_s * 1000), trusted)


def alarm(number: int, at_s: float, condition: str = "load_over", priority: str = "medium", **more: object) -> Alarm:
    """It lasts 3 s; the load is back after 2.4 s."""
    values: dict[str, object] = {
        "meaning": "the load on the client is above the limit",
        "subjects": (),
        "phase": "on",
        "begin": moment(at_s),
        "peak_kg": 43.5,
        "peak_u_kg": 1.8,
        "limit_kg": 40.0,
        "guard_kg": 1.6,
        "back": moment(at_s + 2.4),
        "end": moment(at_s + 3.0),
        "outcome": "over",
    }
    return Alarm(number, SESSION, condition, priority, **(values | more))  # type: ignore[arg-type]


ALARMS = (
    alarm(1, 612.0),
    alarm(2, 1500.0, "load_unknown", "high", meaning="the load on the client is unknown", peak_kg=None, limit_kg=None),
    alarm(3, 2405.0, "load_critical", "high", peak_kg=52.0, acknowledged=moment(2409.0), by="pedal"),
    alarm(4, 2406.0, "load_near", "cue"),
    alarm(5, 3000.0, "link_lost", "low", meaning="no data from a board", subjects=("a",), peak_kg=None, limit_kg=None),
)


def hour() -> SessionFacts:
    """An hour: on from 2 min on, a gap of a minute at 25 min, off between 33 and 36 min."""
    at_s = np.arange(1, 36_001) / 10
    rng = np.random.default_rng(5)
    mid = 27 + 6 * np.sin(at_s / 45) + 3 * np.sin(at_s / 7) + rng.normal(0, 0.4, 36_000)
    mid += 14 * np.exp(-(((at_s - 613) / 3) ** 2)) + 22 * np.exp(-(((at_s - 2406) / 3) ** 2))
    for first_s, last_s in ((0, 120), (1500, 1560), (1980, 2160)):
        mid[(at_s > first_s) & (at_s <= last_s)] = np.nan
    spread = np.abs(rng.normal(0, 0.7, 36_000))
    trace = Trace(at_s, mid - spread, mid, mid + spread, np.full(36_000, 1.8), 0.1)
    known = mid[np.isfinite(mid)]
    edges = np.arange(0.0, 64.0, 2.0)
    heights = np.histogram(known, edges)[0] / 10
    over, critical = float((known >= 40).sum() / 10), float((known >= 50).sum() / 10)
    return SessionFacts(
        id=SESSION,
        station="room1",
        begin=moment(0),
        end=moment(3600),
        figures=Figures(
            length_s=3600.0,
            on_s=3300.0,
            known_s=len(known) / 10,
            peak_kg=float(known.max()),
            peak_u_kg=1.8,
            peak_fast_kg=float(known.max()) + 3,
            mean_kg=float(known.mean()),
            p50_kg=float(np.percentile(known, 50)),
            p95_kg=float(np.percentile(known, 95)),
            p99_kg=float(np.percentile(known, 99)),
            u_kg=1.8,
            below_s=float((known < 34).sum() / 10),
            near_s=float(((known >= 34) & (known < 40)).sum() / 10),
            over_s=over - critical,
            critical_s=critical,
            over_kg_s=55.0,
            phases_s={"on": 3200.0, "released": 100.0, "off": 300.0},
            zones_s={"none": 1500.0, "lower back": 1800.0},
            shares={"left bar": 0.54, "right bar": 0.46},
        ),
        trace=trace,
        phases=[
            *(Span(0, 120, "off"), Span(120, 1500, "on"), Span(1500, 1560, "unknown"), Span(1560, 1980, "on")),
            *(Span(1980, 2160, "off"), Span(2160, 2700, "on"), Span(2700, 2800, "released"), Span(2800, 3600, "on")),
        ],
        limits=[Limits(0, 1800, NUMBERS), Limits(1800, 3600, ZONE)],
        changes=[Changed(1800.0, "zone lower back; limit 40.0 to 30.0 kg")],
        notes=["no presence input: after letting go you count as on the client"],
        alarms=[Called(one.begin.at_us / 1e6, one) for one in ALARMS],
        summary=summarize(ALARMS),
        calibrations=["0123456789ab"],
        heights=(edges.tolist(), heights.tolist()),
        contacts_cm2={"two feet": 220.0, "heel": 30.0},
    )


def nothing_known() -> SessionFacts:
    """Ten minutes on the client with a broken cell."""
    whole = hour()
    trace = Trace(*(np.full(6_000, np.nan) if name != "at_s" else np.arange(1, 6_001) / 10 for name in _COLUMNS), 0.1)
    figures = Figures(600.0, 600.0, 0.0, *[None] * 8, 0.0, 0.0, 0.0, 0.0, None, {"on": 600.0}, {}, {})  # type: ignore[arg-type]
    return replace(
        whole,
        end=None,
        figures=figures,
        trace=trace,
        phases=[Span(0, 600, "unknown")],
        limits=[Limits(0, 600, NUMBERS)],
        heights=([], []),
    )


def nobody_on() -> SessionFacts:
    """Five minutes in which nobody took the bars."""
    trace = Trace(*(np.empty(0) for _ in _COLUMNS), 0.1)
    figures = Figures(300.0, 0.0, 0.0, *[None] * 8, 0.0, 0.0, 0.0, 0.0, None, {"off": 300.0}, {}, {})  # type: ignore[arg-type]
    return replace(
        hour(),
        figures=figures,
        trace=trace,
        phases=[Span(0, 300, "off")],
        limits=[Limits(0, 300, NUMBERS)],
        changes=[],
        notes=[],
        alarms=[],
        summary=summarize([]),
        heights=([], []),
        contacts_cm2={},
    )


_COLUMNS = ("at_s", "low", "mid", "high", "u")
EVERY = {"an hour": hour, "nothing known": nothing_known, "nobody on": nobody_on}
