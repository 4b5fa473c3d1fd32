"""What a program says on a terminal of ours."""

import os
import select
import time


def heard_until(terminal: int, end: str, limit_s: float = 30.0) -> str:
    """What it said up to `end`, which must come last."""
    heard = ""
    until_s = time.monotonic() + limit_s
    while not heard.rstrip("\r\n").endswith(end.rstrip("\r\n")):
        assert time.monotonic() < until_s, heard
        if select.select([terminal], [], [], 0.1)[0]:
            heard += os.read(terminal, 4096).decode()
    return heard
