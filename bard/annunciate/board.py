"""The vibrator and the buzzer on one board: signals and heartbeats as commands, on the daemon's own loop.

One law: the board is told what should play whenever that changes or may have been forgotten, and it gets a heartbeat
only while rows with its own conversions close; the board itself plays "not monitored" without one. No thread, no
wait: bytes go to `write`, answers come by `receive_answer`. It knows no port and no load.
"""

from collections.abc import Callable, Iterator

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.output import Output, Stamp
from bard.messages import Event, Snapshot
from bard.settings import AlarmSettings, BoardSettings
from bard.wire.commander import Commander
from bard.wire.decoder import NEED_DATA, Decoder
from bard.wire.frames import (
    FROM_HOST,
    OUTPUT_BUZZER,
    OUTPUT_VIBRATOR,
    VERB_ARGS,
    Answer,
    Capability,
    Command,
    Result,
    Verb,
)

_BOTH = Capability.VIBRATOR | Capability.BUZZER
_OUTPUTS = {OUTPUT_VIBRATOR: "vibrator", OUTPUT_BUZZER: "buzzer"}
_STREAM = 0
_RETRY_US = 1_000_000
_LATE_ROWS_US = 200_000
"""Conversions that came before the link was lost may stand in rows that close this much later."""


class BoardOutput(Output):
    """`write` takes bytes for the board's port and says False where they are lost; `conversions` counts those of this
    board in closed rows.

    The daemon calls `board_up` upon each hello, `board_down` when the link is gone, `receive_answer` for each answer.
    Until a hello or a conversion has come nothing is written: bytes sent into a bootloader can hold it.
    """

    def __init__(
        self,
        settings: BoardSettings,
        alarm: AlarmSettings,
        commander: Commander,
        write: Callable[[bytes], bool | None],
        conversions: Callable[[], int],
    ) -> None:
        self.name = f"board {settings.name}"
        self._settings = settings
        self._alarm = alarm
        self._commander = commander
        self._write = write
        self._conversions = conversions
        self._capabilities = int(_BOTH)
        self._signal = NOTHING
        self._up = False
        self._told: dict[int, int] = {}
        """Output -> the pattern last asked of it; absent where the board may have forgotten."""
        self._awaited: dict[int, int] = {}
        """Command id -> output (or _STREAM), of commands not answered yet."""
        self._refused: set[int] = set()
        self._unanswered = 0
        self._silent = False
        self._down_us: int | None = None
        self._retry_us = 0
        self._beat_us = 0
        self._beat_count = conversions()
        self._own_commands = Decoder(FROM_HOST)

    @property
    def failure(self) -> str | None:
        if not self._up:
            return f"{self.name} is not connected"
        if self._silent:
            return f"{self.name} does not answer"
        if self._refused:
            refused = " and ".join(words for output, words in _OUTPUTS.items() if output in self._refused)
            return f"{self.name} refuses to play on its {refused}"
        return None

    def play(self, signal: Signal, now_us: int, /) -> None:
        self._signal = signal
        if self._up:
            self._send_signals(now_us)

    def refresh(self, now_us: int, /) -> None:
        """Beat, repeat what was not answered, try again what failed."""
        conversions = self._conversions()
        if self._down_us is not None and now_us - self._down_us < _LATE_ROWS_US:
            self._beat_count = conversions
        elif conversions != self._beat_count:
            self._beat(conversions, now_us)
        if self._up:
            self._send(self._commander.due(now_us))
            if self._commander.unanswered != self._unanswered:
                self._unanswered = self._commander.unanswered
                self._silent = True
            if now_us >= self._retry_us:
                self._retry(now_us)

    def tell(self, event: Event, stamp: Stamp, /) -> None:
        """A board shows no text."""

    def show(self, snapshot: Snapshot, stamp: Stamp, /) -> None:
        """A board shows no numbers."""

    def close(self) -> None:
        """Silence what the host plays; a beat that then stays away is the board's own to judge."""
        if self._up and any(self._told.values()):
            self.play(NOTHING, self._beat_us)
        self._up = False

    def board_up(self, now_us: int, capabilities: int = _BOTH) -> None:
        """The board has said hello and may have booted: stream on, and the signals again as they stand."""
        self._begin_anew()
        self._capabilities = capabilities
        self._up = True
        self._down_us = None
        self._beat_us = now_us
        self._send_all(now_us)

    def board_down(self, now_us: int) -> None:
        """The link is gone: write nothing until the board is heard again."""
        self._begin_anew()
        self._down_us = now_us

    def receive_answer(self, answer: Answer) -> None:
        """The board's answer to any command of its Commander."""
        self._commander.receive_answer(answer)
        output = self._awaited.pop(answer.command_id, None)
        if output is None:
            return
        self._silent = False
        if answer.result == Result.DONE:
            self._refused.discard(output)
        else:
            self._refused.add(output)

    def _begin_anew(self) -> None:
        self._commander.forget()
        self._up = self._silent = False
        self._refused.clear()
        self._told.clear()
        self._awaited.clear()

    def _beat(self, conversions: int, now_us: int) -> None:
        """Its conversions have moved on: it is alive and listening, hello or not."""
        since_us = now_us - self._beat_us
        if self._up and since_us < self._alarm.beat_us * 3 // 4:
            return
        if not self._up or since_us >= self._alarm.refresh_deadline_us:
            self._told.clear()  # left alone for some seconds, a board forgets what the host plays
        self._beat_count, self._beat_us, self._up = conversions, now_us, True
        self._send([self._commander.command(Verb.BEAT, now_us=now_us)])
        self._send_signals(now_us)

    def _retry(self, now_us: int) -> None:
        if self._silent:
            self._told.clear()
            self._send_all(now_us)
        elif self._refused:
            for output in self._refused:
                self._told.pop(output, None)
            self._send_signals(now_us)

    def _send_all(self, now_us: int) -> None:
        stream = self._commander.command(Verb.STREAM, 1, now_us=now_us)
        self._send([stream])
        self._await([stream])
        self._send_signals(now_us)

    def _send_signals(self, now_us: int) -> None:
        data = []
        for output, pattern in self._wanted():
            if self._told.get(output) != pattern:
                self._told[output] = pattern
                data.append(self._commander.command(Verb.SIGNAL, output, pattern, now_us=now_us))
        if data:
            self._retry_us = now_us + _RETRY_US
            self._send(data)
            self._await(data)

    def _wanted(self) -> Iterator[tuple[int, int]]:
        """Output and pattern, vibrator first, of the outputs this board has."""
        if self._settings.vibrator and self._capabilities & Capability.VIBRATOR:
            yield OUTPUT_VIBRATOR, self._signal.vibrator
        if self._settings.buzzer and self._capabilities & Capability.BUZZER:
            yield OUTPUT_BUZZER, self._signal.buzzer

    def _await(self, data: list[bytes]) -> None:
        """Note whose answers to look for; the Commander gives no ids, so its bytes are read back."""
        for command in data:
            self._own_commands.receive_data(command)
        while (frame := self._own_commands.next_event()) is not NEED_DATA:
            if isinstance(frame, Command):
                output = VERB_ARGS[Verb.SIGNAL].unpack(frame.args)[0] if frame.verb == Verb.SIGNAL else _STREAM
                self._awaited = {id_: other for id_, other in self._awaited.items() if other != output}
                self._awaited[frame.id] = output

    def _send(self, data: list[bytes]) -> None:
        """What does not get through is repeated by the Commander, or found unanswered."""
        if data:
            self._write(b"".join(data))
