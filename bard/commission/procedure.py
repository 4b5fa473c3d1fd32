"""An installer's procedure: check -> zero -> span -> corners -> verify -> accept, from the list of its steps.

One law: what holds is derived from the steps, all of them and nothing else; so an undo drops the last step, and a
procedure read from a file stands where it was left. It knows no clock, file or board.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from bard.commission.checks import LEAST_PULLS, MORE_THAN_CELLS
from bard.commission.fit import calibration_of, fit_support
from bard.commission.record import (
    CalibrationRecord,
    Hold,
    Reading,
    Source,
    SupportPlan,
    SupportRecord,
    Verification,
)
from bard.commission.steps import Began, Checked, Freed, Loaded, Step, Struck
from bard.commission.verify import verify_support
from bard.errors import Mistyped, Refused, UsageError
from bard.weigh.calibration import Calibration

END_SHARE = 0.35
"""A load within this share of the support's length from an end is at that end."""
CORNERS_MOST = 0.02
"""Most by which the ends may differ, as a share of the load."""


class Bar(Struct, frozen=True):
    """What the steps say of one support. `fits`: a fit is made, not only verified. No `record`: `refusal` says why."""

    plan: SupportPlan
    fits: bool
    sources: tuple[Source, ...]
    readings: tuple[Reading, ...]
    holds: tuple[Hold, ...]
    verifying: tuple[Reading, ...]
    record: SupportRecord | None = None
    refusal: str = ""
    suspects: tuple[int, ...] = ()
    verification: Verification | None = None
    unverified: str = ""
    """Why there is no verification."""

    @property
    def free(self) -> tuple[Reading, ...]:
        """Readings of the free support."""
        return tuple(reading for reading in self.readings if reading.kind == "free")

    @property
    def loaded(self) -> tuple[Reading, ...]:
        """Readings with a load that count."""
        return tuple(reading for reading in self.readings if reading.kind != "free" and not reading.struck)

    @property
    def more(self) -> int:
        """Readings with a load that are still needed at least: cells + 3, and nine where all are pulls."""
        if not self.fits:
            return 0
        least = len(self.plan.cells) + MORE_THAN_CELLS
        if self.loaded and all(reading.kind == "scale" for reading in self.loaded):
            least = max(least, LEAST_PULLS)
        return max(least - len(self.loaded), 0)

    @property
    def ends(self) -> tuple[float | None, float | None]:
        """Mean error at each end, as a share of the load; None where nothing hung there or there is no fit."""
        if self.record is None:
            return None, None
        errors: tuple[list[float], list[float]] = ([], [])
        places = {reading.number: reading.place for reading in self.loaded}
        for result in self.record.results:
            place = places.get(result.number)
            if place is not None and result.stated_kg and not END_SHARE < place < 1 - END_SHARE:
                errors[place > 0.5].append(result.error_kg / result.stated_kg)
        first, last = (sum(found) / len(found) if found else None for found in errors)
        return first, last

    @property
    def corners_done(self) -> bool:
        """Loads hung at both ends and read alike; a support with one cell has no corners."""
        first, last = self.ends
        if len(self.plan.cells) == 1 or not self.fits:
            return self.record is not None
        return first is not None and last is not None and abs(first - last) <= CORNERS_MOST


def began(steps: Sequence[Step]) -> Began:
    """The step that began it. Raises Refused where there is none."""
    if not steps or not isinstance(steps[0], Began):
        raise Refused("no calibration is open: begin one")
    return steps[0]


def bars_of(steps: Sequence[Step], known: CalibrationRecord | None) -> tuple[Bar, ...]:
    """Each support, fitted and verified as far as its readings go. `known`: the record in use, for a verification."""
    first = began(steps)
    return tuple(_bar(steps, plan, first, known) for plan in first.supports)


def next_number(steps: Sequence[Step]) -> int:
    """Of the next reading."""
    numbers = [reading.number for step in steps for reading in _readings(step)]
    return max(numbers, default=0) + 1


def check_known(steps: Sequence[Step], support: str) -> None:
    """Raises UsageError for a support that this procedure has not."""
    names = [plan.name for plan in began(steps).supports]
    if support not in names:
        raise UsageError(f"no support {support!r} in this calibration; allowed: {', '.join(names)}")


def sources_of(steps: Sequence[Step]) -> dict[str, Source]:
    """Every weight, scale and person as it was told."""
    return {source.name: source for step in steps if isinstance(step, Loaded) for source in step.sources}


def check_sources(steps: Sequence[Step], sources: Sequence[Source]) -> None:
    """Raises UsageError for a name that was told otherwise before, or twice."""
    known = sources_of(steps)
    for source in sources:
        if known.get(source.name, source) != source:
            raise UsageError(f"{source.name!r} was told otherwise before; allowed: the same again, or another name")
    if len({source.name for source in sources}) < len(sources):
        raise UsageError("a weight is named twice; allowed: each once")


