"""A board with two cells on a pty, of which each can be pulled; a process of its own, told by lines on its stdin.

python -m tests.cli.pulled FOLDER    makes FOLDER/board; "0 12" puts 12 kg on channel 0
"""

import asyncio
import random
import sys
from pathlib import Path

from bard.wire.frames import Conversion, Samples
from tests.link.board import PtyBoard

COUNTS_PER_KG = 20_000
_PERIOD_S = 0.0125


class Pulled(PtyBoard):
    """80 conversions a second of each channel."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.kg = [0.0, 0.0]
        self._random = random.Random(5)

    def _convert(self) -> None:
        self._timer = self._loop.call_later(_PERIOD_S, self._convert)
        if not self.streaming:
            return
        ticks_us = int(self._loop.time() * 1e6) & 0xFFFFFFFF
        counts = [round(1_000 + kg * COUNTS_PER_KG + self._random.gauss(0, 150)) for kg in self.kg]
        conversions = tuple(Conversion(channel, 100, one) for channel, one in enumerate(counts))
        self.send(Samples(self._seq & 0xFFFF, ticks_us, 0, conversions))
        self._seq += 1


async def _main(folder: Path) -> None:
    board = Pulled(folder)
    loop = asyncio.get_running_loop()
    print("ready", flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        channel, kg = line.split()
        board.kg[int(channel)] = float(kg)
    board.pull()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
