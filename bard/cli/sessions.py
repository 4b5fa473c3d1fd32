"""Commands about a session and its numbers: start, weight, zone, weigh-in, zero."""

import sys
from typing import TypeVar

import click
from msgspec import structs

from bard.cli.asking import NUMBER, Number, give, room_now, socket_path
from bard.control.client import ControlClient
from bard.control.protocol import PushedEvent
from bard.control.words import session_words
from bard.errors import LinkError, UsageError
from bard.messages import (
    Rezero,
    SessionChanged,
    SessionStarted,
    SetBodyWeight,
    SetLimit,
    SetZone,
    StartSession,
    StopSession,
    WeighIn,
    WeighInChanged,
)
from bard.term.plain import status_text

T = TypeVar("T")
_SILENT_S = 3.0


class Zone(click.ParamType):  # type: ignore[type-arg]
    """`NAME=KG`."""

    name = "zone"

    def convert(
        self, value: str | tuple[str, float], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        if isinstance(value, tuple):
            return value
        zone, separator, kg = value.partition("=")
        if not separator or not zone:
            self.fail(f'"{value}"; allowed: NAME=KG, as "lower back=25".', param, ctx)
        return zone, NUMBER.convert(kg, param, ctx)


@click.group()
def session() -> None:
    """Start, stop or show the session, or change its numbers."""


@session.command("start")
@click.option("--body-weight", "body_weight_kg", type=Number(20, 250), metavar="KG", help="Left out: as weighed in.")
@click.option("--limit", "limit_kg", type=NUMBER, required=True, metavar="KG")
@click.option("--near", "near_kg", type=NUMBER, metavar="KG")
@click.option("--critical", "critical_kg", type=NUMBER, metavar="KG")
@click.option("--zone", "zones", type=Zone(), multiple=True, metavar="NAME=KG", help="A lower limit for a zone.")
@click.option("--sustained", "sustained_kg", type=NUMBER, metavar="KG", help="With --for: tell a load that lasts.")
@click.option("--for", "sustained_s", type=Number(0, 3600, min_open=True), metavar="S")
@click.option("--rate", "rate_kg_s", type=Number(0, 2000, min_open=True), metavar="KG/S", help="Tell a faster rise.")
@click.pass_obj
def session_start(
    config: str,
    /,
    body_weight_kg: float | None,
    limit_kg: float,
    near_kg: float | None,
    critical_kg: float | None,
    zones: tuple[tuple[str, float], ...],
    **strains: float | None,
) -> None:
    """Begin to watch, with the therapist's body weight and the limit the practitioner set for this client."""
    if len(dict(zones)) < len(zones):
        raise UsageError("session start: a zone is given twice; allowed: once each")
    with ControlClient(socket_path(config)) as client:
        client.subscribe(0, events=True)
        start = StartSession(body_weight_kg, limit_kg, near_kg, critical_kg, dict(zones))
        client.command(structs.replace(start, **strains))
        started = _await(client, SessionStarted)
    click.echo(f"session runs: {session_words(started.numbers)}")
    for note in started.notes:
        click.echo(f"note: {note}")


@session.command("stop")
@click.pass_obj
def session_stop(config: str) -> None:
    """End the session."""
    give(config, StopSession())
    click.echo("session ended")


@session.command("status")
@click.pass_obj
def session_status(config: str) -> None:
    """Show the session's numbers; exit status 1 when none runs."""
    snapshot = room_now(config)
    if snapshot.session is None:
        click.echo("no session runs")
        sys.exit(1)
    click.echo(status_text(snapshot))


@session.command("weight")
@click.argument("body_weight_kg", metavar="KG", type=Number(20, 250), required=False)
@click.option("--hung", is_flag=True, help="The weight of the last weigh-in is the right one.")
@click.pass_obj
def session_weight(config: str, body_weight_kg: float | None, hung: bool) -> None:
    """Type the therapist's weight anew, or say that the hung one is right."""
    if hung == (body_weight_kg is not None):
        raise UsageError("session weight: give either KG or --hung")
    with ControlClient(socket_path(config)) as client:
        client.subscribe(0, events=True)
        client.command(SetBodyWeight(body_weight_kg))
        click.echo(_changed_words(_await(client, SessionChanged)))


@session.command("limit")
@click.argument("limit_kg", metavar="KG", type=NUMBER)
@click.option("--near", "near_kg", type=NUMBER, metavar="KG")
@click.option("--critical", "critical_kg", type=NUMBER, metavar="KG")
@click.option("--who", default="", help="Who decided it: needed to raise a limit.")
@click.option("--why", default="", help="The reason why: needed to raise a limit.")
@click.pass_obj
def session_limit(
    config: str, limit_kg: float, near_kg: float | None, critical_kg: float | None, who: str, why: str
) -> None:
    """Another limit for the running session; to raise one, say who decided it and why."""
    with ControlClient(socket_path(config)) as client:
        client.subscribe(0, events=True)
        client.command(SetLimit(limit_kg, near_kg, critical_kg, who, why))
        click.echo(_changed_words(_await(client, SessionChanged)))


@click.command()
@click.argument("name", required=False)
@click.option("--none", "leave", is_flag=True, help="No zone with a limit of its own.")
@click.pass_obj
def zone(config: str, name: str | None, leave: bool) -> None:
    """Work on the zone NAME from now on: its limit counts."""
    if leave == (name is not None):
        raise UsageError("zone: give either NAME or --none")
    with ControlClient(socket_path(config)) as client:
        client.subscribe(0, events=True)
        client.command(SetZone(name))
        click.echo(_changed_words(_await(client, SessionChanged)))


@click.command("weigh-in")
@click.pass_obj
def weigh_in(config: str) -> None:
    """Hang on the bars, both feet off: weighs the therapist. Exit status 1 without a weight."""
    weighed = False
    with ControlClient(socket_path(config)) as client:
        client.subscribe(2, events=True)
        client.command(WeighIn())
        said = ""
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
                    click.echo(_changed_words(message.event))
                elif isinstance(message.event, WeighInChanged):
                    weighed = weighed or message.event.what == "weighed"
                    if message.event.what == "ended":
                        break
                    if message.event.what == "began":
                        said = message.event.words
                        click.echo(said)
        except KeyboardInterrupt:
            client.command(WeighIn(on=False))
    sys.exit(not weighed)


@click.command()
@click.pass_obj
def rezero(config: str) -> None:
    """Say that the bars are free: what they read now is zero, within 1 kg of the installer's."""
    give(config, Rezero())
    click.echo("the bars read zero")


def _changed_words(event: SessionChanged) -> str:
    return f"{event.why}; {session_words(event.numbers)}"


def _await(client: ControlClient, kind: type[T]) -> T:
    """The event of this kind that a command brought."""
    for message in client.messages(_SILENT_S):
        if message is None:
            raise LinkError(f"bard took the command and then said nothing for {_SILENT_S:g} s: look at its log")
        if isinstance(message, PushedEvent) and isinstance(message.event, kind):
            return message.event
    raise AssertionError("messages never end")
