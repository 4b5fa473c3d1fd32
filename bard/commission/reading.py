"""What was just read becomes a step, or is refused.

One law: whatever a step will hold is checked here before it is one: the right time for it, cells that were well and
still, a load that hangs together with what was told before.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bard.commission.checks import check_reading
from bard.commission.procedure import (
    Bar,
    began,
    check_known,
    check_sources,
    is_checked,
    is_freed,
    next_number,
    sources_of,
)
from bard.commission.readings import FREE, HUNG, PULLED, Readings
from bard.commission.record import Hold, Reading, SupportPlan
from bard.commission.steps import CellCheck, Checked, Freed, Load, Loaded, Step, Strike, Struck
from bard.errors import Refused, UsageError
from bard.messages.snapshots import CellSnapshot

U_KG = {"weights": 0.02, "scale": 0.4, "hang": 0.2}
"""Standard uncertainty of one reading by itself: swinging weights; a body and a scale that move against each other."""
_HOLD_PARTS = 10


class Taken(Struct, frozen=True):
    """A load that was read; a pull's scale reading may still be missing."""

    asked: Load
    reading: Reading
    hold: Hold | None

    @staticmethod
    def of(steps: Sequence[Step], asked: Load, found: Mapping[str, Readings], at_s: float) -> "Taken":
        """From the readings of all cells, by key. Raises Refused where a cell was faulty or moved."""
        plan = _plan(steps, asked.support)
        allowed = HUNG if asked.kind == "weights" else PULLED
        cells = [found[cell.key] for cell in plan.cells]
        number = next_number(steps)
        reading = Reading(
            number=number,
            kind=asked.kind,
            counts=tuple(cell.mean_counts(allowed) for cell in cells),
            sd_counts=tuple(cell.sd_counts for cell in cells),
            at_s=_since(steps, at_s),
            uses=tuple(source.name for source in asked.sources),
            shown_kg=asked.shown_kg,
            u_kg=U_KG[asked.kind] if asked.u_kg is None else asked.u_kg,
            place=asked.place,
            direction=asked.direction,
        )
        check_reading(plan, {source.name: source for source in asked.sources}, reading)
        if not asked.hold:
            return Taken(asked, reading, None)
        ends = [cell.ends_counts(_HOLD_PARTS) for cell in cells]
        seconds = 30.0 * (1 - 1 / _HOLD_PARTS)
        hold = Hold(number, tuple(first for first, _ in ends), tuple(last for _, last in ends), seconds)
        return Taken(asked, reading, hold)


def check_load(steps: Sequence[Step], bars: Sequence[Bar], asked: Load) -> None:
    """Whether such a load may be read now. Raises Refused or UsageError."""
    check_known(steps, asked.support)
    check_sources(steps, asked.sources)
    if not is_freed(steps):
        raise Refused("no zero yet: read the free bars first")
    needs = {"weights": {"weight"}, "scale": {"scale", "person"}, "hang": {"person"}}[asked.kind]
    if {source.kind for source in asked.sources} != needs:
        raise UsageError(f"{asked.kind}: sources of other kinds; allowed: {' and '.join(sorted(needs))}")
    for source in asked.sources:
        if source.weighed_on and source.weighed_on not in {**sources_of(steps), **{s.name: s for s in asked.sources}}:
            raise UsageError(f"{source.name} was weighed on {source.weighed_on!r}, which nobody told of")
    bar = next(bar for bar in bars if bar.plan.name == asked.support)
    if not bar.fits and not asked.verifies:
        raise Refused("this is a verification: its loads are not for a fit")
    if asked.verifies and (bar.record is None or bar.more):
        raise Refused(f"{asked.support}: nothing to verify yet: {bar.refusal or 'more readings are needed'}")


def loaded(taken: Taken, shown: float | None) -> Loaded:
    """The step of a load; `shown`: what the scale showed, of a pull."""
    asked = taken.asked
    reading = replace(taken.reading, shown_kg=shown if asked.kind == "scale" else None)
    person = next((source for source in asked.sources if source.kind == "person"), None)
    if shown is not None and person is not None and person.kg is not None and shown > person.kg * 1.02:
        raise Refused(f"{person.name} weighs {person.kg:g} kg and cannot make a scale show {shown:g} kg by pulling")
    return Loaded(asked.support, reading, asked.sources, taken.hold, asked.verifies)


def freed(steps: Sequence[Step], found: Mapping[str, Readings], at_s: float) -> Freed:
    """The step of free bars. Raises Refused where a cell was faulty or moved, or was not looked at before."""
    first = began(steps)
    if first.purpose == "calibrate" and not is_checked(steps):
        raise Refused("rate and noise were not looked at yet: check them first")
    readings = {}
    for number, plan in enumerate(first.supports, next_number(steps)):
        cells = [found[cell.key] for cell in plan.cells]
        readings[plan.name] = Reading(
            number=number,
            kind="free",
            counts=tuple(cell.mean_counts(FREE) for cell in cells),
            sd_counts=tuple(cell.sd_counts for cell in cells),
            at_s=_since(steps, at_s),
        )
        check_reading(plan, {}, readings[plan.name])
    return Freed(readings)


def checked(steps: Sequence[Step], found: Mapping[str, Readings], cells: Mapping[str, CellSnapshot]) -> Checked:
    """The step of rate and noise. Raises Refused where a cell was faulty or moved."""
    return Checked(
        tuple(
            CellCheck(
                key=cell.key,
                name=cell.name,
                rate_hz=cells[cell.key].rate_hz,
                counts=found[cell.key].mean_counts(FREE),
                sd_counts=found[cell.key].sd_counts,
                warnings=cells[cell.key].warnings,
            )
            for plan in began(steps).supports
            for cell in plan.cells
        )
    )


def striking(steps: Sequence[Step], asked: Strike) -> Struck:
    """The step by which a reading does not count any more. Raises UsageError for one that is not there."""
    numbers = [step.reading.number for step in steps if isinstance(step, Loaded)]
    gone = {step.number for step in steps if isinstance(step, Struck)}
    there = [number for number in numbers if number not in gone]
    if asked.number not in there:
        raise UsageError(f"no reading {asked.number} to strike; allowed: {', '.join(map(str, there)) or 'none'}")
    return Struck(asked.number, asked.why)


def _plan(steps: Sequence[Step], support: str) -> SupportPlan:
    return next(plan for plan in began(steps).supports if plan.name == support)


def _since(steps: Sequence[Step], at_s: float) -> float:
    """Seconds since it began, never before the reading before: clocks are set, and rows go on."""
    taken = [step.reading.at_s for step in steps if isinstance(step, Loaded)]
    taken += [reading.at_s for step in steps if isinstance(step, Freed) for reading in step.readings.values()]
    return max(round(at_s - began(steps).at_s, 2), *taken, 0.0)
