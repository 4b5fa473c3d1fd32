"""Random streams of rows with everything that goes wrong with cells, links and boards; always seeded."""

from random import Random
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bard.wire.grid import Row

ROW_US = 10_000
RAIL_LOW, RAIL_HIGH = -(1 << 23), (1 << 23) - 1
WRONG_WORDS = (RAIL_LOW, RAIL_HIGH, 0, -1, 1 << 22, -(1 << 21))
KINDS = ("quiet", "glitches", "hum", "shake", "stuck", "low", "high", "zeros", "ones", "gap", "late")

Segment = tuple[str, int]
"""What happens (one of KINDS), and for how many conversions."""


class Stream(NamedTuple):
    """Rows, and (rows, cells) where boards report faults and where they have come anew."""

    rows: list[Row]
    flagged: NDArray[np.bool_]
    restarted: NDArray[np.bool_]


def make_stream(seed: int, rows: int, cells: list[list[Segment]], slow: bool = False, start_us: int = 0) -> Stream:
    """Each cell plays its segments over and over at its own rate, some to the microsecond; one without any is missing.

    `slow`: the first cell is a chip strapped for 10 a second.
    """
    random = Random(seed)
    made = [Row(start_us + ROW_US * (number + 1), []) for number in range(rows)]
    for cell, segments in enumerate(cells):
        rate_hz = random.uniform(9, 13) if slow and cell == 0 else random.choice((80, random.uniform(76, 96)))
        _convert(random, cell, segments, 1e6 / rate_hz, made)
    for row in made:
        order = random.sample(range(len(cells)), len(cells))
        row.conversions.sort(key=lambda placed: order[placed[0]])
    flagged = np.zeros((rows, len(cells)), np.bool_)
    restarted = np.zeros((rows, len(cells)), np.bool_)
    for _ in range(random.randrange(3)):
        first, cell = random.randrange(rows), random.randrange(len(cells))
        flagged[first : first + random.randrange(1, 60), cell] = True
        restarted[random.randrange(rows), random.randrange(len(cells))] = True
    return Stream(made, flagged, restarted)


def _convert(random: Random, cell: int, segments: list[Segment], period_us: float, rows: list[Row]) -> None:
    start_us = rows[0].at_us - ROW_US
    jitter = random.choice((0.0, 0.02))
    at_us, taken, counts, rest = start_us - random.randrange(10_000), 0, 0, random.randrange(-300_000, 900_000)
    plan = [kind for kind, length in segments for _ in range(length)]
    number = 0
    while plan:
        kind = plan[number % len(plan)]
        number += 1
        at_us += period_us * random.uniform(1 - jitter, 1 + jitter)
        if kind == "gap" and random.random() < 0.2:
            at_us += random.choice((30_000, 150_000, 400_000, 1_300_000))
        late = random.randrange(4) if kind == "late" else 0
        taken = max(taken, int(at_us - start_us - 1) // ROW_US + late)
        if taken >= len(rows):
            return
        counts = _counts(random, kind, number, counts, rest)
        rows[taken].conversions.append((cell, int(at_us), counts))


def _counts(random: Random, kind: str, number: int, before: int, rest: int) -> int:
    if kind == "stuck":
        return before
    if kind in ("low", "high", "zeros", "ones"):
        return {"low": RAIL_LOW, "high": RAIL_HIGH, "zeros": 0, "ones": -1}[kind]
    counts = rest + round(random.gauss(0, 150))
    if kind == "glitches" and random.random() < 0.25:
        counts = random.choice((*WRONG_WORDS, counts ^ (1 << random.randrange(23)), counts // 2))
    elif kind == "hum":
        counts += random.randrange(-400_000, 400_000)
    elif kind == "shake":
        counts += (12_000, -12_000)[number % 2]
    return min(max(counts, RAIL_LOW), RAIL_HIGH)
