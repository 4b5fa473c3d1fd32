"""What a restart of the daemon brings back, kill -9 included: the session, its numbers, who was on the client."""

import json
import signal
from pathlib import Path

import pytest
from msgspec.structs import replace

from bard.journal.history import History
from bard.journal.schema import JOURNAL_FILE
from bard.messages import Snapshot
from tests.daemon.house import House, wait_for

pytestmark = pytest.mark.slow

STEADY = "sim://steady?seed=3"
START = ("session", "start", "--body-weight", 70, "--limit", 40, "--zone", "ribs=20")


def on_the_client(house: House) -> Snapshot:
    """The first snapshot with somebody on the client."""
    return house.until(lambda snapshot: snapshot.phase == "on", "she is on the client")


def state_of(house: House) -> Path:
    return house.folder / "var" / "state.json"


def test_a_session_goes_on_after_a_kill_with_who_was_on_the_client(house: House) -> None:
    house.furnish(STEADY)
    house.start()
    house.until_known()
    assert house.bard(*START).returncode == 0
    assert house.bard("zone", "ribs").returncode == 0
    on_the_client(house)
    shown = house.until(lambda snapshot: any(a.id == "load_over" for a in snapshot.alarms), "over the zone's limit")
    before = shown.session
    assert before is not None
    wait_for(lambda: '"load_over","state":"active"' in state_of(house).read_text(), "the state is kept")
    assert house.end(signal.SIGKILL) == -signal.SIGKILL
    house.start()
    after = house.snapshot()
    assert after.session is not None
    assert len(before.id) == 16
    assert after.session.started_us - before.started_us < 1_000_000
    assert replace(after.session, started_us=before.started_us) == before
    assert after.phase == "released"
    assert "load_over" in {alarm.id for alarm in after.alarms}
    assert house.until_known().phase in ("released", "on")
    [*_, tape] = house.tapes()
    assert house.bard("session", "stop").returncode == 0
    assert house.end() == 0
    with History(house.folder / "var" / JOURNAL_FILE) as history:
        [session] = history.sessions()
        assert (session.id, session.end is not None) == (before.id, True)
        assert history.tapes(before.id) == sorted(Path(name).name for name in house.tapes())
    told = house.bard("replay", tape)
    assert told.stdout.splitlines()[-1] == "events are the same, to the bit", told.stdout
    house.start()
    assert house.snapshot().session is None


def test_a_state_that_cannot_be_read_is_said_and_set_aside(house: House) -> None:
    house.furnish(STEADY)
    state_of(house).write_text('{"boot_id": "x", "at')
    house.start()
    assert house.snapshot().session is None
    wait_for(lambda: "the session of before is lost" in house.log.read_text(), "it is said")
    assert state_of(house).with_suffix(".unreadable").exists()


def test_a_session_of_yesterday_is_over(house: House) -> None:
    house.furnish(STEADY)
    house.start()
    house.until_known()
    assert house.bard(*START).returncode == 0
    wait_for(lambda: state_of(house).exists() and '"limit_kg":40' in state_of(house).read_text(), "the state is kept")
    assert house.end(signal.SIGKILL) == -signal.SIGKILL
    state = json.loads(state_of(house).read_text())
    state |= {"boot_id": "another", "wall_s": state["wall_s"] - 9 * 3600}
    state_of(house).write_text(json.dumps(state))
    house.start()
    assert house.snapshot().session is None
    wait_for(lambda: "last seen 9.0 h ago: it is over" in house.log.read_text(), "it is said")


def test_a_weigh_in_on_the_command_line(house: House) -> None:
    """Nobody hangs on idle bars: it waits, Ctrl-C leaves it, and there is no weight."""
    house.furnish("sim://idle?seed=3")
    house.start()
    house.until_known()
    weighing = house.begin("weigh-in")
    house.until(lambda snapshot: snapshot.weigh_in is not None, "the weigh-in runs")
    weighing.send_signal(signal.SIGINT)
    said, _ = weighing.communicate(timeout=30)
    assert weighing.returncode == 1
    assert said.splitlines() == ["hang on the bars, both feet off"]
    assert house.snapshot().weigh_in is None
