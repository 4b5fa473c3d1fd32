"""Charts as SVG: well-formed, with words for who cannot see them, gaps where nothing is known."""

import re
from xml.etree import ElementTree as Tree

import numpy as np
import pytest

from bard.report.chart import Level, LoadChart, Mark, Span, Strip, spans_of
from bard.report.counts import Bar, Bars, Histogram
from bard.report.decimate import Trace
from bard.report.points import Edge, Group, PointChart
from bard.report.svg import LOOKS

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '"><script>alert(1)</script>'
NAN = float("nan")


def load_chart(mid: np.ndarray, **more: object) -> LoadChart:  # type: ignore[type-arg]
    n = len(mid)
    trace = Trace(np.arange(1, n + 1) / 10, mid - 1, mid, mid + 1, np.full(n, 2.0), 0.1)
    return LoadChart("load", "Load", "A load.", trace, n / 10, **more)  # type: ignore[arg-type]


ALL = {
    "load": load_chart(
        np.array([20.0, NAN, 30.0] * 200),
        levels=[Level(EVIL, "limit", [(0.0, 20.0, 40.0), (20.0, 60.0, 30.0)])],
        marks=[Mark(12.0, "high", EVIL)],
        strips=[Strip(EVIL, [Span(0.0, 30.0, "on"), Span(30.0, 60.0, "unknown")])],
    ),
    "points": PointChart(
        "points",
        EVIL,
        EVIL,
        [Group(EVIL, "first", [(1, 2), (2, NAN), (3, 4)], joined=True, u=[1, 1, 1])],
        EVIL,
        EVIL,
        edges=[Edge(EVIL, "limit", [(0, 1), (3, 1)])],
    ),
    "histogram": Histogram("histogram", EVIL, EVIL, [0, 1, 2], [3, 0], EVIL, EVIL, [(1, EVIL, "limit")]),
    "bars": Bars("bars", EVIL, EVIL, [Bar(EVIL, 3, EVIL), Bar("unknown one", NAN, "unknown")]),
    "nothing known": load_chart(np.full(50, NAN)),
    "nothing at all": load_chart(np.empty(0)),
    "no points": PointChart("none", "t", "d", [], "y", "x"),
    "no bars": Bars("none", "t", "d", []),
    "one point": PointChart("one", "t", "d", [Group("g", "mean", [(0.0, 0.0)])], "y", "x"),
}


@pytest.mark.parametrize("width", [340, 720])
@pytest.mark.parametrize("name", ALL)
def test_every_chart_is_well_formed_says_what_it_shows_and_escapes(name: str, width: int) -> None:
    drawn = ALL[name].svg(width)  # type: ignore[attr-defined]
    root = Tree.fromstring(drawn)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    labels = str(root.get("aria-labelledby")).split()
    assert [root.find(f"{SVG}{kind}").get("id") for kind in ("title", "desc")] == labels  # type: ignore[union-attr]
    assert all(root.findtext(f"{SVG}{kind}") for kind in ("title", "desc"))
    assert not list(root.iter(f"{SVG}script"))
    assert "nan" not in drawn.lower()
    places = [float(number) for number in re.findall(r'\b[xyr]="(-?[\d.]+)"', drawn)]
    assert all(-1 <= place <= 2_000 for place in places)


def test_unknown_time_is_a_gap_in_line_range_and_band() -> None:
    mid = np.full(600, 30.0)
    mid[200:400] = NAN
    drawn = load_chart(mid).svg(720)
    assert len(re.findall(r'class="line"', drawn)) == 2
    assert drawn.count(f'<path fill="{LOOKS["band"].color}"') == 2
    whole = load_chart(np.full(600, 30.0)).svg(720)
    assert len(re.findall(r'class="line"', whole)) == 1


def test_one_row_among_an_hour_of_unknown_time_is_drawn() -> None:
    mid = np.full(36_000, NAN)
    mid[18_000] = 55.0
    drawn = load_chart(mid).svg(340)
    assert len(re.findall(r'class="line"', drawn)) == 1


def test_a_peak_of_one_row_in_an_hour_is_as_high_as_it_was() -> None:
    mid = np.full(36_000, 20.0)
    mid[12_345] = 71.0
    drawn = load_chart(mid).svg(340)
    range_path = re.search(rf'<path fill="{LOOKS["range"].color}" d="M([^"]+)Z"', drawn)
    assert range_path is not None
    highest_y = min(float(pair.split(",")[1]) for pair in range_path[1].split())
    tick_y = {words: float(y) for y, words in re.findall(r'y="([\d.]+)" text-anchor="end">(\d+)<', drawn)}
    px_a_kg = (tick_y["0"] - tick_y["20"]) / 20
    assert highest_y == pytest.approx(tick_y["0"] - 4 - (71 + 1) * px_a_kg, abs=0.2)


def test_spans_of_a_mask_begin_where_the_first_row_begins() -> None:
    at_s = np.array([0.1, 0.2, 0.3, 0.4])
    assert spans_of(at_s, 0.1, np.array([False, True, True, False]), "on") == [
        Span(pytest.approx(0.1), 0.3, "on"),  # type: ignore[arg-type]
    ]


def contrast(color: str) -> float:
    digits = color.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (0.05 + 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def test_lines_and_markers_stand_out_from_the_paper() -> None:
    for name, look in LOOKS.items():
        if name in ("band", "off", "gap"):
            continue
        assert contrast(look.color) >= (2.0 if name == "released" else 3.0), name


def test_levels_and_priorities_differ_in_more_than_colour() -> None:
    levels = [LOOKS[name].dashes for name in ("near", "limit", "critical")]
    markers = [LOOKS[name].marker for name in ("high", "medium", "low", "cue")]
    trends = [LOOKS[name].marker for name in ("mean", "p95", "peak")]
    for looks in (levels, markers, trends):
        assert len(set(looks)) == len(looks)
