"""When the data stops the page says so within a second, whatever stopped, and comes back by itself."""

import signal
import time

import pytest

from tests.daemon.house import House, wait_for
from tests.web.browser import Browser, Page
from tests.web.levels import begin
from tests.web.station import ARTEFACTS, Station

pytestmark = pytest.mark.apt
WITHIN_S = 1.0
OLDEST_S = 1.0
NOTES = """
window.notes = [];
addEventListener("DOMContentLoaded", () => {
  const note = () => window.notes.push([(performance.timeOrigin + performance.now()) / 1000,
    document.documentElement.dataset.link, document.documentElement.dataset.at]);
  new MutationObserver(note).observe(document.documentElement, {attributes: true});
});
"""


@pytest.fixture
def page(browser: Browser, station: Station) -> Page:
    made = station.paired(browser, before=NOTES)
    live(made)
    return made


def live(page: Page) -> None:
    page.wait("document.documentElement.dataset.link === 'live'")


def said_after_s(page: Page, since: float) -> float:
    """When the page first said that it is not monitored, after this wall time."""
    page.wait("document.documentElement.dataset.link === 'stopped'")
    assert page.text("#level-words") == "NOT MONITORED"
    assert "count on no alarm" in page.text("#under")
    notes = page.look("window.notes")
    return min(at for at, link, _ in notes if link == "stopped" and at >= since) - since


def no_old_number_looked_live(page: Page) -> None:
    """Of no row that was shown as live was the age above OLDEST_S when it was put there."""
    count = page.look("window.notes.length")
    page.wait(f"window.notes.length > {count + 20}")
    apart_s = time.time() - time.monotonic()
    notes = page.look("window.notes")
    shown: dict[str, float] = {}
    for at, link, row in notes:
        if link == "live" and row:
            shown.setdefault(row, at)
    assert len(shown) > 10
    assert max(at - apart_s - int(row) / 1e6 for row, at in shown.items()) < OLDEST_S


def test_the_daemon_stands_still_and_goes_on(page: Page, station: Station) -> None:
    begin(station.house)
    page.wait("document.documentElement.dataset.level === 'below'")
    daemon = station.house.process
    assert daemon is not None
    began = time.time()
    daemon.send_signal(signal.SIGSTOP)
    try:
        assert said_after_s(page, began) < WITHIN_S
        page.wait_text("#told", "stand still")
        assert "line-through" in page.look("getComputedStyle(document.querySelector('#value')).textDecoration")
        page.screenshot(ARTEFACTS / "stopped-390x844.png")
        page.wait_text("#unit", "last number")
    finally:
        daemon.send_signal(signal.SIGCONT)
    live(page)
    no_old_number_looked_live(page)


def test_the_daemon_is_killed_and_started_again(page: Page, station: Station) -> None:
    began = time.time()
    station.house.end(signal.SIGKILL)
    assert said_after_s(page, began) < WITHIN_S
    page.wait_text("#told", "bard run")
    station.house.start()
    live(page)
    no_old_number_looked_live(page)


def test_the_server_stands_still_and_goes_on(page: Page, station: Station) -> None:
    assert station.process is not None
    began = time.time()
    station.process.send_signal(signal.SIGSTOP)
    try:
        assert said_after_s(page, began) < WITHIN_S
        page.wait_text("#told", "no connection")
        time.sleep(2.0)
    finally:
        station.process.send_signal(signal.SIGCONT)
    live(page)
    no_old_number_looked_live(page)


def test_the_server_is_killed_and_started_again(page: Page, station: Station) -> None:
    began = time.time()
    station.end(signal.SIGKILL)
    assert said_after_s(page, began) < WITHIN_S
    station.start()
    live(page)
    page.wait("document.querySelectorAll('#supports li').length === 2")
    no_old_number_looked_live(page)


def test_a_tab_that_slept(page: Page) -> None:
    """What came meanwhile is never shown as if it were now."""
    page.tell("Page.setWebLifecycleState", state="frozen")
    time.sleep(3.0)
    page.tell("Page.setWebLifecycleState", state="active")
    live(page)
    no_old_number_looked_live(page)


def test_a_script_that_blocked_the_page(page: Page) -> None:
    """Messages heap up in the browser while nothing runs; the heap is old."""
    page.look("{ const until = performance.now() + 2500; while (performance.now() < until); 1 }")
    live(page)
    no_old_number_looked_live(page)


def test_a_device_that_is_shut_out_sees_the_pairing_page(page: Page, station: Station) -> None:
    assert station.house.bard("web", "revoke", "--all").returncode == 0
    page.wait("location.pathname === '/pair'")


def test_over_tls_it_is_the_same(browser: Browser, house: House) -> None:
    station = Station(house, 'host = "0.0.0.0"\nunits = "lb"')
    house.furnish("sim://steady?seed=1", more=station.table)
    house.start()
    station.start()
    house.until_known()
    begin(house)
    station.code()
    wait_for(lambda: "https://" in station.log.read_text(), "it is open to the network")
    page = station.paired(browser, insecure=True)
    live(page)
    page.wait_text("#limit", "132.3 lb")
    assert page.look("window.isSecureContext")
