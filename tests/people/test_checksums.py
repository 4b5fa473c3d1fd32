"""A value that is not what was written is noticed, and is never a number."""

from pathlib import Path

import pytest

from bard.people.held import held_on_client, held_on_therapist
from bard.people.reader import PeopleReader
from bard.people.records import Damaged, Limits, LimitsGiven
from bard.people.store import People
from tests.people.house import LIMITS, MS, PATH, made, spoil

CHANGES = {
    "a limit raised": "UPDATE limits SET limit_kg = 80 WHERE number = 2",
    "by a hair": "UPDATE limits SET limit_kg = limit_kg + 1e-9 WHERE number = 2",
    "a bound taken away": "UPDATE limits SET critical_kg = NULL WHERE number = 2",
    "another zone": "UPDATE limits SET zones = '{}' WHERE number = 2",
    "who": "UPDATE limits SET acted_by = 'Eve' WHERE number = 2",
    "when": "UPDATE limits SET at_ms = 0 WHERE number = 2",
    "somebody else's": "UPDATE limits SET client = 1 WHERE number = 3",
    "an older one's checksum": "UPDATE limits SET checksum = (SELECT checksum FROM limits WHERE number = 1) "
    "WHERE number = 2",
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_limits_are_damaged_and_the_older_ones_do_not_step_in(tmp_path: Path, change: str) -> None:
    with made(tmp_path) as people:
        people.set_limits("C1", LimitsGiven(35, critical_kg=45, zones={"ribs": 20}), at_ms=MS, by="Ada")
        people.set_limits("C2", LimitsGiven(60), at_ms=MS, by="Ada")
    spoil(tmp_path, CHANGES[change])
    with PeopleReader(tmp_path / PATH) as reader:
        limits = reader.client("C1").limits
        assert isinstance(limits, Damaged), change
        assert "the limits of C1" in limits.words
        assert "\n" not in limits.words
        kept = reader.limits("C1")
        assert [type(one) for one in kept[:2]] == [Limits, Limits if change == "somebody else's" else Damaged]


def test_setting_anew_mends_it_and_the_damage_stays_on_record(tmp_path: Path) -> None:
    made(tmp_path).close()
    spoil(tmp_path, "UPDATE limits SET limit_kg = 80")
    with People(tmp_path / PATH) as people:
        people.set_limits("C1", LIMITS, at_ms=MS, by="Ada")
        assert isinstance(people.client("C1").limits, Limits)
        held = held_on_client(people, "C1")
        assert "damaged" in held["limits"][0]
        assert held["limits"][1]["limit_kg"] == 40.0


def test_the_rest_is_checked_alike(tmp_path: Path) -> None:
    with made(tmp_path) as people:
        people.set_contact("T1", "heel", 30, at_ms=MS, by="T1")
        people.record_intake("C1", {"pregnancy": "no"}, at_ms=MS, by="Ada")
    for statement in (
        "UPDATE body_weight SET kg = 60",
        "UPDATE contact SET cm2 = 300",
        'UPDATE intake SET answers = \'{"pregnancy":"yes"}\'',
    ):
        spoil(tmp_path, statement)
    with PeopleReader(tmp_path / PATH) as reader:
        assert isinstance(reader.therapist("T1").weight, Damaged)
        assert isinstance(reader.therapist("T1").contact_cm2, Damaged)
        assert isinstance(reader.client("C1").intake, Damaged)
        assert "damaged" in held_on_therapist(reader, "T1")["contact_cm2"]
        assert [client.code for client in reader.clients()] == ["C1", "C2"], "the others are there"
