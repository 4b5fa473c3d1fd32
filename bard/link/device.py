"""Opens what a real board hangs on: a serial device, a socket, or another of pyserial's URLs.

One law: a device has one owner, and closing it makes no edge on DTR: a board is not reset by a daemon that crashed.
What may wait (a driver, a network) waits in a thread of its own, never on the loop. It reads no byte.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import socket
import stat
import termios
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import serial

from bard.errors import LinkError
from bard.link.port import FdPort, OnData, Port, ThreadPort
from bard.link.urls import DEVICE, PortUrl

DEFAULT_BAUD = 500_000
_CONNECT_S = 3.0
_READ_S = 0.1
_DRAIN_S = 0.02
"""A thousand bytes at 500000 baud."""
_LIVELINESS = (
    (socket.TCP_KEEPIDLE, 2),
    (socket.TCP_KEEPINTVL, 1),
    (socket.TCP_KEEPCNT, 3),
    (socket.TCP_USER_TIMEOUT, 5_000),
)
"""A peer that lost its power says nothing more: the connection is gone after 5 s."""
_PTY_MAJORS = range(136, 144)
_GONE = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO}
_WORDS = {
    **dict.fromkeys(_GONE, "no such port"),
    errno.EACCES: "no permission: add this user to the group dialout",
    errno.EPERM: "no permission: add this user to the group dialout",
    errno.EBUSY: "in use by another program",
    errno.EAGAIN: "in use by another program",
    errno.ENOTTY: "not a serial port",
}

T = TypeVar("T")


async def open_device(url: PortUrl, baud: int | None, on_data: OnData, now_us: Callable[[], int]) -> Port:
    """Open the port of `url`, one of pyserial's kinds or a device. Raises LinkError, in words for people."""
    if url.kind == "socket":
        address = url.address()
        connection = await in_thread(lambda: _connect(address), socket.socket.close)
        return FdPort(connection.fileno(), on_data, now_us, on_close=connection.close)
    device = await in_thread(lambda: _open_serial(url, baud or DEFAULT_BAUD), _close)
    if url.kind not in (DEVICE, "spy"):
        return ThreadPort(device, on_data, now_us, has_baud=url.kind == "rfc2217")
    return FdPort(
        device.fileno(),
        on_data,
        now_us,
        on_close=lambda: _close(device),
        on_baud=None if _is_pty(device.fileno()) else lambda baud: _set_baud(device, baud),
        tap=getattr(device, "formatter", None),
    )


async def in_thread(make: Callable[[], T], undo: Callable[[T], None]) -> T:
    """The result of `make`, called in a thread that ends with it; undone where nobody waits for it any more."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def hand_over(result: T) -> None:
        if future.done():
            undo(result)
        else:
            future.set_result(result)

    def fail(error: Exception) -> None:
        if not future.done():
            future.set_exception(error)

    def work() -> None:
        try:
            result = make()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it is waited for
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(fail, error)
            return
        try:
            loop.call_soon_threadsafe(hand_over, result)
        except RuntimeError:  # the loop is closed
            undo(result)

    threading.Thread(target=work, name="bard port opener", daemon=True).start()
    try:
        return await future
    except asyncio.CancelledError:
        if future.done() and not future.cancelled() and future.exception() is None:
            undo(future.result())
        raise


def _connect(address: tuple[str, int]) -> socket.socket:
    try:
        connection = socket.create_connection(address, timeout=_CONNECT_S)
    except OSError as error:
        raise LinkError(f"no connection: {error.strerror or error}") from None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _LIVELINESS:
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
    return connection


def _open_serial(url: PortUrl, baud: int) -> "serial.SerialBase":
    on_tty = url.kind in (DEVICE, "spy")
    options: dict[str, object] = {"exclusive": True, "timeout": 0} if on_tty else {"timeout": _READ_S}
    if url.kind == "loop":
        options["write_timeout"] = 1.0
    device = None
    try:
        device = serial.serial_for_url(
            url.target if url.kind == DEVICE else url.text, do_not_open=True, baudrate=baud, **options
        )
        device.open()
        if on_tty:
            _own(device.fileno())
            _hurry(device)
    except (OSError, ValueError, termios.error) as error:
        if device is not None:
            _close(device)
        raise LinkError(_in_words(error)) from None
    return device


def _own(fd: int) -> None:
    """Raw, no DTR edge when it is closed, and nobody else's. A read finds nothing (EAGAIN) while nothing is there:
    with pyserial's VMIN of 0 it would find b"", which is how a line that is gone reads.

    A pty keeps TIOCEXCL until its other end is closed too, so that after a crash nobody could open it again: there
    pyserial's flock must do.
    """
    flags = termios.tcgetattr(fd)
    flags[0] = flags[1] = flags[3] = 0
    flags[2] &= ~termios.HUPCL
    flags[6][termios.VMIN], flags[6][termios.VTIME] = 1, 0
    termios.tcsetattr(fd, termios.TCSANOW, flags)
    if not _is_pty(fd):
        fcntl.ioctl(fd, termios.TIOCEXCL)


def _hurry(device: "serial.Serial") -> None:
    """Ask the driver not to collect bytes (FTDI: 16 ms); a pty and some drivers cannot."""
    with contextlib.suppress(ValueError):
        device.set_low_latency_mode(True)


def _is_pty(fd: int) -> bool:
    status = os.fstat(fd)
    return stat.S_ISCHR(status.st_mode) and os.major(status.st_rdev) in _PTY_MAJORS


def _set_baud(device: "serial.Serial", baud: int) -> None:
    with contextlib.suppress(OSError, ValueError, termios.error):  # gone, of which the read side tells
        device.baudrate = baud
        _own(device.fileno())
        device.reset_input_buffer()


def _close(device: "serial.SerialBase") -> None:
    """Close; what was just written gets a moment to leave, and no more (a driver waits up to 30 s for it).

    A pty never waits, and flushing it would take away what its other end has not read yet.
    """
    if device.is_open and isinstance(device, serial.Serial) and not _is_pty(device.fileno()):
        with contextlib.suppress(OSError, termios.error):
            end_s = time.monotonic() + _DRAIN_S
            while device.out_waiting and time.monotonic() < end_s:
                time.sleep(0.001)
            device.reset_output_buffer()
    output = getattr(getattr(device, "formatter", None), "output", None)
    with contextlib.suppress(OSError):
        device.close()
    if output is not None and output.fileno() > 2:
        output.close()


def _in_words(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number is None and isinstance(error, termios.error):
        number = error.args[0]
    words = _WORDS.get(number) if number is not None else None
    return words or ("not a serial port" if "Inappropriate ioctl" in str(error) else f"cannot be opened: {error}")
