"""What the therapist's hands do on the bars: taking, shifting, letting go, slipping, touching, stepping down.

One law: the load on each bar, and whether somebody stands on the client, is a pure function of time once the acts are
known. It knows neither cells nor counts, and nothing of what the body's own motion adds (`bard.simulate.body`).
Figures: simulator.md, "Body" (bar share) and "Hands".
"""

from collections.abc import Sequence
from itertools import accumulate
from math import exp, pi
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from bard.simulate.track import RISE_10_90, Floats, Track

TAKE_S = (0.08, 0.45)
LET_GO_S = (0.08, 0.35)
SLIP_S = (0.015, 0.05)
STEP_DOWN_S = (0.15, 0.3)
PRESENCE_LEAD_S = (0.1, 0.5)
REGRIP_TIMES = (1.3, 2.0)
TUG_KG = (7.0, 20.0)
"""10th and 90th percentile of a tug's height (log-normal), as are the next two. All of a tug's figures are assumed."""
TUG_S = (0.18, 0.42)
TUG_GAP_S = (0.35, 0.75)
"""From the start of one tug to the start of the next; the next begins when the first is over, or later."""
TUG_UNLIKE = 0.1
"""How far (log-normal, sd) the second differs from the first, in height and in length."""
TUG_RISE_SHARE = (0.35, 0.6)
TUG_REBOUND = (0.0, 0.25)
"""So much of its height the load sinks below where it was, for as long again."""
SHIFT_MEDIAN_S = 0.8
SHIFT_SPREAD = 0.7653
"""ln(0.8 / 0.3) / 1.2816: the 10th percentile of the rise times is 0.3 s."""
SHIFT_LEAST_S = 0.25
SWAY_CORNER_HZ = 0.25
SWAY_SD_KG = (15 / 9.80665, 25 / 9.80665)
_SWAY_STEP_S = 0.05
_REGRIP_S = 0.15
_SETTLE_S = 0.5
_TOUCH_S = 0.05
_NOT_ON_S = -1.0
_NORMAL_P90 = 1.2816

ActKind = Literal["take", "shift", "let_go", "slip", "grip", "touch", "step_down", "tug"]


class Act(Struct, frozen=True):
    """One thing the hands do at `at_s`. What is None is drawn from the ranges above.

    take: both hands to `bar_kg` in all, then the therapist is on the client. shift: the intended bar load goes to
    `bar_kg`. let_go, slip: the hand on `support` (None: all) falls to `rest` of its load. grip: takes it again, first
    `times` its load. touch: `bar_kg` on `support` for `over_s`, carrying nothing. step_down: lets go and is off.
    tug: a short pull, `bar_kg` on top of whatever `support` (None: all alike) carries, there and back in `over_s`;
    one begins when the last is over, or later.
    """

    at_s: float
    kind: ActKind
    bar_kg: float = 0.0
    over_s: float | None = None
    support: int | None = None
    rest: float = 0.0
    times: float = 1.0


class Rocking(Struct, frozen=True):
    """The bar load rocks by +-`swing_kg` at `rate_hz` (simulator.md: 4-5 kg at 1.2-1.5 Hz for a minute)."""

    from_s: float
    until_s: float
    swing_kg: float
    rate_hz: float


class Lean(Struct, frozen=True):
    """A shift as the body feels it: it moves its mass from `from_s` for `for_s`."""

    from_s: float
    for_s: float


def draw_shift_s(rng: Generator) -> float:
    """Length of a shift's raised cosine; its 10-to-90-% time is log-normal with a floor."""
    rise_s = max(SHIFT_LEAST_S, SHIFT_MEDIAN_S * exp(SHIFT_SPREAD * rng.standard_normal()))
    return rise_s / RISE_10_90


