"""A real session's series and statistics: in the journal as from its tapes, over restarts and a kill."""

import contextlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.journal.history import History
from bard.journal.recompute import statistics_of
from bard.journal.schema import JOURNAL_FILE
from bard.journal.statistics import SessionStatistics
from tests.daemon.house import House, wait_for

pytestmark = pytest.mark.slow

WORK = "sim://steady?seed=5"
START = ("session", "start", "--body-weight", 70, "--limit", 26)


def journal(house: House) -> Path:
    return house.folder / "var" / JOURNAL_FILE


def bins(house: House, session: str) -> int:
    """How many summaries are committed."""
    with History(journal(house)) as history:
        return len(history.series(session))


def begin(house: House) -> str:
    house.furnish(WORK)
    house.start()
    house.until_known()
    assert house.bard(*START).returncode == 0
    session = house.until(lambda snapshot: snapshot.phase == "on", "somebody is on the client").session
    assert session is not None
    return session.id


def recomputed(house: House) -> tuple[SessionStatistics, list[SessionStatistics]]:
    """What the journal has of its one session, and what its tapes give."""
    with History(journal(house)) as history:
        [session] = history.sessions()
        tapes = [house.folder / "var" / "tapes" / name for name in history.tapes(session.id)]
        return history.statistics(session.id), statistics_of(tapes)


def test_statistics_from_the_tapes_equal_those_in_the_journal_over_a_restart(house: House) -> None:
    session = begin(house)
    wait_for(lambda: bins(house, session) > 30, "three seconds are committed")
    assert house.end() == 0
    house.start()
    house.until_known()
    before = bins(house, session)
    wait_for(lambda: bins(house, session) > before + 20, "it goes on")
    assert house.bard("session", "stop").returncode == 0
    assert house.end() == 0
    stored, made = recomputed(house)
    assert made == [stored]
    assert stored.session == session
    assert 0 < stored.whole.missing_s < 30, "the restart is a gap"
    assert stored.whole.phases_s["on"] > 0
    assert stored.whole.peak_kg is not None
    assert stored.calibrations[0] != ""


def test_a_kill_costs_less_than_a_second_of_the_series(house: House) -> None:
    """The tape of the killed run loses less than 0.4 s itself."""
    session = begin(house)
    wait_for(lambda: bins(house, session) > 20, "two seconds are committed")
    snapshot = house.snapshot()
    assert snapshot.session is not None
    house.end(signal.SIGKILL)
    seen = (snapshot.at_us - snapshot.session.started_us) // 100_000
    assert bins(house, session) >= seen - 10
    house.start()
    house.until_known()
    assert house.bard("session", "stop").returncode == 0
    assert house.end() == 0
    stored, [made] = recomputed(house)
    assert stored.session == made.session == session
    assert abs(stored.whole.missing_s - made.whole.missing_s) < 1.0


@pytest.fixture
def small_var(house: House) -> Iterator[Path]:
    """The journal's directory on a disk of 4 MB."""
    folder = house.folder / "var"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "bard-test", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting needs root")
    yield folder
    house.close()
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_told_and_alarms_come_as_ever(house: House, small_var: Path) -> None:
    house.furnish(WORK)
    house.start()
    house.until_known()
    assert house.bard(*START[:-1], 60, "--zone", "ribs=20").returncode == 0
    house.until(lambda snapshot: snapshot.phase == "on", "somebody is on the client")
    filler = small_var / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    house.until(lambda snapshot: "journal_failed" in {alarm.id for alarm in snapshot.alarms}, "journal_failed")
    assert house.bard("zone", "ribs").returncode == 0
    told = house.until(lambda snapshot: "load_over" in {alarm.id for alarm in snapshot.alarms}, "over the zone's limit")
    assert told.vibrator > 0
    assert "the disk is full" in house.log.read_text()
    with History(journal(house)) as history:
        [session] = history.sessions()
        before = len(history.series(session.id))
    assert before > 0, "what was committed can be read"
    filler.unlink()
    house.until(lambda snapshot: "journal_failed" not in {alarm.id for alarm in snapshot.alarms}, "it is over")
    wait_for(lambda: bins(house, session.id) > before + 10, "the series goes on")
    with History(journal(house)) as history:
        series, changes = history.series(session.id), history.changes()
    assert series.bin.tolist() == list(range(len(series))), "what waited was written"
    assert {"load_over", "journal_failed"} <= {change.condition for change in changes}
