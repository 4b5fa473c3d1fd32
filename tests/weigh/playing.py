"""Loads in kg -> conversions -> rows -> the number, for one cell. The conversion model is simulator.md's."""

import numpy as np

from bard.settings import BoardSettings, CellSettings, CoreSettings, RoomSettings, SupportSettings, WeighSettings
from bard.weigh.block import BlockWeigher, RowBlock, WeighedBlock
from bard.weigh.calibration import Calibration, CellCalibration
from tests.recordings import Floats

START_US = 50_000_000
ROW_US = 10_000
OWN_HZ = 86.0
GOOD_NOISE_COUNTS = 40.0
RAIL_HIGH = (1 << 23) - 1
SPAN = CellCalibration(zero_counts=84_000.0, counts_per_kg=20_000.0)
FIR = (0.147, 0.498, 0.274, 0.069, 0.012)


def room(cells: int, weigh: WeighSettings | None = None) -> CoreSettings:
    """One bar with so many cells, on one board."""
    keys = tuple(CellSettings(board="room", channel=channel) for channel in range(cells))
    settings = RoomSettings(
        boards=(BoardSettings(name="room", port="sim://"),), supports=(SupportSettings(name="bar", cells=keys),)
    )
    return CoreSettings(room=settings, weigh=weigh or WeighSettings())


def calibration(*spans: CellCalibration | None) -> Calibration:
    """A calibration of `room`'s cells in order; None: not calibrated."""
    return Calibration(cells={f"room/{channel}": span for channel, span in enumerate(spans) if span})


def one_per_sample(kg: Floats, rate_hz: float = OWN_HZ) -> tuple[Floats, Floats]:
    """A cell's own stream in the chip's time: one conversion (s, kg) per recorded sample."""
    return (1 + np.arange(len(kg))) / rate_hz, kg


def sampled(times_s: Floats, kg: Floats, rate_hz: float, phase: float) -> tuple[Floats, Floats]:
    """A cell's own stream in its own time: the newest sample at each conversion, aliasing and all."""
    at_s = np.arange(times_s[0] + phase / rate_hz, times_s[-1], 1 / rate_hz)
    return at_s, kg[np.searchsorted(times_s, at_s, side="right") - 1]


def seen(times_s: Floats, kg: Floats, rate_hz: float, phase: float) -> tuple[Floats, Floats]:
    """A force as an HX711 sees it: the mean over each period, then five taps; at rest before it begins."""
    ends_s = np.arange(times_s[0] + phase / rate_hz, times_s[-1], 1 / rate_hz)
    steps = np.diff(times_s) * (kg[1:] + kg[:-1]) / 2
    integral = np.interp(ends_s, times_s, np.concatenate(([0.0], np.cumsum(steps))))
    means = np.concatenate((np.full(len(FIR) - 1, kg[0]), np.diff(integral) * rate_hz))
    return ends_s[1:], np.convolve(means, FIR, mode="valid")


def to_counts(kg: Floats, span: CellCalibration = SPAN, seed: int = 1) -> Floats:
    """What a chip with a good cell's noise makes of it, clipped at its rails; a load at a rail stays at the rail."""
    noise = np.random.default_rng(seed).normal(0.0, GOOD_NOISE_COUNTS, len(kg))
    exact = kg * span.counts_per_kg + span.zero_counts
    noisy = np.where((exact > -RAIL_HIGH - 1) & (exact < RAIL_HIGH), exact + noise, exact)
    return np.clip(np.rint(noisy), -RAIL_HIGH - 1, RAIL_HIGH)


def play(
    at_s: Floats, counts: Floats, span: CellCalibration = SPAN, weigh: WeighSettings | None = None
) -> WeighedBlock:
    """The rows of one cell; row r stands at (r + 1) * 10 ms of the conversions' seconds."""
    time_us = START_US + np.rint(at_s * 1e6).astype(np.int64)
    rows_us = START_US + ROW_US * np.arange(1, int(at_s[-1] * 1e6) // ROW_US + 1)
    row = np.searchsorted(rows_us, time_us)
    closed = row < len(rows_us)
    cell = np.zeros(int(closed.sum()), np.uint8)
    block = RowBlock(rows_us, row[closed], cell, time_us[closed], counts[closed].astype(np.int32))
    return BlockWeigher(room(1, weigh), calibration(span)).weigh(block)


def seconds(block: WeighedBlock) -> Floats:
    """Each row's instant in the player's time."""
    return (block.at_us - START_US) / 1e6
