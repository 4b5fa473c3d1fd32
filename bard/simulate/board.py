"""The twin of the sketch: conversions and commands in, frames on a serial line out, exactly as docs/protocol.md says.

One law: the twin is a function of its conversions, its inputs, its supply and the bytes of the host, each at its
time; it does one thing after another, as the sketch's loop does. It knows no load and no person. What it decides by
itself is in `bard.simulate.guard`; its own times are its ticks, which a resonator makes run up to 0.5 % off.
"""

from collections import deque
from collections.abc import Iterator

from numpy.random import Generator

from bard.errors import LinkError
from bard.simulate.guard import BUZZER, VIBRATOR, Guard
from bard.simulate.line import Delivery, Line
from bard.simulate.outputs import Outputs
from bard.simulate.parts import BoardParts
from bard.simulate.reading import NEVER_US, Reader, Ready, draws
from bard.simulate.resonator import Resonator
from bard.simulate.verbs import Desk
from bard.wire.frames import (
    AGE_MAX_US,
    INPUT_PEDAL,
    RAIL_HIGH,
    RAIL_LOW,
    Answer,
    Capability,
    ChannelFault,
    Command,
    Conversion,
    FaultKind,
    Hello,
    Result,
    Samples,
    Status,
    Verb,
)
from bard.wire.frames import Guard as GuardFrame

BOOTLOADER_US = 1_000_000
FIRST_CONVERSION_US = 1_000_000
"""A channel has this long after boot, or after it recovered, for its first three conversions."""
RESET_POWER_ON, RESET_EXTERNAL = 1, 2
ANSWER_US = (150, 400)
STATUS_US = 1_000_000
SUPPLY_MV = 4_950
FIRMWARE = (1, 0, 0)
_LOOK_US = 100_000
"""The loop looks at its clocks this often at least; no deadline a read brings about is nearer."""
_MILLION = 1_000_000
_U16, _U32 = 0xFFFF, 0xFFFFFFFF


