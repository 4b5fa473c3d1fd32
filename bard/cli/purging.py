"""`bard purge`: what is too old goes now, whether or not a bard runs."""

import time
from pathlib import Path

import click

from bard.cli.backups import bar, stamp_now
from bard.config.load import load_settings
from bard.control.listen import nobody_listens
from bard.errors import Refused
from bard.journal.removing import Remover
from bard.journal.schema import JOURNAL_FILE
from bard.studio.retention import due, purge

_PAUSE_S = 0.02


@click.command("purge")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--compact", is_flag=True, help="Make the journal's file smaller too. Stop bard first.")
@click.pass_obj
def purge_command(config: str, dry_run: bool, compact: bool) -> None:
    """Remove what is older than [retention] says. bard run does so by itself, when no session runs."""
    settings = load_settings(Path(config))
    folder = Path(settings.journal.directory)
    stamp = stamp_now()
    keep = settings.retention
    found = due(folder, keep, stamp.wall_s)
    for kind, count in found.counts.items():
        click.echo(f"{kind}: {count}")
    if not found.counts:
        click.echo("all is kept for ever: [retention] says so" if keep.keeps_all else "nothing is too old")
    if dry_run:
        return
    if found.counts and not stamp.clock_trusted:
        raise Refused("purge: the clock is not known to be right, and what is old is told by it: set it first (NTP)")
    with bar("removing", sum(found.counts.values())) as progress:
        for count in purge(folder, found, stamp):
            progress(count)
            time.sleep(_PAUSE_S)
    if found.counts:
        click.echo("removed")
    if compact:
        with nobody_listens(settings.control.socket), Remover(folder / JOURNAL_FILE) as remover:
            remover.scrub(compact=True)
        click.echo(f"{folder / JOURNAL_FILE}: {(folder / JOURNAL_FILE).stat().st_size / 1e6:.1f} MB")
