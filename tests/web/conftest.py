from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.messages import StartSession
from tests.control.fake import RunningServer
from tests.daemon.house import House
from tests.web.browser import Browser
from tests.web.station import Station


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all tests of a worker; each page has cookies of its own."""
    made = Browser(tmp_path_factory.mktemp("chromium"))
    yield made
    made.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A folder in which daemons run, that ends them."""
    made = House(tmp_path)
    yield made
    made.close()


@pytest.fixture
def station(house: House) -> Station:
    """A steady simulated room that is watched, with its page's process."""
    made = Station(house)
    house.furnish("sim://steady?seed=1", more=made.table)
    house.start()
    made.start()
    house.until_known()
    return made


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningServer]:
    """A fake daemon where the house's would be."""
    server = RunningServer(str(tmp_path / "run" / "control.sock"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """One room for all that is tried here; at the end its daemon has gone on and has nothing to say."""
    house = House(tmp_path_factory.mktemp("attacked"))
    station = Station(house)
    house.furnish("sim://steady?seed=1", more=station.table)
    house.start()
    station.start()
    house.until_known()
    try:
        with house.client() as client:
            client.command(StartSession(70.0, 60.0, zones={"ribs": 20.0}))
        yield station
        assert house.process is not None
        assert house.process.poll() is None
        assert station.process is not None
        assert station.process.poll() is None
        assert house.snapshot().session is not None
        assert "Traceback" not in station.log.read_text() + house.log.read_text()
    finally:
        house.close()