def draw_gesture(rng: Generator, at_s: float, bar_kg: float | None = None) -> tuple[Act, Act]:
    """Two tugs, the first at `at_s`, as a person does them; `bar_kg` None: their height is drawn."""
    kg = _draw_log_normal(rng, TUG_KG)
    over_s = _draw_log_normal(rng, TUG_S)
    again_kg, again_s = np.exp(TUG_UNLIKE * rng.standard_normal(2)).tolist()
    gap_s = max(_draw_log_normal(rng, TUG_GAP_S), over_s)
    kg = kg if bar_kg is None else bar_kg
    return Act(at_s, "tug", kg, over_s), Act(at_s + gap_s, "tug", kg * again_kg, over_s * again_s)


def _draw_log_normal(rng: Generator, within: tuple[float, float]) -> float:
    """`within`: its 10th and 90th percentile."""
    low, high = np.log(within).tolist()
    return exp((low + high) / 2 + (high - low) / 2 / _NORMAL_P90 * rng.standard_normal())


def draw_sway(rng: Generator, duration_s: float, sd_kg: float) -> Floats:
    """First-order noise with a corner of 0.25 Hz and `sd_kg`, one value each 0.05 s."""
    keep = exp(-2 * pi * SWAY_CORNER_HZ * _SWAY_STEP_S)
    steps = rng.standard_normal(int(duration_s / _SWAY_STEP_S) + 2) * sd_kg
    steps[1:] *= (1 - keep * keep) ** 0.5
    return np.array(list(accumulate(steps.tolist(), lambda value, step: keep * value + step)))


