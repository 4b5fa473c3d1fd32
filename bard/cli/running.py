"""`bard run`."""

import os
from pathlib import Path

import click

from bard.config.load import load_settings
from bard.daemon import run
from bard.studio.holdings import keep_to_the_group

_UMASK = 0o027
"""What is made is for the service and its group: files 0640, folders 0750."""


@click.command("run")
@click.pass_obj
def run_command(config: str) -> None:
    """Watch the bars: read the boards, decide, warn. Runs until it is told to end."""
    settings = load_settings(Path(config))
    os.umask(_UMASK)
    keep_to_the_group(Path(settings.journal.directory))
    run(settings)
