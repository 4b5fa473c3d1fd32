"""The other side of each kind of port.

Each has a `url` and, for ports with a line, `send` and `take`; `hang_up` as when a cable is pulled, `drop` to let go of
all it holds. What a simulated board says is its own: `whole` judges what was received.
"""

import contextlib
import os
import random
import socket
import threading
import tty
from collections.abc import Callable
from pathlib import Path

import serial
import serial.rfc2217

from bard.journal.records import Data, make_header
from bard.journal.tape import TapeReader, TapeWriter
from bard.link import run_flat_out, true_calibration
from bard.monitor import Monitor
from bard.settings import CoreSettings
from bard.simulate import Room, steady
from bard.wire.commander import Commander
from bard.wire.decoder import NEED_DATA, BadFrame, Decoder
from bard.wire.frames import Answer, Frame, Samples, Verb
from tests.link.waiting import Clock

Write = Callable[[bytes], bool]
RECORDINGS = Path(__file__).parents[1] / "data" / "recordings"


class Far:
    """What all kinds share: a pattern is sent in odd pieces and must arrive as it is."""

    url = ""
    says_enough = 6_000

    def __init__(self, _folder: Path, _clock: Clock) -> None:
        self._sent = b""
        self._heard = b""

    def talk(self, write: Write) -> None:
        """Begin to say something. `write` sends from the near side."""
        del write
        chance = random.Random(3)
        data = bytes(chance.randrange(256) for _ in range(self.says_enough))
        while data:
            size = chance.randrange(1, 100)
            self.send(data[:size])
            data = data[size:]

    def whole(self, received: bytes) -> bool:
        """All has arrived as it was said."""
        assert self._sent.startswith(received)
        return received == self._sent

    def spoken(self) -> bytes:
        """What the near side shall write."""
        return bytes(range(256))

    def understood(self, _received: bytes) -> bool:
        """What was written has arrived here."""
        self._heard += self.take()
        return self._heard == self.spoken()

    def send(self, data: bytes) -> None:
        self._sent += data
        self._put(data)

    def _put(self, data: bytes) -> None:
        raise NotImplementedError

    def take(self) -> bytes:
        """What has arrived here since the last call."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """As when the cable is pulled."""
        self.drop()

    def drop(self) -> None:
        """Let go of everything."""


class PtyFar(Far):
    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.path = self.url = os.ttyname(slave)
        os.close(slave)
        os.set_blocking(self._master, False)

    def talk(self, write: Write) -> None:
        self.says_enough = 3_000  # what fits a pty's buffer
        super().talk(write)

    def _put(self, data: bytes) -> None:
        assert os.write(self._master, data) == len(data)

    def take(self) -> bytes:
        with contextlib.suppress(OSError):
            return os.read(self._master, 4096)
        return b""

    def drop(self) -> None:
        if self._master >= 0:
            os.close(self._master)
            self._master = -1


class SpyFar(PtyFar):
    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self.log = folder / "spy.txt"
        self.url = f"spy://{self.path}?file={self.log}"

    def whole(self, received: bytes) -> bool:
        return super().whole(received) and " RX   0000" in self.log.read_text()


class SocketFar(Far):
    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._connection: socket.socket | None = None
        self.url = f"socket://127.0.0.1:{self._server.getsockname()[1]}"

    @property
    def connection(self) -> socket.socket:
        """The near side's connection, accepted."""
        if self._connection is None:
            self._connection, _ = self._server.accept()
            self._connection.settimeout(10)
        return self._connection

    def _put(self, data: bytes) -> None:
        self.connection.sendall(data)

    def take(self) -> bytes:
        self.connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            return self.connection.recv(4096)
        return b""

    def hang_up(self) -> None:
        self.connection.close()

    def drop(self) -> None:
        self._server.close()
        if self._connection is not None:
            self._connection.close()


