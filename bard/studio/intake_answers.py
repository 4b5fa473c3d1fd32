"""Answers to the intake on their way into people.db, from a terminal, a file or a page.

One law: they are whole, with who asked, or nothing is kept. It asks nobody.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from bard.errors import UsageError
from bard.people.records import Reply
from bard.people.store import People
from bard.settings import Checklist

REPLIES: tuple[Reply, ...] = ("no", "yes", "unsure")


def checked_answers(checklist: Checklist, answers: Mapping[str, Any]) -> dict[str, Reply]:
    """One to each question. Raises UsageError that names the first one missing, unknown or not a reply."""
    ids = [item.id for item in checklist.items]
    for name, reply in answers.items():
        if name not in ids:
            raise UsageError(f'intake: no question "{name}"; allowed: {", ".join(ids)}')
        if reply not in REPLIES:
            raise UsageError(f'intake: {name}: "{reply}"; allowed: {", ".join(REPLIES)}')
    missing = [name for name in ids if name not in answers]
    if missing:
        raise UsageError(f"intake: not answered: {', '.join(missing)}; allowed: all of them, or nothing is kept")
    return dict(answers)


def read_answers(text: bytes) -> dict[str, Any]:
    """A JSON object of question id to reply. Raises UsageError."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f'intake: {error}; allowed: a JSON object as {{"pregnancy": "no", ...}}') from None


def record_answers(
    people: People, checklist: Checklist, code: str, answers: Mapping[str, Any], *, by: str, at_ms: int
) -> None:
    """Check and keep them. Raises UsageError for a client or an answer that is none, and without who asked."""
    people.record_intake(code, checked_answers(checklist, answers), at_ms=at_ms, by=by)