class Hands:
    """`acts` in order of time, on `cell_counts` = the number of cells of each support.

    `floor_kg` is the least bar load the therapist lets herself have while holding on (normal work keeps below the
    limit); `presence` opens a mat shortly before a step-down lets go. Ready to be asked at any times.
    """

    def __init__(
        self,
        acts: Sequence[Act],
        cell_counts: Sequence[int],
        duration_s: float,
        rng: Generator,
        *,
        sway_kg: float | None = None,
        floor_kg: float | None = None,
        rocking: Sequence[Rocking] = (),
        presence: bool = False,
    ) -> None:
        self._rng = rng
        self._presence = presence
        self._floor_kg = floor_kg
        self._rocking = rocking
        self._sway_kg = draw_sway(rng, duration_s, rng.uniform(*SWAY_SD_KG) if sway_kg is None else sway_kg)
        self._level = Track(0.0)
        self._grip = [Track(0.0) for _ in cell_counts]
        self._touch = [Track(0.0) for _ in cell_counts]
        self._tug = [Track(0.0) for _ in cell_counts]
        self._left = Track(0.5)
        self._place = [Track(0.5) for _ in cell_counts]
        self._cell_counts = cell_counts
        self._on_since_s = _NOT_ON_S
        self.on_s: list[tuple[float, float]] = []
        """When somebody stands on the client: [from, until)."""
        self.leans: list[Lean] = []
        for act in acts:
            self._do(act)
        if self._on_since_s != _NOT_ON_S:
            self.on_s.append((self._on_since_s, float("inf")))

    def cells_kg(self, at_s: Floats) -> list[Floats]:
        """The true load of each cell, in the order of the supports, at `at_s` (seconds)."""
        loads = []
        for support_kg, place, cells in zip(self._supports_kg(at_s), self._place, self._cell_counts, strict=True):
            if cells == 2:
                first = place(at_s) * support_kg
                loads += [first, support_kg - first]
            else:
                loads += [support_kg / cells] * cells
        return loads

    def bar_kg(self, at_s: Floats) -> Floats:
        """The true load of all bars together."""
        total = np.zeros_like(at_s)
        for support_kg in self._supports_kg(at_s):
            total = total + support_kg
        return total

    def on_client(self, at_s: Floats) -> NDArray[np.bool_]:
        """Whether somebody stands on the client."""
        on = np.zeros(at_s.shape, dtype=np.bool_)
        for since_s, until_s in self.on_s:
            on |= (at_s >= since_s) & (at_s < until_s)
        return on

    def _supports_kg(self, at_s: Floats) -> list[Floats]:
        intended = self._level(at_s) + np.interp(at_s, np.arange(self._sway_kg.size) * _SWAY_STEP_S, self._sway_kg)
        for rocking in self._rocking:
            envelope = np.clip(np.minimum(at_s - rocking.from_s, rocking.until_s - at_s) / 2, 0.0, 1.0)
            intended = intended + envelope * rocking.swing_kg * np.sin(2 * pi * rocking.rate_hz * at_s)
        if self._floor_kg is not None:
            intended = np.maximum(intended, self._floor_kg)
        shares = self._shares(at_s)
        return [
            intended * share * grip(at_s) + touch(at_s) + tug(at_s)
            for share, grip, touch, tug in zip(shares, self._grip, self._touch, self._tug, strict=True)
        ]

    def _shares(self, at_s: Floats) -> list[Floats]:
        if len(self._grip) == 2:
            left = self._left(at_s)
            return [left, 1.0 - left]
        return [np.full_like(at_s, 1.0 / len(self._grip)) for _ in self._grip]

    def _do(self, act: Act) -> None:
        match act.kind:
            case "take":
                over_s = self._draw(act, TAKE_S)
                self._level.move(act.at_s, act.bar_kg)
                self._hold(act, over_s, 1.0)
                if self._on_since_s == _NOT_ON_S:
                    self._on_since_s = act.at_s + over_s
            case "shift":
                over_s = draw_shift_s(self._rng) if act.over_s is None else act.over_s
                self._level.move(act.at_s, act.bar_kg, over_s)
                self._left.move(act.at_s, self._rng.uniform(0.35, 0.65), over_s)
                for place in self._place:
                    place.move(act.at_s, self._rng.uniform(0.3, 0.7), over_s)
                self.leans.append(Lean(act.at_s, over_s))
            case "let_go":
                self._hold(act, self._draw(act, LET_GO_S), act.rest)
            case "slip":
                self._hold(act, self._draw(act, SLIP_S), act.rest)
            case "grip" if act.times != 1.0:
                self._hold(act, _REGRIP_S, act.times)
                for grip in self._hands(act):
                    grip.move(act.at_s + _REGRIP_S, 1.0, _SETTLE_S)
            case "grip":
                self._hold(act, self._draw(act, TAKE_S), 1.0)
            case "touch":
                touch = self._touch[act.support or 0]
                touch.move(act.at_s, act.bar_kg, _TOUCH_S)
                touch.move(act.at_s + (1.0 if act.over_s is None else act.over_s), 0.0, _TOUCH_S)
            case "step_down":
                self._step_down(act)
            case "tug":
                self._pull(act)

    def _step_down(self, act: Act) -> None:
        over_s = self._draw(act, STEP_DOWN_S)
        lead_s = self._rng.uniform(*PRESENCE_LEAD_S)
        self._hold(act, over_s, 0.0)
        if self._on_since_s != _NOT_ON_S:
            self.on_s.append((self._on_since_s, act.at_s - lead_s if self._presence else act.at_s + over_s))
            self._on_since_s = _NOT_ON_S

    def _pull(self, act: Act) -> None:
        over_s = _draw_log_normal(self._rng, TUG_S) if act.over_s is None else act.over_s
        rise_s = over_s * self._rng.uniform(*TUG_RISE_SHARE)
        rebound = self._rng.uniform(*TUG_REBOUND)
        tugs = self._tug if act.support is None else [self._tug[act.support]]
        kg = act.bar_kg / len(tugs)
        for tug in tugs:
            tug.move(act.at_s, kg, rise_s)
            tug.move(act.at_s + rise_s, -rebound * kg, over_s - rise_s)
            tug.move(act.at_s + over_s, 0.0, over_s)

    def _draw(self, act: Act, within_s: tuple[float, float]) -> float:
        drawn_s = self._rng.uniform(*within_s)
        return drawn_s if act.over_s is None else act.over_s

    def _hold(self, act: Act, over_s: float, share: float) -> None:
        for grip in self._hands(act):
            grip.move(act.at_s, share, over_s)

    def _hands(self, act: Act) -> list[Track]:
        return self._grip if act.support is None else [self._grip[act.support]]