def accepted(
    steps: Sequence[Step],
    before: Calibration,
    known: CalibrationRecord | None,
    made: str,
    expires: str,
) -> tuple[Calibration, CalibrationRecord]:
    """What is kept and used from now on. Raises Refused while something is missing."""
    first = began(steps)
    bars = bars_of(steps, known)
    for bar in bars:
        _check_complete(bar)
    new = {bar.plan.name: _kept(bar, first, made) for bar in bars}
    if first.purpose == "verify":
        assert known is not None
        supports = tuple(new.get(record.plan.name, record) for record in known.supports)
        return before, replace(known, supports=supports)
    others = () if known is None else tuple(r for r in known.supports if r.plan.name not in new)
    supports = (*others, *new.values())
    record = CalibrationRecord(
        station=first.station,
        installer=first.installer,
        made=made,
        expires=expires,
        boards=first.boards,
        supports=supports,
        temperature_c=first.temperature_c,
        tolerance_fraction=first.tolerance_fraction,
    )
    return calibration_of(before, supports, made, expires), record


def _check_complete(bar: Bar) -> None:
    if bar.record is None or bar.more:
        raise Refused(bar.refusal or f"{bar.plan.name}: {bar.more} more readings are needed")
    if not bar.corners_done:
        raise Refused(f"{bar.plan.name}: the corners are open: a load near each end must read alike")
    if bar.verification is None:
        raise Refused(bar.unverified)
    if bar.fits and bar.verification.verdict == "refused":
        raise Refused(bar.verification.words)


def _kept(bar: Bar, first: Began, made: str) -> SupportRecord:
    assert bar.record is not None
    assert bar.verification is not None
    verification = replace(bar.verification, made=made, by=first.installer)
    if first.purpose == "verify":
        return replace(bar.record, verifications=(*bar.record.verifications, verification))
    return replace(
        bar.record,
        made=made,
        installer=first.installer,
        temperature_c=first.temperature_c,
        verifications=(verification,),
    )


def _bar(steps: Sequence[Step], plan: SupportPlan, first: Began, known: CalibrationRecord | None) -> Bar:
    struck = {step.number: step.why for step in steps if isinstance(step, Struck)}
    mine = [step for step in steps if isinstance(step, Loaded) and step.support == plan.name]
    free = [
        _as_struck(step.readings[plan.name], struck)
        for step in steps
        if isinstance(step, Freed) and plan.name in step.readings
    ]
    spans = [_as_struck(step.reading, struck) for step in mine if not step.verifies]
    sources = tuple({source.name: source for step in mine for source in step.sources}.values())
    bar = Bar(
        plan=plan,
        fits=first.purpose == "calibrate",
        sources=sources,
        readings=tuple(sorted((*free, *spans), key=lambda reading: reading.number)),
        holds=tuple(step.hold for step in mine if step.hold is not None and step.reading.number not in struck),
        verifying=tuple(_as_struck(step.reading, struck) for step in mine if step.verifies),
    )
    bar = _fitted(bar) if bar.fits else _known(bar, known)
    return bar if bar.record is None else _verified(bar, bar.record, first)


def _as_struck(reading: Reading, struck: dict[int, str]) -> Reading:
    return replace(reading, struck=struck[reading.number]) if reading.number in struck else reading


def _fitted(bar: Bar) -> Bar:
    if not bar.loaded:
        return replace(bar, refusal=f"{bar.plan.name}: no load has hung there yet")
    used = {name for reading in bar.readings for name in reading.uses}
    sources = [source for source in bar.sources if source.name in used or source.kind == "scale"]
    try:
        return replace(bar, record=fit_support(bar.plan, sources, bar.readings, bar.holds))
    except Mistyped as error:
        return replace(bar, refusal=str(error), suspects=error.numbers)
    except (Refused, UsageError) as error:
        return replace(bar, refusal=str(error))


def _known(bar: Bar, known: CalibrationRecord | None) -> Bar:
    record = next((r for r in known.supports if r.plan.name == bar.plan.name), None) if known is not None else None
    if record is None:
        return replace(bar, refusal=f"{bar.plan.name}: what its calibration was made from is not known: calibrate it")
    return replace(bar, record=record)


def _verified(bar: Bar, record: SupportRecord, first: Began) -> Bar:
    counting = [reading for reading in bar.verifying if not reading.struck]
    if not counting:
        return replace(bar, unverified=f"{bar.plan.name}: hang a load that the calibration never saw")
    try:
        readings = (*bar.free, *counting)
        found = verify_support(record, bar.sources, readings, tolerance_fraction=first.tolerance_fraction)
    except (Refused, UsageError) as error:
        return replace(bar, unverified=str(error))
    return replace(bar, verification=found)


def _readings(step: Step) -> tuple[Reading, ...]:
    if isinstance(step, Freed):
        return tuple(step.readings.values())
    return (step.reading,) if isinstance(step, Loaded) else ()


def is_checked(steps: Sequence[Step]) -> bool:
    """Rate and noise were looked at."""
    return any(isinstance(step, Checked) for step in steps)


def is_freed(steps: Sequence[Step]) -> bool:
    """The free bars were read."""
    return any(isinstance(step, Freed) for step in steps)