class BoardTwin:
    """Feed it `receive` and `open`, then `advance`; fetch from `out`."""

    def __init__(self, parts: BoardParts, ready: Iterator[Ready], reads: Generator, answers: Generator) -> None:
        self._parts = parts
        self._reader = Reader(ready, parts.channels, reads)
        self._answer_delays = draws(answers, *ANSWER_US)
        self._stalls = parts.stalls
        self._cable_moves = iter([at_us for span in parts.pulled for at_us in (span.at_us, span.until_us)])
        self._cable_us = next(self._cable_moves, NEVER_US)
        self._look_us = NEVER_US
        self._received: deque[tuple[int, bytes]] = deque()
        self._line = Line(parts.number)
        self.outputs = Outputs()
        self.powered = True
        self._now_us = 0
        self._boot = parts.boots
        self._reset_cause = RESET_POWER_ON
        self._begin(-parts.uptime_us, 0)

    @property
    def out(self) -> deque[Delivery]:
        """What is on the line or has arrived, in order of time; whoever fetches it takes it out."""
        return self._line.out

    def start_stream(self) -> None:
        """As if a host had sent verb 2."""
        self._streaming = True

    def next_us(self) -> int:
        """No delivery comes before this; an advance to it may give none, and then this is later."""
        due_us = min(self._due_us(), NEVER_US)
        return min(self._line.out[0].at_us, due_us) if self._line.out else due_us

    def advance(self, to_us: int) -> None:
        """Do everything due up to and including `to_us`."""
        while (now_us := self._due_us()) <= to_us:
            self._now_us = now_us
            if self._cable_us <= now_us:
                self._move_cable(now_us)
            elif self._reader.due_us <= now_us:
                self._read(now_us)
            else:
                self._look(now_us)
        self._now_us = max(self._now_us, to_us)

    def receive(self, data: bytes, at_us: int) -> None:
        """Bytes from the host; a board that does not run loses them."""
        if self._running:
            before_us = self._received[-1][0] if self._received else self._now_us
            self._received.append((max(before_us, at_us + next(self._answer_delays)), data))
            self._look_us = min(self._look_us, self._received[0][0])

    def open(self, at_us: int, dtr_reset: bool) -> None:
        """The host opens the port; raises LinkError while the cable is out."""
        self.advance(at_us)
        at_us = self._now_us
        if not self.powered:
            raise LinkError(f"board {self._parts.number}: the cable is out")
        if dtr_reset:
            self._reset(at_us, RESET_EXTERNAL)

    # Supply and boot

    def _due_us(self) -> int:
        due_us = min(self._reader.due_us, self._look_us)
        for stall in self._stalls:
            if stall.at_us <= due_us < stall.until_us:
                due_us = stall.until_us
        return min(due_us, self._cable_us)

    def _move_cable(self, now_us: int) -> None:
        self.powered = not self.powered
        self._cable_us = next(self._cable_moves, NEVER_US)
        if self.powered:
            self._reset(now_us, RESET_POWER_ON)
        else:
            self._stop(now_us)
            self._look_us = NEVER_US
            self._line.pull(now_us)

    def _reset(self, now_us: int, cause: int) -> None:
        self._stop(now_us)
        self._reset_cause = cause
        self._look_us = now_us + BOOTLOADER_US

    def _stop(self, now_us: int) -> None:
        self._running = False
        self._reader.stop()
        self._received.clear()
        self.outputs.play(0, 0, now_us)
        self._line.cut(now_us)

    def _begin(self, boot_us: int, now_us: int) -> None:
        """The sketch's memory as boot leaves it."""
        self._clock = Resonator(self._parts.ppm, boot_us)
        self._running = True
        self._streaming = False
        self._seq = 0
        self._guard = Guard(self._parts.channels)
        self._desk = Desk(self._parts.channels)
        self._awaited = [self._clock.ticks(now_us)] * self._parts.channels
        self._faulty = set[int]()
        self._status_due = (self._clock.ticks(now_us) // STATUS_US + 1) * STATUS_US
        self._reader.start(now_us)
        self._input_byte = 0
        self._inputs = deque(self._parts.inputs)
        self._take_inputs(now_us)
        self._plan(now_us)

    def _run(self, now_us: int) -> None:
        """Out of the bootloader: hello unasked, every chip reset and unsettled."""
        self._boot += 1
        self._begin(now_us, now_us)
        self._line.send(self._hello(), now_us)
        for channel in range(self._parts.channels):
            self._fault(channel, FaultKind.UNSETTLED, now_us)

    # The loop

    def _read(self, now_us: int) -> None:
        ticks = self._clock.ticks(now_us)
        shaking = self.outputs.last[VIBRATOR]
        conversions = []
        for ready_us, channel, counts, shake in self._reader.read(now_us):
            if shaking and RAIL_LOW < counts < RAIL_HIGH and self.outputs.pins(ready_us) & 1:
                counts = min(max(counts + shake, RAIL_LOW), RAIL_HIGH)
            if channel in self._faulty:
                self._fault(channel, FaultKind.RECOVERED, now_us)
            self._guard.conversion(channel, counts, ticks)
            conversions.append(Conversion(channel, min(self._clock.span(now_us - ready_us), AGE_MAX_US), counts))
        self._send_samples(tuple(conversions), ticks, now_us)
        if self._guard.armed:
            self._follow_guard(now_us)

    def _look(self, now_us: int) -> None:
        """Whatever is due but reads, in the order of the sketch's loop."""
        if not self._running:
            self._run(now_us)
            return
        while self._received and self._received[0][0] <= now_us:
            for command in self._desk.receive(self._received.popleft()[1]):
                self._command(command, now_us)
        if self._take_inputs(now_us):
            self._send_samples((), self._clock.ticks(now_us), now_us)
        for channel in range(self._parts.channels):
            if channel not in self._faulty and self._silent_due(channel) <= self._clock.ticks(now_us):
                self._fault(channel, FaultKind.SILENT, now_us)
        self._guard.timer(self._clock.ticks(now_us))
        self._follow_guard(now_us)
        if self._status_due <= self._clock.ticks(now_us):
            self._line.send(self._status(now_us), now_us)
            self._status_due = (self._clock.ticks(now_us) // STATUS_US + 1) * STATUS_US
        self._plan(now_us)

    def _plan(self, now_us: int) -> None:
        """When to look again."""
        due = [self._status_due, self._clock.ticks(now_us) + _LOOK_US]
        due += [self._silent_due(channel) for channel in range(self._parts.channels) if channel not in self._faulty]
        guard_due = (
            self._guard.next_timer_us(self._clock.ticks(now_us)),
            self._guard.change_us(self._clock.ticks(now_us)),
        )
        due += [ticks for ticks in guard_due if ticks is not None]
        at_us = self._clock.at_us(min(due))
        if self._inputs:
            at_us = min(at_us, self._inputs[0][0])
        if self._received:
            at_us = min(at_us, self._received[0][0])
        self._look_us = max(at_us, now_us + 1)

    def _silent_due(self, channel: int) -> int:
        live_until = self._guard.live_until_us(channel)
        return self._awaited[channel] + FIRST_CONVERSION_US if live_until is None else live_until

    def _take_inputs(self, now_us: int) -> bool:
        before = self._input_byte
        while self._inputs and self._inputs[0][0] <= now_us:
            self._input_byte = self._inputs.popleft()[1]
        if (self._input_byte ^ before) & INPUT_PEDAL:
            self._guard.pedal(bool(self._input_byte & INPUT_PEDAL), self._clock.ticks(now_us))
        return self._input_byte != before

    def _command(self, command: Command, now_us: int) -> None:
        ticks = self._clock.ticks(now_us)
        result, values = self._desk.judge(command, ticks)
        if values is not None and command.verb == Verb.STREAM:
            self._streaming = bool(values[0])
        elif values is not None:
            self._guard.obey(command.verb, values, ticks)
        self._line.send(Answer(command.id, result), now_us)
        if command.verb == Verb.HELLO and result == Result.DONE:
            self._line.send(self._hello(), now_us)

    # Frames

    def _send_samples(self, conversions: tuple[Conversion, ...], ticks: int, now_us: int) -> None:
        if self._streaming:
            self._line.send(Samples(self._seq, ticks & _U32, self._input_byte, conversions), now_us)
            self._seq = self._seq + 1 & _U16

    def _fault(self, channel: int, kind: FaultKind, now_us: int) -> None:
        if kind == FaultKind.RECOVERED:
            self._faulty.discard(channel)
            self._awaited[channel] = self._clock.ticks(now_us)
        else:
            self._faulty.add(channel)
            self._reader.unsettle(channel)
            self._guard.fault(channel, self._clock.ticks(now_us))
        self._line.send(ChannelFault(self._clock.ticks(now_us) & _U32, channel, kind), now_us)

    def _follow_guard(self, now_us: int) -> None:
        ticks = self._clock.ticks(now_us)
        for event, bar_load_g in self._guard.take_events():
            self._line.send(GuardFrame(ticks & _U32, event, bar_load_g), now_us)
        self.outputs.play(self._guard.playing(VIBRATOR, ticks), self._guard.playing(BUZZER, ticks), now_us)

    def _hello(self) -> Hello:
        wired = Capability.PRESENCE if self._parts.presence else 0
        capabilities = Capability.VIBRATOR | Capability.BUZZER | Capability.PEDAL | Capability.GUARD | wired
        return Hello(
            1, FIRMWARE, self._parts.uid, self._boot & _U16, self._reset_cause, self._parts.channels, capabilities
        )

    def _status(self, now_us: int) -> Status:
        return Status(
            uptime_s=self._clock.ticks(now_us) // _MILLION & _U32,
            missed=tuple(missed & _U16 for missed in self._reader.missed),
            abandoned=0,
            frames_dropped=0,
            commands_rejected=self._desk.rejected & _U16,
            rx_overruns=0,
            supply_mv=SUPPLY_MV,
            guard_state=self._guard.state(self._clock.ticks(now_us)),
            outputs_echo=self.outputs.pins(now_us),
        )
