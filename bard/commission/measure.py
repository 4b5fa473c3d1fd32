"""One cell's conversions -> its rate, noise, range and states.

One law: noise, gate and states are those of the daemon (`bard.weigh.cell`), row by row, so that no number here differs
from what `bard status` shows of the same conversions. It judges nothing.
"""

from collections import Counter
from collections.abc import Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from bard.commission.facts import CellFacts
from bard.settings import WeighSettings
from bard.weigh.calibration import CellCalibration
from bard.weigh.cell import NOMINAL_COUNTS_PER_KG, Cell, gate_counts
from bard.weigh.state import CellState
from bard.wire.frames import RAIL_HIGH, RAIL_LOW

ROW_US = 10_000
_PROVING = (CellState.OK, CellState.PROVING, CellState.UNCALIBRATED)
_LEAST = 5
_GAP_PERIODS = 1.5


def measure(
    name: str,
    key: str,
    conversions: Sequence[tuple[int, int]],
    span_us: tuple[int, int],
    settings: WeighSettings,
    calibration: CellCalibration | None,
    board_fault: int | None = None,
) -> CellFacts:
    """What `conversions`, (us, counts) with rising times within `span_us`, tell of the cell `key`."""
    begin_us, end_us = span_us
    seconds = (end_us - begin_us) / 1e6
    counts_per_kg = calibration.counts_per_kg if calibration else NOMINAL_COUNTS_PER_KG
    states, noise_counts = _states(conversions, span_us, settings, counts_per_kg)
    known = CellFacts(
        name, key, seconds, len(conversions), calibration is not None, states=states, board_fault=board_fault
    )
    if len(conversions) < _LEAST:
        return known
    times_us, counts = np.array(conversions, dtype=np.int64).T
    gaps_us = np.diff(times_us)
    period_us = float(np.median(gaps_us))
    medians = _medians(counts, 3)
    gated = int(np.count_nonzero(np.abs(counts[1:-1] - medians) > gate_counts(counts_per_kg, settings.gate_kg)))
    middle = float(np.median(counts))
    calm = _medians(counts, 5)
    return CellFacts(
        name=name,
        key=key,
        seconds=seconds,
        conversions=len(conversions),
        calibrated=calibration is not None,
        rate_hz=1e6 / period_us,
        lost=int(np.sum(np.rint(gaps_us[gaps_us > _GAP_PERIODS * period_us] / period_us) - 1)),
        noise_counts=noise_counts,
        noise_kg=noise_counts / abs(counts_per_kg) if calibration and noise_counts is not None else None,
        middle_counts=round(middle),
        low_counts=round(float(calm.min())),
        high_counts=round(float(calm.max())),
        unique=len(np.unique(counts)),
        rails=int(np.count_nonzero((counts == RAIL_LOW) | (counts == RAIL_HIGH))),
        gated_share=gated / len(medians),
        load_kg=(middle - calibration.zero_counts) / calibration.counts_per_kg if calibration else None,
        counts_per_kg=abs(counts_per_kg) if calibration else None,
        states=states,
        board_fault=board_fault,
    )


def _medians(counts: NDArray[np.int64], window: int) -> NDArray[np.float64]:
    """Running ones; of five: two wrong readings in a row do not show."""
    running: NDArray[np.float64] = np.median(np.lib.stride_tricks.sliding_window_view(counts, window), axis=1)
    return running


def _states(
    conversions: Sequence[tuple[int, int]], span_us: tuple[int, int], settings: WeighSettings, counts_per_kg: float
) -> tuple[dict[str, float], float | None]:
    """Shares of the rows in each state that is worth a word, and the noise in counts, None before there is any."""
    cell = Cell(settings)
    cell.gate_by(counts_per_kg)
    found: Counter[CellState] = Counter()
    rows = at = 0
    begin_us, end_us = span_us
    for row_us in range(begin_us, end_us, ROW_US):
        while at < len(conversions) and conversions[at][0] <= row_us:
            cell.convert(*conversions[at])
            at += 1
        state = cell.state_at(row_us)
        if row_us - begin_us >= settings.prove_us:
            rows += 1
            found[state] += 1
    shares = {state.name.lower(): found[state] / rows for state in sorted(found) if state not in _PROVING}
    return shares, cell.noise_counts if isfinite(cell.noise_counts) else None
