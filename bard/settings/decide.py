"""Who is on the client, what hands and feet may say, and when people are told."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from bard.settings.bounds import Fraction, PositiveKg


class PhaseSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is on the client (estimate, section 4)."""

    take_kg: PositiveKg = 4.0
    take_after_us: Annotated[int, Meta(ge=0, le=5_000_000)] = 500_000
    release_kg: PositiveKg = 2.5
    release_after_us: Annotated[int, Meta(ge=0, le=5_000_000)] = 500_000
    proven_on_us: Annotated[int, Meta(ge=0, le=60_000_000)] = 3_000_000
    proven_on_kg: PositiveKg = 10.0
    hands_off_us: Annotated[int, Meta(ge=0, le=60_000_000)] = 10_000_000
    step_down_grace_us: Annotated[int, Meta(ge=0, le=60_000_000)] = 3_000_000
    """After a step-down or a pause, bars that were never let go count as taken again after this long."""
    step_down_after_s: Annotated[float, Meta(ge=5, le=3600)] | None = None
    """End `released` by itself after this long. Unset: never."""

    def __post_init__(self) -> None:
        if self.release_kg >= self.take_kg:
            raise ValueError(f"release_kg {self.release_kg} must be below take_kg {self.take_kg}")


class ReleaseSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The fall of the bar load that is a slip or a lost grip (estimate, section 6)."""

    fall_kg: PositiveKg = 20.0
    fall_within_us: Annotated[int, Meta(ge=20_000, le=1_000_000)] = 100_000
    small_fall_kg: PositiveKg = 15.0
    small_fall_share: Fraction = 0.5
    """... where no more than this is left of what the bars carried `before_us` ago."""
    before_us: Annotated[int, Meta(ge=20_000, le=1_000_000)] = 200_000
    after_on_us: Annotated[int, Meta(ge=0, le=5_000_000)] = 500_000
    """A fall counts for so long after `on` was left."""


class WeighInSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Hanging on the bars to be weighed (estimate, section 5)."""

    hang_us: Annotated[int, Meta(ge=1_000_000, le=30_000_000)] = 3_000_000
    sd_kg: Annotated[float, Meta(gt=0, le=5)] = 0.5
    """Who moves more than this while hanging is not weighed."""
    free_us: Annotated[int, Meta(ge=500_000, le=30_000_000)] = 2_000_000
    """It ends when the bars have been free for this long."""
    apart_kg: PositiveKg = 2.0
    """A typed weight farther than this from the hung one is asked about."""
    fresh_s: Annotated[float, Meta(ge=60, le=86_400)] = 3_600.0
    """A weigh-in before a session counts for it for so long."""


class GestureSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Two tugs on the bars acknowledge (estimate, section 4)."""

    enabled: bool = False


class PedalSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a foot on the pedal does."""

    action: Literal["acknowledge", "next_zone", "step_down"] = "acknowledge"
    hold_us: Annotated[int, Meta(ge=100_000, le=5_000_000)] = 1_000_000
    """How long the pedal is held for a step-down."""


class AlarmSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Limits' shares and the times people meet (alarms, 2 to 4); delays of a condition are in bard.alarm.conditions."""

    near_fraction: Annotated[float, Meta(gt=0, lt=1)] = 0.85
    critical_fraction: Annotated[float, Meta(gt=1, le=3)] = 1.25
    critical_least_kg: Annotated[float, Meta(ge=0, le=100)] = 5.0
    sound_delay_us: Annotated[int, Meta(ge=0, le=10_000_000)] = 2_000_000
    realarm_load_us: Annotated[int, Meta(ge=1_000_000, le=600_000_000)] = 15_000_000
    realarm_other_us: Annotated[int, Meta(ge=1_000_000, le=600_000_000)] = 120_000_000
    latched_reminder_us: Annotated[int, Meta(ge=1_000_000, le=60_000_000)] = 10_000_000
    audio_pause_s: Annotated[float, Meta(gt=0, le=30)] = 30.0
    cue: bool = True
    """Ticks below the limit, like a parking sensor."""
    not_watching_kg: PositiveKg = 4.0
    bars_never_taken_us: Annotated[int, Meta(ge=10_000_000, le=3_600_000_000)] = 180_000_000
    hands_off_escalate_us: Annotated[int, Meta(ge=0, le=60_000_000)] = 3_000_000
    beat_us: Annotated[int, Meta(ge=50_000, le=500_000)] = 250_000
    refresh_deadline_us: Annotated[int, Meta(ge=200_000, le=5_000_000)] = 1_000_000
    """An output not refreshed for this long plays "not monitored" by itself."""
