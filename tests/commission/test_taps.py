"""Which cell answered a pull: by hand-made streams, seeded."""

import random

import pytest

from bard.commission.taps import answers, exchanged, judge_pull
from bard.weigh.calibration import CellCalibration

NAMES = {"a/0": "left", "a/1": "middle", "a/2": "right"}
CALIBRATION = {key: CellCalibration(100.0, 20_000.0) for key in NAMES}


def stream(kg: float, seed: int, counts_per_kg: float = 20_000.0, glitch: bool = False) -> list[tuple[int, int]]:
    """Rest, a pull of that much, rest."""
    rng = random.Random(seed)
    found = []
    for at in range(300):
        load = kg if 100 <= at < 200 else 0.0
        counts = 100 + load * counts_per_kg + rng.gauss(0, 150)
        found.append((at * 11_000, 8_000_000 if glitch and at == 50 else round(counts)))
    return found


def found(kgs: tuple[float, float, float], calibrated: bool = True, **how: object):  # type: ignore[no-untyped-def]
    rest = {key: stream(0.0, number) for number, key in enumerate(NAMES)}
    pulled = {key: stream(kg, 9 + number, **how) for number, (key, kg) in enumerate(zip(NAMES, kgs, strict=True))}  # type: ignore[arg-type]
    return answers(NAMES, rest, pulled, CALIBRATION if calibrated else {})


def test_the_cell_that_was_pulled_answers() -> None:
    pulls = found((2.0, 14.0, 0.2))
    assert judge_pull("middle", pulls) == []
    assert [pull.name for pull in pulls] == ["middle", "left", "right"]
    assert pulls[0].kg == pytest.approx(14.0, abs=0.1)


@pytest.mark.parametrize(
    ("kgs", "calibrated", "expected", "wanted", "words"),
    [
        ((0.1, 12.0, 0.0), True, "left", "tap_other", "middle (+12.0 kg) answered"),
        ((0.1, 0.4, 0.0), True, "left", "tap_none", "nothing above 1 kg; the strongest was middle"),
        ((10.0, 9.0, 0.0), True, "left", "tap_several", "left"),
        ((-12.0, 1.0, 0.0), True, "left", "tap_backwards", "left (-12"),
        ((0.0, -12.0, 0.0), True, "left", "tap_other", "middle (-12"),
        ((0.0, 12.0, 0.0), False, "left", "tap_other", "counts"),
    ],
)
def test_each_thing_that_can_be_wrong(
    kgs: tuple[float, float, float], calibrated: bool, expected: str, wanted: str, words: str
) -> None:
    [one] = judge_pull(expected, found(kgs, calibrated))
    assert (one.id, one.about) == (wanted, expected)
    assert words in one.found


def test_the_sign_of_a_cell_without_a_calibration_is_its_own() -> None:
    assert judge_pull("left", found((-12.0, 0.0, 0.0), calibrated=False)) == []


def test_a_single_wrong_reading_is_no_answer() -> None:
    [one] = judge_pull("left", found((0.0, 0.0, 0.0), glitch=True))
    assert one.id == "tap_none"


def test_a_cell_that_says_nothing_is_left_out() -> None:
    [one] = judge_pull("left", answers(NAMES, {}, {}, CALIBRATION))
    assert (one.id, one.found) == ("tap_none", "nothing above 1 kg")


def test_two_that_answer_for_one_another_are_exchanged() -> None:
    assert exchanged({"left": "right", "right": "left", "middle": "middle"}) == [("left", "right")]
    assert exchanged({"left": "right", "right": "middle"}) == []
