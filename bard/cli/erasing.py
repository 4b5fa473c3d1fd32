"""`bard client erase` and `export`, `bard therapist erase`."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from bard.cli.asking import room_now
from bard.cli.backups import age_words, bar, stamp_now
from bard.cli.keeping import settings_of
from bard.control.listen import nobody_listens
from bard.errors import Refused, UsageError
from bard.settings import Settings
from bard.studio.client_export import export_client
from bard.studio.copies import Kind
from bard.studio.erase import Holding, Outcome, erase, holding
from bard.studio.traces import SHORTEST, size_of_all

_CODE = click.argument("code")
_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command("erase")
@_CODE
@_YES
@click.pass_obj
def client_erase(config: str, code: str, yes: bool) -> None:
    """Erase CODE and all that is held on this client: sessions, alarms, tapes, reports. It cannot be undone.

    Exit status 1 where a file still holds the code or the name.
    """
    _erase(config, "client", code, yes)


@click.command("export")
@_CODE
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Left out: a name without a code."
)
@click.pass_obj
def client_export(config: str, code: str, output: Path | None) -> None:
    """Write all that is held on CODE into one ZIP: JSON, with a README that says what it holds."""
    folder = Path(settings_of(config).journal.directory)
    stamp = stamp_now()
    path = output or Path(f"client-export-{stamp.name}.zip")
    names = export_client(folder, code, path, stamp)
    click.echo(f"{path}: {len(names)} files; whoever has it can read them")


@click.command("erase")
@_CODE
@_YES
@click.pass_obj
def therapist_erase(config: str, code: str, yes: bool) -> None:
    """Erase CODE: body weights, contact areas, and the code wherever it was typed. Clients keep their sessions.

    Exit status 1 where a file still holds the code.
    """
    _erase(config, "therapist", code, yes)


def _erase(config: str, kind: Kind, code: str, yes: bool) -> None:
    settings = settings_of(config)
    folder = Path(settings.journal.directory)
    with _what_runs(config, settings) as (running, runs):
        held = holding(folder, kind, code, running, bard_runs=runs)
        click.echo(_held_words(held))
        typed = (
            held.code if yes else click.prompt(f"Type {held.code} to erase all of it", default="", show_default=False)
        )
        if typed != held.code:
            raise UsageError(f"{kind} erase: that is not {held.code}: nothing was erased")
        with bar("erasing, then searching every file", size_of_all(folder)) as progress:
            outcome = erase(folder, held, stamp_now(), bard_runs=runs, progress=progress)
    _tell(held, outcome)
    sys.exit(bool(outcome.left))


@contextmanager
def _what_runs(config: str, settings: Settings) -> Iterator[tuple[str | None, bool]]:
    """The id of the session that runs, and whether a bard does; where none does, none starts inside the `with`."""
    with ExitStack() as stack:
        try:
            stack.enter_context(nobody_listens(settings.control.socket))
        except Refused:
            session = room_now(config).session
            yield (session.id if session is not None else None), True
        else:
            yield None, False


def _held_words(held: Holding) -> str:
    sessions = _counted(len(held.ids), "session")
    if held.kind == "therapist":
        return f"therapist {held.code}: {sessions}, kept by the clients without the code"
    tapes, reports = _counted(len(held.tapes), "tape"), _counted(len(held.reports), "report")
    words = f"client {held.code}: {sessions}, {tapes}, {reports}"
    if held.shared:
        others = _counted(held.shared, "session")
        words += f"\nOn these tapes is the raw record of {others} of other clients too, and goes with them."
    return words


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _tell(held: Holding, outcome: Outcome) -> None:
    click.echo(f"{held.kind} erased; the audit says how much, and not whose")
    if outcome.too_short:
        click.echo(
            f"{held.code} is shorter than {SHORTEST} letters and was not searched for: it stands anywhere by chance"
        )
    elif not outcome.left:
        click.echo("every file was searched: nothing is left")
    for path in outcome.left:
        click.echo(f"STILL IN {path}: erase again when nothing writes it, or remove the file")
    for copy in outcome.copies:
        holds = "still holds it" if copy.known else "cannot be opened from here and may still hold it"
        click.echo(f"copy {copy.path}, made {age_words(copy.made)}: {holds}")
