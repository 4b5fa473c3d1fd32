"""What the weighing sees of a simulated room, without its frames: rows of the grid as arrays, hundreds of times faster.

One law: the conversions are those the room's boards send (`Room.reads`), each in the row in which bard.wire.grid would
have it; a test holds the two paths together. Left out: what a host does to a board (opening, signals, the vibrator's
shaking), frames other than samples, and the few microseconds by which bard.wire.clock maps a tick wrongly.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from bard.link.flatout import scripted, true_calibration
from bard.messages import Acknowledge, Command, Event, Pause, StartSession, StepDown, StopSession
from bard.monitor.decisions import Decisions
from bard.settings import CoreSettings, WeighSettings
from bard.simulate import Room
from bard.simulate.line import BYTE_US
from bard.simulate.reading import Reads
from bard.weigh.block import BlockWeigher, RowBlock, WeighedBlock
from bard.weigh.calibration import Calibration
from bard.weigh.cell import Cell
from bard.weigh.path import Weighed, Weigher
from bard.wire.decoder import encode
from bard.wire.frames import INPUT_PEDAL, INPUT_PRESENCE, Conversion, Samples

Ints = NDArray[np.int64]

BLOCK_ROWS = 4096
_FRAME_US = [
    BYTE_US * len(encode(Samples(0, 0, 0, tuple(Conversion(channel, 0, 0) for channel in range(channels)))))
    for channels in range(9)
]
"""How long a frame with this many conversions is on the line."""
LINE_US = _FRAME_US[1]
"""The clock's map has every instant this much late: it knows no frame faster than the shortest."""


class Laid(NamedTuple):
    """A room from its beginning to its end. Times in us of the host, which is the room's clock."""

    at_us: Ints
    """(rows,)"""
    closed_us: Ints
    """(rows,) when each row was closed and decided."""
    row: Ints
    """(conversions,) index into `at_us`, as are the next three; by row, each cell's by rising time."""
    cell: NDArray[np.uint8]
    time_us: Ints
    counts: NDArray[np.int32]

    def blocks(self, rows: int = BLOCK_ROWS) -> Iterator[RowBlock]:
        """The same in blocks of `rows`."""
        for first in range(0, len(self.at_us), rows):
            at_us = self.at_us[first : first + rows]
            own = slice(*np.searchsorted(self.row, (first, first + len(at_us))).tolist())
            yield RowBlock(at_us, self.row[own] - first, self.cell[own], self.time_us[own], self.counts[own])

    def of_cell(self, cell: int) -> tuple[Ints, Ints, NDArray[np.int32]]:
        """Row, time and counts of one cell's conversions, by rising time."""
        own = np.flatnonzero(self.cell == cell)
        return self.row[own], self.time_us[own], self.counts[own]


def settings_of(room: Room) -> CoreSettings:
    """Default settings for `room`; 10 conversions a second are allowed where its chips make no more."""
    settings = room.room_settings([f"sim://{board}" for board in range(room.scenario.boards)])
    slow = room.scenario.rate_hz[0] < WeighSettings().slow_rate_hz
    boards = tuple(structs.replace(board, allow_10_sps=slow) for board in settings.boards)
    return CoreSettings(structs.replace(settings, boards=boards))


