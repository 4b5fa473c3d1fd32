"""Which files are people.db, and which are left alone."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from bard.errors import DataError
from bard.journal.schema import JOURNAL_FILE
from bard.journal.schema import SCHEMA as JOURNAL
from bard.people.reader import PeopleReader
from bard.people.schema import MIGRATIONS, SCHEMA
from bard.people.store import People
from tests.people.house import PATH, made, spoil


def bytes_of(path: Path) -> bytes:
    return path.read_bytes()


def test_a_journal_is_not_taken_for_people(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / JOURNAL_FILE, isolation_level=None)
    JOURNAL.migrate(connection)
    connection.close()
    shutil.copy(tmp_path / JOURNAL_FILE, tmp_path / PATH)
    before = bytes_of(tmp_path / PATH)
    for opened in (People, PeopleReader):
        with pytest.raises(DataError, match=r"people\.db: a database of another program"):
            opened(tmp_path / PATH)
    assert bytes_of(tmp_path / PATH) == before


def test_one_of_a_newer_bard_is_left_alone(tmp_path: Path) -> None:
    made(tmp_path).close()
    spoil(tmp_path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = bytes_of(tmp_path / PATH)
    for opened in (People, PeopleReader):
        with pytest.raises(DataError, match="made by a newer bard; this one knows versions up to"):
            opened(tmp_path / PATH)
    assert bytes_of(tmp_path / PATH) == before


def test_an_empty_file_is_begun_by_the_writer_and_refused_by_readers(tmp_path: Path) -> None:
    (tmp_path / PATH).touch()
    with pytest.raises(DataError, match=r"an empty people\.db: bard client add has not begun it yet"):
        PeopleReader(tmp_path / PATH)
    made(tmp_path).close()
    connection = sqlite3.connect(tmp_path / PATH)
    assert SCHEMA.version_of(connection) == len(MIGRATIONS)
    connection.close()
    with PeopleReader(tmp_path / PATH) as reader:
        assert [client.code for client in reader.clients()] == ["C1", "C2"]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("DELETE FROM client")
