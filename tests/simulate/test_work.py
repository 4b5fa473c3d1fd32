import numpy as np
import pytest
from numpy.random import PCG64, Generator

from bard.simulate.work import Work, draw_work

HOURS = 40
WORK = Work(26, 64, step_downs=6, hands_off=6, rocking=True)
ACTS, ROCKING = draw_work(WORK, HOURS * 3600, 2, Generator(PCG64(1)))


def times_s(kind: str) -> list[float]:
    return [act.at_s for act in ACTS if act.kind == kind]


def test_acts_come_in_order_of_time() -> None:
    at_s = [act.at_s for act in ACTS]
    assert at_s == sorted(at_s)
    assert at_s[0] == WORK.from_s


def test_step_downs_and_hands_off_come_six_times_an_hour() -> None:
    assert len(times_s("step_down")) / HOURS == pytest.approx(6, rel=0.2)
    assert len(times_s("let_go")) / HOURS == pytest.approx(6, rel=0.2)
    assert len(times_s("grip")) == len(times_s("let_go"))
    assert len(times_s("take")) >= len(times_s("step_down"))


def test_shifts_are_4_to_15_s_apart_and_10_to_50_kg_large() -> None:
    sizes_kg, gaps_s = [], []
    level_kg, last_s = 0.0, 0.0
    for act in ACTS:
        if act.kind == "shift":
            sizes_kg.append(abs(act.bar_kg - level_kg))
            gaps_s.append(act.at_s - last_s)
        if act.kind in ("take", "shift"):
            level_kg = act.bar_kg
            assert WORK.least_kg <= level_kg <= WORK.most_kg
        last_s = act.at_s
    assert min(sizes_kg) >= 10 - 1e-9
    assert max(sizes_kg) <= 50
    assert min(gaps_s) >= 4
    assert max(gaps_s) <= 15
    assert np.mean(gaps_s) == pytest.approx(9.5, rel=0.05)


def test_rocking_lasts_a_minute_in_each_ten() -> None:
    assert len(ROCKING) == 6 * HOURS
    for number, rocking in enumerate(ROCKING):
        assert number * 600 <= rocking.from_s <= (number + 1) * 600 - 60
        assert rocking.until_s - rocking.from_s == pytest.approx(60)
        assert 4 <= rocking.swing_kg <= 5
        assert 1.2 <= rocking.rate_hz <= 1.5
