"""A studio's year in a journal: sessions played once by the real core, then written again and again at summary level.

One law: what is written is what the core said in simulated sessions of normal work: its events, its series and their
statistics; only ids and times are others. It measures nothing.
"""

from pathlib import Path
from random import Random
from sqlite3 import Connection, connect
from typing import NamedTuple

from msgspec import structs

from bard.daemon.wallclock import wall_text
from bard.database import make_file
from bard.journal.alarms import Change, Moment
from bard.journal.records import make_header
from bard.journal.rows import Record, RowWriter
from bard.journal.schema import JOURNAL_FILE, SCHEMA
from bard.journal.series import pack_series, series_of
from bard.journal.series_rows import put_block, put_statistics
from bard.journal.statistics import BINS_A_MINUTE, SessionStatistics, session_statistics
from bard.journal.store import STORED
from bard.journal.tape import TapeWriter
from bard.link.flatout import run_flat_out, true_calibration
from bard.messages import ConditionChanged, Event, SessionEnded, SessionStarted, StopSession
from bard.monitor import Monitor, Summary
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from bard.settings import CoreSettings
from bard.simulate import Room, normal_work

BEGIN_WALL_MS = 1_767_600_000_000
"""2026-01-05T08:00:00Z."""
_BOOT_SESSIONS = 10
"""The machine is started again after so many."""
_CLIENTS, _THERAPISTS = 50, 3


class Played(NamedTuple):
    """One session as the core told it. Times of events are from its beginning, in us."""

    events: list[tuple[int, Event]]
    blocks: list[tuple[int, int, bytes]]
    """First bin, bins, packed: one a minute."""
    statistics: SessionStatistics
    length_us: int
    tape_bytes: int


def play(seconds: float, seed: int, folder: Path) -> Played:
    """A session of normal work with four cells, through the real core onto a real tape."""
    room = Room(normal_work(seconds), seed)
    settings = CoreSettings(room.room_settings([f"sim://{number}" for number in range(room.scenario.boards)]))
    calibration = true_calibration(room, settings)
    monitor = Monitor(settings, calibration, now_us=0)
    path = folder / f"{seed}.tape"
    header = make_header(settings, calibration, start_us=0, wall_time="", clock_trusted=False, done="a studio's year")
    tape = TapeWriter(path, header)
    events: list[Event] = []
    summaries: list[Summary] = []

    def look(_: int) -> None:
        while (summary := monitor.next_summary()) is not None:
            summaries.append(summary)

    stop = [(room.duration_us - 500_000, "script", StopSession())]
    run_flat_out(room, monitor, events.append, tape=tape, commands=stop, on_row=look)
    tape.close()
    started = next(event for event in events if isinstance(event, SessionStarted))
    ended = next(event for event in events if isinstance(event, SessionEnded))
    own = [event for event in events if isinstance(event, STORED) and started.at_us <= event.at_us <= ended.at_us]
    series = series_of(summaries)
    blocks = []
    for first in range(0, int(series.bin[-1]) + 1, BINS_A_MINUTE):
        part = series.between(first, first + BINS_A_MINUTE)
        blocks.append((int(part.bin[0]), len(part), pack_series(part)))
    length_us = ended.at_us - started.at_us
    statistics = session_statistics("", series, length_us, _changes(own))
    at = [(event.at_us - started.at_us, event) for event in own]
    return Played(at, blocks, statistics, length_us, path.stat().st_size)


def make_year(folder: Path, sessions: int, played: list[Played], *, every_s: float = 15_768.0) -> list[str]:
    """Write `sessions` sessions, one each `every_s` seconds, into a journal and its people; their ids, in order."""
    path = folder / JOURNAL_FILE
    make_file(path)
    connection = connect(path, isolation_level=None)
    SCHEMA.migrate(connection)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    random, ids = Random(1), []
    for number in range(sessions):
        ids.append(f"{random.getrandbits(64):016x}")
        _write(connection, number, ids[-1], random.choice(played), round(every_s * 1e6))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    _link(folder, ids, every_s)
    return ids


def _write(connection: Connection, number: int, session: str, played: Played, every_us: int) -> None:
    boot, turn = divmod(number, _BOOT_SESSIONS)
    began_us = turn * every_us
    rows = RowWriter(f"boot-{boot}")
    batch = []
    for index, (after_us, event) in enumerate(played.events):
        named: dict[str, object] = {"at_us": began_us + after_us}
        if isinstance(event, SessionStarted | SessionEnded):
            named["session"] = session
        if isinstance(event, SessionEnded):
            named["started_us"] = began_us
        batch.append(
            Record(structs.replace(event, **named), f"{number:x}-{index}", _wall(number, every_us, after_us), True)
        )
    ends = [isinstance(record.event, SessionEnded) for record in batch].index(True)
    rows.write(connection, batch[:ends])
    (row,) = connection.execute("SELECT number FROM session WHERE id = ?", (session,)).fetchone()
    connection.execute("BEGIN")
    for first, bins, block in played.blocks:
        put_block(connection, row, first, bins, block, loose=False)
    connection.execute("COMMIT")
    rows.write(connection, batch[ends:])
    put_statistics(connection, row, structs.replace(played.statistics, session=session))


def _wall(number: int, every_us: int, after_us: int) -> str:
    return wall_text(BEGIN_WALL_MS / 1e3 + (number * every_us + after_us) / 1e6)


def _changes(events: list[Event]) -> list[Change]:
    changes = []
    for number, event in enumerate(events):
        if isinstance(event, ConditionChanged):
            fields = structs.asdict(event)
            moment = Moment("a", fields.pop("at_us"), 0, False)
            changes.append(Change(number, f"a-{number}", "", moment, fields.pop("id"), *fields.values()))
    return changes


def _link(folder: Path, ids: list[str], every_s: float) -> None:
    with People(folder / PEOPLE_FILE) as people:
        clients = [people.add_client(None, BEGIN_WALL_MS) for _ in range(_CLIENTS)]
        therapists = [people.add_therapist(None, BEGIN_WALL_MS) for _ in range(_THERAPISTS)]
        for number, session in enumerate(ids):
            at_ms = BEGIN_WALL_MS + round(number * every_s * 1000)
            people.link_session(session, clients[number % _CLIENTS], therapists[number % _THERAPISTS], at_ms)
