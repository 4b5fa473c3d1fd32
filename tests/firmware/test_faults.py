"""Faults of one channel leave the others untouched and end within a second of their cause; resets are told apart."""

from pathlib import Path

import pytest

from bard.wire.decoder import BadFrame
from bard.wire.frames import ChannelFault, FaultKind, Hello, Samples, Verb

from .figures import SOAK, duty, judged, last_status, undelivered
from .rig import Log, command, run

pytestmark = [pytest.mark.apt, pytest.mark.timeout(1800 if SOAK else 300)]

FAULTY = 1
START_US, RECOVERED_MOST_US = 1_000_000.0, 1_000_000.0
RATES_HZ = [78.4, 94.2, 86.3, 90.9]

SILENT, DESYNC = FaultKind.SILENT, FaultKind.DESYNC
LONG, UNSETTLED, RECOVERED = FaultKind.CLOCK_TOO_LONG, FaultKind.UNSETTLED, FaultKind.RECOVERED


def faults(log: Log, channel: int, after_us: float) -> list[tuple[float, FaultKind]]:
    """The fault frames of one channel."""
    frames = [(sent.at_us, sent.frame) for sent in log.of(ChannelFault, after_us)]
    return [(at, FaultKind(it.kind)) for at, it in frames if isinstance(it, ChannelFault) and it.channel == channel]


