"""The one object shells hold (architecture): sans I/O, time is an argument, the row is the clock of every decision.

One law: the same calls in the same order give the same events, to the bit. All that is decided is decided at a row, in
row time; `handle_timer` only closes rows whose time is over, and a command takes effect at the next row.
"""

from collections import deque
from math import nan
from typing import NamedTuple

from bard.client.estimate import make_session
from bard.errors import BardError, Refused
from bard.messages import (
    Acknowledge,
    Calibrated,
    Command,
    Done,
    Event,
    Pause,
    PauseAudio,
    SessionEnded,
    SessionStarted,
    SetCalibration,
    Snapshot,
    StartSession,
    StepDown,
    StopSession,
)
from bard.monitor.boards import Board
from bard.monitor.decisions import Decisions
from bard.monitor.snapshots import take_snapshot
from bard.settings import CoreSettings
from bard.weigh.calibration import NONE, Calibration
from bard.weigh.path import Weigher
from bard.weigh.state import CellState
from bard.wire.frames import Answer, Hello
from bard.wire.grid import Grid


class Loads(NamedTuple):
    """One row's loads in kg, NaN where unknown; the client's are NaN while nobody is on."""

    at_us: int
    client_slow_kg: float
    client_fast_kg: float
    bar_slow_kg: float
    bar_fast_kg: float


class Monitor:
    """Feed `receive_data`, `handle_timer` and `command`; pull `next_event` until None after each call."""

    def __init__(self, settings: CoreSettings, calibration: Calibration = NONE, *, now_us: int) -> None:
        self.settings = settings
        self.calibration = calibration
        self._events: deque[Event] = deque()
        self._grid = Grid(settings.wire, len(settings.room.boards))
        self._grid.begin(now_us)
        self._weigher = Weigher(settings, calibration)
        self._boards = {board.name: self._board(index, now_us) for index, board in enumerate(settings.room.boards)}
        self._decisions = Decisions(settings, self._weigher, tuple(self._boards.values()), self._events.append)
        self.rows = 0

    def _board(self, index: int, now_us: int) -> Board:
        settings = self.settings.room.boards[index]
        cells = {
            cell.channel: (number, self._weigher.cells[number])
            for number, cell in enumerate(self.settings.room.cells)
            if cell.board == settings.name
        }
        return Board(settings, self.settings.wire, index, self._grid, cells, self._events.append, now_us)

    @property
    def next_timer_us(self) -> int:
        """When `handle_timer` is due if no data comes first."""
        return self._grid.next_timer_us

    @property
    def in_session(self) -> bool:
        """A session runs."""
        return self._decisions.session is not None

    @property
    def readings(self) -> list[tuple[int, CellState]]:
        """The gated counts and the state of each cell at the last row."""
        weighed = self._decisions.weighed
        states = weighed.states if weighed else [CellState.SILENT] * len(self._weigher.cells)
        return [(cell.median, state) for cell, state in zip(self._weigher.cells, states, strict=True)]

    @property
    def quiet(self) -> bool:
        """No session runs and no condition is shown: nothing would be lost by beginning anew."""
        return not self.in_session and not self._decisions.detector.shown()

    def hello(self, board: str) -> Hello | None:
        """What a board last said of itself. Raises KeyError."""
        return self._boards[board].hello

    def conversions(self, board: str) -> int:
        """Conversions of a board's cells that rows hold, counted from the start. Raises KeyError."""
        return self._boards[board].conversions

    @property
    def uncalibrated(self) -> list[str]:
        """Names of the cells without a calibration."""
        room = self.settings.room
        return [
            name
            for name, cell in zip(room.cell_names, room.cells, strict=True)
            if cell.key not in self.calibration.cells
        ]

    @property
    def loads(self) -> Loads:
        """The loads of the last row."""
        facts, weighed = self._decisions.facts, self._decisions.weighed
        bar_fast_kg = weighed.fast_kg if weighed else nan
        return Loads(facts.at_us, facts.client_slow_kg, facts.client_fast_kg, facts.bar_slow_kg, bar_fast_kg)

    def receive_data(self, board: str, data: bytes, now_us: int) -> None:
        """Bytes of a board, as read; b"" when its link is gone. Raises KeyError for a board that is not in the room."""
        self._boards[board].receive_data(data, now_us)
        self._decide()

    def handle_timer(self, now_us: int) -> None:
        """Close the rows whose time is over."""
        self._grid.expire(now_us)
        self._decide()

    def next_event(self) -> Event | None:
        """The oldest event not yet pulled."""
        return self._events.popleft() if self._events else None

    def next_answer(self) -> tuple[str, Answer] | None:
        """The oldest answer of a board to one of its commands."""
        for name, board in self._boards.items():
            if board.answers:
                return name, board.answers.pop(0)
        return None

    def snapshot(self) -> Snapshot:
        """The room as of the last row."""
        calibration = None if self.uncalibrated else self.calibration.digest
        return take_snapshot(self.settings, self._decisions, self._weigher, tuple(self._boards.values()), calibration)

    def command(self, command: Command, origin: str, now_us: int) -> str | None:
        """Carry out a command for `origin`. Returns None, or why it is refused."""
        refusal = None
        try:
            self._carry_out(command, origin, now_us)
        except BardError as error:
            refusal = str(error)
        self._events.append(Done(now_us, type(command).__struct_config__.tag, origin, refusal))  # type: ignore[arg-type]
        return refusal

    def _carry_out(self, command: Command, origin: str, now_us: int) -> None:
        decisions = self._decisions
        match command:
            case StartSession():
                self._start(command, now_us)
            case StopSession():
                session = decisions.session
                if session is None:
                    raise Refused("no session runs")
                decisions.end_session(now_us)
                self._events.append(SessionEnded(now_us, session.started_us))
            case StepDown() | Pause():
                decisions.tell_off(now_us, "step-down" if isinstance(command, StepDown) else "pause")
            case Acknowledge():
                decisions.acknowledge(command.condition, origin)
            case PauseAudio():
                decisions.selector.pause_audio(decisions.facts.at_us, int(command.seconds * 1e6))
            case SetCalibration():
                if self.in_session:
                    raise Refused("a session runs: end it before another calibration is used")
                self.calibration = command.calibration
                self._weigher.calibrate(command.calibration)
                cells = tuple(sorted(command.calibration.cells))
                self._events.append(Calibrated(now_us, command.calibration.digest, cells))

    def _start(self, command: StartSession, now_us: int) -> None:
        if self.in_session:
            raise Refused("a session runs already: end it first")
        if self.uncalibrated:
            raise Refused(f"no calibration for {'; '.join(self.uncalibrated)}: run `bard calibrate` first")
        session = make_session(
            command.body_weight_kg,
            command.limit_kg,
            command.near_kg,
            command.critical_kg,
            self.settings.alarm,
            now_us,
        )
        self._decisions.begin_session(session)
        self._events.append(
            SessionStarted(
                now_us,
                session.body_weight_kg,
                session.limit_kg,
                session.near_kg,
                session.critical_kg,
                self._notes(),
            )
        )

    def _notes(self) -> tuple[str, ...]:
        room = self.settings.room
        notes = []
        if not any(board.presence for board in room.boards):
            notes.append(
                "no presence input: after letting go of the bars you count as on the client until you step down by "
                "command or take the bars again"
            )
        if len({cell.board for cell in room.cells}) > 1:
            notes.append("two boards: each sees a part of the bars, so their own guards watch the heartbeat only")
        return tuple(notes)

    def _decide(self) -> None:
        while (row := self._grid.next_row()) is not None:
            self.rows += 1
            self._decisions.decide(self._weigher.weigh(row))
