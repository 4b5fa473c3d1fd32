"""A page holds all it needs, forbids itself the rest, and fits a phone, a screen and an A4 sheet."""

import stat
import subprocess
import sys
from pathlib import Path

import jinja2
import numpy as np
import pypdf
import pytest

from bard.config.calibration_file import save_calibration
from bard.errors import ConfigError
from bard.report import page
from bard.report.chart import Level, LoadChart, Strip, spans_of
from bard.report.decimate import Trace
from bard.weigh.calibration import NONE
from tests.chromium import Chromium
from tests.daemon.house import complains, config_of
from tests.report.reading import Page, check_contained

EVIL = '<script>document.title = "run"</script><img src="http://127.0.0.1:9/x">'


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A template of this test's own beside those of the package."""
    own = jinja2.DictLoader(
        {
            "plain.html": '{% extends "page.html" %}{% block title %}{{ name }}{% endblock %}'
            "{% block content %}<h1>{{ name }}</h1>{{ figure(chart, legend) }}{% endblock %}"
        }
    )
    environment = page._environment()
    monkeypatch.setattr(environment, "loader", jinja2.ChoiceLoader([own, environment.loader]))  # type: ignore[list-item]


def hour() -> LoadChart:
    at_s = np.arange(1, 36_001) / 10
    mid = 30 + 8 * np.sin(at_s / 40)
    mid[9_000:12_000] = np.nan
    trace = Trace(at_s, mid - 1, mid, mid + 1, np.full(36_000, 1.8), 0.1)
    strip = Strip("load", spans_of(at_s, 0.1, np.isnan(mid), "unknown"))
    return LoadChart("load", EVIL, EVIL, trace, 3_600, [Level(EVIL, "limit", [(0, 3_600, 40)])], strips=[strip])


def rendered() -> str:
    return page.render("plain.html", name=EVIL, chart=hour(), legend=[("load", EVIL)])


@pytest.mark.usefixtures("plain")
def test_what_people_typed_is_text_and_nothing_is_fetched() -> None:
    source = rendered()
    check_contained(source)
    assert Page(source).text.count(EVIL) == 2 + 1 + 2 * 3, "title, heading; legend; of two drawings title, desc, level"


@pytest.mark.apt
@pytest.mark.usefixtures("plain")
def test_in_a_real_browser_it_fits_every_screen_and_prints_on_one_sheet(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "page.html"
    page.write_page(path, rendered())
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    with Chromium(tmp_path / "browser") as browser:
        for width, height, shown in ((390, 844, 340), (768, 1024, 720), (1920, 1080, 720)):
            browser.open(path, width, height)
            assert browser.overflows() == []
            assert browser.requests() == [path.as_uri()]
            assert browser.evaluate("document.title") == EVIL
            views = browser.evaluate(
                "[...document.querySelectorAll('svg.chart')].filter(svg => svg.getClientRects().length)"
                ".map(svg => svg.getAttribute('viewBox').split(' ')[2])"
            )
            assert views == [str(shown)]
            browser.screenshot(tmp_path / f"{width}.png")
            assert (tmp_path / f"{width}.png").read_bytes().startswith(b"\x89PNG")
        browser.print_pdf(tmp_path / "page.pdf")
    pdf = pypdf.PdfReader(tmp_path / "page.pdf")
    assert len(pdf.pages) == 1
    assert [round(float(side) / 72 * 25.4) for side in pdf.pages[0].mediabox[2:]] == [210, 297]
    assert "<script>" in pdf.pages[0].extract_text()


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"file/x\.html: cannot be written: \w+"):
        page.write_page(tmp_path / "file" / "x.html", "x")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    config = tmp_path / "bard.toml"
    config.write_text(config_of("sim://steady"))
    (tmp_path / "var").mkdir()
    save_calibration(tmp_path / "var" / "calibration.json", NONE, {"station": "room"})
    program = "import sys; sys.modules['jinja2'] = None; from bard.cli.main import main; main()"
    command = [sys.executable, "-c", program, "--config", str(config), "certificate"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    complains(done, 2, "report: jinja2 is not installed; pip install 'bard[report]'")
