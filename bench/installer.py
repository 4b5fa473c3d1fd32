"""An installer at a simulated installation: what is hung where, what is typed, and the mistakes that are made.

One law: only what a person could see or type gets to the fit; the truth is asked afterwards.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from bard.commission.fit import fit_support
from bard.commission.record import CellPlan, Reading, Source, SupportPlan, SupportRecord, Verification
from bard.commission.verify import verify_support
from bard.errors import Mistyped, Refused
from bard.simulate.installation import (
    PERSON_SD_KG,
    PULL_SD_KG,
    SCALE_SHARE,
    STAND_SD_KG,
    WEIGHT_SHARE,
    Installation,
    Look,
)

METHODS = ("weights", "9 pulls", "25 pulls", "9 pulls and a hang", "9 pulls and a hang at each cell")
WEIGHT_U = WEIGHT_SHARE / 3**0.5
SCALE_U = SCALE_SHARE / 3**0.5
PULL_U_KG, STAND_U_KG, HANG_U_KG, PERSON_U_KG = PULL_SD_KG, STAND_SD_KG, 0.1, PERSON_SD_KG
"""What the wizard states: as simulated. The person's weight is known from a better scale (facts 3.4: 0.3 kg)."""
PULLS_KG = (10.0, 60.0)
"""Up and down between these, or nine tenths of what the person weighs."""
FREE_SD_COUNTS, HUNG_SD_COUNTS, PULLED_SD_COUNTS = 2_000.0, 4_000.0, 100_000.0
"""What scatters more is looked at again."""
SCALE, PERSON = "bathroom scale", "installer"


LEAST_SHARE, LEAST_KG = 0.05, 1.5
"""What must be found: a number that is off by more than this share of itself, or kg where that is more."""


class Slip(NamedTuple):
    """What is typed for one loaded reading, by its place among them: off by so many times what must be found.

    `times` 0: ten times the number, or with a negative `sign` a tenth of it.
    """

    index: int
    times: float
    sign: int

    def typed(self, right_kg: float) -> float:
        """In place of the right number."""
        if not self.times:
            return right_kg * 10.0**self.sign
        off_kg = self.times * max(LEAST_SHARE * right_kg, LEAST_KG)
        return right_kg + (self.sign if off_kg < right_kg else 1) * off_kg


def draw_slip(rng: np.random.Generator, loaded: int) -> Slip:
    """Of any reading; from just above what must be found to ten times it, a quarter of them tenfold slips."""
    times = 0.0 if rng.random() < 0.25 else float(np.exp(rng.uniform(np.log(1.02), np.log(10))))
    return Slip(int(rng.integers(loaded)), times, int(rng.choice([-1, 1])))


