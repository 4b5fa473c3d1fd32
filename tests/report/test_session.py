"""A session's report: nothing known is left out, nothing unknown is made up, nobody is named."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bard.journal.series import Series, joined
from bard.report.chart import Strip
from bard.report.facts import Called, Changed, Limits, on_s
from bard.report.page import write_page
from bard.report.session import bands_chart, load_chart, session_report, summary_words
from tests.chromium import Chromium
from tests.report.reading import Page, check_contained
from tests.report.sessions import (
    EVERY,
    NUMBERS,
    SESSION,
    alarm,
    facts_of,
    hour,
    nobody_on,
    nothing_known,
    restarted,
    series,
    series_gone,
)

EVIL = '<script>alert("s")</script>'


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


@pytest.mark.parametrize("name", EVERY)
def test_every_session_has_a_page_without_a_number_that_is_not_known(name: str) -> None:
    source = session_report(EVERY[name]())
    check_contained(source)
    text = Page(source).text
    for words in (SESSION, "How sure this is.", "What the number is not.", "the limit is the practitioner's"):
        assert words in text, words
    assert not re.search(r"\bsafe", text)


def test_an_hour() -> None:
    text = Page(session_report(hour())).text
    for words in (
        *("Mon 2 March 2026, 10:00 to 11:00", "calibration 0123456789ab", "48.5 ± 1.8 kg highest load"),
        *("98.3 % data coverage", "± 1.8 kg mean uncertainty", "± 1.8 kg” means: the true load"),
        "The session lasted 1 h 0 min; for 55 min 0 s of it somebody was on the client.",
        "The highest load was 48.5 ± 1.8 kg (51.5 kg before smoothing).",
        "With its guard of 1.6 kg it was over the limit that held then for 5 min",
        "s of it over critical.",
        "For 1 min 0 s somebody was on the client while the load was unknown: what it was then, nobody knows",
        "There were 4 alarms; the load was back below within 2.4 s (median of 2).",
        "3 40 min 5 s HIGH the load on the client is above the limit 52.0 ± 1.8 kg 40.0 kg back below in 2.4 s; "
        "acknowledged by pedal",
        "4 50 min 0 s LOW no data from a board: a over after 3.0 s",
        *("left bar", "54.0 %", "lower back", "no zone", "hands off the bars", "10.0 s, 0.3 %"),
        *("heel 30 cm²", "never a peak", "body weight 70.0 kg (weighed in), limit 40.0 kg"),
        "After 30 min 0 s: zone lower back; limit 40.0 to 30.0 kg",
    ):
        assert words in text, words


def test_mean_pressure_is_of_the_stated_areas_and_by_hand() -> None:
    statistics = replace(hour().statistics, p50_kg=30.0, p95_kg=40.0)
    text = Page(session_report(replace(hour(), statistics=statistics))).text
    assert "heel 30 cm² 98 kPa 131 kPa" in text
    assert "two feet 220 cm² 13 kPa 18 kPa" in text
    assert "kPa" not in Page(session_report(replace(hour(), contacts_cm2={}))).text


def test_what_was_never_known_is_unknown_in_every_tile_and_sentence() -> None:
    text = Page(session_report(nothing_known())).text
    for words in (
        *("unknown highest load", "unknown 95 % of the known time", "unknown known to be over the limit"),
        *("0.0 % data coverage", "no end recorded", "No load was known.", "load unknown 10 min 0 s, 100.0 %"),
        "the bars were never loaded enough to tell",
    ):
        assert words in text, words
    assert "Mean pressure" not in text
    assert " kg highest" not in text
    assert "was never seen over" not in text


def test_nobody_on_is_said() -> None:
    assert list(summary_words(nobody_on())) == [
        "The session lasted 5 min 0 s; nobody was seen on the client.",
        "There was no alarm.",
    ]


def test_what_was_not_watched_is_said_and_is_no_phase() -> None:
    text = Page(session_report(restarted())).text
    assert "Of 1 min 0 s nothing is recorded: bard was not running, or what it wrote is lost." in text
    assert "not watched 1 min 0 s, 10.0 %" in text
    assert "90.0 % data coverage" in text


def test_without_its_series_a_session_has_statistics_and_no_chart() -> None:
    text = Page(session_report(series_gone())).text
    assert "48.5 ± 1.8 kg highest load" in text
    assert "The series of this session is not kept any more" in text
    assert "time passed" not in text


def test_limits_alarms_and_phases_stand_in_the_chart() -> None:
    facts = hour()
    numbered = list(enumerate((called for called in facts.alarms if not called.alarm.is_cue), start=1))
    chart = load_chart(facts, numbered)
    assert chart is not None
    assert facts.loads is not None
    assert [(level.name, list(level.steps)) for level in chart.levels] == [
        ("near", [(0, 1800, 34.0), (1800, 3600, 25.5)]),
        ("limit", [(0, 1800, 40.0), (1800, 3600, 30.0)]),
        ("critical", [(0, 1800, 50.0), (1800, 3600, 37.5)]),
    ]
    assert [(mark.words, mark.look) for mark in chart.marks] == [
        ("1", "medium"),
        ("2", "high"),
        ("3", "high"),
        ("4", "low"),
    ]
    assert chart.strips == [Strip("who was on the client", facts.loads.phases)]
    assert "highest 48.5 ± 1.8 kg" in chart.description


def test_bands_with_what_is_unknown_are_all_of_the_time_on_the_client() -> None:
    for made in EVERY.values():
        statistics = made().statistics
        assert sum(bar.value for bar in bands_chart(statistics).bars) == pytest.approx(on_s(statistics), abs=0.11)


def test_what_people_typed_is_text() -> None:
    whole = hour()
    facts = replace(
        whole,
        station=EVIL,
        limits=[Limits(0, 3600, replace(NUMBERS, zone=EVIL))],
        changes=[Changed(None, EVIL)],
        notes=[EVIL],
        alarms=[Called(5.0, alarm(1, 5.0, by=EVIL, acknowledged=alarm(1, 6.0).begin, meaning=EVIL, subjects=(EVIL,)))],
        statistics=replace(whole.statistics, zones_s={EVIL: 10.0}, shares={EVIL: 1.0}),
        contacts_cm2={EVIL: 30.0},
        calibrations=[EVIL],
    )
    source = session_report(facts)
    check_contained(source)
    assert Page(source).text.count(EVIL) >= 12


@pytest.mark.apt
def test_pages_fit_every_screen_and_print(tmp_path: Path) -> None:
    with Chromium(tmp_path / "browser") as browser:
        for name, facts in EVERY.items():
            path = tmp_path / f"{SESSION}.html"
            write_page(path, session_report(facts()))
            for width in (390, 768, 1920):
                browser.open(path, width)
                assert browser.overflows() == [], (name, width)
            assert (browser.requests(), browser.complaints()) == ([path.as_uri()], [])
            browser.print_pdf(tmp_path / "session.pdf")
            pdf = pypdf.PdfReader(tmp_path / "session.pdf")
            assert len(pdf.pages) <= 2, name
            assert SESSION in pdf.pages[-1].extract_text()


@st.composite
def any_series(draw: st.DrawFn) -> tuple[Series, int]:
    """Up to a minute: any phases, loads known or not, stretches that were not watched."""
    seconds = draw(st.integers(1, 60))
    seed = draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    mid_kg = np.repeat(rng.uniform(-20, 120, seconds), 10)
    mid_kg[np.repeat(rng.random(seconds) < draw(st.sampled_from([0.0, 0.3, 1.0])), 10)] = np.nan
    cuts = sorted(draw(st.lists(st.integers(0, seconds), min_size=2, max_size=4)))
    phases = [(draw(st.sampled_from(["on", "released"])), first, last) for first, last in pairwise(cuts)]
    whole = series(seconds, mid_kg, phases)
    first, last = sorted(draw(st.lists(st.integers(0, 10 * seconds), min_size=2, max_size=2)))
    return joined([whole.between(0, first), whole.between(last, 10 * seconds)]), seconds


@settings(max_examples=60, deadline=None)
@given(any_series())
def test_whatever_was_measured_the_page_is_whole_and_its_times_add_up(made: tuple[Series, int]) -> None:
    found, seconds = made
    facts = facts_of(found, seconds)
    check_contained(session_report(facts))
    statistics = facts.statistics
    bars = bands_chart(statistics).bars
    assert sum(bar.value for bar in bars) == pytest.approx(on_s(statistics), abs=0.3)
    assert sum(statistics.phases_s.values()) + statistics.missing_s == pytest.approx(seconds, abs=0.2)
    assert facts.loads is not None
    spans = facts.loads.phases
    assert sum(span.end_s - span.start_s for span in spans) == pytest.approx(seconds - statistics.missing_s, abs=0.2)
    for one, other in pairwise(spans):
        assert one.end_s <= other.start_s + 1e-6
