"""What ails a cell or a line, in words with the number: the same in `bard status`, `bard doctor` and the alarms.

One law: words only. Who measures, and from which number on it matters, is elsewhere.
"""

LATE_PERIODS = 9
"""A limit is told up to so many conversion periods late: a board of 10 a second 0.9 s (bench/detection)."""


def noisy_words(noise_kg: float) -> str:
    """Scatter of single conversions above what is usual."""
    return f"noisy: single readings scatter by {noise_kg:.2f} kg or more; check supply and screen"


def gated_words(share: float) -> str:
    """The share of conversions that the spike gate refused."""
    return f"{share:.0%} single wrong readings: a poor link between amplifier and board"


def slow_words(rate_hz: float) -> str:
    """A chip that converts too slowly to watch a person."""
    late_s = LATE_PERIODS / rate_hz
    return f"runs at {rate_hz:.0f} a second: alarms up to {late_s:.1f} s late, half of the slips not seen"


def damaged_words(share: float) -> str:
    """The share of frames that came damaged."""
    return f"{share:.1%} of its frames are damaged: check the cable"