class Installer:
    """Takes readings one after another; `readings` and `sources` are what the fit is given."""

    def __init__(self, installation: Installation, plan: SupportPlan | None = None) -> None:
        self.installation = installation
        self.plan = plan or plan_of(installation)
        self.sources: dict[str, Source] = {}
        self.readings: list[Reading] = []
        self.places = places(len(installation.specs))
        self.scale_u, self.pull_u_kg = SCALE_U, PULL_U_KG
        self.slip: Slip | None = None
        self.slipped: int | None = None
        """Number of the reading that was mistyped."""
        self._loaded = 0
        self._again: dict[int, Callable[[], None]] = {}

    def free(self) -> None:
        """Look at the free bar."""
        self._add(self._still(partial(self.installation.look, 0.0), FREE_SD_COUNTS), "free")

    def weights(self, many: int, place: float, direction: str = "") -> None:
        """Hang the first `many` of the weights there."""
        hung = self.installation.weights[:many]
        names = tuple(f"weight {number}" for number, _ in enumerate(hung, start=1))
        for name, weight in zip(names, hung, strict=True):
            self.sources[name] = Source(name, "weight", weight.nominal_kg, weight.nominal_kg * WEIGHT_U)
        right_kg = sum(weight.nominal_kg for weight in hung)
        if (kg := self._typed(right_kg)) != right_kg:
            names = (f"{kg:.1f} kg",)
            self.sources[names[0]] = Source(names[0], "weight", round(kg, 1), kg * WEIGHT_U)
        look = self._still(partial(self.installation.look, sum(weight.kg for weight in hung), place), HUNG_SD_COUNTS)
        self._again[len(self.readings) + 1] = partial(self.weights, many, place, direction)
        self._add(look, "weights", uses=names, place=place, direction=direction, u_kg=0.05)

    def pull(self, kg: float, place: float, direction: str = "") -> None:
        """Stand on the scale and pull; 0: let go."""
        self.sources.setdefault(SCALE, Source(SCALE, "scale", u_fraction=self.scale_u))
        self.sources.setdefault(PERSON, Source(PERSON, "person"))
        for _ in range(3):
            look, shown_kg = self.installation.pull(kg, place)
            if max(look.sd_counts) < PULLED_SD_COUNTS:
                break
        self._again[len(self.readings) + 1] = partial(self.pull, kg, place, direction)
        u_kg = self.pull_u_kg if kg else STAND_U_KG
        shown_kg = round(self._typed(shown_kg), 1)
        more = {"shown_kg": shown_kg, "uses": (SCALE, PERSON), "place": place, "direction": direction, "u_kg": u_kg}
        self._add(look, "scale", **more)

    def hang(self, place: float) -> None:
        """Hang there; the weight is that of a better scale, typed once."""
        if (known := self.sources.get(PERSON)) is None or known.kg is None:
            weighed_kg = round(self._typed(self.installation.weighed_kg), 1)
            self.sources[PERSON] = Source(PERSON, "person", weighed_kg, PERSON_U_KG)
        look = self._still(partial(self.installation.hang, place), PULLED_SD_COUNTS)
        self._again[len(self.readings) + 1] = partial(self.hang, place)
        self._add(look, "hang", uses=(PERSON,), place=place, u_kg=HANG_U_KG)

    def fit(self) -> SupportRecord:
        """By what was typed."""
        return fit_support(self.plan, tuple(self.sources.values()), self.readings)

    def repeat(self, refusal: Mistyped) -> None:
        """Strike what was named and take it again, without a slip; type a person's weight again."""
        if refusal.source == PERSON:
            self.sources[PERSON] = replace(self.sources[PERSON], kg=self.installation.weighed_kg)
            return
        named = [reading for reading in self.readings if reading.number in refusal.numbers]
        self.readings = [
            replace(reading, struck="did not fit") if reading in named else reading for reading in self.readings
        ]
        for reading in named:
            self._again[reading.number]()
        self.free()

    def _still(self, look: Callable[[], Look], most_sd_counts: float) -> Look:
        """Look again where the cells were not still: a wrong reading or two in a row."""
        for _ in range(3):
            seen = look()
            if max(seen.sd_counts) < most_sd_counts:
                break
        return seen

    def _typed(self, right_kg: float) -> float:
        slip, index = self.slip, self._loaded
        self._loaded += 1
        if slip is None or slip.index != index:
            return right_kg
        self.slipped = len(self.readings) + 1
        return slip.typed(right_kg)

    def _add(self, look: Look, kind: str, **more: object) -> None:
        number = len(self.readings) + 1
        self.readings.append(Reading(number, kind, look.counts, look.sd_counts, look.at_s, **more))  # type: ignore[arg-type]


def plan_of(installation: Installation, *, capacity: bool = False) -> SupportPlan:
    """The support as the installer knows it."""
    cells = tuple(
        CellPlan(f"main/{number}", f"bar, cell {number + 1}", *((spec.capacity_kg, 2.0) if capacity else ()))
        for number, spec in enumerate(installation.specs)
    )
    return SupportPlan("bar", "bar" if len(cells) > 1 else "rope", cells)


def places(cells: int) -> list[float]:
    """Where an installer hangs things: near each cell, not quite at the ends."""
    return [0.5] if cells == 1 else [min(max(cell / (cells - 1), 0.1), 0.9) for cell in range(cells)]


def verifies(installer: Installer, record: SupportRecord, changed: float = 1.0) -> Verification:
    """Three of the weights near the first cell, then near the last: a load that the fit never saw.

    `changed`: as if by now the cells gave so many times what they did.
    """
    first = len(installer.readings)
    where = installer.places
    installer.free()
    installer.weights(3, where[0])
    installer.weights(3, where[-1])
    readings = [
        replace(reading, counts=tuple(_changed(reading.counts, record, changed)))
        for reading in installer.readings[first:]
    ]
    return verify_support(record, tuple(installer.sources.values()), readings)


