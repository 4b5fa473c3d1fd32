"""`bard test-alarms` and `bard inspected`: what an installer says of outputs and supports."""

import sys
import time

import click

from bard.cli.asking import give, socket_path
from bard.control.client import ControlClient
from bard.errors import UsageError
from bard.messages import Inspected, Noticed

_PLAYS_S = 1.8


@click.command("test-alarms")
@click.option("--who", default="", help="Your name, for the record.")
@click.option("--output", "wanted", multiple=True, metavar="NAME", help="Only this output.")
@click.pass_obj
def test_alarms(config: str, who: str, wanted: tuple[str, ...]) -> None:
    """Play the self-test on each output and ask whether it was felt or heard. Exit status 1 where one was not."""
    missed = []
    with ControlClient(socket_path(config)) as client:
        names = client.try_output(None)
        for unknown in set(wanted) - set(names):
            raise UsageError(f"no output {unknown!r}; allowed: {', '.join(names)}")
        for output in wanted or names:
            click.echo(f"{output}: one of each pattern, for a second and a half")
            client.try_output(output)
            time.sleep(_PLAYS_S)
            noticed = click.confirm("  felt or heard it?")
            client.command(Noticed(output, noticed, who))
            if not noticed:
                missed.append(output)
    if missed:
        click.echo(f"not noticed: {', '.join(missed)}", err=True)
    sys.exit(bool(missed))


@click.command()
@click.argument("support")
@click.option("--who", required=True, help="Who inspected it.")
@click.pass_obj
def inspected(config: str, support: str, who: str) -> None:
    """Say that an overloaded SUPPORT was inspected and found fit for use."""
    give(config, Inspected(support, who))
    click.echo(f"{support}: inspected by {who}")
