"""One self-contained HTML file that reads on a phone and prints on A4.

One law: nothing is fetched, nothing runs, and what people typed is text: everything is escaped, and the page forbids
itself scripts and requests. Charts come twice, drawn for a wide and for a narrow page, and the style shows one.
It knows no journal; templates know their report.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from bard import __version__
from bard.config.atomic import FOLDER_MODE, write_whole
from bard.control.words import kg_words, load_kg_words, number_words, session_words, time_words, u_words
from bard.errors import ConfigError
from bard.report import svg
from bard.report.words import (
    clock_words,
    count_words,
    day_words,
    gram_words,
    kept_together,
    long_words,
    minus_words,
    percent_words,
    seconds_words,
    signed_words,
    when_words,
)

try:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup
except ModuleNotFoundError as error:  # the extra `report` is not installed
    raise ConfigError(f"report: {error.name} is not installed; pip install 'bard[report]'") from None

WIDE, NARROW = 720, 340
"""Widths that charts are drawn for: an A4 page or a tablet, and a phone."""


class Chart(Protocol):
    """Whatever can draw itself."""

    @property
    def key(self) -> str:
        """Its own in the page: letters, digits, hyphens."""

    def svg(self, width: int) -> str:
        """An SVG element for a place so many px wide, its ids its own, its words escaped."""


def render(template: str, /, **values: Any) -> str:
    """The template of this name (in bard/report/templates) with these values: a whole page."""
    return _environment().get_template(template).render(chart_style=Markup(svg.STYLE), version=__version__, **values)


def write_page(path: Path, page: str) -> None:
    """The page at `path`, readable for the service's group only. Raises ConfigError where the disk refuses."""
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        write_whole(path, page.encode())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def figure(chart: Chart, legend: Iterable[tuple[str, str]] = ()) -> Markup:
    """The chart for wide and for narrow pages; `legend` (look, words) stands under it."""
    wide, narrow = (Markup(chart.svg(width)) for width in (WIDE, NARROW))
    items = Markup("").join(
        Markup("<li>{}{}</li>").format(_swatch(f"{chart.key}-l{number}", look), words)
        for number, (look, words) in enumerate(legend)
    )
    under = Markup('<ul class="legend">{}</ul>').format(items) if items else ""
    return Markup('<figure class="drawn"><div class="wide">{}</div><div class="narrow">{}</div>{}</figure>').format(
        wide, narrow, under
    )


def _swatch(key: str, name: str) -> Markup:
    """What the legend shows of a look."""
    look = svg.LOOKS[name]
    if look.dashes or name in ("limit", "load"):
        inside = f'<path class="level" {svg.dashed(look)} stroke-width="2" d="M0,6H22"/>'
    elif name in ("band", "range", "plain", "on", "released", "off", "unknown", "over", "far", "gap"):
        inside = svg.patterns(key) + svg.box(2, 1, 18, 10, look, key)
        inside += '<rect class="axis" x="2" y="1" width="18" height="10" fill="none" stroke="#52606d"/>'
    else:
        inside = svg.marker(11, 6, look)
    return Markup(f'<svg class="swatch" viewBox="0 0 22 12" width="22" height="12" aria-hidden="true">{inside}</svg>')


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bard.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["figure"] = figure
    environment.filters.update(
        kg=kg_words,
        number=number_words,
        passed=time_words,
        u=u_words,
        load=load_kg_words,
        percent=percent_words,
        gram=gram_words,
        signed=signed_words,
        minus=minus_words,
        long=long_words,
        day=day_words,
        clock=clock_words,
        count=count_words,
        together=kept_together,
        seconds=seconds_words,
        session=session_words,
        when=when_words,
    )
    return environment
