"""What a scenario is: a room, a therapist, what she does, what breaks and what the daemon is told.

One law: a scenario and a seed say everything; a scenario itself draws nothing. The table of them is
`bard.simulate.scenarios`.
"""

from typing import Literal

from msgspec import Struct

from bard.simulate.cells import SPAN_SD, CellFault, Quality
from bard.simulate.hands import Act
from bard.simulate.work import Work

CueAction = Literal["start", "stop", "step_down", "acknowledge", "pause"]


class Cue(Struct, frozen=True):
    """A scripted command for the daemon: start, stop, step_down, acknowledge or pause."""

    at_us: int
    action: CueAction


class Support(Struct, frozen=True):
    """A bar and its cells, each as (board, channel)."""

    name: str
    cells: tuple[tuple[int, int], ...]


class Unplugged(Struct, frozen=True):
    """The cable of `board` is out in [at_s, until_s)."""

    at_s: float
    until_s: float
    board: int = 0


class Stalled(Struct, frozen=True):
    """The loop of `board` hangs in [at_s, until_s)."""

    at_s: float
    until_s: float
    board: int = 0


TWO_BARS = (Support("left bar", ((0, 0), (0, 1))), Support("right bar", ((0, 2), (0, 3))))
BAR_PER_BOARD = (Support("left bar", ((0, 0), (0, 1))), Support("right bar", ((1, 0), (1, 1))))


class Scenario(Struct, frozen=True):
    """`limit_kg` is a number for tests and demos only. Where None stands, the room draws from simulator.md.

    `acts`: scripted, in order of time; `work`: drawn, in their place. `floor_kg`: the least bar load while she holds
    on. `presence`: a mat is wired to board 0. `pedal`: pressed in [from, until) seconds. `backwards`: cells whose
    signal wires are swapped all the time. `drift_kg_per_h`: of all bars together, evenly over the cells.
    `hung`: nobody is there, and loads are hung by hand (`Room.hang`). `notes`: (seconds, what happens), for people.
    """

    name: str
    summary: str
    duration_s: float
    body_weight_kg: float = 70.0
    limit_kg: float = 40.0
    supports: tuple[Support, ...] = TWO_BARS
    boards: int = 1
    cues: tuple[Cue, ...] = ()
    notes: tuple[tuple[float, str], ...] = ()
    hung: bool = False
    acts: tuple[Act, ...] = ()
    work: Work | None = None
    floor_kg: float | None = None
    sway_kg: float | None = None
    motion_scale: float | None = None
    strokes: bool = True
    quality: Quality = "usual"
    span_sd: float = SPAN_SD
    drift_kg_per_h: float = 0.0
    rate_hz: tuple[float, float] = (78.0, 94.0)
    presence: bool = False
    pedal: tuple[tuple[float, float], ...] = ()
    cell_faults: tuple[CellFault, ...] = ()
    backwards: tuple[tuple[int, int], ...] = ()
    unplugged: tuple[Unplugged, ...] = ()
    stalled: tuple[Stalled, ...] = ()

    def channels(self, board: int) -> int:
        """How many channels `board` has."""
        return 1 + max((channel for b, channel in self.cells if b == board), default=0)

    @property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """(board, channel) of each cell, in the order of the supports."""
        return tuple(cell for support in self.supports for cell in support.cells)
