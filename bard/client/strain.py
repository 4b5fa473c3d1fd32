"""A load that is high for long, and one that rises fast: both optional for a client.

One law: an unknown row ends no waiting and begins none; a rise is judged over rows that are all known. Loads come with
the guard added. It knows no condition.
"""

from collections import deque

RISE_OVER_US = 100_000
DEADBAND_KG = 2.0


class Strain:
    """`step` each row of a session; both bounds None: never."""

    def __init__(self) -> None:
        self._above_since_us: int | None = None
        self._recent: deque[tuple[int, float]] = deque()
        self.sustained = False
        self.rising = False

    def forget(self) -> None:
        """Nobody is on the client."""
        self._above_since_us = None
        self._recent.clear()
        self.sustained = self.rising = False

    def step(
        self, at_us: int, slow_kg: float, fast_kg: float, bound: tuple[float, float] | None, rate_kg_s: float | None
    ) -> None:
        """`bound`: kg, and seconds the client may bear more; `rate_kg_s`: the fastest rise allowed."""
        if bound is not None:
            self._stay(at_us, slow_kg, *bound)
        if rate_kg_s is not None:
            self._rise(at_us, fast_kg, rate_kg_s)

    def _stay(self, at_us: int, slow_kg: float, most_kg: float, most_s: float) -> None:
        if slow_kg > most_kg:
            if self._above_since_us is None:
                self._above_since_us = at_us
        elif slow_kg <= most_kg - DEADBAND_KG * self.sustained:
            self._above_since_us = None
            self.sustained = False
        if self._above_since_us is not None and at_us - self._above_since_us >= most_s * 1e6:
            self.sustained = True

    def _rise(self, at_us: int, fast_kg: float, rate_kg_s: float) -> None:
        recent = self._recent
        if fast_kg != fast_kg:
            recent.clear()
            self.rising = False
            return
        recent.append((at_us, fast_kg))
        while at_us - recent[0][0] > RISE_OVER_US:
            recent.popleft()
        first_us, first_kg = recent[0]
        over_s = (at_us - first_us) / 1e6
        self.rising = over_s >= RISE_OVER_US / 1e6 and fast_kg - first_kg > rate_kg_s * over_s
