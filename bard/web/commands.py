"""bard's own commands, each in a process of its own, for what a page asks that takes long.

One law: a command is ended after its time, and with this process; what it says is kept within bounds, and its last
line is what a person is told where it fails. It knows no role and no page.
"""

import asyncio
import contextlib
import os
import signal
import sys

from msgspec import Struct

from bard.errors import LinkError

_MOST_SAID = 8 * 1024 * 1024
_MOST_WORDS = 300
_CHUNK = 64 * 1024


class Said(Struct, frozen=True):
    """What came of it. `complaint`: its last line on stderr, for a person."""

    status: int
    out: bytes
    complaint: str


async def run(config: str, *arguments: str, limit_s: float) -> Said:
    """`bard --config config arguments...` to its end. Raises LinkError where it takes longer, or says too much."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bard", "--config", config, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(limit_s):
            out, complaint = await asyncio.gather(_kept(process.stdout), _kept(process.stderr))
            return Said(await process.wait(), out, _last_line(complaint))
    except TimeoutError:
        raise LinkError(f"bard {arguments[0]} took more than {limit_s:g} s and was ended") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _kept(stream: asyncio.StreamReader) -> bytes:
    parts, size = [], 0
    while part := await stream.read(_CHUNK):
        size += len(part)
        if size > _MOST_SAID:
            raise LinkError("the command says more than a page can show")
        parts.append(part)
    return b"".join(parts)


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return (lines[-1] if lines else "the command ended without a word").removeprefix("bard: ")[:_MOST_WORDS]
