"""The reader on a real pty, and on a simulated device with a rate."""

import asyncio
import os
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bard.errors import ConfigError
from bard.link import BoardReader, Ports, monotonic_us
from bard.link.port import OnData, Port, VirtualPort
from bard.settings import BoardSettings
from bard.wire.commander import Commander
from bard.wire.decoder import NEED_DATA, BadFrame, Decoder, encode
from bard.wire.frames import Answer, Command, Frame, Hello, Samples, Verb
from tests.link.board import HELLO, PtyBoard
from tests.link.waiting import for_a_while, held, run, until

RUBBISH = bytes(range(1, 256)) * 3
REPLUGS = int(os.environ.get("BARD_TEST_REPLUGS", "3"))


class Core:
    """In the place of the core and of the board's output: it decodes, and sends stream on upon a hello."""

    def __init__(self, port: str, ports: Ports | None = None, baud: int | None = None) -> None:
        self.calls: list[tuple[bytes, int]] = []
        self.frames: list[tuple[float, Frame]] = []
        self.gone = 0
        self._decoder = Decoder()
        self._commander = Commander()
        settings = BoardSettings("a", port, baud=baud)  # type: ignore[arg-type]
        self.reader = BoardReader(settings, ports or Ports(), self._commander, self._take)

    def _take(self, board: str, data: bytes, now_us: int) -> None:
        assert board == "a"
        self.calls.append((data, now_us))
        if not data:
            self.gone += 1
            self._decoder = Decoder()
            return
        self._decoder.receive_data(data)
        while (event := self._decoder.next_event()) is not NEED_DATA:
            assert not isinstance(event, BadFrame)
            self.frames.append((asyncio.get_running_loop().time(), event))  # type: ignore[arg-type]
            if isinstance(event, Hello):
                assert self.reader.write(self._commander.command(Verb.STREAM, 1, now_us=now_us))

    def seen(self, kind: type[Frame]) -> list[float]:
        """When frames of a kind came."""
        return [at_s for at_s, frame in self.frames if isinstance(frame, kind)]

    def clear(self) -> None:
        self.frames.clear()


def test_rubbish_is_dropped_and_all_from_the_good_frame_on_is_passed_on(tmp_path: Path) -> None:
    async def body() -> None:
        board = PtyBoard(tmp_path)
        core = Core(str(board.path))
        core.reader.start()
        await until(lambda: core.reader.opens)
        assert core.reader.state == "waiting for the board"
        assert not core.reader.write(b"too early")
        board.say(RUBBISH + b"\0")
        await until(lambda: core.reader.input_dropped == len(RUBBISH) + 1)
        assert core.calls == []
        before_us = monotonic_us()
        board.say(RUBBISH + b"\0\0" + encode(HELLO)[:5])
        await until(lambda: core.reader.input_dropped > 2 * len(RUBBISH))
        board.say(encode(HELLO)[5:] + encode(Answer(9, 0)))
        await until(lambda: core.seen(Samples))
        assert core.reader.state == "up"
        assert core.reader.up
        assert b"".join(data for data, _ in core.calls).startswith(encode(HELLO) + encode(Answer(9, 0)))
        assert before_us <= core.calls[0][1] <= monotonic_us()
        assert core.reader.input_dropped == 2 * len(RUBBISH) + 3
        assert core.reader.output_dropped == len(b"too early")
        core.reader.close()
        assert core.reader.state == "closed"
        board.pull()

    run(body())


def test_a_silent_bootloader_is_left_alone_for_1_s_and_not_asked_once_it_has_said_hello(tmp_path: Path) -> None:
    async def body() -> None:
        board = PtyBoard(tmp_path)
        core = Core(str(board.path))
        loop = asyncio.get_running_loop()
        core.reader.start()
        await until(lambda: core.reader.opens)
        opened_s = loop.time()
        await until(lambda: loop.time() - opened_s > 1.5)
        board.hello()
        await until(lambda: core.seen(Samples))
        asked = board.asked()
        assert 1 <= len(asked) <= 2
        assert asked[0] - opened_s > 0.95
        await for_a_while(0.6)
        assert len(board.asked()) == len(asked)
        core.reader.close()
        board.pull()

    run(body())


