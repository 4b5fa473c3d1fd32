"""All that is held on one client, and nothing of another."""

import json
import sqlite3
from pathlib import Path
from zipfile import ZipFile

import pytest

from bard.errors import DataError, UsageError
from bard.journal.removing import tables_of_sessions
from bard.studio.client_export import export_client
from tests.journal.logs import id_of, table
from tests.studio.finding import found
from tests.studio.studios import EVENING
from tests.studio.zebras import CODE, HOUR, NAME, THERAPIST, zebras


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    return zebras(tmp_path / "var")


def test_everything_is_in_it_and_nothing_of_others(studio: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / "a.zip"
    path.parent.mkdir()
    names = export_client(studio, CODE.lower(), path, EVENING)
    assert path.stat().st_mode & 0o777 == 0o600
    with ZipFile(path) as packed:
        assert packed.namelist() == names
        files = {name: packed.read(name).decode() for name in names}
    mine, theirs = [id_of(HOUR), id_of(3 * HOUR)], id_of(2 * HOUR)
    who = json.loads(files["client.json"])
    assert (who["client"], who["name"], who["notes"]) == (CODE, NAME, "zebra crossing")
    assert who["limits"][0]["zones"] == {"ribs": 20.0}
    assert who["intake"][0]["answers"] == {"pregnancy": "yes"}
    assert who["overrides"][0]["reason"] == f"{THERAPIST} knows"
    assert [one["session"] for one in who["sessions"]] == mine
    rows = {name: [json.loads(line) for line in files[name].splitlines()] for name in names if name.endswith("l")
            and name.startswith("journal/")}  # fmt: skip
    assert [row["id"] for row in rows["journal/session.jsonl"]] == mine
    assert len(rows["journal/alarm_change.jsonl"]) == 6
    assert {row["why"] for row in rows["journal/session_change.jsonl"]} >= {f"limit raised by {THERAPIST}, hour 1"}
    assert all(row["session"] in mine for one in rows.values() for row in one)
    assert json.loads(files["tapes.json"]) == [
        {"file": name, "bytes": (studio / "tapes" / name).stat().st_size, "kept": True} for name in ("1.tape", "3.tape")
    ]
    assert [files[f"reports/{one}.html"] for one in mine] == ["<p>hour 1", "<p>hour 3"]
    assert files[f"series/{mine[0]}.csv"].count("\n") == 601
    assert [line.split(",")[0] for line in files["sessions.csv"].splitlines()] == ["session", *mine]
    assert [line.split(",")[0] for line in files["alarms.csv"].splitlines()] == ["session", *mine]
    for name in ("sessions.csv", "alarms.csv", f"series/{mine[0]}.csv"):
        columns = files[name].partition("\n")[0].split(",")
        assert [one for one in columns if f"\n  {one} " not in files["README.txt"]] == [], name
    assert found(path.parent, theirs, "hour 2") == []
    written = {name for name in belonging(studio) if f"journal/{name}.jsonl" in names}
    assert written == {name for name in belonging(studio) if count(studio, name)} - {"series_block"}


def belonging(folder: Path) -> list[str]:
    connection = sqlite3.connect(folder / "journal.db")
    names = list(tables_of_sessions(connection))
    connection.close()
    return names


def count(folder: Path, name: str) -> int:
    """Rows of the client's first session."""
    query = f"SELECT count(*) FROM {name} WHERE session = (SELECT number FROM session WHERE id = '{id_of(HOUR)}')"
    return int(str(table(folder / "journal.db", query)[0][0]))


def test_a_client_without_sessions_and_a_studio_without_a_journal(studio: Path, tmp_path: Path) -> None:
    (studio / "journal.db").unlink()
    names = export_client(studio, CODE, tmp_path / "a.zip", EVENING)
    assert [name for name in names if not name.startswith("reports/")] == ["README.txt", "client.json", "tapes.json"]


def test_mistakes_leave_nothing_behind(studio: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no client"):
        export_client(studio, "C9", tmp_path / "a.zip", EVENING)
    with pytest.raises(DataError, match="No such file"):
        export_client(studio, CODE, tmp_path / "no" / "a.zip", EVENING)
    (tmp_path / "a.zip").touch()
    with pytest.raises(UsageError, match="is there already"):
        export_client(studio, CODE, tmp_path / "a.zip", EVENING)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "var"]
