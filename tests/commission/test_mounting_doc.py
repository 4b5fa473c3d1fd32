"""docs/mounting.md: its figures are those of its formulas, and its pictures are there."""

import re
from math import cos, radians
from pathlib import Path

from bard.alarm.judging import INSPECT, NEAR_CAPACITY
from bard.settings import UncertaintySettings

PAGE = Path(__file__).parents[2] / "docs" / "mounting.md"
OFF_KG = 30.0


def test_the_table_of_angles_is_one_over_the_cosine() -> None:
    rows = re.findall(r"^\| (\d+)° \| ([\d.]+) % \| ([\d.]+) kg \| ([\d.]+) kg \|$", PAGE.read_text(), re.MULTILINE)
    assert len(rows) == 6
    for degrees, percent, shown_kg, more_kg in rows:
        factor = 1 / cos(radians(float(degrees)))
        assert percent == f"{(factor - 1) * 100:.1f}"
        assert shown_kg == f"{OFF_KG * factor:.1f}"
        assert more_kg == f"{OFF_KG * (factor - 1):.1f}"


def test_the_breaking_strengths_are_ten_times_the_weight() -> None:
    rows = re.findall(r"^\| (\d+) kg \| ([\d.]+) kN \|$", PAGE.read_text(), re.MULTILINE)
    assert [kn for kg, kn in rows] == [f"{float(kg) * 9.80665 * 10 / 1000:.1f}" for kg, _ in rows]
    assert len(rows) == 3


def test_what_it_says_of_bard_is_what_bard_does() -> None:
    text = PAGE.read_text()
    assert f"from {NEAR_CAPACITY:.0%} on".replace("%", " %") in text
    assert f"above {INSPECT:.0%}".replace("%", " %") in text
    assert f"bard counts {UncertaintySettings().angle_kg:g} kg" in text


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"\]\((pictures/[^)]+)\)", PAGE.read_text())
    assert len(pictures) == 2
    assert all((PAGE.parent / picture).is_file() for picture in pictures)
