"""The journal's tables, and how a database of an older bard becomes one of this bard (`bard.database`).

One law: a migration that has shipped is never edited, only followed by another. It knows nothing of events.

Every row of what happened carries the same stamp: `uid` of the message, `boot` and `at_us` (monotonic, of that boot),
`wall_ms` (UTC, milliseconds since 1970) and whether that clock was trusted. Nothing names a client; who raised a
limit or tried an output may stand there.
"""

from bard.database import Migration, Schema

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

_SECOND = (
    # The files in tapes/ that a session stands on; more than one where bard was restarted in it.
    """CREATE TABLE tape (session INTEGER NOT NULL REFERENCES session (number), file TEXT NOT NULL,
    PRIMARY KEY (session, file)) STRICT, WITHOUT ROWID""",
    # Ten summaries a second (bard.journal.series): from `first` on, in tenths of a second of the session. Small blocks
    # are loose and become one a minute.
    """CREATE TABLE series_block (number INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL REFERENCES session (number),
    first INTEGER NOT NULL,
    bins INTEGER NOT NULL,
    loose INTEGER NOT NULL,
    block BLOB NOT NULL) STRICT""",
    "CREATE INDEX series_block_of_session ON series_block (session, first, bins, loose)",
    # Of sessions that have ended: JSON of the whole, zlib of MessagePack of its minutes (bard.journal.statistics).
    """CREATE TABLE session_statistics (session INTEGER PRIMARY KEY REFERENCES session (number), whole TEXT NOT NULL,
    minutes BLOB NOT NULL) STRICT""",
    f"""CREATE TABLE calibration_change ({_OF_SESSION}, {_STAMP},
    digest TEXT NOT NULL,
    cells TEXT NOT NULL,
    {_ONCE}) STRICT""",
    "CREATE INDEX session_by_time ON session (wall_ms)",
    "CREATE INDEX session_change_of_session ON session_change (session)",
    "CREATE INDEX phase_change_of_session ON phase_change (session)",
    # The day's one-minute check: a judgement, and what the bars read; no weights. missed: JSON of outputs, or NULL.
    f"""CREATE TABLE daily_check ({_OF_SESSION}, {_STAMP},
    answer TEXT NOT NULL,
    free_kg REAL,
    apart_kg REAL,
    missed TEXT,
    who TEXT NOT NULL,
    {_ONCE}) STRICT""",
)

MIGRATIONS: tuple[Migration, ...] = (_FIRST, _SECOND)
"""MIGRATIONS[n] makes version n + 1 out of version n."""
SCHEMA = Schema("journal", "bard run", APPLICATION_ID, MIGRATIONS)
