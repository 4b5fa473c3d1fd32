"""A command of the user's own, run on what happens.

One law: one run at a time, and each is over with all that it started when its command ends or its time is up; the
newest state comes before older events, and neither a caller nor the deadline waits for a run. It knows no shell, and
no name of a person leaves here.
"""

import os
import shutil
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from queue import Empty
from time import monotonic

import msgspec

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.output import NOT_MONITORED, QueuedOutput, Stamp
from bard.annunciate.run import Run
from bard.messages import ConditionChanged, Event, Snapshot
from bard.settings import PATTERNS, AlarmSettings, HookSettings

Facts = Mapping[str, object]

_EVENTS = 100
"""Events that wait for the runs before them; then the oldest are dropped."""
_RESTART_S = 1.0
_RETRY_LEAST_S, _RETRY_MOST_S = 1.0, 30.0
_START_S = 1.0
_FAREWELL_S, _KILLED_S = 1.5, 0.3
_CUES = range(1, 5)
_PATH = "/usr/local/bin:/usr/bin:/bin"
_encode = msgspec.json.Encoder(order="sorted").encode


def condition_facts(event: ConditionChanged, stamp: Stamp) -> Facts:
    """What a hook is told of a condition. Who acted is not told: it may be a name."""
    return {
        "event": "condition",
        "condition": event.id,
        "state": event.state,
        "was": event.was,
        "priority": event.priority,
        "meaning": event.meaning,
        "subjects": event.subjects,
        "value_kg": event.value_kg,
        "limit_kg": event.limit_kg,
        "u_kg": event.u_kg,
        "guard_kg": event.guard_kg,
        "phase": event.phase,
        "uid": stamp.uid,
        "wall": stamp.wall,
        "clock_trusted": stamp.clock_trusted,
    }


def state_facts(event: str, signal: Signal) -> Facts:
    """What a hook is told of what plays: the names of the patterns, and the condition that won."""
    vibrator, buzzer = _name(signal.vibrator), _name(signal.buzzer)
    pattern = vibrator if signal.vibrator else buzzer
    return {"event": event, "condition": signal.condition, "pattern": pattern, "vibrator": vibrator, "buzzer": buzzer}


