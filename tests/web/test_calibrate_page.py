"""A calibration by the page alone, from bare cells to the certificate, in a real Chromium beside a workshop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.config.calibration_file import load_calibration, load_stored
from tests.daemon.house import wait_for
from tests.daemon.workshop import KEYS, LEFT, Workshop
from tests.web.browser import Browser, Page
from tests.web.installing import STILL, installing, pictures
from tests.web.station import Station

pytestmark = pytest.mark.apt
EVIL = "<b>R. Igger</b>"
KEPT = """
window.kept = [];
const made = URL.createObjectURL.bind(URL);
URL.createObjectURL = (blob) => { blob.text().then((words) => window.kept.push(words)); return made(blob); };
"""


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Station]:
    """A room without a calibration."""
    house = Workshop(tmp_path)
    try:
        station = Station(house)
        house.open(more=station.table)
        station.start()
        yield station
    finally:
        house.close()


def house_of(station: Station) -> Workshop:
    assert isinstance(station.house, Workshop)
    return station.house


def typed(page: Page, selector: str, words: str) -> None:
    page.look(f"document.querySelector({selector!r}).value = {words!r}")


def choose(page: Page, name: str, value: str) -> None:
    page.click(f"label:has(input[name={name}][value='{value}'])")


def read(page: Page, button: str) -> None:
    """Tap it, see the reading go on, and wait until it is over."""
    page.click(button)
    page.wait("!document.querySelector('#averaging').hidden")
    page.wait("document.querySelector('#averaging-done').value > 0.1")
    page.wait("document.querySelector('#averaging').hidden", 60)


def hang(page: Page, station: Station, kg: float, place: float, says: str = "") -> None:
    """Hang it, and have it read."""
    house_of(station).hang(LEFT, kg, place)
    page.wait("document.querySelector('#hung').offsetParent !== null")
    typed(page, "#kilograms", says or f"{kg:g}")
    choose(page, "place", f"{place:g}")
    page.wait("document.querySelectorAll('#cell-list [data-light=still]').length === 2")
    read(page, "#hung .strong")


def begin(page: Page) -> None:
    page.click("#guide-tab")
    page.wait("document.querySelector('#begin').offsetParent !== null")
    assert "Not every cell is calibrated" in page.text("#calibration")
    page.click("#begin .strong")
    assert page.look("document.querySelector('#installer').matches(':invalid')")
    typed(page, "#installer", EVIL)
    typed(page, "#capacity", "two hundred")
    page.click("#begin .strong")
    page.wait_text("#problem", "two hundred is no number; allowed: 1 to 50000")
    typed(page, "#capacity", "200")
    page.click("label:has(input[value='right bar'])")
    pictures(page, "begin")
    page.click("#begin .strong")
    page.wait_text("#stages .now", "check")


def test_a_whole_calibration_on_a_phone(browser: Browser, bare: Station) -> None:
    house = house_of(bare)
    page = installing(browser, bare, before=KEPT)
    begin(page)
    read(page, "#read")
    page.wait_text("#stages .now", "zero")
    assert "checked: noise" in page.text("#said")
    page.wait(STILL.replace("4", "2"))
    read(page, "#read")
    page.wait_text("#stages .now", "span")
    page.wait_text("#todo", "more readings")
    pull_and_take_it_back(page, bare)
    for kg, place in ((10.0, 0.25), (20.0, 0.25)):
        hang(page, bare, kg, place)
    page.look("location.reload()")
    page.wait("document.querySelectorAll('#bars li').length === 2")  # goes on where it stood
    for kg, place in ((20.0, 0.75), (40.0, 0.75)):
        hang(page, bare, kg, place)
    hang(page, bare, 30.0, 0.5, says="50")
    page.wait_text("#bars", "LOOK")
    assert "which make it 30." in page.text("#found")
    pictures(page, "mistyped")
    strike = "#bars .warn button"
    page.click(strike)
    page.wait_text(strike, "Sure?")
    page.click(strike)
    page.wait_text("#bars", "struck")
    hang(page, bare, 30.0, 0.5)
    page.wait_text("#stages .now", "verify")
    assert "fit: span" in page.text("#found")
    hang(page, bare, 25.0, 0.25)
    page.wait_text("#stages .now", "accept")
    page.wait_text("#found", "PASS")
    pictures(page, "accept")
    page.click("#accept")
    page.wait_text("#said", "calibrated: calibration")
    found = load_calibration(house.file())
    for key in KEYS[LEFT]:
        assert found.cells[key].counts_per_kg == pytest.approx(house.truth.cells[key].counts_per_kg, rel=0.005)
    assert found.digest in page.text("#said")
    assert page.look("document.querySelectorAll('main section b b').length") == 0
    page.click("#certificate-tab")
    page.click("#fetch-certificate")
    page.wait_text("#certificate-said", "fetched")
    page.wait("window.kept.length === 1")
    assert page.look("kept[0].includes('&lt;b&gt;R. Igger&lt;/b&gt;') && !kept[0].includes('<b>R. Igger</b>')")
    verify(page, bare)
    assert page.complaints == []


def pull_and_take_it_back(page: Page, bare: Station) -> None:
    """12 kg, as if somebody of 70 kg pulled on a scale."""
    house_of(bare).hang(LEFT, 12.0, 0.25)
    choose(page, "kind", "scale")
    page.wait("document.querySelector('#body-label').offsetParent !== null")
    choose(page, "place", "0.25")
    page.click("#hung .strong")
    page.wait_text("#problem", "a number is missing; allowed: 20 to 250")
    typed(page, "#body-kg", "70")
    page.wait(STILL.replace("4", "2"))
    read(page, "#hung .strong")
    page.wait("document.querySelector('#shown').offsetParent !== null")
    typed(page, "#shown-kg", "58,0")
    page.click("#shown .strong")
    page.wait_text("#bars", "person pulls a quarter in, scale 58 kg")
    page.wait("document.querySelector('#body-label').hidden")  # told once
    pictures(page, "pull")
    page.click("#undo")
    page.wait_text("#said", "taken back: reading 2")
    choose(page, "kind", "weights")


def verify(page: Page, bare: Station) -> None:
    """Another day, by the page too; and a refusal says what to do."""
    house = house_of(bare)
    page.click("#guide-tab")
    choose(page, "purpose", "verify")
    page.click("label:has(input[value='right bar'])")
    typed(page, "#installer", EVIL)
    page.click("#begin .strong")
    page.wait_text("#stages .now", "zero")
    house.hang(LEFT, 0.0, sway_kg=5.0)
    page.wait_text("#cell-list", "moving")
    read(page, "#read")
    page.wait("document.querySelector('#said').classList.contains('bad')")
    assert "REFUSED" in page.text("#said")
    pictures(page, "refused")
    house.hang(LEFT, 0.0)
    page.wait_text("#cell-list", "still")
    read(page, "#read")
    page.wait_text("#stages .now", "verify")
    hang(page, bare, 35.0, 0.75)
    page.wait_text("#stages .now", "accept")
    page.click("#accept")
    page.wait_text("#said", "verified")

    def kept() -> bool:
        stored = load_stored(house.file())
        return stored is not None and stored.record is not None and len(stored.record.supports[0].verifications) == 2

    wait_for(kept, "the verification is in the record")
