"""A support with weights, a bathroom scale and a person beside it, all with errors of their own: what an installer has.

One law: an installation and its seed say everything, and the truth of each thing is there to be asked. It knows no fit
and no procedure; a look is what the cells give while one load hangs.
Figures: simulator.md, "Cell"; those called assumed are not in it.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, structs
from numpy.random import PCG64, Generator, SeedSequence

from bard.simulate.cells import COUNTS_PER_KG, Cell, CellSpec, Quality, draw_cell
from bard.simulate.hung import shares
from bard.simulate.track import Floats

SPAN_SHARE = 0.10
"""Spans differ by up to so much, either way."""
WEIGHT_SHARE = 0.01
"""Weights nobody calibrated are off by up to so much, either way."""
SCALE_SHARE = 0.005
"""... and the bathroom scale, all its readings alike (assumed; 0.3 to 0.5 kg at 100 kg is what makers say)."""
SCALE_STEP_KG = 0.1
PULL_SD_KG = 0.4
"""Of a scale read while somebody pulls for 3 s (facts 3.4)."""
STAND_SD_KG = 0.1
"""... and while nobody pulls: a mean of 3 s of standing is within 0.09 kg of a minute's in the recordings."""
HELD_SD_KG = 1.0
"""How a pull that is held still wanders within a look: half of the least at work (simulator.md, "Body")."""
HANG_SD_KG = 0.3
PERSON_SD_KG = 0.3
"""Of a person's known weight (facts 3.4)."""
_HELD_S = 0.64
"""A corner of 0.25 Hz."""
LOOK_S, BETWEEN_S = 3.0, 20.0
RATE_HZ = 86.0
_CELLS, _WEIGHTS, _SCALE, _PERSON, _HANDS, _CHIPS = range(6)


class Look(Struct, frozen=True):
    """Mean and standard deviation of each cell's counts over a look, and when it began."""

    counts: tuple[float, ...]
    sd_counts: tuple[float, ...]
    at_s: float


class Weight(Struct, frozen=True):
    """What is written on it, and what it weighs."""

    nominal_kg: float
    kg: float


class Installation:
    """One support with `cells`; `kg` of each of the `weights`. Time passes with every look.

    `spec`s may be changed before the first look, to break something.
    """

    def __init__(
        self,
        seed: int,
        cells: int,
        *,
        weights: Sequence[float] = (20.0,) * 4,
        quality: Quality = "usual",
        scale_share: float = SCALE_SHARE,
        pull_sd_kg: float = PULL_SD_KG,
    ) -> None:
        self._seed = seed
        self._pull_sd_kg = pull_sd_kg
        of_cells = self._stream(_CELLS)
        type_counts_per_kg = of_cells.uniform(*COUNTS_PER_KG)
        self.specs = [self._spec(of_cells, type_counts_per_kg, quality) for _ in range(cells)]
        off = self._stream(_WEIGHTS).uniform(-WEIGHT_SHARE, WEIGHT_SHARE, len(weights))
        self.weights = [Weight(kg, kg * (1 + share)) for kg, share in zip(weights, off.tolist(), strict=True)]
        self.scale_share = float(self._stream(_SCALE).uniform(-scale_share, scale_share))
        """The scale shows this share too much."""
        of_person = self._stream(_PERSON)
        self.person_kg = float(of_person.uniform(52, 90))
        self.weighed_kg = round((self.person_kg + PERSON_SD_KG * float(of_person.standard_normal())) / 0.1) * 0.1
        """What a better scale showed for her."""
        self._hands = self._stream(_HANDS)
        self._cells: list[Cell] = []
        self._now_s = 0.0

    def look(self, kg: float, place: float = 0.5, *, seconds: float = LOOK_S, sway_kg: float = 0.0) -> Look:
        """Hang `kg` there (0 under the first cell, 1 under the last), wait until it is still, and read."""
        self._begin()
        share = shares(place, len(self.specs))
        waiting_s = self._now_s + np.arange(0.5, BETWEEN_S, 0.5)
        at_s = self._now_s + BETWEEN_S + np.arange(round(seconds * RATE_HZ)) / RATE_HZ
        self._now_s = float(at_s[-1])
        load_kg = kg + self._sway(at_s.size, sway_kg)
        means, sds = [], []
        for cell, of_load in zip(self._cells, share, strict=True):
            cell.counts(waiting_s, np.full(waiting_s.size, kg * of_load))
            counts = np.median(
                np.lib.stride_tricks.sliding_window_view(cell.counts(at_s, load_kg * of_load), 3), axis=1
            )
            means.append(float(counts.mean()))
            sds.append(float(counts.std(ddof=1)))
        return Look(tuple(means), tuple(sds), float(at_s[0]))

    def pull(self, kg: float, place: float = 0.5) -> tuple[Look, float]:
        """She stands on the scale and pulls about `kg`, or nothing: the cells, and what the scale shows."""
        sway_kg = HELD_SD_KG if kg else 0.0
        pulled_kg = kg + float(self._hands.normal(0, 0.05 * abs(kg)))
        look = self.look(pulled_kg, place, sway_kg=sway_kg)
        return look, self.scale_shows(self.person_kg - pulled_kg, self._pull_sd_kg if kg else STAND_SD_KG)

    def hang(self, place: float = 0.5) -> Look:
        """She hangs there, both feet off."""
        return self.look(self.person_kg, place, sway_kg=HANG_SD_KG)

    def scale_shows(self, kg: float, sd_kg: float = 0.0) -> float:
        """In steps of its display."""
        shown_kg = kg * (1 + self.scale_share) + sd_kg * float(self._hands.standard_normal())
        return round(shown_kg / SCALE_STEP_KG) * SCALE_STEP_KG

    def _spec(self, draws: Generator, type_counts_per_kg: float, quality: Quality) -> CellSpec:
        spec = draw_cell(draws, type_counts_per_kg, quality, backwards=bool(draws.random() < 0.5))
        span = float(np.copysign(type_counts_per_kg * (1 + draws.uniform(-SPAN_SHARE, SPAN_SHARE)), spec.counts_per_kg))
        return structs.replace(spec, counts_per_kg=span)

    def _begin(self) -> None:
        if not self._cells:
            for number, spec in enumerate(self.specs):
                streams = (self._stream(_CHIPS, number, part) for part in range(3))
                self._cells.append(Cell(spec, (), *streams))

    def _sway(self, size: int, sd_kg: float) -> Floats:
        """First-order noise."""
        keep = float(np.exp(-1 / (RATE_HZ * _HELD_S)))
        wander, steps = np.empty(size), self._hands.standard_normal(size)
        value = float(self._hands.standard_normal())
        for index in range(size):
            wander[index] = value
            value = keep * value + (1 - keep**2) ** 0.5 * float(steps[index])
        still: Floats = sd_kg * (wander - wander.mean())
        return still

    def _stream(self, *part: int) -> Generator:
        return Generator(PCG64(SeedSequence(self._seed, spawn_key=part)))
