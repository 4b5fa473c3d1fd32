"""`bard test-alarms` and `bard inspected`: what an installer says of outputs and supports."""

import sys
import time
from collections.abc import Sequence

import click

from bard.cli.asking import give, socket_path
from bard.control.client import ControlClient
from bard.errors import UsageError
from bard.messages import Inspected, Noticed

_PLAYS_S = 1.8


def try_each(client: ControlClient, outputs: Sequence[str], who: str) -> dict[str, bool]:
    """Play each of these outputs' self-test and ask; what the person said of each, which is also told to bard."""
    felt = {}
    for output in outputs:
        click.echo(f"{output}: one of each pattern, for a second and a half")
        client.try_output(output)
        time.sleep(_PLAYS_S)
        felt[output] = click.confirm("  felt or heard it?")
        client.command(Noticed(output, felt[output], who))
    return felt


@click.command("test-alarms")
@click.option("--who", default="", help="Your name, for the record.")
@click.option("--output", "wanted", multiple=True, metavar="NAME", help="Only this output.")
@click.pass_obj
def test_alarms(config: str, who: str, wanted: tuple[str, ...]) -> None:
    """Play the self-test on each output and ask whether it was felt or heard. Exit status 1 where one was not."""
    with ControlClient(socket_path(config)) as client:
        names = client.try_output(None)
        for unknown in set(wanted) - set(names):
            raise UsageError(f"no output {unknown!r}; allowed: {', '.join(names)}")
        felt = try_each(client, wanted or names, who)
    missed = [output for output, noticed in felt.items() if not noticed]
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
