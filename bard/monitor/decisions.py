"""What one row decides: zero, phase, client load with its uncertainty, conditions, signal.

One law: one row at a time, in row time, in plain Python; what it needs of boards and cells it reads as they stand when
the row closed. The working zero is subtracted here, after weighing; nothing feeds back into that.
"""

from collections.abc import Callable
from math import nan

from msgspec.structs import astuple

from bard.alarm.chatter import Chatter
from bard.alarm.conditions import CONDITIONS
from bard.alarm.detector import Change, Detector
from bard.alarm.facts import Facts
from bard.alarm.judging import Priority
from bard.alarm.selector import NOTHING, Selector
from bard.alarm.states import SHOWN
from bard.client.estimate import client_load_kg
from bard.client.gesture import Gesture
from bard.client.pedal import Pedal
from bard.client.phase import Phase
from bard.client.release import ReleaseDetector
from bard.client.strain import Strain
from bard.client.uncertainty import Working, budget_of, expanded_kg, fast_u_kg, slow_u_kg, static_u_kg, with_body_u
from bard.errors import UsageError
from bard.messages import ConditionChanged, Event, SavedAlarm, SignalChanged, known
from bard.monitor.boards import Board
from bard.monitor.capacity import Capacity
from bard.monitor.health import Health
from bard.monitor.links import Links
from bard.monitor.summing import Summing
from bard.monitor.watch import Watch
from bard.monitor.zero import Zero
from bard.settings import CoreSettings
from bard.weigh.calibration import Calibration
from bard.weigh.path import Weighed, Weigher

CUE = Priority.CUE
"""Comes and goes with the work, and is meant to: no chatter."""
_MEANINGS = {condition.id: condition.meaning for condition in CONDITIONS}