class Rfc2217Far(SocketFar):
    """A serial server: pyserial's own, in a thread."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self.url = self.url.replace("socket", "rfc2217")
        self.line = serial.serial_for_url("loop://")
        self._manager: serial.rfc2217.PortManager | None = None
        self._inbox = b""
        self._thread = threading.Thread(target=self._serve, name="far side", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """The manager's own answers go out here."""
        with contextlib.suppress(OSError):
            self.connection.sendall(data)

    def _serve(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            connection = self.connection
            connection.settimeout(None)
            self._manager = serial.rfc2217.PortManager(self.line, self)
            while data := connection.recv(1024):
                self._inbox += b"".join(self._manager.filter(data))

    def _put(self, data: bytes) -> None:
        assert self._manager is not None
        self.connection.sendall(b"".join(self._manager.escape(data)))

    def take(self) -> bytes:
        taken, self._inbox = self._inbox, b""
        return taken

    def hang_up(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)

    def drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        super().drop()


class LoopFar(Far):
    """There is no other side: what is written comes back."""

    url = "loop://"

    def talk(self, write: Write) -> None:
        for at in range(0, 2_000, 50):
            piece = bytes((at + i) % 256 for i in range(50))
            self._sent += piece
            write(piece)

    def understood(self, received: bytes) -> bool:
        return received == self.spoken()


class SimFar(Far):
    """A board of a room: it boots, says hello, and streams when told."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self.url = "sim://board_unplugged?seed=2"
        self.gone_us = 20_000_000
        self._clock = clock
        self._commander = Commander()

    def talk(self, write: Write) -> None:
        self._clock.skew_us += 1_100_000  # past the bootloader
        write(self._commander.command(Verb.STREAM, 1, now_us=0))

    def whole(self, received: bytes) -> bool:
        seqs = [frame.seq for frame in frames(received) if isinstance(frame, Samples)]
        assert seqs == list(range(len(seqs)))
        return len(seqs) >= 50

    def spoken(self) -> bytes:
        self._clock.skew_us += 1_100_000
        return self._commander.command(Verb.HELLO, now_us=0)

    def understood(self, received: bytes) -> bool:
        return any(isinstance(frame, Answer) for frame in frames(received))

    def hang_up(self) -> None:
        self._clock.skew_us += self.gone_us


class RecordingFar(SimFar):
    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        self.url = f"recording://{RECORDINGS}/countermovement_jump.csv.gz?column=force_n&mode=force"
        self.gone_us = 5_000_000


class ReplayFar(Far):
    """A tape of 2 s of a board, of which it boots for 1 s."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        super().__init__(folder, clock)
        path = folder / "room.tape"
        write_tape(path)
        self.url = f"replay://{path}?board=a"
        self._clock = clock
        self._sent = b"".join(record.data for record in TapeReader(path) if isinstance(record, Data))

    def talk(self, write: Write) -> None:
        del write
        self._clock.skew_us += 1_800_000

    def whole(self, received: bytes) -> bool:
        assert self._sent.startswith(received)
        return len(received) > 2_000

    def hang_up(self) -> None:
        self._clock.skew_us += 5_000_000


def frames(received: bytes) -> list[Frame]:
    """All of `received`, which must be whole frames but for the end."""
    decoder = Decoder()
    decoder.receive_data(received)
    found = []
    while (event := decoder.next_event()) is not NEED_DATA:
        assert not isinstance(event, BadFrame)
        found.append(event)
    return found  # type: ignore[return-value]


def write_tape(path: Path) -> None:
    """2 s of the scenario steady."""
    room = Room(steady(2.0), 1)
    core = CoreSettings(room.room_settings(["sim://steady"]))
    calibration = true_calibration(room, core)
    header = make_header(
        core, calibration, start_us=0, wall_time="2026-11-23T00:00:00Z", clock_trusted=True, done="test"
    )
    tape = TapeWriter(path, header)
    run_flat_out(room, Monitor(core, calibration, now_us=0), lambda _: None, tape=tape)
    tape.close()


KINDS: dict[str, type[Far]] = {
    "pty": PtyFar,
    "spy": SpyFar,
    "socket": SocketFar,
    "rfc2217": Rfc2217Far,
    "loop": LoopFar,
    "sim": SimFar,
    "recording": RecordingFar,
    "replay": ReplayFar,
}
