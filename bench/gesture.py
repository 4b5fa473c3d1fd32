"""The bar gesture: what takes normal work for two tugs, and how many true ones are seen: `python -m bench.gesture`.

All loads are a simulated room's or a recording's, through conversions, rows and weighing (bench.streams). Nothing here
knows whether an alarm is on; the daemon counts a gesture for nothing while a load condition is active.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from msgspec import structs
from numpy.random import PCG64, Generator

from bard.client.gesture import Gesture
from bard.link.flatout import true_calibration
from bard.link.recording import read_rows
from bard.link.urls import parse
from bard.settings import GestureSettings
from bard.simulate import Room, Rows, Scenario, normal_work, recording_room
from bard.simulate.hands import SWAY_SD_KG, TUG_GAP_S, TUG_KG, TUG_S, Act, Hands, Rocking, draw_gesture
from bard.simulate.work import ROCKING_HZ, ROCKING_KG, ROCKING_S, Work, draw_work
from bench.results import write
from bench.streams import settings_of, weighed_blocks

HOUR_S = 3600.0
WORK_HOURS = 12
ROCKING_HOURS = 10
HARD_HOURS = 4
GESTURES = 100
"""For each figure of the table of sizes."""
RATES_HZ = (10, 40, 76, 80, 86, 94)
SEEDS_OF_A_RECORDING = 3
RECORDINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "stand_firm_open": ("force", ("force_n",)),
    "stand_foam_open": ("force", ("force_n",)),
    "stand_foam_closed_worst": ("force", ("force_n",)),
    "two_plates_firm_open": ("force", ("right_n", "left_n")),
    "two_plates_foam_closed": ("force", ("right_n", "left_n")),
    "step_on_jump_step_off": ("force", ("force_n",)),
    "countermovement_jump": ("force", ("force_n",)),
    "walk_over_plates": ("force", ("plate3_n", "plate4_n", "plate5_n", "plate6_n")),
    "hand_pushrim": ("force", ("fx_n", "fy_n", "fz_n", "force_n")),
    "hx717_load_hold_spikes": ("sampled", ("force_n",)),
    "hx717_corrupt_link": ("sampled", ("force_n",)),
    "open_input_fault": ("sampled", ("force_kgf",)),
}
"""How each is played (bard.simulate.recordings) and its columns."""
SIZES_KG = (6, 8, 10, 12, 15, 20, 30)
CALM_SWAY_KG = 0.5
BAR_KG = 40.0
_FOLDER = Path(__file__).parent.parent / "tests" / "data" / "recordings"
_STROKES_HZ, _STROKES_KG = (0.2, 0.5), (1.0, 5.0)
_LISTEN_S = 4.0


def seen(room: Room) -> list[float]:
    """When (s) two tugs are seen in all of `room`, with the default settings."""
    settings = settings_of(room)
    gesture = Gesture(GestureSettings())
    at_s = []
    for block in weighed_blocks(room, settings, true_calibration(room, settings)):
        rows = zip(block.at_us.tolist(), block.fast_kg.tolist(), block.slow_kg.tolist(), strict=True)
        at_s += [row[0] / 1e6 for row in rows if gesture.step(*row)]
    return at_s


# What is no gesture


def rocking_hour(seed: int) -> Room:
    """Nothing but shifts each 4-15 s, rocking minute after minute, and strokes that show on the bars (assumed)."""
    rng = Generator(PCG64(seed))
    acts, _ = draw_work(Work(34.0, 60.0, 4.0), HOUR_S, 2, rng)
    moves = []
    for from_s in np.arange(0.0, HOUR_S, ROCKING_S).tolist():
        until_s = from_s + ROCKING_S
        moves.append(Rocking(from_s, until_s, rng.uniform(*ROCKING_KG), rng.uniform(*ROCKING_HZ)))
        moves.append(Rocking(from_s, until_s, rng.uniform(*_STROKES_KG), rng.uniform(*_STROKES_HZ)))
    times_s = np.arange(0.0, HOUR_S, 0.005)
    hands = Hands(acts, (2, 2), HOUR_S, rng, rocking=moves)
    values_kg = np.concatenate([hands.bar_kg(part_s) for part_s in np.array_split(times_s, 100)])
    return recording_room(Rows(times_s.tolist(), values_kg.tolist(), unit="kg", glitch_share=0.001), seed)


def poor_hour(seed: int) -> Room:
    """Normal work on a poor link: a conversion in 66 is wrong, and the noise three times the usual."""
    return Room(structs.replace(normal_work(HOUR_S), quality="poor"), seed)


def single_tugs_hour(seed: int, each_s: float = 30.0) -> Room:
    """Work with a single tug each `each_s`, at any moment: two of them are a gesture by chance only."""
    rng = Generator(PCG64(seed))
    acts, _ = draw_work(Work(34.0, 60.0, 4.0), HOUR_S, 2, rng)
    at_s, tugs = 10.0, []
    while at_s < HOUR_S - 5:
        first, _ = draw_gesture(rng, at_s)
        tugs.append(first)
        at_s += max(rng.exponential(each_s), first.over_s or 0.0)
    return Room(_of("single tugs", HOUR_S, [*acts, *tugs]), seed)


def false_lines() -> list[str]:
    """How often each is taken for a gesture."""
    seeds = range(1, WORK_HOURS + 1)
    kinds: dict[str, Iterator[Room]] = {
        "normal work, no presence input": (Room(normal_work(HOUR_S), seed) for seed in seeds),
        "normal work, presence input": (Room(normal_work(HOUR_S, presence=True), 100 + seed) for seed in seeds),
        "nothing but rocking, shifts and strokes on the bars": (rocking_hour(seed) for seed in range(ROCKING_HOURS)),
        "normal work on a poor link": (poor_hour(seed) for seed in range(HARD_HOURS)),
        "work and 120 single tugs an hour": (single_tugs_hour(seed) for seed in range(HARD_HOURS)),
    }
    lines = ["| what is no gesture | hours | taken for one | in 10 h |", "|---|---|---|---|"]
    for name, rooms in kinds.items():
        counts = [len(seen(room)) for room in rooms]
        lines.append(f"| {name} | {len(counts)} | {sum(counts)} | {10 * sum(counts) / len(counts):.1f} |")
    return lines


def recorded() -> Iterator[tuple[str, Room]]:
    """Every recording, each column at every rate, with several phases of the chip's clock and noises."""
    for name, (mode, columns) in RECORDINGS.items():
        for column in columns:
            unit = "kg" if column.endswith("_kgf") else "n"
            for rate_hz in RATES_HZ:
                rails = int(name == "open_input_fault")
                words = f"column={column}&mode={mode}&unit={unit}&rate={rate_hz}&rails={rails}"
                port = parse(f"recording://{_FOLDER}/{name}.csv.gz?{words}")
                rows = read_rows(port)
                for seed in range(SEEDS_OF_A_RECORDING):
                    yield name, recording_room(rows, seed)


