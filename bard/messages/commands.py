"""Commands: what the core takes from people, pedals, brokers and the daemon."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from bard.alarm.facts import Around
from bard.client.estimate import BodyKg, BodyUKg, LimitKg, Strains, Zones
from bard.client.uncertainty import Basis
from bard.settings import Name, SessionId
from bard.weigh.calibration import Calibration

Words = Annotated[str, Meta(max_length=200)]
DailyAnswer = Literal["good", "look", "stop", "not done"]


class StartSession(Struct, frozen=True, tag="start_session", forbid_unknown_fields=True):
    """Begin to watch. There is no default for the limit; body weight null: the weight hung in a fresh weigh-in.

    `zones` are named parts of the client with a lower limit of their own. `cue` false: this therapist wants no ticks
    below the limit. `session` is the random id under which it
    is kept; the daemon gives one where it is empty.
    """

    body_weight_kg: BodyKg | None
    limit_kg: LimitKg
    near_kg: LimitKg | None = None
    critical_kg: LimitKg | None = None
    zones: Zones = {}
    sustained_kg: LimitKg | None = None
    sustained_s: Annotated[float, Meta(gt=0, le=3600)] | None = None
    rate_kg_s: Annotated[float, Meta(gt=0, le=2000)] | None = None
    session: SessionId = ""
    cue: bool = True
    hung: bool = True
    """False: the last weigh-in was somebody else's, and is forgotten."""
    body_u_kg: BodyUKg | None = None
    """Standard uncertainty of the typed weight where it is stated; the larger of it and the settings' counts."""


class StopSession(Struct, frozen=True, tag="stop_session", forbid_unknown_fields=True):
    """End the session."""


class StepDown(Struct, frozen=True, tag="step_down", forbid_unknown_fields=True):
    """Nobody is on the client any more."""


class Pause(Struct, frozen=True, tag="pause", forbid_unknown_fields=True):
    """Like a step-down; ends by itself when the bars are taken."""


class Acknowledge(Struct, frozen=True, tag="acknowledge", forbid_unknown_fields=True):
    """Acknowledge one condition, or all."""

    condition: str | None = None


class PauseAudio(Struct, frozen=True, tag="pause_audio", forbid_unknown_fields=True):
    """Silence what sounds now for some seconds; vibration goes on, and whatever is new sounds."""

    seconds: Annotated[float, Meta(gt=0, le=30)] = 30.0


class WeighIn(Struct, frozen=True, tag="weigh_in", forbid_unknown_fields=True):
    """Begin a weigh-in: hang on the bars, both feet off. With `on` false: leave it."""

    on: bool = True


class SetBodyWeight(Struct, frozen=True, tag="set_body_weight", forbid_unknown_fields=True):
    """The therapist's weight typed anew in a session; null: the hung one is right, the typed one was wrong."""

    body_weight_kg: BodyKg | None


class SetZone(Struct, frozen=True, tag="set_zone", forbid_unknown_fields=True):
    """The part of the client that is worked on; null: none with a limit of its own.

    `only_lower`: refused where it would raise the limit.
    """

    zone: Name | None
    only_lower: bool = False


class SetLimit(Struct, frozen=True, tag="set_limit", forbid_unknown_fields=True):
    """Other limits for the running session. To raise one, say who decided it and why."""

    limit_kg: LimitKg
    near_kg: LimitKg | None = None
    critical_kg: LimitKg | None = None
    who: Words = ""
    why: Words = ""


class Inspected(Struct, frozen=True, tag="inspected", forbid_unknown_fields=True):
    """An installer has looked at an overloaded support and found it fit for use."""

    support: Name
    who: Annotated[str, Meta(min_length=1, max_length=200)]


class Verified(Struct, frozen=True, tag="verified", forbid_unknown_fields=True):
    """A verification of this support found its calibration to hold, or not: `refused` says so. From the daemon only."""

    support: Name
    refused: Words = ""


