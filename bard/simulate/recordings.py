"""A force recording by somebody else in the place of the therapist.

One law: recorded values reach the counts as they are, each mode its own way, and only their unit is changed. Rows come
in; this module opens no file and does not know which recording it has.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from msgspec import Struct

from bard.simulate.body import GRAVITY
from bard.simulate.cells import NOISE_SD_COUNTS, CellSpec
from bard.simulate.chips import Chip, Chunk, Clock, Hx711
from bard.simulate.scenario import Cue, Scenario, Support
from bard.simulate.therapist import Truths
from bard.simulate.track import Floats
from bard.wire.frames import RAIL_HIGH

COUNTS_PER_KG = 20_000.0
ZERO_COUNTS = 84_000.0
RATE_HZ = 86.0
LEAD_S = 3.0

RowsMode = Literal["force", "cell", "sampled"]


class Rows(Struct, frozen=True):
    """One column of a recording: `values` in `unit` at `times_s`, rising; `truth` the client load at the same times.

    mode force: a force, seen through the conversion model. cell: a cell's own stream, one conversion for each sample.
    sampled: a cell's own stream kept in its own time, the sample nearest to each conversion, aliasing and all.
    `rails`: the recording's own extremes are the converter's rails. `body_weight_kg` 0: nobody is weighed in, and
    without a `truth` nobody is on the client. `lead_s`: so long before its start the recording runs backwards, for
    the board to boot. `glitch_share`: none unless asked.
    """

    times_s: Sequence[float]
    values: Sequence[float]
    mode: RowsMode = "force"
    unit: Literal["N", "kg"] = "N"
    rate_hz: float = RATE_HZ
    rails: bool = False
    truth: Sequence[float] | None = None
    body_weight_kg: float = 0.0
    lead_s: float = LEAD_S
    glitch_share: float = 0.0
    name: str = "recording"

    def __post_init__(self) -> None:
        if not 2 <= len(self.times_s) == len(self.values):
            raise ValueError(f"{len(self.times_s)} times, {len(self.values)} values; allowed: as many, 2 at least")
        if self.truth is not None and len(self.truth) != len(self.times_s):
            raise ValueError(f"{len(self.times_s)} times, {len(self.truth)} of truth; allowed: as many")

    @property
    def duration_s(self) -> float:
        """The lead and the recording, in the time in which they are played."""
        if self.mode == "cell":
            return self.lead_s + len(self.values) / self.rate_hz
        return self.lead_s + self.times_s[-1] - self.times_s[0]


class Recording:
    """The `Load` of a recording: one support with one cell."""

    def __init__(self, rows: Rows) -> None:
        kg = 1 / GRAVITY if rows.unit == "N" else 1.0
        self.rows = rows
        self.values_kg = np.array(rows.values, dtype=np.float64) * kg
        self._truth_kg = None if rows.truth is None else np.array(rows.truth, dtype=np.float64) * kg
        own_s = np.array(rows.times_s, dtype=np.float64)
        in_cell_time = np.arange(own_s.size) / rows.rate_hz
        self.times_s = in_cell_time if rows.mode == "cell" else own_s - own_s[0]
        on = rows.body_weight_kg > 0 or rows.truth is not None
        self.on_s = [(0.0, float("inf"))] if on else []

    def cells_kg(self, at_s: Floats) -> list[Floats]:
        return [np.interp(self._own_s(at_s), self.times_s, self.values_kg)]

    def truths(self, at_s: Floats) -> Truths:
        bar_kg = self.cells_kg(at_s)[0]
        static_kg = self.rows.body_weight_kg - bar_kg if self.on_s else np.zeros_like(bar_kg)
        client_kg = static_kg
        if self._truth_kg is not None:
            client_kg = np.interp(self._own_s(at_s), self.times_s, self._truth_kg)
        return Truths(client_kg, static_kg, bar_kg, np.full(at_s.shape, bool(self.on_s)))

    def nearest_kg(self, at_s: Floats) -> Floats:
        """The sample nearest to each instant."""
        own_s = self._own_s(at_s)
        after = np.clip(np.searchsorted(self.times_s, own_s), 1, self.times_s.size - 1)
        earlier = own_s - self.times_s[after - 1] <= self.times_s[after] - own_s
        return self.values_kg[np.where(earlier, after - 1, after)]

    def chip(self, phase: float) -> Chip:
        """What the cell's conversions are made from."""
        if self.rows.mode == "force":
            return Hx711(self.rows.rate_hz, phase)
        return OwnStream(self, phase=0.0 if self.rows.mode == "cell" else phase)

    def cell(self) -> CellSpec:
        """The recording's cell: exact but for its noise, a good one's where the stream is a cell's own already.

        Own streams come rounded (to whole newtons, say), so that without it a resting cell would stand still; one
        that goes to the rails is no cell at rest, and gets none.
        """
        counts_per_kg = COUNTS_PER_KG
        zero_counts = ZERO_COUNTS
        if self.rows.rails:
            low_kg, high_kg = float(self.values_kg.min()), float(self.values_kg.max())
            counts_per_kg = 2 * (RAIL_HIGH + 0.5) / (high_kg - low_kg)
            zero_counts = RAIL_HIGH - high_kg * counts_per_kg
        noise_sd_counts = NOISE_SD_COUNTS["usual" if self.rows.mode == "force" else "good"]
        if self.rows.rails:
            noise_sd_counts = 0.0
        return CellSpec(counts_per_kg, zero_counts, noise_sd_counts, self.rows.glitch_share)

    def _own_s(self, at_s: Floats) -> Floats:
        return np.abs(at_s - self.rows.lead_s)


class OwnStream:
    """A chip whose conversions are samples of the recording."""

    def __init__(self, recording: Recording, phase: float) -> None:
        self._recording = recording
        self._clock = Clock(recording.rows.rate_hz, phase)

    def convert(self, chunk: Chunk) -> tuple[Floats, Floats]:
        times_s = self._clock.take(chunk.until_s)
        return times_s, self._recording.nearest_kg(times_s)


def recording_scenario(rows: Rows) -> Scenario:
    """The scenario of a room in which `rows` hang on one bar with one cell; a session starts after 2 s."""
    return Scenario(
        name=rows.name,
        summary="a recorded force",
        duration_s=rows.duration_s,
        body_weight_kg=rows.body_weight_kg,
        supports=(Support("left bar", ((0, 0),)),),
        cues=(Cue(2_000_000, "start"),),
        notes=((rows.lead_s, "the recording begins"),),
    )
