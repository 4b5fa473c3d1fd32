"""The real ELF in the simulated AVR: nothing lost, nothing late, nothing outside the HX711's datasheet."""

import re
from random import Random

import pytest

from bard.wire.decoder import BadFrame, encode
from bard.wire.frames import Answer, Command, Samples, Verb

from . import build
from .figures import (
    RUN_S,
    SOAK,
    duty,
    judged,
    last_status,
    latency_us,
    random_rates,
    stamp_error_us,
    undelivered,
)
from .rig import command, run

pytestmark = [pytest.mark.apt, pytest.mark.timeout(1800 if SOAK else 300)]

LATENCY_P99_US = 1_200
STAMP_P99_US = 20
STACK_LEAST = 512
TWO_BYTE_TIMES_US = 40
MASKED_MOST_US = 4.0


@pytest.mark.parametrize("channels", [1, 4])
def test_every_conversion_is_delivered_in_time(channels: int) -> None:
    rng = Random(channels)
    rates = random_rates(rng)
    log = run(
        duty(RUN_S * 1e6),
        seconds=RUN_S,
        chips=(1 << channels) - 1,
        rates_hz=rates,
        seed=rng.randrange(2**31),
        numbered=True,
    )
    conversions = judged(log)
    assert len(conversions) > RUN_S * 0.98 * sum(rates[:channels]) - 40 * channels
    assert not undelivered(conversions)
    assert not log.violations
    assert not log.overruns
    assert not [sent for sent in log.frames if isinstance(sent.frame, BadFrame)]
    latency, stamps = latency_us(conversions), stamp_error_us(log, conversions)
    print(f"\n{channels} chips: ready to last byte {latency} us; stamp {stamps} us; stack {log.stack_free} bytes free")
    assert latency.p99 <= LATENCY_P99_US
    assert stamps.p99 <= STAMP_P99_US
    assert log.stack_free >= STACK_LEAST
    status = last_status(log)
    assert status.missed == (0, 0, 0, 0)
    assert (status.abandoned, status.frames_dropped, status.commands_rejected, status.rx_overruns) == (0, 0, 0, 0)


def test_the_compiler_of_the_ide_builds_the_same_board() -> None:
    elf = build.elf_of_the_ide()
    if elf is None:
        pytest.skip(f"{build.IDE_COMPILER} cannot be had")
    log = run(duty(10e6), elf=elf, seconds=10, rates_hz=random_rates(Random(7)), numbered=True)
    conversions = judged(log)
    print(f"\navr-gcc 7.3.0: ready to last byte {latency_us(conversions)} us; stack {log.stack_free} bytes free")
    assert not undelivered(conversions)
    assert not log.violations
    assert latency_us(conversions).p99 <= LATENCY_P99_US
    assert log.stack_free >= STACK_LEAST


def test_flash_and_ram_are_printed_and_fit() -> None:
    build.elf()
    said = build.make(build.FIRMWARE, f"OUT={build.BUILD / 'firmware'}")
    print(f"\n{said}")
    found = re.search(r"flash (\d+) of 32256 bytes, RAM (\d+) of 2048 bytes", said)
    assert found
    assert int(found[1]) < 28_000
    assert int(found[2]) < 1_400


def test_sequence_numbers_have_no_gap() -> None:
    log = run(duty(5e6), seconds=5, numbered=True)
    numbers = [sent.frame.seq for sent in log.frames if isinstance(sent.frame, Samples)]
    assert numbers == list(range(len(numbers)))


def test_bursts_of_20_bytes_from_the_host_lose_nothing() -> None:
    """Every 7 to 33 ms two commands and padding, 20 bytes without a pause, while four chips are read."""
    rng = Random(6)
    seconds = 60.0 if SOAK else 20.0
    script = duty(0, guard=False)
    at_us, sent = 200_000.0, []
    while at_us < seconds * 1e6 - 50_000:
        at_us += rng.uniform(7_000, 33_000)
        ids = [len(sent) % 60_000 + 1, len(sent) % 60_000 + 2]
        wire = b"".join(encode(Command(command_id, Verb.BEAT)) for command_id in ids)
        script.append((at_us, f"host {wire.ljust(20, bytes(1))[:20].hex()}"))
        sent += ids
    log = run(script, seconds=seconds, rates_hz=random_rates(rng), numbered=True)
    answered = [frame.frame.command_id for frame in log.of(Answer) if isinstance(frame.frame, Answer)]
    assert answered[1:] == sent
    assert not log.overruns
    assert not undelivered(judged(log))
    assert last_status(log).rx_overruns == 0


def test_at_115200_nothing_is_lost() -> None:
    log = run(
        [(100_000, command(Verb.STREAM, 1))],
        elf=build.elf(115_200),
        seconds=20,
        rates_hz=[94.0] * 4,
        numbered=True,
    )
    assert not undelivered(judged(log))
    assert not log.violations
    assert last_status(log).frames_dropped == 0


def test_chips_strapped_for_10_a_second_are_read_too() -> None:
    log = run(duty(20e6), seconds=20, rates_hz=[9.4, 10.0, 10.6, 86.0], numbered=True)
    assert not undelivered(judged(log, after_us=2_000_000))
    assert not log.violations
    assert last_status(log).missed == (0, 0, 0, 0)


def test_interrupts_are_never_masked_for_two_byte_times() -> None:
    """Stepped singly; with every chip in step, so that all four are always clocked together."""
    log = run(duty(4e6), seconds=4, rates_hz=[86.0] * 4, numbered=True, masked=True)
    print(f"\nmasked outside handlers {log.masked_us} us, handlers {log.handler_us} us")
    assert log.masked_us <= MASKED_MOST_US
    assert log.masked_us + log.handler_us < TWO_BYTE_TIMES_US
    assert not undelivered(judged(log))


def test_missed_conversions_are_counted_as_they_happened() -> None:
    rng = Random(8)
    script = duty(20e6)
    script += [(1e6 + n * 60_000 + rng.uniform(0, 10_000), f"swallow {n % 4} {rng.randint(1, 2)}") for n in range(250)]
    log = run(script, seconds=20, rates_hz=random_rates(rng), numbered=True)
    wanted = tuple(sum(channel == at for _, at, _ in log.kept_back) for channel in range(4))
    assert min(wanted) > 50
    assert last_status(log).missed == wanted
    assert not undelivered(judged(log))
