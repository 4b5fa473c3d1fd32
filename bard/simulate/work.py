"""Normal work as a list of acts: shifts, rocking, both hands off, stepping down and up again.

One law: it only draws what happens and when; what that does to a load is `bard.simulate.hands`.
Figures: simulator.md, "Body", "Hands" and "Normal work".
"""

from msgspec import Struct
from numpy.random import Generator

from bard.simulate.hands import Act, Rocking

SHIFT_EACH_S = (4.0, 15.0)
SHIFT_KG = (10.0, 50.0)
ROCKING_KG = (4.0, 5.0)
ROCKING_HZ = (1.2, 1.5)
ROCKING_S = 60.0
TOUCH_KG = (0.2, 2.0)
TOUCH_S = (0.1, 3.0)
_ROCKING_EACH_S = 600.0
_HANDS_OFF_S = (0.8, 4.0)
_AWAY_S = (8.0, 40.0)


class Work(Struct, frozen=True):
    """Work from `from_s` on, with the bar load between `least_kg` and `most_kg`; the rates are per hour."""

    least_kg: float
    most_kg: float
    from_s: float = 4.0
    step_downs: float = 0.0
    hands_off: float = 0.0
    rocking: bool = False


def draw_work(work: Work, duration_s: float, supports: int, rng: Generator) -> tuple[list[Act], list[Rocking]]:
    """The acts of `duration_s` of work in order of time, and when it rocks."""
    acts: list[Act] = []
    at_s = work.from_s
    while at_s < duration_s:
        stay_s = rng.exponential(3600 / work.step_downs) if work.step_downs else duration_s
        until_s = at_s + max(stay_s, 20.0)
        acts += _draw_stay(work, at_s, min(until_s, duration_s), rng)
        if until_s < duration_s:
            acts.append(Act(until_s, "step_down"))
        back_s = until_s + rng.uniform(*_AWAY_S)
        touch_s = (until_s + back_s) / 2
        if touch_s + TOUCH_S[1] < min(back_s, duration_s):
            support = int(rng.integers(supports))
            acts.append(Act(touch_s, "touch", rng.uniform(*TOUCH_KG), rng.uniform(*TOUCH_S), support))
        at_s = back_s
    return acts, _draw_rocking(duration_s, rng) if work.rocking else []


def _draw_stay(work: Work, from_s: float, until_s: float, rng: Generator) -> list[Act]:
    """One stay on the client: take the bars, then a shift each 4-15 s or, seldom, both hands off in its place."""
    level_kg = rng.uniform(work.least_kg, work.most_kg)
    acts = [Act(from_s, "take", level_kg)]
    mean_gap_s = sum(SHIFT_EACH_S) / 2
    at_s = from_s + rng.uniform(*SHIFT_EACH_S)
    while at_s < until_s - _HANDS_OFF_S[1] - 1.0:
        if rng.random() < work.hands_off * mean_gap_s / 3600:
            acts.append(Act(at_s, "let_go"))
            at_s += rng.uniform(*_HANDS_OFF_S)
            acts.append(Act(at_s, "grip"))
        else:
            level_kg = _draw_level(work, level_kg, rng)
            acts.append(Act(at_s, "shift", level_kg))
        at_s += rng.uniform(*SHIFT_EACH_S)
    return acts


def _draw_level(work: Work, level_kg: float, rng: Generator) -> float:
    """A new level 10 to 50 kg away, as far as the range allows."""
    up_kg, down_kg = work.most_kg - level_kg, level_kg - work.least_kg
    upwards = rng.random() < 0.5
    if min(up_kg, down_kg) < SHIFT_KG[0]:
        upwards = up_kg > down_kg
    room_kg = up_kg if upwards else down_kg
    step_kg = rng.uniform(min(SHIFT_KG[0], room_kg), min(SHIFT_KG[1], room_kg))
    return level_kg + step_kg if upwards else level_kg - step_kg


def _draw_rocking(duration_s: float, rng: Generator) -> list[Rocking]:
    """A minute of rocking in each ten, at a drawn place."""
    rocking = []
    for start_s in range(0, int(duration_s), int(_ROCKING_EACH_S)):
        from_s = start_s + rng.uniform(0, _ROCKING_EACH_S - ROCKING_S)
        rocking.append(Rocking(from_s, from_s + ROCKING_S, rng.uniform(*ROCKING_KG), rng.uniform(*ROCKING_HZ)))
    return rocking