def lay(room: Room, settings: CoreSettings) -> Laid:
    """Rows and conversions of all of `room`, some 30 MB an hour for four cells."""
    wire = settings.wire
    at_us = np.arange(1, room.duration_us // wire.row_us + 1) * wire.row_us
    limit_us = at_us + wire.row_close_after_us
    complete_us = np.zeros_like(at_us)
    parts = []
    for board in range(room.scenario.boards):
        reads = room.reads(board)
        arrived_us, first = _arrivals(reads)
        sent_us = reads.read_us[first] + LINE_US
        following = np.searchsorted(sent_us, at_us + wire.row_margin_us)
        ends_us = np.append(arrived_us[first], np.iinfo(np.int64).max)
        complete_us = np.maximum(complete_us, ends_us[following])
        cells = np.zeros(room.scenario.channels(board), np.uint8)
        for index, place in enumerate(room.scenario.cells):
            if place[0] == board:
                cells[place[1]] = index
        parts.append((reads.ready_us + LINE_US, arrived_us, cells[reads.channel], reads.counts))
    time_us, arrived_us, cell, counts = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    closed_us = np.maximum.accumulate(np.minimum(complete_us, limit_us))
    row = np.maximum(np.searchsorted(at_us, time_us), np.searchsorted(closed_us, arrived_us))
    order = np.lexsort((arrived_us, row)) if room.scenario.boards > 1 else row.argsort(kind="stable")
    order = order[: np.searchsorted(row[order], len(at_us))]
    return Laid(at_us, closed_us, row[order], cell[order], time_us[order], counts[order].astype(np.int32))


def _arrivals(reads: Reads) -> tuple[Ints, Ints]:
    """When the host has each conversion, and the index of each frame's first one; the line takes frame after frame."""
    first = np.flatnonzero(np.diff(reads.read_us, prepend=-1))
    sizes = np.diff(np.append(first, len(reads.read_us)))
    lasts_us = np.array(_FRAME_US)[sizes]
    busy_us = lasts_us.cumsum()
    arrived_us = busy_us + np.maximum.accumulate(reads.read_us[first] - (busy_us - lasts_us))
    return arrived_us.repeat(sizes), first


def weighed_blocks(
    room: Room, settings: CoreSettings, calibration: Calibration, rows: int = BLOCK_ROWS
) -> Iterator[WeighedBlock]:
    """The loads of all of `room` in blocks of `rows`."""
    yield from weigh(lay(room, settings), settings, calibration, rows)


def weigh(
    laid: Laid, settings: CoreSettings, calibration: Calibration, rows: int = BLOCK_ROWS
) -> Iterator[WeighedBlock]:
    """The loads of what is laid in rows already."""
    weigher = BlockWeigher(settings, calibration)
    for block in laid.blocks(rows):
        yield weigher.weigh(block)


class StandInBoard:
    """A board that is always there; what is wired to it is set from outside."""

    restarted_us: int | None = None

    def __init__(self, name: str) -> None:
        self.name = name
        self.presence: bool | None = None
        self.pedal: bool | None = None
        self.frames = (0, 0)

    def lost_at(self, _: int) -> bool:
        """Never."""
        return False

    def live_at(self, _: int) -> bool:
        """Always."""
        return True


class ToldCell(Cell):
    """A cell that is told how often and when last it converted; the block weigher has its counts."""

    told_us = 0

    @property
    def newest_us(self) -> int:
        """As it was told."""
        return self.told_us


def decide(
    room: Room,
    settings: CoreSettings | None = None,
    calibration: Calibration | None = None,
    *,
    laid: Laid | None = None,
    on_row: Callable[[Decisions], None] | None = None,
) -> list[Event]:
    """Every row of `room` through the real decisions, with its inputs and its scripted commands; the events.

    `laid`: what `lay` gave, where that is wanted for something else too. What only Health asks of a cell (noise, gated
    conversions) stays at nothing.
    """
    settings = settings_of(room) if settings is None else settings
    calibration = true_calibration(room, settings) if calibration is None else calibration
    laid = lay(room, settings) if laid is None else laid
    events: list[Event] = []
    boards = tuple(StandInBoard(board.name) for board in settings.room.boards)
    weigher = Weigher(settings, calibration)
    cells = [ToldCell(settings.weigh) for _ in weigher.cells]
    weigher.cells = [*cells]
    decisions = Decisions(settings, weigher, boards, events.append)  # type: ignore[arg-type]
    told = _Told(room, laid.closed_us, boards[0], decisions)
    newest = [_newest(laid, cell) for cell in range(len(cells))]
    done = 0
    for block in weigh(laid, settings, calibration):
        own = slice(done, done + len(block.at_us))
        of_cells = [zip(number[own].tolist(), at_us[own].tolist(), strict=True) for number, at_us in newest]
        for weighed, converted in zip(rows_of(block), zip(*of_cells, strict=True), strict=True):
            if done == told.row:
                told.tell(weighed.at_us)
            for cell, (number, newest_us) in zip(cells, converted, strict=True):
                cell.conversions, cell.told_us = number, newest_us
            decisions.decide(weighed)
            if on_row is not None:
                on_row(decisions)
            done += 1
    return events


def _newest(laid: Laid, cell: int) -> tuple[Ints, Ints]:
    """At each row: how many conversions of the cell came, and when the newest of them was ready (0: none yet)."""
    row, time_us, _ = laid.of_cell(cell)
    number = np.bincount(row, minlength=len(laid.at_us)).cumsum()
    return number, np.concatenate(([0], time_us))[number]


def rows_of(block: WeighedBlock) -> Iterator[Weighed]:
    """A block's rows as `Weigher` gives them, but for the states, which are numbers."""
    names = [name for name in Weighed.__slots__ if name in WeighedBlock._fields]
    for values in zip(*(getattr(block, name).tolist() for name in names), strict=True):
        weighed = Weighed.__new__(Weighed)
        for name, value in zip(names, values, strict=True):
            setattr(weighed, name, value)
        yield weighed


class _Told:
    """What the room tells the decisions besides loads: the inputs and the script. `row`: before which next."""

    def __init__(self, room: Room, closed_us: Ints, board: StandInBoard, decisions: Decisions) -> None:
        self._board = board
        self._decisions = decisions
        self._wired = room.scenario.presence
        self._take_inputs(0)
        told: list[tuple[int, int | Command]] = [(at_us, command) for at_us, _, command in scripted(room.scenario)]
        told += [(at_us + LINE_US, inputs) for at_us, inputs in room.inputs()]
        rows = np.searchsorted(closed_us, [at_us for at_us, _ in told])
        self._told = sorted(zip(rows.tolist(), (what for _, what in told), strict=True), key=lambda pair: -pair[0])

    @property
    def row(self) -> int:
        return self._told[-1][0] if self._told else -1

    def tell(self, at_us: int) -> None:
        """All that is due before this row."""
        row = self.row
        while self.row == row:
            self._take(self._told.pop()[1], at_us)

    def _take_inputs(self, inputs: int) -> None:
        self._board.pedal = bool(inputs & INPUT_PEDAL)
        self._board.presence = bool(inputs & INPUT_PRESENCE) if self._wired else None

    def _take(self, what: int | Command, at_us: int) -> None:
        decisions = self._decisions
        match what:
            case int():
                self._take_inputs(what)
            case StartSession():
                decisions.watch.start(what, (), at_us)
            case StopSession():
                decisions.watch.stop(at_us)
            case StepDown() | Pause():
                decisions.watch.tell_off(at_us, type(what).__name__)
            case Acknowledge():
                decisions.acknowledge(None, "script")
        decisions.follow_session()
