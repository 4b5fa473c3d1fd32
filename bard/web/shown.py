"""A snapshot as a page shows it: every number already rounded and in the unit that people read.

One law: the same words and rounding as in a terminal (bard.control); unknown is null. What stands on every page is no
more than this: no name of a person and no body weight. Pure.
"""

from math import ceil

from msgspec import Struct

from bard.control.health import are_parts_well, health_words, is_pushing_up
from bard.control.level import Level, level_of
from bard.control.units import Unit
from bard.control.words import ALARM_STATE_WORDS, alarm_words, in_unit, kg_words, load_in_unit, u_words
from bard.messages import AlarmSnapshot, SessionSnapshot, Snapshot, SupportSnapshot
from bard.settings import HIGHEST_HZ, MOST_HARMONICS, PATTERNS, PITCH_HZ, PULSE_FALL, PULSE_RISE


class Marks(Struct, frozen=True):
    """Near, limit and critical, as words and as numbers in the unit; `warn`: where load_over begins, in words."""

    near_words: str
    limit_words: str
    critical_words: str
    warn_words: str
    near: float
    limit: float
    critical: float


class Zone(Struct, frozen=True):
    """A part of the client with a limit of its own."""

    name: str
    words: str


class Hold(Struct, frozen=True):
    """A bar, rope, pole or strap point: its load in words, and its share of all where that can be told."""

    name: str
    words: str
    known: bool
    share: float | None


class Alarm(Struct, frozen=True):
    """A condition that is shown, in words; `waits`: to be acknowledged."""

    id: str
    priority: str
    state: str
    words: str
    since_s: int
    waits: bool


class View(Struct, frozen=True):
    """What a page shows. `load` and `u` are numbers in the unit, for the bar and the chart; `words` are read."""

    at_us: int
    station: str
    unit: str
    level: Level
    number_words: str | None
    u_words: str | None
    load: float | None
    u: float | None
    marks: Marks | None
    phase: str
    phase_s: int
    zone: str | None
    zones: tuple[Zone, ...]
    bars_words: str
    pushing_up: bool
    supports: tuple[Hold, ...]
    alarms: tuple[Alarm, ...]
    vibrator: int
    buzzer: int
    signal_of: str
    paused_s: int
    well: bool
    """Boards and cells; alarms speak for themselves."""
    health_words: str
    weigh_in_words: str | None


def view_of(snapshot: Snapshot, unit: Unit) -> View:
    """The whole of it."""
    load_kg, u_kg, session = snapshot.client_load_kg, snapshot.u_kg, snapshot.session
    if session is None or snapshot.phase == "off":
        load_kg = u_kg = None
    zones = session.zones if session is not None else {}
    return View(
        at_us=snapshot.at_us,
        station=snapshot.station,
        unit=unit.name,
        level=level_of(snapshot),
        number_words=None if load_kg is None else load_in_unit(load_kg, u_kg, unit),
        u_words=None if u_kg is None else u_words(u_kg * unit.per_kg),
        load=_rounded(load_kg, unit),
        u=_rounded(u_kg, unit),
        marks=None if session is None else _marks(session, unit),
        phase=snapshot.phase,
        phase_s=max(0, (snapshot.at_us - snapshot.phase_since_us) // 1_000_000),
        zone=session.zone if session is not None else None,
        zones=tuple(Zone(name, kg_words(limit_kg, unit)) for name, limit_kg in sorted(zones.items())),
        bars_words=kg_words(snapshot.bar_load_kg, unit),
        pushing_up=is_pushing_up(snapshot),
        supports=tuple(_hold(one, unit) for one in snapshot.supports),
        alarms=tuple(_alarm(alarm, snapshot.at_us, unit) for alarm in snapshot.alarms),
        vibrator=snapshot.vibrator,
        buzzer=snapshot.buzzer,
        signal_of=snapshot.signal_of,
        paused_s=ceil(snapshot.audio_paused_s),
        well=are_parts_well(snapshot),
        health_words=health_words(snapshot),
        weigh_in_words=snapshot.weigh_in.words if snapshot.weigh_in is not None else None,
    )


def signals() -> dict[str, object]:
    """The one table of rhythms, and what a pulse sounds like, for the page's sound and vibration."""
    return {
        "patterns": PATTERNS,
        "pitch_hz": PITCH_HZ,
        "most_harmonics": MOST_HARMONICS,
        "highest_hz": HIGHEST_HZ,
        "rise": PULSE_RISE,
        "fall": PULSE_FALL,
    }


def _rounded(value_kg: float | None, unit: Unit) -> float | None:
    """For drawing: no more digits than a pixel is worth."""
    return None if value_kg is None else round(value_kg * unit.per_kg, 2)


def _marks(session: SessionSnapshot, unit: Unit) -> Marks:
    near, limit, critical, warn = (
        in_unit(kg, unit) for kg in (session.near_kg, session.limit_kg, session.critical_kg, session.warn_kg)
    )
    places = (round(kg * unit.per_kg, 2) for kg in (session.near_kg, session.limit_kg, session.critical_kg))
    return Marks(near, limit, critical, warn, *places)


def _hold(support: SupportSnapshot, unit: Unit) -> Hold:
    """The share outlives a load that is not known; a page does not show it then."""
    known = support.load_kg is not None
    return Hold(support.name, kg_words(support.load_kg, unit), known, support.share if known else None)


def _alarm(alarm: AlarmSnapshot, at_us: int, unit: Unit) -> Alarm:
    return Alarm(
        id=alarm.id,
        priority=alarm.priority,
        state=ALARM_STATE_WORDS.get(alarm.state, alarm.state),
        words=alarm_words(alarm, unit),
        since_s=max(0, (at_us - alarm.since_us) // 1_000_000),
        waits="acknowledged" not in alarm.state,
    )
