"""What is set is there, whole or not at all, and what it was before stays."""

import sqlite3
import stat
from pathlib import Path

import pytest
from msgspec import structs

from bard.errors import DataError, Refused, UsageError
from bard.people.reader import PeopleReader
from bard.people.records import LimitsGiven, Override, SessionOf, Weight
from bard.people.schema import APPLICATION_ID
from bard.people.store import People
from tests.people.house import DAY_MS, LIMITS, MS, PATH, WEIGHT, made


def test_a_new_file_is_bards_own_kind_for_the_group_to_read_and_fully_synced(tmp_path: Path) -> None:
    with made(tmp_path) as people:
        assert stat.S_IMODE((tmp_path / PATH).stat().st_mode) == 0o640
        assert stat.S_IMODE((tmp_path / f"{PATH}-wal").stat().st_mode) == 0o640
        ask = people._connection.execute
        assert ask("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
        assert ask("PRAGMA synchronous").fetchone() == (2,)
        assert ask("PRAGMA secure_delete").fetchone() == (1,)
        assert all(sql.endswith("STRICT") for (sql,) in ask("SELECT sql FROM sqlite_schema WHERE type = 'table'"))


def test_the_newest_holds_and_the_history_is_kept(tmp_path: Path) -> None:
    later = LimitsGiven(35, near_kg=30, critical_kg=50, sustained_kg=20, sustained_s=10, rate_kg_s=100)
    heavier = structs.replace(WEIGHT, kg=72, basis="hung", u_kg=0.15)
    with made(tmp_path) as people:
        people.set_limits("C1", later, at_ms=MS + DAY_MS, by="Bo")
        people.set_weight("t1", heavier)
        people.set_contact("T1", "heel", 30, at_ms=MS, by="T1")
        people.set_contact("T1", "heel", 32, at_ms=MS, by="T1")
        people.set_contact("T1", "forefoot", 50, at_ms=MS, by="T1")
        people.set_contact("T1", "forefoot", None, at_ms=MS, by="T1")
        people.set_cue("T1", False)
    with PeopleReader(tmp_path / PATH) as reader:
        first, second = reader.limits("c1")
        assert (first.given, first.by, first.at_ms) == (LIMITS, "Ada", MS)  # type: ignore[union-attr]
        assert reader.client("C1").limits == second
        assert (second.given, second.by, second.at_ms) == (later, "Bo", MS + DAY_MS)  # type: ignore[union-attr]
        assert reader.weights("T1") == [WEIGHT, heavier]
        therapist = reader.therapist("T1")
        assert (therapist.weight, therapist.contact_cm2, therapist.cue) == (heavier, {"heel": 32.0}, False)
        assert [client.code for client in reader.clients()] == ["C1", "C2"]
        assert reader.client("C2").limits is None, "there is no default"


def test_codes_are_made_unlike_and_are_nobodys_name(tmp_path: Path) -> None:
    with made(tmp_path) as people:
        codes = {people.add_client(None, MS) for _ in range(50)}
        assert len(codes) == 50
        assert all(len(code) == 6 and code[0] == "C" and any(map(str.isdigit, code)) for code in codes)
        with pytest.raises(UsageError, match="there already"):
            people.add_client("c1", MS)
        for name in ("Anna", "", "1", "a b1", "Ann/1", "x" * 24 + "1"):
            with pytest.raises(UsageError, match="so that it is no name"):
                people.add_client(name, MS)


def test_names_are_kept_only_where_the_studio_wants_them(tmp_path: Path) -> None:
    with made(tmp_path) as people:
        with pytest.raises(Refused, match="keeps no names"):
            people.add_client("C3", MS, name="Anna")
        with pytest.raises(Refused, match="keeps no names"):
            people.edit_client("C1", name=None, notes="left knee")
        people.edit_client("C1", name=None, notes=None)
    with People(tmp_path / PATH, names=True) as people:
        people.add_client("C3", MS, name="Anna", notes="left knee")
        assert (people.client("C3").name, people.client("C3").notes) == ("Anna", "left knee")
        people.edit_client("C3", name=None, notes=None)
        assert people.client("C3").name is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (LimitsGiven(40, near_kg=41), "near 41 kg: allowed are values below"),
        (LimitsGiven(40, critical_kg=40), "critical 40 kg: allowed are values above"),
        (LimitsGiven(40, zones={"ribs": 41}), "zone 'ribs' 41 kg"),
        (LimitsGiven(40, sustained_kg=20), "both kg and seconds"),
        (LimitsGiven(-1), "limit_kg: Expected float > 0"),
        (LimitsGiven(float("nan")), "limit_kg"),
    ],
)
def test_limits_that_cannot_be_are_not_kept(tmp_path: Path, given: LimitsGiven, words: str) -> None:
    with made(tmp_path) as people:
        with pytest.raises(UsageError, match=words):
            people.set_limits("C1", given, at_ms=MS, by="Ada")
        with pytest.raises(UsageError, match="missing"):
            people.set_limits("C1", LIMITS, at_ms=MS, by=" ")
        assert len(people.limits("C1")) == 1


