"""A board on a pty, played by hand: it answers, and streams when told."""

import asyncio
import contextlib
import os
import termios
import tty
from pathlib import Path

from bard.wire.decoder import NEED_DATA, Decoder, encode
from bard.wire.frames import FROM_HOST, Answer, Command, Conversion, Frame, Hello, Samples, Verb

HELLO = Hello(1, (1, 0, 0), b"a board!", 1, 1, 4, 31)


class PtyBoard:
    """Its path is a symlink in `folder`, as in /dev/serial/by-id; create on a running loop.

    `commands` are all that came, with the loop's time. With `autostart` it streams from the first moment.
    """

    def __init__(self, folder: Path, boot: int = 1, *, autostart: bool = False) -> None:
        self.path = folder / "board"
        self.commands: list[tuple[float, Command]] = []
        self.streaming = autostart
        self.hello_s: float | None = None
        self._hello = Hello(1, (1, 0, 0), b"a board!", boot, 1, 4, 31)
        self._seq = 0
        self._decoder = Decoder(FROM_HOST)
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._master, self._read)
        self._timer = self._loop.call_later(0.005, self._convert)
        self.path.symlink_to(os.ttyname(self._slave))

    def say(self, data: bytes) -> None:
        """Bytes on the line, as they are."""
        os.write(self._master, data)

    def send(self, frame: Frame) -> None:
        """A frame."""
        self.say(encode(frame))

    def hello(self) -> None:
        """Says who it is; the time of the first is kept."""
        self.hello_s = self.hello_s or self._loop.time()
        self.send(self._hello)

    def asked(self, verb: Verb = Verb.HELLO) -> list[float]:
        """When that command came."""
        return [at_s for at_s, command in self.commands if command.verb == verb]

    @property
    def flags(self) -> list[int]:
        """iflag, oflag, cflag, lflag, ispeed, ospeed of the line."""
        return termios.tcgetattr(self._slave)[:6]

    def set_hupcl(self) -> None:
        """As drivers do: DTR would fall when the port is closed."""
        flags = termios.tcgetattr(self._slave)
        flags[2] |= termios.HUPCL
        termios.tcsetattr(self._slave, termios.TCSANOW, flags)

    def pull(self) -> None:
        """The cable is pulled."""
        if self._master >= 0:
            self._timer.cancel()
            self._loop.remove_reader(self._master)
            self.path.unlink()
            os.close(self._slave)
            os.close(self._master)
            self._master = -1

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            self._decoder.receive_data(os.read(self._master, 4096))
        while (event := self._decoder.next_event()) is not NEED_DATA:
            if isinstance(event, Command):
                self.commands.append((self._loop.time(), event))
                self._obey(event)

    def _obey(self, command: Command) -> None:
        self.send(Answer(command.id, 0))
        if command.verb == Verb.HELLO:
            self.hello()
        elif command.verb == Verb.STREAM:
            self.streaming = bool(command.args[0])

    def _convert(self) -> None:
        self._timer = self._loop.call_later(0.005, self._convert)
        if self.streaming:
            ticks_us = int(self._loop.time() * 1e6) & 0xFFFFFFFF
            self.send(Samples(self._seq & 0xFFFF, ticks_us, 0, (Conversion(0, 100, 84_000 + self._seq % 7),)))
            self._seq += 1
