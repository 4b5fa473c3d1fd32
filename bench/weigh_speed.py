"""How many times faster than real time conversions become bar load: `python bench/weigh_speed.py`.

Four free-running cells of about 86 conversions a second, as arrays; CPU time of this process, best of a few runs.
"""

import time
from collections.abc import Callable

import numpy as np

from bard.settings import BoardSettings, CellSettings, CoreSettings, RoomSettings, SupportSettings
from bard.weigh.block import BlockWeigher, RowBlock
from bard.weigh.calibration import Calibration, CellCalibration
from bard.weigh.path import Weigher
from bard.wire.grid import Row

RATES_HZ = (84.0, 85.3, 86.7, 88.1)
BLOCK_ROWS = (1, 16, 256, 4096)
_START_US = 1_000_000_000
_ROW_US = 10_000


def room() -> tuple[CoreSettings, Calibration]:
    """Four calibrated cells on two bars."""
    cells = [CellSettings(board="room", channel=channel) for channel in range(4)]
    settings = RoomSettings(
        boards=(BoardSettings(name="room", port="sim://"),),
        supports=(
            SupportSettings(name="left", cells=tuple(cells[:2])),
            SupportSettings(name="right", cells=tuple(cells[2:])),
        ),
    )
    spans = {cell.key: CellCalibration(zero_counts=1000.0, counts_per_kg=20_000.0) for cell in cells}
    return CoreSettings(room=settings), Calibration(cells=spans)


def stream(rows: int, seed: int = 1) -> RowBlock:
    """Noise of a usual cell on 10 kg each, with one glitch in a thousand conversions."""
    random = np.random.default_rng(seed)
    at_us = _START_US + _ROW_US * np.arange(1, rows + 1)
    time_us, cell = [], []
    for number, rate_hz in enumerate(RATES_HZ):
        first_us = _START_US + int(random.integers(1, 12_000))
        time_us.append(np.arange(first_us, at_us[-1] + 1, 1e6 / rate_hz).astype(np.int64))
        cell.append(np.full(len(time_us[-1]), number, np.uint8))
    times_us = np.concatenate(time_us)
    order = times_us.argsort(kind="stable")
    counts = random.normal(201_000, 150, len(order)).astype(np.int32)
    counts[random.random(len(order)) < 0.001] ^= 1 << 20
    row = np.searchsorted(at_us, times_us[order])
    return RowBlock(at_us, row, np.concatenate(cell)[order], times_us[order], counts)


def cut(block: RowBlock, size: int) -> list[RowBlock]:
    """The same stream in blocks of `size` rows."""
    blocks = []
    for start in range(0, len(block.at_us), size):
        at_us = block.at_us[start : start + size]
        own = slice(*np.searchsorted(block.row, (start, start + len(at_us))))
        blocks.append(RowBlock(at_us, block.row[own] - start, block.cell[own], block.time_us[own], block.counts[own]))
    return blocks


def as_rows(block: RowBlock) -> list[Row]:
    """The same stream as the grid gives it."""
    rows = [Row(at_us, []) for at_us in block.at_us.tolist()]
    for row, *placed in zip(*(column.tolist() for column in block[1:5]), strict=True):
        rows[row].conversions.append(tuple(placed))
    return rows


def _best_s(make: Callable[[], Callable[[], None]], runs: int = 5) -> float:
    best = float("inf")
    for _ in range(runs):
        work = make()
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def measure() -> dict[str, float]:
    """`scalar_us_per_row`, and times real time as `scalar` and `block_<rows>`."""
    settings, calibration = room()

    def scalar(rows: list[Row]) -> Callable[[], None]:
        weigher = Weigher(settings, calibration)
        return lambda: [weigher.weigh(row) for row in rows] and None

    def blocks(cuts: list[RowBlock]) -> Callable[[], None]:
        weigher = BlockWeigher(settings, calibration)
        return lambda: [weigher.weigh(block) for block in cuts] and None

    rows = as_rows(stream(3000))
    row_s = _best_s(lambda: scalar(rows)) / len(rows)
    figures = {"scalar_us_per_row": row_s * 1e6, "scalar": _ROW_US / 1e6 / row_s}
    for size in BLOCK_ROWS:
        count = max(8 * size, 1000)
        cuts = cut(stream(count), size)
        figures[f"block_{size}"] = count * _ROW_US / 1e6 / _best_s(lambda cuts=cuts: blocks(cuts))
    return figures


def main() -> None:
    """Print the figures."""
    for name, figure in measure().items():
        unit = "us" if name.endswith("us_per_row") else "x real time"
        print(f"{name:20} {figure:10.1f} {unit}")


if __name__ == "__main__":
    main()
