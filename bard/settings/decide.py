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
    borne_us: Annotated[int, Meta(ge=0, le=200_000)] = 30_000
    """What the bars carry for less than this is no load to fall from, nor one that is regained (two wrong readings)."""
    least_kg: Annotated[float, Meta(ge=-200, le=0)] = -40.0
    most_kg: Annotated[float, Meta(ge=100, le=2_000)] = 600.0
    """Bars that read less or more than these are read wrongly (a wire that breaks hums): no load to fall from or to."""
    shown_us: Annotated[int, Meta(ge=100_000, le=60_000_000)] = 2_500_000
    """A fall is shown for so long at most: one burst of the high signal."""

    def __post_init__(self) -> None:
        if self.small_fall_kg > self.fall_kg:
            raise ValueError(f"small_fall_kg {self.small_fall_kg} must not be above fall_kg {self.fall_kg}")


class WeighInSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Hanging on the bars to be weighed (estimate, section 5)."""

    hang_us: Annotated[int, Meta(ge=1_000_000, le=30_000_000)] = 3_000_000
    sd_kg: Annotated[float, Meta(gt=0, le=5)] = 0.5
    """Who moves more than this while hanging is not weighed (standard deviation of the slow bar load)."""
    least_kg: PositiveKg = 20.0
    """Less than this is nobody hanging."""
    wait_us: Annotated[int, Meta(ge=10_000_000, le=600_000_000)] = 60_000_000
    """It ends by itself when nobody has hung for this long, and this long after somebody first did."""
    free_us: Annotated[int, Meta(ge=500_000, le=30_000_000)] = 2_000_000
    """It ends when the bars have been free for this long."""
    apart_kg: PositiveKg = 2.0
    """A typed weight farther than this from the hung one is asked about."""
    above_body_kg: PositiveKg = 5.0
    """Bars that carry this much more than the body weighs are not what was calibrated, or the weight is wrong."""
    fresh_s: Annotated[float, Meta(ge=60, le=86_400)] = 3_600.0
    """A weigh-in before a session counts for it for so long."""


class GestureSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Two tugs on the bars acknowledge (estimate, section 4; bench/gesture measures what these numbers do)."""

    enabled: bool = False
    after_load_us: Annotated[int, Meta(ge=0, le=60_000_000)] = 2_000_000
    """No gesture while a load condition holds, nor for so long after: who pulls then answers the alarm."""
    tug_least_kg: Annotated[float, Meta(ge=3, le=50)] = 6.0
    """How far a tug rises above the bar load before it, at least..."""
    tug_most_kg: Annotated[float, Meta(ge=3, le=200)] = 40.0
    """... and at most. What is above is a catch or a jump, and no signal of a hand."""
    tug_least_us: Annotated[int, Meta(ge=20_000, le=1_000_000)] = 60_000
    """From the last row below half of it (of `tug_least_kg` for the first) until it is back."""
    tug_most_us: Annotated[int, Meta(ge=50_000, le=2_000_000)] = 350_000
    """What rises and falls more slowly is rocking or a stroke: half a turn of them at 1.5 Hz is about so long."""
    gap_least_us: Annotated[int, Meta(ge=100_000, le=2_000_000)] = 250_000
    """From the top of the first tug to the top of the second."""
    gap_most_us: Annotated[int, Meta(ge=200_000, le=3_000_000)] = 900_000
    alike_share: Annotated[float, Meta(ge=0.5, le=1)] = 0.6
    """The smaller of the two has at least this share of the larger one's size."""
    near_share: Annotated[float, Meta(ge=0.05, lt=0.5)] = 0.4
    """Before and after the tugs, and back from them, the load is within this share of the first one's size of where it
    began: what sways by 4 kg wants tugs of 10."""
    median_rows: Annotated[int, Meta(ge=1, le=15)] = 7
    """The load is the median of so many rows: a poor link's wrong readings, two in a row, last three."""
    foot_us: Annotated[int, Meta(ge=50_000, le=1_000_000)] = 200_000
    """Where a tug began is the slow bar load so long before it was seen to rise."""
    before_us: Annotated[int, Meta(ge=200_000, le=10_000_000)] = 1_000_000
    """Calm for so long before the first tug..."""
    after_us: Annotated[int, Meta(ge=200_000, le=10_000_000)] = 1_000_000
    """... and after the second, when two tugs have become a gesture. Not below `gap_most_us`: a third undoes two."""
    rhythm_kg: Annotated[float, Meta(ge=0.5, le=50)] = 2.0
    """A bar load that swings by more than this, peak to peak, at the periods below, is rocked: no gesture."""
    rhythm_least_us: Annotated[int, Meta(ge=100_000, le=5_000_000)] = 400_000
    """0.5 to 2 Hz, with a fifth to spare below, a tenth above, for a rhythm a body keeps."""
    rhythm_most_us: Annotated[int, Meta(ge=200_000, le=10_000_000)] = 2_200_000
    rhythm_swings: Annotated[int, Meta(ge=2, le=20)] = 4
    """So many swings, up or down, each half a period long, one after the other, are a rhythm..."""
    rhythm_uneven: Annotated[float, Meta(ge=1, le=10)] = 2.0
    """... where none lasts longer than this many times another: mere sway is less even."""

    def __post_init__(self) -> None:
        for least, most in (
            ("tug_least_kg", "tug_most_kg"),
            ("tug_least_us", "tug_most_us"),
            ("gap_least_us", "gap_most_us"),
            ("rhythm_least_us", "rhythm_most_us"),
            ("gap_most_us", "after_us"),
        ):
            low, high = getattr(self, least), getattr(self, most)
            if low > high:
                raise ValueError(f"{least} {low} must not be above {most} {high}")


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
