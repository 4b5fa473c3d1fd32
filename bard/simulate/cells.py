"""A load cell and what becomes of its load on the way to 24 bits: gain, offset, every imperfection, every fault.

One law: counts come only from the load, the time and this cell's own streams of chance, chunk by chunk in order. It
knows neither boards nor frames, and nothing of how the host judges counts.
Figures: simulator.md, "Cell" and "Glitches".
"""

from collections.abc import Sequence
from itertools import accumulate
from math import exp, pi, sin, sqrt
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from bard.simulate.track import Floats
from bard.wire.frames import RAIL_HIGH, RAIL_LOW

Counts = NDArray[np.int64]
Quality = Literal["good", "usual", "poor", "broken"]
CellFaultKind = Literal["silent", "open", "saturated", "stuck", "poor"]

NOISE_SD_COUNTS: dict[Quality, float] = {"good": 40, "usual": 150, "poor": 450, "broken": 450}
GLITCH_SHARE: dict[Quality, float] = {"good": 0.0002, "usual": 0.001, "poor": 0.015, "broken": 0.15}
COUNTS_PER_KG = (10_000.0, 40_000.0)
SPAN_SD = 0.007
OFFSET_SD_COUNTS = 200_000.0
NONLINEARITY = HYSTERESIS = (0.0002, 0.0003)
CREEP = 0.0003
CREEP_S = (300.0, 600.0)
WARM_UP = 0.0003
WARM_UP_S = 17 * 60.0
THERMAL_PER_K = 0.0002 / 10
WALK_PER_ROOT_HOUR = 0.0001
NOISE_KEEP = 0.25
OPEN_HZ = (50.0, 60.0)
OPEN_RAIL_SHARE = 0.17
MAINS_WANDER = 0.002
GLITCH_KINDS = (0.40, 0.25, 0.20, 0.10, 0.05)
"""Shares of: one bit of 16-23 flipped, shifted left, 2^n - 1 or 0 or -1, another gain, sign lost."""

_FULL_SCALE_COUNTS = 2**22
_SWING_K = 2.0
_SWING_S = 7200.0
_AR_TAPS = NOISE_KEEP ** np.arange(9)
_OPEN_COUNTS = (RAIL_HIGH + 1) / sin((1 - OPEN_RAIL_SHARE) * pi / 2)
_PLAY = 0.05


class CellFault(Struct, frozen=True):
    """What is wrong with a cell (`channel` None: with every cell of the board) in [at_s, until_s).

    silent: DOUT off. open: a wire of the bridge broken, mains hum at full scale. saturated, stuck: the rail, the last
    good count for ever. poor: the noise and the glitches of a poor link.
    """

    kind: CellFaultKind
    at_s: float
    until_s: float
    board: int = 0
    channel: int | None = 0


class CellSpec(Struct, frozen=True):
    """A cell's constants. `counts_per_kg` is signed; shares are of the capacity. All zero: an exact cell.

    `drift_kg_per_h`: a steady drift besides all that is drawn."""

    counts_per_kg: float
    zero_counts: float
    noise_sd_counts: float = 0.0
    glitch_share: float = 0.0
    nonlinearity: float = 0.0
    hysteresis: float = 0.0
    creep: float = 0.0
    creep_s: float = CREEP_S[0]
    warm_up: float = 0.0
    thermal_per_k: float = 0.0
    walk_per_root_hour: float = 0.0
    drift_kg_per_h: float = 0.0

    @property
    def capacity_kg(self) -> float:
        """Rated load: a quarter of the converter's range."""
        return _FULL_SCALE_COUNTS / abs(self.counts_per_kg)


def draw_cell(
    rng: Generator, type_counts_per_kg: float, quality: Quality, *, span_sd: float = SPAN_SD, backwards: bool = False
) -> CellSpec:
    """A mounted cell of a type of nominally `type_counts_per_kg`; `backwards`: signal wires swapped."""
    signs = rng.choice([-1.0, 1.0], size=4)
    counts_per_kg = type_counts_per_kg * (1 + span_sd * rng.standard_normal())
    return CellSpec(
        counts_per_kg=-counts_per_kg if backwards else counts_per_kg,
        zero_counts=OFFSET_SD_COUNTS * rng.standard_normal(),
        noise_sd_counts=NOISE_SD_COUNTS[quality],
        glitch_share=GLITCH_SHARE[quality],
        nonlinearity=signs[0] * rng.uniform(*NONLINEARITY),
        hysteresis=rng.uniform(*HYSTERESIS),
        creep=signs[1] * CREEP,
        creep_s=rng.uniform(*CREEP_S),
        warm_up=signs[2] * WARM_UP,
        thermal_per_k=signs[3] * THERMAL_PER_K * (5 if quality in ("poor", "broken") else 1),
        walk_per_root_hour=WALK_PER_ROOT_HOUR,
    )


