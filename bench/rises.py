"""Rises of the load on the client whose truth is known to the millisecond, and how long after them alarms come.

One law: a rise is a fall of the bar load drawn from a fixed seed; when it crosses a level, and which conversion is the
first that is past it, is worked out from the true load alone. An alarm comes when the row that decides it is closed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec import structs
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from bard.link.flatout import true_calibration
from bard.messages import Event
from bard.simulate import Cue, Room, Scenario
from bard.simulate.cells import Quality
from bard.simulate.chips import FIR
from bard.simulate.hands import Act
from bench import hours, judging, streams
from bench.streams import LINE_US, Laid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BODY_KG, LIMIT_KG, CRITICAL_KG = 70.0, 40.0, 50.0
RISE_KG = (15.0, 50.0)
SPANS_S = (0.02, 0.3, 0.8)
PAST_KG = 5.0
CALM_KG = 5.0
"""A rise begins this far below the limit at least."""
LEVELS_KG = {"load_over": LIMIT_KG, "load_critical": CRITICAL_KG}
FALL_KG, FALL_S = 20.0, 0.1
"""What support_lost is for: so much and a little more, within this."""
_FALL_MORE_KG = 2.0
LEAST_KG, MOST_KG = 6.0, 64.0
"""The client's load stays within; she never lets go."""
ROOM_RISES = 20
_FIRST_S = 10.0
_BACK_S = 0.8
_SWAY_KG = 0.5
_CALLED = 7


class Rise(NamedTuple):
    """Begins at `at_us` and is held until `until_us`; the client's load in kg."""

    at_us: int
    until_us: int
    from_kg: float
    to_kg: float


class RiseSet(NamedTuple):
    """Rises of one length in one room: `to_critical` past critical, else past the limit only."""

    span_s: float
    to_critical: bool
    scenario: Scenario
    rises: tuple[Rise, ...]


def rise_sets(count: int, quality: Quality, rate_hz: tuple[float, float]) -> list[RiseSet]:
    """`count` rises of each length and height, at most ROOM_RISES a room; the same for the same arguments."""
    sets = []
    for span_number, span_s in enumerate(SPANS_S):
        for to_critical in (False, True):
            rng = Generator(PCG64([_CALLED, span_number, to_critical]))
            for first in range(0, count, ROOM_RISES):
                sets.append(_rise_set(span_s, to_critical, min(ROOM_RISES, count - first), quality, rate_hz, rng))
    return sets


def _rise_set(
    span_s: float, to_critical: bool, count: int, quality: Quality, rate_hz: tuple[float, float], rng: Generator
) -> RiseSet:
    slow = rate_hz[0] < 20
    hold_s, rest_s = (4.0, 7.0) if slow else (2.5, 4.5)
    drawn = [_levels(to_critical, rng) for _ in range(count)]
    acts = [Act(4.0, "take", BODY_KG - drawn[0][0])]
    cues = [Cue(2_500_000, "start")]
    rises = []
    at_s = _FIRST_S
    for number, (from_kg, to_kg) in enumerate(drawn):
        at_s += rng.random()
        back_s = at_s + span_s + hold_s
        next_kg = drawn[(number + 1) % count][0]
        acts += [Act(at_s, "shift", BODY_KG - to_kg, span_s), Act(back_s, "shift", BODY_KG - next_kg, _BACK_S)]
        rises.append(Rise(round(at_s * 1e6), round(back_s * 1e6), from_kg, to_kg))
        cues.append(Cue(round((back_s + 2.5) * 1e6), "acknowledge"))
        at_s = back_s + _BACK_S + rest_s
    scenario = Scenario(
        name="rises",
        summary=f"{count} rises of the client's load in {span_s:g} s",
        duration_s=at_s,
        body_weight_kg=BODY_KG,
        limit_kg=LIMIT_KG,
        acts=tuple(acts),
        sway_kg=_SWAY_KG,
        quality=quality,
        rate_hz=rate_hz,
        cues=tuple(cues),
    )
    return RiseSet(span_s, to_critical, scenario, tuple(rises))


def _levels(to_critical: bool, rng: Generator) -> tuple[float, float]:
    """From where to where."""
    if to_critical:
        to_kg = rng.uniform(CRITICAL_KG + PAST_KG, MOST_KG)
    else:
        to_kg = rng.uniform(LIMIT_KG + PAST_KG, CRITICAL_KG - 2.0)
    least_kg = max(RISE_KG[0], to_kg - LIMIT_KG + CALM_KG)
    rise_kg = rng.uniform(least_kg, min(RISE_KG[1], to_kg - LEAST_KG))
    return to_kg - rise_kg, to_kg


def crossed_us(room: Room, rise: Rise, level_kg: float) -> int:
    """When the true load, m a left out, first is above the level; to the millisecond."""
    at_us = np.arange(rise.at_us - 500_000, rise.until_us, 1_000)
    above = room.truths(at_us).static_kg > level_kg
    if not above.any():
        raise ValueError(f"the rise at {rise.at_us / 1e6:g} s never passes {level_kg:g} kg")
    return int(at_us[above.argmax()])


