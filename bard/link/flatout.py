"""A simulated room and a monitor in virtual time, as fast as they go.

One law: the monitor gets what it would get from a link, in the same order and with no clock anywhere: the same room,
seed and commands give the same calls, to the bit. What the board's output does in a daemon (stream on after a hello,
signals if asked) is done here in its place.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

from bard.errors import LinkError
from bard.link.probe import Probe
from bard.messages import (
    Acknowledge,
    BoardChanged,
    Command,
    Event,
    Pause,
    SignalChanged,
    StartSession,
    StepDown,
    StopSession,
)
from bard.monitor import Monitor
from bard.settings import CoreSettings
from bard.simulate import Cue, Room, Scenario
from bard.weigh.calibration import Calibration, CellCalibration
from bard.wire.commander import Commander
from bard.wire.frames import OUTPUT_BUZZER, OUTPUT_VIBRATOR, Verb

RETRY_US = 500_000
_CHORE_US = 50_000
_NEVER = 1 << 62

OnEvent = Callable[[Event], None]
TimedCommand = tuple[int, str, Command]
"""When (us from the scenario's start), by whom, what."""


class Tape(Protocol):
    """Takes every call into the monitor, in order, and every event that came of it."""

    def data(self, board: str, now_us: int, data: bytes) -> None: ...

    def timer(self, now_us: int) -> None: ...

    def command(self, origin: str, command: Command, now_us: int) -> None: ...

    def event(self, event: Event) -> None: ...


def true_calibration(room: Room, settings: CoreSettings) -> Calibration:
    """What the cells of `room` really are, by the names that `settings` gives them."""
    names = [board.name for board in settings.room.boards]
    return Calibration(
        {
            f"{names[cell.board]}/{cell.channel}": CellCalibration(cell.zero_counts, cell.counts_per_kg)
            for cell in room.cells
        }
    )


def scripted(scenario: Scenario) -> list[TimedCommand]:
    """The scenario's cues as commands; a recording without a body weight starts no session."""
    return [(cue.at_us, "script", command) for cue in scenario.cues if (command := _command(cue, scenario))]


def run_flat_out(
    room: Room,
    monitor: Monitor,
    on_event: OnEvent,
    *,
    tape: Tape | None = None,
    commands: Iterable[TimedCommand] = (),
    on_row: Callable[[int], None] | None = None,
    start_us: int = 0,
    until_us: int | None = None,
    reset: bool = True,
    signals: bool = False,
) -> None:
    """Play `room` to its end, or to `until_us` of its own time, into `monitor`.

    `start_us` is the host's time at the room's time 0 (the monitor's `now_us` when it was made). The scenario's cues
    and `commands` are carried out. `on_row(now_us)` is called after each call that closed a row. With `reset` opening
    a port resets its board, as it mostly does; without, a room made with `autostart` streams from the first moment.
    `signals` sends the monitor's signals, and heartbeats, to the boards.
    """
    player = _Player(room, monitor, on_event, tape, on_row, start_us, signals)
    player.commands = sorted([*scripted(room.scenario), *commands], key=lambda timed: timed[0])
    player.open_all(reset)
    player.play(room.duration_us if until_us is None else min(until_us, room.duration_us))


class _Link:
    """One board's link in virtual time."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number
        self.commander = Commander()
        self.probe: Probe | None = None
        self.open_us = 0
        self.beat_us = 0
        self.heard = False

    @property
    def due_us(self) -> int:
        return self.probe.next_timer_us if self.probe else self.open_us


class _Player:
    def __init__(
        self,
        room: Room,
        monitor: Monitor,
        on_event: OnEvent,
        tape: Tape | None,
        on_row: Callable[[int], None] | None,
        start_us: int,
        signals: bool,
    ) -> None:
        self._room = room
        self._monitor = monitor
        self._on_event = on_event
        self._tape = tape
        self._on_row = on_row
        self._start_us = start_us
        self._signals = signals
        self._signal = (0, 0)
        self._links = [_Link(board.name, number) for number, board in enumerate(monitor.settings.room.boards)]
        self._chore_us = _CHORE_US
        self._host_us = 0
        self.commands: list[TimedCommand] = []

    def open_all(self, reset: bool) -> None:
        """Open every port at time 0; one without its cable is tried again later."""
        for link in self._links:
            self._open(link, 0, reset)

    def play(self, end_us: int) -> None:
        """Everything up to and including `end_us`."""
        room, monitor, start_us = self._room, self._monitor, self._start_us
        while True:
            room_us = room.next_us()
            timer_us = monitor.next_timer_us - start_us
            at_us = min(self._host_us, timer_us, _NEVER if room_us is None else room_us)
            if at_us > end_us:
                return
            if at_us == room_us:
                for delivery in room.advance(at_us):
                    self._deliver(self._links[delivery.board], delivery.data, delivery.at_us)
            while monitor.next_timer_us - start_us <= at_us:
                self._expire(monitor.next_timer_us)
            if self._host_us <= at_us:
                self._do_what_is_due(at_us)

    def _do_what_is_due(self, at_us: int) -> None:
        """All that comes neither from the room nor from the monitor's timer."""
        while self.commands and self.commands[0][0] <= at_us:
            self._give(at_us, *self.commands.pop(0)[1:])
        if self._chore_us <= at_us:
            self._chores(at_us)
        for link in self._links:
            if link.due_us <= at_us:
                self._attend(link, at_us)
        due = [self._chore_us, *(link.due_us for link in self._links), *(timed[0] for timed in self.commands[:1])]
        self._host_us = min(due)

    # Into the monitor

    def _deliver(self, link: _Link, data: bytes, at_us: int) -> None:
        if link.probe is None:
            return
        was_up = link.probe.found
        if data:
            data = link.probe.receive(data, at_us)
            self._host_us = min(self._host_us, link.probe.next_timer_us)
            if not data:
                return
            link.heard = True
        else:
            link.probe, link.open_us = None, at_us + RETRY_US
            if not was_up:
                return
        now_us = at_us + self._start_us
        if self._tape:
            self._tape.data(link.name, now_us, data)
        rows = self._monitor.rows
        self._monitor.receive_data(link.name, data, now_us)
        self._follow(rows, now_us)

    def _expire(self, now_us: int) -> None:
        if self._tape:
            self._tape.timer(now_us)
        rows = self._monitor.rows
        self._monitor.handle_timer(now_us)
        self._follow(rows, now_us)

    def _give(self, at_us: int, origin: str, command: Command) -> None:
        now_us = at_us + self._start_us
        if self._tape:
            self._tape.command(origin, command, now_us)
        self._monitor.command(command, origin, now_us)
        self._follow(self._monitor.rows, now_us)

    def _follow(self, rows: int, now_us: int) -> None:
        """What came of a call."""
        monitor = self._monitor
        while (event := monitor.next_event()) is not None:
            if self._tape:
                self._tape.event(event)
            self._on_event(event)
            if isinstance(event, BoardChanged):
                self._greet(event, now_us - self._start_us)
            elif isinstance(event, SignalChanged) and self._signals:
                self._signal = (event.vibrator, event.buzzer)
                for link in self._links:
                    self._send_signal(link, now_us - self._start_us)
        while (answered := monitor.next_answer()) is not None:
            name, answer = answered
            next(link for link in self._links if link.name == name).commander.receive_answer(answer)
        if self._on_row and monitor.rows != rows:
            self._on_row(now_us)

    # To the boards

    def _greet(self, event: BoardChanged, at_us: int) -> None:
        link = next(link for link in self._links if link.name == event.board)
        if event.what == "closed":
            link.commander.forget()
        elif event.what == "hello":
            self._command(link, at_us, Verb.STREAM, 1)
            if self._signals:
                self._send_signal(link, at_us)

    def _send_signal(self, link: _Link, at_us: int) -> None:
        vibrator, buzzer = self._signal
        self._command(link, at_us, Verb.SIGNAL, OUTPUT_VIBRATOR, vibrator)
        self._command(link, at_us, Verb.SIGNAL, OUTPUT_BUZZER, buzzer)

    def _command(self, link: _Link, at_us: int, verb: Verb, *args: int) -> None:
        if link.probe:
            self._room.receive(link.number, link.commander.command(verb, *args, now_us=at_us), at_us)

    def _chores(self, at_us: int) -> None:
        """Unanswered commands again, and heartbeats."""
        self._chore_us = at_us + _CHORE_US
        for link in self._links:
            for data in link.commander.due(at_us) if link.probe else ():
                self._room.receive(link.number, data, at_us)
            if self._signals and link.heard and at_us >= link.beat_us:
                link.heard = False
                link.beat_us = at_us + self._monitor.settings.alarm.beat_us
                self._command(link, at_us, Verb.BEAT)

    def _attend(self, link: _Link, at_us: int) -> None:
        """A closed link is opened again, an open one asked for its hello when that is due."""
        if link.probe is None:
            self._open(link, at_us, True)
        elif link.probe.timer(at_us).ask:
            self._command(link, at_us, Verb.HELLO)

    def _open(self, link: _Link, at_us: int, reset: bool) -> None:
        try:
            self._room.open(link.number, at_us, reset)
        except LinkError:
            link.open_us = at_us + RETRY_US
        else:
            link.probe = Probe((), at_us)


def _command(cue: Cue, scenario: Scenario) -> Command | None:
    match cue.action:
        case "start":
            weighed = scenario.body_weight_kg > 0
            return StartSession(scenario.body_weight_kg, scenario.limit_kg) if weighed else None
        case "stop":
            return StopSession()
        case "step_down":
            return StepDown()
        case "acknowledge":
            return Acknowledge()
        case "pause":
            return Pause()
