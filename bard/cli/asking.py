"""Commands that talk to a running bard over its socket."""

import sys
from pathlib import Path
from typing import Any

import click

from bard.config.load import load_settings
from bard.control.client import ControlClient
from bard.messages import Acknowledge, Command, Pause, PauseAudio, Snapshot, StepDown
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


NUMBER = Number(0, 250, min_open=True)
"""A weight above nothing."""


def socket_path(config: str) -> str:
    """Where the bard of this configuration listens."""
    return load_settings(Path(config)).control.socket


def give(config: str, command: Command) -> None:
    """Have it carried out. Raises Refused."""
    with ControlClient(socket_path(config)) as client:
        client.command(command)


def room_now(config: str) -> Snapshot:
    """The room as of now."""
    with ControlClient(socket_path(config)) as client:
        return fresh_snapshot(client)


@click.command("step-down")
@click.pass_obj
def step_down(config: str) -> None:
    """Say that nobody is on the client any more."""
    give(config, StepDown())


@click.command()
@click.pass_obj
def pause(config: str) -> None:
    """Like step-down; ends by itself when the bars are taken."""
    give(config, Pause())


@click.command()
@click.argument("condition", required=False)
@click.pass_obj
def ack(config: str, condition: str | None) -> None:
    """Acknowledge CONDITION, or all of them."""
    give(config, Acknowledge(condition))


@click.command()
@click.argument("seconds", type=Number(0, 30, min_open=True), default=30.0)
@click.pass_obj
def quiet(config: str, seconds: float) -> None:
    """Pause the sound for up to 30 s; vibration goes on, and whatever is new sounds."""
    give(config, PauseAudio(seconds))


@click.command()
@click.pass_obj
def status(config: str) -> None:
    """The room on one screen; exit status 0 when all is well."""
    snapshot = room_now(config)
    click.echo(status_text(snapshot))
    sys.exit(exit_status(snapshot))


@click.command("watch")
@click.option("--plain", is_flag=True, help="Lines instead of a screen.")
@click.pass_obj
def watch_command(config: str, plain: bool) -> None:
    """The room, live, until q or Ctrl-C."""
    from bard.term.live import watch

    watch(socket_path(config), plain)
