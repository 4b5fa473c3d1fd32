"""Erased is gone: from the rows, from the file's bytes, and from what SQLite keeps beside it."""

from pathlib import Path

import pytest

from bard.errors import DataError, UsageError
from bard.people.held import held_on_client, held_on_therapist
from bard.people.reader import PeopleReader
from bard.people.records import LimitsGiven, Override
from bard.people.store import People
from tests.people.house import LIMITS, MS, PATH, WEIGHT, made

SECRETS = (b"CZEBRA9", b"Zebedee", b"zebra crossing", b"zebra ribs", b"zebra reason", b"5e55104d")


def with_a_zebra(folder: Path) -> People:
    people = made(folder, names=True)
    people.add_client("CZEBRA9", MS, name="Zebedee", notes="zebra crossing")
    for limit in range(20, 60):
        people.set_limits("CZEBRA9", LimitsGiven(limit, zones={"zebra ribs": 15}), at_ms=MS, by="Ada")
    people.record_intake("CZEBRA9", {"pregnancy": "yes"}, at_ms=MS, by="Ada")
    people.link_session("5e55104d", "CZEBRA9", "T1", MS)
    people.link_session("1111", "C1", "T1", MS)
    people.record_override("CZEBRA9", Override(MS, "Ada", "5e55104d", "zebra reason", ("pregnancy",)))
    return people


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob(f"{PATH}*")))


def test_no_byte_of_an_erased_client_is_left(tmp_path: Path) -> None:
    with with_a_zebra(tmp_path) as people:
        before = bytes_of(tmp_path)
        assert all(secret in before for secret in SECRETS), "or the search finds nothing anyway"
        assert people.erase_client("czebra9") == ("5e55104d",)
        after = bytes_of(tmp_path)
        assert [secret for secret in SECRETS if secret in after] == []
        with pytest.raises(UsageError, match="no client"):
            people.client("CZEBRA9")
        assert people.client("C1").limits is not None
        assert [one.session for one in people.sessions()] == ["1111"]
        assert people._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    after = bytes_of(tmp_path)
    assert [secret for secret in SECRETS if secret in after] == []


def test_a_reader_in_the_way_is_told_and_a_second_try_ends_it(tmp_path: Path) -> None:
    with with_a_zebra(tmp_path) as people:
        with PeopleReader(tmp_path / PATH) as reader:
            reader._connection.execute("BEGIN")
            reader.clients()
            people._connection.execute("PRAGMA busy_timeout = 50")
            with pytest.raises(DataError, match="try again"):
                people.erase_client("CZEBRA9")
        people.scrub()
        after = bytes_of(tmp_path)
        assert [secret for secret in SECRETS if secret in after] == []


def test_an_erased_therapist_leaves_the_clients_their_sessions(tmp_path: Path) -> None:
    with with_a_zebra(tmp_path) as people:
        people.link_session("2222", None, "T1", MS)
        assert people.erase_therapist("T1") == ("5e55104d", "1111", "2222")
        assert [(one.session, one.client, one.therapist) for one in people.sessions()] == [
            ("5e55104d", "CZEBRA9", None),
            ("1111", "C1", None),
        ]
        assert people.therapists() == []


def test_all_that_is_held(tmp_path: Path) -> None:
    with with_a_zebra(tmp_path) as people:
        held = held_on_client(people, "CZEBRA9")
        assert (held["name"], held["notes"], len(held["limits"])) == ("Zebedee", "zebra crossing", 40)
        assert held["limits"][-1] == {
            "at": "2025-11-24T16:00:00+00:00",
            "by": "Ada",
            "limit_kg": 59.0,
            "near_kg": None,
            "critical_kg": None,
            "sustained_kg": None,
            "sustained_s": None,
            "rate_kg_s": None,
            "zones": {"zebra ribs": 15.0},
        }
        assert held["intake"][0]["answers"] == {"pregnancy": "yes"}
        assert held["overrides"][0]["reason"] == "zebra reason"
        assert held["sessions"][0]["therapist"] == "T1"
        therapist = held_on_therapist(people, "T1")
        assert therapist["body_weight"][0]["kg"] == WEIGHT.kg
        assert "CZEBRA9" not in str(therapist)
        assert LIMITS.limit_kg == held_on_client(people, "C1")["limits"][0]["limit_kg"]
