"""The rig itself: what simavr 1.6 gets wrong is corrected, and what the HX711's datasheet forbids is noticed."""

import pytest

from . import build
from .rig import Log, run

pytestmark = pytest.mark.apt

BYTE_US = 20.0
"""At 500000 8N1."""


def ask(what: str, *more: tuple[float, str], seconds: float = 0.2, chips: int = 1) -> Log:
    """The self-test sketch does one case, at 100 ms."""
    script = [(100_000, f"host {what.encode().hex()}"), *more]
    return run(script, elf=build.selftest(), seconds=seconds, chips=chips, rates_hz=[80.0] * 4)


def test_a_byte_takes_ten_bits_and_a_second_one_waits_in_the_buffer() -> None:
    log = ask("T")
    [up, down] = log.edges
    [(end_us, sent)] = log.raw
    assert sent == bytes([*range(1, 11), 0])
    assert down.at_us - up.at_us < 5, "the second byte was taken at once"
    assert abs(end_us - up.at_us - 11 * BYTE_US) < 2


def test_a_byte_nobody_reads_is_overrun_by_the_fourth() -> None:
    log = ask("O", (100_100, "host 0102030405"))
    assert log.raw[1][1] == bytes([1, 2, 5, ord("D"), 0])
    assert len(log.overruns) == 2


def test_interrupt_entry_takes_its_cycles() -> None:
    """4 cycles, a jump of 3, a push of 2 and the load of 2 after the match; the nop under way before it."""
    [(_, sent)] = ask("I").raw
    assert 9 <= sent[0] <= 13


def test_flags_are_cleared_by_a_written_one_and_one_alone_by_sbi() -> None:
    [(_, sent)] = ask("W").raw
    assert sent[:2] == bytes([0x80 | 0b101, 0x80 | 0b100])
    assert sent[2] == 1, "no interrupt came for the flag that was cleared"


def test_sbi_on_a_pin_register_toggles_one_pin() -> None:
    [(_, sent)] = ask("P").raw
    assert sent[0] == 0x80 | 0b01


def test_a_driven_pin_stays_driven_against_the_pull_up() -> None:
    [(_, sent)] = ask("U", (50_000, "short 0 0")).raw
    assert sent == bytes([0x8E, 0x8E, 0])


@pytest.mark.parametrize(
    ("what", "violation"),
    [
        ("s", "high_too_short"),
        ("l", "high_too_long"),
        ("c", "wrong_pulse_count"),
        ("n", "read_while_not_ready"),
        ("t", "torn_by_conversion"),
    ],
)
def test_what_the_datasheet_forbids_is_noticed(what: str, violation: str) -> None:
    assert violation in {kind for _, _, kind in ask(what).violations}


def test_a_right_read_is_none() -> None:
    log = ask("g")
    assert log.violations == []
    assert sum(it.read_us is not None for it in log.conversions) == 1


def test_a_chip_powered_down_by_its_clock_wakes_and_settles() -> None:
    log = ask("n", seconds=0.3)
    [(slept_us, _)] = log.slept
    ready = [it.ready_us for it in log.conversions if it.ready_us > slept_us]
    assert 4 * 12_500 < ready[0] - slept_us < 6 * 12_500
