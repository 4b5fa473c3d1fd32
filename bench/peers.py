"""Filters that people put behind an HX711, as their sources state them, beside plain textbook ones.

One law: a filter sees one cell's own conversions as its host gets them and says what it shows, from when on. None of
them knows of other cells, of a limit or of the truth.
Sources: HX711_ADC 1.2 (`config.h`: 16 samples, highest and lowest ignored), Klipper `sensor_hx71x.c` and
`load_cell.py` (blocks of 12, host poll, mean of half a second), Tasmota `xsns_34_hx711.ino` (ten readings 0.1 s apart,
two highest and two lowest dropped).
"""

from collections.abc import Callable
from math import ceil, exp, log, pi, sqrt, tan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KLIPPER_BLOCK = 12
KLIPPER_POLL_US = 100_000
KLIPPER_SHOWN_S = 0.5
TASMOTA_READ_US = 100_000
TASMOTA_READS = 10
TASMOTA_DROPPED = 2
EMA_S = 0.1
BUTTERWORTH_HZ = 5.0
_TAIL = 1e-7
"""Impulse responses are cut where less than this is left of them."""


class Conversions(NamedTuple):
    """Of one cell, by rising time; `nominal_hz` is what the board is strapped for, 80 or 10."""

    seen_us: Ints
    """(n,) when the host has each."""
    kg: Floats
    """(n,)"""
    nominal_hz: float


class Shown(NamedTuple):
    """`kg[i]` is shown from `at_us[i]` on."""

    at_us: Ints
    kg: Floats

    def held(self, row_us: Ints) -> Floats:
        """At evenly spaced instants: the newest; NaN before the first."""
        step_us = int(row_us[1] - row_us[0])
        first = -((row_us[0] - self.at_us) // step_us)
        inside = np.clip(first, 0, len(row_us))
        newest = np.bincount(inside, minlength=len(row_us) + 1)[: len(row_us)].cumsum()
        return np.asarray(np.concatenate(([np.nan], self.kg))[newest])


Filter = Callable[[Conversions, np.random.Generator], Shown]


def median_of_3(values: Floats) -> Floats:
    """Of each value and the two before it; the first two as they are."""
    a, b, c = values[2:], values[1:-1], values[:-2]
    return np.concatenate((values[:2], np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))))


def mean_of(values: Floats, count: int) -> Floats:
    """Of the last `count`; before there are as many, the first value stands for what is missing."""
    return _sums(values, count) / count


def trimmed(values: Floats, count: int) -> Floats:
    """Mean of the last `count` without the highest and the lowest."""
    extremes = of_last(values, count, np.maximum) + of_last(values, count, np.minimum)
    return (_sums(values, count) - extremes) / (count - 2)


def of_last(values: Floats, count: int, pick: np.ufunc) -> Floats:
    """Highest or lowest (`pick`: np.maximum, np.minimum) of the last `count`, by doubling the width."""
    best = np.concatenate((np.full(count - 1, values[0]), values))
    width = 1
    while width < count:
        step = min(width, count - width)
        best = pick(best[step:], best[:-step])
        width += step
    return np.asarray(best)


def smoothed(values: Floats, response: Floats) -> Floats:
    """Through a filter with this impulse response, as if the first value had stood for ever."""
    padded = np.concatenate((np.full(len(response) - 1, values[0]), values))
    return np.convolve(padded, response, mode="valid")


def ema_response(time_s: float, rate_hz: float) -> Floats:
    """An exponential moving average with this time constant."""
    keep = exp(-1 / (time_s * rate_hz))
    response = keep ** np.arange(_length(keep))
    return np.asarray(response / response.sum())