def test_whose_a_session_was_and_what_was_overridden(tmp_path: Path) -> None:
    override = Override(MS, "Ada", "aa11", "cleared by the physician", ("pregnancy",))
    with made(tmp_path) as people:
        people.link_session("aa11", "C1", "T1", MS)
        people.link_session("bb22", None, "T1", MS + 1)
        people.link_session("aa11", "C2", None, MS + 2)
        people.record_override("C1", override)
        with pytest.raises(UsageError, match="the name of who decided it and the reason"):
            people.record_override("C1", structs.replace(override, reason=" "))
        with pytest.raises(UsageError, match='no client "C9"'):
            people.link_session("cc33", "C9", None, MS)
    with PeopleReader(tmp_path / PATH) as reader:
        assert reader.session_of("aa11") == SessionOf("aa11", MS, "C1", "T1")
        assert reader.session_of("cc33") is None
        assert [one.session for one in reader.sessions(therapist="T1")] == ["aa11", "bb22"]
        assert reader.sessions(client="C1", therapist="T1") == [SessionOf("aa11", MS, "C1", "T1")]
        assert reader.overrides("C1") == [override]


def test_two_processes_may_write(tmp_path: Path) -> None:
    with made(tmp_path) as one, People(tmp_path / PATH) as other:
        one.add_client("C3", MS)
        other.set_limits("C3", LIMITS, at_ms=MS, by="Ada")
        one.set_limits("C3", LimitsGiven(30), at_ms=MS, by="Ada")
        assert [limit.given.limit_kg for limit in other.limits("C3")] == [40, 30]  # type: ignore[union-attr]


def test_a_lock_that_is_kept_and_a_folder_that_may_not_be_written_are_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bard.people.store._LOCK_S", 0.05)
    made(tmp_path).close()
    with People(tmp_path / PATH) as people:
        holder = sqlite3.connect(tmp_path / PATH, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(DataError, match="another program keeps it locked"):
            people.add_client("C3", MS)
        holder.close()
        people.add_client("C3", MS)
    with pytest.raises(DataError, match="no such folder; bard run makes it"):
        People(tmp_path / "nowhere" / PATH)
    (tmp_path / "text.db").write_text("not a database at all, but long enough to be taken for one" * 20)
    with pytest.raises(DataError, match="damaged: not a database"):
        People(tmp_path / "text.db")
    with pytest.raises(DataError, match="bard therapist add"):
        PeopleReader(tmp_path / "none.db")


def test_a_weight_out_of_bounds_is_refused_in_words(tmp_path: Path) -> None:
    with made(tmp_path) as people, pytest.raises(UsageError, match="kg: Expected float <= 250"):
        people.set_weight("T1", Weight(MS, "", 251, 0.5, "2025-11-24", "typed"))
