"""What ails around the core becomes a condition, from its real cause, and local outputs go on."""

import sqlite3

import pytest

from bard.messages import Snapshot
from tests.annunciate.broker import free_port
from tests.daemon.house import House, wait_for

pytestmark = pytest.mark.slow

STEADY = "sim://steady?seed=3"
START = ("session", "start", "--body-weight", 70, "--limit", 40)


def shows(condition: str, words: str = "") -> object:
    """A snapshot that shows this condition, with these words about somebody."""

    def look(snapshot: Snapshot) -> bool:
        found = [alarm for alarm in snapshot.alarms if alarm.id == condition]
        return bool(found) and words in "; ".join(found[0].subjects)

    return look


def test_a_sound_card_and_a_broker_that_are_not_there_are_told_within_seconds(house: House) -> None:
    more = f'[mqtt]\nhost = "127.0.0.1"\nport = {free_port()}\n[sound]\ndevice = "none such"\n'
    house.furnish(STEADY, more=more)
    house.start()
    took_s = wait_for(lambda: shows("output_failed", "sound")(house.snapshot()), "output_failed")  # type: ignore[operator]
    assert took_s < 6, "2 s on-delay, and half a second to look"
    house.until(shows("broker_lost"), "broker_lost")  # type: ignore[arg-type]
    assert house.bard("status").returncode == 1
    assert "sound" in house.bard("status").stdout


def test_a_disk_with_less_than_it_should_have_is_told(house: House) -> None:
    house.furnish(STEADY)
    text = house.config.read_text()
    house.config.write_text(text.replace("[journal]", "[journal]\ndisk_low_mb = 1000000"))
    house.start()
    house.until(shows("disk_low", "less than 1000000 MB are free"), "disk_low")  # type: ignore[arg-type]


def test_what_was_felt_is_asked_and_kept(house: House) -> None:
    house.furnish(STEADY)
    house.start()
    house.until_known()
    trying = house.begin("test-alarms", "--who", "Kim", asked=True)
    said, _ = trying.communicate("n\n", timeout=60)
    assert "board a: one of each pattern" in said
    assert trying.returncode == 1
    assert house.bard("test-alarms", "--output", "organ").returncode == 2
    assert house.bard(*START).returncode == 0
    refused = house.bard("test-alarms")
    assert (refused.returncode, "a session runs" in refused.stderr) == (3, True)
    assert house.end() == 0
    with sqlite3.connect(house.folder / "var" / "journal.db") as journal:
        assert journal.execute("SELECT output, noticed, who FROM output_tried").fetchall() == [("board a", 0, "Kim")]
