"""Conversions of all boards -> rows on one 10 ms grid.

One law: a closed row never changes. A row closes when every live board has delivered a frame stamped a margin past
it, or when its time limit is over; a conversion that comes later belongs to the next row and is counted late. The grid
knows nothing of counts and loads, and no clock: time comes with each call.
"""

from collections import deque

from msgspec import Struct

from bard.settings import WireSettings

_LIVE_US = 100_000
_NEVER = -(1 << 62)

Placed = tuple[int, int, int]
"""A conversion in a row: cell index, host time in us, counts."""


class Row(Struct):
    """One instant of the grid and the conversions that came in for it, in order of arrival."""

    at_us: int
    conversions: list[Placed]


class Grid:
    """Feed `add` and `advance` (frames) and `expire` (timer); pull with `next_row` until None."""

    def __init__(self, settings: WireSettings, boards: int) -> None:
        self._settings = settings
        self._next_us: int | None = None
        self._closed_us = _NEVER
        self._reached_us = [_NEVER] * boards
        self._pending: list[Placed] = []
        self._closed: deque[Row] = deque()
        self.late = 0

    def begin(self, now_us: int) -> None:
        """The first row is the first instant of the grid after `now_us`; later calls change nothing."""
        if self._next_us is None:
            self._next_us = now_us - now_us % self._settings.row_us + self._settings.row_us

    @property
    def next_timer_us(self) -> int:
        """When the open row's time limit is over. Call `begin` first."""
        assert self._next_us is not None
        return self._next_us + self._settings.row_close_after_us

    def add(self, cell: int, at_us: int, counts: int) -> None:
        """A conversion of `cell`, ready at host time `at_us`. Call before `advance` of its frame."""
        if at_us <= self._closed_us:
            self.late += 1
        self._pending.append((cell, at_us, counts))

    def advance(self, board: int, mapped_us: int) -> None:
        """Board `board` has delivered a frame with ticks at `mapped_us`: close what that completes."""
        assert self._next_us is not None
        if mapped_us <= self._reached_us[board]:
            return
        self._reached_us[board] = mapped_us
        while mapped_us >= self._next_us + self._settings.row_margin_us and self._complete(self._next_us):
            self._close()

    def lose(self, board: int) -> None:
        """Board `board` is gone: no row waits for it."""
        self._reached_us[board] = _NEVER

    def expire(self, now_us: int) -> None:
        """Close every row whose time limit is over at `now_us`."""
        while self.next_timer_us <= now_us:
            self._close()

    def next_row(self) -> Row | None:
        """The oldest closed row not yet pulled."""
        return self._closed.popleft() if self._closed else None

    def _complete(self, row_us: int) -> bool:
        live = [reached for reached in self._reached_us if reached > row_us - _LIVE_US]
        return bool(live) and min(live) >= row_us + self._settings.row_margin_us

    def _close(self) -> None:
        row_us = self._next_us
        assert row_us is not None
        taken = [placed for placed in self._pending if placed[1] <= row_us]
        if len(taken) == len(self._pending):
            self._pending = []
        else:
            self._pending = [placed for placed in self._pending if placed[1] > row_us]
        self._closed.append(Row(row_us, taken))
        self._closed_us = row_us
        self._next_us = row_us + self._settings.row_us
