"""The tables of people.db (`bard.database`).

One law: what a practitioner set or answered is never changed, only followed by a newer row; each such row carries a
checksum over its values and whose they are, so that a value that is not what was written is noticed. Times are wall
clock, UTC, milliseconds since 1970. It knows no journal: limits are kept away from it, for it is written all the time.
"""

from bard.database import Migration, Schema

PEOPLE_FILE = "people.db"
"""In `journal.directory`."""
APPLICATION_ID = 0x62617270
"""`barp`."""

_SET = "at_ms INTEGER NOT NULL, acted_by TEXT NOT NULL, checksum TEXT NOT NULL"
_OF_CLIENT = "client INTEGER NOT NULL REFERENCES client (number) ON DELETE CASCADE"
_OF_THERAPIST = "therapist INTEGER NOT NULL REFERENCES therapist (number) ON DELETE CASCADE"
_CODE = "number INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE COLLATE NOCASE, at_ms INTEGER NOT NULL"

_FIRST = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    # cue: 1 wants the ticks below the limit, 0 does not, NULL said nothing
    f"CREATE TABLE therapist ({_CODE}, cue INTEGER) STRICT",
    f"""CREATE TABLE body_weight (number INTEGER PRIMARY KEY, {_OF_THERAPIST},
    kg REAL NOT NULL, u_kg REAL NOT NULL, dated TEXT NOT NULL, basis TEXT NOT NULL, {_SET}) STRICT""",
    f"""CREATE TABLE contact (number INTEGER PRIMARY KEY, {_OF_THERAPIST},
    part TEXT NOT NULL, cm2 REAL, {_SET}) STRICT""",
    f"CREATE TABLE client ({_CODE}, name TEXT, notes TEXT) STRICT",
    f"""CREATE TABLE limits (number INTEGER PRIMARY KEY, {_OF_CLIENT},
    limit_kg REAL NOT NULL, near_kg REAL, critical_kg REAL, sustained_kg REAL, sustained_s REAL, rate_kg_s REAL,
    zones TEXT NOT NULL, {_SET}) STRICT""",
    f"""CREATE TABLE intake (number INTEGER PRIMARY KEY, {_OF_CLIENT},
    answers TEXT NOT NULL, {_SET}) STRICT""",
    # A start that an answer would have blocked.
    f"""CREATE TABLE override (number INTEGER PRIMARY KEY, {_OF_CLIENT},
    session TEXT NOT NULL, reason TEXT NOT NULL, items TEXT NOT NULL, {_SET}) STRICT""",
    """CREATE TABLE session (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL,
    client INTEGER REFERENCES client (number) ON DELETE CASCADE,
    therapist INTEGER REFERENCES therapist (number) ON DELETE SET NULL) STRICT""",
    *(
        f"CREATE INDEX {table}_of_{whose} ON {table} ({whose})"
        for table, whose in (
            ("body_weight", "therapist"),
            ("contact", "therapist"),
            ("limits", "client"),
            ("intake", "client"),
            ("override", "client"),
            ("session", "client"),
            ("session", "therapist"),
        )
    ),
)

MIGRATIONS: tuple[Migration, ...] = (_FIRST,)
SCHEMA = Schema("people.db", "bard client add", APPLICATION_ID, MIGRATIONS)
