"""Waiting for conditions, never for times; and a clock that can be set forward."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

from bard.link import monotonic_us

PATIENCE_S = 20.0


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine to its end, with a time-out."""
    asyncio.run(asyncio.wait_for(coroutine, 3 * PATIENCE_S))


async def until(condition: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Return as soon as `condition()` holds."""
    end_s = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end_s, f"not within {seconds} s: {condition}"
        await asyncio.sleep(0.002)


async def for_a_while(seconds: float) -> None:
    """Let the loop run so long, as where something must not happen."""
    end_s = time.monotonic() + seconds
    await until(lambda: time.monotonic() >= end_s)


class Clock:
    """The host's clock, with a skew that a test may raise."""

    def __init__(self) -> None:
        self.skew_us = 0

    def __call__(self) -> int:
        return monotonic_us() + self.skew_us


def held() -> tuple[int, list[str]]:
    """What this process holds: file descriptors, and threads that bard has started."""
    threads = [thread.name for thread in threading.enumerate() if "bard" in thread.name or "pySerial" in thread.name]
    return len(os.listdir("/proc/self/fd")), sorted(threads)
