"""The GPIO lines through libgpiod, down to what it asks the kernel for (chip.c)."""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bard.settings import PATTERNS
from tests.annunciate.test_gpio import SHORTER_US, errors_us, table_us

pytestmark = pytest.mark.apt

DRIVES = """
import os, sys, time
from pathlib import Path
from bard.alarm.selector import Signal
from bard.annunciate.gpio import GpioOutput
from bard.settings import AlarmSettings, GpioSettings

settings = GpioSettings(chip="/dev/null", vibrator_line=17, buzzer_line=27, active_low=sys.argv[1] == "low")
output = GpioOutput(settings, AlarmSettings())
output.play(Signal(7, 7, "x"), 0)
log, until_s = Path(os.environ["BARD_CHIP_LOG"]), time.monotonic() + 30
while time.monotonic() < until_s and not (log.exists() and log.read_text().count(" level 17 ") >= 14):
    output.refresh(0)
    time.sleep(0.05)
print(output.failure)
output.close()
"""


@pytest.fixture(scope="module")
def kernel_chip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[str, list[list[str]]]]:
    """Drives `high` for some pulses through libgpiod down to what it asks the kernel: (failure, notes of chip.c)."""
    folder = tmp_path_factory.mktemp("chip")
    library = folder / "chip.so"
    source = Path(__file__).with_name("chip.c")
    subprocess.run(["gcc", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)

    def drive(active: str, busy: str = "") -> tuple[str, list[list[str]]]:
        log = folder / f"log-{active}-{busy}"
        environment = {**os.environ, "LD_PRELOAD": str(library), "BARD_CHIP_LOG": str(log)}
        if busy:
            environment["BARD_CHIP_BUSY"] = busy
        done = subprocess.run(
            [sys.executable, "-c", DRIVES, active], capture_output=True, text=True, timeout=60, env=environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip(), [line.split() for line in log.read_text().splitlines()]

    return drive


@pytest.mark.parametrize(("active", "rest"), [("high", "0"), ("low", "1")])
def test_the_kernel_is_asked_for_each_line_and_each_edge(
    kernel_chip: Callable[..., tuple[str, list[list[str]]]], active: str, rest: str
) -> None:
    failure, notes = kernel_chip(active)
    assert failure == "None"
    for line in ("17", "27"):
        (_, consumer, _, first), *levels, last, free = [note for note in notes if note[2] == line]
        assert (consumer, first) == ("bard", rest), "an output from the start, and off"
        assert (last[1], last[3], free[1]) == ("level", rest, "free")
        edges = [(int(at_us), level != rest) for at_us, _, _, level in levels]
        edges = [edge for edge, before in zip(edges, [(0, False), *edges], strict=False) if edge[1] is not before[1]]
        errors = errors_us(edges, table_us(PATTERNS[7].vibrator, 700_000))
        assert min(errors) > -SHORTER_US
        assert statistics.median(errors) < 10_000


def test_the_kernel_says_who_has_a_line(kernel_chip: Callable[..., tuple[str, list[list[str]]]]) -> None:
    failure, notes = kernel_chip("high", busy="27")
    assert failure == "gpio: buzzer line 27 of /dev/null: in use by pwm-beeper"
    assert {note[2] for note in notes} == {"17"}