def recorded_lines() -> list[str]:
    """What is seen in the recordings, where there is none."""
    played, minutes, taken = 0, 0.0, list[str]()
    for name, room in recorded():
        played, minutes = played + 1, minutes + room.duration_us / 60e6
        taken += [f"{name} at {at_s:.1f} s" for at_s in seen(room)]
    rates = ", ".join(map(str, RATES_HZ))
    return [
        f"Recordings ({len(RECORDINGS)}, every column, at {rates} conversions a second, {SEEDS_OF_A_RECORDING} phases "
        f"and noises: {played} plays, {minutes:.0f} min): {len(taken)} gestures seen. {' '.join(taken)}".rstrip()
    ]


# What is one


def _of(name: str, duration_s: float, acts: Sequence[Act], sway_kg: float | None = None) -> Scenario:
    ordered = tuple(sorted(acts, key=lambda act: act.at_s))
    return Scenario(name=name, summary=name, duration_s=duration_s, acts=ordered, sway_kg=sway_kg)


def gestures(kg: float | None, sway_kg: float | None, seed: int, *, work: bool = False) -> tuple[Room, list[float]]:
    """`GESTURES` of them, one each 8 to 12 s, and when each one begins; `work`: shifts go on whatever the hands say."""
    rng = Generator(PCG64(seed))
    starts_s = (10.0 + rng.uniform(8, 12, GESTURES).cumsum()).tolist()
    duration_s = starts_s[-1] + 8
    acts = [Act(4.0, "take", BAR_KG)]
    if work:
        acts, _ = draw_work(Work(34.0, 60.0, 4.0), duration_s, 2, rng)
    for start_s in starts_s:
        acts += draw_gesture(rng, start_s, kg)
    return Room(_of("gestures", duration_s, acts, sway_kg), seed), starts_s


def waits(room: Room, starts_s: Sequence[float]) -> list[float]:
    """How long (s) each gesture takes from its beginning until it is seen; what is never seen is left out."""
    at_s = np.array([*seen(room), np.inf])
    after_s = at_s[np.searchsorted(at_s, starts_s)] - np.array(starts_s)
    return [wait_s for wait_s in after_s.tolist() if wait_s < _LISTEN_S]


def true_lines() -> list[str]:
    """The share of gestures that is seen, by the size of the tugs."""
    ways: dict[str, tuple[float | None, bool]] = {
        f"calm (sway {CALM_SWAY_KG} kg sd)": (CALM_SWAY_KG, False),
        "working, least sway": (SWAY_SD_KG[0], False),
        "working, most sway": (SWAY_SD_KG[1], False),
        "working, and shifts go on": (None, True),
    }
    head = [*(f"{kg} kg" for kg in SIZES_KG), "a person's"]
    lines = [f"| seen of {GESTURES}, tugs of | {' | '.join(head)} |", "|---" * (len(head) + 1) + "|"]
    waited_s: list[float] = []
    for number, (name, (sway_kg, work)) in enumerate(ways.items()):
        found = [waits(*gestures(kg, sway_kg, 10 + number, work=work)) for kg in (*SIZES_KG, None)]
        waited_s += found[-1]
        lines.append(f"| {name} | {' | '.join(f'{len(each)} %' for each in found)} |")
    lines += ["", f"From the beginning of the first tug until it is seen: {median(waited_s):.1f} s (median)."]
    spread = (
        f"{TUG_KG[0]:g} to {TUG_KG[1]:g} kg, {TUG_S[0]} to {TUG_S[1]} s long, {TUG_GAP_S[0]} to {TUG_GAP_S[1]} s apart"
    )
    return [*lines, f"A person's tugs (assumed, 10th to 90th percentile): {spread}."]


def main() -> None:
    """Measure, print and keep."""
    lines = [*false_lines(), "", *recorded_lines(), "", *true_lines()]
    print(write("gesture", "Two tugs on the bars: false ones and true ones", lines))


if __name__ == "__main__":
    main()
