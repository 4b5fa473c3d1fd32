"""The one object shells hold (architecture): sans I/O, time is an argument, the row is the clock of every decision.

One law: the same calls in the same order give the same events, to the bit. All that is decided is decided at a row, in
row time; `handle_timer` only closes rows whose time is over, and a command takes effect at the next row.
"""

from collections import deque
from math import nan

from bard.alarm.selector import Signal
from bard.errors import BardError, Refused
from bard.messages import (
    Acknowledge,
    Calibrated,
    Command,
    DailyCheck,
    Done,
    Event,
    Inspected,
    Noticed,
    Pause,
    PauseAudio,
    Report,
    Restore,
    Rezero,
    SavedAlarm,
    SetBodyWeight,
    SetCalibration,
    SetLimit,
    SetZone,
    Snapshot,
    StartSession,
    StepDown,
    StopSession,
    Verified,
    WeighIn,
    noted,
)
from bard.monitor.boards import Board
from bard.monitor.decisions import Decisions
from bard.monitor.snapshots import Loads, take_snapshot
from bard.monitor.summing import Summary
from bard.settings import CoreSettings
from bard.weigh.calibration import NONE, Calibration
from bard.weigh.path import Weigher
from bard.weigh.state import CellState
from bard.wire.frames import Answer, Hello
from bard.wire.grid import Grid


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
        boards = tuple(self._boards.values())
        self._decisions = Decisions(settings, self._weigher, boards, self._events.append, now_us)
        self._decisions.calibrated(calibration, calibration)
        self._note_calibration()
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
        return self._decisions.watch.session is not None

    @property
    def readings(self) -> list[tuple[int, CellState]]:
        """The gated counts and the state of each cell at the last row."""
        weighed = self._decisions.weighed
        states = weighed.states if weighed else [CellState.SILENT] * len(self._weigher.cells)
        return [(cell.median, state) for cell, state in zip(self._weigher.cells, states, strict=True)]

    @property
    def signal(self) -> Signal:
        """What should play."""
        return self._decisions.signal

    @property
    def quiet(self) -> bool:
        """No session and no weigh-in runs and no condition is shown: nothing would be lost by beginning anew."""
        decisions = self._decisions
        return not self.in_session and decisions.watch.weigh_in is None and not decisions.detector.shown()

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
        bar_fast_kg = weighed.fast_kg - self._decisions.zero.total_kg if weighed else nan
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

    def next_summary(self) -> Summary | None:
        """The oldest 0.1 s of a session not yet pulled; ten minutes wait for who pulls late."""
        return self._decisions.summing.next()

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
        if refusal is None and isinstance(command, Report):
            return None
        self._events.append(Done(now_us, type(command).__struct_config__.tag, origin, refusal))  # type: ignore[arg-type]
        return refusal

    def saved(self, now_us: int) -> Restore:
        """What a fresh core must be told to go on where this one is."""
        decisions = self._decisions
        hung, session = decisions.watch.saved(now_us)
        alarms = tuple(SavedAlarm(*saved) for saved in decisions.detector.saved(now_us))
        capacity = decisions.capacity
        return Restore(self.calibration.digest, decisions.zero.saved(now_us), hung, session, alarms, *capacity.saved())

    def _carry_out(self, command: Command, origin: str, now_us: int) -> None:
        decisions = self._decisions
        watch = decisions.watch
        match command:
            case StartSession():
                self._start(command, now_us)
            case StopSession():
                watch.stop(now_us)
            case StepDown():
                watch.tell_off(now_us, "step-down")
            case Pause():
                watch.tell_off(now_us, "pause")
            case Acknowledge():
                decisions.acknowledge(command.condition, origin)
            case PauseAudio():
                decisions.selector.pause_audio(decisions.facts.at_us, int(command.seconds * 1e6))
            case WeighIn(on=True):
                self._need_calibration()
                watch.begin_weigh_in(now_us)
            case WeighIn():
                watch.end_weigh_in(now_us, "left by command")
            case SetBodyWeight():
                watch.set_body_weight(command.body_weight_kg, origin, now_us)
            case SetZone():
                watch.set_zone(command.zone, origin, now_us, only_lower=command.only_lower)
            case SetLimit():
                given = (command.limit_kg, command.near_kg, command.critical_kg)
                watch.set_limit(given, command.who, command.why, origin, now_us)
            case Inspected():
                decisions.capacity.inspected(command.support)
            case Verified(refused=""):
                decisions.capacity.verified(command.support)
            case Verified():
                decisions.capacity.refuted(command.support, command.refused)
            case Noticed() | DailyCheck():
                self._events.append(noted(command, now_us))
            case Report():
                decisions.facts.report(command.around)
            case Rezero():
                if not watch.off:
                    raise Refused("somebody may be on the client or hang on the bars: step down first")
                decisions.zero.rezero(now_us)
            case SetCalibration():
                self._calibrate(command.calibration, now_us)
            case Restore():
                self._restore(command, now_us)
        decisions.follow_session()

    def _start(self, command: StartSession, now_us: int) -> None:
        decisions = self._decisions
        if self.in_session:
            raise Refused("a session runs already: end it first")
        self._need_calibration()
        capacity = decisions.capacity
        for refused in (decisions.facts.around.calibration_expired, capacity.to_inspect, capacity.doubted):
            for name, words in refused.items():
                raise Refused(f"{name}: {words}")
        slow = decisions.health.slow_boards
        if slow:
            what = "; ".join(f"board {name} {words}" for name, words in slow.items())
            raise Refused(f"{what}; wire its amplifiers for 80 a second, or set allow_10_sps for that board")
        decisions.watch.start(command, self._notes(), now_us)
        decisions.selector.test(decisions.facts.at_us)

    def _note_calibration(self) -> None:
        self._decisions.summing.calibration = self.calibration.digest
        self._decisions.facts.uncalibrated = dict.fromkeys(self.uncalibrated, "")

    def _need_calibration(self) -> None:
        if self.uncalibrated:
            raise Refused(f"no calibration for {'; '.join(self.uncalibrated)}: run `bard calibrate` first")

    def _calibrate(self, calibration: Calibration, now_us: int) -> None:
        if self.in_session:
            raise Refused("a session runs: end it before another calibration is used")
        self._decisions.calibrated(calibration, self.calibration)
        self.calibration = calibration
        self._weigher.calibrate(calibration)
        self._note_calibration()
        self._decisions.zero.begin_anew()
        self._events.append(Calibrated(now_us, calibration.digest, tuple(sorted(calibration.cells))))

    def _restore(self, restore: Restore, now_us: int) -> None:
        decisions = self._decisions
        if self.in_session:
            raise Refused("a session runs already: nothing is brought back")
        if restore.zero is not None and restore.calibration == self.calibration.digest:
            decisions.zero.restore(restore.zero, now_us)
        session = restore.session if not self.uncalibrated else None
        decisions.watch.restore(restore.hung, session, now_us)
        decisions.capacity.restore(restore.to_inspect, restore.doubted)
        decisions.restore_alarms(restore.alarms, now_us)

    def _notes(self) -> tuple[str, ...]:
        room = self.settings.room
        notes = [
            f"board {board.name} {words}"
            for board, warnings in zip(room.boards, self._decisions.health.board_warnings, strict=True)
            for words in warnings
        ]
        if not any(board.presence for board in room.boards):
            notes.append(
                "no presence input: after letting go of the bars you count as on the client until you step down by "
                "command or take the bars again"
            )
        if len({cell.board for cell in room.cells}) > 1:
            notes.append("two boards: each sees a part of the bars, so their own guards watch the heartbeat only")
        if not self._decisions.zero.checked:
            notes.append("the bars' zero has not been checked since bard started: leave them free and still for 5 s")
        return tuple(notes)

    def _decide(self) -> None:
        while (row := self._grid.next_row()) is not None:
            self.rows += 1
            self._decisions.decide(self._weigher.weigh(row))
