"""Rows of people.db to records and back, with their checksums.

One law: a checksum is over the table, the code of whose row it is, and every value in the order of `COLUMNS`; what does
not fit becomes `Damaged`. It opens nothing.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from bard.people.records import AreaCm2, Damaged, Intake, Limits, LimitsGiven, Override, Part, Weight

T = TypeVar("T")
COLUMNS: dict[str, tuple[str, ...]] = {
    "body_weight": ("at_ms", "acted_by", "kg", "u_kg", "dated", "basis"),
    "contact": ("at_ms", "acted_by", "part", "cm2"),
    "limits": (
        *("at_ms", "acted_by", "limit_kg", "near_kg", "critical_kg"),
        *("sustained_kg", "sustained_s", "rate_kg_s", "zones"),
    ),
    "intake": ("at_ms", "acted_by", "answers"),
    "override": ("at_ms", "acted_by", "session", "reason", "items"),
}
"""Of each table with a checksum, what it covers."""
WHOSE = {
    "body_weight": "therapist",
    "contact": "therapist",
    "limits": "client",
    "intake": "client",
    "override": "client",
}
_TITLES = {
    "body_weight": "the body weight",
    "contact": "the contact area",
    "limits": "the limits",
    "intake": "the intake answers",
    "override": "the override",
}
_json = msgspec.json.Encoder(order="sorted").encode


class ContactRow(msgspec.Struct, frozen=True):
    """An area as stated by whom and when; null: not stated any more."""

    at_ms: int
    by: str
    part: Part
    cm2: AreaCm2 | None


def checksum(table: str, code: str, values: Sequence[Any]) -> str:
    """Of one row. A whole number and the same number with a point count as one: SQLite gives back what it keeps."""
    plain = [float(value) if isinstance(value, int) else value for value in values]
    return hashlib.sha256(_json([table, code.upper(), *plain])).hexdigest()


def text(value: object) -> str:
    """As it stands in a column: JSON with sorted keys."""
    return _json(value).decode()


def limits_values(given: LimitsGiven) -> tuple[Any, ...]:
    """In the order of the columns, after who and when."""
    bounds = (given.limit_kg, given.near_kg, given.critical_kg, given.sustained_kg, given.sustained_s, given.rate_kg_s)
    return (*bounds, text(given.zones))


def read_row(table: str, code: str, row: Sequence[Any]) -> Any:
    """The record of a row (`COLUMNS[table]`, then the checksum), or Damaged."""
    *values, found = row
    try:
        if found != checksum(table, code, values):
            raise ValueError("its checksum is another")
        return _READERS[table](values)
    except (ValueError, TypeError, msgspec.MsgspecError) as error:
        when = _day(values[0])
        return Damaged(
            f"{_TITLES[table]} of {code} from {when}: not what was written, but changed outside of bard or damaged "
            f"({error}): set anew what holds"
        )


def _day(at_ms: object) -> str:
    try:
        return datetime.fromtimestamp(float(at_ms) / 1000, UTC).date().isoformat()  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError, OSError):
        return "an unknown day"


def _limits(values: Sequence[Any]) -> Limits:
    at_ms, by, *bounds, zones = values
    names = LimitsGiven.__struct_fields__[:-1]
    given = {**dict(zip(names, bounds, strict=True)), "zones": msgspec.json.decode(zones)}
    return _record(Limits, at_ms=at_ms, by=by, given=given)


def _intake(values: Sequence[Any]) -> Intake:
    at_ms, by, answers = values
    return _record(Intake, at_ms=at_ms, by=by, answers=msgspec.json.decode(answers))


def _override(values: Sequence[Any]) -> Override:
    at_ms, by, session, reason, items = values
    return _record(Override, at_ms=at_ms, by=by, session=session, reason=reason, items=msgspec.json.decode(items))


def _weight(values: Sequence[Any]) -> Weight:
    at_ms, by, kg, u_kg, dated, basis = values
    return _record(Weight, at_ms=at_ms, by=by, kg=kg, u_kg=u_kg, dated=dated, basis=basis)


def _contact(values: Sequence[Any]) -> ContactRow:
    at_ms, by, part, cm2 = values
    return _record(ContactRow, at_ms=at_ms, by=by, part=part, cm2=cm2)


def _record(kind: type[T], **values: object) -> T:
    return msgspec.convert(values, kind)


_READERS = {
    "body_weight": _weight,
    "contact": _contact,
    "limits": _limits,
    "intake": _intake,
    "override": _override,
}
