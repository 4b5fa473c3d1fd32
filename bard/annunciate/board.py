"""The vibrator, the buzzer and the guard of one board: commands and heartbeats, on the daemon's own loop.

One law: what the board should hold (stream, signals, scales, guard) is compared with what it was told, and the
difference is sent; it gets a heartbeat only while rows with its own conversions close, and plays "not monitored" by
itself without one. No thread, no wait: bytes go to `write`, answers come by `receive_answer`. It knows no port.
"""

from collections.abc import Callable

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.guard import GuardWishes, Wish
from bard.annunciate.output import Output, Stamp
from bard.messages import Event, Snapshot
from bard.settings import AlarmSettings, BoardSettings
from bard.wire.commander import Commander
from bard.wire.frames import OUTPUT_BUZZER, OUTPUT_VIBRATOR, Answer, Capability, Result, Verb

_ALL = Capability.VIBRATOR | Capability.BUZZER | Capability.GUARD
_PARTS = {
    (Verb.STREAM,): "stream",
    (Verb.SIGNAL, OUTPUT_VIBRATOR): "play on its vibrator",
    (Verb.SIGNAL, OUTPUT_BUZZER): "play on its buzzer",
    (Verb.ARM,): "arm its guard",
}
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
        guard: GuardWishes,
    ) -> None:
        self.name = f"board {settings.name}"
        self._settings = settings
        self._alarm = alarm
        self._commander = commander
        self._write = write
        self._conversions = conversions
        self._guard = guard
        self._capabilities = int(_ALL)
        self._signal = NOTHING
        self._up = False
        self._told: dict[tuple[int, ...], Wish] = {}
        """Subject -> what was last sent of it; absent where the board may not know."""
        self._refused: set[tuple[int, ...]] = set()
        self._unanswered = 0
        self._silent = False
        self._down_us: int | None = None
        self._retry_us = 0
        self._beat_us = 0
        self._beat_count = 0

    @property
    def failure(self) -> str | None:
        if not self._up:
            return f"{self.name} is not connected"
        if self._silent:
            return f"{self.name} does not answer"
        if self._refused:
            refused = sorted(_PARTS.get(subject, "take a scale") for subject in self._refused)
            return f"{self.name} refuses to {' and to '.join(refused)}"
        return None

    def play(self, signal: Signal, now_us: int, /) -> None:
        self._signal = signal
        self._settle(now_us)

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
                self._retry()
            self._settle(now_us)

    def tell(self, event: Event, stamp: Stamp, /) -> None:  # noqa: ARG002
        """A board shows no text; its guard follows the session. What that changes goes out with the next refresh."""
        self._guard.take(event)

    def show(self, snapshot: Snapshot, stamp: Stamp, /) -> None:
        """A board shows no numbers."""

    def close(self) -> None:
        """Silence what the host plays; a beat that then stays away is the board's own to judge."""
        self._signal = NOTHING
        self._settle(self._beat_us)
        self._up = False

    def board_up(self, now_us: int, capabilities: int = _ALL) -> None:
        """The board has said hello: it may have booted, so nothing told before counts."""
        self._begin_anew()
        self._capabilities = capabilities
        self._up = True
        self._down_us = None
        self._beat_us = now_us
        self._settle(now_us)

    def board_down(self, now_us: int) -> None:
        """The link is gone: write nothing until the board is heard again."""
        self._begin_anew()
        self._down_us = now_us

    def receive_answer(self, answer: Answer) -> None:
        """The board's answer to any command of its Commander."""
        answered = self._commander.receive_answer(answer)
        if answered is None:
            return
        self._silent = False
        subject = _subject(answered.verb, answered.args)
        if answered.result == Result.DONE:
            self._refused.discard(subject)
        else:
            self._refused.add(subject)

    def _begin_anew(self) -> None:
        self._commander.forget()
        self._up = self._silent = False
        self._refused.clear()
        self._told.clear()

    def _beat(self, conversions: int, now_us: int) -> None:
        """Its conversions have moved on: it is alive and listening, hello or not."""
        since_us = now_us - self._beat_us
        if self._up and since_us < self._alarm.beat_us * 3 // 4:
            return
        if not self._up or since_us >= self._alarm.refresh_deadline_us:
            self._told.clear()  # left alone for some seconds, a board forgets what the host plays
        self._beat_count, self._beat_us, self._up = conversions, now_us, True
        self._send([self._commander.command(Verb.BEAT, now_us=now_us)])

    def _retry(self) -> None:
        if self._silent:
            self._told.clear()
        for subject in self._refused:
            self._told.pop(subject, None)

    def _settle(self, now_us: int) -> None:
        """Send whatever the board should hold and was not told."""
        if not self._up:
            return
        data = []
        for subject, wish in self._wishes().items():
            if self._told.get(subject) != wish:
                self._told[subject] = wish
                data.append(self._commander.command(wish[0], *wish[1], now_us=now_us))
        if data:
            self._retry_us = now_us + _RETRY_US
            self._send(data)

    def _wishes(self) -> dict[tuple[int, ...], Wish]:
        """Everything by its subject: the signals first, the vibrator before the buzzer."""
        wanted: dict[tuple[int, ...], Wish] = {(Verb.STREAM,): (Verb.STREAM, (1,))}
        if self._settings.vibrator and self._capabilities & Capability.VIBRATOR:
            wanted[Verb.SIGNAL, OUTPUT_VIBRATOR] = Verb.SIGNAL, (OUTPUT_VIBRATOR, self._signal.vibrator)
        if self._settings.buzzer and self._capabilities & Capability.BUZZER:
            wanted[Verb.SIGNAL, OUTPUT_BUZZER] = Verb.SIGNAL, (OUTPUT_BUZZER, self._signal.buzzer)
        if self._capabilities & Capability.GUARD:
            wanted |= self._guard.wishes()
        return wanted

    def _send(self, data: list[bytes]) -> None:
        """What does not get through is repeated by the Commander, or found unanswered."""
        if data:
            self._write(b"".join(data))


def _subject(verb: Verb, args: tuple[int, ...]) -> tuple[int, ...]:
    if verb in (Verb.SIGNAL, Verb.SCALE):
        return verb, args[0]
    return (Verb.ARM,) if verb is Verb.DISARM else (verb,)