def _changed(counts: tuple[float, ...], record: SupportRecord, factor: float) -> list[float]:
    zeros = [cell.zero_counts for cell in record.cells]
    return [zero + factor * (count - zero) for count, zero in zip(counts, zeros, strict=True)]


def calibrate(installation: Installation, method: str, slip: Slip | None = None) -> Installer:
    """Take all readings of a method; `fit` comes after."""
    installer = Installer(installation)
    installer.slip = slip
    read_all(installer, method)
    return installer


def read_all(installer: Installer, method: str) -> None:
    """From the free bar to the free bar."""
    where = installer.places
    installer.free()
    if method == "weights":
        all_of_them = len(installer.installation.weights)
        for place in where:
            for many, direction in ((1, "up"), (2, "up"), (all_of_them, ""), (2, "down"), (1, "down")):
                installer.weights(many, place, direction)
            installer.free()
    else:
        _pulls(installer, where, 25 if method == "25 pulls" else 9)
        if "hang" in method:
            for place in where if method.endswith("each cell") else [0.5]:
                installer.hang(place)
    installer.free()


def _pulls(installer: Installer, where: list[float], pulls: int) -> None:
    """`pulls` in all, up at one place and down at the next, hands off before, between and after."""
    most_kg = min(PULLS_KG[1], 0.9 * installer.installation.person_kg)
    up = np.linspace(PULLS_KG[0], most_kg, pulls // 2 + 1)
    levels = [*up, *up[-2::-1]]
    installer.pull(0.0, where[0])
    for number, kg in enumerate(levels):
        if number == pulls // 2:
            installer.pull(0.0, where[0])
            installer.free()
        installer.pull(float(kg), where[number % len(where)], "up" if number <= pulls // 2 else "down")
    installer.pull(0.0, where[0])


class Outcome(NamedTuple):
    """Of fitting, striking what was named and fitting again: the record, what was named in the first place, and why
    it was refused at last."""

    record: SupportRecord | None
    named: tuple[int, ...] = ()
    source: str = ""
    said: str = ""


def fit_or_repeat(installer: Installer) -> Outcome:
    """What was named is struck and taken again; a weight of a person that was named is typed rightly."""
    first: Mistyped | None = None
    said = ""
    for _ in range(4):
        named, source = (first.numbers, first.source) if first else ((), "")
        try:
            return Outcome(installer.fit(), named, source)
        except Mistyped as refusal:
            first = first or refusal
            installer.repeat(refusal)
            said = str(refusal)
        except Refused as refusal:
            return Outcome(None, named, source, str(refusal))
    return Outcome(None, first.numbers if first else (), first.source if first else "", said)


LOADS_KG = (5.0, 10.0, 20.0, 40.0, 60.0, 90.0, 120.0)
PLACES = (0.0, 0.3, 0.5, 0.8, 1.0)


class Judged(NamedTuple):
    """Errors of the bar load, their bound's base and U, each of shape (loads, places)."""

    loads_kg: np.ndarray
    errors_kg: np.ndarray
    u_kg: np.ndarray


def judge(installation: Installation, record: SupportRecord) -> Judged:
    """What the support reads for loads that are known exactly, against its own U.

    As in use, its zero is that of the free bar, looked at some minutes before.
    """
    spans = np.array([cell.counts_per_kg for cell in record.cells])
    where = PLACES if len(spans) > 1 else (0.5,)
    loads = np.repeat(np.array(LOADS_KG)[:, None], len(where), axis=1)
    errors = np.empty_like(loads)
    for row, kg in enumerate(LOADS_KG):
        zeros = installation.look(0.0).counts
        for column, place in enumerate(where):
            counts = np.array(installation.look(kg, place, seconds=1.0).counts)
            errors[row, column] = float(((counts - zeros) / spans).sum()) - kg
    return Judged(loads, errors, 2 * np.hypot(record.span_u_fraction * loads, record.zero_u_kg))
