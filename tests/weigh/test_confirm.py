"""Which cell has to bear a fall out, and when it has."""

from math import nan

import pytest

from bard.settings import WeighSettings
from bard.weigh.cell import Cell
from bard.weigh.confirm import Confirmation


def cells(number: int) -> list[Cell]:
    """Cells that have converted, each as often as it likes."""
    made = [Cell(WeighSettings()) for _ in range(number)]
    for count, cell in enumerate(made):
        for at in range(100 + 7 * count):
            cell.convert(12_000 * (at + 1), at)
    return made


def convert(cell: Cell) -> None:
    cell.convert(cell.newest_us + 12_000, cell.conversions)


@pytest.mark.parametrize(
    ("before_kg", "now_kg", "fallen"),
    [
        ([20.0, 20.0, 20.0], [19.0, 5.0, 18.0], 1),
        ([20.0, 20.0, 20.0], [25.0, 20.0, 18.0], 2),
        ([40.0, 10.0, 10.0], [30.0, 10.0, -2.0], 2),
        ([nan, 10.0, 10.0], [-90.0, 9.0, 10.0], 1),
        ([-5.0, 3.0, 3.0], [-9.0, 3.0, 3.0], 0),
    ],
)
def test_the_cell_that_fell_most_converts_twice_more(before_kg: list[float], now_kg: list[float], fallen: int) -> None:
    room = cells(3)
    confirmation = Confirmation(before_kg, now_kg, room)
    for cell in room:
        if cell is not room[fallen]:
            for _ in range(50):
                convert(cell)
    assert not confirmation.given
    convert(room[fallen])
    assert not confirmation.given
    convert(room[fallen])
    assert confirmation.given
    convert(room[fallen])
    assert confirmation.given
