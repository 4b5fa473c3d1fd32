"""What a calibration was made from and what came of it: all that a certificate shows.

One law: evidence is kept as it was taken, with what each reading is thought to be wrong by; nothing in here is computed
from anything else in here. It knows no file and no clock; times are wall-clock text for people.

kg are kgf on the support, `u_` are standard uncertainties, fractions are of the load. `place` is where along the
support a load hangs: 0 under its first cell, 1 under its last.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Place = Annotated[float, Meta(ge=-0.5, le=1.5)]
UKg = Annotated[float, Meta(ge=0, le=100)]
Share = Annotated[float, Meta(ge=0, le=1)]
Kind = Literal["free", "weights", "scale", "hang"]
"""free: nothing hangs there. weights: known ones. scale: a person on a bathroom scale pulls. hang: a person hangs."""
Verdict = Literal["pass", "warn", "refused"]


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """A weight, a scale or a person: what its error is, all readings taken with it share.

    A weight has `kg` and `u_kg`; a scale `u_fraction`, of whatever it shows; a person `kg` and `u_kg`, or neither where
    the fit shall find the weight. What was `weighed_on` a scale shares that scale's error too.
    """

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    kind: Literal["weight", "scale", "person"]
    kg: Annotated[float, Meta(gt=0, le=1000)] | None = None
    u_kg: UKg = 0.0
    u_fraction: Share = 0.0
    weighed_on: str = ""


class Reading(Struct, frozen=True, forbid_unknown_fields=True):
    """Some seconds of one support under one load; `number` is what people call it by and stays its own.

    `counts`, `sd_counts`: mean and standard deviation of each cell, in the support's order. `uses`: names of sources.
    For weights all that hang there; for a scale the scale and the person; for a hang the person. `shown_kg`: what the
    scale showed. `u_kg`: of this reading alone (a display's step, a body that sways). `at_s`: since the first reading.
    `struck`: why it does not count; empty: it does.
    """

    number: int
    kind: Kind
    counts: tuple[float, ...]
    sd_counts: tuple[float, ...]
    at_s: float
    uses: tuple[str, ...] = ()
    shown_kg: float | None = None
    u_kg: UKg = 0.05
    place: Place | None = None
    direction: Literal["", "up", "down"] = ""
    struck: str = ""


class Hold(Struct, frozen=True, forbid_unknown_fields=True):
    """A load held still: mean counts of each cell in the first and the last seconds of `seconds`."""

    number: int
    first_counts: tuple[float, ...]
    last_counts: tuple[float, ...]
    seconds: float


class CellPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """A cell as it was bought; None: not known. `known_counts_per_kg`: by the calibration before."""

    key: str
    name: str
    capacity_kg: Annotated[float, Meta(gt=0, le=50_000)] | None = None
    mv_per_v: Annotated[float, Meta(gt=0, le=10)] | None = None
    known_counts_per_kg: float | None = None


class SupportPlan(Struct, frozen=True, forbid_unknown_fields=True):
    """What is calibrated. `expected_kg`: what it will carry in use."""

    name: str
    kind: Literal["bar", "rope", "pole", "strap"]
    cells: Annotated[tuple[CellPlan, ...], Meta(min_length=1, max_length=8)]
    rated_kg: float | None = None
    expected_kg: Annotated[float, Meta(gt=0, le=500)] = 60.0


class ReadingResult(Struct, frozen=True, forbid_unknown_fields=True):
    """What the fit makes of a reading: the load as it was stated, as the cells show it, and their difference."""

    number: int
    stated_kg: float
    shown_kg: float
    error_kg: float
    u_kg: float


class CellResult(Struct, frozen=True, forbid_unknown_fields=True):
    """One cell: `load_kg = (counts - zero_counts) / counts_per_kg`.

    `implied_mv_per_v`: at the rated load, where that is known.
    """

    key: str
    name: str
    capacity_kg: float | None
    mv_per_v: float | None
    zero_counts: float
    counts_per_kg: float
    u_fraction: float
    implied_mv_per_v: float | None
    noise_kg: float


class BudgetRow(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the uncertainty budget, at `at_kg` on the support. `kind`: A from these readings, B from beyond."""

    name: str
    kind: Literal["A", "B"]
    u_kg: float
    at_kg: float
    words: str


class VerifiedLoad(Struct, frozen=True, forbid_unknown_fields=True):
    """A load that the fit never saw. `u_kg`: of the stated load and of what was shown, together; `stated_u_kg`: of the
    stated load alone."""

    number: int
    stated_kg: float
    shown_kg: float
    error_kg: float
    error_fraction: float
    u_kg: float
    place: float | None
    verdict: Verdict
    stated_u_kg: float = 0.0


class Verification(Struct, frozen=True, forbid_unknown_fields=True):
    """Loads against what was shown, and what that means. `u_kg`: expanded (k = 2), at the largest load."""

    support: str
    made: str
    by: str
    tolerance_fraction: float
    loads: tuple[VerifiedLoad, ...]
    worst_fraction: float
    u_kg: float
    verdict: Verdict
    words: str


class SupportRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """One support: what was hung there and what came out. None: not looked at.

    `nonlinearity_kg`, `hysteresis_kg`: the largest found; `repeatability_kg`: a standard deviation; `creep_fraction`:
    signed, of the load held for `creep_s`. `span_u_fraction` and `zero_u_kg` are those of the support's load, wherever
    it hangs.
    """

    plan: SupportPlan
    sources: tuple[Source, ...]
    readings: tuple[Reading, ...]
    holds: tuple[Hold, ...]
    results: tuple[ReadingResult, ...]
    cells: tuple[CellResult, ...]
    persons_kg: dict[str, float]
    """What each person weighs by this fit."""
    condition: float
    """Condition number of the shares of the load on the cells."""
    residual_kg: float
    """Standard deviation of the results' errors."""
    nonlinearity_kg: float
    repeatability_kg: float | None
    hysteresis_kg: float | None
    creep_fraction: float | None
    creep_s: float | None
    span_u_fraction: float
    zero_u_kg: float
    budget: tuple[BudgetRow, ...]
    notes: tuple[str, ...] = ()
    made: str = ""
    installer: str = ""
    temperature_c: float | None = None
    verifications: tuple[Verification, ...] = ()

    @property
    def method(self) -> str:
        """How its span was made, in words."""
        used = {reading.kind for reading in self.readings if not reading.struck}
        return ", ".join(words for kind, words in METHODS.items() if kind in used)


METHODS = {
    "weights": "known weights",
    "scale": "pulls by a person on a bathroom scale",
    "hang": "full hang of a person",
}


class BoardRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """The electronics that were there; `uid` as hex digits."""

    name: str
    uid: str
    firmware: str


class CalibrationRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """All of a calibration file that people want to see and the core does not need."""

    station: str
    installer: str
    made: str
    expires: str
    boards: tuple[BoardRecord, ...]
    supports: tuple[SupportRecord, ...]
    temperature_c: float | None = None
    tolerance_fraction: Annotated[float, Meta(gt=0, le=0.1)] = 0.01
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Literal["pass", "warn", "refused", "not verified"]:
        """The worst of the newest verification of each support."""
        newest = [support.verifications[-1].verdict if support.verifications else None for support in self.supports]
        if "refused" in newest:
            return "refused"
        if None in newest or not newest:
            return "not verified"
        return "warn" if "warn" in newest else "pass"
