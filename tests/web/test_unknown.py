"""A board that falls silent while somebody is on the client, on a real pty: the page says what that means."""

import signal
import subprocess
import sys

import pytest

from tests.daemon.house import House, wait_for
from tests.web.browser import Browser
from tests.web.levels import begin
from tests.web.station import ARTEFACTS, Station

pytestmark = [pytest.mark.apt, pytest.mark.slow]
PORT = "sim://steady?seed=1"


@pytest.fixture
def room(house: House) -> subprocess.Popen[bytes]:
    """A simulated room that offers its board on a pty."""
    link = house.folder / "boards"
    (house.folder / "var").mkdir()
    options = ["--link", link, "--calibration", house.folder / "var" / "calibration.json"]
    with (house.folder / "room.log").open("wb") as log:
        command = [sys.executable, "-m", "bard", "simulate", "steady", "--seed", "1", *map(str, options)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    house.also(process)
    wait_for((link / "a").is_symlink, "the pty is offered")
    return process


def test_a_silent_board_is_unknown_and_comes_back(
    browser: Browser, house: House, room: subprocess.Popen[bytes]
) -> None:
    station = Station(house)
    house.furnish(PORT, calibrated=False, more=station.table)
    house.config.write_text(house.config.read_text().replace(PORT, str(house.folder / "boards" / "a")))
    house.start()
    station.start()
    house.until_known()
    begin(house)
    page = station.paired(browser)
    page.wait("document.documentElement.dataset.level === 'below'")
    room.send_signal(signal.SIGSTOP)
    try:
        page.wait("document.documentElement.dataset.level === 'unknown'")
        assert page.text("#value") == "unknown"
        page.wait_text("#under", "the whole body weight is assumed")
        page.wait("document.querySelector('#health.bad') !== null")
        page.wait("document.querySelector('#supports .unknown') !== null")
        page.screenshot(ARTEFACTS / "silent-390x844.png")
    finally:
        room.send_signal(signal.SIGCONT)
    page.wait("document.documentElement.dataset.level === 'below'")
    assert page.complaints == []
