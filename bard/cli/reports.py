"""`bard report`: pages about one session, one client, or the studio, from what the journal holds.

One law: it reads, and writes pages and nothing else. A session's page carries its random id only and may be stored; a
client's code stands in that client's page, which goes where the person says, and in no file's name.
"""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bard.cli.alarms import Time
from bard.cli.backups import bar
from bard.cli.keeping import people_path, read_people, settings_of
from bard.cli.pages import put
from bard.errors import Refused, UsageError
from bard.journal.history import History, SessionRow
from bard.journal.schema import JOURNAL_FILE
from bard.journal.wanted import Bound, Wanted
from bard.settings import Settings
from bard.studio.holdings import REPORTS

if TYPE_CHECKING:
    from bard.report.trends import Trend

_SINCE = click.option("--from", "since", type=Time(), metavar="TIME", help="Sessions that began from then on.")
_UNTIL = click.option("--to", "until", type=Time(end=True), metavar="TIME", help="... up to then; a date: its end.")
_OUT = click.option("-o", "out", metavar="FILE", help="Write the page there; - for standard output.")


@click.group()
def report() -> None:
    """Write a page to read or print: of a session, of a client over time, of the studio."""


@report.command("session")
@click.argument("session", required=False)
@_SINCE
@_UNTIL
@_OUT
@click.pass_obj
def report_session(config: str, session: str | None, since: Bound | None, until: Bound | None, out: str | None) -> None:
    """Write the report of SESSION (the beginning of its id, or `last`), or of all of a time.

    Without -o: reports/<session id>.html in the journal's directory.
    """
    settings = settings_of(config)
    ranged = since is not None or until is not None
    if ranged and (session is not None or out is not None):
        raise UsageError(
            "report session: --from and --to write every report of that time; no SESSION and no -o with them"
        )
    with History(_journal(settings)) as history:
        if not ranged:
            _write_session(settings, history, history.session(session or "last"), out)
            return
        wanted = Wanted(since=since, until=until)
        rows = [row for row in history.sessions() if wanted.in_time(row.begin)]
        _write_sessions(settings, history, rows)


@report.command("client")
@click.argument("code")
@_SINCE
@_UNTIL
@_OUT
@click.pass_obj
def report_client(config: str, code: str, since: Bound | None, until: Bound | None, out: str | None) -> None:
    """Write the trends of the client with CODE, to standard output or to -o FILE.

    Loads against the limit, time over it, alarms and data coverage over the sessions, and a row a month.
    """
    from bard.report.trends import client_report

    settings = settings_of(config)
    with read_people(settings) as people:
        known = people.client(code).code
        sessions = {one.session for one in people.sessions(client=code)}
    found, first, last = _trends(settings, since, until, sessions)
    put(client_report(known, settings.core.room.station, found, first, last), out or "-", Path())


@report.command("studio")
@_SINCE
@_UNTIL
@_OUT
@click.pass_obj
def report_studio(config: str, since: Bound | None, until: Bound | None, out: str | None) -> None:
    """Write the trends of all sessions, to standard output or to -o FILE, with a row a month."""
    from bard.report.trends import studio_report

    settings = settings_of(config)
    found, first, last = _trends(settings, since, until, None)
    put(studio_report(settings.core.room.station, found, first, last), out or "-", Path())


def _write_session(settings: Settings, history: History, row: SessionRow, out: str | None, quiet: bool = False) -> None:
    from bard.report.gather import session_facts
    from bard.report.session import session_report

    facts = session_facts(history, row, settings.core.room.station, _contacts(settings, row.id))
    put(session_report(facts), out, Path(settings.journal.directory) / REPORTS / f"{row.id}.html", quiet=quiet)


def _write_sessions(settings: Settings, history: History, rows: list[SessionRow]) -> None:
    """One after the other; what cannot be is said at the end, and the others are written."""
    refused = []
    with bar("writing reports", len(rows)) as progress:
        for row in rows:
            try:
                _write_session(settings, history, row, None, quiet=True)
            except Refused as error:
                refused.append(str(error))
            progress(1)
    for words in refused:
        click.echo(words, err=True)
    where = Path(settings.journal.directory) / REPORTS
    click.echo(f"{len(rows) - len(refused)} of {len(rows)} reports written to {where}")


def _trends(
    settings: Settings, since: Bound | None, until: Bound | None, sessions: set[str] | None
) -> "tuple[list[Trend], date, date]":
    """The sessions of that time, and its first and last day: as asked for, or those of the sessions.

    A clock that was not known to be right makes no axis longer, where others were.
    """
    from bard.report.gather import trends

    if since is not None and until is not None and since.wall_ms > until.wall_ms:
        raise UsageError("report: --from lies after --to; allowed: a time before it")
    with History(_journal(settings)) as history:
        found = list(trends(history, Wanted(since=since, until=until), sessions))
    days = [one.day for one in found if one.clock_trusted] or [one.day for one in found] or [date.today()]
    first, last = _day(since, min, days), _day(until, max, days)
    return found, min(first, last), max(first, last)


def _day(bound: Bound | None, of: Callable[[list[date]], date], days: list[date]) -> date:
    return of(days) if bound is None else datetime.fromtimestamp(bound.wall_ms / 1000).date()


def _contacts(settings: Settings, session: str) -> dict[str, float]:
    """The areas stated for this session's therapist; none where nobody is named, or what is kept is damaged."""
    from bard.people.records import Damaged

    if not people_path(settings).exists():
        return {}
    with read_people(settings) as people:
        of = people.session_of(session)
        if of is None or of.therapist is None:
            return {}
        areas = people.therapist(of.therapist).contact_cm2
    if isinstance(areas, Damaged):
        click.echo(f"contact areas left out: {areas.words}", err=True)
        return {}
    return areas


def _journal(settings: Settings) -> Path:
    return Path(settings.journal.directory) / JOURNAL_FILE
