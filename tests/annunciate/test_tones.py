"""What each signal sounds like, and that no sample jumps."""

import random

import numpy as np
import pytest
from numpy.typing import NDArray

from bard.annunciate.tones import CHANNELS, RATE_HZ, Line, tone
from bard.settings import PATTERNS, PITCH_HZ, Rhythm

VOLUME = 0.7
PEAK = VOLUME * 32_767
SOUNDING = [pattern for pattern in PATTERNS if pattern.buzzer is not None]
NUMBERS = [pattern.number for pattern in SOUNDING]


def rhythm_of(number: int) -> Rhythm:
    rhythm = PATTERNS[number].buzzer
    assert rhythm is not None
    return rhythm


def heard(line: Line, count: int, *, most: int = 4_800) -> NDArray[np.int16]:
    """The left channel of the next `count` frames, read in pieces of at most `most`."""
    pieces = []
    while count:
        block = np.full((min(count, most), CHANNELS), 1_234, np.int16)
        line.read(block)
        line.advance(len(block))
        assert (block[:, 0] == block[:, 1]).all()
        pieces.append(block[:, 0].copy())
        count -= len(block)
    return np.concatenate(pieces)


def playing(number: int, count: int) -> NDArray[np.int16]:
    line = Line(VOLUME)
    line.play(number)
    return heard(line, count)


def pulses(samples: NDArray[np.int16]) -> list[tuple[int, int]]:
    """First and last frame of each stretch that sounds; a silence is 5 ms."""
    loud = np.flatnonzero(samples)
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > RATE_HZ // 200) + 1)
    return [(int(part[0]), int(part[-1])) for part in parts if len(part)]


def level(samples: NDArray[np.int16]) -> NDArray[np.float64]:
    """The peak of the last 5 ms at each frame: longer than any period."""
    span = RATE_HZ // 200
    padded = np.concatenate([np.zeros(span - 1), np.abs(samples.astype(float))])
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, span).max(axis=1))


def test_every_buzzer_rhythm_has_a_pitch_and_urgency_goes_up_with_it() -> None:
    assert sorted(PITCH_HZ) == NUMBERS
    assert PITCH_HZ[9] < PITCH_HZ[5] < PITCH_HZ[6] < PITCH_HZ[7]