def first_conversion_us(room: Room, laid: Laid, rise: Rise, level_kg: float) -> int:
    """When the first conversion is ready that is itself past the level.

    What its chip would read of the whole bar load, its own mean and settling applied to the truth, is past it.
    """
    begin_us = rise.at_us - 1_000_000
    grid_us = np.arange(begin_us, rise.until_us + 1_000, 1_000)
    bar_kg = room.truths(grid_us).bar_load_kg
    integral = np.concatenate(([0.0], np.cumsum((bar_kg[1:] + bar_kg[:-1]) / 2)))
    firsts = [rise.until_us]
    for cell in range(len(room.cells)):
        ready_us = laid.of_cell(cell)[1] - LINE_US
        period_us = float(np.median(np.diff(ready_us)))
        near_us = ready_us[(ready_us > rise.at_us) & (ready_us < rise.until_us)]
        edges_us = near_us[:, None] - period_us * np.arange(len(FIR) + 1)
        means_kg = -np.diff(np.interp(edges_us, grid_us, integral)) * 1_000 / period_us
        past = BODY_KG - (means_kg * np.array(FIR)).sum(axis=1) > level_kg
        firsts += near_us[past][:1].tolist()
    return min(firsts)


CONDITIONS = (*LEVELS_KG, "support_lost")


class Told(NamedTuple):
    """A rise and an alarm of bard: us from the first conversion that is past the level, and from the true crossing.

    Both inf where no alarm came while the load stood.
    """

    from_conversion_us: float
    from_crossing_us: float


class Timed(NamedTuple):
    """What came of one set. `told`: by condition, for the shipped guard and without, a Told a rise that passes it."""

    span_s: float
    to_critical: bool
    delays_us: dict[str, Floats]
    """By filter: (offsets, on-delays, rises), from the true crossing of the limit."""
    told: dict[tuple[str, bool], list[Told]]
    early: int
    """Alarms of load_over or load_critical while no rise was under way."""


def time_rises(task: tuple[RiseSet, int]) -> Timed:
    """Every filter and bard's decisions on one set; the second of `task` seeds the room."""
    rise_set, seed = task
    room = Room(rise_set.scenario, seed)
    settings = streams.settings_of(room)
    calibration, laid = true_calibration(room, settings), streams.lay(room, settings)
    crossings = [(rise.at_us, rise.until_us, crossed_us(room, rise, LIMIT_KG)) for rise in rise_set.rises]
    views = judging.views_of(room, laid, settings, calibration, seed)
    told: dict[tuple[str, bool], list[Told]] = {}
    early = 0
    for guarded in (True, False):
        budget = settings.uncertainty if guarded else structs.replace(settings.uncertainty, guard_band=0.0)
        events = streams.decide(room, structs.replace(settings, uncertainty=budget), calibration, laid=laid)
        on = judging.watched(laid, events)
        for condition in CONDITIONS:
            levels = [(rise, _level_kg(condition, rise, rise_set.span_s)) for rise in rise_set.rises]
            told[condition, guarded] = [
                _told(room, laid, events, rise, condition, level_kg)
                for rise, level_kg in levels
                if level_kg is not None
            ]
        early += sum(
            not _within(rise_set.rises, event.at_us) for event in hours.raised(events) if event.id in hours.LOAD
        )
    delays_us = {name: judging.delays_us(view, on, laid, LIMIT_KG, crossings) for name, view in views.items()}
    return Timed(rise_set.span_s, rise_set.to_critical, delays_us, told, early)


def _level_kg(condition: str, rise: Rise, span_s: float) -> float | None:
    """Past which load on the client it should tell of this rise; None: it is not for such a one."""
    if condition == "support_lost":
        falls = span_s <= FALL_S and rise.to_kg - rise.from_kg >= FALL_KG + _FALL_MORE_KG
        return rise.from_kg + FALL_KG if falls else None
    return LEVELS_KG[condition] if rise.to_kg > LEVELS_KG[condition] else None


def _within(rises: Sequence[Rise], at_us: int) -> bool:
    return any(rise.at_us <= at_us <= rise.until_us + round(_BACK_S * 1e6) for rise in rises)


def _told(room: Room, laid: Laid, events: Sequence[Event], rise: Rise, condition: str, level_kg: float) -> Told:
    for event in hours.raised(events, condition):
        if rise.at_us <= event.at_us < rise.until_us:
            closed_us = laid.closed_us[np.searchsorted(laid.at_us, event.at_us)]
            first_us = first_conversion_us(room, laid, rise, level_kg)
            return Told(float(closed_us - first_us), float(closed_us - crossed_us(room, rise, level_kg)))
    return Told(np.inf, np.inf)