CASES = {
    "unplugged": (["unplug 1"], ["plug 1"], [SILENT, UNSETTLED, RECOVERED]),
    "unplugged, a chip that wakes at once": (["clone 1 1", "unplug 1"], ["plug 1"], [SILENT, UNSETTLED, RECOVERED]),
    "DOUT shorted to ground": (["short 1 0"], ["short 1"], [DESYNC, UNSETTLED, RECOVERED]),
    "DOUT shorted to the supply": (["short 1 1"], ["short 1"], [SILENT, UNSETTLED, RECOVERED]),
    "a clock pulse missed": (["slip 1"], [], [DESYNC, UNSETTLED, RECOVERED]),
    "the chip's supply dips": (["brownout 1"], [], [UNSETTLED, RECOVERED]),
    "four conversions kept back": (["swallow 1 4"], [], [UNSETTLED, RECOVERED]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_told_and_over_within_a_second_of_its_end(name: str) -> None:
    begins, ends, wanted = CASES[name]
    end_us = START_US + 2_300_000 if ends else START_US
    script = [*duty(6e6), *((START_US + n, what) for n, what in enumerate(begins)), *((end_us, what) for what in ends)]
    log = run(script, seconds=6, rates_hz=RATES_HZ, numbered=True)
    told = faults(log, FAULTY, START_US)
    assert [kind for _, kind in told] == wanted
    recovered_us = told[-1][0]
    print(f"\n{name}: recovered {(recovered_us - end_us) / 1000:.0f} ms after its end")
    assert recovered_us - end_us <= RECOVERED_MOST_US
    assert not undelivered(judged(log, FAULTY, recovered_us))
    for channel in {0, 1, 2, 3} - {FAULTY}:
        assert faults(log, channel, START_US) == []
        assert not undelivered(judged(log, channel))
        assert last_status(log).missed[channel] == 0
    assert {channel for _, channel, _ in log.violations} <= {FAULTY}


def test_a_stretched_clock_pulse_drops_the_read_and_says_so() -> None:
    log = run([*duty(3e6), (START_US, "stretch 100")], seconds=3, chips=0b0010, rates_hz=RATES_HZ, numbered=True)
    told = faults(log, FAULTY, START_US)
    assert [kind for _, kind in told] == [LONG, UNSETTLED, RECOVERED]
    assert told[-1][0] < START_US + RECOVERED_MOST_US
    assert last_status(log).abandoned == 1
    assert log.violations[0][2] == "slept_in_a_read"
    assert {kind for _, _, kind in log.violations[1:]} == {"read_while_not_ready"}
    assert max(at_us for at_us, _, _ in log.violations) < told[0][0], "only the rest of that read"


def test_a_shorted_channel_is_counted_in_abandoned_reads_only() -> None:
    log = run([*duty(4e6), (START_US, "short 1 0")], seconds=4, rates_hz=RATES_HZ, numbered=True)
    status = last_status(log)
    assert 20 < status.abandoned < 70
    assert status.missed == (0, 0, 0, 0)
    assert not undelivered([it for it in judged(log) if it.channel != FAULTY])


def hellos(log: Log) -> list[Hello]:
    """The hello frames."""
    return [sent.frame for sent in log.of(Hello) if isinstance(sent.frame, Hello)]


RESETS = {
    "reset power": 1,
    "reset cold": 1,
    "reset external": 2,
    "reset bootloader": 2,
    "reset brownout": 3,
    "hang": 4,
}


@pytest.mark.parametrize("what", RESETS)
def test_each_reset_is_told_and_counted_and_the_chips_are_read_again(what: str) -> None:
    stream = (START_US + 400_000, command(Verb.STREAM, 1, command_id=9))
    log = run([*duty(3e6, guard=False), (START_US, what), stream], seconds=3, rates_hz=RATES_HZ, numbered=True)
    before, after = hellos(log)
    assert (before.reset_cause, after.reset_cause) == (1, RESETS[what])
    assert after.boot == before.boot + 1
    assert after.uid == before.uid == b"bard rig"
    assert not undelivered(judged(log, after_us=START_US + 600_000))
    bad = [sent for sent in log.frames if isinstance(sent.frame, BadFrame)]
    assert len(bad) <= 1, "at most the frame the reset cut"


def test_the_watchdog_bites_between_120_and_250_ms() -> None:
    """Wherever the sketch stood: in its loop, or with interrupts off."""
    for late_us in (0, 3, 40, 90, 333):
        log = run([*duty(2e6), (START_US + late_us, "hang")], seconds=2, rates_hz=[94.0] * 4)
        assert 120_000 <= log.boots_us[-1] - START_US <= 250_000
        assert hellos(log)[-1].reset_cause == 4


def test_a_pulled_cable_and_back() -> None:
    script = [*duty(5e6), (START_US, "power 0"), (START_US + 2e6, "power 1")]
    script.append((START_US + 2.3e6, command(Verb.STREAM, 1, command_id=9)))
    log = run(script, seconds=5, rates_hz=RATES_HZ, numbered=True)
    assert [hello.reset_cause for hello in hellos(log)] == [1, 1]
    assert [hello.boot for hello in hellos(log)] == [1, 2]
    assert not [sent for sent in log.frames if START_US + 1_000 < sent.at_us < START_US + 2e6]
    assert not undelivered(judged(log, after_us=START_US + 2.5e6))
    assert not log.violations


def test_a_new_board_makes_its_uid_once(tmp_path: Path) -> None:
    eeprom = tmp_path / "eeprom"
    first = hellos(run(seconds=2, chips=0, eeprom=eeprom))
    again = hellos(run(seconds=1, chips=0, eeprom=eeprom))
    assert [hello.boot for hello in (*first, *again)] == [1, 2]
    assert first[0].uid == again[0].uid
    assert len(set(first[0].uid)) > 3


def test_chips_that_were_ready_before_the_sketch_ran_are_read() -> None:
    """DOUT fell in the bootloader, so no edge comes: only the level tells."""
    log = run([(20_000, command(Verb.STREAM, 1))], seconds=1, rates_hz=[9.4, 9.4, 10.6, 10.6], numbered=True)
    first = [min(it.read_us for it in log.conversions if it.channel == n and it.read_us) for n in range(4)]
    assert max(first) < 110_000
    assert log.violations == []


def test_inputs_are_debounced_and_told_at_once() -> None:
    script = [(100_000.0, command(Verb.STREAM, 1)), (500_000.0, "input presence 1"), (900_000.0, "input pedal 1")]
    script += [(1_200_000.0 + 10_000 * n, f"input presence {n % 2}") for n in range(20)]
    log = run(script, seconds=2, chips=0)
    told = [(sent.at_us, it.inputs) for sent in log.frames if isinstance(it := sent.frame, Samples)]
    assert [inputs for _, inputs in told] == [1, 3]
    assert [20_000 <= at_us - cause_us <= 23_000 for (at_us, _), cause_us in zip(told, (5e5, 9e5), strict=True)] == [
        True
    ] * 2
