"""Bars let go while on the client, on the real firmware and daemon: what moves, what is said, what survives."""

import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from bard.link.port import monotonic_us
from bard.messages import BoardChanged, ConditionChanged, SessionStarted, SignalChanged
from bard.wire.frames import Answer, Hello, Result, Status
from tests.annunciate.broker import Ear
from tests.daemon.house import wait_for

from .hil import HELD_KG, HIGH_MS, RESTARTED, Loop, in_the_loop, on_tape

pytestmark = [pytest.mark.apt, pytest.mark.slow, pytest.mark.alone]

SOON_US = 500_000
"""From the bars' end to the pin, on a machine that has other things to do; bench/hil.py has the figures."""
ANSWERED_US = 150_000
"""Less than a heartbeat's period: of two answers in this time one is no beat's."""
REARMED_US = 1_000_000
COMMANDS = 8
"""What a board is told upon its hello: stream, two signals, four scales, arm."""
ARMED = 1


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    """A room with a single board."""
    with in_the_loop(tmp_path) as made:
        yield made


def plays_high(loop: Loop, after_ns: int) -> bool:
    """Whether the vibrator plays "high": its rhythm without the first pulse, which two players may share."""
    found = loop.rhythm_ms(after_ns, len(HIGH_MS))
    return found[1:] == pytest.approx(HIGH_MS[1:], abs=30)


def test_let_go_alarms_everywhere_and_after_kill_9_the_guard_still_trips(loop: Loop) -> None:
    ear = Ear(loop.broker.port)
    loop.begin_session()
    released = loop.let_go()
    assert released.us < SOON_US
    assert plays_high(loop, released.let_go_ns)
    loop.guard_says("tripped")
    wait_for(lambda: critical(ear), "the alarm over MQTT")
    loop.hold(HELD_KG)
    loop.guard_says("cleared")
    loop.calm()
    assert loop.house.log.read_text() == "", "every board was connected, answered and refused nothing"
    loop.kill()
    wait_for(lambda: ear.last("status") == "offline", "the daemon is gone")
    ear.close()
    released = loop.let_go()
    assert released.us < SOON_US
    assert plays_high(loop, released.let_go_ns), "high, not the board's own pattern of a lost host"
    [tape] = loop.house.tapes()
    assert alarm_answered(tape)


def critical(ear: Ear) -> bool:
    """load_critical came as an event."""
    return any(said["id"] == "load_critical" and said["state"] == "active" for said in ear.of("alarm_event"))


def alarm_answered(tape: Path) -> bool:
    """The board's "done" to what the first SignalChanged with "high" sent it: two signals, beside at most one beat."""
    said = list(on_tape(tape))
    first = next(
        number for number, (_, it) in enumerate(said) if isinstance(it, SignalChanged) and it.condition and it.vibrator
    )
    at_us, signal = said[first]
    assert isinstance(signal, SignalChanged)
    assert (signal.vibrator, signal.buzzer) == (7, 7)
    assert signal.condition in ("load_critical", "support_lost")
    answers = [it for when_us, it in said[first:] if isinstance(it, Answer) and when_us < at_us + ANSWERED_US]
    return len(answers) >= 2 and all(answer.result == Result.DONE for answer in answers)


@pytest.mark.parametrize("how", ["reset", "power"])
def test_after_a_reset_in_a_session_the_guard_is_armed_again(loop: Loop, how: str) -> None:
    loop.begin_session()
    reset_us = monotonic_us()
    if how == "reset":
        loop.live.do("reset brownout")
    else:
        loop.live.do("power 0")
        loop.house.until(lambda snapshot: snapshot.boards[0].state == "lost", "the board is lost")
        loop.live.do("power 1")
    loop.heard(lambda it: isinstance(it, BoardChanged) and it.what == "hello" and it.at_us > reset_us, "hello")
    loop.heard(lambda it: isinstance(it, ConditionChanged) and it.id == RESTARTED, "said to people")
    loop.calm()
    loop.kill()
    released = loop.let_go()
    assert released.us < SOON_US
    assert plays_high(loop, released.let_go_ns)
    [tape] = loop.house.tapes()
    assert_rearmed(tape)


def assert_rearmed(tape: Path) -> None:
    """Behind the last hello every command is answered in time, and the status says armed."""
    said = list(on_tape(tape))
    hellos = [number for number, (_, it) in enumerate(said) if isinstance(it, Hello)]
    boots = [it.boot for _, it in said if isinstance(it, Hello)]
    assert all(later >= earlier for earlier, later in pairwise(boots))
    assert boots[-1] > boots[0]
    first = next(number for number in hellos if said[number][1].boot == boots[-1])  # type: ignore[union-attr]
    hello_us = said[first][0]
    answers = [it for when_us, it in said[first:] if isinstance(it, Answer) and when_us < hello_us + REARMED_US]
    assert len({answer.command_id for answer in answers}) >= COMMANDS
    assert all(answer.result == Result.DONE for answer in answers)
    assert [it for _, it in said[first:] if isinstance(it, Status)][-1].guard_state & ARMED


def test_a_daemon_that_stands_still_is_told_by_the_board(loop: Loop) -> None:
    loop.begin_session()
    assert loop.house.process is not None
    loop.house.process.send_signal(signal.SIGSTOP)
    stopped_ns = time.monotonic_ns()
    try:
        assert loop.rhythm_ms(stopped_ns, 2) == pytest.approx([400, 4600], abs=100)
        first = next(it for it in loop.live.moments() if it.what == "vibrator 1" and it.monotonic_ns > stopped_ns)
        assert first.monotonic_ns - stopped_ns < 1_500_000_000
    finally:
        loop.house.process.send_signal(signal.SIGCONT)
    loop.calm()


def test_with_two_boards_the_guards_watch_the_heartbeat_only(tmp_path: Path) -> None:
    with in_the_loop(tmp_path, second=True) as loop:
        loop.begin_session()
        started = loop.heard(lambda it: isinstance(it, SessionStarted), "the session's start")
        assert isinstance(started, SessionStarted)
        assert [note for note in started.notes if note.startswith("two boards")], started.notes
        released = loop.let_go()
        assert released.us < SOON_US
        assert plays_high(loop, released.let_go_ns), "by the monitor's signal command alone"
        loop.heard(lambda it: isinstance(it, SignalChanged) and it.vibrator == 7, "the signal")
        loop.hold(HELD_KG)
        loop.calm()
        loop.kill()
        released = loop.let_go()
        not_monitored = loop.rhythm_ms(released.let_go_ns, 2)
        assert not_monitored == pytest.approx([400, 4600], abs=100)
        assert not [it for it in loop.events if isinstance(it, BoardChanged) and it.what == "guard"]
