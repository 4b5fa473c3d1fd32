"""Figures of a run of the rig, for the tests and for bench/firmware_*.py.

One law: a figure is taken from the rig's log alone, and each says from which event to which.
"""

import os
from collections.abc import Iterable, Sequence
from random import Random

from msgspec import Struct

from bard.simulate.guard import Guard
from bard.wire.frames import ARM_BEAT_ONLY_G, GuardEvent, Status, Verb

from .rig import Log, Ready, command

SOAK = bool(os.environ.get("BARD_SOAK"))
OUTPUTS = ("vibrator", "buzzer")
RUN_S = 600.0 if SOAK else 60.0
SETTLED_US = 300_000
"""By then every chip has delivered."""
LAST_US = 5_000
"""Conversions this near to the end of a run may still be on their way."""
COUNTS_PER_KG = 20_000
SCALE = round(1000 / COUNTS_PER_KG * 2**20)
HELD = 5 * COUNTS_PER_KG
MIN_G, ROUNDS, MARGIN_G = 12_000, 2, 1_000
"""Four cells with 5 kg each; the guard trips below 12 kg."""


class Spread(Struct, frozen=True):
    """Percentiles of one figure."""

    count: int
    p50: float
    p99: float
    most: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f}  p99 {self.p99:.1f}  max {self.most:.1f}  (n = {self.count})"


def spread(values: Iterable[float]) -> Spread:
    """Nearest-rank percentiles."""
    ranked = sorted(values)
    assert ranked, "no values"
    return Spread(len(ranked), ranked[(len(ranked) - 1) // 2], ranked[-(-len(ranked) * 99 // 100) - 1], ranked[-1])


def random_rates(rng: Random) -> list[float]:
    """Four chips' rates, up to 10 % off the nominal 86 a second."""
    return [86.0 * rng.uniform(0.9, 1.1) for _ in range(4)]


def duty(until_us: float, *, guard: bool = True) -> list[tuple[float, str]]:
    """A host at work: stream on, channels scaled, guard armed so low that it never trips, a beat each 250 ms."""
    script = [(100_000.0, command(Verb.STREAM, 1, command_id=1))]
    if guard:
        script += [(110_000.0 + n, command(Verb.SCALE, n, 0, 3, command_id=2 + n)) for n in range(4)]
        script.append((120_000.0, command(Verb.ARM, ARM_BEAT_ONLY_G, 2, 0, command_id=6)))
    beats = range(200_000, int(until_us), 250_000)
    return script + [(float(at), command(Verb.BEAT, command_id=100 + n % 60_000)) for n, at in enumerate(beats)]


def judged(log: Log, channel: int | None = None, after_us: float = SETTLED_US) -> list[Ready]:
    """The conversions that should all have been delivered."""
    until_us = log.end_us - LAST_US
    return [
        it
        for it in log.conversions
        if after_us <= it.ready_us < until_us and (channel is None or it.channel == channel)
    ]


def undelivered(conversions: Sequence[Ready]) -> list[Ready]:
    """Those that were lost, or not read, or in no frame."""
    return [it for it in conversions if it.lost or it.read_us is None or it.sent_us is None]


def latency_us(conversions: Sequence[Ready]) -> Spread:
    """From DOUT's fall to the end of the stop bit of the frame's last byte."""
    return spread(it.sent_us - it.ready_us for it in conversions if it.sent_us is not None)


def stamp_error_us(log: Log, conversions: Sequence[Ready]) -> Spread:
    """How far `ticks - age` is from DOUT's fall, either way, by the board's own clock, which ran from clock_us."""
    zero_us = log.clock_us[-1]
    return spread(
        abs((it.stamp_us + zero_us - it.ready_us + 2**31) % 2**32 - 2**31)
        for it in conversions
        if it.stamp_us is not None
    )


def last_status(log: Log) -> Status:
    """The newest status frame."""
    frame = log.of(Status)[-1].frame
    assert isinstance(frame, Status)
    return frame


def armed(until_us: float, *, min_g: int = MIN_G) -> list[tuple[float, str]]:
    """Four cells with 5 kg each, noise, and the guard armed, beats each 250 ms until then."""
    script = [(0.0, f"load {n} {HELD}") for n in range(4)] + [(1.0, f"noise {n} 150") for n in range(4)]
    script += [(100_000.0 + n, command(Verb.SCALE, n, 0, SCALE, command_id=1 + n)) for n in range(4)]
    script += [(110_000.0, command(Verb.STREAM, 1, command_id=5))]
    script += [(400_000.0, command(Verb.ARM, min_g, ROUNDS, MARGIN_G, command_id=6))]
    beats = range(300_000, int(until_us), 250_000)
    return script + [(float(at), command(Verb.BEAT, command_id=10 + n)) for n, at in enumerate(beats)]


def releases(rng: Random, count: int) -> tuple[list[tuple[float, str]], float]:
    """Both bars let go in 15 to 50 ms, each 1.5 s, taken again, and then a glitch in every channel; and how long."""
    script = []
    for number in range(count):
        at_us = 1e6 + number * 1.5e6 + rng.uniform(0, 20_000)
        script += [(at_us, f"load {n} 0 {rng.uniform(15_000, 50_000):.0f}") for n in range(4)]
        script += [(at_us + 500_000, f"load {n} {HELD} 80000") for n in range(4)]
        glitched = at_us + 1_100_000
        script += [(glitched + 90_000 * n, f"glitch {n} {rng.choice([-0x800000, -1, 0])}") for n in range(4)]
    return script, 1.5 * count + 1.5


def deciding_conversions(log: Log, armed_us: float) -> list[tuple[float, GuardEvent]]:
    """Ready times of the conversions at which the twin's guard trips or clears, fed what the board delivered."""
    twin = Guard(4)
    for channel in range(4):
        twin.scale(channel, 0, SCALE)
    decided = []
    is_armed = False
    delivered = [it for it in log.conversions if it.sent_us is not None and it.read_us is not None]
    for it in sorted(delivered, key=lambda it: (it.read_us, it.channel)):
        assert it.read_us is not None
        if not is_armed and it.read_us > armed_us:
            twin.arm(MIN_G, ROUNDS, MARGIN_G, round(armed_us))
            is_armed = True
        twin.conversion(it.channel, it.counts, round(it.read_us))
        decided += [(it.ready_us, event) for event, _ in twin.take_events()]
    return decided


def trip_delays_us(log: Log, decided: Sequence[tuple[float, GuardEvent]]) -> list[float]:
    """From DOUT's fall of each tripping conversion to the later of both pins."""
    delays = []
    for ready_us in (at_us for at_us, event in decided if event == GuardEvent.TRIP):
        rises = [min(e.at_us for e in log.edges if e.name == name and e.at_us > ready_us) for name in OUTPUTS]
        delays.append(max(rises) - ready_us)
    return delays
