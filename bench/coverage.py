"""How often the true client load lies within U of what is shown: `python -m bench.coverage`.

One law: U comes from the real budget and the real weighing, and nothing is fitted to the outcome. Sessions with errors
of their own are `bench.drawn`; on the recordings of two plates only noise and motion can be tested.
"""

from collections.abc import Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bard.client.uncertainty import Basis, Working, expanded_kg, fast_u_kg, slow_u_kg, static_u_kg, zero_u_kg
from bard.link.flatout import true_calibration
from bard.link.recording import read_rows
from bard.link.urls import parse
from bard.settings import UncertaintySettings
from bard.simulate import Room, recording_room
from bard.simulate.recordings import LEAD_S
from bard.weigh.block import WeighedBlock
from bench.drawn import (
    ANGLE_SD_DEG,
    BAR_KG,
    BODY_KG,
    BODY_SD_KG,
    STRAIGHT_SD_DEG,
    TAKE_S,
    Drawn,
    Terms,
    errors_kg,
    weigh_whole,
)
from bench.results import write
from bench.streams import settings_of

Floats = NDArray[np.float64]

SESSIONS = 200
ALPHA = 0.05
EACH_ROWS = 5
"""Every fifth row is judged: the others are nearly the same."""
STATES = ("at rest", "in strokes", "in shifts without strokes")
PATHS = ("slow", "fast")
PLATES = ("two_plates_firm_open", "two_plates_foam_closed")
BASES = {Basis.TYPED: "typed in", Basis.HUNG: "weighed in"}


class Tally(NamedTuple):
    """Of so many rows: how many were covered, the sums of U (kg) and of the interval score (kg)."""

    rows: int
    covered: int
    sum_kg: float
    scores_kg: float

    @property
    def coverage(self) -> float:
        """Share of rows whose truth lies within U."""
        return self.covered / self.rows

    @property
    def mean_kg(self) -> float:
        """Mean U."""
        return self.sum_kg / self.rows

    @property
    def score_kg(self) -> float:
        """Mean interval score: the width, and 2 / alpha times what the truth lies outside. Smaller is better."""
        return self.scores_kg / self.rows

    def __str__(self) -> str:
        return f"{self.coverage:.1%} | {self.mean_kg:.2f} | {self.score_kg:.2f}"


Tallies = dict[tuple[str, str, Basis], Tally]
"""By state, path and basis."""


class Judged(NamedTuple):
    """A session; `static_u` is the mean of u_s (kg) while still, with a typed body weight."""

    tallies: Tallies
    terms: Terms
    static_u: float


def tally(errors_kg: Floats, expanded: Floats) -> Tally:
    """Rows whose error is unknown are left out."""
    known = ~np.isnan(errors_kg)
    width = expanded[known]
    outside_kg = np.maximum(np.abs(errors_kg[known]) - width, 0.0)
    scores_kg = 2 * width + 2 / ALPHA * outside_kg
    return Tally(len(width), int((outside_kg == 0).sum()), float(width.sum()), float(scores_kg.sum()))


def pooled(tallies: Sequence[Tally]) -> Tally:
    """Of the rows of all of them."""
    rows, covered, sums_kg, scores_kg = zip(*tallies, strict=True)
    return Tally(sum(rows), sum(covered), sum(sums_kg), sum(scores_kg))


def judge(seed: int, angle_sd_deg: float = ANGLE_SD_DEG) -> Judged:
    """One session of ten minutes."""
    drawn = Drawn(seed, angle_sd_deg)
    chosen = np.zeros(len(drawn.weighed.at_us), np.bool_)
    chosen[::EACH_ROWS] = True
    parts = dict(zip(STATES, (drawn.still & chosen, drawn.work & chosen, drawn.work & chosen), strict=True))
    still, strokes = (drawn.errors_kg(strokes=strokes) for strokes in (False, True))
    errors = dict(zip(STATES, (still, strokes, still), strict=True))
    tallies: Tallies = {}
    static_u: list[float] = []
    for basis, body_kg in ((Basis.TYPED, drawn.typed_kg), (Basis.HUNG, drawn.hung_kg)):
        for state, part in parts.items():
            statics = _static_u(drawn, basis, body_kg, part)
            static_u.append(float(statics.mean()))
            expanded = expanded_kgs(drawn.settings.uncertainty, statics, drawn.weighed, part)
            for path, without_body_kg, own in zip(PATHS, errors[state], expanded, strict=True):
                tallies[state, path, basis] = tally(without_body_kg[part] + (body_kg - BODY_KG), own)
    return Judged(tallies, drawn.terms(), static_u[0])


