"""Some seconds of one board's bytes, and what can be measured in them.

One law: it takes what comes and judges nothing; times are the board's own, mapped to the host's clock. It opens no
port and asks no clock.
"""

from collections import deque
from statistics import median

from bard.commission.facts import BoardFacts
from bard.wire.clock import BoardClock
from bard.wire.decoder import NEED_DATA, BadFrame, Decoder
from bard.wire.frames import BoardFrame, ChannelFault, Hello, Samples, Status

SETTLE_US = 500_000
"""After the first conversion: chips that have just been woken settle in 400 ms at 10 a second."""


class BoardCapture:
    """Feed `receive_data`; `begun_us` is when the time began that counts, None before the first conversion settled."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._clock = BoardClock()
        self._first_us: int | None = None
        self.begun_us: int | None = None
        self.channels: dict[int, list[tuple[int, int]]] = {}
        """By channel: (host us, counts) of each conversion since `begun_us`."""
        self.faults: dict[int, int] = {}
        """By channel: the kind of fault that was last reported, unless it was over before `begun_us`."""
        self.hello: Hello | None = None
        self._boots: list[tuple[bytes, int]] = []
        self._seq: int | None = None
        self._frames_missed = 0
        self._losses = 0
        self._bytes = 0
        self._good = self._bad = 0
        self._reasons: dict[str, int] = {}
        self._late_us: deque[int] = deque(maxlen=20_000)
        self._first_status: Status | None = None
        self._status: Status | None = None

    @property
    def frames(self) -> int:
        """Good ones, from the beginning."""
        return self._decoder.frames_good

    @property
    def streaming(self) -> bool:
        """A conversion has come."""
        return self._first_us is not None

    def receive_data(self, data: bytes, now_us: int) -> None:
        """Bytes as they were read. b"": the link is gone; what comes later begins another map of its time."""
        if not data:
            self._clock.restart()
            self._seq = None
            self._losses += 1
            return
        self._bytes += len(data)
        self._decoder.receive_data(data)
        while (event := self._decoder.next_event()) is not NEED_DATA:
            if isinstance(event, BadFrame):
                if self.begun_us is not None:
                    self._bad += 1
                    self._reasons[event.reason.value] = self._reasons.get(event.reason.value, 0) + 1
            else:
                self._good += self.begun_us is not None
                self._take(event, now_us)  # type: ignore[arg-type]

    def _take(self, frame: BoardFrame, now_us: int) -> None:
        if isinstance(frame, Samples):
            self._take_samples(frame, now_us)
        elif isinstance(frame, Hello):
            self.hello = frame
            if (frame.uid, frame.boot) not in self._boots:
                self._boots.append((frame.uid, frame.boot))
                if len(self._boots) > 1:
                    self._clock.restart()
                    self._seq = None
        elif isinstance(frame, Status):
            self._status = frame
            if self._first_status is None and self.begun_us is not None:
                self._first_status = frame
        elif isinstance(frame, ChannelFault):
            if frame.kind:
                self.faults[frame.channel] = frame.kind
            elif self.begun_us is None:
                self.faults.pop(frame.channel, None)

    def _take_samples(self, frame: Samples, now_us: int) -> None:
        at_us = self._clock.to_host(frame.ticks_us, now_us)
        if at_us is None:
            return
        if self._first_us is None:
            if not frame.conversions:
                return
            self._first_us = now_us
        if self.begun_us is None and now_us - self._first_us >= SETTLE_US:
            self.begun_us = now_us
            self._seq = None
        if self.begun_us is None:
            return
        if self._seq is not None:
            self._frames_missed += (frame.seq - self._seq - 1) & 0xFFFF
        self._seq = frame.seq
        self._late_us.append(now_us - at_us)
        for conversion in frame.conversions:
            kept = self.channels.setdefault(conversion.channel, [])
            ready_us = at_us - conversion.age_us
            if not kept or ready_us > kept[-1][0]:
                kept.append((ready_us, conversion.counts))

    def facts(self, name: str, port: str, state: str, now_us: int) -> BoardFacts:
        """What is known of the board by now."""
        hello, last = self.hello, self._status
        counted = _counted(self._first_status, last)
        return BoardFacts(
            name=name,
            port=port,
            state=state,
            found=self.frames > 0,
            seconds=(now_us - self.begun_us) / 1e6 if self.begun_us is not None else 0.0,
            bytes=self._bytes,
            frames_good=self._good,
            frames_bad=self._bad,
            bad_by_reason=self._reasons,
            frames_missed=self._frames_missed,
            protocol=hello.protocol if hello else None,
            firmware=".".join(map(str, hello.firmware)) if hello else "",
            uid=hello.uid.hex() if hello else "",
            reset_cause=hello.reset_cause if hello else None,
            losses=self._losses,
            boots=max(0, len(self._boots) - 1),
            channels=hello.channels if hello else None,
            missed=counted.get("missed"),
            abandoned=counted.get("abandoned"),
            rejected=counted.get("rejected"),
            supply_mv=last.supply_mv if last else None,
            late_ms=median(self._late_us) / 1000 if self._late_us else None,
        )


def _counted(first: Status | None, last: Status | None) -> dict[str, int]:
    """What a board's counters of 16 bits have counted between two of its statuses."""
    if first is None or last is None:
        return {}
    missed = [(now - then) & 0xFFFF for now, then in zip(last.missed, first.missed, strict=False)]
    rejected = (last.commands_rejected - first.commands_rejected) & 0xFFFF
    overruns = (last.rx_overruns - first.rx_overruns) & 0xFFFF
    return {
        "missed": sum(missed),
        "abandoned": (last.abandoned - first.abandoned) & 0xFFFF,
        "rejected": rejected + overruns,
    }
