"""Hanging to be weighed: on rows made by hand, and standing people as hanging ones through real conversions."""

from collections.abc import Callable
from math import nan, pi, sin, sqrt

import numpy as np
import pytest

from bard.client.weigh_in import Hung, WeighIn, cross_check
from bard.settings import WeighInSettings
from bard.weigh.path import Weighed
from tests.client.rows import LEAD_S, RATES_HZ, ROW_US, recorded
from tests.recordings import load_kg

SETTINGS = WeighInSettings()
RELEASE_KG = 2.5
HANG_ROWS = SETTINGS.hang_us // ROW_US


class Bench:
    """Rows of 10 ms; `hung` holds what was weighed, `now_s` is the time since it began."""

    def __init__(self) -> None:
        self.weigh_in = WeighIn(SETTINGS, RELEASE_KG)
        self.hung: list[Hung] = []
        self.rows = 0

    @property
    def now_s(self) -> float:
        return self.rows / 100

    @property
    def words(self) -> str:
        return self.weigh_in.words

    def hold(self, seconds: float, kg: float | Callable[[float], float], fast_kg: float | None = None) -> "Bench":
        """So much on the bars, or a function of the seconds since this began."""
        for row in range(round(seconds * 100)):
            slow_kg = kg(row / 100) if callable(kg) else kg
            self.rows += 1
            now_us = 7_000_000 + self.rows * ROW_US
            hung = self.weigh_in.step(now_us, slow_kg, slow_kg if fast_kg is None else fast_kg)
            if hung is not None:
                assert hung.at_us == now_us
                self.hung.append(hung)
        return self


def swinging(sd_kg: float, mean_kg: float = 72.4) -> Callable[[float], float]:
    """By a sine of 1 Hz, whole turns of which fit into the hang."""
    return lambda at_s: mean_kg + sqrt(2) * sd_kg * sin(2 * pi * at_s)


def test_a_still_hang_is_its_mean_after_three_seconds() -> None:
    bench = Bench().hold(1.0, 0.0).hold(3.0, swinging(0.3))
    assert bench.hung == []
    bench.hold(0.01, 72.4)
    [hung] = bench.hung
    assert hung.kg == pytest.approx(72.4, abs=0.01)
    assert hung.sd_kg == pytest.approx(0.3, abs=0.01)


def test_it_is_given_once_in_a_still_hang() -> None:
    bench = Bench().hold(20.0, 72.4)
    assert [round(hung.kg, 1) for hung in bench.hung] == [72.4]


def test_who_moves_is_told_by_how_much_and_gets_no_number() -> None:
    bench = Bench().hold(20.0, swinging(0.6))
    assert bench.hung == []
    assert bench.words == "hold still: you move by 0.6 kg"
    bench.hold(3.0, 72.4)
    assert len(bench.hung) == 1


@pytest.mark.parametrize("kg_per_s", [-1.0, 1.0])
def test_a_load_that_goes_on_changing_is_no_weight(kg_per_s: float) -> None:
    assert Bench().hold(20.0, lambda at_s: 60.0 + kg_per_s * at_s).hung == []


@pytest.mark.parametrize(("up_s", "left_kg"), [(0.5, 0.05), (1.0, 0.07), (3.0, 0.12)])
def test_little_of_the_way_up_is_left_in_the_mean(up_s: float, left_kg: float) -> None:
    [hung] = Bench().hold(up_s, lambda at_s: 72.4 * at_s / up_s).hold(6.0, 72.4).hung
    assert hung.kg == pytest.approx(72.4, abs=left_kg)


def test_less_than_20_kg_is_nobody() -> None:
    bench = Bench().hold(20.0, 19.9)
    assert bench.hung == []
    assert bench.words == "the bars do not carry you yet: both feet off"
    assert [hung.kg for hung in bench.hold(4.0, 20.0).hung] == [pytest.approx(20.0)]


@pytest.mark.parametrize("unknown", ["slow", "fast", "both"])
def test_one_unknown_row_breaks_the_hang(unknown: str) -> None:
    bench = Bench().hold(2.9, 72.4)
    bench.hold(0.01, 72.4 if unknown == "fast" else nan, 72.4 if unknown == "slow" else nan)
    assert bench.words == "the load on the bars is unknown: wait"
    bench.hold(3.0, 72.4)
    assert bench.hung == []
    assert bench.words == "hold still"
    assert len(bench.hold(0.01, 72.4).hung) == 1


def test_the_fast_load_breaks_it_at_once() -> None:
    bench = Bench().hold(2.9, 72.4).hold(0.01, 72.4, fast_kg=5.0).hold(3.0, 72.4)
    assert bench.hung == []


def test_a_hang_that_moves_and_stills_again_is_weighed_again() -> None:
    """Toes still on the floor the first time: the last weight counts."""
    bench = Bench().hold(4.0, 50.0).hold(0.5, swinging(8.0, 60.0)).hold(4.0, 72.4)
    assert [round(hung.kg) for hung in bench.hung] == [50, 72]
    assert bench.words == "72.4 kg: come down"


def test_mean_and_sd_stay_exact_however_long_one_hangs() -> None:
    draws = np.random.default_rng(3)
    kg = np.concatenate((72.4 + 5 * draws.standard_normal(5000), 72.4 + 0.4 * draws.standard_normal(HANG_ROWS)))
    weigh_in = WeighIn(SETTINGS, RELEASE_KG)
    given = [weigh_in.step(row * ROW_US, load_kg, load_kg) for row, load_kg in enumerate(kg.tolist())]
    [(row, hung)] = [(row, hung) for row, hung in enumerate(given) if hung is not None]
    last = kg[row - HANG_ROWS + 1 : row + 1]
    assert hung.kg == pytest.approx(last.mean(), abs=1e-9)
    assert hung.sd_kg == pytest.approx(last.std(), abs=1e-9)
    assert hung.sd_kg < SETTINGS.sd_kg


