"""A session's beginning from a page: who may be chosen, the intake's questions and answers, the start itself.

One law: each call is made in a thread and may wait; the daemon judges and begins, people.db's one writer keeps answers,
and nothing is suggested. It knows no request and no role.
"""

import time
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta, Struct

from bard.client.estimate import BodyKg
from bard.config.intake import load_checklist
from bard.control.client import ControlClient
from bard.control.protocol import Start, StartResult
from bard.errors import UsageError
from bard.messages.commands import Words
from bard.people.reader import PeopleReader
from bard.people.records import Intake
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from bard.settings import Code, Settings
from bard.studio.intake import standing
from bard.studio.intake_answers import record_answers

Who = Annotated[str, Meta(max_length=200)]


class ClientAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """One client."""

    client: Code


class Beginning(Struct, frozen=True, forbid_unknown_fields=True):
    """As `bard.control.protocol.Start`; `only_look`: the preflight alone."""

    client: Code | None = None
    therapist: Code | None = None
    body_weight_kg: BodyKg | None = None
    override_by: Words = ""
    override_why: Words = ""
    only_look: bool = False


class Answers(Struct, frozen=True, forbid_unknown_fields=True):
    """A client's answers by question id, and who asked."""

    client: Code
    by: Who
    answers: Annotated[dict[str, str], Meta(max_length=100)]


def choices(settings: Settings, *, with_names: bool) -> dict[str, Any]:
    """Codes of clients and therapists; names where the studio keeps them and this device needs them."""
    named = with_names and settings.studio.names
    with PeopleReader(_path(settings)) as people:
        clients = [{"code": one.code, "name": one.name if named else None} for one in people.clients()]
        therapists = [{"code": one.code} for one in people.therapists()]
    return {"clients": clients, "therapists": therapists}


def questions(settings: Settings, asked: ClientAsked) -> dict[str, Any]:
    """The checklist with the answers of last time; `due`: why it must be asked now, null: it need not."""
    checklist = load_checklist(Path(settings.studio.intake_file))
    with PeopleReader(_path(settings)) as people:
        client = people.client(asked.client)
    days, now_ms = settings.studio.intake_interval_days, round(time.time() * 1000)
    stands = standing(checklist, client.intake, interval_days=days, now_ms=now_ms)
    last = client.intake.answers if isinstance(client.intake, Intake) else {}
    return {
        "client": client.code,
        "reminder": checklist.reminder,
        "due": stands.due,
        "blocking": [item.words for item in stands.blocking],
        "items": [
            {"id": item.id, "words": item.words, "kind": item.kind, "last": last.get(item.id)}
            for item in checklist.items
        ],
    }


def keep_answers(settings: Settings, given: Answers) -> dict[str, Any]:
    """Whole, with who asked, or UsageError. Returns how the intake stands then."""
    if not given.by.strip():
        raise UsageError("intake: somebody asks: say who")
    checklist = load_checklist(Path(settings.studio.intake_file))
    with People(_path(settings), names=settings.studio.names) as people:
        at_ms = round(time.time() * 1000)
        record_answers(people, checklist, given.client, given.answers, by=given.by.strip(), at_ms=at_ms)
    return questions(settings, ClientAsked(given.client))


def begin(settings: Settings, wanted: Beginning) -> StartResult:
    """Have bard look, and begin where no line refuses. Raises Refused, UsageError or LinkError."""
    start = Start(
        *(0, wanted.client, wanted.therapist, wanted.body_weight_kg),
        *(wanted.override_by.strip(), wanted.override_why.strip(), wanted.only_look),
    )
    with ControlClient(settings.control.socket) as control:
        return control.start(start)


def _path(settings: Settings) -> Path:
    return Path(settings.journal.directory) / PEOPLE_FILE
