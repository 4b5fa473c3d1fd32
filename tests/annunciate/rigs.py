"""Each output with a way to see what it plays: what the contract test holds on to.

One law: a rig shows what a person at the other end would notice, never the output's own opinion.
"""

import os
import re
import select
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

from bard.alarm.selector import Signal
from bard.annunciate.board import BoardOutput
from bard.annunciate.guard import GuardWishes
from bard.annunciate.mqtt import MqttOutput
from bard.annunciate.output import Output
from bard.annunciate.terminal import TerminalOutput
from bard.control.words import pattern_words
from bard.settings import (
    PATTERNS,
    AlarmSettings,
    BoardSettings,
    CellSettings,
    MqttSettings,
    RoomSettings,
    SupportSettings,
)
from bard.simulate import Room, steady
from bard.weigh.calibration import Calibration
from bard.wire.commander import Commander
from bard.wire.decoder import NEED_DATA, Decoder
from bard.wire.frames import Answer, Hello, Samples
from tests.annunciate.broker import STATION, Broker, Ear
from tests.annunciate.messages import changed, stamp

ALARM = AlarmSettings()


class Rig(ABC):
    """`refreshing`: the monitor is alive."""

    output: Output
    now_us = 0

    def __init__(self) -> None:
        self.refreshing = True
        self._refresh_due_us = 0

    def play(self, pattern: int) -> None:
        signal = Signal(pattern, pattern if pattern > 4 else 0, "load_over" if pattern else "")
        self.output.play(signal, self.now_us)

    def wait(self, what: Callable[[], bool], limit_s: float = 10.0) -> float:
        """Let time pass until it is so; returns the seconds."""
        began_us = self.now_us
        while not what():
            assert self.now_us - began_us < limit_s * 1e6, f"not within {limit_s} s; plays {self.playing()}"
            self.step()
            if self.refreshing and self.now_us >= self._refresh_due_us:
                self.output.refresh(self.now_us)
                self._refresh_due_us = self.now_us + ALARM.beat_us
        return (self.now_us - began_us) / 1e6

    def wait_playing(self, pattern: int, limit_s: float = 10.0) -> float:
        return self.wait(lambda: self.playing() == pattern, limit_s)

    @abstractmethod
    def step(self) -> None:
        """A little time passes."""

    @abstractmethod
    def playing(self) -> int | None:
        """The pattern noticed now; None before any."""

    @abstractmethod
    def deafen(self) -> None:
        """The other side hangs."""

    @abstractmethod
    def heal(self) -> None: ...

    @abstractmethod
    def fail(self) -> None:
        """The other side goes away."""

    @abstractmethod
    def mend(self) -> None: ...

    @abstractmethod
    def dispose(self) -> None: ...


def guard_of_a_room() -> GuardWishes:
    """Of a room without a calibration."""
    room = RoomSettings((BoardSettings("a", "port"),), (SupportSettings("bar", (CellSettings("a", 0),)),))
    return GuardWishes(room, "a", Calibration)


class BoardRig(Rig):
    """The simulated board, in virtual time; a frame's conversions stand in closed rows at once."""

    def __init__(self) -> None:
        super().__init__()
        self._room = Room(steady(120.0), seed=3)
        self._decoder = Decoder()
        self._conversions = 0
        self._deaf = False
        self.output: BoardOutput = BoardOutput(
            BoardSettings("a", "sim://steady"),
            ALARM,
            Commander(),
            self._write,
            lambda: self._conversions,
            guard_of_a_room(),
        )
        self.output.board_up(0)

    def _write(self, data: bytes) -> bool:
        if not self._deaf:
            self._room.receive(0, data, self.now_us)
        return True

    def step(self) -> None:
        self.now_us += 10_000
        for delivery in self._room.advance(self.now_us):
            self._decoder.receive_data(delivery.data)
        while (frame := self._decoder.next_event()) is not NEED_DATA:
            if isinstance(frame, Samples):
                self._conversions += len(frame.conversions)
            elif isinstance(frame, Answer):
                self.output.receive_answer(frame)
            elif isinstance(frame, Hello):
                self.output.board_up(self.now_us, frame.capabilities)

    def playing(self) -> int:
        return self._room.outputs(0, self.now_us)[0]

    def deafen(self) -> None:
        self._deaf = True

    def heal(self) -> None:
        self._deaf = False

    def fail(self) -> None:
        self.output.board_down(self.now_us)
        self._deaf = True

    def mend(self) -> None:
        """Opening the port resets it; it says hello a second later."""
        self._deaf = False
        self._room.open(0, self.now_us)

    def dispose(self) -> None:
        self.output.close()


class _RealTime(Rig):
    @property
    def now_us(self) -> int:  # type: ignore[override]
        return time.monotonic_ns() // 1000

    def step(self) -> None:
        time.sleep(0.005)


class MqttRig(_RealTime):
    """Mosquitto and a subscriber to everything."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._broker = Broker(directory)
        self._broker.start()
        self._ear = Ear(self._broker.port)
        self.output: MqttOutput = MqttOutput(MqttSettings("127.0.0.1", self._broker.port), STATION, ALARM)
        self.wait(lambda: self.playing() is not None)

    def playing(self) -> int | None:
        heard = self._ear.last("haptic")
        return None if heard is None else int(heard["pattern"])

    def deafen(self) -> None:
        self._broker.freeze()

    def heal(self) -> None:
        self._broker.thaw()

    def fail(self) -> None:
        self._broker.stop()

    def mend(self) -> None:
        self._broker.start()

    def dispose(self) -> None:
        self.output.close()
        self._ear.close()
        self._broker.stop()


class TerminalRig(_RealTime):
    """A pipe that is read, or not."""

    def __init__(self) -> None:
        super().__init__()
        self._read_fd, write_fd = os.pipe()
        self._stream = os.fdopen(write_fd, "w")
        self._deaf = False
        self._text = ""
        self.output: TerminalOutput = TerminalOutput(self._stream, ALARM)

    @property
    def text(self) -> str:
        while not self._deaf and select.select([self._read_fd], [], [], 0)[0]:
            self._text += os.read(self._read_fd, 65536).decode()
        return self._text

    def playing(self) -> int | None:
        found = re.findall(r"NOT MONITORED|plays: vibrator ([\w -]+),", self.text)
        if not found:
            return None
        return next(p.number for p in PATTERNS if pattern_words(p.number) == (found[-1] or "not monitored"))

    def deafen(self) -> None:
        self._deaf = True

    def heal(self) -> None:
        self._deaf = False

    def fail(self) -> None:
        self._deaf = True
        for _ in range(2_500):
            self.output.tell(changed(), stamp())

    def mend(self) -> None:
        self._deaf = False

    def dispose(self) -> None:
        self.output.close()
        self._stream.close()
        os.close(self._read_fd)
