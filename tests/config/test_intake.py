"""The intake's questions: those that are shipped, and one line for each mistake."""

from pathlib import Path

import pytest

from bard.config.intake import load_checklist
from bard.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "config" / "intake.toml"
GOOD = 'reminder = "r"\n[[items]]\nid = "a"\nquestion = "A?"\nkind = "absolute"\nwithin_days = 42\n'


def test_what_is_shipped_asks_what_practitioners_ask_and_clears_nobody() -> None:
    checklist = load_checklist(SHIPPED)
    words = {item.id: item for item in checklist.items}
    assert {"pregnancy", "fracture", "recent_injury", "clots_or_thinners", "high_blood_pressure", "diabetes"} <= set(
        words
    )
    assert {"osteoporosis", "implants", "recent_surgery", "joint_surgery", "eye_surgery"} <= set(words)
    days = {name: item.within_days for name, item in words.items() if item.within_days}
    assert days == {"fracture": 183, "implants": 274, "joint_surgery": 42, "eye_surgery": 3, "long_flight": 1}
    assert words["fracture"].words == "A broken bone or rib? (within the last 6 months)"
    assert words["implants"].words.endswith("(within the last 9 months)")
    assert words["joint_surgery"].words.endswith("(within the last 6 weeks)")
    assert words["long_flight"].words.endswith("(within the last 24 hours)")
    assert {item.kind for item in checklist.items} == {"absolute", "caution"}
    assert "reminder" in checklist.reminder
    assert checklist.sources
    text = SHIPPED.read_text().lower()
    assert not any(word in text for word in ("safe", "cleared", "fit for", "no risk"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("absolute", "grave"), 'items[0].kind: "grave"; allowed: "absolute", "caution"'),
        (GOOD.replace('id = "a"', 'id = "A b"'), 'items[0].id: "A b"; allowed: text matching'),
        (GOOD.replace("within_days", "within"), "items[0].within: unknown key; allowed: within_days"),
        (GOOD.replace("42", "0"), "items[0].within_days: 0; allowed: a whole number from 1 to 36500"),
        (GOOD.replace('reminder = "r"\n', ""), "reminder: missing; allowed: text"),
        ('reminder = "r"\nitems = []\n', "items: a list of 0; allowed: a list of 1 to 100 tables"),
        (GOOD + GOOD.removeprefix('reminder = "r"\n'), 'item id "a" is used twice'),
        (GOOD + "[colours]\n", "colours: unknown key; allowed: reminder, items, sources"),
        (GOOD + "nonsense\n", "line 7, column 9"),
    ],
)
def test_a_mistake_is_one_line_with_the_key_and_what_is_allowed(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "intake.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_checklist(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"copy the intake.toml that comes with bard there .*intake_file"):
        load_checklist(tmp_path / "intake.toml")
