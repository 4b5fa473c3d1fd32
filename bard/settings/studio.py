"""What a studio decides about its people and sessions."""

from typing import Annotated

from msgspec import Meta, Struct


class StudioSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The studio's rules: names, the intake, what a session needs to begin, when a forgotten one ends."""

    names: bool = False
    """A client may have a name and notes beside the code. Off: nothing but the code is kept."""
    intake_file: str = "/etc/bard/intake.toml"
    """The questions asked before a client's first session."""
    intake_interval_days: Annotated[int, Meta(ge=1, le=3650)] = 180
    """... and again when the answers are older than this."""
    body_weight_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    """A therapist's body weight that is older than this is too old to begin with; a weigh-in makes it new."""
    zero_fresh_min: Annotated[float, Meta(gt=0, le=10_080)] = 60.0
    """Bars not seen free and still for so long are warned about before a session."""
    daily_check: bool = True
    """A day without its check (bard daily) is warned about before a session."""
    end_idle_min: Annotated[float, Meta(ge=0, le=1_440)] = 30.0
    """A session ends by itself when nobody was on and the bars were free for so long; 0: never."""


Days = Annotated[int, Meta(ge=0, le=36_500)]


class RetentionSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How many days each kind of record is kept; 0: for ever. What is older goes by itself, when no session runs."""

    tapes_days: Days = 0
    """The raw record of each session; the oldest also go by `journal.tapes_keep_mb`."""
    series_days: Days = 0
    """Ten values a second of each session; its statistics stay."""
    sessions_days: Days = 0
    """Sessions with all that is theirs: numbers, statistics, series, alarms, tapes, reports, and whose they were."""
    alarms_days: Days = 0
    """Alarms, in sessions and outside."""
    reports_days: Days = 0
    """Pages made of sessions."""
    intake_days: Days = 0
    """Clients' answers; a client whose answers went is asked anew."""

    @property
    def keeps_all(self) -> bool:
        """Nothing ever goes."""
        return self == RetentionSettings()
