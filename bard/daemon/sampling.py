"""The counts of every cell, row by row, for as long as somebody looks or a reading is taken.

One law: it only looks at what the core has read anyway, costs nothing while nobody looks, and knows no procedure.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from bard.commission.readings import FREE, Readings
from bard.commission.told import LiveCell
from bard.monitor import Monitor
from bard.weigh.state import FIRST_FAULT, IN_WORDS, CellState

_POLL_S = 0.005
_LIVE_ROWS = 100
_LOOKED_S = 5.0


class Sampling:
    """`look` now and then for what is live; `collect` for a reading. `monitor` gives the present core."""

    def __init__(self, monitor: Callable[[], Monitor]) -> None:
        self._monitor = monitor
        self._recent: list[deque[tuple[int, CellState]]] = []
        self._collecting: list[Readings] | None = None
        self._until_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def look(self) -> tuple[LiveCell, ...]:
        """Every cell over the last second, in the room's order."""
        self._keep_on(_LOOKED_S)
        room = self._monitor().settings.room
        supports = [support.name for support in room.supports for _ in support.cells]
        recent = self._recent or [deque[tuple[int, CellState]]() for _ in room.cells]
        return tuple(
            _live(cell.key, name, support, rows)
            for cell, name, support, rows in zip(room.cells, room.cell_names, supports, recent, strict=True)
        )

    async def collect(self, seconds: float) -> list[Readings]:
        """Readings of every cell over that time, in the room's order."""
        collected = [Readings(name) for name in self._monitor().settings.room.cell_names]
        self._collecting = collected
        self._keep_on(seconds + _LOOKED_S)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._collecting = None
        return collected

    def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    def _keep_on(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._until_s = max(self._until_s, loop.time() + seconds)
        if self._task is None or self._task.done():
            self._recent = [deque(maxlen=_LIVE_ROWS) for _ in self._monitor().settings.room.cells]
            self._task = loop.create_task(self._poll())

    async def _poll(self) -> None:
        loop = asyncio.get_running_loop()
        rows = -1
        while loop.time() < self._until_s:
            monitor = self._monitor()
            if monitor.rows != rows:
                rows = monitor.rows
                for index, (counts, state) in enumerate(monitor.readings):
                    self._recent[index].append((counts, state))
                    if self._collecting is not None:
                        self._collecting[index].take(counts, state)
            await asyncio.sleep(_POLL_S)


def _live(key: str, name: str, support: str, rows: "deque[tuple[int, CellState]]") -> LiveCell:
    worst = max((state for _, state in rows), default=CellState.SILENT)
    now = rows[-1][1] if rows else CellState.SILENT
    good = Readings(name)
    for counts, state in rows:
        good.take(counts, min(state, CellState.SETTLING))
    if now >= CellState.SETTLING or worst >= FIRST_FAULT or good.sd_counts == 0:
        words = IN_WORDS[max(now, worst)] if max(now, worst) >= CellState.SETTLING else "the same reading all the time"
        return LiveCell(key, name, support, None, None, "faulty", words)
    mean, _ = good.ends_counts(1)
    first, last = good.ends_counts(2)
    still = good.sd_counts <= FREE.sd_counts and abs(last - first) <= FREE.drift_counts
    words = "still" if still else f"moving by {max(good.sd_counts, abs(last - first)):.0f} counts"
    return LiveCell(key, name, support, mean, good.sd_counts, "still" if still else "moving", words)
