"""All words of the pages are in one file, and those that bard has elsewhere are the same."""

import json
import re
from importlib import resources
from typing import get_args

from bard.control.level import LEVEL_WORDS
from bard.control.words import PHASE_WORDS
from bard.messages import Acknowledge, PauseAudio, SetZone, StepDown
from bard.web.feed import Why

STATIC = resources.files("bard.web") / "static"
TEXTS = json.loads((STATIC / "texts" / "en.json").read_text())
SCRIPTS = {one.name: one.read_text() for one in (STATIC / "js").iterdir()}
PAGES = {one.name: one.read_text() for one in (resources.files("bard.web") / "pages").iterdir()}


def found(key: str) -> object:
    value = TEXTS
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def test_every_text_that_is_asked_for_is_there():
    asked = {key for page in PAGES.values() for key in re.findall(r'data-(?:text|label)="([^"]+)"', page)}
    for script in SCRIPTS.values():
        asked |= set(re.findall(r'\btext\("([\w.]+)"', script))
    assert len(asked) > 40
    assert [key for key in sorted(asked) if not isinstance(found(key), str)] == []


def test_the_levels_and_phases_are_bards_own_words():
    assert TEXTS["levels"] == LEVEL_WORDS
    assert TEXTS["phases"] == PHASE_WORDS


def test_every_reason_and_every_command_has_its_words():
    assert set(TEXTS["lost"]) == {"page", *get_args(Why)}
    tags = {kind.__struct_config__.tag for kind in (Acknowledge, PauseAudio, SetZone, StepDown)}
    assert set(TEXTS["done"]) == tags


def test_no_page_holds_words_or_scripts_or_styles_of_its_own():
    for name, page in PAGES.items():
        body = re.sub(r"<title>bard</title>|<span>bard</span>", "", page)
        assert re.sub(r"<[^>]*>", "", body).strip() == "", name
        assert not re.search(r"<script(?![^>]*src=)|<style| style=| on\w+=", page), name
    for name, script in SCRIPTS.items():
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|eval\(|https?://", script), name


def test_bard_never_says_safe():
    assert not re.search(r"\bsafe|\bsafety", json.dumps(TEXTS), re.IGNORECASE)
