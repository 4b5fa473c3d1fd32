"""What a client is told of a procedure: the same for a terminal and a page.

One law: it says where the procedure stands and what to do next in words, so that no client needs to know its rules.
"""

from typing import Literal

from msgspec import Struct

from bard.commission.record import Source, Verdict

Stage = Literal["check", "zero", "span", "corners", "verify", "accept"]
STAGES: dict[str, tuple[Stage, ...]] = {
    "calibrate": ("check", "zero", "span", "corners", "verify", "accept"),
    "verify": ("zero", "verify", "accept"),
}
"""By purpose, in order; connecting comes before the first step."""


class ReadingLine(Struct, frozen=True):
    """A reading with a load. `shown_kg` and `error_kg`: by the fit, None where there is none yet."""

    number: int
    words: str
    verifies: bool
    stated_kg: float | None = None
    shown_kg: float | None = None
    error_kg: float | None = None
    struck: str = ""


class BarState(Struct, frozen=True):
    """One support. `refusal`: why there is no fit; `suspects`: readings that it may be.

    `more`: readings that are still needed at least. `corners`, `fit`, `notes`, `verified`: what was found, in words.
    """

    name: str
    cells: tuple[str, ...]
    free: int
    readings: tuple[ReadingLine, ...]
    more: int
    refusal: str = ""
    suspects: tuple[int, ...] = ()
    fit: str = ""
    notes: tuple[str, ...] = ()
    corners: str = ""
    corners_done: bool = False
    verified: str = ""
    verdict: Verdict | None = None


class State(Struct, frozen=True):
    """Where a procedure stands. `support`: the one to work on; `undo`: what an undo would take back."""

    purpose: Literal["calibrate", "verify"]
    installer: str
    stage: Stage
    support: str
    todo: str
    undo: str
    bars: tuple[BarState, ...]
    steps: int
    sources: tuple[Source, ...]
    """Weights, scales and persons told so far."""


class LiveCell(Struct, frozen=True):
    """A cell over the last second. `light`: still, moving, or faulty; `words` say why."""

    key: str
    name: str
    support: str
    counts: float | None
    sd_counts: float | None
    light: Literal["still", "moving", "faulty"]
    words: str


class Averaging(Struct, frozen=True):
    """A reading that is being taken: what, for how long, and how much of it is done."""

    what: str
    seconds: float
    done_s: float


class View(Struct, frozen=True):
    """All a client needs to draw. `done`: how many things asked for are over; `said` and `refusal`: of the last.

    `state` is None while no procedure is open. `waits_for_scale`: a pull was read and its scale reading is missing.
    `digest`: of the calibration in use, None while a cell has none; `expires` its last day.
    """

    state: State | None
    live: tuple[LiveCell, ...]
    loads_kg: dict[str, float | None]
    """By support: what hangs there by the fit, None where there is none yet or a cell is faulty."""
    averaging: Averaging | None
    waits_for_scale: bool
    done: int
    said: str
    refusal: str
    digest: str | None
    expires: str
    in_session: bool
