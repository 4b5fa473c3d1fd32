"""The people's part of a preflight: the client's limits and intake, the therapist's body weight.

One law: no limit and no weight is made up; an intake answer that blocks is passed only with a name and a reason, which
are kept. Nothing here clears anybody. Pure.
"""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from bard.client.estimate import BodyKg
from bard.control.protocol import PreflightLine
from bard.people.records import Client, Damaged, LimitsGiven, Therapist
from bard.settings import StudioSettings
from bard.studio.intake import Standing


class Party(Struct, frozen=True):
    """Who is to take part. `standing` None: no client. `typed_kg`: a body weight typed for this session.

    `hung_kg`: of a fresh weigh-in. `override_by` and `override_why`: who begins in spite of the intake, and why.
    """

    client: Client | None
    standing: Standing | None
    therapist: Therapist | None
    typed_kg: BodyKg | None = None
    hung_kg: float | None = None
    override_by: str = ""
    override_why: str = ""


class Weighed(Struct, frozen=True):
    """The body weight to begin with, and its standard uncertainty where that is kept; `typed_kg` null: the hung one."""

    line: PreflightLine
    typed_kg: float | None = None
    u_kg: float | None = None


def limits_of(client: Client | None) -> LimitsGiven | None:
    """What holds for this client; None where there is none to go by."""
    limits = client.limits if client is not None else None
    return None if limits is None or isinstance(limits, Damaged) else limits.given


def people_lines(party: Party, settings: StudioSettings, today: date) -> Iterator[PreflightLine]:
    """About client and therapist, where they are named."""
    if party.client is not None:
        yield _limits(party.client)
    if party.client is not None and party.standing is not None:
        yield from _intake(party.client, party.standing, party)
    yield weigh(party, settings, today).line


def weigh(party: Party, settings: StudioSettings, today: date) -> Weighed:
    """Which body weight counts, and how that stands. A fresh weigh-in is held against the kept one by the core."""
    way_out = "bard weigh-in, or --body-weight KG"
    if party.typed_kg is not None:
        return Weighed(_pass(f"{party.typed_kg:g} kg, typed now"), party.typed_kg)
    weight = party.therapist.weight if party.therapist is not None else None
    hung = None if party.hung_kg is None else Weighed(_pass(f"{party.hung_kg:.1f} kg, weighed in just now"))
    if isinstance(weight, Damaged):
        return hung or Weighed(_refuse(weight.words, way_out))
    if weight is None:
        return hung or Weighed(_refuse("none is known", way_out))
    age_days = (today - date.fromisoformat(weight.dated)).days
    if age_days > settings.body_weight_days or age_days < -1:
        words = f"{weight.kg:g} kg of {weight.dated}; the studio wants one of the last {settings.body_weight_days} days"
        return hung or Weighed(_refuse(words, way_out))
    if hung is not None:
        return Weighed(hung.line, weight.kg, weight.u_kg) if weight.basis == "typed" else hung
    return Weighed(_pass(f"{weight.kg:g} kg of {weight.dated}, u {weight.u_kg:g} kg"), weight.kg, weight.u_kg)


def _limits(client: Client) -> PreflightLine:
    limits = client.limits
    way_out = f"bard client edit {client.code} --limit KG --by WHO"
    if limits is None:
        return PreflightLine("limits", "refuse", f"none is set for {client.code}", way_out)
    if isinstance(limits, Damaged):
        return PreflightLine("limits", "refuse", limits.words, way_out)
    return PreflightLine("limits", "pass", f"limit {limits.given.limit_kg:g} kg, set by {limits.by}")


def _intake(client: Client, stands: Standing, party: Party) -> Iterator[PreflightLine]:
    """Due, blocked and to look at are lines of their own."""
    if stands.due is not None:
        yield PreflightLine("intake", "refuse", stands.due, f"bard intake {client.code} --by WHO")
    if stands.blocking:
        words = "answered with yes or unsure: " + " ".join(item.words for item in stands.blocking)
        if party.override_by.strip() and party.override_why.strip():
            decided = f"begun all the same by {party.override_by.strip()}: {party.override_why.strip()}"
            yield PreflightLine("intake", "warn", f"{words} {decided}", "")
        else:
            yield PreflightLine(
                *("intake", "refuse", words),
                "the practitioner decides: --override-by WHO --override-why TEXT begins all the same and is kept",
            )
    if stands.cautions:
        words = "to look at: " + " ".join(item.words for item in stands.cautions)
        yield PreflightLine("intake", "warn", words, "the practitioner decides")
    if not (stands.due or stands.blocking or stands.cautions):
        yield PreflightLine("intake", "pass", "asked, and every question answered with no")


def _pass(words: str) -> PreflightLine:
    return PreflightLine("body weight", "pass", words)


def _refuse(words: str, way_out: str) -> PreflightLine:
    return PreflightLine("body weight", "refuse", words, way_out)
