"""`bard alarms`: the alarm log, read from the journal itself, whether or not a bard runs.

One law: it reads and shows, and changes nothing; what it cannot find or read is one line and an exit status.
"""

import re
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import click
from msgspec import structs

from bard.cli.alarm_tables import alarm_lines, change_lines, gap_lines, session_lines
from bard.config.load import load_settings
from bard.daemon.wallclock import boot_id, monotonic_us
from bard.errors import UsageError
from bard.journal.alarms import PRIORITIES
from bard.journal.export import ALARMS, CHANGES, SESSIONS, words_of, write_csv, write_jsonl
from bard.journal.history import History
from bard.journal.schema import JOURNAL_FILE
from bard.journal.wanted import Bound, Wanted

_LAST = 20
"""Listed where nothing narrows the list."""
_BACK = re.compile(r"(\d{1,6}(?:\.\d{1,3})?) ?(s|min|h|d|w)")
_BACK_S = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_DATE_LENGTH = len("2026-03-01")
_DAY = timedelta(days=1)
_ALLOWED = "a local time as 2026-03-01 or 2026-03-01T14:30, or a time back from now as 30min, 2h or 7d"


class Time(click.ParamType):  # type: ignore[type-arg]
    """A date, a date with a time of day, or a time back from now. `end`: a mere date means the end of that day."""

    name = "time"

    def __init__(self, *, end: bool = False) -> None:
        self._end = end

    def convert(self, value: str | Bound, param: click.Parameter | None, ctx: click.Context | None) -> Bound:
        if isinstance(value, Bound):
            return value
        back = _BACK.fullmatch(value)
        if back is not None:
            passed_s = float(back[1]) * _BACK_S[back[2]]
            return Bound(
                round((time.time() - passed_s) * 1000), boot_id(), monotonic_us() - round(passed_s * 1_000_000)
            )
        try:
            at = datetime.fromisoformat(value)
            if self._end and len(value) == _DATE_LENGTH:
                at += _DAY - timedelta(milliseconds=1)
            return Bound(round(at.timestamp() * 1000))
        except (ValueError, OverflowError):
            self.fail(f'"{value}"; allowed: {_ALLOWED}.', param, ctx)


@click.command("alarms")
@click.option("--since", type=Time(), metavar="TIME", help=f"From then on: {_ALLOWED}.")
@click.option("--until", type=Time(end=True), metavar="TIME", help="Up to then; a date: up to its end.")
@click.option("--session", "session", metavar="ID", help="Of this session: the beginning of its id, or `last`.")
@click.option("--id", "conditions", multiple=True, metavar="CONDITION", help="Only this condition; may be repeated.")
@click.option("--priority", "priorities", multiple=True, type=click.Choice(PRIORITIES), help="May be repeated.")
@click.option("--last", type=click.IntRange(min=1), metavar="N", help="Only the newest N.")
@click.option("--changes", "what", flag_value="changes", help="Each change of a condition instead of whole alarms.")
@click.option("--per-session", "what", flag_value="sessions", help="Alarms, chatter and reaction times per session.")
@click.option("--csv", "form", flag_value="csv", help="For a spreadsheet, all columns.")
@click.option("--jsonl", "form", flag_value="jsonl", help="A JSON object a line, all columns.")
@click.option("--columns", is_flag=True, help="Say what the columns of --csv and --jsonl hold, and end.")
@click.option("--journal", type=click.Path(path_type=Path), metavar="FILE", help="This file, not the configured one.")
@click.pass_obj
def alarms_command(
    config: str,
    since: Bound | None,
    until: Bound | None,
    session: str | None,
    conditions: tuple[str, ...],
    priorities: tuple[str, ...],
    last: int | None,
    what: str | None,
    form: str | None,
    columns: bool,
    journal: Path | None,
) -> None:
    """List the alarms of the journal, the newest last.

    Without any of --since, --until, --session and --last: the newest 20. The columns of the exports: --columns.
    """
    if columns:
        _columns(what)
        return
    if since is not None and until is not None and since.wall_ms > until.wall_ms:
        raise UsageError("alarms: --since lies after --until; allowed: a time before it")
    path = journal or Path(load_settings(Path(config)).journal.directory) / JOURNAL_FILE
    with History(path) as history:
        wanted = Wanted(
            since=since,
            until=until,
            session=history.session(session).id if session is not None else None,
            conditions=conditions,
            priorities=priorities,
            last=last,
        )
        if form is not None:
            _export(history, wanted, what, form)
        else:
            _list(history, wanted, what)


def _export(history: History, wanted: Wanted, what: str | None, form: str) -> None:
    write = write_csv if form == "csv" else write_jsonl
    if what == "changes":
        write(CHANGES, history.changes(wanted), sys.stdout)
    elif what == "sessions":
        write(SESSIONS, history.per_session(wanted), sys.stdout)
    else:
        write(ALARMS, history.alarms(wanted), sys.stdout)


def _list(history: History, wanted: Wanted, what: str | None) -> None:
    """One more than the newest 20 is asked for, to know whether there are more."""
    narrowed = any(bound is not None for bound in (wanted.since, wanted.until, wanted.session, wanted.last))
    asked = wanted if narrowed else structs.replace(wanted, last=_LAST + 1)
    if what == "sessions":
        lines = session_lines(history.per_session(wanted))
    elif what == "changes":
        changes = history.changes(asked)
        lines = change_lines(changes if narrowed else changes[-_LAST:])
        narrowed = narrowed or len(changes) <= _LAST
    else:
        alarms = history.alarms(asked)
        lines = alarm_lines(alarms if narrowed else alarms[-_LAST:])
        narrowed = narrowed or len(alarms) <= _LAST
    for line in lines:
        click.echo(line)
    if not narrowed and what != "sessions":
        click.echo(f"\nThese are the newest {_LAST}; for more: --last N, --since TIME.")
    for line in gap_lines(history.gaps(wanted.since)):
        click.echo(line)


def _columns(what: str | None) -> None:
    columns = {"changes": words_of(CHANGES), "sessions": words_of(SESSIONS)}.get(what or "", words_of(ALARMS))
    for name, words in columns.items():
        click.echo(f"{name:18} {words}")
