"""The two output pins of the twin: which pattern each was given when, and whether the pin is high.

One law: pins follow `bard.settings.PATTERNS` and nothing else. Who may play is decided by `bard.simulate.guard`.
"""

from bisect import bisect_right

from bard.settings import PATTERNS, Rhythm


class Outputs:
    """Takes each change once, in order of time, and can be asked about any time."""

    def __init__(self) -> None:
        self._times_us = [-(1 << 62)]
        self._playing = [(0, 0)]

    @property
    def last(self) -> tuple[int, int]:
        """The pattern numbers now on vibrator and buzzer."""
        return self._playing[-1]

    def play(self, vibrator: int, buzzer: int, at_us: int) -> None:
        """From `at_us` on; a pattern already playing goes on without a restart."""
        if (vibrator, buzzer) != self._playing[-1]:
            self._times_us.append(at_us)
            self._playing.append((vibrator, buzzer))

    def playing(self, at_us: int) -> tuple[int, int]:
        """The pattern numbers on vibrator and buzzer at `at_us`; 0 where the pattern is silence there."""
        vibrator, buzzer = self._playing[self._index(at_us)]
        return (
            vibrator if PATTERNS[vibrator].vibrator else 0,
            buzzer if PATTERNS[buzzer].buzzer else 0,
        )

    def pins(self, at_us: int) -> int:
        """The pins as sensed: bit 0 vibrator, bit 1 buzzer."""
        index = self._index(at_us)
        vibrator, buzzer = self._playing[index]
        return _is_on(PATTERNS[vibrator].vibrator, at_us - self._since_us(index, 0)) | (
            _is_on(PATTERNS[buzzer].buzzer, at_us - self._since_us(index, 1)) << 1
        )

    def _index(self, at_us: int) -> int:
        return bisect_right(self._times_us, at_us) - 1

    def _since_us(self, index: int, output: int) -> int:
        """When the pattern of entry `index` on `output` began."""
        while index and self._playing[index - 1][output] == self._playing[index][output]:
            index -= 1
        return self._times_us[index]


def _is_on(rhythm: Rhythm | None, since_us: int) -> bool:
    return rhythm is not None and rhythm.is_on(since_us)