def _static_u(drawn: Drawn, basis: Basis, body_kg: float, part: NDArray[np.bool_]) -> Floats:
    budget = drawn.settings.uncertainty
    rows = zip(
        (drawn.weighed.at_us[part]).tolist(), (drawn.weighed.slow_kg[part] - drawn.zero_kg).tolist(), strict=True
    )
    free_us = round(TAKE_S * 1e6)
    return np.array(
        [static_u_kg(budget, basis, body_kg, bar_kg, zero_u_kg(budget, at_us - free_us, 0.0)) for at_us, bar_kg in rows]
    )


def expanded_kgs(
    budget: UncertaintySettings, static_u: Floats, weighed: WeighedBlock, part: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """U of the slow and of the fast path at the rows of `part`."""
    working = Working(budget)
    flags = [working.step(*row) for row in zip(weighed.at_us.tolist(), weighed.motion_kg.tolist(), strict=True)]
    works = np.array(flags)[part].tolist()
    rows = list(zip(static_u.tolist(), weighed.noise_kg[part].tolist(), weighed.motion_kg[part].tolist(), strict=True))
    slow, fast = (
        np.array([expanded_kg(u_kg(budget, *row, working=works[n])) for n, row in enumerate(rows)])
        for u_kg in (slow_u_kg, fast_u_kg)
    )
    return slow, fast


def judge_recording(room: Room, lead_s: float) -> tuple[Tally, Tally]:
    """Slow and fast of a recording with a truth, by noise and motion alone, from a second after its lead."""
    settings = settings_of(room)
    weighed = weigh_whole(room, settings, true_calibration(room, settings))
    part = weighed.at_us > (lead_s + 1.0) * 1e6
    errors = errors_kg(room, weighed, room.scenario.body_weight_kg, settings.weigh.box_rows)
    expanded = expanded_kgs(settings.uncertainty, np.zeros(int(part.sum())), weighed, part)
    slow, fast = (tally(of_path[part], own) for of_path, own in zip(errors, expanded, strict=True))
    return slow, fast


def plates_room(name: str, seed: int = 1) -> Room:
    """The right plate as the bar, the left one as the client."""
    path = Path(__file__).parent.parent / "tests" / "data" / "recordings" / f"{name}.csv.gz"
    return recording_room(read_rows(parse(f"recording://{path}?column=right_n&truth=left_n")), seed)


def _sessions(judged: Sequence[Judged]) -> list[str]:
    lines = ["| load | state | body weight | covered | mean U, kg | interval score, kg |", "|---|---|---|---|---|---|"]
    for path in PATHS:
        for state in STATES:
            for basis, words in BASES.items():
                found = pooled([one.tallies[state, path, basis] for one in judged])
                lines.append(f"| {path} | {state} | {words} | {found} |")
    return lines


def _terms(judged: Sequence[Judged]) -> list[str]:
    sds = np.sqrt(np.mean(np.square([one.terms for one in judged]), axis=0))
    static_u = float(np.mean([one.static_u for one in judged]))
    words = ", ".join(f"{name} {sd:.2f}" for name, sd in zip(Terms._fields, sds, strict=True))
    return [
        f"Static error at rest, typed in, root mean square over the sessions, kg: {words}. Budgeted: {static_u:.2f}."
    ]


def _plates() -> list[str]:
    lines = ["| recording | load | covered | mean U, kg | interval score, kg |", "|---|---|---|---|---|"]
    for name in PLATES:
        for path, found in zip(PATHS, judge_recording(plates_room(name), LEAD_S), strict=True):
            lines.append(f"| {name} | {path} | {found} |")
    return lines


def main() -> None:
    """Judge all sessions on two processes and keep the figures."""
    with Pool(2) as pool:
        judged = pool.map(judge, range(SESSIONS), chunksize=5)
        straight = pool.map(partial(judge, angle_sd_deg=STRAIGHT_SD_DEG), range(SESSIONS), chunksize=5)
    lines = [
        f"{SESSIONS} simulated sessions of 10 minutes, each with its own errors (bench/drawn.py): cells calibrated as",
        "their type though their spans differ (sd 0.7 %), zero taken once just before and drifting as the simulator",
        f"has it, {BODY_KG:g} kg typed in with an error of sd {BODY_SD_KG} kg or hung on the same cells, pull at an",
        f"angle of |N(0, {ANGLE_SD_DEG:g} deg)| per support (assumed), {BAR_KG[0]:g} to {BAR_KG[1]:g} kg on the bars.",
        "Covered: the true m (g + a) - bar load lies within U = 2 u of what is shown. Interval score at 95 %: smaller",
        "is better.",
        "",
        *_sessions(judged),
        "",
        *_terms(judged),
        "",
        f"The same sessions with straighter pulls, |N(0, {STRAIGHT_SD_DEG:g} deg)|:",
        "",
        *_sessions(straight),
        "",
        *_terms(straight),
        "",
        "Recorded: one person on two plates, the right one as the bar, the left one as the client; U of noise and",
        "motion alone.",
        "",
        *_plates(),
    ]
    print(write("coverage", "Coverage of the client load", lines))


if __name__ == "__main__":
    main()