class HookOutput(QueuedOutput):
    """Runs `settings.argv` with an event in BARD_* and as one line of JSON on its standard input.

    An event is given once to a command that starts. A state (what plays, whether anybody watches) is told again after
    a while until a run ends well or another state comes. Upon `close` the last run is told `stopped`.
    """

    def __init__(self, settings: HookSettings, alarm: AlarmSettings) -> None:
        super().__init__("hook", alarm)
        self._settings = settings
        self._base = {"PATH": os.environ.get("PATH", _PATH), "LANG": os.environ.get("LANG", "C.UTF-8")}
        self._run_now: Run | None = None
        self._tells: Signal | None = None
        """The state that this run is about; None: an event."""
        self._starting_s: float | None = None
        self._restart_s = 0.0
        self._absent = False
        self._ailment: str | None = None
        self._events: deque[Facts] = deque()
        self._behind = False
        self._wanted = NOTHING
        self._tried = NOTHING
        self._told: Signal | None = NOTHING
        """None: a run went wrong, and nobody knows what came of it."""
        self._alone = False
        """The hook was told that nobody watches, and nothing since."""
        self._retry_s = 0.0
        self._delay_s = _RETRY_LEAST_S
        self._begin()

    @property
    def failure(self) -> str | None:
        starting_s = self._starting_s
        if starting_s is not None and monotonic() - starting_s > _START_S:
            return f"hook: {self._settings.argv[0]} does not start"
        return super().failure

    # What the monitor says

    def _play(self, signal: Signal) -> None:
        self._wanted = _state(signal, plays=self._settings.on != "condition")
        self._advance()

    def _tell(self, event: Event, stamp: Stamp) -> None:
        if isinstance(event, ConditionChanged) and self._settings.on != "signal":
            if len(self._events) == _EVENTS:
                self._events.popleft()
                self.dropped += 1
                self._behind = True
            self._events.append(condition_facts(event, stamp))
            self._advance()

    def _show(self, snapshot: Snapshot, stamp: Stamp) -> None:
        """Five processes a second are no way to show a number."""

    # One run after the other

    def _wait_s(self) -> float:
        now_s = monotonic()
        dues_s = [self._retry_s, self._restart_s]
        if self._run_now is not None:
            dues_s = [] if self._run_now.killed else [self._run_now.until_s]
        return max(0.0, min([super()._wait_s(), *(due_s - now_s for due_s in dues_s if due_s > now_s)]))

    def _tick(self) -> None:
        self._advance()

    def _advance(self) -> None:
        """End the run that is due to end, and begin the next."""
        run = self._run_now
        if run is not None:
            if not run.ended and not run.killed and monotonic() >= run.until_s:
                run.kill()
                self._ail(f"was killed after {self._settings.timeout_s:g} s")
            if run.ended:
                self._run_now = None
                self._judge(run)
        if self._run_now is None and not self._closing and self._is_there() and monotonic() >= self._restart_s:
            self._next()
        self._trouble = self._ailment or (f"hook: too slow, {self.dropped} events lost" if self._behind else None)

    def _is_there(self) -> bool:
        """Looked for in silence too: a command that is missing should be known before it is needed."""
        absent = shutil.which(self._settings.argv[0], path=self._base["PATH"]) is None
        if absent:
            self._ail("cannot be found or may not be run")
        elif self._absent:
            self._ailment = None
        self._absent = absent
        return not absent

    def _next(self) -> None:
        if self._wanted != self._told and (self._wanted != self._tried or monotonic() >= self._retry_s):
            if self._start(self._state_facts(), self._wanted):
                self._tried = self._wanted
                self._alone = self._alone or self._wanted == NOT_MONITORED
        elif self._events and self._start(self._events[0], None):
            self._events.popleft()
            self._behind = self._behind and bool(self._events)

    def _state_facts(self) -> Facts:
        if self._wanted == NOT_MONITORED:
            return state_facts("not_monitored", NOT_MONITORED)
        return state_facts("monitored" if self._alone else "signal", _state(self._signal, plays=True))

    def _start(self, facts: Facts, tells: Signal | None) -> bool:
        environment = {**self._base, **{f"BARD_{key.upper()}": _text(value) for key, value in facts.items()}}
        self._starting_s = monotonic()
        try:
            settings = self._settings
            self._run_now = Run(settings.argv, environment, _encode(facts) + b"\n", settings.timeout_s, self._ring)
        except OSError as error:
            self._ail(f"cannot be run: {(error.strerror or str(error)).lower()}")
            self._restart_s = monotonic() + _RESTART_S
            return False
        finally:
            self._starting_s = None
        self._tells = tells
        return True

    def _judge(self, run: Run) -> None:
        timed_out = run.killed
        words = run.reap()
        if words is None:
            self._ailment = None
        elif not timed_out:
            self._ail(words)
        if self._tells is None:
            return
        if self._ailment is None:
            self._told = self._tells
            self._alone = self._told == NOT_MONITORED
            self._delay_s = _RETRY_LEAST_S
        else:
            self._told = None
            self._retry_s = monotonic() + self._delay_s
            self._delay_s = min(2 * self._delay_s, _RETRY_MOST_S)

    def _ail(self, words: str) -> None:
        self._ailment = f"hook: {self._settings.argv[0]} {words}"

    # The end

    def _finish(self) -> None:
        self._end_run()
        self.dropped += len(self._events)
        if self._is_there() and self._start(state_facts("stopped", NOTHING), None):
            self._end_run()

    def _end_run(self) -> None:
        """Give the run a moment, then none."""
        run, self._run_now = self._run_now, None
        if run is None:
            return
        if not self._await(run, _FAREWELL_S):
            run.kill()
            self._await(run, _KILLED_S)
        if run.ended:
            run.reap()

    def _await(self, run: Run, limit_s: float) -> bool:
        until_s = monotonic() + limit_s
        while not run.ended and (left_s := until_s - monotonic()) > 0:
            with suppress(Empty):
                self._bell.get(timeout=left_s)
            self._rung = False
        return run.ended


def _state(signal: Signal, plays: bool) -> Signal:
    """What is worth a run. Ticks and answers without a condition call nobody, and the cue's steps are one."""
    if signal is NOT_MONITORED:
        return NOT_MONITORED
    if not plays or not signal.condition:
        return NOTHING
    return Signal(1, signal.buzzer, signal.condition) if signal.vibrator in _CUES else signal


def _name(pattern: int) -> str:
    return "cue" if pattern in _CUES else PATTERNS[pattern].name


def _text(value: object) -> str:
    """For the environment: empty for what is not known, a list with semicolons."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return "; ".join(map(str, value))
        case _:
            return str(value).replace("\0", "")
