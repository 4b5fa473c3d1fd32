"""`bard run`."""

from pathlib import Path

import click

from bard.config.load import load_settings
from bard.daemon import run


@click.command("run")
@click.pass_obj
def run_command(config: str) -> None:
    """Watch the bars: read the boards, decide, warn. Runs until it is told to end."""
    run(load_settings(Path(config)))
