"""A load as the page tells it becomes the load that the procedure reads, and what is missing is refused."""

import pytest

from bard.commission.sources import scale_and_person, weight
from bard.commission.told import BarState, State
from bard.errors import Refused, UsageError
from bard.web.hung import Hung, load_of


def state(stage="span", sources=(), cells=("a/0", "a/1")):
    bar = BarState("left bar", cells, 1, (), 4)
    return State("calibrate", "R. Igger", stage, "left bar", "", "", (bar,), 3, sources)


def test_weights_have_names_and_a_stated_doubt():
    load = load_of(Hung("weights", "left bar", (20.0, 20.0), within=2.0, place=0.25), state())
    assert [(one.name, one.kg) for one in load.sources] == [("20 kg", 20.0), ("20 kg, no. 2", 20.0)]
    assert load.sources[0].u_kg == pytest.approx(0.4 / 3**0.5, abs=1e-4)
    assert (load.place, load.verifies, load.hold) == (0.25, False, False)


def test_what_was_told_once_stays():
    told = (weight("20 kg", 20.0, 0.1), *scale_and_person(70.0, 0.5))
    weights = load_of(Hung("weights", "left bar", (20.0,), within=5.0, place=0.5), state(sources=told))
    assert weights.sources == told[:1]
    pull = load_of(Hung("scale", "left bar", place=0.5, direction="down"), state(sources=told))
    assert (pull.sources, pull.direction) == (told[1:], "down")


def test_loads_verify_once_there_is_a_fit():
    hung = Hung("weights", "left bar", (20.0,), place=0.5)
    assert load_of(hung, state("verify")).verifies
    assert load_of(hung, state("accept")).verifies
    assert not load_of(Hung("weights", "left bar", (20.0,), place=0.5, for_the_fit=True), state("verify")).verifies


@pytest.mark.parametrize(
    ("hung", "words"),
    [
        (Hung("weights", "left bar", place=0.5), "0.1 to 500 kg"),
        (Hung("scale", "left bar", place=0.5), "20 to 250 kg"),
        (Hung("hang", "left bar", place=0.5), "20 to 250 kg"),
        (Hung("weights", "left bar", (20.0,)), "0 to 1"),
    ],
)
def test_what_is_missing_is_said(hung, words):
    with pytest.raises(UsageError, match=words):
        load_of(hung, state())


def test_one_cell_needs_no_place():
    assert load_of(Hung("hang", "left bar", body_kg=70.0, place=0.3), state(cells=("a/0",))).place is None


def test_nothing_hangs_where_nothing_is_open():
    with pytest.raises(Refused, match="begin one"):
        load_of(Hung("hang", "left bar", body_kg=70.0), None)
