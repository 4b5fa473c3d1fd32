"""The certificate shows all that the record holds, on one A4 page, and what it does not certify."""

from pathlib import Path

import pypdf
import pytest
from msgspec.structs import replace

from bard.commission.record import BoardRecord, CalibrationRecord, Source
from bard.report.certificate import certificate, residual_chart, source_words
from bard.report.page import write_page
from tests.chromium import Chromium
from tests.report.reading import Page, check_contained
from tests.report.records import EVIL, record, support, verification

DIGEST = "0123456789ab"
TWO_BOARDS = tuple(BoardRecord(name, "61" * 8, "1.2.0") for name in "ab")
SHAPES: dict[str, CalibrationRecord] = {
    "one rope": record(support("rope", 1, 5)),
    "two bars": record(),
    "two bars by 25 pulls each": record(
        support("left bar", 2, 25), support("right bar", 2, 25, "b"), boards=TWO_BOARDS
    ),
    "four ropes": record(*(support(f"rope {i}", 1, 9) for i in range(4)), boards=TWO_BOARDS),
    "four cells a bar": record(support("left bar", 4, 12), support("right bar", 4, 12, "b"), boards=TWO_BOARDS),
    "nothing verified": record(support("left bar", verified=False)),
}


def test_everything_that_was_recorded_is_there() -> None:
    source = certificate(record(), DIGEST)
    check_contained(source)
    text = Page(source).text
    for words in (
        *("room1", "R. Igger", "2026-03-02 14:05", "2027-03-02, or with an overload", "21.5 °C", DIGEST),
        *("6161616161616161", "firmware 1.2.0", "PASS tolerance ±1.0 % of the load"),
        *("left bar, cell 2 a/1", "500 kg", "2.00", "123456", "−8589.4", "0.36 %", "5 g"),
        *("400 kg", "known weights", "21 g", "34 g", "not tried", "−0.04 % in 30 s", "0.42 %", "0.08 kg"),
        *("20 kg plate 20.00 ± 0.04 kg", "Reading 11 does not count: 12.1 kg from the others"),
        *(
            "left bar, at 60 kg",
            "0.126",
            "0.132",
            "left bar at 10 % 40.00 39.85 −0.15 (−0.38 %) 0.18",
            "left bar: PASS.",
        ),
        *("What this does not certify.", "accredited laboratory", "the rigger's"),
    ):
        assert words in text, words
    for result in record().supports[0].results:
        assert f"{result.stated_kg:.2f} {result.shown_kg:.2f}" in text


def test_every_reading_is_a_point_and_verified_loads_look_different() -> None:
    chart = residual_chart(record(), [one.verifications[-1] for one in record().supports])
    assert [(group.name, len(group.points)) for group in chart.groups] == [
        ("left bar", 10),
        ("right bar", 10),
        ("verified", 4),
    ]
    assert chart.groups[0].u == [0.06] * 10
    assert [edge.points[-1] for edge in chart.edges] == [(50.0, 0.5), (50.0, -0.5)]


@pytest.mark.parametrize(
    ("verdict", "words"),
    [("pass", "PASS"), ("warn", "WARN"), ("refused", "REFUSED"), (None, "NOT VERIFIED")],
)
def test_the_verdict_is_the_worst_of_the_supports(verdict: str | None, words: str) -> None:
    bad = replace(support("left bar"), verifications=(verification("left bar", verdict),) if verdict else ())
    text = Page(certificate(record(bad, support("right bar")), DIGEST)).text
    assert f" {words} tolerance ±1.0 %" in text
    assert ("Not verified: left bar. Nobody tried a load" in text) == (verdict is None)


def test_what_is_not_known_is_said() -> None:
    cells = support("left bar").cells
    bare = replace(
        support("left bar", verified=False),
        cells=tuple(replace(cell, capacity_kg=None, mv_per_v=None, implied_mv_per_v=None) for cell in cells),
        plan=replace(support("left bar").plan, rated_kg=None),
        creep_fraction=None,
        creep_s=None,
    )
    source = certificate(
        record(bare, temperature_c=None, installer="", expires="", boards=(BoardRecord("a", "", ""),)), ""
    )
    check_contained(source)
    text = Page(source).text
    for words in (
        *("Installer not stated", "Expires no date set, or with an overload", "Temperature not measured"),
        *("not stated not stated unknown", "uid unknown, firmware unknown", "left bar not stated known weights"),
    ):
        assert words in text, words
    assert text.count("not tried") == 2


def test_loads_in_words() -> None:
    assert source_words(Source("scale", "scale", u_fraction=0.005)) == "scale, good to 1.0 %"
    assert source_words(Source("me", "person")) == "me, weight found by the fit"
    assert source_words(Source("me", "person", 70.2, 0.3, weighed_on="scale")) == "me 70.20 ± 0.6 kg (weighed on scale)"


def test_what_people_typed_is_text() -> None:
    bad = replace(
        support(EVIL),
        sources=(Source(EVIL, "weight", 20.0, 0.1),),
        notes=(EVIL,),
        readings=(replace(support("x").readings[0], struck=EVIL),),
        verifications=(replace(verification(EVIL), words=EVIL, by=EVIL),),
    )
    source = certificate(record(bad, installer=EVIL, station=EVIL, notes=(EVIL,), made=EVIL, expires=EVIL), EVIL)
    check_contained(source)
    assert Page(source).text.count(EVIL) >= 14


@pytest.mark.apt
def test_it_prints_on_one_a4_page_and_fits_every_screen(tmp_path: Path) -> None:
    with Chromium(tmp_path / "browser") as browser:
        for name, made in SHAPES.items():
            path = tmp_path / "certificate.html"
            write_page(path, certificate(made, DIGEST))
            for width in (390, 768, 1920):
                browser.open(path, width)
                assert browser.overflows() == [], (name, width)
            assert (browser.requests(), browser.complaints()) == ([path.as_uri()], [])
            browser.print_pdf(tmp_path / "certificate.pdf")
            pdf = pypdf.PdfReader(tmp_path / "certificate.pdf")
            assert len(pdf.pages) == 1, name
            assert [round(float(side) / 72 * 25.4) for side in pdf.pages[0].mediabox[2:]] == [210, 297]
            text = pdf.pages[0].extract_text()
            assert "What this does not certify." in text
            assert DIGEST in text
