"""Recorded forces as a bar: what filters and decisions raise where nothing is wrong.

One law: the limit is put so high above the recording's own true mean that whatever is raised is false.
"""

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec import structs

from bard.link.flatout import true_calibration
from bard.link.recording import read_rows
from bard.link.urls import parse
from bard.simulate import Room, recording_scenario
from bard.simulate.cells import GLITCH_SHARE
from bard.simulate.scenarios import GUARD_KG
from bench import hours, judging, streams

FOLDER = Path(__file__).parent.parent / "tests" / "data" / "recordings"
_FIRST_US = 5_000_000


class Recorded(NamedTuple):
    """A recording's column as the bar load of somebody of `body_kg`."""

    name: str
    column: str
    body_kg: float


RECORDED = (
    Recorded("two_plates_firm_open", "left_n", 65.35),
    Recorded("two_plates_foam_closed", "left_n", 65.35),
    Recorded("stand_firm_open", "force_n", 80.0),
    Recorded("stand_foam_open", "force_n", 80.0),
    Recorded("stand_foam_closed_worst", "force_n", 80.0),
    Recorded("hand_pushrim", "force_n", 40.0),
)


class Heard(NamedTuple):
    """`false`: by filter, shape (offsets, on-delays). `raised`: by condition, what bard raised."""

    name: str
    hours: float
    false: dict[str, judging.Ints]
    raised: Counter[str]


def hear(task: tuple[Recorded, int]) -> Heard:
    """Play one recording, with glitches as usual, under the second of `task` as seed."""
    recorded, seed = task
    options = f"column={recorded.column}&body_weight={recorded.body_kg}&glitches={GLITCH_SHARE['usual']}"
    rows = read_rows(parse(f"recording://{FOLDER}/{recorded.name}.csv.gz?{options}"))
    scenario = recording_scenario(rows)
    at_us = np.arange(0, round(scenario.duration_s * 1e6), 10_000)
    static_kg = Room(scenario, seed, rows=rows).truths(at_us).static_kg
    highest_kg = float(judging.true_mean_kg(static_kg)[judging.MEAN_ROWS :].max())
    limit_kg = max(highest_kg, float(static_kg.max())) + 2 * GUARD_KG + 1
    room = Room(structs.replace(scenario, limit_kg=limit_kg), seed, rows=rows)
    settings = streams.settings_of(room)
    calibration, laid = true_calibration(room, settings), streams.lay(room, settings)
    on = laid.at_us > _FIRST_US
    views = judging.views_of(room, laid, settings, calibration, seed)
    row_us = settings.wire.row_us
    return Heard(
        recorded.name,
        scenario.duration_s / 3600,
        {name: judging.count_false(view, on, on, limit_kg, row_us) for name, view in views.items()},
        Counter(event.id for event in hours.raised(streams.decide(room, settings, calibration, laid=laid))),
    )
