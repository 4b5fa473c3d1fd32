"""`bard verify`: loads the calibration never saw, against what bard shows for them."""

from pathlib import Path

import click

from bard.config.load import load_settings


@click.command()
@click.pass_obj
def verify(config: str) -> None:
    """Hang known loads and see whether the calibration holds: warns above 1 %, refuses above 2 %.

    Guides step by step; for scripts: `bard calibrate begin --verify`, `zero`, `load --verify`, `accept`.
    """
    from bard.term.guide import guide

    guide(load_settings(Path(config)), "verify")
