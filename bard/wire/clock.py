"""A board's ticks -> the host's monotonic microseconds.

One law: mapped time never steps back, and no single frame moves it. The map is the lower envelope of arrival over
ticks (a frame can be late, never early), its slope included, since a resonator is off by up to 0.5 %. All arithmetic
of the map is in integers: the same bytes and arrivals give the same times. It reads no clock.
"""

from collections import deque

from msgspec import Struct

TICKS_WRAP = 1 << 32
_PPB = 1_000_000_000
_RATE_MOST_PPB = 8_000_000
_CORRECTION_MOST_PPB = 500_000
_ACQUIRING_MOST_PPB = 50_000_000
_ACQUIRING_WINDOWS = 10
_ACQUIRING_WINDOW_US = 100_000
_WINDOW_US = 1_000_000
_WINDOWS_KEPT = 30
_EARLY_US = 5_000
_JUMP_US = 1_000_000
_ENVELOPE_US = 300
_RESYNC_FRAMES = 3


class _Point(Struct):
    ticks: int
    arrival_us: int


class BoardClock:
    """Maps one board's ticks (u32 us, wrapping) to host time.

    `to_host` returns None for a frame whose ticks cannot be true: before the frame before it, or ahead of its own
    arrival by more than 5 ms (1 s while the map is being acquired). Three such frames that agree with one another
    mean that the board's counter has started anew, and so does the map.
    """

    def __init__(self) -> None:
        self._last_mapped_us: int | None = None
        self.restarts = -1
        self._suspect: _Point | None = None
        self._suspects = 0
        self.restart()

    def restart(self) -> None:
        """Forget the map, as after a hello with a new boot count; mapped time still never steps back."""
        self._anchor: _Point | None = None
        self._rate_ppb = 0
        self._ticks = 0
        self._windows: deque[_Point] = deque(maxlen=_WINDOWS_KEPT)
        self._windows_done = 0
        self._window_start = 0
        self._best: _Point | None = None
        self._best_delay_us = 0
        self.restarts += 1

    @property
    def acquiring(self) -> bool:
        """True in the first second, while the slope is being learnt."""
        return self._windows_done < _ACQUIRING_WINDOWS

    def to_host(self, ticks_u32: int, arrival_us: int) -> int | None:
        """Host time in us of `ticks_u32`, or None where the ticks cannot be true."""
        if self._anchor is None:
            self._begin(ticks_u32, arrival_us)
        ticks = self._unwrap(ticks_u32)
        mapped_us = self._line(ticks)
        early_us = mapped_us - arrival_us
        if ticks < self._ticks or early_us > (_JUMP_US if self.acquiring else _EARLY_US):
            return self._doubt(ticks_u32, arrival_us)
        self._suspects = 0
        self._ticks = ticks
        if early_us > 0 and self.acquiring:
            assert self._anchor is not None
            self._anchor.arrival_us -= early_us
            mapped_us = arrival_us
        self._observe(ticks, arrival_us, arrival_us - mapped_us)
        if self._last_mapped_us is not None and mapped_us < self._last_mapped_us:
            mapped_us = self._last_mapped_us
        self._last_mapped_us = mapped_us
        return mapped_us

    def _begin(self, ticks: int, arrival_us: int) -> None:
        self._anchor = _Point(ticks, arrival_us)
        self._ticks = self._window_start = ticks

    def _unwrap(self, ticks_u32: int) -> int:
        """The count nearest to the last one; half the wrap (36 minutes) tells forward from back."""
        ahead = (ticks_u32 - self._ticks) % TICKS_WRAP
        return self._ticks + (ahead if ahead < TICKS_WRAP // 2 else ahead - TICKS_WRAP)

    def _line(self, ticks: int) -> int:
        assert self._anchor is not None
        elapsed = ticks - self._anchor.ticks
        return self._anchor.arrival_us + elapsed + elapsed * self._rate_ppb // _PPB

    def _doubt(self, ticks_u32: int, arrival_us: int) -> int | None:
        before = self._suspect
        self._suspect = _Point(ticks_u32, arrival_us)
        agrees = before is not None and (
            (ticks_u32 - before.ticks) % TICKS_WRAP <= arrival_us - before.arrival_us + _JUMP_US
        )
        self._suspects = self._suspects + 1 if agrees and self._suspects else 1
        if self._suspects < _RESYNC_FRAMES:
            return None
        self._suspects = 0
        self.restart()
        return self.to_host(ticks_u32, arrival_us)

    def _observe(self, ticks: int, arrival_us: int, delay_us: int) -> None:
        if self._best is None or delay_us < self._best_delay_us:
            self._best, self._best_delay_us = _Point(ticks, arrival_us), delay_us
        window_us = _ACQUIRING_WINDOW_US if self.acquiring else _WINDOW_US
        if ticks - self._window_start < window_us:
            return
        self._windows.append(self._best)
        self._windows_done += 1
        self._window_start = ticks
        self._best = None
        if self._best_delay_us > _JUMP_US:
            self.restart()
            self._begin(ticks, arrival_us)
        elif len(self._windows) >= 2:
            self._steer(ticks)

    def _steer(self, ticks: int) -> None:
        """Turn the line towards the envelope, by at most 500 ppm, from where it stands now."""
        rate_ppb, target_us = _envelope(list(self._windows), ticks)
        here_us = self._line(ticks)
        error_us = target_us - here_us
        most_ppb = _ACQUIRING_MOST_PPB if self.acquiring else _CORRECTION_MOST_PPB
        horizon_us = _ACQUIRING_WINDOW_US if self.acquiring else _WINDOW_US
        correction_ppb = max(-most_ppb, min(most_ppb, error_us * _PPB // horizon_us))
        self._anchor = _Point(ticks, here_us)
        self._rate_ppb = rate_ppb + correction_ppb


def _envelope(points: list[_Point], ticks: int) -> tuple[int, int]:
    """Slope error (ppb) of the lower envelope of window minima, and the host time it gives `ticks`.

    A least-squares line, fitted again without the windows that stand high above it (every frame in them was late).
    """
    rate_ppb = _slope_ppb(points)
    low = _lowest(points, rate_ppb)
    kept = [point for point in points if _above(point, points[0], rate_ppb) <= low + _ENVELOPE_US]
    if 2 <= len(kept) < len(points):
        rate_ppb = _slope_ppb(kept)
    low = _lowest(points, rate_ppb)
    elapsed = ticks - points[0].ticks
    return rate_ppb, points[0].arrival_us + elapsed + elapsed * rate_ppb // _PPB + low


def _above(point: _Point, origin: _Point, rate_ppb: int) -> int:
    elapsed = point.ticks - origin.ticks
    return point.arrival_us - origin.arrival_us - elapsed - elapsed * rate_ppb // _PPB


def _lowest(points: list[_Point], rate_ppb: int) -> int:
    return min(_above(point, points[0], rate_ppb) for point in points)


def _slope_ppb(points: list[_Point]) -> int:
    n = len(points)
    first = points[0]
    xs = [point.ticks - first.ticks for point in points]
    ys = [point.arrival_us - first.arrival_us - x for point, x in zip(points, xs, strict=True)]
    sum_x = sum(xs)
    spread = n * sum(x * x for x in xs) - sum_x * sum_x
    if spread == 0:
        return 0
    slope = (n * sum(x * y for x, y in zip(xs, ys, strict=True)) - sum_x * sum(ys)) * _PPB // spread
    return max(-_RATE_MOST_PPB, min(_RATE_MOST_PPB, slope))
