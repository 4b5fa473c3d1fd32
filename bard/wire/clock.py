"""A board's ticks -> the host's monotonic microseconds.

One law: mapped time never steps back, and no single frame moves it. The map is the lower envelope of arrival over
ticks (a frame can be late, never early), its slope included, since a resonator is off by up to 0.5 %. All arithmetic
of the map is in integers: the same bytes and arrivals give the same times. It reads no clock.
"""

from collections import deque
from itertools import pairwise
from typing import NamedTuple

TICKS_WRAP = 1 << 32
_PPB = 1_000_000_000
_RATE_MOST_PPB = 8_000_000
_CORRECTION_MOST_PPB = 500_000
_ACQUIRING_WINDOWS = 10
_ACQUIRING_WINDOW_US = 100_000
_WINDOW_US = 1_000_000
_WINDOWS_KEPT = 30
_WINDOWS_OF_AGE = 8
"""A window lasts an eighth of the map's age, 0.1 to 1 s: the slope is looked at often while it is poorly known."""
_EARLY_US = 5_000
_JUMP_US = 1_000_000
_LOST_US = 50_000
"""Every frame of a second later than this: the board's counter has stood still, and the map begins anew."""
_RESYNC_FRAMES = 3


class _Point(NamedTuple):
    """A frame as the envelope sees it: how late against the line of its time, and where it stands."""

    late_us: int
    ticks: int
    arrival_us: int


_NO_POINT = _Point(1 << 62, 0, 0)


