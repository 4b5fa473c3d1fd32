"""`bard doctor`: ten seconds of every cell, and what ails the installation, with what to do.

One law: it changes nothing of the installation. With a running bard the ports are left to it for as long as it takes
and given back whatever happens; in a session it only watches.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from msgspec import Struct, structs

from bard.cli.doctor_tap import tap_cells
from bard.cli.doctor_text import json_of, text_of
from bard.cli.doctor_watch import watch
from bard.cli.doctoring import BoardLook, cells_of
from bard.commission.doctor import judge, verdict
from bard.commission.facts import Facts
from bard.commission.findings import Finding
from bard.config.calibration_file import CALIBRATION_FILE, load_calibration
from bard.config.load import load_settings
from bard.control.client import ControlClient
from bard.control.protocol import MAX_RELEASE_S
from bard.errors import ConfigError, LinkError, Refused
from bard.link import Ports
from bard.link.host import Host
from bard.link.rule import rule_text
from bard.settings import BoardSettings, CellSettings, CoreSettings, RoomSettings, SupportSettings
from bard.weigh.calibration import NONE, Calibration

SECONDS = 10.0
_BARE = "board"
_CHANNELS = 8


class Installation(Struct, frozen=True):
    """What is to be looked at. `bare`: a mere port, of which nothing is known."""

    core: CoreSettings
    names: tuple[str, ...]
    calibration: Calibration = NONE
    trouble: str = ""
    """Why the calibration cannot be used."""
    socket: str = ""
    bare: bool = False


@click.command("doctor")
@click.option("--port", metavar="DEVICE", help="Only this port, without a configuration.")
@click.option("--seconds", type=click.FloatRange(3, 60), default=SECONDS, show_default=True)
@click.option("--tap", is_flag=True, help="Then find out which cell is which: pull at each when asked.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: verdict, findings, facts.")
@click.option("--udev-rule", is_flag=True, help="Print a udev rule for the boards, and look at nothing else.")
@click.pass_obj
def doctor_command(config: str, port: str | None, seconds: float, tap: bool, as_json: bool, udev_rule: bool) -> None:
    """Look for what is wrong with cells, boards, ports and this machine. Leave the bars free and still.

    Exit status: 0 nothing, or only notes; 4 warnings; 5 faults; as usual 1 to 3 where it could not look.
    """
    looked_at = _bare(port) if port is not None else _installation(config)
    if udev_rule:
        click.echo(_rule(looked_at), nl=False)
        return
    with _daemon(looked_at) as (client, session):
        if session and client is not None:
            if tap:
                raise Refused("a session runs: end it before cells are pulled one by one")
            facts, taps = _watched(client, looked_at, seconds), list[Finding]()
        else:
            facts, taps = asyncio.run(_look(looked_at, seconds, tap, client))
    found = judge(facts, looked_at.core) + taps
    click.echo(json_of(facts, found) if as_json else text_of(facts, found))
    sys.exit(int(verdict(found)))


def _bare(port: str) -> Installation:
    """Any board on `port`, with as many channels as there can be."""
    Ports().check(port)
    supports = tuple(
        SupportSettings(f"channel {channel}", (CellSettings(_BARE, channel),)) for channel in range(_CHANNELS)
    )
    room = RoomSettings((BoardSettings(_BARE, port),), supports)
    return Installation(CoreSettings(room), tuple(support.name for support in supports), bare=True)


def _installation(config: str) -> Installation:
    settings = load_settings(Path(config))
    calibration, trouble = NONE, ""
    try:
        calibration = load_calibration(Path(settings.journal.directory) / CALIBRATION_FILE)
    except ConfigError as error:
        trouble = str(error)
    for board in settings.core.room.boards:
        Ports().check(board.port, board.name)
    return Installation(settings.core, settings.core.room.cell_names, calibration, trouble, settings.control.socket)


def _rule(looked_at: Installation) -> str:
    host = Host()
    boards = looked_at.core.room.boards
    return rule_text([(board.name, host.port(board.port), host.physical_path(board.port)) for board in boards])


@contextmanager
def _daemon(looked_at: Installation) -> Iterator[tuple[ControlClient | None, bool]]:
    """A running daemon's client, and whether it watches a session; without one the ports are left to us."""
    client = None
    try:
        client = ControlClient(looked_at.socket) if looked_at.socket else None
    except LinkError as error:
        if Path(looked_at.socket).exists():  # somebody's, whom this user may not talk to, or what a crash left
            click.echo(f"looking without a running bard: {error}", err=True)
    if client is None:
        yield None, False
        return
    with client:  # its end gives the ports back
        session = client.query().session is not None
        if not session:
            _release(client, looked_at.core)
        yield client, session


def _release(client: ControlClient, core: CoreSettings) -> None:
    for board in core.room.boards:
        client.release(board.name, MAX_RELEASE_S)


def _watched(client: ControlClient, looked_at: Installation, seconds: float) -> Facts:
    click.echo(f"a session runs: it is watched for {seconds:.0f} s and not disturbed", err=True)
    boards, cells = watch(client, looked_at.core, looked_at.calibration, seconds)
    host = Host()
    ports = {board.name: structs.replace(host.port(board.port), holder="") for board in looked_at.core.room.boards}
    return Facts("watched", seconds, boards, cells, ports, host.facts(), looked_at.trouble)


async def _look(
    looked_at: Installation, seconds: float, tap: bool, client: ControlClient | None
) -> tuple[Facts, list[Finding]]:
    """Open the ports, listen, then ask for pulls where that is wanted."""
    core, ports, host = looked_at.core, Ports(), Host()
    looks = {board.name: BoardLook(board, ports, host) for board in core.room.boards}
    click.echo(f"looking for {seconds:.0f} s: leave the bars free and still", err=True)
    taps: list[Finding] = []
    try:
        await asyncio.gather(*(look.look(seconds) for look in looks.values()))
        facts = _facts(looked_at, looks, host, seconds)
        if tap:
            keep = (lambda: _release(client, core)) if client is not None else (lambda: None)
            taps = await tap_cells(core, looked_at.names, looked_at.calibration, looks, keep)
    finally:
        for look in looks.values():
            look.close()
    return facts, taps


def _facts(looked_at: Installation, looks: dict[str, BoardLook], host: Host, seconds: float) -> Facts:
    captures = {name: look.capture for name, look in looks.items()}
    cells = cells_of(looked_at.core, looked_at.names, captures, looked_at.calibration, seconds)
    boards = tuple(look.facts() for look in looks.values())
    quiet: tuple[str, ...] = ()
    if looked_at.bare:
        there = boards[0].channels or 0
        quiet = tuple(cell.name for cell in cells[:there] if not cell.conversions)
        cells = tuple(cell for cell in cells if cell.conversions)
    ports = {name: look.port_facts for name, look in looks.items() if look.port_facts is not None}
    return Facts(
        "bare" if looked_at.bare else "ports", seconds, boards, cells, ports, host.facts(), looked_at.trouble, quiet
    )
