"""A stage for the core: one or two boards played by hand, in virtual time, through real bytes.

Loads are set by the test and last until set again; nothing here is random but the cells' noise, which is seeded.
"""

import random
from collections.abc import Callable

from bard.messages import Command, ConditionChanged, Event, Snapshot
from bard.monitor import Monitor
from bard.settings import (
    BoardSettings,
    CellSettings,
    CoreSettings,
    RoomSettings,
    SupportSettings,
    UncertaintySettings,
)
from bard.weigh.calibration import Calibration, CellCalibration
from bard.wire.decoder import encode
from bard.wire.frames import ChannelFault, Conversion, Frame, Hello, Samples

COUNTS_PER_KG = 20_000
ZERO_COUNTS = 100_000
PERIODS_US = (11_300, 11_900, 12_400, 12_700)


def core(boards: int = 1, presence: bool = False, **tunables: object) -> CoreSettings:
    """Two bars of two cells: all on board a, or the right bar on board b. The guard is 0 unless asked for."""
    tunables.setdefault("uncertainty", UncertaintySettings(guard_band=0))
    right = "b" if boards == 2 else "a"
    first = 0 if boards == 2 else 2
    names = ("a", "b")[:boards]
    room = RoomSettings(
        boards=tuple(BoardSettings(name, f"port-{name}", presence=presence and name == "a") for name in names),
        supports=(
            SupportSettings("left bar", (CellSettings("a", 0), CellSettings("a", 1))),
            SupportSettings("right bar", (CellSettings(right, first), CellSettings(right, first + 1))),
        ),
    )
    return CoreSettings(room, **tunables)  # type: ignore[arg-type]


def calibration(settings: CoreSettings) -> Calibration:
    """The true one of every cell on the stage."""
    return Calibration({cell.key: CellCalibration(ZERO_COUNTS, COUNTS_PER_KG) for cell in settings.room.cells})


class Stage:
    """Plays boards to a Monitor. `bar_kg` is shared evenly by all cells; `counts` overrides a cell's counts."""

    def __init__(self, settings: CoreSettings | None = None, calibrated: bool = True) -> None:
        self.settings = settings or core()
        self.monitor = Monitor(self.settings, calibration(self.settings) if calibrated else Calibration(), now_us=0)
        self.now_us = 0
        self.bar_kg = 0.0
        self.inputs = 0
        self.counts: dict[int, Callable[[int], int]] = {}
        self.silent_cells: set[int] = set()
        self.silent_boards: set[str] = set()
        self.events: list[Event] = []
        self._random = random.Random(7)
        self._boot = 1
        self._seq = {board.name: 0 for board in self.settings.room.boards}
        self._next_us = [float(1000 + 700 * i) for i in range(len(self.settings.room.cells))]
        for board in self.settings.room.boards:
            self.hello(board.name)

    def hello(self, board: str, boot: int = 1) -> None:
        """The board says who it is."""
        self.send(board, Hello(1, (1, 0, 0), board.encode() * 8, boot, 1, 4, 31))

    def send(self, board: str, frame: Frame) -> None:
        """One frame, now."""
        self.monitor.receive_data(board, encode(frame), self.now_us)
        self._pull()

    def unplug(self, board: str) -> None:
        """The cable is pulled."""
        self.silent_boards.add(board)
        self.monitor.receive_data(board, b"", self.now_us)
        self._pull()

    def replug(self, board: str, boot: int) -> None:
        """... and plugged in again; the board has booted."""
        self.silent_boards.discard(board)
        self._seq[board] = 0
        self.hello(board, boot)

    def fault(self, cell: int, kind: int) -> None:
        """The board reports the cell."""
        settings = self.settings.room.cells[cell]
        self.send(settings.board, ChannelFault(self.now_us, settings.channel, kind))

    def command(self, command: Command, origin: str = "test") -> str | None:
        """Give a command now."""
        refusal = self.monitor.command(command, origin, self.now_us)
        self._pull()
        return refusal

    def play(self, seconds: float, bar_kg: float | None = None) -> list[Event]:
        """Let time pass, with that load on the bars from now on; the events of that time."""
        if bar_kg is not None:
            self.bar_kg = bar_kg
        first = len(self.events)
        end_us = self.now_us + round(seconds * 1e6)
        while min(self._next_us) + 300 <= end_us:
            cell = self._next_us.index(min(self._next_us))
            ready_us = int(self._next_us[cell])
            self._next_us[cell] += PERIODS_US[cell % 4]
            self._pass_time(ready_us + 300)
            self._convert(cell, ready_us)
        self._pass_time(end_us)
        return self.events[first:]

    def snapshot(self) -> Snapshot:
        """The room now."""
        return self.monitor.snapshot()

    def raised(self, since: int = 0) -> list[str]:
        """Ids of the conditions that became active, in order, from event `since` on."""
        return [
            event.id
            for event in self.events[since:]
            if isinstance(event, ConditionChanged) and event.state == "active" and event.was.startswith("pending")
        ]

    def active(self) -> set[str]:
        """Ids of the conditions that hold or are latched."""
        return {alarm.id for alarm in self.snapshot().alarms}

    def _convert(self, cell: int, ready_us: int) -> None:
        settings = self.settings.room.cells[cell]
        if settings.board in self.silent_boards or cell in self.silent_cells:
            return
        override = self.counts.get(cell)
        share_kg = self.bar_kg / len(self.settings.room.cells)
        counts = ZERO_COUNTS + share_kg * COUNTS_PER_KG + self._random.gauss(0, 150)
        value = override(round(counts)) if override else round(counts)
        seq = self._seq[settings.board]
        self._seq[settings.board] = (seq + 1) & 0xFFFF
        age_us = self.now_us - ready_us
        conversions = (Conversion(settings.channel, age_us, value),)
        self.send(settings.board, Samples(seq, self.now_us & 0xFFFFFFFF, self.inputs, conversions))

    def _pass_time(self, to_us: int) -> None:
        while self.monitor.next_timer_us <= to_us:
            self.now_us = self.monitor.next_timer_us
            self.monitor.handle_timer(self.now_us)
        self.now_us = to_us
        self._pull()

    def _pull(self) -> None:
        while (event := self.monitor.next_event()) is not None:
            self.events.append(event)
