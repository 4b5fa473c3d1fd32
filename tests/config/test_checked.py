from pathlib import Path
from typing import Annotated

import pytest
from msgspec import Meta, Struct, inspect

from bard.config.checked import checked, describe
from bard.errors import ConfigError
from bard.settings import Settings


class Inner(Struct, forbid_unknown_fields=True):
    low: Annotated[float, Meta(ge=2)] = 2.0
    high: Annotated[int, Meta(lt=9)] = 3
    between: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    free: float = 0.0
    words: str = ""


class Outer(Struct, forbid_unknown_fields=True):
    inner: Inner | None = None
    many: Annotated[tuple[float, ...], Meta(max_length=3)] = ()


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({"inner": {"low": 1}}, "inner.low: 1; allowed: a number at least 2"),
        ({"inner": {"high": 9}}, "inner.high: 9; allowed: a whole number below 9"),
        ({"inner": {"between": 1.0}}, "inner.between: 1.0; allowed: a number above 0 and below 1"),
        ({"inner": {"free": None}}, "inner.free: null; allowed: a number"),
        ({"inner": {"words": 1}}, "inner.words: 1; allowed: text"),
        ({"inner": {"low": "x" * 200}}, f'inner.low: "{"x" * 76}...; allowed: a number at least 2'),
        ({"inner": 4}, "inner: 4; allowed: a table"),
        ({"many": [1, 2, 3, 4]}, "many: a list of 4; allowed: a list of 0 to 3 values"),
        ({"many": [1, "b"]}, 'many[1]: "b"; allowed: a number'),
        ([], "the whole: a list of 0; allowed: a table"),
    ],
)
def test_lines(document: object, line: str) -> None:
    with pytest.raises(ConfigError) as caught:
        checked(document, Outer, Path("a.toml"))
    assert str(caught.value) == f"a.toml: {line}"


def test_places() -> None:
    with pytest.raises(ConfigError, match=r"a\.json: cell.low: 1; allowed"):
        checked({"inner": {"low": 1}}, Outer, Path("a.json"), strip=("inner",), under="cell")


def test_what_is_right_comes_back() -> None:
    assert checked({"inner": {"low": 3}}, Outer, Path("a.toml")) == Outer(Inner(low=3.0))


def test_every_setting_can_be_described() -> None:
    def all_of(kind: inspect.Type) -> None:
        assert describe(kind)
        for one in getattr(kind, "types", ()):
            all_of(one)
        for field in getattr(kind, "fields", ()):
            all_of(field.type)
        if isinstance(kind, inspect.VarTupleType):
            all_of(kind.item_type)

    all_of(inspect.type_info(Settings))
