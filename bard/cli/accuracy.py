"""How far an estimate was from the truth beside it: the same box, aligned in time.

One law: the truth is treated as the estimate was (box, delay) and never fitted to it otherwise; the delay that was
found is told.
"""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bard.journal.replay import walk
from bard.monitor import Monitor

Floats = NDArray[np.float64]
NEWTON_PER_KG = 9.80665
_STEP_US = 10_000
_MOST_DELAY_US = 100_000


class Series(NamedTuple):
    """Client load over host time: `at_us` rising, kg, NaN where unknown."""

    at_us: Floats
    slow_kg: Floats
    fast_kg: Floats


class Truth(NamedTuple):
    """What really was, on a 10 ms grid; NaN while nobody was on the client."""

    at_us: Floats
    client_kg: Floats
    static_kg: Floats
    """Without the acceleration of the body."""


class Errors(NamedTuple):
    """Differences (kg, n) at the rows where both are known, and the delay they were aligned by."""

    kg: Floats
    delay_us: int

    def within_n(self, newton: float) -> float:
        """Share of the rows whose error is at most this many newtons."""
        return float(np.mean(np.abs(self.kg) * NEWTON_PER_KG <= newton))

    def percentile_kg(self, percent: float) -> float:
        """Of the absolute error."""
        return float(np.percentile(np.abs(self.kg), percent))


def read_truth(path: Path) -> Truth:
    """The file that `bard simulate --truth` wrote."""
    with path.open(newline="") as file:
        rows = [(int(r["at_us"]), *map(float, list(r.values())[1:])) for r in csv.DictReader(file)]
    table = np.array(rows)
    on = table[:, 4] > 0
    return Truth(table[:, 0], np.where(on, table[:, 1], np.nan), np.where(on, table[:, 2], np.nan))


def read_estimates(tape: Path) -> Series:
    """Client load at each row that a call closed, from a replay."""
    rows: list[tuple[float, float, float]] = []

    def note(monitor: Monitor) -> None:
        loads = monitor.loads
        rows.append((loads.at_us, loads.client_slow_kg, loads.client_fast_kg))

    walk(tape, note)
    table = np.array(rows)
    return Series(table[:, 0], table[:, 1], table[:, 2])


def box(values: Floats, samples: int) -> Floats:
    """Mean of the last `samples` values; NaN where any of them is."""
    return np.concatenate(
        (np.full(samples - 1, np.nan), np.convolve(values, np.full(samples, 1 / samples), mode="valid"))
    )


def errors_at(delay_us: int, at_us: Floats, estimate_kg: Floats, truth_us: Floats, truth_kg: Floats) -> Errors:
    """Errors with the truth shifted by a known delay."""
    errors = estimate_kg - np.interp(at_us - delay_us, truth_us, truth_kg, left=np.nan, right=np.nan)
    return Errors(errors[~np.isnan(errors)], delay_us)


def find_delay_us(at_us: Floats, estimate_kg: Floats, truth_us: Floats, truth_kg: Floats) -> int:
    """The delay, 0 to 100 ms, that makes the errors smallest (least squares)."""

    def rms(delay_us: int) -> float:
        errors = errors_at(delay_us, at_us, estimate_kg, truth_us, truth_kg).kg
        return float(np.sqrt(np.mean(errors**2))) if len(errors) else np.inf

    return min(range(0, _MOST_DELAY_US + 1, 1_000), key=rms)


class Judged(NamedTuple):
    """Errors of an estimate: the slow path (shown) and the fast one against what the client carried, the acceleration
    of the body included, and the slow one against body weight minus bar load, which is all that bars can tell."""

    slow: Errors
    fast: Errors
    slow_static: Errors


def judge(tape: Path, truth_file: Path, box_rows: int) -> Judged:
    """Judge a tape against the truth that was written beside it; the slow path's truth goes through the same box.

    Each path's delay is found on what it measures, body weight minus bar load, and used for all.
    """
    estimates, truth = read_estimates(tape), read_truth(truth_file)
    slow = (estimates.at_us, estimates.slow_kg, truth.at_us)
    fast = (estimates.at_us, estimates.fast_kg, truth.at_us)
    static_kg = box(truth.static_kg, box_rows)
    slow_us = find_delay_us(*slow, static_kg)
    fast_us = find_delay_us(*fast, truth.static_kg)
    return Judged(
        errors_at(slow_us, *slow, box(truth.client_kg, box_rows)),
        errors_at(fast_us, *fast, truth.client_kg),
        errors_at(slow_us, *slow, static_kg),
    )
