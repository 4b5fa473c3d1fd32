"""Loads hung by hand: where they go, when they come, and that what was played stays."""

import numpy as np
import pytest
from msgspec import structs
from numpy.typing import NDArray

from bard.errors import UsageError
from bard.simulate import SCENARIOS, Room
from bard.simulate.hung import CHUNK_S, HANG_S, Hung, shares
from bard.wire.frames import Samples
from tests.simulate.hosts import frames_of

S = 1_000_000


@pytest.mark.parametrize(
    ("place", "cells", "expected"),
    [
        (0.3, 1, [1.0]),
        (0.25, 2, [0.75, 0.25]),
        (1.2, 2, [-0.2, 1.2]),
        (0.5, 3, [0.0, 1.0, 0.0]),
        (0.75, 3, [0.0, 0.5, 0.5]),
    ],
)
def test_a_load_goes_to_the_cells_beside_it(place: float, cells: int, expected: list[float]) -> None:
    assert shares(place, cells) == pytest.approx(expected)


def test_what_was_played_stays_and_the_next_load_takes_the_place_of_the_last() -> None:
    hung = Hung([2, 1])
    first_s = np.arange(0, 1.001, 0.001)
    assert not np.any(hung.cells_kg(first_s))
    hung.hang(0, 20.0, 0.25, 0.0, 0.4)
    assert not np.any(hung.cells_kg(first_s)), "what was asked for before is the same again"
    later_s = 1.0 + HANG_S + first_s
    assert [kg[0] for kg in hung.cells_kg(later_s)] == pytest.approx([15.0, 5.0, 0.0])
    hung.hang(0, 8.0, 1.0, 0.5, 0.0)
    hung.hang(1, 3.0, 0.0, 0.0, 0.0)
    last_s = later_s[-1] + HANG_S + np.arange(0, 60, 0.001)
    means = [float(kg.mean()) for kg in hung.cells_kg(last_s)]
    assert means == pytest.approx([0.0, 8.0, 3.0], abs=0.02)
    assert [float(kg.std()) for kg in hung.cells_kg(last_s)] == pytest.approx([0.0, 0.5, 0.0], abs=0.02)
    assert hung.truths(last_s).bar_load_kg[0] == pytest.approx(11.0, abs=1.0)


def counts(room: Room, from_s: float, to_s: float) -> NDArray[np.float64]:
    """Mean counts of each channel in that time."""
    room.advance(round(from_s * S))
    found: dict[int, list[int]] = {}
    for _, _, frame in frames_of(room.advance(round(to_s * S))):
        if isinstance(frame, Samples):
            for conversion in frame.conversions:
                found.setdefault(conversion.channel, []).append(conversion.counts)
    return np.array([np.median(found[channel]) for channel in sorted(found)])


def test_a_board_reads_what_is_hung_soon_after() -> None:
    room = Room(SCENARIOS["workshop"], 3, autostart=True)
    free = counts(room, 2.0, 4.0)
    room.hang("right bar", 20.0, 0.25)
    loaded = counts(room, 4.0 + CHUNK_S + HANG_S + 0.2, 6.5)
    spans = [cell.counts_per_kg for cell in room.cells]
    assert (loaded - free) / spans == pytest.approx([0.0, 0.0, 15.0, 5.0], abs=0.05)


def test_only_a_workshop_takes_loads_and_only_on_its_supports() -> None:
    with pytest.raises(UsageError, match=r"'bar'; allowed: left bar, right bar"):
        Room(SCENARIOS["workshop"], 1).hang("bar", 1.0)
    with pytest.raises(UsageError, match="another scenario"):
        Room(structs.replace(SCENARIOS["steady"]), 1).hang("left bar", 1.0)
