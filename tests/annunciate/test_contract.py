"""The contract, held by every output alike."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bard.alarm.selector import Signal
from bard.annunciate.output import CLOSE_S
from tests.annunciate.messages import changed, snapshot, stamp
from tests.annunciate.rig_gpio import GpioRig
from tests.annunciate.rig_hook import HookRig
from tests.annunciate.rig_sound import SoundRig
from tests.annunciate.rigs import ALARM, BoardRig, MqttRig, Rig, TerminalRig

DEADLINE_S = ALARM.refresh_deadline_us / 1e6
SLACK_S = 0.5


@pytest.fixture(
    params=[
        "board",
        "terminal",
        "gpio",
        "hook",
        pytest.param("mqtt", marks=pytest.mark.apt),
        pytest.param("sound", marks=pytest.mark.apt),
    ]
)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    made: Rig
    match request.param:
        case "board":
            made = BoardRig()
        case "terminal":
            made = TerminalRig()
        case "gpio":
            made = GpioRig()
        case "hook":
            made = HookRig(tmp_path)
        case "sound":
            made = SoundRig(tmp_path)
        case _:
            made = MqttRig(tmp_path)
    yield made
    made.heal()
    made.dispose()


def test_plays_what_won_and_falls_silent(rig: Rig) -> None:
    for pattern in (1, 5, 6, 7, 6, 0):
        rig.play(pattern)
        assert rig.wait_playing(pattern) < SLACK_S
    assert rig.output.failure is None


def test_plays_not_monitored_by_itself_and_comes_back(rig: Rig) -> None:
    rig.play(6)
    rig.wait_playing(6)
    rig.output.refresh(rig.now_us)
    rig.refreshing = False
    assert DEADLINE_S - ALARM.beat_us / 1e6 - 0.05 <= rig.wait_playing(9) < DEADLINE_S + SLACK_S
    rig.refreshing = True
    assert rig.wait_playing(6) < SLACK_S


def test_what_won_meanwhile_plays_once_the_monitor_is_back(rig: Rig) -> None:
    rig.play(6)
    rig.wait_playing(6)
    rig.refreshing = False
    rig.wait_playing(9)
    rig.play(7)
    rig.refreshing = True
    assert rig.wait_playing(7) < SLACK_S


def test_every_call_returns_at_once_while_nobody_listens(rig: Rig) -> None:
    rig.deafen()
    signals = [Signal(6, 6, "load_over"), Signal(7, 7, "load_critical")]
    calls: dict[str, Callable[[int], None]] = {
        "play": lambda turn: rig.output.play(signals[turn % 2], rig.now_us),
        "refresh": lambda _: rig.output.refresh(rig.now_us),
        "tell": lambda _: rig.output.tell(changed(), stamp()),
        "show": lambda turn: rig.output.show(snapshot(turn * 200_000), stamp()),
    }
    for name, call in calls.items():
        took_s = []
        for turn in range(400):
            began_s = time.perf_counter()
            call(turn)
            took_s.append(time.perf_counter() - began_s)
        assert statistics.median(took_s) < 200e-6, name
        assert max(took_s) < 0.1, name
    rig.heal()
    rig.play(7)
    rig.wait_playing(7)


def test_says_what_ails_it_and_shows_the_present_after_an_outage(rig: Rig) -> None:
    rig.play(6)
    rig.wait_playing(6)
    rig.fail()
    rig.wait(lambda: rig.output.failure is not None)
    rig.play(5)
    rig.play(7)
    rig.mend()
    rig.wait_playing(7)
    rig.wait(lambda: rig.output.failure is None)


@pytest.mark.parametrize("deaf", [False, True])
def test_close_leaves_no_thread_behind(rig: Rig, deaf: bool) -> None:
    rig.play(6)
    rig.wait_playing(6)
    if deaf:
        rig.deafen()
        for _ in range(1_000):
            rig.output.tell(changed(), stamp())
    names = (f"output {rig.output.name}", "paho-mqtt-client-bard-")
    began_s = time.monotonic()
    rig.output.close()
    assert time.monotonic() - began_s < CLOSE_S
    rig.wait(lambda: not any(thread.name.startswith(names) for thread in threading.enumerate()))
