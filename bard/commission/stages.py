"""Where a procedure stands and what to do next, in words for somebody on a ladder.

One law: it only tells what `bard.commission.procedure` found; nothing is decided here.
"""

from collections.abc import Sequence

from bard.commission.model import stated
from bard.commission.procedure import Bar, began, is_checked, is_freed, sources_of
from bard.commission.record import Reading, Source
from bard.commission.steps import Began, Checked, Freed, Loaded, Step
from bard.commission.told import BarState, ReadingLine, Stage, State

PLACES = {
    0.0: "at the first end",
    0.25: "a quarter in",
    0.5: "in the middle",
    0.75: "three quarters in",
    1.0: "at the last end",
}


def state_of(steps: Sequence[Step], bars: Sequence[Bar]) -> State:
    """`bars`: of these steps. Raises Refused where nothing was begun."""
    first = began(steps)
    stage, support = _stage(steps, bars, first)
    return State(
        purpose=first.purpose,
        installer=first.installer,
        stage=stage,
        support=support,
        todo=_todo(stage, next((bar for bar in bars if bar.plan.name == support), bars[0]), refused_of(bars)),
        undo=step_words(steps[-1]),
        bars=tuple(_bar_state(bar) for bar in bars),
        steps=len(steps),
        sources=tuple(sources_of(steps).values()),
    )


def step_words(step: Step) -> str:
    """What a step was."""
    match step:
        case Began():
            return "the beginning"
        case Checked():
            return _check_words(step)
        case Freed():
            return "the zero"
        case Loaded():
            return f"reading {step.reading.number}: {reading_words(step.reading, step.sources)} on {step.support}"
        case _:
            return f"the striking of reading {step.number}"


def _check_words(step: Checked) -> str:
    rates = [cell.rate_hz for cell in step.cells if cell.rate_hz is not None]
    noises = [cell.sd_counts for cell in step.cells]
    looks = [f"{cell.name} {words}" for cell in step.cells for words in cell.warnings]
    told = f"checked: noise {min(noises):.0f} to {max(noises):.0f} counts"
    if rates:
        told += f", {min(rates):.0f} to {max(rates):.0f} conversions a second"
    return told + "".join(f"; LOOK: {words}" for words in looks)


def reading_words(reading: Reading, sources: Sequence[Source]) -> str:
    """`20 kg a quarter in`."""
    used = [source for source in sources if source.name in reading.uses]
    where = f" {place_words(reading.place)}" if reading.place is not None else ""
    if reading.kind == "weights":
        return f"{sum(source.kg or 0.0 for source in used):g} kg{where}"
    person = next((source for source in used if source.kind == "person"), None)
    who = person.name if person is not None else "somebody"
    if reading.kind == "hang":
        return f"{who} hangs{where}"
    way = {"up": ", pulling more", "down": ", pulling less"}.get(reading.direction, "")
    return f"{who} pulls{where}, scale {reading.shown_kg or 0.0:g} kg{way}"


def place_words(place: float) -> str:
    """Along the support."""
    return PLACES.get(place, f"at {100 * place:.0f} % of the length")


def _stage(steps: Sequence[Step], bars: Sequence[Bar], first: Began) -> tuple[Stage, str]:
    if first.purpose == "calibrate" and not is_checked(steps):
        return "check", ""
    if not is_freed(steps):
        return "zero", ""
    for bar in bars:
        if bar.record is None or bar.more:
            return "span", bar.plan.name
        if not bar.corners_done:
            return "corners", bar.plan.name
        if bar.verification is None or (bar.fits and bar.verification.verdict == "refused"):
            return "verify", bar.plan.name
    return "accept", ""


def refused_of(bars: Sequence[Bar]) -> str:
    """What a verification refused, in words; empty: nothing."""
    found = [bar.verification for bar in bars if bar.verification is not None]
    return "; ".join(verification.words for verification in found if verification.verdict == "refused")


def _todo(stage: Stage, bar: Bar, refused: str) -> str:
    name = bar.plan.name
    match stage:
        case "check":
            return "Leave all bars free and still: each cell's rate and noise are looked at for 5 s."
        case "zero":
            return "Leave all bars free and still, with the ropes and cables that stay: 5 s make the zero."
        case "span" if bar.more:
            return f"{name}: {bar.more} more reading{'s' * (bar.more != 1)} with a load, from light to heavy."
        case "span":
            return f"{name}: strike or undo the reading that is wrong, or take more."
        case "corners":
            first, last = bar.ends
            open_ends = [words for end, words in ((first, "first"), (last, "last")) if end is None]
            if open_ends:
                return f"{name}: a load near its {' and its '.join(open_ends)} end (cell 1 is at the first)."
            return f"{name}: its ends read unlike: look for what else bears load there, then undo or take more."
        case "verify" if bar.verification is not None:
            return f"{name}: this calibration is refused: undo, look for what rubs or hangs askew, and read again."
        case "verify":
            return f"{name}: another load than before, or another place, off the middle: the fit does not see it."
        case _ if refused:
            return "All bars are done, and one is refused: accept keeps that in the record; then calibrate it anew."
        case _ if not bar.fits:
            return "All bars are done: accept, and it is kept in the record."
        case _:
            return "All bars are done: accept, and the calibration is kept and used from now on."


def _bar_state(bar: Bar) -> BarState:
    lines = [_line(bar, reading, verifies=False) for reading in bar.readings if reading.kind != "free"]
    lines += [_line(bar, reading, verifies=True) for reading in bar.verifying]
    verification = bar.verification
    return BarState(
        name=bar.plan.name,
        cells=tuple(cell.name for cell in bar.plan.cells),
        free=len(bar.free),
        readings=tuple(lines),
        more=bar.more,
        refusal=bar.refusal if bar.loaded or not bar.fits else "",
        suspects=bar.suspects,
        fit=_fit_words(bar),
        notes=bar.record.notes if bar.record is not None else (),
        corners=_corner_words(bar),
        corners_done=bar.corners_done,
        verified=verification.words if verification is not None else bar.unverified if bar.verifying else "",
        verdict=verification.verdict if verification is not None else None,
    )


def _line(bar: Bar, reading: Reading, *, verifies: bool) -> ReadingLine:
    words = reading_words(reading, bar.sources)
    found = {result.number: result for result in bar.record.results} if bar.record is not None and bar.fits else {}
    loads = {load.number: load for load in bar.verification.loads} if bar.verification is not None else {}
    line = found.get(reading.number) or loads.get(reading.number)
    if line is None:
        return ReadingLine(reading.number, words, verifies, _stated_kg(bar, reading), struck=reading.struck)
    return ReadingLine(reading.number, words, verifies, line.stated_kg, line.shown_kg, line.error_kg, reading.struck)


def _stated_kg(bar: Bar, reading: Reading) -> float | None:
    known = {source.name: source for source in bar.sources}
    if any(known[name].kind == "person" and known[name].kg is None for name in reading.uses):
        return None
    return stated(reading, known)[0]


def _fit_words(bar: Bar) -> str:
    record = bar.record
    if record is None or not bar.fits:
        return ""
    spans = ", ".join(f"{cell.counts_per_kg:.0f}" for cell in record.cells)
    return (
        f"span {spans} counts/kg, good to {200 * record.span_u_fraction:.2f} % (U); scatter {record.residual_kg:.2f} kg"
    )


def _corner_words(bar: Bar) -> str:
    ends = zip(("first", "last"), bar.ends, strict=True)
    return ", ".join(f"{name} end {round(100 * end, 1) + 0.0:+.1f} %" for name, end in ends if end is not None)
