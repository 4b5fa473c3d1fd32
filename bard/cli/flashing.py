"""`bard flash`: the firmware onto a board, by avrdude.

One law: nothing is written before it is known what answers on the port, and nothing is called done before the board
that was there answers again with protocol 1. A running daemon leaves the port to us meanwhile, and takes it back
whatever happens.
"""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

import bard
from bard.config.load import load_settings
from bard.control.client import ControlClient
from bard.errors import BardError, LinkError, UsageError
from bard.link import BoardReader, Ports
from bard.link.urls import DEVICE, PortUrl, parse
from bard.settings import BoardSettings, Settings
from bard.wire.commander import Commander
from bard.wire.decoder import NEED_DATA, Decoder
from bard.wire.frames import Hello

PROTOCOL = 1
PACKAGE = "avrdude"
_FIRMWARE = Path(bard.__file__).parents[1] / "firmware" / "build"
_HELLO_S = 10.0
"""Two rates of 3 s each, behind a bootloader of 2 s."""
_OPEN_S = 1.5
_AVRDUDE_S = 180.0
_RELEASE_S = 300.0


@click.command("flash")
@click.option("--board", "name", metavar="NAME", help="Which board; not needed where there is one.")
@click.option("--hex", "image", type=click.Path(path_type=Path), help="Default: what `make -C firmware` has built.")
@click.option(
    "--baud", type=click.Choice(["115200", "57600"]), default="115200", show_default=True, help="Bootloader's."
)
@click.option("--avrdude", default=PACKAGE, show_default=True, help="The program.")
@click.option("--first", is_flag=True, help="Nothing of bard is on this board yet: go on where none answers.")
@click.pass_obj
def flash_command(config: str, name: str | None, image: Path | None, baud: str, avrdude: str, first: bool) -> None:
    """Write the firmware to a board, and look that it runs. Refused while a session runs."""
    settings = load_settings(Path(config))
    board = _board_of(settings, name)
    port = _device_of(board)
    image = _image_of(board, image)
    program = shutil.which(avrdude)
    if program is None:
        raise BardError(f"{avrdude} is not installed: apt-get install {PACKAGE}, or name the program with --avrdude")
    with _port_left(settings, board.name):
        before = _hello(board)
        if before is not None:
            click.echo(f"board {board.name}: firmware {_version(before)}, uid {before.uid.hex()}")
        elif first:
            click.echo(f"board {board.name}: no bard board answers on {port.target}; going on (--first)")
        else:
            raise LinkError(
                f"board {board.name}: no bard board answers on {port.target}: is it the right port? "
                "`bard flash --first` writes to it all the same"
            )
        _write(program, port.target, baud, image)
        click.echo(_found(board.name, before, _hello(board)))


def _board_of(settings: Settings, name: str | None) -> BoardSettings:
    boards = {board.name: board for board in settings.core.room.boards}
    if name is None and len(boards) == 1:
        return next(iter(boards.values()))
    if name not in boards:
        what = "name the board with --board" if name is None else f"no board {name!r}"
        raise UsageError(f"flash: {what}; allowed: {', '.join(boards)}")
    return boards[name]


def _device_of(board: BoardSettings) -> PortUrl:
    url = parse(board.port)
    if url.kind != DEVICE:
        raise UsageError(f"board {board.name}: port {board.port!r} is no device; allowed: a board on a device path")
    if Ports().missing(board.port):
        raise LinkError(f"board {board.name}: {url.target}: no such port: plug the board in")
    return url


def _image_of(board: BoardSettings, image: Path | None) -> Path:
    chosen = image or _FIRMWARE / f"avr-{board.baud or 500_000}" / "bard_hx711.hex"
    try:
        with chosen.open("rb") as file:
            begins = file.read(1)
    except OSError as error:
        raise UsageError(f"{chosen}: {error.strerror}: run `make -C firmware`, or name one with --hex") from None
    if begins != b":":
        raise UsageError(f"{chosen}: no Intel HEX: allowed is what `make -C firmware` leaves as .hex")
    return chosen


@contextmanager
def _port_left(settings: Settings, board: str) -> Iterator[None]:
    """A running daemon leaves the port to us; where none runs there is nobody to ask. Raises Refused."""
    try:
        client = ControlClient(settings.control.socket)
    except LinkError:
        yield  # a port that another bard holds all the same is found in use
        return
    with client:  # its end gives the port back
        client.release(board, _RELEASE_S)
        yield


def _hello(board: BoardSettings) -> Hello | None:
    """What the board says of itself, None where none does. Raises LinkError for a port that cannot be opened."""
    return asyncio.run(_ask(board))


async def _ask(board: BoardSettings) -> Hello | None:
    found: asyncio.Future[Hello] = asyncio.get_running_loop().create_future()
    decoder = Decoder()

    def take(_board: str, data: bytes, _now_us: int) -> None:
        decoder.receive_data(data)
        while (frame := decoder.next_event()) is not NEED_DATA:
            if isinstance(frame, Hello) and not found.done():
                found.set_result(frame)

    reader = BoardReader(board, Ports(), Commander(), take)
    reader.start()
    try:
        await asyncio.wait((found,), timeout=_OPEN_S)
        if not reader.opens:
            raise LinkError(f"board {board.name}: {board.port}: {reader.state}")
        await asyncio.wait((found,), timeout=_HELLO_S - _OPEN_S)
        return found.result() if found.done() else None
    finally:
        reader.close()


def _write(program: str, port: str, baud: str, image: Path) -> None:
    """Run avrdude to its end. Raises LinkError with the line in which it says what is wrong."""
    command = [program, "-p", "atmega328p", "-c", "arduino", "-P", port, "-b", baud, "-D", "-U", f"flash:w:{image}:i"]
    click.echo(f"writing {image}")
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=_AVRDUDE_S
        )
    except OSError as error:
        raise BardError(f"{program}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise LinkError(f"avrdude did not end within {_AVRDUDE_S:g} s: unplug the board and try again") from None
    if done.returncode:
        silent = any(words in done.stderr for words in ("not in sync", "not responding"))
        hint = "; an old bootloader needs --baud 57600" if silent and baud != "57600" else ""
        raise LinkError(f"avrdude failed: {_complaint(done.stderr)}{hint}")


def _complaint(said: str) -> str:
    """The line in which avrdude says why, or the last one: older ones mark none."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and "done.  Thank you" not in line]
    last = lines[-1] if lines else "it says nothing"
    worst = next((line for line in lines if line.startswith("avrdude error: ")), last)
    return worst.removeprefix("avrdude error: ").removeprefix("avrdude: ")


def _found(name: str, before: Hello | None, after: Hello | None) -> str:
    """How it went, in words. Raises LinkError where the board that should be there is not."""
    if after is None:
        raise LinkError(f"board {name}: written, but no bard board answers: was it the right file, and its baud rate?")
    if after.protocol != PROTOCOL:
        raise LinkError(f"board {name}: written, but it speaks protocol {after.protocol}; this bard speaks {PROTOCOL}")
    if before is not None and before.uid != after.uid:
        raise LinkError(f"board {name}: another board answers now: uid {after.uid.hex()}, before {before.uid.hex()}")
    now = _version(after)
    if before is None:
        return f"board {name}: done: firmware {now}, uid {after.uid.hex()}"
    return f"board {name}: done: firmware {now}, " + (
        "the same as before" if before.firmware == after.firmware else f"before {_version(before)}"
    )


def _version(hello: Hello) -> str:
    return ".".join(map(str, hello.firmware))
