"""From an open port to a known board: what to drop, when to ask, which rate to try.

One law: nothing is passed on before the first good frame, and everything from its first byte on; a board is asked for
its hello only after a silence, since bytes sent into a bootloader can hold it. It knows no port, and no clock: time
comes with each call.
"""

from msgspec import Struct

from bard.wire.decoder import MAX_ENCODED, NEED_DATA, BadFrame, Decoder
from bard.wire.frames import Hello

SILENCE_US = 1_000_000
ASK_AGAIN_US = 500_000
RATE_US = 3_000_000
STREAM_LEAST_BYTES = 100
"""A second of a stream is at least 180 bytes (one channel at 10 a second), one without is 35 (status, 8 channels)."""
_SECOND_US = 1_000_000


class Step(Struct, frozen=True):
    """What is to be done now: ask for hello, go to another rate."""

    ask: bool = False
    baud: int | None = None


class Probe:
    """Feed `receive` and `timer`. `bauds` in the order in which they are tried; none where there is no rate.

    `found`: a good frame came, the port is up. From then on a hello is asked for until one has come, and again when a
    second brings too little to be a stream: a board that restarted unseen, or whose hello was lost.
    """

    def __init__(self, bauds: tuple[int, ...], now_us: int) -> None:
        self.found = False
        self.dropped = 0
        self._bauds = bauds
        self._baud_index = 0
        self._rate_us = now_us + RATE_US
        self._ask_us = now_us + SILENCE_US
        self._start_listening()
        self._second_us = now_us
        self._bytes = 0

    @property
    def baud(self) -> int | None:
        """The rate being tried, or found."""
        return self._bauds[self._baud_index] if self._bauds else None

    @property
    def known(self) -> bool:
        """Nothing is to be found out at present: what comes is passed on as it is."""
        return self.found and self._decoder is None

    @property
    def next_timer_us(self) -> int:
        """When `timer` is due."""
        if not self.found:
            return min(self._ask_us, self._rate_us) if len(self._bauds) > 1 else self._ask_us
        return self._ask_us if self._decoder else self._second_us + _SECOND_US

    def receive(self, data: bytes, now_us: int) -> bytes:
        """Take what was read; returns what is to be passed on."""
        self._bytes += len(data)
        if self.found:
            if self._decoder:
                self._listen(data)
                if not self._decoder:
                    self._second_us, self._bytes = now_us, 0
            return data
        self._ask_us = now_us + SILENCE_US
        good = self._find(data)
        self.dropped += len(data) - len(good)
        if good:
            self._second_us, self._bytes = now_us, len(good)
            self._ask_us = now_us
        return good

    def timer(self, now_us: int) -> Step:
        """What is due at `now_us`."""
        baud = None
        if not self.found and len(self._bauds) > 1 and now_us >= self._rate_us:
            self._baud_index = (self._baud_index + 1) % len(self._bauds)
            self._rate_us = now_us + RATE_US
            self._start_listening()
            baud = self.baud
        if self.found and not self._decoder:
            self._look_at_second(now_us)
        ask = (not self.found or self._decoder is not None) and now_us >= self._ask_us
        if ask:
            self._ask_us = now_us + ASK_AGAIN_US
        return Step(ask, baud)

    def _start_listening(self) -> None:
        self._decoder: Decoder | None = Decoder()
        self._tail = b""

    def _look_at_second(self, now_us: int) -> None:
        if now_us - self._second_us >= _SECOND_US:
            if self._bytes < STREAM_LEAST_BYTES:
                self._start_listening()
                self._ask_us = now_us
            self._second_us, self._bytes = now_us, 0

    def _find(self, data: bytes) -> bytes:
        """The bytes from the first good frame on."""
        assert self._decoder is not None
        begin = 0
        while not self.found and (end := data.find(b"\0", begin) + 1):
            raw = self._tail + data[begin:end]
            self._tail = b""
            begin = end
            self._decoder.receive_data(raw)
            if self._heard():
                return raw + self._rest(data[end:])
        self._tail = (self._tail + data[begin:])[-MAX_ENCODED - 1 :]
        return b""

    def _rest(self, data: bytes) -> bytes:
        if self._decoder:
            self._listen(data)
        return data

    def _listen(self, data: bytes) -> None:
        assert self._decoder is not None
        self._decoder.receive_data(data)
        self._heard()

    def _heard(self) -> bool:
        """Whether a good frame has come; a hello ends the listening."""
        good = False
        while self._decoder and (event := self._decoder.next_event()) is not NEED_DATA:
            if not isinstance(event, BadFrame):
                good = self.found = True
                if isinstance(event, Hello):
                    self._decoder = None
        return good
