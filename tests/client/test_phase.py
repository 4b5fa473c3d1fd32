"""Who is on the client: every line of the table in estimate.md, section 4, with no presence input."""

import pytest

from bard.settings import PhaseSettings
from tests.client.phases import OFF, ON, RELEASED, Bench, on, released

# off -> on


def test_a_session_starts_off_and_free_bars_leave_it_there() -> None:
    bench = Bench()
    assert bench.machine.phase is OFF
    assert bench.hold(600.0, 0.3) is OFF


@pytest.mark.parametrize("kg", [4.0, 30.0, -4.0, -30.0])
def test_bars_taken_for_half_a_second_are_on(kg: float) -> None:
    bench = Bench()
    assert bench.hold(0.5, kg) is OFF
    assert bench.hold(0.01, kg) is ON
    assert bench.machine.why == "bars taken"


@pytest.mark.parametrize("kg", [3.99, -3.99])
def test_less_than_4_kg_is_not_taken(kg: float) -> None:
    assert Bench().hold(60.0, kg) is OFF


def test_the_half_second_is_without_a_break() -> None:
    bench = Bench()
    for _ in range(20):
        bench.hold(0.45, 9.0)
        assert bench.hold(0.01, 3.9) is OFF


# on -> released, or straight back to off


def test_let_go_after_3_s_is_released() -> None:
    bench = Bench()
    bench.hold(0.51 + 3.0, 5.0)
    begin_us = bench.now_us
    bench.hold(2.0, 2.49)
    assert bench.after(begin_us) == [(0.51, RELEASED)]


def test_let_go_earlier_after_more_than_10_kg_is_released() -> None:
    bench = Bench()
    bench.hold(0.6, 5.0)
    bench.hold(0.1, 10.1)
    assert bench.hold(0.6, 0.0) is RELEASED


@pytest.mark.parametrize("kg", [5.0, 10.0, -10.0])
def test_bars_only_touched_are_straight_back_off(kg: float) -> None:
    bench = Bench()
    bench.hold(0.51 + 2.9, kg)
    begin_us = bench.now_us
    bench.hold(2.0, 0.0)
    assert bench.after(begin_us) == [(0.51, OFF)]


def test_a_push_up_of_more_than_10_kg_counts_as_held() -> None:
    bench = Bench()
    bench.hold(0.7, -12.0)
    assert bench.hold(0.6, 0.0) is RELEASED


def test_what_an_earlier_turn_carried_does_not_count() -> None:
    bench = released()
    bench.machine.tell_off(bench.now_us, "step-down")
    bench.hold(1.0, 0.0)
    bench.hold(1.0, 5.0)
    assert bench.machine.phase is ON
    assert bench.hold(1.0, 0.0) is OFF


@pytest.mark.parametrize("kg", [2.5, 3.9, -2.5])
def test_a_hand_that_rests_is_still_on(kg: float) -> None:
    assert on().hold(60.0, kg) is ON


def test_letting_go_for_less_than_half_a_second_is_still_on() -> None:
    bench = on()
    for _ in range(10):
        bench.hold(0.5, 0.0)
        assert bench.hold(0.02, 2.6) is ON


# released


def test_released_never_ends_by_itself() -> None:
    assert released().hold(3600.0, 0.4) is RELEASED


def test_released_ends_on_by_taking_the_bars() -> None:
    bench = released()
    assert bench.hold(0.5, 8.0) is RELEASED
    assert bench.hold(0.01, 8.0) is ON


def test_step_down_after_s_ends_released() -> None:
    bench = released(PhaseSettings(step_down_after_s=20))
    begin_us = bench.machine.since_us
    bench.hold(40.0, 0.0)
    assert bench.after(begin_us) == [(20.0, OFF)]
    assert bench.machine.why == "hands off for 20 s"


def test_step_down_after_s_does_not_touch_on() -> None:
    assert on(PhaseSettings(step_down_after_s=20)).hold(100.0, 30.0) is ON


def test_step_down_after_s_begins_anew_with_each_release() -> None:
    bench = released(PhaseSettings(step_down_after_s=20))
    bench.hold(15.0, 0.0)
    bench.hold(5.0, 30.0)
    assert bench.hold(15.0, 0.0) is RELEASED


# Step-down and pause


@pytest.mark.parametrize("why", ["step-down", "pause"])
def test_a_command_is_off_at_once_and_the_bars_end_it(why: str) -> None:
    bench = released()
    bench.machine.tell_off(bench.now_us, why)
    assert (bench.machine.phase, bench.machine.since_us, bench.machine.why) == (OFF, bench.now_us, why)
    assert bench.hold(30.0, 0.0) is OFF
    assert bench.hold(0.51, 8.0) is ON


def test_bars_never_let_go_count_as_taken_again_after_3_s() -> None:
    bench = on()
    begin_us = bench.now_us
    bench.machine.tell_off(begin_us, "step-down")
    bench.hold(10.0, 30.0)
    assert bench.after(begin_us) == [(3.0, ON)]


def test_bars_let_go_for_a_moment_after_the_command_are_taken_after_half_a_second() -> None:
    bench = on()
    begin_us = bench.now_us
    bench.machine.tell_off(begin_us, "step-down")
    bench.hold(0.2, 30.0)
    bench.hold(0.1, 1.0)
    bench.hold(2.0, 30.0)
    assert bench.after(begin_us) == [(0.81, ON)]


def test_a_command_while_off_keeps_it_off() -> None:
    bench = Bench()
    bench.hold(0.3, 8.0)
    bench.machine.tell_off(bench.now_us, "pause")
    assert bench.hold(2.9, 8.0) is OFF
    assert bench.hold(0.2, 8.0) is ON


def test_the_session_s_end_is_off_and_leaves_nothing_for_the_next() -> None:
    bench = on(presence=True)
    bench.machine.end(bench.now_us)
    assert (bench.machine.phase, bench.machine.why) == (OFF, "session ended")
    bench.now_us += 60_000_000
    bench.presence = None
    assert bench.hold(0.5, 8.0) is OFF
    assert bench.hold(0.01, 8.0) is ON
