"""Two tugs on the bars: the one thing hands on the bars may say (estimate, section 4).

One law: all is measured from where the load was before the first tug and in that tug's own size; two short pulls,
alike, and calm before, between and after them. It only recognises: what a gesture may do, and when it counts for
nothing, is not known here. Nor are phase, client and alarm.
"""

from collections import deque
from collections.abc import Callable
from math import inf, nan

from bard.settings import GestureSettings


class Gesture:
    """`step` for each row; a few microseconds of plain Python.

    What the bars do is judged in one of five stages, each a method: wait for the first tug, be in it, wait for the
    second, be in it, see whether calm follows. Whatever does not fit ends in the first one.
    """

    def __init__(self, settings: GestureSettings) -> None:
        self._settings = settings
        self._start_kg = settings.tug_least_kg / 2
        self._forget()

    def step(self, at_us: int, fast_kg: float, slow_kg: float) -> bool:
        """Take one row: its instant (us), fast and slow bar load (kg, NaN unknown). True: two tugs, seen just now.

        An unknown load forgets everything.
        """
        if fast_kg != fast_kg or slow_kg != slow_kg:
            self._forget()
            return False
        self._latest_kg.append(fast_kg)
        load_kg = sorted(self._latest_kg)[len(self._latest_kg) // 2]
        self._remember(at_us, load_kg, slow_kg)
        self._rhythm.step(at_us, load_kg)
        return self._stage(at_us, load_kg)

    def _forget(self) -> None:
        self._rhythm = _Rhythm(self._settings)
        self._latest_kg: deque[float] = deque(maxlen=self._settings.median_rows)
        self._newest: deque[tuple[int, float, float]] = deque()
        self._before: deque[tuple[int, float]] = deque()
        self._from_us: int | None = None
        self._slow_foot_kg = nan
        self._give_up()

    def _give_up(self) -> bool:
        """Wait for a first tug; False, for whoever has not seen a gesture."""
        self._stage: Callable[[int, float], bool] = self._wait_for_first
        self._low_us: int | None = None
        return False

    def _remember(self, at_us: int, load_kg: float, slow_kg: float) -> None:
        """Rows up to `foot_us` old apart from those before them, of which `before_us` are kept."""
        settings, newest, before = self._settings, self._newest, self._before
        if self._from_us is None:
            self._from_us = at_us
        newest.append((at_us, load_kg, slow_kg))
        foot_us = at_us - settings.foot_us
        while newest[0][0] <= foot_us:
            row_us, row_kg, self._slow_foot_kg = newest.popleft()
            before.append((row_us, row_kg))
        while before and before[0][0] <= foot_us - settings.before_us:
            before.popleft()

    # The stages

    def _wait_for_first(self, at_us: int, load_kg: float) -> bool:
        """Until the load has risen by a tug's least height, out of no rhythm; what has not been low cannot rise."""
        above_kg = load_kg - self._slow_foot_kg
        if not above_kg >= self._start_kg:
            self._low_us = at_us
        elif self._low_us is not None and above_kg >= self._settings.tug_least_kg and self._is_calm_before(at_us):
            self._foot_kg, self._rise_us = self._slow_foot_kg, self._low_us
            before_kg = [row_kg for _, row_kg in self._before]
            self._spread_kg = max(max(before_kg) - self._foot_kg, self._foot_kg - min(before_kg))
            self._top_kg, self._top_us = above_kg, at_us
            self._stage = self._in_first
        return False

    def _is_calm_before(self, at_us: int) -> bool:
        """As far as it can be said before the tug's size is known."""
        settings, from_us = self._settings, self._from_us
        known = from_us is not None and at_us - from_us >= settings.foot_us + settings.before_us
        return known and not self._rhythm.is_kept_at(at_us)

    def _in_first(self, at_us: int, load_kg: float) -> bool:
        """Until it is back where it began."""
        settings = self._settings
        self._follow(at_us, load_kg)
        near_kg = self._top_kg * settings.near_share
        lasted_us = at_us - self._rise_us
        if lasted_us > settings.tug_most_us or self._top_kg > settings.tug_most_kg:
            return self._give_up()
        if load_kg - self._foot_kg > near_kg:
            return False
        if lasted_us < settings.tug_least_us or self._spread_kg > near_kg:
            return self._give_up()
        self._size_kg, self._near_kg = self._top_kg, near_kg
        self._first_us = self._top_us
        self._stage = self._wait_for_second
        return False

    def _wait_for_second(self, at_us: int, load_kg: float) -> bool:
        """Until it is halfway up again."""
        above_kg = load_kg - self._foot_kg
        if above_kg < -self._near_kg or at_us - self._first_us > self._settings.gap_most_us:
            return self._give_up()
        if above_kg <= self._size_kg / 2:
            self._rise_us = at_us
        else:
            self._top_kg, self._top_us = above_kg, at_us
            self._stage = self._in_second
        return False

    def _in_second(self, at_us: int, load_kg: float) -> bool:
        """Until it is back again, having been like the first."""
        settings = self._settings
        self._follow(at_us, load_kg)
        lasted_us = at_us - self._rise_us
        if lasted_us > settings.tug_most_us:
            return self._give_up()
        if load_kg - self._foot_kg > self._near_kg:
            return False
        alike = min(self._size_kg, self._top_kg) >= settings.alike_share * max(self._size_kg, self._top_kg)
        in_time = settings.gap_least_us <= self._top_us - self._first_us <= settings.gap_most_us
        if lasted_us < settings.tug_least_us or not alike or not in_time:
            return self._give_up()
        self._done_us = at_us
        self._stage = self._wait_for_calm
        return False

    def _wait_for_calm(self, at_us: int, load_kg: float) -> bool:
        """Two tugs and then nothing are a gesture."""
        if abs(load_kg - self._foot_kg) > self._near_kg:
            return self._give_up()
        if at_us - self._done_us < self._settings.after_us:
            return False
        self._give_up()
        return True

    def _follow(self, at_us: int, load_kg: float) -> None:
        """Where the top of this tug is."""
        above_kg = load_kg - self._foot_kg
        if above_kg > self._top_kg:
            self._top_kg, self._top_us = above_kg, at_us


class _Rhythm:
    """Swings of a load up and down, each from one turn to the next; a turn is what `rhythm_kg` of return makes."""

    def __init__(self, settings: GestureSettings) -> None:
        self._kg = settings.rhythm_kg
        self._least_us = settings.rhythm_least_us // 2
        self._most_us = settings.rhythm_most_us // 2
        self._uneven = settings.rhythm_uneven
        self._swings_us: deque[int] = deque([0] * settings.rhythm_swings, settings.rhythm_swings)
        self._sign = 1.0
        self._farthest_kg = -inf
        self._farthest_us = self._turn_us = 0

    def step(self, at_us: int, load_kg: float) -> None:
        signed_kg = load_kg * self._sign
        if signed_kg >= self._farthest_kg:
            self._farthest_kg, self._farthest_us = signed_kg, at_us
        elif self._farthest_kg - signed_kg > self._kg:
            self._swings_us.append(self._farthest_us - self._turn_us)
            self._turn_us = self._farthest_us
            self._sign = -self._sign
            self._farthest_kg, self._farthest_us = -signed_kg, at_us

    def is_kept_at(self, at_us: int) -> bool:
        """The last swings were in time and even, and it is not too long ago: a turn is known only as the next comes."""
        if at_us - self._turn_us > 2 * self._most_us:
            return False
        shortest_us, longest_us = min(self._swings_us), max(self._swings_us)
        return self._least_us <= shortest_us and longest_us <= min(self._most_us, self._uneven * shortest_us)
