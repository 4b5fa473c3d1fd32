"""What `bard doctor` gathers from ports: boards on ptys and behind a serial server; real time, short looks."""

import asyncio
import contextlib
import random
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import serial
import serial.rfc2217

from bard.cli.doctoring import BoardLook, cells_of
from bard.commission.doctor import judge
from bard.commission.facts import Facts
from bard.commission.findings import Finding
from bard.link import Ports
from bard.link.device import open_device
from bard.link.host import Host
from bard.link.urls import parse
from bard.settings import BoardSettings, CellSettings, CoreSettings, RoomSettings, SupportSettings
from bard.weigh.calibration import NONE
from bard.wire.decoder import encode
from bard.wire.frames import Conversion, Samples
from tests.link.board import PtyBoard
from tests.link.waiting import run, until

SECONDS = 1.5


def settings_of(port: str, baud: int | None = None, channels: int = 1) -> CoreSettings:
    cells = tuple(CellSettings("a", channel) for channel in range(channels))
    return CoreSettings(RoomSettings((BoardSettings("a", port, baud=baud),), (SupportSettings("bar", cells),)))  # type: ignore[arg-type]


async def found_on(settings: CoreSettings, find_s: float = 3.0) -> list[Finding]:
    """What a short look finds."""
    look = BoardLook(settings.room.boards[0], Ports(), Host(), find_s)
    try:
        await look.look(SECONDS)
        facts = look.facts()
    finally:
        look.close()
    cells = cells_of(settings, settings.room.cell_names, {"a": look.capture}, NONE, SECONDS)
    return judge(Facts("ports", SECONDS, (facts,), cells), settings)


def ids(found: list[Finding]) -> set[str]:
    return {one.id for one in found}


def test_a_board_is_found_asked_and_left_as_it_was(tmp_path: Path) -> None:
    async def main() -> None:
        board = PtyBoard(tmp_path)
        look = BoardLook(settings_of(str(board.path)).room.boards[0], Ports(), Host(), 3.0)
        board.hello()
        await look.look(SECONDS)
        facts = look.facts()
        assert facts.found
        assert facts.uid == b"a board!".hex()
        assert 1.4 < facts.seconds < 3.0
        assert facts.frames_bad == 0
        assert board.streaming
        look.close()
        await until(lambda: not board.streaming)
        board.pull()

    run(main())


def test_a_board_that_streams_already_is_heard_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        board = PtyBoard(tmp_path, autostart=True)
        found = await found_on(settings_of(str(board.path), channels=2))
        board.pull()
        assert ids(found) >= {"few_values", "uncalibrated", "cell_silent"}
        assert {one.about for one in found if one.id == "cell_silent"} == {"bar, cell 2"}

    run(main())


@pytest.mark.slow
def test_the_ways_in_which_a_port_brings_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        assert ids(await found_on(settings_of(str(tmp_path / "nowhere")))) == {"port_missing"}
        (tmp_path / "a file").write_text("")
        assert ids(await found_on(settings_of(str(tmp_path / "a file")))) == {"port_unusable"}
        board = PtyBoard(tmp_path)
        board._obey = lambda _: None  # type: ignore[method-assign,assignment]
        assert ids(await found_on(settings_of(str(board.path)), 2.0)) == {"board_silent"}
        noise = random.Random(4)
        babbling = asyncio.get_running_loop().create_task(_babble(lambda: board.say(noise.randbytes(40))))
        assert ids(await found_on(settings_of(str(board.path)), 2.0)) == {"board_unreadable"}
        babbling.cancel()
        holder = await open_device(parse(str(board.path)), None, lambda *_: None, lambda: 0)
        assert ids(await found_on(settings_of(str(board.path)), 2.0)) == {"port_busy"}
        holder.close()
        board.pull()

    run(main())


async def _babble(say: Callable[[], object]) -> None:
    while True:
        say()
        await asyncio.sleep(0.02)


def test_a_cable_that_was_out_for_a_moment_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        board = PtyBoard(tmp_path, autostart=True)
        settings = settings_of(str(board.path))
        looking = asyncio.get_running_loop().create_task(found_on(settings))
        await until(lambda: board.asked())
        await asyncio.sleep(1.0)
        board.pull()
        assert "link_lost" in ids(await looking)

    run(main())


class OneRate:
    """A board behind a serial server that is understood at one rate only; one connection after another."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._server = socket.create_server(("127.0.0.1", 0))
        self._connection: socket.socket | None = None
        self._over = threading.Event()
        self.url = f"rfc2217://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, name="far board", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """The manager's own answers go out here."""
        assert self._connection is not None
        with contextlib.suppress(OSError):
            self._connection.sendall(data)

    def _serve(self) -> None:
        self._server.settimeout(0.1)
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                self._connection, _ = self._server.accept()
                with self._connection:
                    self._speak(self._connection)

    def _speak(self, connection: socket.socket) -> None:
        """Until the other side hangs up."""
        line = serial.serial_for_url("loop://")
        manager = serial.rfc2217.PortManager(line, self)
        connection.settimeout(0.02)
        noise, seq = random.Random(1), 0
        while not self._over.is_set():
            try:
                data = connection.recv(1024)
                if not data:
                    return
                b"".join(manager.filter(data))
            except TimeoutError:
                seq += 1
                frame = encode(Samples(seq & 0xFFFF, seq * 20_000, 0, (Conversion(0, 100, 5_000 + seq % 50),)))
                said = frame if line.baudrate == self._rate else noise.randbytes(len(frame))
                self.write(b"".join(manager.escape(said)))
            except OSError:
                return

    def close(self) -> None:
        self._over.set()
        self._thread.join(10)
        self._server.close()


@pytest.mark.slow
def test_a_rate_that_the_configuration_has_wrong_is_found() -> None:
    far = OneRate(115_200)

    async def main() -> None:
        found = await found_on(settings_of(far.url, baud=500_000), 2.0)
        assert [(one.id, one.found) for one in found] == [("wrong_baud", "set to 500000, answers at 115200")]

    try:
        run(main())
    finally:
        far.close()
