"""`bard run`."""

import os
from pathlib import Path

import click

from bard.config.load import load_settings
from bard.studio.holdings import keep_to_the_group
from bard.studio.swap import finish

_UMASK = 0o027
"""What is made is for the service and its group: files 0640, folders 0750."""


@click.command("run")
@click.pass_obj
def run_command(config: str) -> None:
    """Watch the bars: read the boards, decide, warn. Runs until it is told to end."""
    from bard.daemon.app import run

    settings = load_settings(Path(config))
    os.umask(_UMASK)
    folder = Path(settings.journal.directory)
    if finish(folder):
        click.echo(f"bard: {folder}: a restore that was cut off is ended", err=True)
    keep_to_the_group(folder)
    run(settings)
