"""A board with Optiboot on a pty: STK500v1 as avrdude speaks it, then whatever was written runs.

One law: opening the port resets it, as DTR does; the bootloader waits for its first command, and any byte that is
none of its own ends it. It keeps the pages; what they hold is not run: an empty flash is silent, `old` firmware
answers until something was written, then `new`.
"""

import errno
import os
import threading
import time
import tty
from pathlib import Path
from typing import Self

from bard.wire.decoder import NEED_DATA, Decoder, encode
from bard.wire.frames import FROM_HOST, Answer, Command, Hello, Status, Verb

SIGNATURE = bytes((0x1E, 0x95, 0x0F))
"""An ATmega328P."""
OLD, NEW = (0, 9, 0), (1, 0, 0)
BOOTLOADER_S = 1.0
STATUS_S = 1.0
_END, _IN_SYNC, _OK = 0x20, b"\x14", b"\x10"
_LENGTHS = {0x30: 0, 0x41: 1, 0x42: 20, 0x45: 5, 0x50: 0, 0x51: 0, 0x55: 2, 0x56: 4, 0x74: 3, 0x75: 0}
"""Bytes between a command and its end; PROG_PAGE brings its own."""
_PARAMETER, _LEAVE, _ADDRESS, _UNIVERSAL = 0x41, 0x51, 0x55, 0x56
_WRITE, _READ, _SIGNATURE = 0x64, 0x74, 0x75
FLASH_BYTES = 32 * 1024


class Board:
    """On a pty at `link` while its context lasts.

    `flash` is what was written, `resets` counts openings of the port (two of them within 2 ms are one). `old` and `new`
    None: what is there before, or was written, is no firmware of bard. `mute`: the bootloader does not answer.
    """

    def __init__(
        self,
        link: Path,
        *,
        old: tuple[int, int, int] | None = OLD,
        new: tuple[int, int, int] | None = NEW,
        signature: bytes = SIGNATURE,
        protocol: int = 1,
        mute: bool = False,
    ) -> None:
        self.link = link
        self.flash = bytearray(b"\xff" * FLASH_BYTES)
        self.pages = 0
        self.resets = 0
        self.uid = b"a board!"
        self.open = False
        self._runs = old
        self._new = new
        self._signature = signature
        self._protocol = protocol
        self._mute = mute
        self._boot = 0
        self._bootloading = False
        self._address = 0
        self._buffer = bytearray()
        self._decoder = Decoder(FROM_HOST)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="a board with a bootloader")

    def __enter__(self) -> Self:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        self.link.symlink_to(os.ttyname(slave))
        os.close(slave)
        os.set_blocking(self._master, False)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)
        os.close(self._master)
        self.link.unlink()

    def _run(self) -> None:
        status_s = 0.0
        while not self._stop.wait(0.002):
            data = self._read()
            if self._bootloading:
                self._buffer += data
                self._serve()
                if self._bootloading and time.monotonic() > self._until_s:
                    self._start()
            elif self.open and self._runs is not None:
                self._obey(data)
                if time.monotonic() > status_s:
                    status_s = time.monotonic() + STATUS_S
                    self._say(encode(Status(self._boot, (0,) * 4, 0, 0, 0, 0, 5000, 0, 0)))

    def _read(self) -> bytes:
        """What came; the port's opening is a reset."""
        try:
            data = os.read(self._master, 4096)
        except OSError as error:
            opened = error.errno == errno.EAGAIN
            data = b""
        else:
            opened = True
        if opened and not self.open:
            self.resets += 1
            self._bootloading = True
            self._until_s = time.monotonic() + BOOTLOADER_S
            self._buffer.clear()
        self.open = opened
        return data

    def _say(self, data: bytes) -> None:
        if self.open:
            os.write(self._master, data)

    # The bootloader

    def _serve(self) -> None:
        while self._buffer and self._bootloading:
            command = self._buffer[0]
            length = _LENGTHS.get(command)
            if command == _WRITE:
                length = 3 + int.from_bytes(self._buffer[1:3], "big") if len(self._buffer) >= 3 else 3
            if self._mute or length is None:
                self._start()
                return
            if len(self._buffer) < length + 2:
                return
            body, end = bytes(self._buffer[1 : length + 1]), self._buffer[length + 1]
            del self._buffer[: length + 2]
            if end != _END:
                self._start()
                return
            self._until_s = time.monotonic() + BOOTLOADER_S
            self._say(_IN_SYNC + self._carry_out(command, body) + _OK)
            if command == _LEAVE:
                self._start()

    def _carry_out(self, command: int, body: bytes) -> bytes:
        if command == _PARAMETER:
            return {0x81: b"\x04", 0x82: b"\x04"}.get(body[0], b"\x03")
        if command == _SIGNATURE:
            return self._signature
        if command == _UNIVERSAL:
            return b"\0"
        if command == _ADDRESS:
            self._address = 2 * int.from_bytes(body, "little")
        elif command == _WRITE:
            self.flash[self._address : self._address + len(body) - 3] = body[3:]
            self.pages += 1
            self._runs = self._new
        elif command == _READ:
            return bytes(self.flash[self._address : self._address + int.from_bytes(body[:2], "big")])
        return b""

    # The firmware

    def _start(self) -> None:
        self._bootloading = False
        self._buffer.clear()
        self._boot += 1
        self._decoder = Decoder(FROM_HOST)
        if self._runs is not None:
            self._hello()

    def _hello(self) -> None:
        assert self._runs is not None
        self._say(encode(Hello(self._protocol, self._runs, self.uid, self._boot, 2, 4, 31)))

    def _obey(self, data: bytes) -> None:
        self._decoder.receive_data(data)
        while (command := self._decoder.next_event()) is not NEED_DATA:
            if isinstance(command, Command):
                self._say(encode(Answer(command.id, 0)))
                if command.verb == Verb.HELLO:
                    self._hello()
