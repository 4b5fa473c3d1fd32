"""What the rig wrote, as Python sees it: conversions, reads, frames, pins, each at its cycle.

One law: this module repeats the log and matches what belongs together; the judging is in the tests.

    b cycle                           the AVR was reset          k cycle   timer 1 (the board's clock) was set to 0
    c cycle channel serial counts     a conversion became ready  l ...     was replaced before it was read
    w cycle channel serial            was kept back by the scenario        z cycle channel  the chip went to sleep
    r first last channel serial       was read: first clock edge to the 25th's end
    v cycle channel kind              the datasheet was violated
    t cycle hex                       a frame's last byte has left the board (end of its stop bit)
    h cycle                           a 0x00 from the host has arrived     x cycle byte     a byte was overrun
    o cycle name level monotonic_ns   vibrator or buzzer changed m cycle text  a mark of the scenario
    d cycle monotonic_ns line         real time: a line of the scenario was done
    p link monotonic_ns               real time: the pty is there          q cycle ns  simulation was late by ns
    e cycle stack masked handler      the end: bytes of memory never touched, cycles with interrupts off
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from bard.wire.decoder import NEED_DATA, BadFrame, Decoder
from bard.wire.frames import BoardFrame, Samples

CYCLES_PER_US = 16


class Ready(Struct):
    """One conversion of one chip; None where it did not come that far."""

    channel: int
    serial: int
    counts: int
    ready_us: float
    read_us: float | None = None
    lost: bool = False
    sent_us: float | None = None
    stamp_us: int | None = None


class Sent(Struct):
    """A frame, and when its last byte had left."""

    at_us: float
    frame: BoardFrame | BadFrame


class Edge(Struct, frozen=True):
    """A change of an output pin."""

    at_us: float
    name: str
    level: bool
    monotonic_ns: int


class Log(Struct):
    """All of one run."""

    conversions: list[Ready] = []
    frames: list[Sent] = []
    edges: list[Edge] = []
    violations: list[tuple[float, int, str]] = []
    overruns: list[float] = []
    kept_back: list[tuple[float, int, int]] = []
    slept: list[tuple[float, int]] = []
    boots_us: list[float] = []
    clock_us: list[float] = []
    heard_us: list[float] = []
    raw: list[tuple[float, bytes]] = []
    """What was sent up to each 0x00, as bytes."""
    marks: dict[str, float] = {}
    end_us: float = 0
    stack_free: int = 0
    masked_us: float = 0
    handler_us: float = 0

    def of(self, kind: type, after_us: float = 0) -> list[Sent]:
        """The frames of one class sent after a time."""
        return [sent for sent in self.frames if sent.at_us >= after_us and isinstance(sent.frame, kind)]

    def level(self, name: str, at_us: float) -> bool:
        """The level of an output pin."""
        before = [edge for edge in self.edges if edge.name == name and edge.at_us <= at_us]
        return before[-1].level if before else False


def read_log(lines: Iterable[str]) -> Log:
    """Parse, then match samples with conversions by channel and counts, in order."""
    log = Log()
    by_serial: dict[tuple[int, int], Ready] = {}
    decoder = Decoder()
    for line in lines:
        kind, *words = line.split()
        if kind == "c":
            ready = Ready(int(words[1]), int(words[2]), int(words[3]), _us(words[0]))
            log.conversions.append(ready)
            by_serial[ready.channel, ready.serial] = ready
        elif kind == "r":
            by_serial[int(words[2]), int(words[3])].read_us = _us(words[1])
        elif kind == "l":
            by_serial[int(words[1]), int(words[2])].lost = True
        elif kind == "t":
            log.raw.append((_us(words[0]), bytes.fromhex(words[1])))
            decoder.receive_data(log.raw[-1][1])
            while (event := decoder.next_event()) is not NEED_DATA:
                log.frames.append(Sent(_us(words[0]), event))
        else:
            _other(log, kind, words)
    _match(log)
    return log


def _other(log: Log, kind: str, words: Sequence[str]) -> None:
    if kind == "o":
        log.edges.append(Edge(_us(words[0]), words[1], words[2] == "1", int(words[3])))
    elif kind == "v":
        log.violations.append((_us(words[0]), int(words[1]), words[2]))
    elif kind == "x":
        log.overruns.append(_us(words[0]))
    elif kind == "w":
        log.kept_back.append((_us(words[0]), int(words[1]), int(words[2])))
    elif kind == "z":
        log.slept.append((_us(words[0]), int(words[1])))
    elif kind == "b":
        log.boots_us.append(_us(words[0]))
    elif kind == "k":
        log.clock_us.append(_us(words[0]))
    elif kind == "h":
        log.heard_us.append(_us(words[0]))
    elif kind == "m":
        log.marks[" ".join(words[1:])] = _us(words[0])
    elif kind == "e":
        log.end_us, log.stack_free = _us(words[0]), int(words[1])
        log.masked_us, log.handler_us = _us(words[2]), _us(words[3])


def _us(cycles: str) -> float:
    return int(cycles) / CYCLES_PER_US


def _match(log: Log) -> None:
    """A sample belongs to the oldest read conversion of its channel with its counts that has none yet."""
    waiting: dict[tuple[int, int], list[Ready]] = {}
    for ready in reversed(log.conversions):
        if ready.read_us is not None:
            waiting.setdefault((ready.channel, ready.counts), []).append(ready)
    for sent in log.frames:
        if not isinstance(sent.frame, Samples):
            continue
        for conversion in sent.frame.conversions:
            candidates = waiting.get((conversion.channel, conversion.counts))
            if not candidates:
                raise AssertionError(f"{conversion} was sent, but no chip converted it")
            ready = candidates.pop()
            ready.sent_us = sent.at_us
            ready.stamp_us = sent.frame.ticks_us - conversion.age_us
