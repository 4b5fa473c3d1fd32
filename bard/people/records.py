"""What is kept of a therapist and of a client.

One law: a value whose checksum does not fit is `Damaged`, never a number: whoever wants to use it must ask first.
There is no default for a limit here or anywhere. It knows no file.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from bard.client.estimate import BodyKg, BodyUKg, BodyWeight, LimitKg, Strains, Zones, make_session
from bard.client.uncertainty import Basis
from bard.settings import AlarmSettings, Code, UncertaintySettings

Part = Literal["whole foot", "forefoot", "heel", "two feet"]
"""What of the therapist stands on the client."""
PARTS: tuple[Part, ...] = ("whole foot", "forefoot", "heel", "two feet")
AreaCm2 = Annotated[float, Meta(gt=0, le=2_000)]
Who = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(min_length=1, max_length=200)]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}\Z")]
Reply = Literal["no", "yes", "unsure"]
"""To one question of the intake. `unsure` counts as yes."""


class Damaged(Struct, frozen=True):
    """Something was kept here that is not what was written: changed outside of bard, or by a failing disk."""

    words: str


class LimitsGiven(Struct, frozen=True, forbid_unknown_fields=True):
    """What a practitioner allows for one client (kg on the client). Unset: near and critical by the settings' shares.

    `sustained_kg` for `sustained_s`, and `rate_kg_s`, are told where they are set; `zones` are lower limits by name.
    """

    limit_kg: LimitKg
    near_kg: LimitKg | None = None
    critical_kg: LimitKg | None = None
    sustained_kg: LimitKg | None = None
    sustained_s: Annotated[float, Meta(gt=0, le=3600)] | None = None
    rate_kg_s: Annotated[float, Meta(gt=0, le=2000)] | None = None
    zones: Zones = {}

    def check(self) -> None:
        """Raises UsageError for limits out of order, in the words of a session's start."""
        given = (self.limit_kg, self.near_kg, self.critical_kg)
        strains = Strains(self.sustained_kg, self.sustained_s, self.rate_kg_s)
        anybody = BodyWeight(self.limit_kg, Basis.TYPED)
        make_session(anybody, given, AlarmSettings(), UncertaintySettings(), 0, zones=self.zones, strains=strains)


class Limits(Struct, frozen=True):
    """... and who set it when (milliseconds since 1970)."""

    at_ms: int
    by: str
    given: LimitsGiven


class Weight(Struct, frozen=True):
    """A therapist's body weight with its standard uncertainty, on the day it was taken (`dated`, ISO)."""

    at_ms: int
    by: str
    kg: BodyKg
    u_kg: BodyUKg
    dated: Day
    basis: Literal["typed", "hung"]


class Intake(Struct, frozen=True):
    """A client's answers, by question id, and who asked when."""

    at_ms: int
    by: str
    answers: dict[str, Reply]


class Override(Struct, frozen=True):
    """A session that began although these answers (question ids) block one; who decided it, and why."""

    at_ms: int
    by: str
    session: str
    reason: str
    items: tuple[str, ...]


class SessionOf(Struct, frozen=True):
    """Whose session that was: codes, null where nobody was named or is kept any more."""

    session: str
    at_ms: int
    client: str | None
    therapist: str | None


class Therapist(Struct, frozen=True):
    """`contact_cm2` by part, where stated; `cue`: wants the ticks below the limit, null: has not said."""

    code: Code
    at_ms: int
    cue: bool | None
    weight: Weight | Damaged | None
    contact_cm2: dict[str, float] | Damaged


class Client(Struct, frozen=True):
    """`name` and `notes` only where the studio keeps them."""

    code: Code
    at_ms: int
    name: str | None
    notes: str | None
    limits: Limits | Damaged | None
    intake: Intake | Damaged | None
