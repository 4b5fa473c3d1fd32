"""Where a page goes that a command has made."""

from pathlib import Path

import click

from bard.studio.holdings import own_as


def put(page: str, out: str | None, otherwise: Path, *, quiet: bool = False) -> None:
    """The page to `out` (`-`: standard output), or to `otherwise`; says where, unless `quiet`.

    `otherwise` is in a folder of the journal's: where root makes them, both are the service's. Raises ConfigError where
    the disk refuses.
    """
    from bard.report.page import write_page

    if out == "-":
        click.echo(page)
        return
    path = otherwise if out is None else Path(out)
    write_page(path, page)
    if out is None:
        own_as(path.parent.parent, path.parent)
        own_as(path.parent.parent, path)
    if not quiet:
        click.echo(str(path))
