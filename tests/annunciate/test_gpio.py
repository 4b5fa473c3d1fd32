"""The GPIO lines: edges where the table has them, what ails them in words, and low when it is over."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.gpio import GpioOutput
from bard.settings import PATTERNS, AlarmSettings, GpioSettings, Rhythm
from tests.annunciate.broker import wait_for
from tests.annunciate.rig_gpio import BUZZER, SETTINGS, VIBRATOR, FakeChip, GpioRig, now_us

SHORTER_US = 6_000
"""By so much an edge may be late without those after it being late too."""
PATIENT = AlarmSettings(refresh_deadline_us=5_000_000)
HIGH = Signal(7, 7, "load_critical")


@pytest.fixture
def rig() -> Iterator[GpioRig]:
    made = GpioRig()
    made.wait(lambda: made.chip.held == {VIBRATOR, BUZZER})
    yield made
    made.heal()
    made.dispose()


def table_us(rhythm: Rhythm | None, for_us: int) -> list[int]:
    """Every edge of the first `for_us`, summed up from the table."""
    edges_us, at_us = [], 0
    while rhythm is not None and at_us < for_us:
        sums_us = [at_us + 1000 * sum(rhythm.on_off_ms[:count]) for count in range(len(rhythm.on_off_ms) + 1)]
        edges_us += sums_us[: len(sums_us) // 2 * 2]
        if not rhythm.period_ms:
            break
        at_us += 1000 * rhythm.period_ms
    return [edge_us for edge_us in edges_us if edge_us < for_us]


def errors_us(edges: list[tuple[int, bool]], expected_us: list[int]) -> list[int]:
    """How much longer each pulse and gap was than in the table. They must alternate, and none be missing."""
    assert [high for _, high in edges] == [number % 2 == 0 for number in range(len(edges))]
    assert len(edges) >= len(expected_us)
    at_us = [edge_us for edge_us, _ in edges]
    return [
        (at_us[number] - at_us[number - 1]) - (expected_us[number] - expected_us[number - 1])
        for number in range(1, len(expected_us))
    ]


@pytest.mark.parametrize("for_s", [5.3, pytest.param(33.5, marks=pytest.mark.slow)])
def test_every_pulse_and_gap_of_every_pattern_is_as_long_as_in_the_table(
    for_s: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """All at once, each with an output of its own, so that one keeps the other busy."""
    with ExitStack() as stack:
        chips = [FakeChip() for _ in PATTERNS]
        outputs = [stack.enter_context(closing(GpioOutput(SETTINGS, PATIENT, chip))) for chip in chips]
        expected = []
        for pattern, output, chip in zip(PATTERNS, outputs, chips, strict=True):
            output.play(Signal(pattern.number, pattern.number, "x"), 0)
            expected.append((chip, VIBRATOR, table_us(pattern.vibrator, int(for_s * 1e6))))
            expected.append((chip, BUZZER, table_us(pattern.buzzer, int(for_s * 1e6))))

        def complete() -> bool:
            for output in outputs:
                output.refresh(0)
            return all(len(chip.edges_of(line)) >= len(edges_us) for chip, line, edges_us in expected)

        wait_for(complete, limit_s=3 * for_s)
        found = sorted(abs(e) for chip, line, edges_us in expected for e in errors_us(chip.edges_of(line), edges_us))
        least_us = min(e for chip, line, edges_us in expected for e in errors_us(chip.edges_of(line), edges_us))
    p50_ms, p99_ms = (found[int(len(found) * part)] / 1000 for part in (0.5, 0.99))
    with capsys.disabled():
        print(f"\n{len(found)} pulses and gaps off by {p50_ms:.2f} ms (p50), {p99_ms:.2f} ms (p99)")
    assert p50_ms < 10
    assert least_us > -SHORTER_US, "none is cut short, however late it is"


def test_a_machine_that_stalls_swallows_no_pulse() -> None:
    """The chip itself takes 60 ms for each level, so that every edge of a cue's tick is past when the next is due."""
    chip = SlowChip()
    with closing(GpioOutput(GpioSettings(vibrator_line=VIBRATOR), PATIENT, chip)) as output:
        output.play(Signal(4, 0, "x"), 0)
        wait_for(lambda: len(chip.edges_of(VIBRATOR)) >= 8)
        assert min(errors_us(chip.edges_of(VIBRATOR), table_us(PATTERNS[4].vibrator, 1_000_000))) > -SHORTER_US


class SlowChip(FakeChip):
    def called(self) -> None:
        time.sleep(0.06)
        super().called()


def test_a_pattern_that_plays_goes_on_while_the_other_changes(rig: GpioRig) -> None:
    rig.output.play(Signal(7, 0, "x"), 0)
    rig.wait(lambda: len(rig.chip.edges_of(VIBRATOR)) == 3)
    for signal in (Signal(7, 6, "y"), Signal(7, 7, "z"), Signal(7, 0, "x")):
        rig.output.play(signal, 0)
    rig.wait(lambda: len(rig.chip.edges_of(VIBRATOR)) == 20)
    errors = errors_us(rig.chip.edges_of(VIBRATOR), table_us(PATTERNS[7].vibrator, 3_000_000))
    assert min(errors) > -SHORTER_US
    assert statistics.median(errors) < 10_000


def test_another_pattern_begins_at_once_in_the_middle_of_a_pulse(rig: GpioRig) -> None:
    rig.output.play(Signal(9, 0, "x"), 0)
    rig.wait(lambda: rig.chip.levels[VIBRATOR])
    changed_us = now_us()
    rig.output.play(Signal(7, 0, "x"), 0)
    rig.wait(lambda: len(rig.chip.edges_of(VIBRATOR)) == 3)
    (_, _), (fall_us, _), (rise_us, _) = rig.chip.edges_of(VIBRATOR)
    assert 100_000 <= fall_us - changed_us < 250_000
    assert 80_000 - SHORTER_US < rise_us - fall_us < 250_000


