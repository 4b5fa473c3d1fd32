"""The terminal: a line for each event, in words, and the bell."""

import os
import pty
import re
import time
from collections.abc import Callable, Iterator

import pytest

from bard.alarm.selector import Signal
from bard.annunciate.terminal import TerminalOutput
from bard.messages import SessionEnded, SignalChanged
from bard.settings import AlarmSettings
from tests.annunciate.broker import wait_for
from tests.annunciate.messages import changed, snapshot, stamp
from tests.annunciate.rigs import ALARM, TerminalRig


@pytest.fixture
def rig() -> Iterator[TerminalRig]:
    made = TerminalRig()
    yield made
    made.heal()
    made.dispose()


def lines(rig: TerminalRig, count: int) -> list[str]:
    rig.wait(lambda: rig.text.count("\n") >= count)
    return rig.text.splitlines()


def test_a_condition_is_loud_with_its_value_limit_and_subjects(rig: TerminalRig) -> None:
    rig.output.tell(changed(priority="high"), stamp())
    (line,) = lines(rig, 1)
    for words in ("HIGH", "above the limit", "left bar", "43.0 ± 1.8 kg", "limit 40.0 kg"):
        assert words in line
    assert "\a" not in line


def test_time_is_local_and_doubtful_where_the_clock_is(rig: TerminalRig) -> None:
    rig.output.tell(SessionEnded(60_000_000, 0), stamp("2026-11-23T07:00:00.000Z"))
    rig.output.tell(SessionEnded(60_000_000, 0), stamp("2026-11-23T07:00:00.000Z", clock_trusted=False))
    sure, doubtful = lines(rig, 2)
    local = time.strftime("%H:%M:%S", time.localtime(1_795_417_200))
    assert sure.startswith(f"{local}  session ended after 1 min 0 s")
    assert doubtful.startswith(f"{local}?  ")


def test_snapshots_and_steps_of_the_cue_print_nothing(rig: TerminalRig) -> None:
    for step in (1, 2, 3, 4, 3):
        rig.output.play(Signal(step, 0, "load_near"), 0)
        rig.output.tell(SignalChanged(0, step, 0, "load_near"), stamp())
        rig.output.show(snapshot(step * 200_000), stamp())
    rig.output.play(Signal(6, 0, "load_over"), 0)
    assert len(lines(rig, 2)) == 2
    assert "medium" in rig.text.splitlines()[1]


def test_says_not_monitored_and_monitored_again(rig: TerminalRig) -> None:
    rig.refreshing = False
    rig.wait_playing(9)
    rig.refreshing = True
    rig.wait(lambda: "monitored again" in rig.text)
    assert "NOT MONITORED: the monitor has said nothing for 1 s" in rig.text


def test_says_how_much_was_lost_while_nobody_read(rig: TerminalRig) -> None:
    rig.deafen()
    for _ in range(5_000):
        rig.output.tell(changed(), stamp())
    rig.wait(lambda: rig.output.failure == "terminal: nobody reads it")
    dropped = rig.output.dropped
    assert dropped > 0
    rig.heal()
    said = re.compile(r"(\d+) lines were lost while nobody read them")
    rig.wait(lambda: sum(map(int, said.findall(rig.text))) == dropped)
    rig.wait(lambda: rig.output.failure is None)


def test_a_closed_pipe_is_a_failure_in_words() -> None:
    read_fd, write_fd = os.pipe()
    os.close(read_fd)
    with os.fdopen(write_fd, "w") as stream:
        output = TerminalOutput(stream, ALARM)
        output.tell(changed(), stamp())
        wait_for(lambda: output.failure == "terminal: Broken pipe")
        output.close()


@pytest.fixture
def screen() -> Iterator[tuple[TerminalOutput, Callable[[], str]]]:
    master_fd, slave_fd = pty.openpty()
    text = ""

    def read_to_end() -> str:
        nonlocal text
        output.close()
        text += os.read(master_fd, 65536).decode()
        return text

    with os.fdopen(slave_fd, "w") as stream:
        output = TerminalOutput(stream, ALARM)
        yield output, read_to_end
        output.close()
    os.close(master_fd)


@pytest.mark.parametrize(
    ("priority", "state", "bells"), [("high", "active", 1), ("high", "acknowledged", 0), ("medium", "active", 0)]
)
def test_the_bell_rings_for_a_high_on_a_terminal(
    screen: tuple[TerminalOutput, Callable[[], str]], priority: str, state: str, bells: int
) -> None:
    output, read_to_end = screen
    output.tell(changed(priority=priority, state=state), stamp())
    assert read_to_end().count("\a") == bells


def test_the_bell_rings_once_for_not_monitored_too() -> None:
    master_fd, slave_fd = pty.openpty()
    text = ""
    with os.fdopen(slave_fd, "w") as stream:
        output = TerminalOutput(stream, AlarmSettings(refresh_deadline_us=200_000))
        while "NOT MONITORED" not in text or not text.endswith("\n"):
            text += os.read(master_fd, 65536).decode()
        output.close()
    os.close(master_fd)
    assert [line.count("\a") for line in text.splitlines() if "NOT MONITORED" in line] == [1]
    assert text.count("\a") == 1
