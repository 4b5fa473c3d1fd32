"""Where a load stands, at and between its bounds."""

import pytest
from msgspec.structs import replace

from bard.control.level import LEVEL_WORDS, level_of
from tests.control.fake import SESSION, room

GUARDED = replace(SESSION, guard_kg=1.5)


@pytest.mark.parametrize(
    ("load_kg", "level"),
    [
        (32.5, "below"),
        (32.6, "near"),
        (38.5, "near"),
        (38.6, "may_over"),
        (40.0, "may_over"),
        (40.1, "over"),
        (48.5, "over"),
        (48.6, "may_critical"),
        (50.1, "critical"),
    ],
)
def test_the_guard_is_added_before_a_load_is_judged(load_kg, level):
    assert level_of(room(load_kg, session=GUARDED)) == level
    assert LEVEL_WORDS[level]


def test_nobody_and_unknown_are_no_loads():
    assert level_of(room(None)) == "unknown"
    assert level_of(room(60.0, "off")) == "nobody"
    assert level_of(room(60.0, session=None)) == "no_session"
    assert level_of(room(None, "released")) == "unknown"
