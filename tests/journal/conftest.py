from pathlib import Path

import pytest

from tests.journal.driving import Driver, drive


@pytest.fixture(scope="session")
def slip_tape(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Driver]:
    """A tape with a session and alarms on it, made once."""
    path = tmp_path_factory.mktemp("tapes") / "slip.tape"
    return path, drive(path, "slip", 3, 22.0)
