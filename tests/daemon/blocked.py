"""`bard run` whose event loop stands still for BLOCK_S upon SIGUSR1, as one that somebody blocked by mistake would."""

import asyncio
import signal
import time

from bard.cli import main
from bard.daemon.app import Daemon

BLOCK_S = 4.0


class Blocked(Daemon):
    """The daemon as it is, and a way to hold up its loop."""

    async def run(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, time.sleep, BLOCK_S)
        await super().run()


if __name__ == "__main__":
    import bard.daemon.app

    bard.daemon.app.Daemon = Blocked  # type: ignore[misc]
    main()
