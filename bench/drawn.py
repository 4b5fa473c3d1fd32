"""A simulated session that draws its own errors, weighed by the real path, with the truth beside it.

One law: nobody here knows how an estimate is judged. Figures are simulator.md's, but for those called assumed.
"""

from typing import NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from bard.cli.accuracy import box, find_delay_us
from bard.settings import CoreSettings
from bard.simulate import Room, Scenario
from bard.simulate.hands import Act
from bard.simulate.work import Work, draw_work
from bard.weigh.block import WeighedBlock
from bard.weigh.calibration import Calibration, CellCalibration
from bench.streams import settings_of, weighed_blocks

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

BODY_KG = 70.0
BAR_KG = (20.0, 60.0)
BODY_SD_KG = 0.5
ANGLE_SD_DEG = 8.0
"""Assumed: of a support's pull from the plumb line, the size of a normal number; the same all session, hung or not.
A fifth of the pulls is then beyond the 10 degrees of estimate.md, section 1, and one in eighty beyond its 20."""
STRAIGHT_SD_DEG = 5.0
"""The same for straighter pulls, reported beside it: how far the result hangs on what is assumed."""
REPEAT_SD_KG = 0.15
"""Assumed: what a hanging body adds to a mean of 3 s by ending them at another speed than it began them."""
ZERO_S, TAKE_S, STILL_S, WORK_S, END_S = (3.0, 8.0), 9.0, 12.0, 306.0, 600.0
HANG_S = (14.0, 17.0)


class Terms(NamedTuple):
    """What the error at rest with a typed body weight is made of (kg): `total` is the sum of the others."""

    total: float
    body: float
    span: float
    angle: float
    zero: float


class Drawn:
    """Ten minutes: bars free and zeroed, taken at TAKE_S and held still, from WORK_S on work in shifts.

    The strokes' acceleration never shows on the bars, so that one stream serves as work with strokes and without.
    `weighed` has its zero in it: `zero_kg` is what the bars read while free.
    """

    def __init__(self, seed: int, angle_sd_deg: float = ANGLE_SD_DEG) -> None:
        self._seed = seed
        self._draws = np.random.default_rng((seed, 1))
        work, _ = draw_work(Work(*BAR_KG, from_s=WORK_S), END_S, 2, self._draws)
        self._acts = (structs.replace(work[0], at_s=TAKE_S), *work[1:])
        self._room = self._played(*self._acts)
        self.settings = settings_of(self._room)
        supports = self._room.scenario.supports
        angles = np.abs(self._draws.normal(0.0, angle_sd_deg, len(supports)))
        self._angles = angles.repeat([len(support.cells) for support in supports])
        self.weighed = self._weigh(self._room)
        self._zeros_kg = _mean_kg(self.weighed, *ZERO_S)
        self.zero_kg = float(self._zeros_kg.sum())
        self._body_off_kg = float(self._draws.normal(0.0, BODY_SD_KG))
        self.typed_kg = BODY_KG + self._body_off_kg
        self.hung_kg = self._weigh_in()

    @property
    def still(self) -> Bools:
        """(rows,) held, without shifts."""
        return np.asarray((self.weighed.at_us > STILL_S * 1e6) & (self.weighed.at_us < WORK_S * 1e6))

    @property
    def work(self) -> Bools:
        """(rows,)"""
        return np.asarray(self.weighed.at_us > WORK_S * 1e6)

    def errors_kg(self, *, strokes: bool) -> tuple[Floats, Floats]:
        """Estimate less truth of the slow and of the fast path at each row, with what strokes add or without.

        As with the true body weight: what is wrong about it adds to every row.
        """
        truth = self._played(*self._acts, strokes=True) if strokes else self._room
        return errors_kg(truth, self.weighed, BODY_KG + self.zero_kg, self.settings.weigh.box_rows)

    def terms(self) -> Terms:
        """An estimate is too low by what the bars read too much; the zero's part is what the others leave over."""
        still = self.still
        read_kg = self.weighed.cell_slow_kg[still].mean(axis=0) - self._zeros_kg
        over_kg = float(read_kg.sum() - self._room.truths(self.weighed.at_us[still]).bar_load_kg.mean())
        true_spans = np.array([cell.counts_per_kg for cell in self._room.cells])
        span = float((read_kg * (true_spans / self._nominal_spans() - 1)).sum())
        angle = float((read_kg * (1 - np.cos(np.radians(self._angles)))).sum())
        return Terms(self._body_off_kg - over_kg, self._body_off_kg, -span, -angle, span + angle - over_kg)

    def _played(self, *acts: Act, sway_kg: float | None = None, strokes: bool = False) -> Room:
        scenario = Scenario(
            name="drawn",
            summary="held still, then worked in shifts",
            duration_s=END_S if len(acts) > 1 else HANG_S[1] + 1,
            body_weight_kg=BODY_KG,
            acts=acts,
            floor_kg=BAR_KG[0] - 2,
            sway_kg=sway_kg,
            strokes=strokes,
        )
        return Room(scenario, self._seed)

    def _nominal_spans(self) -> Floats:
        twin = Room(structs.replace(self._room.scenario, span_sd=0.0, duration_s=1.0, acts=()), self._seed)
        return np.array([cell.counts_per_kg for cell in twin.cells])

    def _weigh(self, room: Room) -> WeighedBlock:
        """As calibrated: every cell has its type's span. A pull at an angle reads T where it carries T cos(theta)."""
        spans = self._nominal_spans() * np.cos(np.radians(self._angles))
        keys = [cell.key for cell in self.settings.room.cells]
        calibration = Calibration(
            {key: CellCalibration(0.0, float(span)) for key, span in zip(keys, spans, strict=True)}
        )
        return weigh_whole(room, self.settings, calibration)

    def _weigh_in(self) -> float:
        """What the same cells read as the whole body hangs on them."""
        hanging = self._weigh(self._played(Act(TAKE_S, "take", BODY_KG), sway_kg=0.0))
        hung_kg = float((_mean_kg(hanging, *HANG_S) - _mean_kg(hanging, *ZERO_S)).sum())
        return hung_kg + float(self._draws.normal(0.0, REPEAT_SD_KG))


