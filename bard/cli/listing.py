"""`bard sessions`: what sessions came to, and their numbers as tables, read from the journal and the tapes themselves.

One law: it reads and shows, and changes nothing; what it cannot find or read is one line and an exit status.
"""

import sys
from collections.abc import Iterator
from math import nan
from pathlib import Path

import click
from msgspec import structs

from bard.cli.alarms import Time
from bard.cli.asking import Number
from bard.cli.session_tables import minute_table, session_table
from bard.config.load import load_settings
from bard.errors import DataError, UsageError
from bard.journal.conversions import Converted, conversions
from bard.journal.export import words_of, write_csv, write_jsonl
from bard.journal.export_sessions import (
    CONVERSIONS,
    MINUTES,
    SERIES,
    SESSION_FIGURES,
    SessionFigures,
    minutes_of,
    tenths_of,
)
from bard.journal.history import History
from bard.journal.schema import JOURNAL_FILE
from bard.journal.wanted import Bound, Wanted

_LAST = 20
"""Listed where nothing narrows the list."""
_COLUMNS = {"minutes": words_of(MINUTES), "series": words_of(SERIES), "conversions": words_of(CONVERSIONS)}


@click.command("sessions")
@click.option("--since", type=Time(), metavar="TIME", help="Begun from then on (see bard alarms).")
@click.option("--until", type=Time(end=True), metavar="TIME", help="Begun up to then; a date: up to its end.")
@click.option("--session", "session", metavar="ID", help="Only this: the beginning of its id, or `last`.")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N.")
@click.option("--minutes", "what", flag_value="minutes", help="Each minute of one session.")
@click.option("--series", "what", flag_value="series", help="Each 0.1 s of one session, for --csv or --jsonl.")
@click.option("--conversions", "what", flag_value="conversions", help="All its cells said, from its tape.")
@click.option("--contact", "contact_cm2", type=Number(0, 10_000, min_open=True), metavar="CM2", help="Contact area.")
@click.option("--csv", "form", flag_value="csv", help="For a spreadsheet, all columns.")
@click.option("--jsonl", "form", flag_value="jsonl", help="A JSON object a line, all columns.")
@click.option("--columns", is_flag=True, help="Say what the columns of --csv and --jsonl hold, and end.")
@click.option("--journal", type=click.Path(path_type=Path), metavar="FILE", help="This file, not the configured one.")
@click.pass_obj
def sessions_command(
    config: str,
    since: Bound | None,
    until: Bound | None,
    session: str | None,
    last: int | None,
    what: str | None,
    contact_cm2: float | None,
    form: str | None,
    columns: bool,
    journal: Path | None,
) -> None:
    """List sessions with what they came to, the newest last.

    Without any of --since, --until, --session and --last: the newest 20. With --minutes, --series or --conversions: one
    session, the newest unless --session says which.
    """
    if columns:
        for name, words in _COLUMNS.get(what or "", words_of(SESSION_FIGURES)).items():
            click.echo(f"{name:20} {words}")
        return
    if since is not None and until is not None and since.wall_ms > until.wall_ms:
        raise UsageError("sessions: --since lies after --until; allowed: a time before it")
    if what in ("series", "conversions") and form is None:
        raise UsageError(f"sessions: --{what} is too long for a screen; allowed: with --csv or --jsonl")
    path = journal or Path(load_settings(Path(config)).journal.directory) / JOURNAL_FILE
    with History(path) as history:
        if what is not None:
            _one(history, path, session or "last", what, form)
            return
        only = history.session(session).id if session is not None else None
        _list(history, Wanted(since=since, until=until, session=only, last=last), contact_cm2 or nan, form)


def _list(history: History, wanted: Wanted, contact_cm2: float, form: str | None) -> None:
    narrowed = form is not None or any(
        bound is not None for bound in (wanted.since, wanted.until, wanted.session, wanted.last)
    )
    asked = wanted if narrowed else structs.replace(wanted, last=_LAST + 1)
    rows = [row for row in history.sessions() if asked.session in (None, row.id) and asked.in_time(row.begin)]
    rows = rows if asked.last is None else rows[max(0, len(rows) - asked.last) :]
    shown = rows if narrowed else rows[-_LAST:]
    stored = {found.session: found for found in history.all_statistics()}
    figures = [SessionFigures(row, stored.get(row.id) or history.statistics(row.id), contact_cm2) for row in shown]
    if form == "csv":
        write_csv(SESSION_FIGURES, figures, sys.stdout)
    elif form == "jsonl":
        write_jsonl(SESSION_FIGURES, figures, sys.stdout)
    else:
        for line in session_table(figures):
            click.echo(line)
        if len(rows) > len(shown):
            click.echo(f"\nThese are the newest {_LAST}; for more: --last N, --since TIME.")


def _one(history: History, journal: Path, session: str, what: str, form: str | None) -> None:
    name = history.session(session).id
    write = write_csv if form == "csv" else write_jsonl
    if what == "conversions":
        write(CONVERSIONS, _conversions(history, journal, name), sys.stdout)
    elif what == "series":
        write(SERIES, tenths_of(name, history.series(name)), sys.stdout)
    elif form is not None:
        write(MINUTES, minutes_of(history.statistics(name)), sys.stdout)
    else:
        for line in minute_table(history.statistics(name)):
            click.echo(line)


def _conversions(history: History, journal: Path, session: str) -> Iterator[Converted]:
    folder = journal.parent / "tapes"
    names = history.tapes(session)
    found = [folder / name for name in names if (folder / name).exists()]
    if not found:
        why = f"its tapes {', '.join(names)} are not in {folder} any more" if names else "it stands on no tape"
        raise DataError(f"session {session}: {why}: there are no conversions of it")
    for tape in found:
        yield from conversions(tape, session)
