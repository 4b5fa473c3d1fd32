"""A running fake daemon for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.control.fake import RunningServer


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningServer]:
    server = RunningServer(str(tmp_path / "run" / "control.sock"))
    yield server
    server.close()
