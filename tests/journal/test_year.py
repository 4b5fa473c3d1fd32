"""A small year of the bench: what it writes is what the core said, and what is asked of it is found by an index."""

from pathlib import Path
from random import Random

import pytest
from msgspec import structs

from bard.journal.history import History
from bard.journal.statistics import session_statistics
from bard.journal.wanted import Wanted
from bard.people.reader import PeopleReader
from bench.studio_year import Played, make_year, play

LARGE = ("alarm_change", "series_block", "phase_change", "command", "session_change")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return play(150, 3, tmp_path_factory.mktemp("played"))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, played: Played) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("year")
    return folder, make_year(folder, 120, [played])


def test_each_session_is_there_with_what_it_came_to(year: tuple[Path, list[str]], played: Played) -> None:
    folder, ids = year
    assert len(set(ids)) == 120
    with History(folder / "journal.db") as history:
        rows = history.sessions()
        assert [row.id for row in rows] == ids
        assert [found.session for found in history.all_statistics()] == ids
        for session in Random(1).sample(ids, 5):
            series = history.series(session)
            changes = history.changes(Wanted(session=session))
            stored = history.statistics(session)
            assert stored == session_statistics(session, series, played.length_us, changes)
            assert stored.whole.coverage > 0.9
    assert played.statistics.whole == structs.replace(stored.whole)


def test_no_question_about_one_session_reads_all_of_them(year: tuple[Path, list[str]]) -> None:
    folder, ids = year
    asked: list[str] = []
    with History(folder / "journal.db") as history:
        history._connection.set_trace_callback(asked.append)
        session = ids[60]
        history.series(session)
        history.statistics(session)
        history.numbers(session)
        history.tapes(session)
        history.alarms(Wanted(session=session))
        history.alarms(Wanted(last=20))
        assert len(history.per_session(Wanted(last=3))) == 3
        history._connection.set_trace_callback(None)
        assert len(asked) > 8
        for query in asked:
            for _, _, _, plan in history._connection.execute(f"EXPLAIN QUERY PLAN {query}"):
                assert not (plan.startswith("SCAN") and any(table in plan for table in LARGE)), (query, plan)


def test_every_session_belongs_to_somebody(year: tuple[Path, list[str]]) -> None:
    folder, ids = year
    with PeopleReader(folder / "people.db") as people:
        of = people.session_of(ids[7])
        assert of is not None
        assert len(people.sessions(client=of.client)) == 3
