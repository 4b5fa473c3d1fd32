"""An installer's page beside a workshop, as tests of it begin."""

from tests.daemon.workshop import Workshop
from tests.web.browser import Browser, Page
from tests.web.station import ARTEFACTS, Station

SIZES = ((390, 844), (768, 1024), (1920, 1080))
STILL = "document.querySelectorAll('#cell-list [data-light=still]').length === 4"


def workshop(station: Station) -> Workshop:
    assert isinstance(station.house, Workshop)
    return station.house


def installing(browser: Browser, station: Station, before: str = "") -> Page:
    """Paired, with every cell at rest on it."""
    page = station.paired(browser, role="installer", before=before)
    page.wait("location.pathname === '/install'")
    page.wait(STILL)
    return page


def pictures(page: Page, name: str) -> None:
    """In all sizes, for people to look at; nothing may stick out on the side, and what is tapped is large enough."""
    for width, height in SIZES:
        page.tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 700
        )
        page.screenshot(ARTEFACTS / f"install-{name}-{width}x{height}.png")
        assert page.look("document.documentElement.scrollWidth") <= width, (name, width)
        small = page.look(
            "[...document.querySelectorAll('button, input, select, a')].map((one) => one.getBoundingClientRect())"
            ".filter((box) => box.width && (box.width < 44 || box.height < 44)).length"
        )
        assert small == 0, (name, width)
    width, height = SIZES[0]
    page.tell("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=True)


def first_cell(page: Page, name: str) -> str:
    return page.text(f"#cell-list li .{name}")
