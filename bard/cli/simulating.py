"""`bard simulate`: a simulated room whose boards any program can open."""

import asyncio
import csv
import os
import shlex
import signal
import sys
import tempfile
from pathlib import Path

import click
import numpy as np

from bard.config.calibration_file import save_calibration
from bard.errors import UsageError
from bard.link.bridge import PtyBridge
from bard.link.flatout import true_calibration
from bard.link.paced import PacedRoom
from bard.link.ports import Ports
from bard.settings import CoreSettings
from bard.simulate import SCENARIOS, Room

_TRUTH_STEP_US = 10_000
_HANG = 'hang loads by lines: "SUPPORT" KG [PLACE 0 to 1] [SWAY KG]'


def write_truth(path: Path, paced: PacedRoom) -> None:
    """What really was, each 10 ms: host's monotonic us, client load with and without m a, bar load, on client."""
    at_us = np.arange(0, paced.duration_us, _TRUTH_STEP_US)
    truths = paced.room.truths(at_us)
    begun_us = paced.begun_us or 0
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["at_us", "client_load_kg", "static_kg", "bar_load_kg", "on_client"])
        for at, client, static, bar, on in zip(
            at_us, truths.client_load_kg, truths.static_kg, truths.bar_load_kg, truths.on_client, strict=True
        ):
            rows.writerow([begun_us + int(at), f"{client:.4f}", f"{static:.4f}", f"{bar:.4f}", int(on)])


def _port_of(source: str, seed: int) -> str:
    if "://" in source:
        return source
    if source not in SCENARIOS:
        raise UsageError(f"no scenario {source!r}; allowed: {', '.join(SCENARIOS)}, or a recording:// URL")
    return f"sim://{source}?seed={seed}"


@click.command("simulate")
@click.argument("source", metavar="SCENARIO", required=False)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--link", "folder", type=click.Path(path_type=Path), help="Folder for links a, b that name the ptys.")
@click.option("--truth", type=click.Path(path_type=Path), help="Write what really was to this CSV file at the end.")
@click.option("--calibration", type=click.Path(path_type=Path), help="Write the cells' true calibration here.")
@click.option("--list", "listing", is_flag=True, help="List the scenarios.")
def simulate_command(
    source: str | None, seed: int, folder: Path | None, truth: Path | None, calibration: Path | None, listing: bool
) -> None:
    """Play SCENARIO (or a recording:// URL) on ptys; its time begins when the first of them is opened."""
    if listing:
        for scenario in SCENARIOS.values():
            click.echo(f"{scenario.name:16} {scenario.duration_s:5.0f} s  {scenario.summary}")
        return
    if source is None:
        raise UsageError("simulate: name a scenario; allowed: " + ", ".join(SCENARIOS))
    port = _port_of(source, seed)
    ports = Ports()
    paced = ports.room(port)
    if calibration is not None:
        boards = [str(number) for number in range(paced.room.scenario.boards)]
        true = true_calibration(paced.room, CoreSettings(paced.room.room_settings(boards)))
        save_calibration(calibration, true)
    with tempfile.TemporaryDirectory(prefix="bard-") as temporary:
        asyncio.run(_serve(ports, paced, port, folder or Path(temporary)))
    if truth is not None:
        write_truth(truth, paced)


async def _serve(ports: Ports, paced: PacedRoom, port: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    boards = paced.room.scenario.boards
    bridges = []
    for number, settings in enumerate(paced.room.room_settings([str(board) for board in range(boards)]).boards):
        link = folder / settings.name
        of_board = port if boards == 1 else f"{port}&board={number}"
        bridges.append(asyncio.create_task(PtyBridge(ports, of_board, link).serve()))
        click.echo(f"{settings.name}: {link}")
    begun = asyncio.create_task(_say_when_begun(paced))
    if paced.room.scenario.hung:
        click.echo(f"{_HANG}; its supports: {', '.join(found.name for found in paced.room.scenario.supports)}")
        asyncio.get_running_loop().add_reader(sys.stdin, _hang_what_is_said, paced.room, bytearray())
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    stopped = asyncio.create_task(stop.wait())
    served = asyncio.gather(*bridges)
    await asyncio.wait((served, stopped), return_when=asyncio.FIRST_COMPLETED)
    for task in (served, stopped, begun):
        task.cancel()
    await asyncio.gather(served, stopped, begun, return_exceptions=True)


def _hang_what_is_said(room: Room, said: bytearray) -> None:
    """Read standard input, and do what its whole lines say."""
    data = os.read(sys.stdin.fileno(), 4096)
    if not data:
        asyncio.get_running_loop().remove_reader(sys.stdin)
    said += data
    while (end := said.find(b"\n")) >= 0:
        _hang(room, said[:end].decode(errors="replace"))
        del said[: end + 1]


def _hang(room: Room, line: str) -> None:
    """Do what the line says, and say what was wrong with it."""
    try:
        support, *numbers = shlex.split(line)
        kg, place, sway_kg = ([float(number) for number in numbers] + [0.0, 0.5, 0.0][len(numbers) :])[:3]
        room.hang(support, kg, place, sway_kg)
        click.echo(f"{support}: {kg:g} kg at {place:g}")
    except (ValueError, UsageError) as error:
        click.echo(f"{error}; {_HANG}")


async def _say_when_begun(paced: PacedRoom) -> None:
    while paced.begun_us is None:
        await asyncio.sleep(0.005)
    click.echo(f"begun at {paced.begun_us} us")
