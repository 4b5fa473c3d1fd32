"""When a chip converts, and what load each conversion sees: its own clock, its mean over a period, its filter.

One law: a source yields the same conversions however it is asked, because it is asked for chunks of one
length (`CHUNK_S`, unless a room says else) in their order. It gives kilograms at conversion times; counts are
`bard.simulate.cells`.
Figures: simulator.md, "Clock" and "Conversion".
"""

from math import floor
from typing import Protocol

import numpy as np
from msgspec import Struct

from bard.simulate.track import Floats

CHUNK_S = 8.0
GRID_HZ = 1000
FIR = (0.147, 0.498, 0.274, 0.069, 0.012)
"""Weights of the newest period and the four before it."""
SHAKE_KG = 0.5
SHAKE_HZ = (150.0, 250.0)


class Chunk(Struct, frozen=True):
    """The true load of one cell on the grid of one chunk: `times_s` and `load_kg` of shape (n + 1,), both ends."""

    number: int
    times_s: Floats
    load_kg: Floats

    @property
    def until_s(self) -> float:
        """The end of the chunk, which belongs to it."""
        return float(self.times_s[-1])


class Chip(Protocol):
    """What a cell's counts are made from."""

    def convert(self, chunk: Chunk) -> tuple[Floats, Floats]:
        """Times (s) and loads (kg) of the conversions in (start, end] of the chunk, each of shape (n,)."""
        ...


class Clock:
    """A chip's own clock: conversion k is ready at `phase_s + k / rate_hz`."""

    def __init__(self, rate_hz: float, phase: float) -> None:
        self.rate_hz = rate_hz
        self._period_s = 1 / rate_hz
        self._phase_s = phase * self._period_s
        self._next = 1

    @property
    def last_s(self) -> float:
        """When the newest conversion taken was ready."""
        return self._phase_s + (self._next - 1) * self._period_s

    def take(self, until_s: float) -> Floats:
        """The instants up to and including `until_s` not yet taken."""
        end = floor((until_s - self._phase_s) / self._period_s) + 1
        numbers = np.arange(self._next, max(end, self._next), dtype=np.float64)
        self._next += numbers.size
        return self._phase_s + numbers * self._period_s


class Hx711:
    """A chip that sees a force: the exact mean over each period, then five taps over successive periods."""

    def __init__(self, rate_hz: float, phase: float) -> None:
        self._clock = Clock(rate_hz, phase)
        self._integral = 0.0
        self._last_integral: float | None = None
        self._means = np.zeros(len(FIR) - 1)

    def convert(self, chunk: Chunk) -> tuple[Floats, Floats]:
        grid_s, load_kg = chunk.times_s, chunk.load_kg
        if self._last_integral is None:
            self._last_integral = self._clock.last_s * load_kg[0]
            self._integral = grid_s[0] * load_kg[0]
            self._means = np.full(len(FIR) - 1, load_kg[0])
        steps = (load_kg[1:] + load_kg[:-1]) * (0.5 / GRID_HZ)
        integral = self._integral + np.concatenate(([0.0], np.cumsum(steps)))
        before_s = self._clock.last_s
        times_s = self._clock.take(chunk.until_s)
        at_times = np.interp(times_s, grid_s, integral)
        edges = np.concatenate(([self._last_integral], at_times))
        means = np.diff(edges) / np.diff(np.concatenate(([before_s], times_s)))
        self._integral = float(integral[-1])
        self._last_integral = float(edges[-1])
        history = np.concatenate((self._means, means))
        self._means = history[history.size - len(FIR) + 1 :]
        return times_s, np.convolve(history, FIR, mode="valid")
