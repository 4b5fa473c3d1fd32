"""Clients and therapists for the studio's pages: all of them, one's limits and overrides, adding and changing.

One law: written by people.db's one writer, limits whole and by somebody with a name; none is suggested and none has a
default. It is called in a thread, and knows no request and no role.
"""

import time
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from bard.client.estimate import BodyKg, BodyUKg
from bard.config.intake import load_checklist
from bard.errors import ConfigError, UsageError
from bard.people.reader import PeopleReader
from bard.people.records import Client, Damaged, Intake, Limits, LimitsGiven, Therapist, Weight
from bard.settings import Checklist, Code, Settings
from bard.studio.intake import standing
from bard.studio.people_file import people_file, people_to_write

Typed = Annotated[str, Meta(max_length=200)]
Notes = Annotated[str, Meta(max_length=2000)]


class OneAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """One client."""

    client: Code


class ClientGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """A client to add (`is_new`, code null: one is made) or to change. Name and notes as they shall be, null: as it is.

    `limits` null: as they are; else whole, set by `by`.
    """

    is_new: bool
    code: Code | None = None
    name: Typed | None = None
    notes: Notes | None = None
    limits: LimitsGiven | None = None
    by: Typed = ""


class TherapistGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """A therapist to add or to change; null: as it is. `u_kg`: standard uncertainty, null: that of a typed weight."""

    is_new: bool
    code: Code | None = None
    body_weight_kg: BodyKg | None = None
    u_kg: BodyUKg | None = None


def everybody(settings: Settings) -> dict[str, Any]:
    """All, in the order they came, and for how many days records are kept."""
    clients: list[dict[str, Any]] = []
    therapists: list[dict[str, Any]] = []
    checklist = _checklist(settings)
    if people_file(settings).exists():
        with PeopleReader(people_file(settings)) as people:
            sessions = people.sessions()
            of_client, of_therapist = (
                Counter(one.client for one in sessions),
                Counter(one.therapist for one in sessions),
            )
            clients = [_client(settings, checklist, one, of_client[one.code]) for one in people.clients()]
            therapists = [_therapist(one, of_therapist[one.code]) for one in people.therapists()]
    kept = msgspec.to_builtins(settings.retention)
    return {"names": settings.studio.names, "clients": clients, "therapists": therapists, "retention": kept}


def one_client(settings: Settings, asked: OneAsked) -> dict[str, Any]:
    """What was set before, and who began in spite of an answer; the newest first."""
    with PeopleReader(people_file(settings)) as people:
        history, overrides = people.limits(asked.client), people.overrides(asked.client)
        code = people.client(asked.client).code
    told = [
        {"damaged": one.words}
        if isinstance(one, Damaged)
        else {"day": _day(one.at_ms), "by": one.by, "reason": one.reason, "items": one.items}
        for one in reversed(overrides)
    ]
    return {"code": code, "limits": [_limits(one) for one in reversed(history)], "overrides": told}


def put_client(settings: Settings, given: ClientGiven) -> dict[str, Any]:
    """Add or change; returns the code. Raises UsageError, and Refused for a name where the studio keeps none."""
    if given.limits is not None:
        if not given.by.strip():
            raise UsageError("limits are set by somebody: say who")
        given.limits.check()
    at_ms = round(time.time() * 1000)
    with people_to_write(settings) as people:
        if given.is_new:
            code = people.add_client(given.code, at_ms, name=given.name or None, notes=given.notes or None)
        else:
            was = people.client(_coded(given.code))
            code = was.code
            name = was.name if given.name is None else given.name or None
            notes = was.notes if given.notes is None else given.notes or None
            if (name, notes) != (was.name, was.notes):
                people.edit_client(code, name=name, notes=notes)
        if given.limits is not None:
            people.set_limits(code, given.limits, at_ms=at_ms, by=given.by.strip())
    return {"code": code}


def put_therapist(settings: Settings, given: TherapistGiven) -> dict[str, Any]:
    """Add or change; returns the code. Raises UsageError."""
    if given.body_weight_kg is None and given.u_kg is not None:
        raise UsageError("an uncertainty goes with a body weight")
    at_ms = round(time.time() * 1000)
    with people_to_write(settings) as people:
        code = people.add_therapist(given.code, at_ms) if given.is_new else people.therapist(_coded(given.code)).code
        if given.body_weight_kg is not None:
            u_kg = settings.core.uncertainty.body_kg if given.u_kg is None else given.u_kg
            weight = Weight(at_ms, "", given.body_weight_kg, u_kg, date.today().isoformat(), "typed")
            people.set_weight(code, weight)
    return {"code": code}


def _client(settings: Settings, checklist: Checklist | None, one: Client, sessions: int) -> dict[str, Any]:
    asked: dict[str, Any] = {"intake_by": None, "intake_day": None, "intake_due": None}
    if isinstance(one.intake, Intake):
        asked |= {"intake_by": one.intake.by, "intake_day": _day(one.intake.at_ms)}
    if checklist is not None:
        days, now_ms = settings.studio.intake_interval_days, round(time.time() * 1000)
        asked["intake_due"] = standing(checklist, one.intake, interval_days=days, now_ms=now_ms).due
    return {
        "code": one.code,
        "name": one.name if settings.studio.names else None,
        "notes": one.notes if settings.studio.names else None,
        "since": _day(one.at_ms),
        "limits": _limits(one.limits),
        "sessions": sessions,
        **asked,
    }


def _therapist(one: Therapist, sessions: int) -> dict[str, Any]:
    weight = one.weight
    told = {"damaged": weight.words} if isinstance(weight, Damaged) else msgspec.to_builtins(weight)
    return {"code": one.code, "since": _day(one.at_ms), "weight": told, "sessions": sessions}


def _limits(limits: Limits | Damaged | None) -> dict[str, Any] | None:
    if limits is None:
        return None
    if isinstance(limits, Damaged):
        return {"damaged": limits.words}
    given: dict[str, Any] = msgspec.to_builtins(limits.given)
    return {"by": limits.by, "day": _day(limits.at_ms), **given}


def _checklist(settings: Settings) -> Checklist | None:
    try:
        return load_checklist(Path(settings.studio.intake_file))
    except ConfigError:
        return None


def _coded(code: str | None) -> str:
    if code is None:
        raise UsageError("whom to change is missing: a code")
    return code


def _day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000).date().isoformat()
