"""All that people.db holds on one person, as plain values for JSON.

One law: everything, or DataError: what is damaged stands as its words. What other files hold under the sessions' ids is
not known here.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from bard.people.reader import Readings
from bard.people.records import Damaged


def held_on_client(people: Readings, code: str) -> dict[str, Any]:
    """Of a client. Times are ISO 8601, UTC. Raises UsageError for a code that nobody has."""
    client = people.client(code)
    return {
        "client": client.code,
        "added": when(client.at_ms),
        "name": client.name,
        "notes": client.notes,
        "limits": [_plain(one) for one in people.limits(code)],
        "intake": [_plain(one) for one in people.intakes(code)],
        "overrides": [_plain(one) for one in people.overrides(code)],
        "sessions": [_plain(one) for one in people.sessions(client=code)],
    }


def held_on_therapist(people: Readings, code: str) -> dict[str, Any]:
    """Of a therapist; the clients of the sessions are not told."""
    therapist = people.therapist(code)
    areas = therapist.contact_cm2
    sessions = [_plain(one) for one in people.sessions(therapist=code)]
    return {
        "therapist": therapist.code,
        "added": when(therapist.at_ms),
        "cue": therapist.cue,
        "body_weight": [_plain(one) for one in people.weights(code)],
        "contact_cm2": {"damaged": areas.words} if isinstance(areas, Damaged) else areas,
        "sessions": [{key: value for key, value in one.items() if key != "client"} for one in sessions],
    }


def when(at_ms: int) -> str:
    """ISO 8601, UTC, to the second."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="seconds")


def _plain(record: msgspec.Struct) -> dict[str, Any]:
    if isinstance(record, Damaged):
        return {"damaged": record.words}
    plain: dict[str, Any] = msgspec.to_builtins(record)
    at_ms = plain.pop("at_ms")
    return {"at": when(at_ms), **plain.pop("given", {}), **plain}
