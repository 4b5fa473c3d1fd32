"""Facts of made-up sessions: an hour of work with a gap, one alarm of each kind, and what else may come."""

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from bard.client.uncertainty import Basis
from bard.journal.alarms import Alarm, Moment, summarize
from bard.journal.series import PHASES, Series, joined
from bard.journal.statistics import statistics
from bard.messages import SessionNumbers
from bard.monitor import Judged
from bard.report.facts import Called, Changed, Limits, SessionFacts
from bard.report.gather import loads_of

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


def series(seconds: int, mid_kg: np.ndarray, phases: Sequence[tuple[str, float, float]]) -> Series:  # type: ignore[type-arg]
    """Ten a second, with the zone from half time on; `phases`: name, from, to; elsewhere nobody was on."""
    n = 10 * seconds
    bins = np.arange(n, dtype=np.int32)
    phase = np.full(n, PHASES.index("off"), np.int32)
    for name, first_s, last_s in phases:
        phase[round(first_s * 10) : round(last_s * 10)] = PHASES.index(name)
    mid_kg = np.where(phase == PHASES.index("off"), np.nan, mid_kg)
    spread_kg = np.abs(np.random.default_rng(6).normal(0, 0.7, n))
    known = np.isfinite(mid_kg) | (phase == PHASES.index("off"))
    marks = tuple(Judged(numbers, "0123456789ab", ("left bar", "right bar")) for numbers in (NUMBERS, ZONE))
    bar_kg = np.where(known, np.where(np.isfinite(mid_kg), 70 - mid_kg, 0.0), np.nan)
    return Series(
        bin=bins,
        rows=np.full(n, 10, np.int32),
        known=np.where(known, 10, 0).astype(np.int32),
        phase=phase,
        judged=(bins >= n / 2).astype(np.int32),
        client_min_kg=mid_kg - spread_kg,
        client_mean_kg=mid_kg,
        client_max_kg=mid_kg + spread_kg,
        client_fast_max_kg=mid_kg + 3 * spread_kg,
        u_kg=np.where(np.isfinite(mid_kg), 1.8, np.nan),
        bar_mean_kg=bar_kg,
        support_kg=np.stack([0.54 * bar_kg, 0.46 * bar_kg], axis=1),
        supports=("left bar", "right bar"),
        marks=marks,
    )


def facts_of(found: Series, seconds: int, **more: object) -> SessionFacts:
    values: dict[str, object] = {
        "id": SESSION,
        "station": "room1",
        "begin": moment(0),
        "end": moment(seconds),
        "length_s": float(seconds),
        "statistics": statistics(found, 10 * seconds),
        "loads": loads_of(found),
        "limits": [Limits(0, seconds / 2, NUMBERS), Limits(seconds / 2, seconds, ZONE)],
        "changes": [Changed(seconds / 2, "zone lower back; limit 40.0 to 30.0 kg")],
        "notes": ["no presence input: after letting go you count as on the client"],
        "alarms": [Called(one.begin.at_us / 1e6, one) for one in ALARMS],
        "summary": summarize(ALARMS),
        "calibrations": ["0123456789ab"],
        "contacts_cm2": {"two feet": 220.0, "heel": 30.0},
    }
    return SessionFacts(**(values | more))  # type: ignore[arg-type]


QUIET: dict[str, object] = {"alarms": [], "summary": summarize([]), "changes": [], "notes": []}


def hour() -> SessionFacts:
    """An hour: on from 2 min on, unknown for a minute at 25 min, off between 33 and 36 min, hands off at 45 min."""
    at_s = np.arange(36_000) / 10
    rng = np.random.default_rng(5)
    mid_kg = 25 + 5 * np.sin(at_s / 45) + 2 * np.sin(at_s / 7) + rng.normal(0, 0.4, 36_000)
    mid_kg += 16 * np.exp(-(((at_s - 613) / 3) ** 2)) + 24 * np.exp(-(((at_s - 2406) / 3) ** 2))
    mid_kg[15_000:15_600] = np.nan
    phases = [("on", 120, 1980), ("on", 2160, 2700), ("released", 2700, 2710), ("on", 2710, 3600)]
    return facts_of(series(3600, mid_kg, phases), 3600)


def nothing_known() -> SessionFacts:
    """Ten minutes on the client with a broken cell."""
    return facts_of(series(600, np.full(6_000, np.nan), [("on", 0, 600)]), 600, end=None, alarms=ALARMS_EARLY)


def nobody_on() -> SessionFacts:
    """Five minutes in which nobody took the bars."""
    return facts_of(series(300, np.full(3_000, np.nan), []), 300, **QUIET, contacts_cm2={})


def series_gone() -> SessionFacts:
    """Its series was removed, its statistics stay."""
    return replace(hour(), loads=None)


def restarted() -> SessionFacts:
    """A minute in the middle was not watched."""
    whole = series(600, np.full(6_000, 30.0), [("on", 0, 600)])
    rest = joined([whole.between(0, 2_700), whole.between(3_300, 6_000)])
    return facts_of(rest, 600, **QUIET)


ALARMS_EARLY = [Called(300.0, ALARMS[1])]
EVERY = {
    "an hour": hour,
    "nothing known": nothing_known,
    "nobody on": nobody_on,
    "series gone": series_gone,
    "restarted": restarted,
}
