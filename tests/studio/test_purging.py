"""Old records go while the real daemon runs, and not while a session does."""

import os

import pytest

from bard.messages import ConditionChanged
from bard.studio.audit import Purged, entries
from tests.daemon.conftest import house
from tests.daemon.house import House, wait_for
from tests.journal.logs import MORNING, table, write_log

__all__ = ["house"]
pytestmark = pytest.mark.slow


def test_what_is_too_old_goes_once_no_session_runs(house: House) -> None:
    house.furnish("sim://steady?seed=3", more="[retention]\nsessions_days = 7\ntapes_days = 7\nalarms_days = 7\n")
    var = house.folder / "var"
    write_log(var / "journal.db", MORNING)
    house.start(module="tests.studio.trusted")
    wait_for(lambda: list(entries(var, Purged)), "the morning of long ago is purged")
    (done,) = entries(var, Purged)
    assert done.removed == {"rows of alarms": sum(isinstance(one, ConditionChanged) for one in MORNING), "sessions": 1}
    assert table(var / "journal.db", "SELECT count(*) FROM session") == [(0,)]
    house.until_known()
    assert house.bard("session", "start", "--body-weight", 70, "--limit", 40).returncode == 0
    house.until(lambda snapshot: snapshot.phase == "on", "somebody is on the client")
    (tape,) = house.tapes()
    assert house.bard("session", "stop").returncode == 0
    assert house.end() == 0
    os.utime(tape, (0, 0))
    house.start(module="tests.studio.trusted")
    wait_for(lambda: not tape.exists(), "the tape that is old by now is purged")
    wait_for(lambda: len(list(entries(var, Purged))) == 2, "and that is recorded")
    assert len(table(var / "journal.db", "SELECT id FROM session")) == 1
    assert house.end() == 0
    assert house.log.read_text() == ""
