"""A board's own time, which a resonator makes run up to 0.5 % off (simulator.md, "Clock").

One law: integers only, and `at_us(ticks(t)) <= t`. Ticks are microseconds since boot, not wrapped.
"""

RESONATOR_PPM = 5_000
_MILLION = 1_000_000


class Resonator:
    """Runs `ppm` faster than true time, from `boot_us` on."""

    def __init__(self, ppm: int, boot_us: int) -> None:
        self._ppm = ppm
        self.boot_us = boot_us

    def ticks(self, at_us: int) -> int:
        """What the board's clock shows at `at_us`."""
        elapsed_us = at_us - self.boot_us
        return elapsed_us + elapsed_us * self._ppm // _MILLION

    def span(self, elapsed_us: int) -> int:
        """How long the board takes `elapsed_us` to be."""
        return elapsed_us + elapsed_us * self._ppm // _MILLION

    def at_us(self, ticks: int) -> int:
        """The first instant at which the board's clock shows `ticks` or more."""
        at_us = self.boot_us + ticks * _MILLION // (_MILLION + self._ppm)
        while self.ticks(at_us) < ticks:
            at_us += 1
        return at_us