# Its words and its end


def test_it_says_what_it_waits_for_and_ends_when_the_bars_are_free() -> None:
    bench = Bench()
    assert bench.words == "hang on the bars, both feet off"
    assert bench.hold(1.0, 0.3).words == "hang on the bars, both feet off"
    assert bench.hold(1.0, 72.4).words == "hold still"
    assert bench.hold(3.0, 72.4).words == "72.4 kg: come down"
    assert bench.hold(0.3, 12.0).words == "72.4 kg: come down"
    assert bench.hold(1.99, 0.3).words == "72.4 kg"
    assert not bench.weigh_in.over
    assert bench.hold(0.02, 0.3).weigh_in.over
    assert bench.words == "72.4 kg"


@pytest.mark.parametrize("kg", [-2.6, 2.5, nan])
def test_bars_that_carry_something_or_nobody_knows_what_are_not_free(kg: float) -> None:
    bench = Bench().hold(4.0, 72.4).hold(10.0, kg)
    assert not bench.weigh_in.over
    assert bench.hold(2.01, -2.4).weigh_in.over


def test_who_hung_without_a_number_ends_it_too() -> None:
    bench = Bench().hold(1.0, 72.4).hold(2.01, 0.0)
    assert bench.weigh_in.over
    assert bench.words == "nobody was weighed"


def test_it_waits_a_minute_for_somebody_and_a_touch_is_nobody() -> None:
    bench = Bench().hold(30.0, 0.0).hold(2.0, 15.0).hold(27.99, 0.0)
    assert not bench.weigh_in.over
    assert bench.hold(0.02, 0.0).weigh_in.over
    assert bench.words == "nobody was weighed"


@pytest.mark.parametrize("kg", [nan, 15.0, 72.4])
def test_no_load_on_the_bars_keeps_it_for_ever(kg: float) -> None:
    """Nobody is watched meanwhile."""
    bench = Bench().hold(50.0, 0.0).hold(1.0, 72.4)
    assert not bench.hold(58.99, kg).weigh_in.over
    assert bench.hold(0.02, kg).weigh_in.over


def test_a_typed_weight_is_asked_about_when_it_is_far_from_the_hung_one() -> None:
    assert not cross_check(70.0, 72.0, SETTINGS)
    assert not cross_check(74.0, 72.0, SETTINGS)
    assert cross_check(69.9, 72.0, SETTINGS)
    assert cross_check(74.1, 72.0, SETTINGS)


# Recordings: a standing person's force as a hanging one's


def rows_of(name: str, rate_hz: float, seed: int) -> list[Weighed]:
    """The rows of a recording itself."""
    return [row for row in recorded(name, "force_n", rate_hz, seed).rows() if row.at_us > LEAD_S * 1e6]


@pytest.mark.parametrize(
    ("name", "bound_kg"),
    [("stand_firm_open", 0.1), ("stand_foam_open", 0.25), ("stand_foam_closed_worst", 0.25)],
)
def test_any_three_seconds_of_standing_are_the_mean_of_a_minute(name: str, bound_kg: float) -> None:
    true_kg = load_kg(name, "force_n")[1].mean()
    errors_kg = []
    for rate_hz in RATES_HZ:
        for seed in (1, 2):
            rows = rows_of(name, rate_hz, seed)
            for first in range(0, len(rows) - HANG_ROWS, 50):
                weigh_in = WeighIn(SETTINGS, RELEASE_KG)
                given = [weigh_in.step(w.at_us, w.slow_kg, w.fast_kg) for w in rows[first : first + HANG_ROWS + 1]]
                assert given[-1] is not None, "weighed at the first try, in whatever 3 s"
                errors_kg.append(abs(given[-1].kg - true_kg))
    print(f"{name}: {len(errors_kg)} hangs, p50, p99, max:", np.percentile(errors_kg, (50, 99, 100)).round(3), "kg")
    assert len(errors_kg) > 900
    assert max(errors_kg) < bound_kg


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("name", ["step_on_jump_step_off", "countermovement_jump"])
def test_who_jumps_and_lands_is_never_weighed(name: str, rate_hz: float) -> None:
    for seed in (1, 2):
        weigh_in = WeighIn(SETTINGS, RELEASE_KG)
        rows = list(recorded(name, "force_n", rate_hz, seed).rows())
        assert sum(row.slow_kg > 20 for row in rows) > HANG_ROWS
        assert [hung for w in rows if (hung := weigh_in.step(w.at_us, w.slow_kg, w.fast_kg)) is not None] == []


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_who_pushes_while_hanging_is_weighed_between_the_pushes_or_not_at_all(rate_hz: float) -> None:
    """A hand that pushes is no hang by itself; here it moves a load of 40 kg."""
    for seed in (1, 2):
        alone, hanging = WeighIn(SETTINGS, RELEASE_KG), WeighIn(SETTINGS, RELEASE_KG)
        for row in rows_of("hand_pushrim", rate_hz, seed):
            assert alone.step(row.at_us, row.slow_kg, row.fast_kg) is None
            hung = hanging.step(row.at_us, row.slow_kg + 40, row.fast_kg + 40)
            assert hung is None or hung.kg == pytest.approx(40.0, abs=0.5)
            if 7.5 < row.at_us / 1e6 - LEAD_S < 20:
                assert hung is None