def weigh_whole(room: Room, settings: CoreSettings, calibration: Calibration) -> WeighedBlock:
    """All of a room."""
    blocks = weighed_blocks(room, settings, calibration)
    return WeighedBlock(*(np.concatenate(columns) for columns in zip(*blocks, strict=True)))


def errors_kg(truth: Room, weighed: WeighedBlock, body_kg: float, box_rows: int) -> tuple[Floats, Floats]:
    """Estimate less truth of the slow and of the fast path at each row; NaN where nobody is on the client.

    The slow path's truth goes through the same box; each path's delay is found on body weight less bar load, which is
    all that bars can tell.
    """
    truths = truth.truths(np.arange(0, truth.duration_us + 1, 10_000))
    grid_us, at_us = np.arange(0.0, truth.duration_us + 1, 10_000), weighed.at_us.astype(np.float64)
    client_kg, static_kg = (np.where(truths.on_client, kg, np.nan) for kg in (truths.client_load_kg, truths.static_kg))
    errors = []
    for bar_kg, rows in ((weighed.slow_kg, box_rows), (weighed.fast_kg, 1)):
        estimate_kg = body_kg - bar_kg
        delay_us = find_delay_us(at_us, estimate_kg, grid_us, box(static_kg, rows))
        true_kg = np.interp(at_us - delay_us, grid_us, box(client_kg, rows), left=np.nan, right=np.nan)
        errors.append(estimate_kg - true_kg)
    return errors[0], errors[1]


def _mean_kg(weighed: WeighedBlock, from_s: float, until_s: float) -> Floats:
    """Of each cell."""
    during = (weighed.at_us > from_s * 1e6) & (weighed.at_us <= until_s * 1e6)
    return np.asarray(weighed.cell_fast_kg[during].mean(axis=0))
