"""All that is held on one client, in one file for people and other programs.

One law: everything that stands under the client's code or under the ids of the client's sessions, and nothing of
anybody else; it only reads. The file is its maker's, and no backup.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import msgspec

import bard
from bard.config.atomic import sync_folder
from bard.errors import DataError, UsageError
from bard.journal.export import ALARMS, Column, words_of, write_csv
from bard.journal.export_sessions import SERIES, SESSION_FIGURES, SessionFigures, tenths_of
from bard.journal.history import History
from bard.journal.removing import SERIES as SERIES_TABLES
from bard.journal.schema import JOURNAL_FILE
from bard.journal.wanted import Wanted
from bard.journal.whole import Whole
from bard.people.held import held_on_client
from bard.people.reader import PeopleReader
from bard.people.schema import PEOPLE_FILE
from bard.studio.audit import Stamp
from bard.studio.holdings import REPORTS, TAPES

Row = TypeVar("Row")
_MODE = 0o600
_README = """\
All that bard {version} held on client {code} on {wall}.

client.json        who: code, name and notes where the studio keeps them, limits with who set them and when, answers
                   to the intake, overrides, and the ids of the sessions
journal/*.jsonl    what was recorded of these sessions, a JSON object a line: session (the numbers each began with),
                   session_change (other numbers, by whom and why), alarm_change, phase_change, command, gap, ...
sessions.csv       what each session came to: load on the client, time near and over the limit, data coverage
alarms.csv         each alarm: when, how high against which limit, with which uncertainty, who acknowledged
series/<id>.csv    each session in tenths of a second: loads, uncertainty, limits, phase
reports/*          the pages that were made of them
tapes.json         the files with the raw record of the bars, by name, with their size in bytes; not in this file,
                   since one may hold other clients' sessions too

_kg: kilograms; u_kg: expanded uncertainty (k = 2); wall_ms: UTC, milliseconds since 1970; clock_trusted: 1 where that
clock was known to be right; at_us: microseconds since the machine was started; null: unknown.
"""


def export_client(folder: Path, code: str, path: Path, stamp: Stamp) -> list[str]:
    """Write it at `path`, whole or not at all; the names of the files in it.

    Raises UsageError for a code that nobody has or a file that is there, DataError for what cannot be read or written.
    """
    if path.exists():
        raise UsageError(f"export: {path} is there already; allowed: the name of a new file")
    with PeopleReader(folder / PEOPLE_FILE) as people:
        held = held_on_client(people, code)
    sessions = [one["session"] for one in held["sessions"]]
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE), "wb") as file:
            with ZipFile(file, "w") as packed:
                readme = _README.format(version=bard.__version__, code=held["client"], wall=stamp.wall)
                _add(packed, "README.txt", "\n".join((readme, *_words(), "")).encode())
                _add(packed, "client.json", _json(held))
                for name, content in _of_sessions(folder, sessions):
                    _add(packed, name, content)
                names = packed.namelist()
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise DataError(f"{error.filename or path}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return names


def _of_sessions(folder: Path, sessions: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Name in the file and content, one after the other."""
    tapes: list[dict[str, Any]] = []
    if (folder / JOURNAL_FILE).exists() and sessions:
        with Whole(folder / JOURNAL_FILE) as whole:
            for table in sorted({*whole.tables()} - {*SERIES_TABLES}):
                lines = StringIO()
                for row in whole.rows_of(table, sessions):
                    lines.write(msgspec.json.encode(row).decode() + "\n")
                if lines.tell():
                    yield f"journal/{table}.jsonl", lines.getvalue().encode()
            if "tape" in whole.tables():
                tapes = list(_tapes(folder, (row["file"] for row in whole.rows_of("tape", sessions))))
        with History(folder / JOURNAL_FILE) as history:
            yield from _as_tables(history, sessions)
    yield "tapes.json", _json(tapes)
    for one in sessions:
        for report in sorted((folder / REPORTS).glob(f"*{one}*")):
            yield f"reports/{report.name}", report.read_bytes()


def _as_tables(history: History, sessions: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """As `bard sessions` and `bard alarms` export them."""
    rows = {row.id: row for row in history.sessions()}
    there = [one for one in sessions if one in rows]
    yield "sessions.csv", _csv(SESSION_FIGURES, (SessionFigures(rows[one], history.statistics(one)) for one in there))
    alarms = (alarm for one in there for alarm in history.alarms(Wanted(session=one)))
    yield "alarms.csv", _csv(ALARMS, alarms)
    for one in there:
        series = history.series(one)
        if len(series):
            yield f"series/{one}.csv", _csv(SERIES, tenths_of(one, series))


def _csv(columns: Mapping[str, Column[Row]], rows: Iterable[Row]) -> bytes:
    out = StringIO()
    write_csv(columns, rows, out)
    return out.getvalue().encode()


def _words() -> Iterator[str]:
    """What the columns of the tables hold."""
    for name, words in (
        ("sessions.csv", words_of(SESSION_FIGURES)),
        ("alarms.csv", words_of(ALARMS)),
        ("series/*.csv", words_of(SERIES)),
    ):
        yield f"\nColumns of {name}\n"
        yield from (f"  {column:20} {what}" for column, what in words.items())


def _tapes(folder: Path, names: Iterable[str]) -> Iterator[dict[str, Any]]:
    for name in sorted(set(names)):
        path = folder / TAPES / name
        there = path.exists()
        yield {"file": name, "bytes": path.stat().st_size if there else None, "kept": there}


def _add(packed: ZipFile, name: str, content: bytes) -> None:
    info = ZipInfo(name)
    info.compress_type = ZIP_DEFLATED
    info.external_attr = _MODE << 16
    packed.writestr(info, content)


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
