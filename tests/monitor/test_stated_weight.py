"""A body weight that was typed with its uncertainty: the guard and U grow with it, and a restart keeps it."""

from math import sqrt

import pytest

from bard.client.uncertainty import Basis
from bard.messages import SessionStarted, StartSession, StopSession, WeighIn
from bard.settings import UncertaintySettings
from tests.stage import Stage, core

BUDGET = UncertaintySettings()


def started(body_u_kg: float | None) -> Stage:
    stage = Stage(core(uncertainty=BUDGET))
    stage.play(2)
    assert stage.command(StartSession(70, 40, body_u_kg=body_u_kg)) is None
    stage.play(4, 40)
    return stage


def guard_kg(stage: Stage) -> float:
    return [event for event in stage.events if isinstance(event, SessionStarted)][-1].numbers.guard_kg


def test_the_larger_of_what_is_stated_and_the_settings_counts() -> None:
    usual = started(None)
    for less in (0.0, 0.2, BUDGET.body_kg):
        assert guard_kg(started(less)) == guard_kg(usual)
    unsure = started(2.0)
    more = sqrt(2.0**2 - BUDGET.body_kg**2)
    assert guard_kg(unsure) == pytest.approx(2 * sqrt((guard_kg(usual) / 2) ** 2 + more**2))
    wide, narrow = unsure.snapshot().u_kg, usual.snapshot().u_kg
    assert wide is not None
    assert narrow is not None
    assert wide == pytest.approx(2 * sqrt((narrow / 2) ** 2 + more**2), rel=0.05)


def test_a_restart_keeps_it() -> None:
    unsure = started(2.0)
    again = Stage(core(uncertainty=BUDGET))
    again.play(2)
    assert again.command(unsure.monitor.saved(unsure.now_us)) is None
    assert guard_kg(again) == guard_kg(unsure)


def test_a_weigh_in_of_somebody_else_is_forgotten() -> None:
    stage = Stage(core(uncertainty=BUDGET))
    stage.play(2)
    assert stage.command(WeighIn()) is None
    stage.play(6, 71)
    stage.play(4, 0)
    assert stage.snapshot().hung_kg == pytest.approx(71, abs=0.1)
    assert stage.command(StartSession(72, 40, hung=False)) is None
    session = stage.snapshot().session
    assert session is not None
    assert (session.body_weight_kg, session.basis, stage.snapshot().hung_kg) == (72, Basis.TYPED, None)
    assert stage.command(StopSession()) is None
    assert "no body weight" in str(stage.command(StartSession(None, 40)))
