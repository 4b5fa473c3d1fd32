from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.annunciate.broker import Broker
from tests.daemon.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A folder in which daemons run, that ends them."""
    made = House(tmp_path)
    yield made
    made.close()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Not started yet."""
    made = Broker(tmp_path)
    yield made
    made.stop()
