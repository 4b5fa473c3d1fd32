"""An installer at a simulated installation: what is hung where, what is typed, and the mistakes that are made.

One law: only what a person could see or type gets to the fit; the truth is asked afterwards.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bard.commission.fit import fit_support
from bard.commission.record import CellPlan, Reading, Source, SupportPlan, SupportRecord
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

METHODS = ("weights", "9 pulls", "25 pulls", "9 pulls and a hang")
WEIGHT_U = WEIGHT_SHARE / 3**0.5
SCALE_U = SCALE_SHARE / 3**0.5
PULL_U_KG, STAND_U_KG, HANG_U_KG, PERSON_U_KG = PULL_SD_KG, STAND_SD_KG, 0.1, PERSON_SD_KG
"""What the wizard states: as simulated. The person's weight is known from a better scale (facts 3.4: 0.3 kg)."""
PULLS_KG = (10.0, 60.0)
"""Up and down between these, or nine tenths of what the person weighs."""
SCALE, PERSON = "bathroom scale", "installer"


class Slip(NamedTuple):
    """One loaded reading, by its place among them, and what is typed in place of the right load, as a factor."""

    index: int
    factor: float


class Installer:
    """Takes readings one after another; `readings` and `sources` are what the fit is given."""

    def __init__(self, installation: Installation, plan: SupportPlan | None = None) -> None:
        self.installation = installation
        self.plan = plan or plan_of(installation)
        self.sources: dict[str, Source] = {}
        self.readings: list[Reading] = []
        self.slip: Slip | None = None
        self.slipped: int | None = None
        """Number of the reading that was mistyped."""
        self._loaded = 0

    def free(self) -> None:
        """Look at the free bar."""
        self._add(self.installation.look(0.0), "free")

    def weights(self, many: int, place: float, direction: str = "") -> None:
        """Hang the first `many` of the weights there."""
        hung = self.installation.weights[:many]
        names = tuple(f"weight {number}" for number, _ in enumerate(hung, start=1))
        for name, weight in zip(names, hung, strict=True):
            self.sources[name] = Source(name, "weight", weight.nominal_kg, weight.nominal_kg * WEIGHT_U)
        typed = self._typed(1.0)
        if typed != 1.0:
            kg = sum(weight.nominal_kg for weight in hung) * typed
            names = (f"{kg:g} kg",)
            self.sources[names[0]] = Source(names[0], "weight", kg, kg * WEIGHT_U)
        look = self.installation.look(sum(weight.kg for weight in hung), place)
        self._add(look, "weights", uses=names, place=place, direction=direction, u_kg=0.05)

    def pull(self, kg: float, place: float, direction: str = "") -> None:
        """Stand on the scale and pull; 0: let go."""
        self.sources.setdefault(SCALE, Source(SCALE, "scale", u_fraction=SCALE_U))
        self.sources.setdefault(PERSON, Source(PERSON, "person"))
        look, shown_kg = self.installation.pull(kg, place)
        u_kg = PULL_U_KG if kg else STAND_U_KG
        shown_kg = round(shown_kg * (self._typed(1.0) if kg else 1.0), 1)
        more = {"shown_kg": shown_kg, "uses": (SCALE, PERSON), "place": place, "direction": direction, "u_kg": u_kg}
        self._add(look, "scale", **more)

    def hang(self, place: float) -> None:
        """Hang there; the weight is that of a better scale, typed once."""
        if (known := self.sources.get(PERSON)) is None or known.kg is None:
            self.sources[PERSON] = Source(PERSON, "person", self.installation.weighed_kg, PERSON_U_KG)
        self._add(self.installation.hang(place), "hang", uses=(PERSON,), place=place, u_kg=HANG_U_KG)

    def fit(self) -> SupportRecord:
        """By what was typed."""
        return fit_support(self.plan, tuple(self.sources.values()), self.readings)

    def strike(self, numbers: Sequence[int]) -> None:
        """These readings shall not count."""
        self.readings = [
            Reading(**{**{f: getattr(r, f) for f in r.__struct_fields__}, "struck": "did not fit"})
            if r.number in numbers
            else r
            for r in self.readings
        ]

    def _typed(self, factor: float) -> float:
        slip, index = self.slip, self._loaded
        self._loaded += 1
        if slip is None or slip.index != index:
            return factor
        self.slipped = len(self.readings) + 1
        return factor * slip.factor

    def _add(self, look: Look, kind: str, **more: object) -> None:
        number = len(self.readings) + 1
        self.readings.append(Reading(number, kind, look.counts, look.sd_counts, look.at_s, **more))  # type: ignore[arg-type]


def plan_of(installation: Installation, *, capacity: bool = False) -> SupportPlan:
    """The support as the installer knows it."""
    cells = tuple(
        CellPlan(f"main/{number}", f"bar, cell {number + 1}", spec.capacity_kg if capacity else None)
        for number, spec in enumerate(installation.specs)
    )
    return SupportPlan("bar", "bar" if len(cells) > 1 else "rope", cells)


def places(cells: int) -> list[float]:
    """Where an installer hangs things: near each cell, not quite at the ends."""
    return [0.5] if cells == 1 else [min(max(cell / (cells - 1), 0.1), 0.9) for cell in range(cells)]


def calibrate(installation: Installation, method: str, slip: Slip | None = None) -> Installer:
    """Take all readings of a method; `fit` comes after."""
    installer = Installer(installation)
    installer.slip = slip
    where = places(len(installation.specs))
    installer.free()
    if method == "weights":
        all_of_them = len(installation.weights)
        for place in where:
            for many, direction in ((1, "up"), (2, "up"), (all_of_them, ""), (2, "down"), (1, "down")):
                installer.weights(many, place, direction)
            installer.free()
    else:
        _pulls(installer, where, 25 if method == "25 pulls" else 9)
        if method.endswith("a hang"):
            for place in where:
                installer.hang(place)
    installer.free()
    return installer


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


def fit_or_repeat(installer: Installer) -> tuple[SupportRecord | None, list[int], str]:
    """The record after readings that were named have been struck, which they were, and the last refusal."""
    struck: list[int] = []
    for _ in range(3):
        try:
            return installer.fit(), struck, ""
        except Mistyped as refusal:
            struck += refusal.numbers
            installer.strike(refusal.numbers)
            said = str(refusal)
        except Refused as refusal:
            return None, struck, str(refusal)
    return None, struck, said


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
