"""Plain values -> the classes of `bard.settings`, or one line that names the file, the key and what is allowed.

One law: msgspec alone judges; what is allowed is read from the same types, so that the line cannot disagree with the
check. It opens no file and knows no setting.
"""

import json
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import inspect

from bard.errors import ConfigError

T = TypeVar("T")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 80


def checked(document: object, kind: type[T], source: Path, *, strip: tuple[str, ...] = (), under: str = "") -> T:
    """`document` as a `kind`. Raises ConfigError.

    The key in its message is the path in the document, less leading steps that are in `strip`, behind `under`.
    """
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        steps = [name or int(index) for name, index in _STEP.findall(path.rstrip("`"))]
        raise ConfigError(f"{source}: {_explain(message, document, kind, steps, strip, under)}") from None


def refuse_unknown(table: Mapping[str, object], allowed: list[str], source: Path) -> None:
    """Raises ConfigError for the first key of the file's top level that is not allowed."""
    unknown = next((key for key in table if key not in allowed), None)
    if unknown is not None:
        raise ConfigError(f"{source}: {_unknown(unknown, '', allowed)}")


def describe(kind: inspect.Type) -> str:
    """What is allowed, for people: `a number above 0 and at most 50`."""
    kind = _not_none(kind)
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number" + _range(kind)
        case inspect.FloatType():
            return "a number" + _range(kind)
        case inspect.StrType(pattern=str(pattern)):
            return f"text matching {pattern}"
        case inspect.LiteralType():
            return ", ".join(_shown(value) for value in kind.values)
        case inspect.VarTupleType():
            items = "tables" if isinstance(kind.item_type, inspect.StructType) else "values"
            return f"a list of {kind.min_length or 0} to {kind.max_length} {items}"
        case inspect.StructType() | inspect.DictType():
            return "a table"
        case _:
            return "text"


def _explain(
    message: str, document: object, kind: type, steps: list[str | int], strip: tuple[str, ...], under: str
) -> str:
    value: object = document
    found = _not_none(inspect.type_info(kind))
    for step in steps:
        value, found = _step_into(value, found, step)
    while steps and steps[0] in strip:
        steps.pop(0)
    key = under + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    key = key.lstrip(".")
    if isinstance(found, inspect.StructType) and isinstance(value, dict):
        fields = {field.encode_name: field for field in found.fields}
        unknown = next((name for name in value if name not in fields), None)
        if message.startswith("Object contains unknown field") and unknown is not None:
            return _unknown(unknown, key, list(fields))
        if message.startswith("Object missing required field"):
            missing = next(name for name, field in fields.items() if field.required and name not in value)
            return f"{_join(key, missing)}: missing; allowed: {describe(fields[missing].type)}"
        return f"{key}: {message}" if key else message
    return f"{key or 'the whole'}: {_shown(value)}; allowed: {describe(found)}"


def _step_into(value: object, kind: inspect.Type, step: str | int) -> tuple[object, inspect.Type]:
    if isinstance(kind, inspect.StructType) and isinstance(value, dict):
        return value[step], _not_none(next(field.type for field in kind.fields if field.encode_name == step))
    assert isinstance(kind, inspect.VarTupleType)
    assert isinstance(value, list)
    assert isinstance(step, int)
    return value[step], _not_none(kind.item_type)


def _not_none(kind: inspect.Type) -> inspect.Type:
    if isinstance(kind, inspect.UnionType):
        return next(one for one in kind.types if not isinstance(one, inspect.NoneType))
    return kind


def _unknown(name: str, under: str, allowed: list[str]) -> str:
    closest = get_close_matches(name.lower(), allowed)
    others = [one for one in allowed if one not in closest]
    return f"{_join(under, name)}: unknown key; allowed: {', '.join(closest + others)}"


def _join(under: str, name: str) -> str:
    name = name if _BARE_KEY.fullmatch(name) else json.dumps(name)
    return f"{under}.{name}" if under else name


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.ge is not None and kind.le is not None:
        return f" from {kind.ge:.12g} to {kind.le:.12g}"
    bounds = (("at least", kind.ge), ("above", kind.gt), ("at most", kind.le), ("below", kind.lt))
    words = [f"{word} {bound:.12g}" for word, bound in bounds if bound is not None]
    return " " + " and ".join(words) if words else ""


def _shown(value: object) -> str:
    """As it stands in the file, on one line, shortened."""
    match value:
        case dict():
            return "a table"
        case list():
            return f"a list of {len(value)}"
        case str() | bool() | None:
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
