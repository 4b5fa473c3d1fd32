"""Normal work, judged: what every filter would raise, what bard did raise, and what was true at the time.

One law: an alarm is sorted by the true loads alone, never by what bard thought of them.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from bard.alarm.states import HOLDING
from bard.link.flatout import true_calibration
from bard.messages import ConditionChanged, Event
from bard.settings import AlarmSettings
from bard.simulate import Room, Truths, normal_work
from bard.simulate.cells import Quality
from bench import judging, streams
from bench.peers import of_last
from bench.streams import Laid

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LOAD = ("load_over", "load_critical")
TELLING = (*LOAD, "support_lost", "hands_off")
"""Who tells of a client that carries too much."""
FALL_KG, FALL_ROWS = 15.0, 10
"""A true fall of the bar load: so much within 0.1 s."""
FALL_SEEN_ROWS = 40
STEPPED_ROWS = (60, 300)
"""So long before and after somebody left the client, an alarm belongs to the step-down."""
LET_GO_KG = 2.5
LET_GO_ROWS = (100, 400)
"""So long before the bars are free, and after, an alarm belongs to hands that let go."""
_HOLDING = {state.value for state in HOLDING}


class Work(NamedTuple):
    """What to simulate: a session of normal work."""

    seed: int
    hours: float
    quality: Quality
    rate_hz: tuple[float, float]
    presence: bool
    swept: bool


class Judged(NamedTuple):
    """What came of it. `raised`: how often by (condition, when, verdict); `false`: by filter, (offsets, on-delays)."""

    hours: float
    false: dict[str, Ints]
    raised: Counter[tuple[str, str, str]]
    step_downs: int
    let_gos: int
    passed: int
    """Times the true mean was above the limit for a second or longer, and those among them without an alarm."""
    missed: int


def work(task: Work) -> Judged:
    """Simulate and judge it."""
    scenario = structs.replace(
        normal_work(task.hours * 3600, task.presence), quality=task.quality, rate_hz=task.rate_hz
    )
    room = Room(scenario, task.seed)
    settings = streams.settings_of(room)
    calibration, laid = true_calibration(room, settings), streams.lay(room, settings)
    events = streams.decide(room, settings, calibration, laid=laid)
    truths = room.truths(laid.at_us)
    false: dict[str, Ints] = {}
    if task.swept:
        on, limit_kg = judging.watched(laid, events), scenario.limit_kg
        verdict = judging.verdicts(truths.static_kg, limit_kg).false
        views = judging.views_of(room, laid, settings, calibration, task.seed)
        row_us = settings.wire.row_us
        false = {name: judging.count_false(view, on, verdict, limit_kg, row_us) for name, view in views.items()}
    left = np.flatnonzero(truths.on_client[:-1] & ~truths.on_client[1:])
    let_go = truths.on_client & (truths.bar_load_kg < LET_GO_KG)
    passed, missed = _missed(truths, laid, events, scenario.limit_kg)
    return Judged(
        hours=task.hours,
        false=false,
        raised=_sorted(events, truths, left, laid, _limits_kg(scenario.limit_kg, settings.alarm)),
        step_downs=len(left),
        let_gos=len(judging.runs(let_go)[0]),
        passed=passed,
        missed=missed,
    )


def raised(events: Sequence[Event], condition: str | None = None) -> list[ConditionChanged]:
    """When conditions began to call for attention, each time anew."""
    return [
        event
        for event in events
        if isinstance(event, ConditionChanged)
        and event.state == "active"
        and event.was.startswith("pending")
        and condition in (None, event.id)
    ]


def _limits_kg(limit_kg: float, settings: AlarmSettings) -> dict[str, float]:
    critical_kg = max(limit_kg * settings.critical_fraction, limit_kg + settings.critical_least_kg)
    return {"load_over": limit_kg, "load_critical": critical_kg}


def _sorted(
    events: Sequence[Event], truths: Truths, left: Ints, laid: Laid, limits_kg: dict[str, float]
) -> Counter[tuple[str, str, str]]:
    """Every alarm by its name, by when it came and by what was true."""
    bar_kg = truths.bar_load_kg
    falls_kg = of_last(bar_kg, FALL_ROWS + 1, np.maximum) - bar_kg
    fell = of_last(falls_kg, FALL_SEEN_ROWS, np.maximum) >= FALL_KG
    stepped = _around(left, STEPPED_ROWS, len(bar_kg))
    let_go = _around(np.flatnonzero(truths.on_client & (bar_kg < LET_GO_KG)), LET_GO_ROWS, len(bar_kg))
    verdict_of = {condition: judging.verdicts(truths.static_kg, kg) for condition, kg in limits_kg.items()}
    counted: Counter[tuple[str, str, str]] = Counter()
    for event in raised(events):
        row = min(int(np.searchsorted(laid.at_us, event.at_us)), len(bar_kg) - 1)
        when = "step-down" if stepped[row] else "hands off" if let_go[row] else "work"
        if event.id in verdict_of:
            verdict = verdict_of[event.id]
            what = "false" if verdict.false[row] else "ahead" if verdict.ahead[row] else "true"
        elif event.id == "support_lost":
            what = "true" if fell[row] else "false"
        else:
            what = ""
        counted[event.id, when, what] += 1
    return counted


def _around(rows: Ints, before_after: tuple[int, int], size: int) -> Bools:
    """Which of `size` rows lie around one of `rows`."""
    before, after = before_after
    begins = np.bincount(np.maximum(rows - before, 0), minlength=size + 1)
    ends = np.bincount(np.minimum(rows + after, size), minlength=size + 1)
    return np.asarray((begins - ends).cumsum()[:size] > 0)


def _missed(truths: Truths, laid: Laid, events: Sequence[Event], limit_kg: float) -> tuple[int, int]:
    """How often the true mean was above the limit for a second, and how often nothing held by its end."""
    holds = np.zeros(len(laid.at_us), np.bool_)
    since: dict[str, int] = {}
    for event in events:
        if isinstance(event, ConditionChanged) and event.id in TELLING:
            row = int(np.searchsorted(laid.at_us, event.at_us))
            if event.id in since:
                holds[since.pop(event.id) : row] = True
            if event.state in _HOLDING:
                since[event.id] = row
    for row in since.values():
        holds[row:] = True
    starts, ends = judging.runs(judging.true_mean_kg(truths.static_kg) > limit_kg)
    starts = starts[ends - starts >= judging.SECOND_ROWS]
    silent = [row for row in starts.tolist() if not holds[row : row + judging.SECOND_ROWS].any()]
    return len(starts), len(silent)
