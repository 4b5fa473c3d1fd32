"""What bench.detection measures: which chips and links, for how long, on how many processes.

One law: seeds are fixed, so the same arguments give the same figures on any machine and any number of processes.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import ceil
from typing import NamedTuple, TypeVar

from bard.simulate.cells import Quality
from bench.hours import Judged, Work, work
from bench.recorded import RECORDED, Heard, hear
from bench.rises import RiseSet, Timed, rise_sets, time_rises

Task = TypeVar("Task")
Result = TypeVar("Result")

RECORDING_SEEDS = 5
SMALLER = 8
"""Poor links and slow chips get this part of the hours."""


class Case(NamedTuple):
    """What the chips and links are like."""

    name: str
    quality: Quality
    rate_hz: tuple[float, float]


USUAL = Case("80 a second, usual link (0.1 % wrong)", "usual", (78.0, 94.0))
POOR = Case("80 a second, poor link (1.5 % wrong)", "poor", (78.0, 94.0))
SLOW_CHIPS = Case("10 a second, usual link (0.1 % wrong)", "usual", (9.4, 10.6))
CASES = (USUAL, POOR, SLOW_CHIPS)


class Found(NamedTuple):
    """Everything measured. `free`: the same hours as `work` of USUAL without a presence input."""

    work: dict[Case, list[Judged]]
    free: list[Judged]
    rises: dict[Case, list[Timed]]
    recorded: list[Heard]


def measure(
    hours: float, rises: int, processes: int, cases: Sequence[Case] = CASES, recording_seeds: int = RECORDING_SEEDS
) -> Found:
    """`hours` of normal work with and without a presence input, `rises` of each length and height, recordings."""
    with ProcessPoolExecutor(processes) as pool:

        def every(do: Callable[[Task], Result], tasks: Iterable[Task]) -> list[Result]:
            return list(map(do, tasks) if processes == 1 else pool.map(do, tasks))

        return Found(
            work={case: every(work, _sessions(case, _share(case, hours), presence=True)) for case in cases},
            free=every(work, _sessions(USUAL, hours, presence=False)),
            rises={case: every(time_rises, _sets(case, rises)) for case in cases},
            recorded=every(hear, [(recorded, seed) for recorded in RECORDED for seed in range(recording_seeds)]),
        )


def _share(case: Case, hours: float) -> float:
    return hours if case is USUAL else hours / SMALLER


def _sessions(case: Case, hours: float, presence: bool) -> list[Work]:
    """Sessions of an hour at most."""
    count = ceil(hours)
    return [
        Work(seed, hours / count, case.quality, case.rate_hz, presence, swept=presence) for seed in range(1, count + 1)
    ]


def _sets(case: Case, rises: int) -> list[tuple[RiseSet, int]]:
    return [(rise_set, seed) for seed, rise_set in enumerate(rise_sets(rises, case.quality, case.rate_hz), 1)]