class BoardClock:
    """Maps one board's ticks (u32 us, wrapping) to host time.

    `to_host` returns None for a frame whose ticks cannot be true: more than 1 s before the newest believed, or ahead
    of its own arrival by more than 5 ms (1 s while the map is being acquired). Three such frames in a row that agree
    with one another mean that the board's counter has started anew, and so does the map. A frame a little before the
    newest is taken (the newest may have been the wrong one) and gets the newest's time.
    """

    def __init__(self) -> None:
        self._last_mapped_us = -(1 << 62)
        self._ticks = self._line_ticks = self._line_us = self._rate_ppb = 0
        self._early_us = self._window_end_us = self._begun_us = 0
        self._best = self._second = _NO_POINT
        self.restarts = -1
        self.restart()

    def restart(self) -> None:
        """Forget the map, as after a hello with a new boot count; mapped time still never steps back."""
        self.restarts += 1
        self._begun = False
        self._suspects: list[tuple[int, int]] = []
        self._windows: deque[_Point] = deque(maxlen=_WINDOWS_KEPT)
        self._windows_done = 0

    @property
    def acquiring(self) -> bool:
        """True in the first second, while the slope is being learnt."""
        return self._windows_done < _ACQUIRING_WINDOWS

    def to_host(self, ticks_u32: int, arrival_us: int) -> int | None:
        """Host time in us of `ticks_u32`, never later than its arrival, or None where the ticks cannot be true."""
        if not self._begun:
            self._begin(ticks_u32, arrival_us)
        ahead = (ticks_u32 - self._ticks) % TICKS_WRAP
        if ahead >= TICKS_WRAP // 2:
            ahead -= TICKS_WRAP
        ticks = self._ticks + ahead
        mapped_us = self._line(ticks)
        late_us = arrival_us - mapped_us
        if ahead < -_JUMP_US or late_us < -self._early_us:
            return self._doubt(ticks_u32, arrival_us)
        if self._suspects:
            self._suspects.clear()
        if ahead > 0:
            self._ticks = ticks
        if late_us < self._second.late_us:
            self._best, self._second = sorted((self._best, self._second, _Point(late_us, ticks, arrival_us)))[:2]
        if arrival_us >= self._window_end_us:
            self._close_window(arrival_us)
        if late_us < 0:
            mapped_us = arrival_us
        if mapped_us > self._last_mapped_us:
            self._last_mapped_us = mapped_us
        return self._last_mapped_us

    def _begin(self, ticks: int, arrival_us: int) -> None:
        self._begun = True
        self._begun_us = arrival_us
        self._ticks = self._line_ticks = ticks
        self._line_us = arrival_us
        self._rate_ppb = 0
        self._early_us = _JUMP_US
        self._open_window(arrival_us)

    def _line(self, ticks: int) -> int:
        elapsed = ticks - self._line_ticks
        return self._line_us + elapsed + elapsed * self._rate_ppb // _PPB

    def _doubt(self, ticks_u32: int, arrival_us: int) -> int | None:
        """Three in a row, each not before the last and not ahead of it by more than 1 s against arrival, are right."""
        if self._suspects:
            ticks, us = self._suspects[-1]
            if (ticks_u32 - ticks) % TICKS_WRAP > arrival_us - us + _JUMP_US:
                self._suspects.clear()
        self._suspects.append((ticks_u32, arrival_us))
        if len(self._suspects) < _RESYNC_FRAMES:
            return None
        self.restart()
        return self.to_host(ticks_u32, arrival_us)

    def _open_window(self, arrival_us: int) -> None:
        self._best = self._second = _NO_POINT
        age_us = arrival_us - self._begun_us
        self._window_end_us = arrival_us + max(_ACQUIRING_WINDOW_US, min(_WINDOW_US, age_us // _WINDOWS_OF_AGE))

    def _close_window(self, arrival_us: int) -> None:
        """Keep the window's least late frame. One that is early (below the line) needs a second to bear it out."""
        point = self._best if self._best.late_us >= 0 else self._second
        if point is _NO_POINT:
            return
        if point.late_us > (_JUMP_US if self.acquiring else _LOST_US):
            self.restart()
            return
        self._windows.append(point)
        self._windows_done += 1
        self._steer()
        self._open_window(arrival_us)

    def _steer(self) -> None:
        """Turn the line towards the envelope, from where it stands now and by at most 500 ppm once acquired."""
        ticks = self._ticks
        rate_ppb, target_us = _envelope(list(self._windows), ticks)
        here_us = self._line(ticks)
        if self._windows_done <= _ACQUIRING_WINDOWS:
            here_us = target_us
        correction_ppb = (target_us - here_us) * _PPB // _WINDOW_US
        self._line_ticks, self._line_us = ticks, here_us
        self._rate_ppb = rate_ppb + max(-_CORRECTION_MOST_PPB, min(_CORRECTION_MOST_PPB, correction_ppb))
        self._early_us = _JUMP_US if self.acquiring else _EARLY_US


def _envelope(points: list[_Point], ticks: int) -> tuple[int, int]:
    """Slope error (ppb) of the line that bears the points from below, and its host time at `ticks`.

    It is the edge of their lower hull over the middle of their span: a window whose every frame was late bends nothing.
    """
    origin = points[0]
    over = [(point.ticks - origin.ticks, point.arrival_us - point.ticks) for point in sorted(points, key=_by_ticks)]
    middle = (over[0][0] + over[-1][0]) // 2
    rate_ppb = 0
    for (x0, y0), (x1, y1) in pairwise(_lower_hull(over)):
        rate_ppb = (y1 - y0) * _PPB // (x1 - x0)
        if x1 > middle:
            break
    rate_ppb = max(-_RATE_MOST_PPB, min(_RATE_MOST_PPB, rate_ppb))
    low = min(y - x * rate_ppb // _PPB for x, y in over)
    return rate_ppb, ticks + low + (ticks - origin.ticks) * rate_ppb // _PPB


def _by_ticks(point: _Point) -> tuple[int, int]:
    return point.ticks, point.arrival_us


def _lower_hull(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of points in rising order; one of several at the same place, the lowest."""
    hull: list[tuple[int, int]] = []
    for x, y in points:
        if hull and hull[-1][0] == x:
            continue
        while len(hull) >= 2 and (hull[-1][0] - hull[-2][0]) * (y - hull[-2][1]) <= (x - hull[-2][0]) * (
            hull[-1][1] - hull[-2][1]
        ):
            hull.pop()
        hull.append((x, y))
    return hull
