"""Contrast of every pair of colours that stand on each other, computed from the style sheets (WCAG 2, level AA)."""

import re
from importlib import resources

import pytest

CSS = resources.files("bard.web") / "static" / "css"
BASE = (CSS / "base.css").read_text()
LIVE = "\n".join((CSS / f"{name}.css").read_text() for name in ("live", "load", "room", "actions", "wide"))
NAMES = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", BASE))
SMALL, LARGE, PART = 4.5, 3.0, 3.0
"""Text; text of 24 px or bold of 19; what must be seen of a control or a drawing."""


def luminance(colour: str) -> float:
    plain = colour.lstrip("#")
    whole = plain if len(plain) == 6 else "".join(2 * one for one in plain)
    parts = [int(whole[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def fields() -> list[tuple[str, str]]:
    """(field, what stands on it) of every level, as the style sheet sets them."""
    found = []
    for rule in re.findall(r"\{([^{}]*--field:[^{}]*)\}", LIVE):
        names = dict(re.findall(r"--(field|on-field): ([^;]+);", rule))
        found.append((resolved(names["field"]), resolved(names["on-field"])))
    return found


def resolved(value: str) -> str:
    name = re.fullmatch(r"var\(--([\w-]+)\)", value)
    return NAMES[name[1]] if name else value


def test_the_formula_is_wcags():
    assert contrast("#000", "#fff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_every_level_can_be_read():
    assert len(fields()) == 6
    for field, words in fields():
        assert contrast(field, words) >= SMALL, (field, words)


@pytest.mark.parametrize(
    ("words", "behind", "least"),
    [
        ("text", "back", SMALL),
        ("text", "panel", SMALL),
        ("text", "raised", SMALL),
        ("dim", "back", SMALL),
        ("dim", "panel", SMALL),
        ("dim", "raised", SMALL),
        ("dark", "text", SMALL),
        ("dark", "below", SMALL),
        ("dark", "near", SMALL),
        ("dark", "yellow", SMALL),
        ("dark", "cyan", SMALL),
        ("below", "back", SMALL),
        ("near", "back", SMALL),
        ("near", "panel", SMALL),
        ("below", "panel", SMALL),
        ("near", "raised", SMALL),
        ("cyan", "panel", SMALL),
        ("cyan", "back", PART),
        ("cyan", "raised", PART),
    ],
)
def test_pairs_of_the_page(words, behind, least):
    assert contrast(NAMES[words], NAMES[behind]) >= least


def test_fills_of_the_bar_are_seen_on_its_track():
    track = re.search(r"#track \{[^}]*background: (#\w+)", LIVE)
    assert track is not None
    for fill in ("below", "near"):
        assert contrast(NAMES[fill], track[1]) >= PART
    over = re.search(r'"critical"\]\) #fill \{[^}]*(#\w{6}) 0 7px', LIVE)
    assert over is not None
    assert contrast(over[1], track[1]) >= PART


def test_motion_stops_for_those_who_asked():
    reduced = LIVE.partition("prefers-reduced-motion: reduce")[2].partition("\n}\n")[0]
    assert "animation: none !important" in reduced
    beats = re.findall(r"animation: beat ([\d.]+)s", LIVE)
    assert all(0.4 <= 1 / float(beat) <= 2.8 for beat in beats), beats
