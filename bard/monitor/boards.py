"""One board as the core sees it: its decoder, its clock, and what it last said.

One law: a frame that cannot be true moves nothing; it is counted. It writes nothing to the board.
"""

from collections.abc import Callable

from bard.messages import BoardChanged, BoardSnapshot
from bard.settings import BoardSettings, WireSettings
from bard.weigh.cell import Cell
from bard.wire.clock import BoardClock
from bard.wire.decoder import NEED_DATA, BadFrame, Decoder
from bard.wire.frames import (
    AGE_MAX_US,
    INPUT_PEDAL,
    INPUT_PRESENCE,
    Answer,
    BoardFrame,
    Capability,
    ChannelFault,
    FaultKind,
    GuardEvent,
    Hello,
    Samples,
    Status,
)
from bard.wire.grid import Grid

_LIVE_US = 150_000
_RESTART_SHOWN_US = 10_000_000
_GUARD_WORDS = {
    GuardEvent.TRIP: "the board's own guard tripped",
    GuardEvent.CLEAR: "the board's own guard cleared",
    GuardEvent.HOST_LOST: 'the board heard no heartbeat: it plays "not monitored"',
    GuardEvent.HOST_BACK: "the board hears the heartbeat again",
}


class Board:
    """Bytes of one board into the grid; `say` takes the events. `cells` maps its channels to the room's cells."""

    def __init__(
        self,
        settings: BoardSettings,
        wire: WireSettings,
        index: int,
        grid: Grid,
        cells: dict[int, tuple[int, Cell]],
        say: Callable[[BoardChanged], None],
        start_us: int,
    ) -> None:
        self.name = settings.name
        self._settings = settings
        self._wire = wire
        self._index = index
        self._grid = grid
        self._cells = cells
        self._say = say
        self._decoder = Decoder()
        self._clock = BoardClock()
        self._start_us = start_us
        self._newest_us: dict[int, int] = {}
        self._seq: int | None = None
        self._inputs: int | None = None
        self._reopened = False
        """The link was lost: whoever says hello next is told of, known or not."""
        self.presence: bool | None = None
        """Whether the presence input is closed; None where none is wired or nothing was heard."""
        self.pedal: bool | None = None
        """Whether the pedal is down; None where its board was not heard."""
        self.hello: Hello | None = None
        self.status: Status | None = None
        self.answers: list[Answer] = []
        self.heard_us: int | None = None
        self.restarted_us: int | None = None
        """When it said hello with a boot count that was not expected."""
        self.streamed_us: int | None = None
        """When the first conversion after that came."""
        self.frames_missed = 0
        self.frames_untrue = 0

    @property
    def frames(self) -> tuple[int, int]:
        """Frames taken since the link came, and frames dropped as damaged or untrue."""
        decoder = self._decoder
        return decoder.frames_good, sum(decoder.frames_bad.values()) + self.frames_untrue

    @property
    def conversions(self) -> int:
        """Conversions of its cells that rows hold."""
        return sum(cell.conversions for _, cell in self._cells.values())

    def receive_data(self, data: bytes, now_us: int) -> None:
        """Take bytes as they came; none at all means that the link is gone."""
        if not data:
            self._lose(now_us)
            return
        self._decoder.receive_data(data)
        while (event := self._decoder.next_event()) is not NEED_DATA:
            if not isinstance(event, BadFrame):
                self._take(event, now_us)  # type: ignore[arg-type]

    def live_at(self, row_us: int) -> bool:
        """It has just been heard."""
        return self.heard_us is not None and row_us - self.heard_us < _LIVE_US

    def lost_at(self, row_us: int) -> bool:
        """It should have been heard and was not."""
        wire = self._wire
        if self.heard_us is None:
            return row_us - self._start_us > wire.board_absent_us
        if row_us - self.heard_us <= wire.board_silent_us:
            return False
        owes = not all(cell.flagged for _, cell in self._cells.values())
        return owes or row_us - self.heard_us > wire.board_status_us

    def newly_restarted_at(self, row_us: int) -> bool:
        """It has restarted and does not stream yet, or has not for long."""
        return self.streamed_us is None or row_us - self.streamed_us < _RESTART_SHOWN_US

    def _lose(self, now_us: int) -> None:
        if self.heard_us is not None:
            self._say(BoardChanged(now_us, self.name, "closed", "the cable or the board is gone"))
        self._decoder, self.frames_untrue = Decoder(), 0
        self._reopened = True
        self._begin_anew()
        self._grid.lose(self._index)
        self.heard_us = None
        self._start_us = now_us - self._wire.board_absent_us

    def _begin_anew(self) -> None:
        self._clock.restart()
        self._seq = None
        self._take_inputs(None)
        for _, cell in self._cells.values():
            cell.restarted = True
            cell.flagged = False

    def _take(self, frame: BoardFrame, now_us: int) -> None:
        self.heard_us = now_us
        if isinstance(frame, Samples):
            self._take_samples(frame, now_us)
        elif isinstance(frame, Answer):
            self.answers.append(frame)
        elif isinstance(frame, Status):
            self.status = frame
        elif isinstance(frame, ChannelFault):
            if frame.channel in self._cells:
                self._cells[frame.channel][1].flagged = frame.kind != FaultKind.RECOVERED
        elif isinstance(frame, Hello):
            self._take_hello(frame, now_us)
        elif frame.event in _GUARD_WORDS:
            words = f"{_GUARD_WORDS[GuardEvent(frame.event)]} (bar load {frame.bar_load_g / 1000:.1f} kg)"
            self._say(BoardChanged(now_us, self.name, "guard", words))

    def _take_samples(self, frame: Samples, now_us: int) -> None:
        at_us = self._clock.to_host(frame.ticks_us, now_us)
        if at_us is None:
            self.frames_untrue += 1
            return
        if self._seq is not None:
            self.frames_missed += (frame.seq - self._seq - 1) & 0xFFFF
        self._seq = frame.seq
        if frame.inputs != self._inputs:
            self._take_inputs(frame.inputs)
        for conversion in frame.conversions:
            found = self._cells.get(conversion.channel)
            if found is None:
                continue
            ready_us = at_us - min(conversion.age_us, AGE_MAX_US)
            if ready_us > self._newest_us.get(conversion.channel, ready_us - 1):
                self._newest_us[conversion.channel] = ready_us
                self._grid.add(found[0], ready_us, conversion.counts)
                if self.streamed_us is None:
                    self.streamed_us = now_us
        self._grid.advance(self._index, at_us)

    def _take_inputs(self, inputs: int | None) -> None:
        self._inputs = inputs
        wired = self._settings.presence and inputs is not None
        self.presence = bool(inputs & INPUT_PRESENCE) if wired and inputs is not None else None
        self.pedal = None if inputs is None else bool(inputs & INPUT_PEDAL)

    def _take_hello(self, hello: Hello, now_us: int) -> None:
        before, self.hello = self.hello, hello
        same = before is not None and (before.uid, before.boot) == (hello.uid, hello.boot)
        if same and not self._reopened:
            return
        self._reopened = False
        version = ".".join(map(str, hello.firmware))
        self._say(BoardChanged(now_us, self.name, "hello", f"firmware {version}, uid {hello.uid.hex()}"))
        if before is not None and not same:
            self._begin_anew()
            self.restarted_us, self.streamed_us = now_us, None

    def snapshot(self, row_us: int, warnings: tuple[str, ...]) -> BoardSnapshot:
        """For people."""
        hello = self.hello
        frames_good, frames_bad = self.frames
        capabilities = hello.capabilities if hello else 0
        state = "lost" if self.lost_at(row_us) else "streaming" if self.live_at(row_us) else "waiting"
        return BoardSnapshot(
            name=self.name,
            state=state,
            firmware=".".join(map(str, hello.firmware)) if hello else "",
            uid=hello.uid.hex() if hello else "",
            frames_good=frames_good,
            frames_bad=frames_bad,
            frames_missed=self.frames_missed,
            late=self._grid.late,
            presence=self.presence,
            vibrator=self._settings.vibrator and bool(capabilities & Capability.VIBRATOR),
            buzzer=self._settings.buzzer and bool(capabilities & Capability.BUZZER),
            warnings=warnings,
        )
