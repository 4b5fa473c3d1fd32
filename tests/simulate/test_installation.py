import numpy as np
import pytest
from msgspec.structs import replace

from bard.simulate.installation import SCALE_SHARE, SPAN_SHARE, WEIGHT_SHARE, Installation


def test_a_seed_says_everything() -> None:
    first, again, other = Installation(3, 2), Installation(3, 2), Installation(4, 2)
    assert [one.look(20, 0.3) for one in (first, again)] == [first_look := Installation(3, 2).look(20, 0.3)] * 2
    assert first.pull(30) == again.pull(30)
    assert other.look(20, 0.3) != first_look


@pytest.mark.parametrize("cells", [1, 2, 4])
def test_cells_carry_what_hangs_by_the_lever(cells: int) -> None:
    room = Installation(1, cells)
    free, hung = room.look(0), room.look(60, 1.0)
    moved = (np.array(hung.counts) - free.counts) / [spec.counts_per_kg for spec in room.specs]
    assert moved[-1] == pytest.approx(60, abs=0.2)
    assert moved[:-1] == pytest.approx(np.zeros(cells - 1), abs=0.1)
    assert hung.at_s > free.at_s + 20
    assert all(50 < sd < 400 for sd in hung.sd_counts)


def test_errors_are_as_large_as_they_are_said_to_be() -> None:
    rooms = [Installation(seed, 3) for seed in range(60)]
    spans = np.array([[spec.counts_per_kg for spec in room.specs] for room in rooms])
    sizes = np.abs(spans)
    apart = sizes.max(axis=1) / sizes.min(axis=1)
    assert 1.1 < apart.max() < (1 + SPAN_SHARE) / (1 - SPAN_SHARE) * 1.001
    assert 0.3 < np.mean(spans > 0) < 0.7
    off = np.array([weight.kg / weight.nominal_kg - 1 for room in rooms for weight in room.weights])
    assert 0.9 * WEIGHT_SHARE < np.abs(off).max() <= WEIGHT_SHARE
    assert 0.8 * SCALE_SHARE < max(abs(room.scale_share) for room in rooms) <= SCALE_SHARE
    assert 0.15 < np.std([room.weighed_kg - room.person_kg for room in rooms]) < 0.45


def test_scale_and_bar_add_up_to_the_person() -> None:
    off = []
    for seed in range(20):
        room = Installation(seed, 1)
        free = room.look(0).counts[0]
        look, shown_kg = room.pull(30)
        pulled_kg = (look.counts[0] - free) / room.specs[0].counts_per_kg
        off.append(shown_kg / (1 + room.scale_share) + pulled_kg - room.person_kg)
        assert look.sd_counts[0] / abs(room.specs[0].counts_per_kg) == pytest.approx(1, abs=0.7), "she moves"
        assert shown_kg * 10 == pytest.approx(round(shown_kg * 10))
    assert abs(np.mean(off)) < 0.3
    assert 0.25 < np.std(off) < 0.6


def test_cells_may_be_broken_before_the_first_look() -> None:
    room = Installation(2, 2)
    room.specs[1] = replace(room.specs[1], counts_per_kg=1e-9)
    free, hung = room.look(0), room.look(40, 0.5)
    assert hung.counts[1] == pytest.approx(free.counts[1], abs=100)