def test_samples_already_flowing_pass_at_once_and_the_board_is_asked_who_it_is(tmp_path: Path) -> None:
    async def body() -> None:
        board = PtyBoard(tmp_path, autostart=True)
        core = Core(str(board.path))
        core.reader.start()
        await until(lambda: core.seen(Hello))
        assert isinstance(core.frames[0][1], Samples)
        await for_a_while(0.6)
        assert len(board.asked()) == 1
        core.reader.close()
        board.pull()

    run(body())


def test_a_board_that_restarted_unseen_and_whose_hello_was_lost_is_asked_again(tmp_path: Path) -> None:
    async def body() -> None:
        board = PtyBoard(tmp_path)
        core = Core(str(board.path))
        core.reader.start()
        await until(lambda: core.reader.opens)
        board.hello()
        await until(lambda: core.seen(Samples))
        board.streaming = False
        core.clear()
        await until(lambda: core.seen(Hello))
        await until(lambda: core.seen(Samples))
        assert core.gone == 0
        core.reader.close()
        board.pull()

    run(body())


def test_after_a_replug_it_streams_within_1_s_of_the_first_hello(tmp_path: Path) -> None:
    async def body() -> None:
        before = held()
        board = PtyBoard(tmp_path)
        core = Core(str(board.path))
        core.reader.start()
        for boot in range(REPLUGS):
            await until(lambda: core.reader.opens == boot + 1)  # noqa: B023 - awaited in this turn
            board.hello()
            await until(lambda: core.seen(Samples))
            assert board.hello_s is not None
            assert core.seen(Samples)[0] - board.hello_s < 1.0
            board.pull()
            await until(lambda: core.gone == boot + 1)  # noqa: B023
            await until(lambda: core.reader.state == "no such port")
            core.clear()
            board = PtyBoard(tmp_path, boot + 2)
        core.reader.close()
        board.pull()
        await until(lambda: held() == before)
        assert core.gone == REPLUGS

    run(body())


def test_a_port_that_was_never_up_is_not_reported_gone(tmp_path: Path) -> None:
    async def body() -> None:
        board = PtyBoard(tmp_path)
        core = Core(str(board.path))
        core.reader.start()
        await until(lambda: core.reader.opens)
        board.pull()
        await until(lambda: core.reader.state == "no such port")
        assert core.calls == []
        core.reader.close()

    run(body())


def test_the_line_is_raw_keeps_dtr_on_closing_and_has_one_owner(tmp_path: Path) -> None:
    async def body() -> None:
        board = PtyBoard(tmp_path)
        assert board.flags[2] & termios.HUPCL == 0  # a pty has none; set it, as a driver does
        board.set_hupcl()
        core, other = Core(str(board.path)), Core(str(board.path))
        core.reader.start()
        await until(lambda: core.reader.opens)
        iflag, oflag, cflag, lflag, *speeds = board.flags
        assert (iflag, oflag, lflag) == (0, 0, 0)
        assert cflag & termios.HUPCL == 0
        assert speeds == [termios.B500000] * 2
        other.reader.start()
        await until(lambda: other.reader.state == "in use by another program")
        core.reader.close()
        assert board.flags[2] & termios.HUPCL == 0
        await until(lambda: other.reader.opens)
        other.reader.close()
        board.pull()

    run(body())


def test_a_hung_up_port_does_not_spin(tmp_path: Path) -> None:
    async def body() -> None:
        board = PtyBoard(tmp_path)
        core = Core(str(board.path))
        core.reader.start()
        await until(lambda: core.reader.opens)
        board.hello()
        await until(lambda: core.seen(Samples))
        board.pull()
        await until(lambda: core.gone)
        cpu_s, wall_s = time.process_time(), time.monotonic()
        await asyncio.wait_for(_sleep_until(lambda: time.monotonic() - wall_s > 1.0), 20)
        assert time.process_time() - cpu_s < 0.2
        core.reader.close()

    run(body())


async def _sleep_until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.1)


