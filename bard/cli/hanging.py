"""A weigh-in on the command line: begun, told in the daemon's own words, and left when it ends or the person does.

One law: what the person reads while hanging comes from the daemon alone; a weight is what it says, or there is none.
"""

from collections.abc import Callable

import click

from bard.control.client import ControlClient
from bard.control.protocol import PushedEvent
from bard.errors import LinkError
from bard.messages import SessionChanged, WeighIn, WeighInChanged

_SILENT_S = 3.0


def hang(client: ControlClient, on_change: Callable[[SessionChanged], None] = lambda _: None) -> float | None:
    """Weigh whoever hangs on the bars; kg, None where nobody was weighed. Ctrl-C leaves it. Raises Refused, LinkError.

    `client` is subscribed to nothing afterwards. `on_change`: a running session's numbers became others.
    """
    client.subscribe(2, events=True)
    client.command(WeighIn())
    kg, said = None, ""
    try:
        for message in client.messages(_SILENT_S):
            if message is None:
                raise LinkError(f"nothing is heard from bard for {_SILENT_S:g} s: NOT MONITORED")
            if not isinstance(message, PushedEvent):
                words = message.weigh_in.words if message.weigh_in else said
                if words != said:
                    said = words
                    click.echo(said)
            elif isinstance(message.event, SessionChanged):
                on_change(message.event)
            elif isinstance(message.event, WeighInChanged):
                if message.event.what == "ended":
                    break
                if message.event.what == "weighed":
                    kg = message.event.kg
                if message.event.what == "began":
                    said = message.event.words
                    click.echo(said)
    except KeyboardInterrupt:
        client.command(WeighIn(on=False))
    client.subscribe(0, events=False)
    return kg
