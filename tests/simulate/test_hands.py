from collections.abc import Sequence

import numpy as np
import pytest
from numpy.random import PCG64, Generator

from bard.simulate.hands import (
    LET_GO_S,
    SLIP_S,
    TAKE_S,
    TUG_GAP_S,
    TUG_KG,
    TUG_S,
    Act,
    ActKind,
    Hands,
    draw_gesture,
    draw_shift_s,
    draw_sway,
)
from bard.simulate.track import RISE_10_90, Floats

RNG = Generator(PCG64(1))


def hands(*acts: Act, presence: bool = False, floor_kg: float | None = None) -> Hands:
    return Hands(acts, (2, 2), 60.0, Generator(PCG64(2)), sway_kg=0.0, presence=presence, floor_kg=floor_kg)


def grid(from_s: float, until_s: float) -> Floats:
    return np.arange(from_s, until_s, 0.001)


def fall_s(load_kg: Floats) -> float:
    moving = (load_kg > 0.001 * load_kg[0]) & (load_kg < 0.999 * load_kg[0])
    return float(moving.sum()) / 1000


def test_shifts_rise_as_slowly_as_the_parameters_say() -> None:
    rises_s = np.array([draw_shift_s(RNG) for _ in range(20_000)]) * RISE_10_90
    assert np.median(rises_s) == pytest.approx(0.8, rel=0.03)
    assert np.quantile(rises_s, 0.1) == pytest.approx(0.3, rel=0.05)
    assert rises_s.min() == pytest.approx(0.25)


def test_sway_is_first_order_noise_of_its_sd_and_corner() -> None:
    sway = draw_sway(RNG, 20_000.0, 2.0)
    assert sway.std() == pytest.approx(2.0, rel=0.03)
    after_corner_time = round(1 / (2 * np.pi * 0.25) / 0.05)
    correlation = np.corrcoef(sway[:-after_corner_time], sway[after_corner_time:])[0, 1]
    assert correlation == pytest.approx(np.exp(-1), abs=0.04)


@pytest.mark.parametrize(("kind", "within_s"), [("let_go", LET_GO_S), ("slip", SLIP_S), ("step_down", (0.15, 0.3))])
def test_letting_go_takes_as_long_as_it_should(kind: ActKind, within_s: tuple[float, float]) -> None:
    for seed in range(30):
        acts = (Act(1, "take", 40), Act(10, kind))
        bars = Hands(acts, (2, 2), 20.0, Generator(PCG64(seed)), sway_kg=0.0)
        load_kg = bars.bar_kg(grid(9, 12))
        assert load_kg[0] == pytest.approx(40)
        assert load_kg[-1] == 0
        assert 0.9 * within_s[0] <= fall_s(load_kg) <= within_s[1] + 0.002


def test_taking_puts_the_therapist_on_the_client_when_the_bars_carry() -> None:
    bars = hands(Act(4, "take", 40))
    ((since_s, until_s),) = bars.on_s
    assert 4 + TAKE_S[0] <= since_s <= 4 + TAKE_S[1]
    assert until_s == float("inf")
    assert bars.bar_kg(np.array([3.9, since_s])) == pytest.approx([0, 40])


def test_stepping_down_ends_with_the_bars_free() -> None:
    bars = hands(Act(4, "take", 40), Act(20, "step_down"))
    ((_, until_s),) = bars.on_s
    assert 20.15 <= until_s <= 20.3
    assert bars.bar_kg(np.array([until_s])) == pytest.approx([0], abs=1e-6)


def test_a_mat_opens_before_the_bars_are_let_go() -> None:
    ((_, until_s),) = hands(Act(4, "take", 40), Act(20, "step_down"), presence=True).on_s
    assert 19.5 <= until_s <= 19.9


def test_one_hand_slips_to_a_rest_and_grips_harder() -> None:
    bars = hands(Act(4, "take", 40), Act(20, "slip", support=1, rest=0.2), Act(20.5, "grip", support=1, times=1.6))
    loads = bars.bar_kg(np.array([19.0, 20.3, 20.65, 25.0]))
    right_kg = (40 - loads[1]) / 0.8
    assert 10 < right_kg < 30
    assert loads == pytest.approx([40, 40 - 0.8 * right_kg, 40 + 0.6 * right_kg, 40], rel=1e-3)