class Noticed(Struct, frozen=True, tag="noticed", forbid_unknown_fields=True):
    """Somebody was asked whether an output's self-test was felt or heard."""

    output: Annotated[str, Meta(min_length=1, max_length=80)]
    noticed: bool
    who: Words = ""


class DailyCheck(Struct, frozen=True, tag="daily_check", forbid_unknown_fields=True):
    """The day's one-minute check was made, and came to this (bard.commission.daily).

    `free_kg`: the free bars, from the installer's zero. `apart_kg`: hung weight less given weight; neither is kept.
    `missed`: outputs whose self-test nobody felt or heard. null: not looked at.
    """

    answer: DailyAnswer
    free_kg: Annotated[float, Meta(ge=-1000, le=1000)] | None = None
    apart_kg: Annotated[float, Meta(ge=-500, le=500)] | None = None
    missed: Annotated[tuple[Annotated[str, Meta(max_length=80)], ...], Meta(max_length=32)] | None = None
    who: Words = ""


class Rezero(Struct, frozen=True, tag="rezero", forbid_unknown_fields=True):
    """The bars are free: what they read now is the working zero. Refused while somebody may be on the client."""


class SetCalibration(Struct, frozen=True, tag="set_calibration", forbid_unknown_fields=True):
    """Use this calibration. Refused in a session. From the daemon only."""

    calibration: Calibration


class Report(Struct, frozen=True, tag="report", forbid_unknown_fields=True):
    """What ails the parts around the core. From the daemon only."""

    around: Around


class SavedAlarm(Struct, frozen=True):
    """A condition that is shown. Ages: in this state, and since it last began to call."""

    id: str
    state: str
    priority: int
    age_us: int
    called_us: int


class SavedHung(Struct, frozen=True):
    """A weigh-in, and how long ago it was."""

    kg: float
    sd_kg: float
    age_us: int


class SavedZero(Struct, frozen=True):
    """The working zero by cell key, what nobody could explain, and how long ago that was looked at."""

    zero_kg: dict[str, float]
    offset_kg: float
    age_us: int
    checked: bool
    """It was looked at since bard started; otherwise `age_us` is a guess on the safe side."""


class SavedSession(Struct, frozen=True):
    """A running session: its numbers as they were given, and the phase it was in."""

    body_weight_kg: float
    basis: Basis
    typed_kg: float | None
    mismatch_kg: float | None
    """The hung weight that the typed one was too far from, unanswered yet."""
    limit_kg: float
    near_kg: float | None
    critical_kg: float | None
    zones: Zones
    zone: str | None
    age_us: int
    phase: str
    strains: Strains = Strains()
    id: SessionId = ""
    cue: bool = True
    body_u_kg: float | None = None


class Restore(Struct, frozen=True, tag="restore", forbid_unknown_fields=True):
    """What an earlier core knew, given to a fresh one before anything else. From the daemon only.

    Somebody who was on the client comes back as `released` while the bars are free, never as `off`.
    """

    calibration: str
    """Digest of the calibration that the zero belongs to."""
    zero: SavedZero | None = None
    hung: SavedHung | None = None
    session: SavedSession | None = None
    alarms: tuple[SavedAlarm, ...] = ()
    to_inspect: dict[str, str] = {}
    doubted: dict[str, str] = {}
    """Supports whose calibration counts as expired since they carried more than they are rated for."""


Command = (
    StartSession
    | StopSession
    | StepDown
    | Pause
    | Acknowledge
    | PauseAudio
    | WeighIn
    | SetBodyWeight
    | SetZone
    | SetLimit
    | Rezero
    | Inspected
    | Verified
    | Noticed
    | DailyCheck
    | SetCalibration
    | Report
    | Restore
)
"""What the core takes; each goes onto the tape with its origin."""
FROM_THE_DAEMON = (SetCalibration, Verified, Report, Restore)
"""Commands that no client may give."""
