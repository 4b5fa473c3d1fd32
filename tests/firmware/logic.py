"""The firmware's logic as a process: requests in, one reply a line out (host/driver.cpp)."""

import subprocess
from collections.abc import Sequence

from . import build


def ask(requests: Sequence[str]) -> list[str]:
    """The replies of a fresh process; a sanitizer's complaint is an AssertionError."""
    text = "\n".join(requests) + "\n"
    done = subprocess.run([str(build.logic())], input=text, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    replies = done.stdout.split("\n")[:-1]
    assert len(replies) == len(requests)
    return replies