def butterworth_response(corner_hz: float, rate_hz: float) -> Floats:
    """Second order, low pass, by the bilinear transform."""
    warped = tan(pi * corner_hz / rate_hz)
    scale = 1 + sqrt(2) * warped + warped**2
    forward = [warped**2 / scale * tap for tap in (1, 2, 1)]
    back = [2 * (warped**2 - 1) / scale, (1 - sqrt(2) * warped + warped**2) / scale]
    response: list[float] = []
    for number in range(_length(sqrt(max(back[1], 0.01)))):
        value = forward[number] if number < 3 else 0.0
        value -= sum(tap * response[number - 1 - lag] for lag, tap in enumerate(back) if number > lag)
        response.append(value)
    return np.array(response) / sum(response)


def hx711_adc(cell: Conversions, _: np.random.Generator) -> Shown:
    """HX711_ADC with its defaults."""
    return Shown(cell.seen_us, trimmed(cell.kg, 18))


def klipper_view(cell: Conversions, rng: np.random.Generator) -> Shown:
    """What Klipper's host shows: whole blocks, fetched by a poll, then the mean of half a second."""
    ends = np.arange(KLIPPER_BLOCK - 1, len(cell.kg), KLIPPER_BLOCK)
    phase_us = int(rng.integers(KLIPPER_POLL_US))
    polls_us = -(-(cell.seen_us[ends] - phase_us) // KLIPPER_POLL_US) * KLIPPER_POLL_US + phase_us
    last = np.append(np.diff(polls_us) > 0, True)
    means = mean_of(cell.kg, round(KLIPPER_SHOWN_S * cell.nominal_hz))
    return Shown(polls_us[last], means[ends[last]])


def tasmota(cell: Conversions, rng: np.random.Generator) -> Shown:
    """Tasmota: one trimmed mean of ten readings a second."""
    first_us = int(cell.seen_us[0]) + int(rng.integers(TASMOTA_READ_US * TASMOTA_READS))
    reads_us = np.arange(first_us, int(cell.seen_us[-1]), TASMOTA_READ_US)
    reads_us = reads_us[: len(reads_us) // TASMOTA_READS * TASMOTA_READS]
    read = cell.kg[np.searchsorted(cell.seen_us, reads_us, side="right") - 1].reshape(-1, TASMOTA_READS)
    kept = np.sort(read, axis=1)[:, TASMOTA_DROPPED:-TASMOTA_DROPPED]
    return Shown(reads_us[TASMOTA_READS - 1 :: TASMOTA_READS], kept.mean(axis=1))


def mean_of_10(cell: Conversions, _: np.random.Generator) -> Shown:
    """`get_units(10)` of many sketches."""
    return Shown(cell.seen_us, mean_of(cell.kg, 10))


def median_3(cell: Conversions, _: np.random.Generator) -> Shown:
    """Nothing but a median of three; the hold is the alarm's on-delay."""
    return Shown(cell.seen_us, median_of_3(cell.kg))


def butterworth(cell: Conversions, _: np.random.Generator) -> Shown:
    """Second order at 5 Hz; at 10 a second, where that is the Nyquist frequency, at 2 Hz."""
    corner_hz = min(BUTTERWORTH_HZ, cell.nominal_hz / 5)
    return Shown(cell.seen_us, smoothed(cell.kg, butterworth_response(corner_hz, cell.nominal_hz)))


def ema(cell: Conversions, _: np.random.Generator) -> Shown:
    """An exponential moving average of 0.1 s."""
    return Shown(cell.seen_us, smoothed(cell.kg, ema_response(EMA_S, cell.nominal_hz)))


PEERS: dict[str, Filter] = {
    "HX711_ADC default": hx711_adc,
    "Klipper, host view": klipper_view,
    "Tasmota": tasmota,
    "mean of 10": mean_of_10,
    "median of 3": median_3,
    "Butterworth 5 Hz": butterworth,
    "EMA 0.1 s": ema,
}
"""By the name the tables give it."""


def _length(keep: float) -> int:
    """Taps until `_TAIL` is left of what decays by `keep` a tap."""
    return ceil(log(_TAIL) / log(keep))


def _sums(values: Floats, count: int) -> Floats:
    running = np.concatenate((np.full(count, values[0]), values)).cumsum()
    return np.asarray(running[count:] - running[:-count])
