"""The board's own figures, from its real ELF in the simulated AVR: `python -m bench.firmware_board [--seconds 300]`.

Simulated time at 16 MHz, so the machine that ran it does not matter; the figures are those of tests/firmware, longer.
"""

import argparse
from random import Random

from bard.wire.decoder import encode
from bard.wire.frames import Answer, Command, GuardEvent, Verb
from bench.results import write
from tests.firmware import build
from tests.firmware.figures import (
    Spread,
    armed,
    deciding_conversions,
    duty,
    judged,
    last_status,
    latency_us,
    random_rates,
    releases,
    spread,
    stamp_error_us,
    trip_delays_us,
    undelivered,
)
from tests.firmware.rig import run

SEEDS = range(5)
RELEASES = 200
BURSTS = 2_000


def _row(what: str, figure: Spread, unit: str = "us") -> str:
    return f"| {what} | {figure.p50:.0f} | {figure.p99:.0f} | {figure.most:.0f} {unit} | {figure.count} |"


def delivery(channels: int, seconds: float) -> list[str]:
    """Rows of one number of chips, and what was lost, over all seeds."""
    latencies, stamps, lost, wrong, stack = [], [], 0, 0, 2048
    for seed in SEEDS:
        rng = Random(1000 * channels + seed)
        log = run(
            duty(seconds * 1e6 / len(SEEDS)),
            seconds=seconds / len(SEEDS),
            chips=(1 << channels) - 1,
            rates_hz=random_rates(rng),
            seed=rng.randrange(2**31),
            numbered=True,
        )
        conversions = judged(log)
        latencies += [latency_us(conversions)]
        stamps += [stamp_error_us(log, conversions)]
        lost += len(undelivered(conversions)) + sum(last_status(log).missed)
        wrong += len(log.violations) + len(log.overruns)
        stack = min(stack, log.stack_free)
    chips = "1 chip" if channels == 1 else f"{channels} chips"
    worst, worst_stamp = max(latencies, key=lambda it: it.p99), max(stamps, key=lambda it: it.p99)
    count = sum(it.count for it in latencies)
    return [
        _row(f"{chips}: data ready to the last byte of its frame", worst),
        _row(f"{chips}: error of the ready-time stamp", worst_stamp),
        f"| {chips}: lost or undelivered / violations and overruns | {lost} / {wrong} | | | {count} |",
        f"| {chips}: stack never touched, bytes | {stack} | | | |",
    ]


def guard() -> list[str]:
    """Release to pin."""
    rng = Random(31)
    script, seconds = releases(rng, RELEASES)
    log = run([*armed(seconds * 1e6), *script], seconds=seconds, rates_hz=random_rates(rng))
    decided = deciding_conversions(log, log.heard_us[5])
    assert [event for _, event in decided] == [GuardEvent.TRIP, GuardEvent.CLEAR] * RELEASES
    return [_row("guard: deciding conversion to both pins", spread(trip_delays_us(log, decided)))]


def bursts() -> list[str]:
    """20 bytes without a pause while four chips are read."""
    rng = Random(32)
    script = duty(0, guard=False)
    at_us = 200_000.0
    for number in range(BURSTS):
        at_us += rng.uniform(7_000, 33_000)
        wire = b"".join(_beat(2 * number % 60_000 + offset) for offset in (1, 2))
        script.append((at_us, f"host {wire.ljust(20, bytes(1))[:20].hex()}"))
    log = run(script, seconds=at_us / 1e6 + 0.1, rates_hz=random_rates(rng), numbered=True)
    answered = len(log.of(Answer)) - 1
    return [f"| bursts of 20 bytes from the host: commands unanswered | {2 * BURSTS - answered} | | | {2 * BURSTS} |"]


def _beat(command_id: int) -> bytes:
    return encode(Command(command_id, Verb.BEAT))


def masked() -> list[str]:
    """The longest times with interrupts off."""
    log = run(duty(10e6), seconds=10, rates_hz=[86.0] * 4, numbered=True, masked=True)
    return [
        f"| interrupts off, longest: in the loop / in a handler | {log.masked_us:.1f} / {log.handler_us:.1f} us | | | |"
    ]


def main() -> None:
    """Measure all; keep in bench/results/firmware_board.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="simulated, for each number of chips")
    given = parser.parse_args()
    build.elf()
    said = build.make(build.FIRMWARE, f"OUT={build.BUILD / 'firmware'}")
    size = next(line for line in said.splitlines() if line.startswith("flash"))
    lines = ["| figure | p50 | p99 | max | n |", "|---|---|---|---|---|"]
    for channels in (1, 4):
        lines += delivery(channels, given.seconds)
    lines += [*guard(), *bursts(), *masked(), "", f"{size}. Percentiles: the worst of {len(SEEDS)} runs."]
    print(write("firmware_board", "The board: the real ELF in a simulated ATmega328P, 500000 baud", lines))


if __name__ == "__main__":
    main()
