"""What one row decides: phase, client load, conditions, signal.

One law: one row at a time, in row time, in plain Python; what it needs of boards and cells it reads as they stand when
the row closed.
"""

from collections.abc import Callable
from math import nan

from bard.alarm.conditions import CONDITIONS
from bard.alarm.detector import Change, Detector
from bard.alarm.facts import NOBODY, Facts, Subjects
from bard.alarm.selector import NOTHING, Selector
from bard.alarm.states import SHOWN
from bard.client.estimate import Session, client_load_kg
from bard.client.phase import Phase, PhaseMachine
from bard.errors import Refused, UsageError
from bard.messages import ConditionChanged, Event, PhaseChanged, SignalChanged, known
from bard.monitor.boards import Board
from bard.settings import CoreSettings
from bard.weigh.path import Weighed, Weigher
from bard.weigh.state import FIRST_FAULT, IN_WORDS, CellState

_MEANINGS = {condition.id: condition.meaning for condition in CONDITIONS}


class Decisions:
    """Holds the facts of the last row, the phase and every condition; `say` takes the events."""

    def __init__(
        self, settings: CoreSettings, weigher: Weigher, boards: tuple[Board, ...], say: Callable[[Event], None]
    ) -> None:
        self._settings = settings
        self._boards = boards
        self._say = say
        self._cell_names = settings.room.cell_names
        self._cell_boards = [next(b for b in boards if b.name == cell.board) for cell in settings.room.cells]
        self._presence = next((b for b, s in zip(boards, settings.room.boards, strict=True) if s.presence), None)
        self.facts = Facts(settings.alarm)
        self.facts.cells = weigher.cells
        self.session: Session | None = None
        self.phases = PhaseMachine(settings.phase)
        self.detector = Detector(settings.alarm)
        self.selector = Selector(settings.alarm, any(board.vibrator for board in settings.room.boards))
        self.signal = NOTHING
        self.weighed: Weighed | None = None
        self._taken = False

    def begin_session(self, session: Session) -> None:
        """Watch from the next row on."""
        self.session = session
        self.facts.watch(session.body_weight_kg, session.near_kg, session.limit_kg, session.critical_kg)
        self._taken = False

    def end_session(self, at_us: int) -> None:
        """Stop watching: the phase is off, load conditions end with the next row."""
        was = self.phases.phase
        self.phases.end(at_us)
        self._report_phase(was, at_us)
        self.session = None
        self.facts.unwatch()

    def tell_off(self, at_us: int, why: str) -> None:
        """Step-down or pause. Raises Refused where no session runs."""
        if self.session is None:
            raise Refused("no session runs")
        was = self.phases.phase
        self.phases.tell_off(at_us, why)
        self._report_phase(was, at_us)

    def acknowledge(self, condition: str | None, by: str) -> None:
        """Acknowledge one or all. Raises UsageError for a name that is no condition."""
        if condition is not None and condition not in _MEANINGS:
            raise UsageError(f"no condition {condition!r}; allowed: {', '.join(_MEANINGS)}")
        self._report(self.detector.acknowledge(condition, self.facts, by))

    def decide(self, weighed: Weighed) -> None:
        """Take the next row."""
        facts, before = self.facts, self.weighed
        self.weighed = weighed
        at_us = facts.at_us = weighed.at_us
        slow_kg, fast_kg = weighed.slow_kg, weighed.fast_kg
        facts.bar_slow_kg = slow_kg
        facts.bar_unknown = fast_kg != fast_kg
        facts.cell_fast_before_kg = before.cell_fast_kg if before else weighed.cell_fast_kg
        facts.cell_fast_kg = weighed.cell_fast_kg
        if self.session is not None:
            self._step_phase(facts, at_us, slow_kg, self.session)
        self._load(facts, slow_kg, fast_kg)
        self._health(facts, weighed)
        changes = self.detector.step(facts)
        if changes:
            self._report(changes)
        signal = self.selector.select(self.detector.shown(), facts) if self.detector.live else NOTHING
        if signal != self.signal:
            self.signal = signal
            self._say(SignalChanged(at_us, signal.vibrator, signal.buzzer, signal.condition))

    def _step_phase(self, facts: Facts, at_us: int, slow_kg: float, session: Session) -> None:
        phases = self.phases
        was = phases.phase
        presence = self._presence.presence if self._presence else None
        if phases.step(at_us, slow_kg, presence):
            self._report_phase(was, at_us)
        self._taken = self._taken or phases.phase is Phase.ON
        waited_us = at_us - session.started_us
        facts.never_taken = not self._taken and waited_us >= self._settings.alarm.bars_never_taken_us

    def _load(self, facts: Facts, slow_kg: float, fast_kg: float) -> None:
        phase = self.phases.phase
        facts.on_client = phase is not Phase.OFF
        facts.phase_age_us = facts.at_us - self.phases.since_us
        facts.hands_off = phase is Phase.RELEASED and facts.phase_age_us < self._settings.phase.hands_off_us
        if facts.on_client:
            facts.client_slow_kg = client_load_kg(facts.body_weight_kg, slow_kg)
            facts.client_fast_kg = client_load_kg(facts.body_weight_kg, fast_kg)
        else:
            facts.client_slow_kg = facts.client_fast_kg = nan

    def _health(self, facts: Facts, weighed: Weighed) -> None:
        at_us = weighed.at_us
        lost: tuple[Board, ...] = ()
        restarted: tuple[Board, ...] = ()
        for board in self._boards:
            if board.lost_at(at_us):
                lost += (board,)
            if board.restarted_us is not None and board.newly_restarted_at(at_us):
                restarted += (board,)
        facts.lost_boards = {board.name: "" for board in lost} if lost else NOBODY
        facts.faulty_cells = self._faulty(weighed, lost) if weighed.fast_kg != weighed.fast_kg else NOBODY
        facts.restarted_boards = {board.name: "" for board in restarted} if restarted else NOBODY
        if restarted:
            facts.restarted_stream = all(board.streamed_us is not None for board in restarted)

    def _faulty(self, weighed: Weighed, lost: tuple[Board, ...]) -> Subjects:
        """Cells with a fault of their own, in words; those of a board that is silent as a whole are its own matter."""
        faulty = {}
        for name, board, state in zip(self._cell_names, self._cell_boards, weighed.states, strict=True):
            silent = state == CellState.SILENT and board.live_at(weighed.at_us)
            if board not in lost and (state >= FIRST_FAULT or silent):
                faulty[name] = IN_WORDS[state]
        return faulty

    def _report(self, changes: list[Change]) -> None:
        for change in changes:
            if change.state in SHOWN or change.was in SHOWN:
                self._say(
                    ConditionChanged(
                        at_us=self.facts.at_us,
                        id=change.id,
                        state=change.state.value,
                        was=change.was.value,
                        priority=change.priority.name.lower(),
                        meaning=_MEANINGS[change.id],
                        subjects=change.subjects,
                        value_kg=known(change.value_kg),
                        limit_kg=known(change.limit_kg),
                        phase=self.phases.phase.value,
                        by=change.by,
                    )
                )

    def _report_phase(self, was: Phase, at_us: int) -> None:
        phases = self.phases
        if phases.phase is not was:
            self._say(PhaseChanged(at_us, phases.phase.value, was.value, phases.why))
