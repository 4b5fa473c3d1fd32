"""The raw conversions of a session, out of its tape: what each cell said, before any filter.

One law: which conversions are true, and when they were made, is decided as the core decides it, by the same code
(`bard.monitor.boards`); nothing is left out and nothing is judged.
"""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from bard.journal.records import Came, Data, Given, Header
from bard.journal.tape import TapeReader
from bard.messages import Event, Restore, SessionEnded, SessionStarted, SetCalibration, decode
from bard.monitor.boards import Board
from bard.weigh.calibration import Calibration
from bard.weigh.path import Weigher
from bard.wire.grid import Grid, Placed


class Converted(Struct, frozen=True):
    """One conversion of one cell. `load_kg` is by the calibration alone: no working zero, no gate; None without one."""

    session: str
    t_s: float
    """Seconds since the session began."""
    at_us: int
    board: str
    channel: int
    cell: str
    counts: int
    load_kg: float | None


def conversions(tape: Path, session: str) -> Iterator[Converted]:
    """Those that came while the session ran, in the order they came. Raises DataError for what is no tape."""
    reader = TapeReader(tape)
    taken = _Taken(reader.header)
    age_us = 0
    began_us: int | None = None
    for record in reader:
        if isinstance(record, Data):
            taken.take(record)
            if began_us is not None:
                yield from taken.pull(session, began_us)
            else:
                taken.placed.clear()
        elif isinstance(record, Given) and isinstance(record.command, Restore) and record.command.session is not None:
            age_us = record.command.session.age_us
        elif isinstance(record, Given) and isinstance(record.command, SetCalibration):
            taken.calibration = record.command.calibration
        elif isinstance(record, Came):
            event = decode(record.text)
            if isinstance(event, SessionStarted):
                began_us = event.at_us - age_us if event.session == session else None
                age_us = 0
            elif isinstance(event, SessionEnded):
                began_us = None


class _Taken(Grid):
    """Takes the place of the grid: keeps every conversion as it comes, and closes no row."""

    def __init__(self, header: Header) -> None:
        room, wire = header.core.room, header.core.wire
        super().__init__(wire, len(room.boards))
        self.calibration: Calibration = header.calibration
        self.placed: list[Placed] = []
        self._cells, self._names = room.cells, room.cell_names
        cells = Weigher(header.core, header.calibration).cells
        self._boards = {}
        for index, board in enumerate(room.boards):
            own = {cell.channel: (n, cells[n]) for n, cell in enumerate(room.cells) if cell.board == board.name}
            self._boards[board.name] = Board(board, wire, index, self, own, _ignore, header.start_us)

    def add(self, cell: int, at_us: int, counts: int) -> None:
        self.placed.append((cell, at_us, counts))

    def advance(self, board: int, mapped_us: int) -> None:
        pass

    def take(self, data: Data) -> None:
        """Bytes of a board."""
        self._boards[data.board].receive_data(data.data, data.now_us)

    def pull(self, session: str, began_us: int) -> Iterator[Converted]:
        """What has come since."""
        for number, at_us, counts in self.placed:
            cell = self._cells[number]
            known = self.calibration.cells.get(cell.key)
            load_kg = (counts - known.zero_counts) / known.counts_per_kg if known is not None else None
            t_s = (at_us - began_us) / 1e6
            yield Converted(session, t_s, at_us, cell.board, cell.channel, self._names[number], counts, load_kg)
        self.placed.clear()


def _ignore(_: Event) -> None:
    pass
