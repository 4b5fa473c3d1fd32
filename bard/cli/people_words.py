"""Therapists and clients in words, and as plain values for JSON.

One law: what is not set is said to be not set, and what is damaged is said to be; no limit is suggested.
"""

from collections.abc import Iterator
from datetime import datetime

from bard.control.words import kg_words
from bard.people.records import Client, Damaged, Intake, Limits, LimitsGiven, Override, SessionOf, Therapist, Weight
from bard.settings import Checklist
from bard.studio.intake import Standing


def day(at_ms: int) -> str:
    """The local day."""
    return datetime.fromtimestamp(at_ms / 1000).date().isoformat()


def therapist_line(therapist: Therapist) -> str:
    """One line of a list."""
    return f"{therapist.code:10} {_weight_words(therapist.weight)}"


def therapist_lines(therapist: Therapist, sessions: list[SessionOf]) -> Iterator[str]:
    """All there is to say."""
    yield f"therapist {therapist.code}, since {day(therapist.at_ms)}"
    yield _weight_words(therapist.weight)
    areas = therapist.contact_cm2
    if isinstance(areas, Damaged):
        yield areas.words
    elif areas:
        yield "contact " + ", ".join(f"{part} {cm2:g} cm2" for part, cm2 in areas.items())
    else:
        yield "no contact area stated: no pressure is told"
    if therapist.cue is not None:
        yield f"ticks below the limit: {'wanted' if therapist.cue else 'not wanted'}"
    yield _sessions_words(sessions)


def client_line(client: Client) -> str:
    """One line of a list."""
    name = f" {client.name}" if client.name else ""
    return f"{client.code:10} {_limits_words(client.limits)}; {_intake_words(client.intake)}{name}"


def client_lines(
    client: Client,
    history: list[Limits | Damaged],
    overrides: list[Override | Damaged],
    sessions: list[SessionOf],
    stands: Standing | None,
) -> Iterator[str]:
    """All there is to say; `stands` None: no checklist could be read."""
    yield f"client {client.code}, since {day(client.at_ms)}" + (f": {client.name}" if client.name else "")
    if client.notes:
        yield f"notes: {client.notes}"
    yield _limits_words(client.limits)
    for before in reversed(history[:-1]):
        yield f"  before: {_limits_words(before)}"
    yield _intake_words(client.intake)
    if stands is not None:
        yield from (f"  {line}" for line in standing_lines(stands))
    for override in overrides:
        yield (
            override.words
            if isinstance(override, Damaged)
            else (
                f"override on {day(override.at_ms)} by {override.by}: {override.reason} ({', '.join(override.items)})"
            )
        )
    yield _sessions_words(sessions)


def standing_lines(stands: Standing) -> Iterator[str]:
    """What must be asked, what blocks, what to look at."""
    if stands.due:
        yield f"to be asked: {stands.due}"
    for item in stands.blocking:
        yield f"blocks a start: {item.words}"
    for item in stands.cautions:
        yield f"to look at: {item.words}"


def answer_lines(checklist: Checklist, intake: Intake) -> Iterator[str]:
    """Each question with its answer."""
    for item in checklist.items:
        yield f"{intake.answers.get(item.id, 'never asked'):11} {item.words}"


def limits_words(given: LimitsGiven) -> str:
    """`limit 40.0 kg, near 34.0 kg, zone ribs 25.0 kg`."""
    parts = [f"limit {kg_words(given.limit_kg)}"]
    parts += [f"near {kg_words(given.near_kg)}"] if given.near_kg is not None else []
    parts += [f"critical {kg_words(given.critical_kg)}"] if given.critical_kg is not None else []
    if given.sustained_kg is not None and given.sustained_s is not None:
        parts.append(f"{kg_words(given.sustained_kg)} for {given.sustained_s:g} s at most")
    parts += [f"rise {given.rate_kg_s:g} kg/s"] if given.rate_kg_s is not None else []
    parts += [f"zone {name} {kg_words(kg)}" for name, kg in given.zones.items()]
    return ", ".join(parts)


def _limits_words(limits: Limits | Damaged | None) -> str:
    if limits is None:
        return "no limit set"
    if isinstance(limits, Damaged):
        return f"REFUSED: {limits.words}"
    return f"{limits_words(limits.given)} (set by {limits.by} on {day(limits.at_ms)})"


def _intake_words(intake: Intake | Damaged | None) -> str:
    if intake is None:
        return "intake never asked"
    if isinstance(intake, Damaged):
        return f"REFUSED: {intake.words}"
    return f"intake asked by {intake.by} on {day(intake.at_ms)}"


def _weight_words(weight: Weight | Damaged | None) -> str:
    if weight is None:
        return "no body weight"
    if isinstance(weight, Damaged):
        return f"REFUSED: {weight.words}"
    how = "weighed in" if weight.basis == "hung" else "typed"
    return f"body weight {kg_words(weight.kg)}, u {weight.u_kg:g} kg, of {weight.dated} ({how})"


def _sessions_words(sessions: list[SessionOf]) -> str:
    if not sessions:
        return "no sessions"
    return f"{len(sessions)} session{'' if len(sessions) == 1 else 's'}, the last on {day(sessions[-1].at_ms)}"
