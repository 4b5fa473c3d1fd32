"""An open port: bytes come by callback with the time at which they were read, bytes go out if they fit.

One law: nothing here waits. A write that does not fit is dropped and counted; a port that is gone says so once, with
b"", and is then as good as closed. It knows no protocol; who opens a port, and again, is elsewhere.
"""

import contextlib
import os
import queue
import threading
import time
from asyncio import AbstractEventLoop, get_running_loop
from collections.abc import Callable
from typing import Protocol

import serial

OnData = Callable[[bytes, int], None]
"""Takes the bytes and the time of their read (host us); b"" once, when the port is gone."""
_READ_BYTES = 4_096
_WAITING_BYTES = 4_096
"""What a thread's port holds for a slow line: 80 ms of 500000 baud."""


def monotonic_us() -> int:
    """The host's clock."""
    return time.monotonic_ns() // 1_000


class Port(Protocol):
    """One end of a link. `has_baud`: there is a rate to be set. `dropped`: bytes a write could not place."""

    has_baud: bool
    dropped: int

    def write(self, data: bytes) -> bool:
        """Send; False if not all of it was taken."""

    def set_baud(self, baud: int) -> None:
        """Change the rate without closing, so that DTR keeps still; what came in at the old rate is dropped."""

    def close(self) -> None:
        """Close; nothing is reported after this."""


class Tap(Protocol):
    """Sees what passes (pyserial's spy:// formatters)."""

    def rx(self, data: bytes) -> None: ...

    def tx(self, data: bytes) -> None: ...


class FdPort:
    """A file descriptor read by the loop. `on_close` closes it; `on_baud`, where there is one, sets the rate."""

    def __init__(
        self,
        fd: int,
        on_data: OnData,
        now_us: Callable[[], int],
        *,
        on_close: Callable[[], None],
        on_baud: Callable[[int], None] | None = None,
        tap: Tap | None = None,
    ) -> None:
        self.has_baud = on_baud is not None
        self.dropped = 0
        self._fd = fd
        self._on_data = on_data
        self._now_us = now_us
        self._on_close = on_close
        self._on_baud = on_baud
        self._tap = tap
        self._open = True
        os.set_blocking(fd, False)
        self._loop = get_running_loop()
        self._loop.add_reader(fd, self._read)

    def write(self, data: bytes) -> bool:
        written = 0
        if self._open:
            with contextlib.suppress(OSError):  # full (EAGAIN), or gone, of which the read side tells
                written = os.write(self._fd, data)
        if self._tap is not None:
            self._tap.tx(data[:written])
        self.dropped += len(data) - written
        return written == len(data)

    def set_baud(self, baud: int) -> None:
        if self._open and self._on_baud is not None:
            self._on_baud(baud)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._loop.remove_reader(self._fd)
            self._on_close()

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        now_us = self._now_us()
        if not data:
            self.close()
        elif self._tap is not None:
            self._tap.rx(data)
        self._on_data(data, now_us)


class ThreadPort:
    """A pyserial port without a file descriptor of its own: one thread reads, one writes, the loop waits for neither.

    `device` reads with a time-out. It is closed by its own reader, since some kinds take seconds to do so.
    """

    def __init__(
        self, device: "serial.SerialBase", on_data: OnData, now_us: Callable[[], int], *, has_baud: bool
    ) -> None:
        self.has_baud = has_baud
        self.dropped = 0
        self._device = device
        self._on_data = on_data
        self._now_us = now_us
        self._open = True
        self._loop: AbstractEventLoop = get_running_loop()
        self._orders: queue.SimpleQueue[bytes | int | None] = queue.SimpleQueue()
        self._waiting = 0
        self._writer = threading.Thread(target=self._write_all, name="bard port writer", daemon=True)
        self._reader = threading.Thread(target=self._read_all, name="bard port reader", daemon=True)
        self._writer.start()
        self._reader.start()

    def write(self, data: bytes) -> bool:
        if not self._open or self._waiting + len(data) > _WAITING_BYTES:
            self.dropped += len(data)
            return False
        self._waiting += len(data)
        self._orders.put(data)
        return True

    def set_baud(self, baud: int) -> None:
        self._orders.put(baud)

    def close(self) -> None:
        if self._open:
            self._open = False
            self._orders.put(None)

    # On the loop, sent by the threads

    def _deliver(self, data: bytes, at_us: int) -> None:
        if self._open:
            if not data:
                self.close()
            self._on_data(data, at_us)

    def _written(self, size: int, dropped: int) -> None:
        self._waiting -= size
        self.dropped += dropped

    # In the threads

    def _call(self, function: Callable[..., None], *args: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(function, *args)

    def _read_all(self) -> None:
        device = self._device
        try:
            while self._open:
                data = device.read(1)
                if data:
                    data += device.read(min(device.in_waiting, _READ_BYTES))
                    self._call(self._deliver, bytes(data), self._now_us())
        except (OSError, ValueError, TypeError):  # gone; pyserial raises the last two where its socket went away
            self._call(self._deliver, b"", self._now_us())
        finally:
            self._orders.put(None)
            with contextlib.suppress(OSError):
                device.close()

    def _write_all(self) -> None:
        while (order := self._orders.get()) is not None:
            if isinstance(order, int):
                with contextlib.suppress(OSError, ValueError):  # gone, of which the read side tells; or not possible
                    self._device.baudrate = order
                    self._device.reset_input_buffer()
                continue
            dropped = 0
            try:
                self._device.write(order)
            except (OSError, ValueError, queue.Full):
                dropped = len(order)
            self._call(self._written, len(order), dropped)


class VirtualPort:
    """A port without a line: `on_write` takes what is sent, which always fits. `tell` brings what it says."""

    has_baud = False

    def __init__(self, on_data: OnData, *, on_write: Callable[[bytes], None], on_close: Callable[[], None]) -> None:
        self.dropped = 0
        self._on_data = on_data
        self._on_write = on_write
        self._on_close = on_close
        self._open = True

    def tell(self, data: bytes, now_us: int) -> None:
        """The far side has sent `data`; b"": it is gone."""
        if self._open:
            self._open = bool(data)
            self._on_data(data, now_us)

    def write(self, data: bytes) -> bool:
        if self._open:
            self._on_write(data)
            return True
        self.dropped += len(data)
        return False

    def set_baud(self, baud: int) -> None:
        """There is none."""

    def close(self) -> None:
        if self._open:
            self._open = False
            self._on_close()
