"""`bard mqtt`: the broker, without the daemon."""

from pathlib import Path

import click

from bard.config.load import load_settings
from bard.control.client import ControlClient
from bard.errors import ConfigError, LinkError, Refused, UsageError


@click.group()
def mqtt() -> None:
    """What this station left on the broker."""


@mqtt.command("forget")
@click.pass_obj
def mqtt_forget(config: str) -> None:
    """Remove the station's retained messages, and its entities in Home Assistant. Stop bard first."""
    settings = load_settings(Path(config))
    if settings.mqtt is None:
        raise UsageError(f"mqtt forget: {config} has no [mqtt]")
    try:
        from bard.annunciate.forgetting import forget
    except ModuleNotFoundError as error:
        raise ConfigError(f"mqtt: {error.name} is not installed; pip install 'bard[mqtt]'") from None
    if _runs(settings.control.socket):
        raise Refused("mqtt forget: bard runs and would publish it all again: stop it first")
    removed = forget(settings.mqtt, settings.core.room.station)
    click.echo(f"{removed} retained messages of station {settings.core.room.station} removed from the broker")


def _runs(socket: str) -> bool:
    """Whether the bard of this configuration does, be its broker reachable to it or not."""
    try:
        ControlClient(socket).close()
    except LinkError:
        return False
    return True
