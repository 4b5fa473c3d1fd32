"""Who is on the client: the presence input, and what still acts while the bar load is unknown (estimate.md, 4)."""

from collections.abc import Callable
from math import nan

import pytest

from bard.client.phase import Phase, PhaseMachine
from bard.settings import PhaseSettings
from tests.client.phases import OFF, ON, RELEASED, Bench, on, released

Begin = Callable[..., Bench]

# Presence


def test_presence_that_closes_is_on_at_once_and_without_hands_released() -> None:
    bench = Bench(presence=False)
    bench.hold(5.0, 0.0)
    begin_us = bench.now_us
    bench.presence = True
    bench.hold(1.0, 0.0)
    assert bench.after(begin_us) == [(0.01, ON), (0.02, RELEASED)]


def test_presence_that_closes_with_hands_on_the_bars_stays_on() -> None:
    bench = Bench(presence=False)
    bench.hold(0.3, 20.0)
    bench.presence = True
    assert bench.hold(10.0, 20.0) is ON


def test_presence_already_closed_when_the_session_starts_counts() -> None:
    assert Bench(presence=True).hold(1.0, 0.0) is RELEASED


def test_with_presence_closed_bars_only_touched_are_released() -> None:
    bench = Bench(presence=True)
    bench.hold(1.0, 5.0)
    assert bench.hold(1.0, 0.0) is RELEASED


@pytest.mark.parametrize("begin", [on, released])
def test_presence_that_opens_is_off_at_once(begin: Begin) -> None:
    bench = begin(presence=True)
    begin_us = bench.now_us
    bench.presence = False
    bench.hold(2.0, 0.0)
    assert bench.after(begin_us) == [(0.01, OFF)]
    assert bench.machine.why == "presence input opened"


def test_presence_that_opens_with_hands_still_on_the_bars_is_off_for_3_s() -> None:
    bench = on(presence=True)
    begin_us = bench.now_us
    bench.presence = False
    bench.hold(10.0, 30.0)
    assert bench.after(begin_us) == [(0.01, OFF), (3.01, ON)]


def test_with_presence_open_bars_taken_are_on_all_the_same_and_let_go_off() -> None:
    bench = Bench(presence=False)
    bench.hold(5.0, 30.0)
    assert bench.machine.phase is ON
    begin_us = bench.now_us
    bench.hold(1.0, 0.0)
    assert bench.after(begin_us) == [(0.51, OFF)]


def test_presence_first_heard_closed_while_released_changes_nothing() -> None:
    bench = released()
    begin_us = bench.now_us
    bench.presence = True
    bench.hold(1.0, 0.0)
    assert bench.after(begin_us) == []
    bench.presence = False
    assert bench.hold(0.01, 0.0) is OFF


def test_a_command_holds_while_presence_stays_closed() -> None:
    bench = released(presence=True)
    bench.machine.tell_off(bench.now_us, "pause")
    assert bench.hold(30.0, 0.0) is OFF
    bench.presence = False
    bench.hold(1.0, 0.0)
    bench.presence = True
    assert bench.hold(1.0, 0.0) is RELEASED


@pytest.mark.parametrize("begin", [on, released])
def test_presence_that_opened_while_its_board_was_silent_is_off(begin: Begin) -> None:
    bench = begin(presence=True)
    bench.presence = None
    bench.hold(3.0, 0.0)
    assert bench.machine.phase is RELEASED
    bench.presence = False
    assert bench.hold(0.01, 0.0) is OFF


def test_presence_last_heard_closed_stands_while_its_board_is_silent() -> None:
    bench = Bench(presence=True)
    bench.hold(1.0, 5.0)
    bench.presence = None
    assert bench.hold(1.0, 0.0) is RELEASED
    bench.machine.tell_off(bench.now_us, "pause")
    bench.hold(1.0, 0.0)
    bench.presence = True
    assert bench.hold(1.0, 0.0) is OFF


def test_bars_let_go_while_the_board_of_an_open_presence_is_silent_are_released_until_it_is_heard() -> None:
    bench = on(presence=False)
    bench.presence = None
    assert bench.hold(1.0, 0.0) is RELEASED
    bench.presence = False
    assert bench.hold(0.01, 0.0) is OFF


# Unknown load


@pytest.mark.parametrize(("begin", "phase"), [(Bench, OFF), (on, ON), (released, RELEASED)])
def test_an_unknown_load_changes_no_phase(begin: Begin, phase: Phase) -> None:
    bench = begin(PhaseSettings(step_down_after_s=20))
    assert bench.hold(60.0, nan) is phase


def test_an_unknown_load_is_neither_held_nor_free() -> None:
    bench = Bench()
    bench.hold(0.4, 30.0)
    bench.hold(0.2, nan)
    assert bench.hold(0.5, 30.0) is OFF
    assert bench.hold(3.2, 30.0) is ON
    bench.hold(0.4, 0.0)
    bench.hold(0.2, nan)
    assert bench.hold(0.5, 0.0) is ON
    assert bench.hold(0.01, 0.0) is RELEASED


@pytest.mark.parametrize("begin", [on, released])
def test_presence_acts_on_an_unknown_load(begin: Begin) -> None:
    bench = begin(presence=True)
    bench.hold(1.0, nan)
    bench.presence = False
    assert bench.hold(0.01, nan) is OFF
    bench.presence = True
    assert bench.hold(0.01, nan) is ON
    assert bench.hold(60.0, nan) is ON


@pytest.mark.parametrize("begin", [on, released])
def test_a_command_and_the_session_s_end_act_on_an_unknown_load(begin: Begin) -> None:
    for act in (lambda machine, at_us: machine.tell_off(at_us, "pause"), PhaseMachine.end):
        bench = begin()
        bench.hold(1.0, nan)
        act(bench.machine, bench.now_us)
        assert bench.hold(10.0, nan) is OFF


@pytest.mark.parametrize("kg", [nan, 2.6])
def test_step_down_after_s_counts_only_hands_known_to_be_off(kg: float) -> None:
    bench = released(PhaseSettings(step_down_after_s=20))
    assert bench.hold(60.0, kg) is RELEASED
    assert bench.hold(20.0, 0.0) is RELEASED
    assert bench.hold(0.01, 0.0) is OFF