class Decisions:
    """Holds the facts of the last row, the session and every condition; `say` takes the events."""

    def __init__(
        self,
        settings: CoreSettings,
        weigher: Weigher,
        boards: tuple[Board, ...],
        say: Callable[[Event], None],
        start_us: int = 0,
    ) -> None:
        self._settings = settings
        self._weigher = weigher
        self._boards = boards
        self._say = say
        self._presence = next((b for b, s in zip(boards, settings.room.boards, strict=True) if s.presence), None)
        self.facts = Facts(
            settings.alarm, settings.room.cell_names, settings.weigh.pushed_kg, settings.weigh_in.above_body_kg
        )
        self.facts.cells = weigher.cells
        self.watch = Watch(settings, say)
        self.summing = Summing(settings, self.facts, self.watch)
        self.zero = Zero(settings, say, start_us)
        self.capacity = Capacity(settings.room)
        self.facts.support_names = self.capacity.names
        self._strain = Strain()
        self._working = Working(settings.uncertainty)
        self._works = False
        self.facts.slow_uncertainty_kg = lambda: self._uncertainty_kg(slow_u_kg)
        self.facts.fast_uncertainty_kg = lambda: self._uncertainty_kg(fast_u_kg)
        self._chatter = Chatter()
        self.health = Health(settings, weigher.cells, boards)
        self._links = Links(settings.room, boards)
        self._release = ReleaseDetector(settings.release)
        self._gesture = Gesture(settings.gesture) if settings.gesture.enabled else None
        self._pedal = Pedal(settings.pedal)
        self._load_held_us: int | None = None
        self.detector = Detector(settings.alarm)
        self.selector = Selector(settings.alarm, any(board.vibrator for board in settings.room.boards))
        self.signal = NOTHING
        self.weighed: Weighed | None = None

    def acknowledge(self, condition: str | None, by: str) -> None:
        """Acknowledge one or all. Raises UsageError for a name that is no condition."""
        if condition is not None and condition not in _MEANINGS:
            raise UsageError(f"no condition {condition!r}; allowed: {', '.join(_MEANINGS)}")
        self._report(self.detector.acknowledge(condition, self.facts, by))

    def follow_session(self) -> None:
        """The session began, changed or ended: its numbers count from the next row on."""
        session, facts = self.watch.session, self.facts
        if session is None:
            facts.unwatch()
            return
        limits = session.limits
        facts.cue = session.cue
        facts.sustained_kg = session.strains.sustained_kg or nan
        facts.watch(session.body.kg, limits.near_kg, limits.limit_kg, limits.critical_kg, limits.guard_kg)

    def calibrated(self, calibration: Calibration, before: Calibration) -> None:
        """Another calibration is in use, or the first one."""
        self.watch.budget = budget_of(self._settings.uncertainty, calibration.span_u_fraction)
        self.capacity.calibrated(calibration, before)

    def restore_alarms(self, saved: tuple[SavedAlarm, ...], now_us: int) -> None:
        """Conditions come back as they were; those that are over end by themselves."""
        self.facts.at_us = now_us
        self._report(self.detector.restore(map(astuple, saved), self.facts, now_us))

    def decide(self, weighed: Weighed) -> None:
        """Take the next row."""
        facts, before = self.facts, self.weighed
        self.weighed = weighed
        at_us = facts.at_us = weighed.at_us
        self.zero.step(weighed, off=self.watch.off)
        zero_kg = self.zero.total_kg
        slow_kg, fast_kg = weighed.slow_kg - zero_kg, weighed.fast_kg - zero_kg
        facts.bar_slow_kg = slow_kg
        facts.bar_unknown = fast_kg != fast_kg
        facts.cell_fast_before_kg = before.cell_fast_kg if before else weighed.cell_fast_kg
        facts.cell_fast_kg = weighed.cell_fast_kg
        facts.cell_slow_kg = self.zero.net_kg(weighed.cell_slow_kg)
        self._step_session(at_us, slow_kg, fast_kg)
        self._load(facts, slow_kg, fast_kg)
        self._links.judge(facts, weighed)
        self._hands(facts, slow_kg, fast_kg)
        self.health.look(at_us, facts.cell_slow_kg, self._weigher.counts_per_kg, self.zero.zero_kg)
        facts.slow_boards, facts.bad_lines = self.health.slow_boards, self.health.bad_lines
        facts.used_shares = self.capacity.step(weighed.cell_fast_kg)
        facts.to_inspect, facts.doubted = self.capacity.to_inspect, self.capacity.doubted
        facts.chattering = self._chatter.subjects(at_us)
        changes = self.detector.step(facts)
        if changes:
            self._chatter.note([change.id for change in changes if change.began and change.priority > CUE], at_us)
            self._report(changes)
        signal = self.selector.select(self.detector.shown() if self.detector.live else [], facts)
        if signal != self.signal:
            self.signal = signal
            self._say(SignalChanged(at_us, signal.vibrator, signal.buzzer, signal.condition))
        self.summing.row(at_us)

    def _step_session(self, at_us: int, slow_kg: float, fast_kg: float) -> None:
        """Pedal, weigh-in and phase."""
        watch, facts = self.watch, self.facts
        if self._pedal.step(at_us, self._pedal_down()):
            self._press(at_us)
        session = watch.session
        watch.step(at_us, slow_kg, fast_kg, self._presence.presence if self._presence else None)
        if watch.session is not session:
            self.follow_session()
        facts.never_taken = watch.never_taken
        facts.weighing = watch.weigh_in is not None
        facts.mismatch = watch.mismatch

    def _load(self, facts: Facts, slow_kg: float, fast_kg: float) -> None:
        phases, session, weighed = self.watch.phases, self.watch.session, self.weighed
        phase = phases.phase
        facts.on_client = phase is not Phase.OFF
        facts.phase_age_us = facts.at_us - phases.since_us
        facts.hands_off = phase is Phase.RELEASED and facts.phase_age_us < self._settings.phase.hands_off_us
        if not facts.on_client or session is None or weighed is None:
            facts.client_slow_kg = facts.client_fast_kg = nan
            if facts.sustained or facts.rising:
                self._strain.forget()
                facts.sustained = facts.rising = False
            return
        facts.client_slow_kg = client_load_kg(session.body.kg, slow_kg)
        facts.client_fast_kg = client_load_kg(session.body.kg, fast_kg)
        self._works = self._working.step(facts.at_us, weighed.motion_kg)
        bound, rate_kg_s = session.strains.bound, session.strains.rate_kg_s
        if bound is not None or rate_kg_s is not None:
            slow_kg, fast_kg = facts.client_slow_kg + facts.guard_kg, facts.client_fast_kg + facts.guard_kg
            self._strain.step(facts.at_us, slow_kg, fast_kg, bound, rate_kg_s)
            facts.sustained, facts.rising = self._strain.sustained, self._strain.rising

    def _uncertainty_kg(self, u_kg: Callable[..., float]) -> float:
        """Expanded, of the client load at the last row: the slow one by `slow_u_kg`, the fast one by `fast_u_kg`."""
        facts, session, weighed = self.facts, self.watch.session, self.weighed
        if not facts.on_client or session is None or weighed is None:
            return nan
        body = session.body
        budget = with_body_u(self.watch.budget, body.u_kg)
        static = static_u_kg(budget, body.basis, body.kg, facts.bar_slow_kg, self.zero.u_kg(facts.at_us))
        return expanded_kg(u_kg(budget, static, weighed.noise_kg, weighed.motion_kg, working=self._works))

    def _hands(self, facts: Facts, slow_kg: float, fast_kg: float) -> None:
        """What hands did on the bars beyond carrying: a grip lost, a gesture."""
        at_us, phases = facts.at_us, self.watch.phases
        fallen = self._release.step(at_us, fast_kg, facts.cell_fast_kg, facts.cells)
        facts.fallen = fallen and (facts.fallen or phases.may_fall(at_us, self._settings.release.after_on_us))
        facts.zero_moved, facts.zero_off_kg = self.zero.moved, self.zero.off_kg
        if self._gesture is None:
            return
        if self.detector.load_holds:
            self._load_held_us = at_us
        held_us = self._load_held_us
        calm = held_us is None or at_us - held_us >= self._settings.gesture.after_load_us
        if self._gesture.step(at_us, fast_kg, slow_kg) and calm:
            self._report(self.detector.acknowledge_harmless(facts, "two tugs on the bars"))

    def _pedal_down(self) -> bool | None:
        """Any board's; None where none was heard."""
        down: bool | None = None
        for board in self._boards:
            if board.pedal is not None:
                down = board.pedal or bool(down)
        return down

    def _press(self, at_us: int) -> None:
        """What the pedal does in this room."""
        action = self._settings.pedal.action
        if action == "acknowledge":
            self.acknowledge(None, "pedal")
        elif action == "next_zone":
            self.watch.next_zone("pedal", at_us)
            self.follow_session()
        elif self.watch.session is not None:
            self.watch.tell_off(at_us, "step-down by the pedal")
            self.selector.answer(at_us)

    def _report(self, changes: list[Change]) -> None:
        facts = self.facts
        for change in changes:
            if change.state in SHOWN or change.was in SHOWN:
                self._say(
                    ConditionChanged(
                        at_us=facts.at_us,
                        id=change.id,
                        state=change.state.value,
                        was=change.was.value,
                        priority=change.priority.name.lower(),
                        meaning=_MEANINGS[change.id],
                        subjects=change.subjects,
                        value_kg=known(change.value_kg),
                        limit_kg=known(change.limit_kg),
                        u_kg=known(change.u_kg),
                        guard_kg=facts.guard_kg if facts.in_session else None,
                        phase=self.watch.phase.value,
                        by=change.by,
                    )
                )
