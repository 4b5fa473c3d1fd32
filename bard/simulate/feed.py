"""From a load to the conversions of one board's chips, in order of time.

One law: chunks are made whole and in their order, whoever asks when, so that no cut of time changes a count.
"""

from collections.abc import Iterator, Sequence
from math import ceil, pi

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bard.simulate.cells import Cell
from bard.simulate.chips import CHUNK_S, GRID_HZ, SHAKE_KG, Chip, Chunk
from bard.simulate.reading import Ready
from bard.simulate.therapist import Load
from bard.simulate.track import Floats


class Channel(Struct):
    """One cell, the chip it hangs on, and its place among the loads."""

    number: int
    column: int
    chip: Chip
    cell: Cell
    shake_hz: float
    shake_phase: float


class Chunks:
    """The loads of all cells, chunk by chunk; the last one is kept for the other boards."""

    def __init__(self, load: Load, chunk_s: float = CHUNK_S) -> None:
        self.chunk_s = chunk_s
        self._load = load
        self._number = -1
        self._grid_s: Floats = np.zeros(0)
        self._loads_kg: list[Floats] = []

    def take(self, number: int, column: int) -> Chunk:
        """Chunk `number` of the cell in place `column`: 1 ms apart, both ends included."""
        if number != self._number:
            steps = round(self.chunk_s * GRID_HZ)
            self._grid_s = (number * steps + np.arange(steps + 1)) / GRID_HZ
            self._loads_kg = self._load.cells_kg(self._grid_s)
            self._number = number
        return Chunk(number, self._grid_s, self._loads_kg[column])


def ready(channels: Sequence[Channel], chunks: Chunks, duration_us: int) -> Iterator[Ready]:
    """The conversions of `channels`, all of one board, that reach it."""
    for rows in ready_rows(channels, chunks, duration_us):
        yield from zip(*rows.tolist(), strict=True)


def ready_rows(channels: Sequence[Channel], chunks: Chunks, duration_us: int) -> Iterator[NDArray[np.int64]]:
    """The same chunk by chunk, as rows of `Ready`: each of shape (4, n)."""
    for number in range(ceil(duration_us / 1e6 / chunks.chunk_s)):
        parts = [_convert(channel, chunks.take(number, channel.column)) for channel in channels]
        rows = np.concatenate(parts, axis=1)
        yield rows[:, np.argsort(rows[0], kind="stable")]


def _convert(channel: Channel, chunk: Chunk) -> NDArray[np.int64]:
    """Rows of `Ready`, shape (4, n)."""
    times_s, load_kg = channel.chip.convert(chunk)
    counts = channel.cell.counts(times_s, load_kg)
    swing = np.sin(2 * pi * channel.shake_hz * times_s + channel.shake_phase)
    shake = np.rint(SHAKE_KG * channel.cell.spec.counts_per_kg * swing).astype(np.int64)
    times_us = np.rint(times_s * 1e6).astype(np.int64)
    rows = np.stack((times_us, np.full_like(times_us, channel.number), counts, shake))
    return rows[:, channel.cell.delivered(times_s)]
