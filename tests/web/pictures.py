"""One page in the three sizes that count."""

from tests.web.browser import Page
from tests.web.station import ARTEFACTS

SIZES = ((390, 844), (768, 1024), (1920, 1080))


def pictures(page: Page, name: str) -> None:
    """Kept for people to look at; nothing may stick out on the side. The page is left as a phone's."""
    for width, height in reversed(SIZES):
        page.tell(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 700
        )
        page.wait(f"document.documentElement.clientWidth === {width}")
        page.screenshot(ARTEFACTS / f"{name}-{width}x{height}.png")
        assert page.look("document.documentElement.scrollWidth") <= width, name
