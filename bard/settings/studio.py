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
    end_idle_min: Annotated[float, Meta(ge=0, le=1_440)] = 30.0
    """A session ends by itself when nobody was on and the bars were free for so long; 0: never."""