def test_a_touch_carries_its_little_and_goes() -> None:
    bars = hands(Act(5, "touch", 1.5, 1.0, support=1))
    assert bars.bar_kg(np.array([4.9, 5.5, 6.1])) == pytest.approx([0, 1.5, 0])
    assert bars.on_s == []


def test_the_cells_share_what_the_bars_carry() -> None:
    bars = hands(Act(1, "take", 40), *(Act(at_s, "shift", 30 + at_s) for at_s in range(5, 50, 5)))
    at_s = grid(0, 55)
    cells: Sequence[Floats] = bars.cells_kg(at_s)
    assert len(cells) == 4
    assert sum(cells) == pytest.approx(bars.bar_kg(at_s))
    assert min(cell[10_000:].min() for cell in cells) > 1


def test_a_floor_holds_the_bar_load_up_while_holding_on() -> None:
    bars = hands(Act(1, "take", 40), Act(5, "shift", 10, 1.0), Act(20, "let_go"), floor_kg=34)
    assert bars.bar_kg(np.array([10.0, 22.0])) == pytest.approx([34, 0])


def test_pushing_up_is_negative() -> None:
    assert hands(Act(1, "take", 40), Act(5, "shift", -8, 1.0)).bar_kg(np.array([8.0])) == pytest.approx([-8])


@pytest.mark.parametrize("holding", [True, False])
def test_a_tug_comes_on_top_there_and_back_with_a_rebound(holding: bool) -> None:
    held_kg = 40.0 if holding else 0.0
    rebounds = []
    for seed in range(30):
        acts = [Act(1, "take", 40)] * holding + [Act(5, "tug", 12, 0.3)]
        bars = Hands(acts, (2, 2), 20.0, Generator(PCG64(seed)), sway_kg=0.0)
        load_kg = bars.bar_kg(grid(4, 7)) - held_kg
        assert load_kg.max() == pytest.approx(12, rel=1e-3)
        assert 0.35 * 0.3 - 0.001 <= load_kg.argmax() / 1000 - 1 <= 0.6 * 0.3 + 0.001
        assert load_kg[:1000] == pytest.approx(0)
        assert load_kg[1601:] == pytest.approx(0)
        assert load_kg[1300:1600].max() <= 1e-9
        rebounds.append(-load_kg.min() / 12)
    assert 0 <= min(rebounds) < 0.05 < 0.2 < max(rebounds) <= 0.25


def test_a_tug_of_one_hand_is_on_its_bar() -> None:
    bars = hands(Act(1, "take", 40), Act(5, "tug", 12, 0.3, support=1))
    left_kg, right_kg = np.array(bars.cells_kg(grid(4.9, 5.3))).reshape(2, 2, -1).sum(axis=1)
    assert np.ptp(left_kg) == pytest.approx(0)
    assert right_kg.max() - right_kg[0] == pytest.approx(12, rel=1e-3)


def test_a_gesture_is_two_tugs_with_a_persons_spread() -> None:
    drawn = [draw_gesture(RNG, 10.0) for _ in range(5_000)]
    assert {act.kind for pair in drawn for act in pair} == {"tug"}
    kg = np.array([[act.bar_kg for act in pair] for pair in drawn])
    over_s = np.array([[act.over_s for act in pair] for pair in drawn])
    gap_s = np.array([second.at_s - first.at_s for first, second in drawn])
    assert np.quantile(kg[:, 0], (0.1, 0.9)) == pytest.approx(TUG_KG, rel=0.05)
    assert np.quantile(over_s[:, 0], (0.1, 0.9)) == pytest.approx(TUG_S, rel=0.05)
    assert np.quantile(gap_s, (0.1, 0.9)) == pytest.approx(TUG_GAP_S, rel=0.05)
    assert np.log(kg[:, 1] / kg[:, 0]).std() == pytest.approx(0.1, rel=0.05)
    assert (gap_s >= over_s[:, 0] - 1e-9).all()
    assert draw_gesture(RNG, 0.0, 9.0)[0].bar_kg == 9.0


def test_an_act_that_is_new_moves_no_stream_of_chance() -> None:
    acts = [Act(1, "take", 40), *(Act(at_s, "shift", 30 + at_s) for at_s in range(5, 50, 5))]
    at_s = grid(0, 55)
    tugged = hands(*acts, Act(51, "tug", 12, 0.3)).bar_kg(at_s)
    assert (tugged[:51_000] == hands(*acts).bar_kg(at_s)[:51_000]).all()
