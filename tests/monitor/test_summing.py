"""Summaries through real bytes: ten a second of a session, unknown where the bar load is, on over a restart."""

from itertools import pairwise

import pytest

from bard.messages import SetZone, StartSession, StepDown, StopSession
from bard.monitor import Monitor, Summary
from tests.stage import Stage, calibration

START = StartSession(70, 40, zones={"ribs": 25}, session="0123456789abcdef")


def pulled(stage: Stage) -> list[Summary]:
    found = []
    while (summary := stage.monitor.next_summary()) is not None:
        found.append(summary)
    return found


def known(value: float) -> bool:
    return value == value


def test_a_session_has_ten_a_second_and_nothing_else_has_any() -> None:
    stage = Stage()
    stage.play(8)
    assert pulled(stage) == []
    stage.command(START)
    stage.play(10)
    found = pulled(stage)
    assert [summary.bin for summary in found] == list(range(len(found)))
    assert 98 <= len(found) <= 100
    assert {(summary.rows, summary.known) for summary in found[1:]} == {(10, 10)}
    assert {summary.session for summary in found} == {START.session}
    stage.command(StopSession())
    stage.play(3)
    assert len(pulled(stage)) <= 1


def test_loads_are_those_of_the_rows() -> None:
    stage = Stage()
    stage.play(8)
    stage.command(START)
    stage.play(3)
    assert not any(known(s.client_mean_kg) for s in pulled(stage)), "nobody is on the client"
    stage.play(5, 30)
    stage.play(0.2, 50)
    stage.play(3, 40)
    found = pulled(stage)
    on = [summary for summary in found if summary.phase == "on"]
    for summary in on:
        assert summary.client_min_kg <= summary.client_mean_kg <= summary.client_max_kg
        assert summary.client_mean_kg + summary.bar_mean_kg == pytest.approx(70, abs=2)
    steady = on[30]
    assert steady.client_mean_kg == pytest.approx(40, abs=0.1)
    assert steady.support_kg == pytest.approx((15, 15), abs=0.1)
    assert steady.u_kg == pytest.approx(stage.snapshot().u_kg, abs=1)
    lowest = min(summary.client_min_kg for summary in on)
    assert lowest < 24, "a fifth of a second at 20 kg is seen"
    assert on[-1].judged.numbers.limit_kg == 40
    assert on[-1].judged.calibration == stage.monitor.calibration.digest


def test_what_is_unknown_is_nan_and_counted() -> None:
    stage = Stage()
    stage.play(8)
    stage.command(START)
    stage.play(4, 30)
    pulled(stage)
    stage.unplug("a")
    stage.play(3)
    found = pulled(stage)[10:]
    assert {summary.rows for summary in found} == {10}
    assert {summary.known for summary in found} == {0}
    for summary in found:
        loads = (summary.client_min_kg, summary.client_mean_kg, summary.client_max_kg, summary.client_fast_max_kg)
        assert not any(map(known, (*loads, summary.u_kg, summary.bar_mean_kg, *summary.support_kg)))
    assert {summary.phase for summary in found} == {"on"}


def test_zone_and_phase_are_told_from_the_row_on() -> None:
    stage = Stage()
    stage.play(8)
    stage.command(START)
    stage.play(4, 30)
    stage.command(SetZone("ribs"))
    stage.play(2)
    stage.command(StepDown())
    stage.play(1, 0)
    found = pulled(stage)
    zones = [summary.judged.numbers.zone for summary in found]
    assert zones == sorted(zones, key=bool)
    assert zones.count("ribs") == pytest.approx(30, abs=2)
    assert found[-1].phase == "off"
    assert len({id(summary.judged) for summary in found}) == 2, "one object as long as nothing changes"
    assert all(after.bin == before.bin + 1 for before, after in pairwise(found))


def test_a_restart_goes_on_in_the_sessions_own_time() -> None:
    stage = Stage()
    stage.play(8)
    stage.command(START)
    stage.play(5, 30)
    before = pulled(stage)
    fresh = Stage(stage.settings)
    fresh.now_us = stage.now_us + 3_000_000
    fresh._next_us = [fresh.now_us + 1000.0 + 700 * i for i in range(4)]
    fresh.monitor = Monitor(stage.settings, calibration(stage.settings), now_us=fresh.now_us)
    saved = stage.monitor.saved(fresh.now_us)
    assert fresh.command(saved, "restart") is None
    fresh.hello("a")
    fresh.play(3, 30)
    after = pulled(fresh)
    assert after[0].session == before[0].session
    assert after[0].bin - before[-1].bin == pytest.approx(30, abs=2)


def test_who_never_pulls_keeps_ten_minutes() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(START)
    summing = stage.monitor._decisions.summing
    assert summing._summaries.maxlen == 6_000
    stage.play(1)
    assert stage.monitor.next_summary() is not None
