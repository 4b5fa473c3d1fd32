"""Commands about a session and its numbers: start, weight, zone, weigh-in, zero."""

import sys
from typing import Any, TypeVar

import click
import msgspec
from msgspec import structs

from bard.cli.asking import NUMBER, Number, give, room_now, socket_path
from bard.cli.hanging import hang
from bard.cli.intakes import ask_now
from bard.cli.limit_options import limits_typed, with_limits
from bard.control.client import ControlClient
from bard.control.protocol import PreflightLine, PushedEvent, Start
from bard.control.words import session_words
from bard.errors import LinkError, Refused, UsageError
from bard.messages import (
    Rezero,
    SessionChanged,
    SessionStarted,
    SetBodyWeight,
    SetLimit,
    SetZone,
    StartSession,
    StopSession,
)
from bard.people.codes import checked_code
from bard.term.plain import status_text

T = TypeVar("T")
_SILENT_S = 3.0


@click.group()
def session() -> None:
    """Look before a session, start, stop or show it, or change its numbers."""


@session.command("start")
@click.option("--client", metavar="CODE", help="Watch by the limits set for this client.")
@click.option("--therapist", metavar="CODE", help="... with the body weight kept for this therapist.")
@click.option("--body-weight", "body_weight_kg", type=Number(20, 250), metavar="KG", help="Typed now.")
@with_limits
@click.option("--override-by", default="", metavar="WHO", help="Who begins in spite of an intake answer: kept.")
@click.option("--override-why", default="", metavar="TEXT", help="... and the reason why.")
@click.pass_obj
def session_start(
    config: str,
    /,
    client: str | None,
    therapist: str | None,
    body_weight_kg: float | None,
    override_by: str,
    override_why: str,
    **limits: Any,
) -> None:
    """Begin to watch: for a client by code, after the preflight; or by numbers, with --limit.

    By numbers the body weight is the one typed, or as weighed in, and there is no default for the limit.
    """
    given = limits_typed("session start", limits)
    named = (client, therapist, override_by, override_why)
    if given is not None and any(named):
        raise UsageError("session start: give either --limit and what goes with it, or --client and --therapist")
    if given is None and client is None:
        raise UsageError("session start: give --client CODE, or --limit KG; there is no default for the limit")
    if client is not None:
        who = (checked(client), checked(therapist))
        started = _begin_for(config, client, Start(0, *who, body_weight_kg, override_by, override_why))
    else:
        assert given is not None
        with ControlClient(socket_path(config)) as control:
            control.subscribe(0, events=True)
            control.command(StartSession(body_weight_kg, **structs.asdict(given)))
            started = _await(control, SessionStarted)
    click.echo(f"session runs: {session_words(started.numbers)}")
    for note in started.notes:
        click.echo(f"note: {note}")


@session.command("preflight")
@click.option("--client", metavar="CODE", help="With the limits and the intake of this client.")
@click.option("--therapist", metavar="CODE", help="With the body weight of this therapist.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_obj
def session_preflight(config: str, client: str | None, therapist: str | None, as_json: bool) -> None:
    """Look at all that a session needs, and have each output play its self-test; exit status 3 where a line refuses.

    A pass means that nothing was found, no more.
    """
    with ControlClient(socket_path(config)) as control:
        result = control.start(Start(0, checked(client), checked(therapist), only_look=True))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(result.lines), indent=2).decode())
    else:
        for line in result.lines:
            click.echo(_line_words(line))
    sys.exit(Refused.exit_status if any(line.verdict == "refuse" for line in result.lines) else 0)


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
    with ControlClient(socket_path(config)) as client:
        kg = hang(client, lambda event: click.echo(_changed_words(event)))
    sys.exit(kg is None)


@click.command()
@click.pass_obj
def rezero(config: str) -> None:
    """Say that the bars are free: what they read now is zero, within 1 kg of the installer's."""
    give(config, Rezero())
    click.echo("the bars read zero")


def checked(code: str | None) -> str | None:
    """The same. Raises UsageError for what is no code."""
    return None if code is None else checked_code(code)


def _begin_for(config: str, client: str, start: Start) -> SessionStarted:
    """For a client, after the preflight and, on a terminal, an intake that is due. Raises Refused."""
    with ControlClient(socket_path(config)) as control:
        control.subscribe(0, events=True)
        result = control.start(start)
        for line in result.lines:
            click.echo(_line_words(line))
        if result.session is not None:
            return _await(control, SessionStarted)
    if ask_now(config, client, result.lines):
        return _begin_for(config, client, start)
    refused = ", ".join(dict.fromkeys(line.what for line in result.lines if line.verdict == "refuse"))
    raise Refused(f"no session was begun: {refused}")


def _line_words(line: PreflightLine) -> str:
    """`REFUSE  intake: the intake was never asked -> bard intake C1 --by WHO`."""
    verdict = line.verdict if line.verdict == "pass" else line.verdict.upper()
    return f"{verdict:7} {line.what}: {line.words}" + (f" -> {line.way_out}" if line.way_out else "")


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