@pytest.mark.parametrize("number", NUMBERS)
def test_pitch_and_harmonics(number: int) -> None:
    """In the level part of the longest pulse: within 150 to 1000 Hz, and four more in 300 to 4000 Hz within 15 dB."""
    samples = playing(number, 3 * RATE_HZ)
    begin, end = max(pulses(samples), key=lambda pulse: pulse[1] - pulse[0])
    middle = samples[begin + (end - begin) * 2 // 10 : begin + (end - begin) * 8 // 10].astype(float)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 18))
    hz = np.arange(len(spectrum)) * RATE_HZ / (1 << 18)

    def level_db(at_hz: float) -> float:
        return float(20 * np.log10(spectrum[np.abs(hz - at_hz) < 10].max()))

    fundamental_hz = PITCH_HZ[number]
    lowest_hz = float(hz[np.argmax(spectrum > 0.5 * spectrum.max())])
    assert lowest_hz == pytest.approx(fundamental_hz, abs=20)
    assert 150 <= fundamental_hz <= 1_000
    harmonics = [order * fundamental_hz for order in range(2, 30) if 300 <= order * fundamental_hz <= 4_000]
    near = [one for one in harmonics if abs(level_db(one) - level_db(fundamental_hz)) <= 15]
    assert len(near) >= 4
    assert level_db(4_300) < level_db(fundamental_hz) - 40


@pytest.mark.parametrize("number", NUMBERS)
def test_rhythm_is_that_of_the_table_to_a_millisecond_over_two_periods(number: int) -> None:
    rhythm = rhythm_of(number)
    period_ms = rhythm.period_ms or sum(rhythm.on_off_ms) + 3_000
    samples = playing(number, 2 * period_ms * RATE_HZ // 1_000)
    edges_ms = np.cumsum((0, *rhythm.on_off_ms))
    once = [(edges_ms[index], edges_ms[index + 1]) for index in range(0, len(rhythm.on_off_ms), 2)]
    expected = once if not rhythm.period_ms else [(a + shift, b + shift) for shift in (0, period_ms) for a, b in once]
    found = [(first / RATE_HZ * 1e3, (last + 1) / RATE_HZ * 1e3) for first, last in pulses(samples)]
    assert np.array(found) == pytest.approx(np.array(expected), abs=1.0)


@pytest.mark.parametrize("number", NUMBERS)
def test_each_pulse_rises_over_15_percent_of_its_length_to_full_level_and_falls(number: int) -> None:
    samples = playing(number, 3 * RATE_HZ)
    for first, last in pulses(samples):
        length = last - first
        peak = level(samples[first : last + 1])
        assert peak.max() == pytest.approx(PEAK, rel=0.01)
        # The level is known to a period; 10 to 90 % of a straight rise is 12 % of the pulse.
        period = RATE_HZ / PITCH_HZ[number]
        rise = int(np.argmax(peak > 0.9 * PEAK) - np.argmax(peak > 0.1 * PEAK))
        assert 0.12 * length - period <= rise <= 0.12 * length + period
        assert np.abs(samples[last - length // 40 : last + 1].astype(int)).max() < 0.3 * PEAK
        assert abs(int(samples[last])) < 0.02 * PEAK


def test_volume_is_the_peak() -> None:
    for volume in (0.05, 0.5, 1.0):
        peak = np.abs(tone(rhythm_of(7), PITCH_HZ[7], volume).frames.astype(int)).max()
        assert peak == pytest.approx(volume * 32_767, rel=0.01)


def test_silence_before_anything_and_after_what_plays_once() -> None:
    line = Line(VOLUME)
    assert not heard(line, RATE_HZ).any()
    line.play(5)
    assert line.once(5)
    assert not line.once(7)
    assert not line.once(0)
    assert heard(line, RATE_HZ).any()
    assert not heard(line, 40 * RATE_HZ).any()


@pytest.mark.parametrize("seed", range(5))
def test_any_cut_gives_the_same_samples(seed: int) -> None:
    source = random.Random(seed)
    whole, cut = Line(VOLUME), Line(VOLUME)
    for _ in range(12):
        number = source.choice([0, 1, *NUMBERS])
        count = source.randrange(1, 3 * RATE_HZ)
        whole.play(number)
        cut.play(number)
        assert (heard(whole, count, most=count) == heard(cut, count, most=source.randrange(50, 3_000))).all()


def test_what_was_read_but_not_taken_comes_again() -> None:
    line, other = Line(VOLUME), Line(VOLUME)
    line.play(7)
    other.play(7)
    block = np.zeros((1_000, CHANNELS), np.int16)
    for taken in (0, 10, 1_000, 0, 999):
        line.read(block)
        line.advance(taken)
        assert (heard(other, taken) if taken else np.zeros(0)).tolist() == block[:taken, 0].tolist()


@pytest.mark.parametrize("seed", range(5))
def test_no_sample_jumps_whatever_is_cut_off(seed: int) -> None:
    """Between neighbours never more than in the tones themselves, and what was cut is silent in 5 ms."""
    steepest = max(np.abs(np.diff(playing(number, 3 * RATE_HZ).astype(int))).max() for number in NUMBERS)
    source = random.Random(seed)
    line = Line(VOLUME)
    parts = []
    for _ in range(300):
        line.play(source.choice([0, *NUMBERS]))
        parts.append(heard(line, source.randrange(1, RATE_HZ // 5)))
    assert np.abs(np.diff(np.concatenate(parts).astype(int))).max() <= 1.05 * steepest
    line.play(7)
    heard(line, RATE_HZ // 25)
    line.play(0)
    assert heard(line, 240).any()
    assert not heard(line, RATE_HZ).any()