class Cell:
    """Turns loads at conversion times into counts. `noise`, `glitches` and `drift` are streams of its own."""

    def __init__(
        self,
        spec: CellSpec,
        faults: Sequence[CellFault],
        noise: Generator,
        glitches: Generator,
        drift: Generator,
    ) -> None:
        self.spec = spec
        self._faults = faults
        self._noise = noise
        self._glitches = glitches
        self._drift = drift
        self._swing_phase = drift.uniform(0, 2 * pi)
        self._mains_hz = float(drift.choice(OPEN_HZ)) * (1 + drift.uniform(-MAINS_WANDER, MAINS_WANDER))
        self._hum_phase = drift.uniform(0, 2 * pi)
        self._steps = noise.standard_normal(_AR_TAPS.size - 1)
        self._walk_kg = 0.0
        self._crept_kg = 0.0
        self._slack_kg = 0.0
        self._last = round(spec.zero_counts)
        self._last_s = 0.0

    def counts(self, times_s: Floats, load_kg: Floats) -> Counts:
        """The counts of conversions at `times_s` that saw `load_kg`, both of shape (n,)."""
        if not times_s.size:
            return np.zeros(0, dtype=np.int64)
        felt_kg = load_kg + self._bend_kg(load_kg) + self._creep_kg(times_s, load_kg) + self._drift_kg(times_s)
        poor = self._during("poor", times_s)
        sd = np.where(poor, NOISE_SD_COUNTS["poor"], self.spec.noise_sd_counts)
        ideal = self.spec.zero_counts + self.spec.counts_per_kg * felt_kg + self._draw_noise(times_s.size) * sd
        hum = self._during("open", times_s)
        if hum.any():
            ideal[hum] = _OPEN_COUNTS * np.sin(2 * pi * self._mains_hz * times_s[hum] + self._hum_phase)
        ideal[self._during("saturated", times_s)] = RAIL_HIGH
        counts = np.clip(np.rint(ideal), RAIL_LOW, RAIL_HIGH).astype(np.int64)
        self._glitch(counts, np.where(poor, GLITCH_SHARE["poor"], self.spec.glitch_share))
        stuck = self._during("stuck", times_s)
        if stuck.any():
            before = int(np.argmax(stuck)) - 1
            counts[stuck] = counts[before] if before >= 0 else self._last
        self._last = int(counts[-1])
        self._last_s = float(times_s[-1])
        return counts

    def delivered(self, times_s: Floats) -> NDArray[np.bool_]:
        """Which conversions at `times_s` ever reach the board."""
        return ~self._during("silent", times_s)

    def _during(self, kind: CellFaultKind, times_s: Floats) -> NDArray[np.bool_]:
        during = np.zeros(times_s.shape, dtype=np.bool_)
        for fault in self._faults:
            if fault.kind == kind:
                during |= (times_s >= fault.at_s) & (times_s < fault.until_s)
        return during

    def _bend_kg(self, load_kg: Floats) -> Floats:
        """Nonlinearity, a parabola through 0 and capacity; hysteresis, the slack of a play 5 % of capacity wide."""
        spec = self.spec
        if not (spec.nonlinearity or spec.hysteresis):
            return np.zeros_like(load_kg)
        used = load_kg / spec.capacity_kg
        width = _PLAY * spec.capacity_kg
        slack = list(
            accumulate(
                load_kg.tolist(),
                lambda slack, load: min(max(slack, load - width), load + width),
                initial=self._slack_kg,
            )
        )[1:]
        self._slack_kg = slack[-1]
        bend = spec.nonlinearity * 4 * used * (1 - used) * spec.capacity_kg
        return bend + (np.array(slack) - load_kg) * (spec.hysteresis / _PLAY)

    def _creep_kg(self, times_s: Floats, load_kg: Floats) -> Floats:
        """First-order creep towards a share of the load, and its return."""
        started = self._crept_kg
        towards = self.spec.creep * float(load_kg.mean())
        self._crept_kg += (towards - started) * (1 - exp(-(times_s[-1] - self._last_s) / self.spec.creep_s))
        return self._ramp(times_s, started, self._crept_kg)

    def _drift_kg(self, times_s: Floats) -> Floats:
        spec = self.spec
        started = self._walk_kg
        hours = (float(times_s[-1]) - self._last_s) / 3600
        self._walk_kg += spec.walk_per_root_hour * spec.capacity_kg * sqrt(hours) * self._drift.standard_normal()
        warmed = spec.warm_up * (1 - np.exp(-times_s / WARM_UP_S))
        swing = np.sin(2 * pi * times_s / _SWING_S + self._swing_phase) - sin(self._swing_phase)
        slow = (warmed + spec.thermal_per_k * _SWING_K * swing) * spec.capacity_kg
        return slow + self._ramp(times_s, started, self._walk_kg) + spec.drift_kg_per_h / 3600 * times_s

    def _ramp(self, times_s: Floats, first: float, last: float) -> Floats:
        return np.interp(times_s, [self._last_s, float(times_s[-1])], [first, last])

    def _draw_noise(self, size: int) -> Floats:
        """AR(1) of sd 1, as the sum of its last nine steps."""
        steps = np.concatenate((self._steps, self._noise.standard_normal(size)))
        self._steps = steps[size:]
        return np.convolve(steps, _AR_TAPS, mode="valid") * sqrt(1 - NOISE_KEEP**2)

    def _glitch(self, counts: Counts, share: Floats) -> None:
        chance, kind, detail = self._glitches.random((3, counts.size))
        for index in np.flatnonzero(chance < share):
            counts[index] = glitched(int(counts[index]), float(kind[index]), float(detail[index]))


def glitched(counts: int, kind: float, detail: float) -> int:
    """One conversion gone wrong on the wire; `kind` and `detail` in [0, 1) say how. Stays within 24 bits."""
    flip, shift, ones, gain, _ = accumulate(GLITCH_KINDS)
    if kind < flip:
        return signed_24(counts ^ 1 << 16 + int(detail * 8))
    if kind < shift:
        return signed_24(counts << 1)
    if kind < ones:
        powers = [(1 << n) - 1 for n in range(1, 25)]
        return signed_24([0, *powers][int(detail * 25)])
    if kind < gain:
        return counts // 2 if detail < 0.5 else round((detail - 0.75) * 4 * OFFSET_SD_COUNTS)
    return signed_24(-counts)


def signed_24(value: int) -> int:
    """The low 24 bits of `value`, as a two's complement number."""
    return ((value + 0x800000) & 0xFFFFFF) - 0x800000
