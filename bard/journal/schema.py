"""The journal's tables, and how a database of an older bard becomes one of this bard.

One law: a migration that has shipped is never edited, only followed by another; each runs whole in a transaction of its
own or not at all, and `user_version` counts them. It knows nothing of events.

Every row of what happened carries the same stamp: `uid` of the message, `boot` and `at_us` (monotonic, of that boot),
`wall_ms` (UTC, milliseconds since 1970) and whether that clock was trusted. Nothing names a client; who raised a
limit or tried an output may stand there.
"""

from collections.abc import Sequence
from sqlite3 import Connection

from bard.errors import DataError

JOURNAL_FILE = "journal.db"
"""In `journal.directory`."""
APPLICATION_ID = 0x62617264
"""`bard`, for whoever asks what kind of database this is."""

_STAMP = """
    uid TEXT NOT NULL,
    boot INTEGER NOT NULL REFERENCES boot (number),
    at_us INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    clock_trusted INTEGER NOT NULL"""
_NUMBERS = """
    body_weight_kg REAL NOT NULL,
    basis TEXT NOT NULL,
    limit_kg REAL NOT NULL,
    near_kg REAL NOT NULL,
    critical_kg REAL NOT NULL,
    guard_kg REAL NOT NULL,
    zone TEXT"""
_OF_SESSION = "number INTEGER PRIMARY KEY AUTOINCREMENT, session INTEGER REFERENCES session (number)"
_ONCE = "UNIQUE (boot, uid)"
"""A batch that was committed and yet reported as failed may be written again."""

_FIRST = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    "CREATE TABLE boot (number INTEGER PRIMARY KEY, boot_id TEXT NOT NULL UNIQUE) STRICT",
    # A session as it began, and its end; no end: it runs, or nobody saw it end. `id` is random.
    f"""CREATE TABLE session (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, {_STAMP}, {_NUMBERS},
    notes TEXT NOT NULL,
    end_boot INTEGER REFERENCES boot (number),
    end_at_us INTEGER,
    end_wall_ms INTEGER,
    end_clock_trusted INTEGER,
    {_ONCE}) STRICT""",
    # Each later set of numbers, whole.
    f"""CREATE TABLE session_change ({_OF_SESSION}, {_STAMP}, {_NUMBERS},
    why TEXT NOT NULL,
    acted_by TEXT NOT NULL,
    {_ONCE}) STRICT""",
    f"""CREATE TABLE alarm_change ({_OF_SESSION}, {_STAMP},
    condition TEXT NOT NULL,
    state TEXT NOT NULL,
    was TEXT NOT NULL,
    priority TEXT NOT NULL,
    meaning TEXT NOT NULL,
    subjects TEXT NOT NULL,
    value_kg REAL,
    limit_kg REAL,
    u_kg REAL,
    guard_kg REAL,
    phase TEXT NOT NULL,
    acted_by TEXT NOT NULL,
    {_ONCE}) STRICT""",
    "CREATE INDEX alarm_change_of_session ON alarm_change (session)",
    f"""CREATE TABLE phase_change ({_OF_SESSION}, {_STAMP},
    phase TEXT NOT NULL,
    was TEXT NOT NULL,
    why TEXT NOT NULL,
    {_ONCE}) STRICT""",
    f"""CREATE TABLE command ({_OF_SESSION}, {_STAMP},
    command TEXT NOT NULL,
    origin TEXT NOT NULL,
    refusal TEXT,
    {_ONCE}) STRICT""",
    # An output's self-test, and whether somebody felt or heard it.
    f"""CREATE TABLE output_tried ({_OF_SESSION}, {_STAMP},
    output TEXT NOT NULL,
    noticed INTEGER NOT NULL,
    who TEXT NOT NULL,
    {_ONCE}) STRICT""",
    # So many messages are missing before this moment.
    f"CREATE TABLE gap ({_OF_SESSION}, {_STAMP}, missing INTEGER NOT NULL, {_ONCE}) STRICT",
)

Migration = tuple[str, ...]
"""Its statements, without BEGIN and COMMIT."""
MIGRATIONS: tuple[Migration, ...] = (_FIRST,)
"""MIGRATIONS[n] makes version n + 1 out of version n."""


def version_of(connection: Connection) -> int:
    """`user_version`: 0 for an empty database. Raises DataError for a database that is not bard's."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID and (
        version or application or connection.execute("SELECT 1 FROM sqlite_schema").fetchone()
    ):
        raise DataError("a database of another program")
    return version


def migrate(connection: Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the database up to date. `connection` is in autocommit (isolation_level None).

    Raises DataError for one of a newer bard, or of another program; sqlite3.Error for what the disk refuses.
    """
    while (version := check_not_newer(connection, len(migrations))) < len(migrations):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version_of(connection) == version:  # nobody was faster
                for statement in migrations[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def check_not_newer(connection: Connection, known: int = len(MIGRATIONS)) -> int:
    """The database's version. Raises DataError where it is above `known`, or not bard's."""
    version = version_of(connection)
    if version > known:
        raise DataError(f"a journal of version {version}, made by a newer bard; this one knows versions up to {known}")
    return version


def check_readable(connection: Connection) -> None:
    """Raises DataError unless the database is of exactly this version; a reader migrates nothing."""
    version = check_not_newer(connection)
    if version == 0:
        raise DataError("an empty journal: bard run has not begun it yet")
    if version < len(MIGRATIONS):
        raise DataError(
            f"a journal of version {version}, and this bard reads version {len(MIGRATIONS)}: start bard run once"
        )
