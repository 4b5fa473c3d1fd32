"""What an installer's procedure is made of: the steps that were taken, and what may be asked of it.

One law: a procedure is the list of its steps and nothing else; its state is derived from them
(`bard.commission.procedure`), so that an undo drops the last one and a resumed one reads them from a file. Nothing in
here is carried out.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from bard.commission.record import BoardRecord, Hold, Place, Reading, Source, SupportPlan, UKg

Text = Annotated[str, Meta(max_length=80)]
Purpose = Literal["calibrate", "verify"]


# Steps


class Began(Struct, frozen=True, tag="began", forbid_unknown_fields=True):
    """Who does what, with what. Times are wall-clock text; `at_s`: the same in seconds since 1970."""

    purpose: Purpose
    installer: str
    at: str
    at_s: float
    station: str
    boards: tuple[BoardRecord, ...]
    supports: Annotated[tuple[SupportPlan, ...], Meta(min_length=1)]
    temperature_c: float | None = None
    tolerance_fraction: Annotated[float, Meta(gt=0, le=0.02)] = 0.01
    months: Annotated[int, Meta(ge=1, le=60)] = 12


class CellCheck(Struct, frozen=True, forbid_unknown_fields=True):
    """One cell of free bars: conversions a second (None: not known yet), noise, and what it is known to have wrong."""

    key: str
    name: str
    rate_hz: float | None
    counts: float
    sd_counts: float
    warnings: tuple[str, ...] = ()


class Checked(Struct, frozen=True, tag="checked", forbid_unknown_fields=True):
    """Rate and noise of every cell were looked at."""

    cells: tuple[CellCheck, ...]


class Freed(Struct, frozen=True, tag="freed", forbid_unknown_fields=True):
    """The bars were free and still: a reading of each support."""

    readings: dict[str, Reading]


class Loaded(Struct, frozen=True, tag="loaded", forbid_unknown_fields=True):
    """A load hung on a support. `sources`: what the reading uses, as it was told."""

    support: str
    reading: Reading
    sources: tuple[Source, ...]
    hold: Hold | None = None
    verifies: bool = False


class Struck(Struct, frozen=True, tag="struck", forbid_unknown_fields=True):
    """A reading does not count."""

    number: int
    why: str


Step = Began | Checked | Freed | Loaded | Struck


class Journey(Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds."""

    steps: tuple[Step, ...] = ()


# What may be asked


class Look(Struct, frozen=True, tag="look", tag_field="do", forbid_unknown_fields=True):
    """Nothing but the state."""


class Begin(Struct, frozen=True, tag="begin", tag_field="do", forbid_unknown_fields=True):
    """Begin, for these supports or all. `anew`: in the place of one that was left.

    `capacity_kg`, `mv_per_v`: of each cell; `rated_kg`: by support, where the configuration has none.
    """

    installer: Annotated[str, Meta(min_length=1, max_length=80)]
    purpose: Purpose = "calibrate"
    supports: tuple[str, ...] = ()
    temperature_c: Annotated[float, Meta(ge=-40, le=85)] | None = None
    capacity_kg: Annotated[float, Meta(gt=0, le=50_000)] | None = None
    mv_per_v: Annotated[float, Meta(gt=0, le=10)] | None = None
    rated_kg: dict[str, Annotated[float, Meta(gt=0, le=2000)]] = {}
    expected_kg: Annotated[float, Meta(gt=0, le=500)] = 60.0
    tolerance_fraction: Annotated[float, Meta(gt=0, le=0.02)] = 0.01
    months: Annotated[int, Meta(ge=1, le=60)] = 12
    anew: bool = False


class Check(Struct, frozen=True, tag="check", tag_field="do", forbid_unknown_fields=True):
    """Read all cells of the free bars: rate and noise."""


class Free(Struct, frozen=True, tag="free", tag_field="do", forbid_unknown_fields=True):
    """Read all cells of the free bars: their zero."""


class Load(Struct, frozen=True, tag="load", tag_field="do", forbid_unknown_fields=True):
    """Read a support with a load on it. `hold`: for 30 s, to see it creep.

    `verifies`: the fit shall not see it. A pull without `shown_kg` waits for Shown when it was read. `u_kg` None: what
    is usual for such a reading.
    """

    support: str
    kind: Literal["weights", "scale", "hang"]
    sources: Annotated[tuple[Source, ...], Meta(min_length=1, max_length=20)]
    place: Place | None = None
    direction: Literal["", "up", "down"] = ""
    shown_kg: Annotated[float, Meta(ge=0, le=500)] | None = None
    u_kg: UKg | None = None
    hold: bool = False
    verifies: bool = False


class Shown(Struct, frozen=True, tag="shown", tag_field="do", forbid_unknown_fields=True):
    """What the scale showed during the pull that was just read."""

    kg: Annotated[float, Meta(ge=0, le=500)]


class Strike(Struct, frozen=True, tag="strike", tag_field="do", forbid_unknown_fields=True):
    """A reading shall not count."""

    number: int
    why: Text = "struck by the installer"


class Undo(Struct, frozen=True, tag="undo", tag_field="do", forbid_unknown_fields=True):
    """As if the last step had not been taken."""


class Stop(Struct, frozen=True, tag="stop", tag_field="do", forbid_unknown_fields=True):
    """Stop reading; a pull that waits for its scale reading is dropped."""


class Drop(Struct, frozen=True, tag="drop", tag_field="do", forbid_unknown_fields=True):
    """Forget the whole procedure; the calibration in use stays."""


class Accept(Struct, frozen=True, tag="accept", tag_field="do", forbid_unknown_fields=True):
    """Keep what came out, and use it from now on."""


class Revert(Struct, frozen=True, tag="revert", tag_field="do", forbid_unknown_fields=True):
    """Use a calibration of before again, by its digest."""

    digest: Annotated[str, Meta(min_length=3, max_length=64)]


Asked = Look | Begin | Check | Free | Load | Shown | Strike | Undo | Stop | Drop | Accept | Revert
