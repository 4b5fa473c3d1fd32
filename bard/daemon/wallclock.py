"""The wall clock, and whether the kernel believes it: a Pi without a clock chip starts in the past."""

import ctypes
import time
from datetime import UTC, datetime
from pathlib import Path

_TIME_ERROR = 5
_TIMEX_BYTES = 256
_libc = ctypes.CDLL(None, use_errno=True)


def clock_trusted() -> bool:
    """True where the kernel's clock is kept by NTP (adjtimex, read only)."""
    state = _libc.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return bool(0 <= state < _TIME_ERROR)


def monotonic_us() -> int:
    """The one clock of the core's inputs."""
    return time.monotonic_ns() // 1000


def boot_id() -> str:
    """Which boot of the machine this is: monotonic times of another mean nothing here."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def wall_text(wall_s: float) -> str:
    """ISO 8601, UTC, to the millisecond."""
    return datetime.fromtimestamp(wall_s, UTC).isoformat(timespec="milliseconds")
