"""How often something may be tried.

One law: a bucket per name that refills with time, and a bounded number of names; whoever is over is refused at once,
nothing waits. It asks no clock.
"""

from collections import OrderedDict


class Bucket:
    """`burst` at once, then one each `period_s`."""

    def __init__(self, burst: int, period_s: float) -> None:
        self._burst = burst
        self._period_s = period_s
        self._full_at_s = 0.0
        """When all of it is back."""

    def take(self, now_s: float) -> bool:
        """Take one; False where there is none."""
        full_at_s = max(self._full_at_s, now_s) + self._period_s
        if full_at_s - now_s > self._burst * self._period_s:
            return False
        self._full_at_s = full_at_s
        return True

    def give_back(self) -> None:
        """One that was taken was no abuse."""
        self._full_at_s -= self._period_s


class Limiter:
    """A bucket for each name, and one for all together that is `shared` times as large."""

    MOST_NAMES = 1000

    def __init__(self, burst: int, period_s: float, shared: int = 6) -> None:
        self._burst, self._period_s = burst, period_s
        self._all = Bucket(burst * shared, period_s / shared)
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, name: str, now_s: float) -> bool:
        """Take one of this name; False where there is none, or none left for all."""
        bucket = self._buckets.setdefault(name, Bucket(self._burst, self._period_s))
        self._buckets.move_to_end(name)
        if len(self._buckets) > self.MOST_NAMES:
            self._buckets.popitem(last=False)
        return bucket.take(now_s) and self._all.take(now_s)

    def give_back(self, name: str) -> None:
        """One that this name took was no abuse."""
        self._all.give_back()
        if name in self._buckets:
            self._buckets[name].give_back()
