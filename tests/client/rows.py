"""Rows as the Weigher makes them: of conversions made by hand, or of those that the boards of a simulated room read.

Times of a recording are told apart from the room's: `LEAD_S` seconds lie before it, in which it runs backwards.
"""

from collections.abc import Iterator, Sequence

from bard.client.release import ReleaseDetector
from bard.settings import BoardSettings, CellSettings, CoreSettings, ReleaseSettings, RoomSettings, SupportSettings
from bard.simulate import Room, Rows, recording_room
from bard.weigh.calibration import Calibration, CellCalibration
from bard.weigh.cell import Cell
from bard.weigh.path import Weighed, Weigher
from bard.wire.grid import Placed, Row
from tests.recordings import load

ROW_US = 10_000
LEAD_S = 3.0
RATES_HZ = (76.0, 80.0, 86.0, 93.0)
PERIOD_US = 12_500
SPAN = CellCalibration(zero_counts=84_000.0, counts_per_kg=20_000.0)


class Weighing:
    """Conversions (in order of time) weighed with a perfect calibration."""

    def __init__(self, room: RoomSettings, spans: Sequence[CellCalibration], placed: list[Placed], until_us: int):
        self._placed = placed
        self._until_us = until_us
        calibration = Calibration(dict(zip([cell.key for cell in room.cells], spans, strict=True)))
        self._weigher = Weigher(CoreSettings(room), calibration)
        self.cells: Sequence[Cell] = self._weigher.cells
        """As they stand at the row that `rows` gave last."""

    def rows(self) -> Iterator[Weighed]:
        """From the first instant of the grid on, once."""
        taken = 0
        for at_us in range(ROW_US, self._until_us + 1, ROW_US):
            first = taken
            while taken < len(self._placed) and self._placed[taken][1] <= at_us:
                taken += 1
            yield self._weigher.weigh(Row(at_us, self._placed[first:taken]))


def weigh_room(room: Room) -> Weighing:
    """What the boards of `room` read, from its time 0 to its end."""
    placed: list[Placed] = []
    for board in range(room.scenario.boards):
        number = {cell.channel: index for index, cell in enumerate(room.cells) if cell.board == board}
        reads = room.reads(board)
        cells = [number[channel] for channel in reads.channel.tolist()]
        placed += zip(cells, reads.read_us.tolist(), reads.counts.tolist(), strict=True)
    placed.sort(key=lambda conversion: conversion[1])
    spans = [CellCalibration(cell.zero_counts, cell.counts_per_kg) for cell in room.cells]
    ports = [f"sim://{number}" for number in range(room.scenario.boards)]
    return Weighing(room.room_settings(ports), spans, placed, room.duration_us)


def recorded(name: str, column: str, rate_hz: float, seed: int, **options: object) -> Weighing:
    """A column of a recording on one cell; the seed draws phase, noise and times of reading. `options`: see Rows."""
    columns = load(name)
    unit = "N" if column.endswith("_n") else "kg"
    rows = Rows(
        columns["t_s"].tolist(),
        columns[column].tolist(),
        unit=unit,  # type: ignore[arg-type]
        rate_hz=rate_hz,
        lead_s=LEAD_S,
        **options,  # type: ignore[arg-type]
    )
    return weigh_room(recording_room(rows, seed))


def by_hand(*cells_kg: Sequence[float | None]) -> Weighing:
    """One bar whose cells see these loads, one each 12.5 ms; None is a conversion that never came.

    The counts flicker a little, as a cell at rest does.
    """
    placed = [
        (cell, (number + 1) * PERIOD_US + 3_000 * cell, round(SPAN.zero_counts + SPAN.counts_per_kg * kg) + number % 7)
        for cell, loads in enumerate(cells_kg)
        for number, kg in enumerate(loads)
        if kg is not None
    ]
    placed.sort(key=lambda conversion: conversion[1])
    channels = tuple(CellSettings("a", channel) for channel in range(len(cells_kg)))
    room = RoomSettings((BoardSettings("a", "sim://"),), (SupportSettings("bar", channels),))
    return Weighing(room, [SPAN] * len(cells_kg), placed, (len(cells_kg[0]) + 1) * PERIOD_US)


def seen_falls(weighing: Weighing) -> list[float]:
    """When (s) a fall begins to be shown."""
    detector, falls, shown = ReleaseDetector(ReleaseSettings()), list[float](), False
    for row in weighing.rows():
        was, shown = shown, detector.step(row.at_us, row.fast_kg, row.cell_fast_kg, weighing.cells)
        if shown and not was:
            falls.append(row.at_us / 1e6)
    return falls