def test_a_server_that_hangs_up_at_once_is_tried_twice_a_second() -> None:
    async def body() -> None:
        accepted = []

        async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted.append(asyncio.get_running_loop().time())
            writer.close()

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        core = Core(f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        core.reader.start()
        await until(lambda: len(accepted) >= 3)
        assert accepted[-1] - accepted[0] > 0.95
        core.reader.close()
        server.close()

    run(body())


class RatedPorts(Ports):
    """One board with a UART at `baud`: at any other rate what it sends is rubbish, and what it hears too."""

    def __init__(self, baud: int) -> None:
        super().__init__()
        self.baud = baud
        self.tried: list[int] = []
        self.heard: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None

    async def open(self, port: str, on_data: OnData, *, board: str = "", baud: int | None = None) -> Port:
        del port, board
        assert baud is not None
        self.tried.append(baud)
        self.port = RatedPort(self, on_data)
        self._speak()
        return self.port

    def _speak(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(0.02, self._speak)
        good = encode(Answer(1, 0))
        self.port.tell(good if self.tried[-1] == self.baud else bytes(b ^ 0x55 for b in good) + b"\0", monotonic_us())

    def pull(self) -> None:
        assert self._timer is not None
        self._timer.cancel()
        self.port.tell(b"", monotonic_us())


class RatedPort(VirtualPort):
    has_baud = True

    def __init__(self, ports: RatedPorts, on_data: OnData) -> None:
        super().__init__(on_data, on_write=ports.heard.append, on_close=lambda: None)
        self._ports = ports

    def set_baud(self, baud: int) -> None:
        self._ports.tried.append(baud)


def test_the_other_rate_is_tried_after_3_s_and_the_good_one_first_the_next_time() -> None:
    async def body() -> None:
        ports = RatedPorts(115_200)
        core = Core("/dev/null", ports)
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        core.reader.start()
        await until(lambda: core.reader.state == "probing 500000")
        await until(lambda: core.reader.state == "probing 115200")
        assert loop.time() - start_s > 2.9
        assert ports.heard == []
        await until(lambda: core.reader.up)
        assert core.reader.baud == 115_200
        assert ports.tried == [500_000, 115_200]
        ports.pull()
        await until(lambda: core.gone and core.reader.up)
        assert ports.tried == [500_000, 115_200, 115_200]
        core.reader.close()
        ports.pull()

    run(body())


def test_a_configured_rate_is_the_only_one() -> None:
    async def body() -> None:
        ports = RatedPorts(500_000)
        core = Core("/dev/null", ports, 115_200)
        core.reader.start()
        await until(lambda: core.reader.opens)
        assert core.reader.state == "waiting for the board"
        assert core.reader.baud == 115_200
        assert ports.tried == [115_200]
        core.reader.close()
        ports.pull()

    run(body())


@pytest.mark.parametrize("port", ["sim://nothing", "foo://x", "recording:///nowhere.csv"])
def test_a_port_that_can_never_be_opened_is_refused_at_once(port: str) -> None:
    with pytest.raises(ConfigError, match=r"^port .*; allowed: .*"):
        Core(port)


def test_a_missing_port_is_waited_for(tmp_path: Path) -> None:
    async def body() -> None:
        core = Core(str(tmp_path / "board"))
        core.reader.start()
        await until(lambda: core.reader.state == "no such port")
        board = PtyBoard(tmp_path, autostart=True)
        await until(lambda: core.seen(Samples))
        core.reader.close()
        board.pull()

    run(body())


def test_commands_are_decoded_by_the_board_as_they_were_sent(tmp_path: Path) -> None:
    async def body() -> None:
        board = PtyBoard(tmp_path, autostart=True)
        core = Core(str(board.path))
        core.reader.start()
        await until(lambda: core.seen(Hello))
        for number in range(100, 200):
            assert core.reader.write(b"\0" + encode(Command(number, Verb.SIGNAL, b"\x01\x07")))
        await until(lambda: len(board.asked(Verb.SIGNAL)) == 100)
        assert [command.id for _, command in board.commands if command.verb == Verb.SIGNAL] == list(range(100, 200))
        core.reader.close()
        board.pull()

    run(body())
