"""Commands that talk to a running bard over its socket."""

import sys
from pathlib import Path
from typing import Any

import click

from bard.config.load import load_settings
from bard.control.client import ControlClient
from bard.errors import UsageError
from bard.messages import Acknowledge, Command, Pause, PauseAudio, Snapshot, StartSession, StepDown, StopSession
from bard.term.feed import fresh_snapshot
from bard.term.plain import exit_status, status_text


class Number(click.FloatRange):
    """A number between bounds; `nan` is none."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number: float = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value} is no number.", param, ctx)
        return number


def socket_path(config: str) -> str:
    """Where the bard of this configuration listens."""
    return load_settings(Path(config)).control.socket


def _give(config: str, command: Command) -> None:
    with ControlClient(socket_path(config)) as client:
        client.command(command)


def _snapshot(config: str) -> Snapshot:
    with ControlClient(socket_path(config)) as client:
        return fresh_snapshot(client)


@click.group()
def session() -> None:
    """Start, stop or show the session."""


@session.command("start")
@click.option("--body-weight", "body_weight_kg", type=Number(20, 250), required=True, metavar="KG")
@click.option("--limit", "limit_kg", type=Number(0, 250, min_open=True), required=True, metavar="KG")
@click.option("--near", "near_kg", type=Number(0, 250, min_open=True), metavar="KG")
@click.option("--critical", "critical_kg", type=Number(0, 250, min_open=True), metavar="KG")
@click.pass_obj
def session_start(
    config: str, body_weight_kg: float, limit_kg: float, near_kg: float | None, critical_kg: float | None
) -> None:
    """Begin to watch, with the therapist's body weight and the limit the practitioner set for this client."""
    with ControlClient(socket_path(config)) as client:
        client.command(StartSession(body_weight_kg, limit_kg, near_kg, critical_kg))
        started = client.query().session
    if started is not None:
        click.echo(
            f"session runs: body weight {started.body_weight_kg:g} kg, limit {started.limit_kg:g} kg, "
            f"near {started.near_kg:g} kg, critical {started.critical_kg:g} kg"
        )


@session.command("stop")
@click.pass_obj
def session_stop(config: str) -> None:
    """End the session."""
    _give(config, StopSession())
    click.echo("session ended")


@session.command("status")
@click.pass_obj
def session_status(config: str) -> None:
    """Show the session's numbers; exit status 1 when none runs."""
    snapshot = _snapshot(config)
    if snapshot.session is None:
        click.echo("no session runs")
        sys.exit(1)
    click.echo(status_text(snapshot))


@click.command("step-down")
@click.pass_obj
def step_down(config: str) -> None:
    """Say that nobody is on the client any more."""
    _give(config, StepDown())


@click.command()
@click.pass_obj
def pause(config: str) -> None:
    """Like step-down; ends by itself when the bars are taken."""
    _give(config, Pause())


@click.command()
@click.argument("condition", required=False)
@click.pass_obj
def ack(config: str, condition: str | None) -> None:
    """Acknowledge CONDITION, or all of them."""
    _give(config, Acknowledge(condition))


@click.command()
@click.argument("seconds", type=Number(0, 30, min_open=True), default=30.0)
@click.pass_obj
def quiet(config: str, seconds: float) -> None:
    """Pause the sound for up to 30 s; vibration goes on, and whatever is new sounds."""
    _give(config, PauseAudio(seconds))


@click.command()
@click.pass_obj
def status(config: str) -> None:
    """The room on one screen; exit status 0 when all is well."""
    snapshot = _snapshot(config)
    click.echo(status_text(snapshot))
    sys.exit(exit_status(snapshot))


@click.command("watch")
@click.option("--plain", is_flag=True, help="Lines instead of a screen.")
@click.pass_obj
def watch_command(config: str, plain: bool) -> None:
    """The room, live, until q or Ctrl-C."""
    from bard.term.live import watch

    watch(socket_path(config), plain)


@click.command()
@click.option("--zero", is_flag=True, help="Bars free and still: this is zero, for all cells or those named.")
@click.option("--span", "span_kg", type=Number(0, 500, min_open=True), metavar="KG", help="KG hangs on --cell.")
@click.option("--cell", "cells", multiple=True, metavar="CELL", help='A cell, as "left bar, cell 1" or "board/0".')
@click.pass_obj
def calibrate(config: str, zero: bool, span_kg: float | None, cells: tuple[str, ...]) -> None:
    """Make counts into kg: first --zero with the bars free, then --span KG for each cell with KG hanging under it."""
    if zero == (span_kg is not None):
        raise UsageError("calibrate: give either --zero or --span KG")
    with ControlClient(socket_path(config)) as client:
        result = client.calibrate("zero" if zero else "span", span_kg, cells or None)
    for key, counts in result["cells"].items():
        click.echo(f"{key}: {counts:.0f} counts {'at zero' if zero else f'at {span_kg:g} kg'}")
    click.echo(f"calibration {result['digest']} in use")
