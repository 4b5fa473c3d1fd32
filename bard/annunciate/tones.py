"""Rhythms -> samples: what each signal sounds like on a loudspeaker.

One law: when something sounds is read from the buzzer column of PATTERNS, and what it sounds like from
bard.settings.tone; no sample jumps, whatever is played after what. It knows no card and no clock.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bard.settings import HIGHEST_HZ, MOST_HARMONICS, PATTERNS, PITCH_HZ, PULSE_FALL, PULSE_RISE, Rhythm

RATE_HZ = 48_000
CHANNELS = 2
CUT_FRAMES = 240
"""What is cut off in a pulse fades over 5 ms."""

Frames = NDArray[np.int16]
"""Shape (n, CHANNELS), full scale 32767."""


class Tone(NamedTuple):
    """From the first pulse's begin to the last one's end; repeated every `period_frames`, or 0: once."""

    frames: Frames
    period_frames: int


def tone(rhythm: Rhythm, pitch_hz: int, volume: float) -> Tone:
    """`volume`: peak as a fraction of full scale."""
    wave = _wave(pitch_hz) * volume * 32_767
    parts = []
    for index, length_ms in enumerate(rhythm.on_off_ms):
        count = length_ms * RATE_HZ // 1_000
        parts.append(np.zeros(count) if index % 2 else np.resize(wave, count) * _envelope(count))
    mono = np.rint(np.concatenate(parts)).astype(np.int16)
    return Tone(np.repeat(mono[:, None], CHANNELS, axis=1), rhythm.period_ms * RATE_HZ // 1_000)


class Line:
    """The endless line of frames that goes to the card: what plays now, from its first pulse, and silence."""

    def __init__(self, volume: float) -> None:
        self._tones = {
            pattern.number: tone(pattern.buzzer, PITCH_HZ[pattern.number], volume)
            for pattern in PATTERNS
            if pattern.buzzer is not None
        }
        self._tone: Tone | None = None
        self._at = 0
        self._tail = np.zeros((0, CHANNELS), np.int16)
        """What is left of the tone before, fading."""

    def play(self, number: int) -> None:
        """From now on signal `number` of PATTERNS, from its begin; one without a rhythm is silence."""
        tail = np.zeros((CUT_FRAMES, CHANNELS), np.int16)
        self.read(tail)
        self._tail = np.rint(tail * np.linspace(1, 0, CUT_FRAMES)[:, None]).astype(np.int16) if tail.any() else tail[:0]
        self._tone = self._tones.get(number)
        self._at = 0

    def once(self, number: int) -> bool:
        """Whether the signal is over after one burst."""
        found = self._tones.get(number)
        return found is not None and not found.period_frames

    def read(self, block: Frames) -> None:
        """Fill `block` with what comes next; it stays next until `advance`."""
        begun = min(len(self._tail), len(block))
        block[:begun] = self._tail[:begun]
        block[begun:] = 0
        if self._tone is None:
            return
        frames, period = self._tone
        at = self._at
        while begun < len(block):
            count = min(len(block) - begun, (period or at + len(block)) - at)
            piece = frames[at : at + count]
            block[begun : begun + len(piece)] = piece
            begun, at = begun + count, (at + count) % period if period else at + count

    def advance(self, count: int) -> None:
        """`count` frames of what `read` gave are on their way."""
        of_tail = min(len(self._tail), count)
        self._tail = self._tail[of_tail:]
        if self._tone is not None:
            self._at += count - of_tail
            if self._tone.period_frames:
                self._at %= self._tone.period_frames


def _wave(pitch_hz: int) -> NDArray[np.float64]:
    """One period with a peak of 1; harmonic k is 10 log10(k) dB below the fundamental."""
    order = np.arange(1, min(MOST_HARMONICS, HIGHEST_HZ // pitch_hz) + 1)[:, None]
    # Schroeder's phases: the energy lies all along the period, so at the same peak it is louder than with zero phases.
    phase = 2 * math.pi * order * np.arange(RATE_HZ // pitch_hz) * pitch_hz / RATE_HZ
    wave = (np.sin(phase - math.pi * order * (order - 1) / len(order)) / np.sqrt(order)).sum(axis=0)
    return np.asarray(wave / np.abs(wave).max())


def _envelope(count: int) -> NDArray[np.float64]:
    """Straight up, level, straight down, in one pulse of `count` frames."""
    index = np.arange(count)
    return np.minimum(1.0, np.minimum(index / (PULSE_RISE * count), (count - index) / (PULSE_FALL * count)))
