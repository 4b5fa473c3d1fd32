"""What makes counts into kg: a zero and a signed span per cell.

One law: a cell without a calibration has no load. It knows no file (bard.config.calibration_file) and no procedure
(bard.commission).
"""

import hashlib
from typing import Annotated

import msgspec
from msgspec import Meta, Struct


class CellCalibration(Struct, frozen=True, forbid_unknown_fields=True):
    """`load_kg = (counts - zero_counts) / counts_per_kg`; a span below 0 is a cell wired the other way."""

    zero_counts: Annotated[float, Meta(ge=-(2**23), le=2**23)]
    counts_per_kg: Annotated[float, Meta(ge=-1e6, le=1e6)]

    def __post_init__(self) -> None:
        if abs(self.counts_per_kg) < 1:
            raise ValueError(f"counts_per_kg {self.counts_per_kg}; allowed: 1 to 1e6, either sign")


class Calibration(Struct, frozen=True, forbid_unknown_fields=True):
    """Calibrations by cell key (`board/channel`); `made` is wall-clock text for people."""

    cells: dict[str, CellCalibration] = {}
    zeros: dict[str, Annotated[float, Meta(ge=-(2**23), le=2**23)]] = {}
    """Counts at zero of cells that have no span yet."""
    made: str = ""
    expires: Annotated[str, Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?\Z")] = ""
    """The last day on which it counts, as YYYY-MM-DD; empty: it does not expire."""
    span_u_fraction: Annotated[float, Meta(ge=0, le=1)] | None = None
    """Relative standard uncertainty of the spans, shared by all loads; None: nobody worked it out."""

    @property
    def digest(self) -> str:
        """Twelve hex digits that change with any number in it."""
        plain = msgspec.to_builtins(self)
        if self.span_u_fraction is None:
            del plain["span_u_fraction"]  # so that calibrations of before it was known keep their digest
        return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()[:12]


NONE = Calibration()
"""No cell calibrated: every load is unknown."""
