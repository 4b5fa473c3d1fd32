"""One zero for all, one weight for one: what comes out, and every refusal with its number."""

import pytest

from bard.commission.first import LEAST_COUNTS, SPAN_COUNTS_PER_KG, span, zero
from bard.errors import Refused
from bard.weigh.calibration import NONE, Calibration, CellCalibration

ONE = CellCalibration(zero_counts=1_000.0, counts_per_kg=20_000.0)
TWO = CellCalibration(zero_counts=-5_000.0, counts_per_kg=-18_000.0)
BOTH = Calibration({"a/0": ONE, "a/1": TWO}, made="before")
MADE = "2026-11-23T07:00:00+00:00"


def refusal(calibration: Calibration, mean_counts: float, known_kg: float) -> str:
    with pytest.raises(Refused) as caught:
        span(calibration, "a/0", "left bar, cell 1", mean_counts, known_kg, MADE)
    assert caught.value.exit_status == 3
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith("left bar, cell 1: ")
    return line


def test_a_first_zero_waits_for_its_span() -> None:
    made = zero(NONE, {"a/0": 84_000.5, "a/1": -300.0}, MADE)
    assert made == Calibration({}, {"a/0": 84_000.5, "a/1": -300.0}, MADE)


def test_a_new_zero_keeps_the_span_and_the_cells_that_were_not_read() -> None:
    made = zero(BOTH, {"a/0": 1_200.0}, MADE)
    assert made == Calibration({"a/0": CellCalibration(1_200.0, 20_000.0), "a/1": TWO}, {}, MADE)
    assert made.digest != BOTH.digest


def test_a_zero_of_some_and_a_first_one_of_others() -> None:
    made = zero(Calibration({"a/0": ONE}, {"a/2": 7.0}), {"a/0": 2.0, "a/1": 3.0}, MADE)
    assert made.cells == {"a/0": CellCalibration(2.0, 20_000.0)}
    assert made.zeros == {"a/1": 3.0, "a/2": 7.0}


def test_a_span_is_the_counts_that_a_weight_moves_by_its_kg() -> None:
    made = span(Calibration({}, {"a/0": 84_000.0, "a/1": 5.0}), "a/0", "left bar, cell 1", 484_000.0, 20.0, MADE)
    assert made == Calibration({"a/0": CellCalibration(84_000.0, 20_000.0)}, {"a/1": 5.0}, MADE)


def test_a_cell_wired_the_other_way_has_a_span_below_zero() -> None:
    made = span(Calibration({}, {"a/0": 84_000.0}), "a/0", "left bar, cell 1", -316_000.0, 20.0, MADE)
    assert made.cells["a/0"].counts_per_kg == -20_000.0


def test_a_new_span_keeps_zero_and_the_other_cells() -> None:
    made = span(BOTH, "a/0", "left bar, cell 1", 251_000.0, 10.0, MADE)
    assert made == Calibration({"a/0": CellCalibration(1_000.0, 25_000.0), "a/1": TWO}, {}, MADE)


def test_a_span_without_a_zero_is_refused() -> None:
    assert refusal(NONE, 400_000.0, 20.0) == (
        "left bar, cell 1: no zero yet; run `bard calibrate --zero` with the bars free first"
    )
    assert "no zero yet" in refusal(Calibration({}, {"a/1": 0.0}), 400_000.0, 20.0)


@pytest.mark.parametrize("moved", [0, 1_999, -1_999])
def test_a_weight_that_moves_nothing_is_refused(moved: int) -> None:
    assert LEAST_COUNTS == 2_000
    assert refusal(BOTH, 1_000.0 + moved, 0.05) == (
        f"left bar, cell 1: 0.05 kg moved it by {moved} counts only (least: 2000); is it on?"
    )


@pytest.mark.parametrize(("moved", "known_kg"), [(2_000, 0.1), (-2_000, 0.1), (1_000_000, 2.0), (10_000, 20.0)])
def test_what_just_can_be_is_taken(moved: int, known_kg: float) -> None:
    made = span(BOTH, "a/0", "left bar, cell 1", 1_000.0 + moved, known_kg, MADE)
    assert made.cells["a/0"].counts_per_kg == pytest.approx(moved / known_kg)


@pytest.mark.parametrize(
    ("moved", "known_kg", "told"), [(9_900, 20.0, "495"), (-9_900, 20.0, "-495"), (1_000_200, 2.0, "500100")]
)
def test_a_span_that_cannot_be_is_refused(moved: int, known_kg: float, told: str) -> None:
    assert SPAN_COUNTS_PER_KG == (500.0, 500_000.0)
    assert refusal(BOTH, 1_000.0 + moved, known_kg) == (
        f"left bar, cell 1: {told} counts/kg cannot be (allowed: 500 to 500000); is {known_kg:g} kg right?"
    )
