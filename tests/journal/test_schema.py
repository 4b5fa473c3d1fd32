import gzip
import sqlite3
from pathlib import Path

import pytest

from bard.errors import DataError
from bard.journal.history import History
from bard.journal.schema import APPLICATION_ID, MIGRATIONS, SCHEMA
from tests.journal.logs import S, ended, id_of, one_alarm, started, table, write_log

VERSION_1 = Path(__file__).parents[1] / "data" / "journal" / "version_1.db.gz"
NEXT = (
    "ALTER TABLE session ADD COLUMN place TEXT",
    "CREATE TABLE person (number INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT",
    "UPDATE session SET place = 'room ' || number",
)
AFTER_NEXT = ("INSERT INTO person (code) SELECT id FROM session", "ALTER TABLE session DROP COLUMN notes")
ALL = (*MIGRATIONS, NEXT, AFTER_NEXT)


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def shape(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """Every table and index, as SQLite keeps them."""
    return set(connection.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'"))


def with_a_session(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT INTO boot (boot_id) VALUES ('b')")
    connection.execute(
        "INSERT INTO session (id, uid, boot, at_us, wall_ms, clock_trusted, body_weight_kg, basis, limit_kg, near_kg, "
        "critical_kg, guard_kg, notes) VALUES ('s', 'u', 1, 2, 3, 1, 70, 'typed', 40, 34, 50, 1.5, '[]')"
    )


def test_a_new_database_is_of_this_version_and_bards(tmp_path: Path) -> None:
    connection = connect(tmp_path / "journal.db")
    assert SCHEMA.version_of(connection) == 0
    SCHEMA.migrate(connection)
    assert SCHEMA.version_of(connection) == len(MIGRATIONS)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    tables = {name for name, sql in shape(connection) if sql.startswith("CREATE TABLE")}
    assert tables == {
        "boot",
        "session",
        "session_change",
        "alarm_change",
        "phase_change",
        "output_tried",
        "daily_check",
        "command",
        "gap",
        "tape",
        "series_block",
        "session_statistics",
        "calibration_change",
    }
    SCHEMA.check_readable(connection)
    SCHEMA.migrate(connection)
    assert SCHEMA.version_of(connection) == len(MIGRATIONS)


@pytest.mark.parametrize("older", range(len(ALL)))
def test_every_older_version_becomes_the_newest_with_all_its_rows(tmp_path: Path, older: int) -> None:
    fresh = connect(tmp_path / "fresh.db")
    SCHEMA.migrate(fresh, ALL)
    connection = connect(tmp_path / "journal.db")
    SCHEMA.migrate(connection, ALL[:older])
    if older:
        with_a_session(connection)
    SCHEMA.migrate(connection, ALL)
    assert SCHEMA.version_of(connection) == len(ALL)
    assert shape(connection) == shape(fresh)
    if older:
        assert connection.execute("SELECT id, limit_kg FROM session").fetchall() == [("s", 40.0)]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    if 0 < older < len(ALL) - 1:
        assert connection.execute("SELECT place FROM session").fetchall() == [("room 1",)]
        assert connection.execute("SELECT code FROM person").fetchall() == [("s",)]


def test_a_migration_that_fails_leaves_the_version_before_it_whole(tmp_path: Path) -> None:
    connection = connect(tmp_path / "journal.db")
    SCHEMA.migrate(connection)
    with_a_session(connection)
    before = shape(connection)
    with pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"):
        SCHEMA.migrate(connection, (*MIGRATIONS, NEXT, ("DROP TABLE gap", "DELETE FROM nowhere")))
    assert SCHEMA.version_of(connection) == len(MIGRATIONS) + 1, "the one before it had succeeded"
    assert "gap" in dict(shape(connection))
    with pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"):
        SCHEMA.migrate(connect(tmp_path / "other.db"), (("CREATE TABLE a (b)", "DELETE FROM nowhere"),))
    assert shape(connect(tmp_path / "other.db")) == set()
    assert before - shape(connection) == {row for row in before if row[0] == "session"}


def test_of_two_that_migrate_at_once_the_second_finds_it_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has looked at the version before the first has changed it."""
    first, second = connect(tmp_path / "journal.db"), connect(tmp_path / "journal.db")
    looks = iter((0, len(MIGRATIONS), len(MIGRATIONS)))
    SCHEMA.migrate(first)
    monkeypatch.setattr(SCHEMA, "version_of", lambda _: next(looks))
    SCHEMA.migrate(second)
    assert list(looks) == []


def test_a_newer_database_and_one_of_another_program_are_left_alone(tmp_path: Path) -> None:
    connection = connect(tmp_path / "journal.db")
    SCHEMA.migrate(connection, (*MIGRATIONS, NEXT))
    before = shape(connection)
    with pytest.raises(DataError, match="made by a newer bard; this one knows versions up to"):
        SCHEMA.migrate(connection)
    assert shape(connection) == before
    other = connect(tmp_path / "other.db")
    other.execute("CREATE TABLE song (title)")
    for look in (SCHEMA.migrate, SCHEMA.check_readable):
        with pytest.raises(DataError, match="a database of another program"):
            look(other)
    assert shape(other) == {("song", "CREATE TABLE song (title)")}


def test_a_reader_migrates_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connect(tmp_path / "journal.db")
    with pytest.raises(DataError, match="an empty journal"):
        SCHEMA.check_readable(connection)
    SCHEMA.migrate(connection)
    monkeypatch.setattr(SCHEMA, "migrations", ALL)
    with pytest.raises(DataError, match=r"of version 2, and this bard reads version 4: start bard run once"):
        SCHEMA.check_readable(connection)


def test_a_file_that_version_1_wrote_keeps_all_it_holds_and_goes_on(tmp_path: Path) -> None:
    """Written by the bard that knew only version 1: a morning of alarms, and a session without an end."""
    path = tmp_path / "journal.db"
    path.write_bytes(gzip.decompress(VERSION_1.read_bytes()))
    before = {name: table(path, f"SELECT * FROM {name}") for name in ("session", "session_change", "alarm_change")}
    assert table(path, "PRAGMA user_version") == [(1,)]
    write_log(path, [*started(500 * S), *one_alarm(510 * S), ended(520 * S, 500 * S)], run="new")
    assert table(path, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert table(path, "PRAGMA integrity_check") == [("ok",)]
    for name, rows in before.items():
        assert rows
        assert table(path, f"SELECT * FROM {name} LIMIT {len(rows)}") == rows, name
    with History(path) as history:
        first, open_still, newest = history.sessions()
        assert (first.end is not None, open_still.end, newest.id) == (True, None, id_of(500 * S))
        assert history.tapes(first.id) == []
        assert [alarm.session for alarm in history.alarms()][-1] == newest.id
