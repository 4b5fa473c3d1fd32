"""A board's port left to another program for a while (`bard flash`).

One law: never in a session, and never for ever: the port is taken again when the time is over, if not before. To the
core a released board is one whose link is gone.
"""

import asyncio
from collections.abc import Callable, Mapping

from bard.link.port import monotonic_us
from bard.link.reader import BoardData, BoardReader


class Releasing:
    """`on_data` is told that the link is gone, as a reader would tell it."""

    def __init__(self, readers: Mapping[str, BoardReader], on_data: BoardData, in_session: Callable[[], bool]) -> None:
        self._readers = readers
        self._on_data = on_data
        self._in_session = in_session
        self._timers: dict[str, asyncio.TimerHandle] = {}
        """Of the boards that are released: when they are taken again."""

    def release(self, board: str, seconds: float) -> str | None:
        """Let go of the port for so long; 0 takes it again. Returns None, or why not."""
        reader = self._readers.get(board)
        if reader is None:
            return f"no board {board!r}; allowed: {', '.join(self._readers)}"
        if seconds == 0:
            self._take(board)
            return None
        if self._in_session():
            return "a session runs: end it before a board is released"
        self._let_go(board, reader)
        self._timers[board] = asyncio.get_running_loop().call_later(seconds, self._take, board)
        return None

    def _let_go(self, board: str, reader: BoardReader) -> None:
        timer = self._timers.pop(board, None)
        if timer is not None:
            timer.cancel()
            return
        reader.close()
        reader.state = "released to another program"
        self._on_data(board, b"", monotonic_us())

    def _take(self, board: str) -> None:
        timer = self._timers.pop(board, None)
        if timer is not None:
            timer.cancel()
            self._readers[board].start()
