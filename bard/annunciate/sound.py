"""The loudspeaker on the Pi: a stream that never ends, of silence while nothing plays.

One law: the stream is fed by this output's own thread and runs on whatever else hangs, so what is played begins behind
a few hundredths of a second already queued, and a card that does not move is known before it is needed. It knows no
rhythm (tones.py) and nothing of ALSA but its levels (pcm.py).
"""

from time import monotonic

import numpy as np

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.output import QueuedOutput, Stamp
from bard.annunciate.pcm import LIBRARY, AlsaError, Pcm, Underrun
from bard.annunciate.tones import CHANNELS, RATE_HZ, Line
from bard.messages import Event, Snapshot
from bard.settings import AlarmSettings, SoundSettings

AHEAD_FRAMES = 40 * RATE_HZ // 1_000
"""Queued at the most; measured in bench/results/sound.md."""
EVERY_S = 0.015
_BUFFER_US = 2 * 1_000_000 * AHEAD_FRAMES // RATE_HZ
_MOST_FRAMES = RATE_HZ // 2
_RETRY_S = 1.0
_STALL_S = 0.5
_STUCK_S = 2.0


class SoundOutput(QueuedOutput):
    """Plays the buzzer's number of each signal on the ALSA device of `settings`."""

    def __init__(self, settings: SoundSettings, alarm: AlarmSettings, library: str = LIBRARY) -> None:
        super().__init__("sound", alarm)
        self.underruns = 0
        self._device = settings.device
        self._library = library
        self._line = Line(settings.volume)
        self._block = np.zeros((_MOST_FRAMES, CHANNELS), "<i2")
        self._address = self._block.ctypes.data
        self._plays = NOTHING
        self._pcm: Pcm | None = None
        self._ahead_frames = AHEAD_FRAMES
        self._written_frames = 0
        self._heard_frames = 0
        self._moved_s = self._due_s = 0.0
        self._turned_s = monotonic()
        self._trouble = "sound: the stream has not begun"
        self._begin()

    @property
    def failure(self) -> str | None:
        if monotonic() - self._turned_s > _STUCK_S:
            return f"sound: the driver of device {self._device!r} does not return"
        return super().failure

    @property
    def heard_frames(self) -> int:
        """The stream's clock, in frames of RATE_HZ that the card has played since the daemon began, silence included.

        As the card itself reports (`snd_pcm_delay`); it stands while the card does, so that it advances proves the
        way to the converter. It proves no loudspeaker.
        """
        return self._heard_frames

    def tell(self, event: Event, stamp: Stamp, /) -> None:
        """Nothing: it speaks no words."""

    def _play(self, signal: Signal) -> None:
        before, self._plays = self._plays, signal
        if signal.buzzer == before.buzzer and (
            signal.condition == before.condition or not self._line.once(signal.buzzer)
        ):
            return
        self._line.play(signal.buzzer)
        if self._pcm is not None:
            self._feed(self._pcm)

    def _tell(self, event: Event, stamp: Stamp) -> None:
        """Never asked to."""

    def _show(self, snapshot: Snapshot, stamp: Stamp) -> None:
        """Never asked to."""

    def _wait_s(self) -> float:
        return min(super()._wait_s(), max(0.0, self._due_s - monotonic()))

    def _tick(self) -> None:
        self._turned_s = monotonic()
        if self._turned_s < self._due_s or self._closing:
            return
        if self._pcm is None:
            self._open()
        else:
            self._feed(self._pcm)

    def _finish(self) -> None:
        if self._pcm is not None:
            self._pcm.close()

    def _open(self) -> None:
        try:
            self._pcm = Pcm(self._device, RATE_HZ, CHANNELS, _BUFFER_US, self._library)
        except AlsaError as error:
            self._lose(error)
            return
        # Some cards report where they are once a period only.
        self._ahead_frames = min(max(AHEAD_FRAMES, 2 * self._pcm.period_frames), self._pcm.buffer_frames, _MOST_FRAMES)
        self._written_frames = self._heard_frames
        self._moved_s = monotonic()
        self._line.play(self._plays.buzzer)
        self._feed(self._pcm)

    def _feed(self, pcm: Pcm) -> None:
        now_s = monotonic()
        self._due_s = now_s + EVERY_S
        try:
            try:
                level = pcm.level()
                self._prove(level.delay_frames, now_s)
                self._top_up(pcm, level.queued_frames)
            except Underrun:
                self.underruns += 1
                pcm.recover()
                self._written_frames = self._heard_frames  # what was queued proves nothing
                self._prove(0, now_s)
                self._top_up(pcm, 0)
        except Underrun:
            self._due_s = now_s
        except AlsaError as error:
            self._lose(error)

    def _prove(self, delay_frames: int, now_s: float) -> None:
        """Raises AlsaError where the clock stands."""
        heard_frames = self._written_frames - delay_frames
        if heard_frames > self._heard_frames:
            self._heard_frames, self._moved_s, self._trouble = heard_frames, now_s, None
        elif now_s - self._moved_s > _STALL_S:
            raise AlsaError(f"device {self._device!r} takes no samples")

    def _top_up(self, pcm: Pcm, queued_frames: int) -> None:
        count = self._ahead_frames - queued_frames
        if count <= 0:
            return
        self._line.read(self._block[:count])
        taken = pcm.write(self._address, count)
        self._line.advance(taken)
        self._written_frames += taken
        pcm.start()

    def _lose(self, error: AlsaError) -> None:
        """Close what is open, and try again in a while."""
        self._trouble = f"sound: {error}"
        self._due_s = monotonic() + _RETRY_S
        pcm, self._pcm = self._pcm, None
        if pcm is not None:
            pcm.close()
