"""Trends: every session counts, unknown ones have no point, months are whole."""

import re
from datetime import date, timedelta
from math import isnan
from pathlib import Path

import pypdf
import pytest
from msgspec.structs import replace

from bard.report.page import write_page
from bard.report.trends import by_month, client_report, studio_report, summary_words, together
from tests.chromium import Chromium
from tests.report.reading import Page, check_contained
from tests.report.studio import FIRST, LAST, sessions


def test_a_client_over_a_year() -> None:
    found = sessions(48)
    source = client_report("K7F3", "room1", found, FIRST, LAST)
    check_contained(source)
    text = Page(source).text
    whole = together("all", found)
    for words in (
        *(
            "Client K7F3",
            "2025-04-01 to 2026-03-31",
            "48 sessions",
            "40 h 0 min on the client",
            "Apr 2025 4 3 h 20 min",
        ),
        *(
            f"{whole.peak_kg:.1f} kg highest load",
            f"{whole.alarms_each:.1f} alarms a session",
            "One point is one session.",
        ),
        *("In 1 session the load was never known", "What these numbers are not."),
    ):
        assert words in text, words
    assert re.search(r"unknown unknown unknown \d+ 10\.0 %", text)


def test_months_hold_every_session_once_in_order() -> None:
    found = sessions(200)
    months = by_month(found)
    assert [name for name, _ in months][:2] == ["Apr 2025", "May 2025"]
    assert len(months) == 12
    assert [one for _, of in months for one in of] == found
    for name, of in months:
        assert {f"{one.day:%b %Y}" for one in of} == {name}


def test_together_is_by_hand() -> None:
    one, other = sessions(2)
    one = replace(one, peak_kg=44.0, p95_kg=30.0, over_s=5.0, alarms=3, reaction_s=2.0, coverage=1.0, length_s=3000.0)
    other = replace(
        other, peak_kg=None, p95_kg=None, over_s=0.0, alarms=0, reaction_s=None, coverage=0.5, length_s=1000.0
    )
    whole = together("both", [one, other])
    assert (whole.peak_kg, whole.p95_kg, whole.over_s, whole.alarms_each) == (44.0, 30.0, 5.0, 1.5)
    assert (whole.coverage, whole.reaction_s, whole.limit_kg) == (0.875, 2.0, 35.0)


@pytest.mark.parametrize(("count", "days", "unit"), [(60, 365, "session"), (61, 365, "week"), (2000, 365, "week")])
def test_many_sessions_are_drawn_by_weeks(count: int, days: int, unit: str) -> None:
    text = Page(studio_report("room1", sessions(count, days), FIRST, LAST)).text
    assert f"One point is one {unit}." in text


def test_years_are_drawn_by_months() -> None:
    found = [replace(one, day=FIRST + timedelta(days=9 * number)) for number, one in enumerate(sessions(200))]
    assert "One point is one month." in Page(studio_report("room1", found, FIRST, found[-1].day)).text


def test_a_session_without_a_known_load_has_no_point_and_no_time_over() -> None:
    from bard.report.trends import _charts, _pieces, date_scale

    found = sessions(48)
    unit, pieces = _pieces(found)
    charts = _charts(unit, pieces, date_scale(FIRST, LAST), FIRST, True)
    for _, chart, _ in charts[:2]:
        for group in chart.groups:
            assert [isnan(y) for _, y in group.points] == [one.known_s == 0 for one in found], chart.title
    assert [y for _, y in charts[3][1].groups[0].points].count(10.0) == 1


def test_none_and_one() -> None:
    empty = client_report("K7F3", "room1", [], FIRST, LAST)
    check_contained(empty)
    assert "There was no session in this time." in Page(empty).text
    one = sessions(1)
    check_contained(client_report("K7F3", "room1", one, FIRST, FIRST))
    assert next(iter(summary_words(one))).startswith("1 session, 50 min 0 s on the client")


@pytest.mark.apt
def test_pages_fit_every_screen_and_print(tmp_path: Path) -> None:
    pages = {
        "client": client_report("K7F3", "room1", sessions(48), FIRST, LAST),
        "studio": studio_report("room1", sessions(2000), FIRST, LAST),
        "short": client_report("K7F3", "room1", sessions(3, 10), FIRST, date(2025, 4, 12)),
    }
    with Chromium(tmp_path / "browser") as browser:
        for name, page in pages.items():
            path = tmp_path / "trends.html"
            write_page(path, page)
            for width in (390, 768, 1920):
                browser.open(path, width)
                assert browser.overflows() == [], (name, width)
            assert (browser.requests(), browser.complaints()) == ([path.as_uri()], [])
            browser.print_pdf(tmp_path / "trends.pdf")
            pdf = pypdf.PdfReader(tmp_path / "trends.pdf")
            assert len(pdf.pages) <= 3, name
