"""The least that reading a board costs here: asyncio and os.read, nothing else. `python -m bench.floor PTY`.

Turns the stream on after a second (the bootloader), then reads until ended.
"""

import asyncio
import os
import sys
import tty

from bard.wire.commander import Commander
from bard.wire.frames import Verb


async def read(path: str) -> None:
    """Until the board is gone."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(fd)
    gone = asyncio.Event()

    def take() -> None:
        try:
            if not os.read(fd, 4096):
                gone.set()
        except OSError:
            gone.set()

    loop = asyncio.get_running_loop()
    loop.add_reader(fd, take)
    await asyncio.sleep(1.5)
    os.write(fd, Commander().command(Verb.STREAM, 1, now_us=0))
    await gone.wait()
    loop.remove_reader(fd)


if __name__ == "__main__":
    asyncio.run(read(sys.argv[1]))