def test_active_low_rests_high_and_is_low_while_on() -> None:
    chip = FakeChip()
    settings = GpioSettings(vibrator_line=VIBRATOR, active_low=True)
    output = GpioOutput(settings, PATIENT, chip)
    wait_for(lambda: chip.levels[VIBRATOR])
    output.play(HIGH, 0)
    wait_for(lambda: not chip.levels[VIBRATOR])
    output.close()
    assert chip.levels[VIBRATOR], "at rest"
    assert chip.held == set()


def test_a_busy_line_is_said_tried_again_and_takes_nothing_from_the_other() -> None:
    chip = FakeChip()
    chip.busy[BUZZER] = "pwm-beeper"
    with closing(GpioOutput(SETTINGS, PATIENT, chip)) as output:
        output.play(HIGH, 0)
        wait_for(lambda: len(chip.edges_of(VIBRATOR)) >= 4)
        assert output.failure == "gpio: buzzer line 27 of /dev/gpiochip0: in use by pwm-beeper"
        assert chip.edges_of(BUZZER) == []
        chip.busy.clear()
        wait_for(lambda: chip.levels[BUZZER])
        wait_for(lambda: output.failure is None)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/dev/gpiochip-none", "no such file or directory"),
        ("/dev/null", "no such device"),
        ("/dev/fd", "inappropriate ioctl for device"),
    ],
)
def test_a_chip_that_is_none_is_a_failure_in_words(path: str, words: str) -> None:
    settings = GpioSettings(chip=path, vibrator_line=VIBRATOR)
    with closing(GpioOutput(settings, PATIENT)) as output:
        wait_for(lambda: output.failure == f"gpio: vibrator line 17 of {path}: {words}")
        output.play(HIGH, 0)


def test_a_chip_that_goes_away_is_missed_in_silence_and_plays_from_the_start_when_it_is_back(rig: GpioRig) -> None:
    rig.chip.unplug()
    assert rig.wait(lambda: rig.output.failure is not None) < 2.0
    assert "no such device" in str(rig.output.failure)
    rig.output.play(Signal(0, 5, "x"), 0)  # low sounds twice and no more: it must not have sounded unheard
    rig.chip.plug()
    rig.wait(lambda: len(rig.chip.edges_of(BUZZER)) == 4)
    assert rig.output.failure is None


def test_a_chip_that_never_answers_is_said_and_keeps_no_caller_waiting(rig: GpioRig) -> None:
    rig.chip.hang(None)
    rig.output.play(HIGH, 0)
    began_s = time.monotonic()
    rig.wait(lambda: rig.output.failure == "gpio: /dev/gpiochip0 does not answer")
    assert 0.9 < time.monotonic() - began_s < 3
    rig.heal()
    rig.wait(lambda: rig.output.failure is None)
    rig.wait_playing(7)


# The end


def test_the_lines_are_low_and_free_after_close(rig: GpioRig) -> None:
    rig.output.play(Signal(9, 9, "x"), 0)
    rig.wait(lambda: rig.chip.levels[VIBRATOR] and rig.chip.levels[BUZZER])
    rig.output.close()
    assert not any(rig.chip.levels.values())
    assert rig.chip.held == set()


DIES = """
import os
from bard.alarm.selector import Signal
from bard.annunciate.gpio import GpioOutput
from bard.settings import AlarmSettings
from tests.annunciate.rig_gpio import SETTINGS, FakeChip
from threading import Event

class Shown(FakeChip):
    def write(self, line, high):
        if self.levels[line] is not high:
            os.write(1, f"{line} {high}\\n".encode())
            if high:
                on.set()
        super().write(line, high)

on = Event()
output = GpioOutput(SETTINGS, AlarmSettings(), Shown())
output.play(Signal(9, 9, "x"), 0)
on.wait(10)
raise RuntimeError("of the daemon's own")
"""


def test_the_lines_are_low_when_the_process_ends_by_a_bug() -> None:
    done = subprocess.run([sys.executable, "-c", DIES], capture_output=True, text=True, timeout=60)
    assert "of the daemon's own" in done.stderr
    lines = done.stdout.splitlines()
    assert f"{VIBRATOR} True" in lines
    for line in (VIBRATOR, BUZZER):
        assert [each for each in lines if each.startswith(f"{line} ")][-1:] in ([], [f"{line} False"])


def test_from_the_call_to_the_edge(rig: GpioRig, capsys: pytest.CaptureFixture[str]) -> None:
    took_us = []
    for _ in range(200):
        rig.output.play(NOTHING, 0)
        rig.wait(lambda: not rig.chip.levels[VIBRATOR] and rig.output.failure is None)
        count = len(rig.chip.edges_of(VIBRATOR))
        asked_us = now_us()
        rig.output.play(HIGH, 0)
        rig.wait(edges_above(rig.chip, count))
        took_us.append(rig.chip.edges_of(VIBRATOR)[count][0] - asked_us)
    p50_ms, p99_ms = statistics.median(took_us) / 1000, sorted(took_us)[197] / 1000
    with capsys.disabled():
        print(f"\nfrom play to the edge {p50_ms:.3f} ms (p50), {p99_ms:.3f} ms (p99)")
    assert p50_ms < 5


def edges_above(chip: FakeChip, count: int) -> Callable[[], bool]:
    return lambda: len(chip.edges_of(VIBRATOR)) > count
