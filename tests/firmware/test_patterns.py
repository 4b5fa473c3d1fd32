"""patterns.h is made from the one table, and the player plays what the table says."""

import importlib.util
from types import ModuleType

import pytest

from bard.settings import PATTERNS, Rhythm

from . import build
from .logic import ask

MOST_MS = 40_000


def make_patterns() -> ModuleType:
    """firmware/make_patterns.py, which stands in no package."""
    path = build.FIRMWARE / "make_patterns.py"
    spec = importlib.util.spec_from_file_location("make_patterns", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_header_is_made_from_the_table() -> None:
    module = make_patterns()
    assert module.HEADER.read_text() == module.header(), "run python firmware/make_patterns.py"


def levels(rhythm: Rhythm | None) -> str:
    """On or off in each millisecond."""
    if rhythm is None:
        return "0" * MOST_MS
    once = "".join("10"[at % 2] * length_ms for at, length_ms in enumerate(rhythm.on_off_ms))
    if rhythm.period_ms:
        once = once.ljust(rhythm.period_ms, "0") * (MOST_MS // rhythm.period_ms + 1)
    return once.ljust(MOST_MS, "0")[:MOST_MS]


@pytest.mark.apt
@pytest.mark.parametrize("start_us", [0, 2**32 - 1_000_000])
def test_every_pattern_is_played_to_the_millisecond(start_us: int) -> None:
    requests, wanted = [], []
    for pattern in PATTERNS:
        for output, rhythm in enumerate((pattern.vibrator, pattern.buzzer)):
            requests.append(f"pattern {output} {pattern.number} {start_us} {MOST_MS}")
            wanted.append(levels(rhythm))
    assert ask(requests) == wanted
