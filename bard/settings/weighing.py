"""From bytes to the number: the grid, filters and health, zero, uncertainty.

Values marked * in the design are starting values measured on the recordings in tests/data.
"""

from typing import Annotated

from msgspec import Meta, Struct

from bard.settings.bounds import Fraction, PositiveKg


class WireSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The clock and the grid (protocol, last section)."""

    row_us: Annotated[int, Meta(ge=1_000, le=100_000)] = 10_000
    row_margin_us: Annotated[int, Meta(ge=0, le=10_000)] = 1_000
    row_close_after_us: Annotated[int, Meta(ge=1_000, le=200_000)] = 15_000
    board_silent_us: Annotated[int, Meta(ge=50_000, le=5_000_000)] = 400_000
    """A board that owes conversions and has sent no good frame for this long is lost."""
    board_status_us: Annotated[int, Meta(ge=1_000_000, le=10_000_000)] = 1_500_000
    """The same for a board whose every cell is reported faulty: it still sends a status each second."""
    board_absent_us: Annotated[int, Meta(ge=1_000_000, le=60_000_000)] = 3_000_000
    """A board never heard of since the start is absent after this long (bootloaders take 2 s)."""
    bad_frames_fraction: Fraction = 0.01
    """A board of whose frames this share was damaged in the last 10 s has a bad line."""
    bad_frames_least: Annotated[int, Meta(ge=1, le=1_000)] = 5


class WeighSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """From counts to bar load: filters and health (estimate, section 2)."""

    box_rows: Annotated[int, Meta(ge=1, le=200)] = 25
    gate_kg: Annotated[float, Meta(gt=0, le=50)] = 2.0
    gate_window: Annotated[int, Meta(ge=20, le=5_000)] = 400
    """Conversions over which the share of gated ones is taken: 5 s at 80 a second."""
    gate_fault_count: Annotated[int, Meta(ge=2, le=5_000)] = 20
    gate_warn_fraction: Fraction = 0.01
    rough_kg: Annotated[float, Meta(gt=0, le=50)] = 4.0
    """A second difference of three conversions above this is no human motion (mains hum, a flipping bit)."""
    rough_window: Annotated[int, Meta(ge=8, le=1_000)] = 64
    rough_fault_count: Annotated[int, Meta(ge=2, le=1_000)] = 26
    calm_kg: Annotated[float, Meta(gt=0, le=50)] = 0.2
    """The same bound while a cell is first proved: a newcomer that shakes is not believed (a slow beat of hum)."""
    restless_us: Annotated[int, Meta(ge=1_000_000, le=60_000_000)] = 5_000_000
    """A cell that has not been calm for `prove_us` by then is called noisy."""
    stale_us: Annotated[int, Meta(ge=20_000, le=1_000_000)] = 100_000
    stale_periods: Annotated[float, Meta(ge=1.5, le=20)] = 2.5
    stale_most_us: Annotated[int, Meta(ge=20_000, le=2_000_000)] = 280_000
    """2.5 periods of the slowest chip that is allowed (9 a second)."""
    stuck_us: Annotated[int, Meta(ge=100_000, le=10_000_000)] = 500_000
    prove_us: Annotated[int, Meta(ge=0, le=10_000_000)] = 1_000_000
    """A cell that was faulty, or has just come, shows this much good data before its load is known."""
    slow_rate_hz: Annotated[float, Meta(gt=0, le=100)] = 60.0
    """A channel slower than this is a board strapped for 10 a second (or broken)."""
    motion_rows: Annotated[int, Meta(ge=1, le=1_000)] = 100
    """The recent motion of the bar load is that of so many rows: 1 s."""
    noise_window: Annotated[int, Meta(ge=8, le=5_000)] = 200
    """Thirds of the conversions over which a cell's noise is taken: 7 s at 86 a second, known to 7 %."""
    noise_warn_kg: Annotated[float, Meta(gt=0, le=10)] = 0.1
    """Twice the scatter of a bad cell (450 counts at 10 000 counts a kg)."""
    drift_warn_kg: Annotated[float, Meta(gt=0, le=10)] = 0.5
    pushed_kg: Annotated[float, Meta(gt=0, le=50)] = 2.0
    """Bars, or one cell, that carry less than minus this are pushed up or wired backwards."""
    share_least_kg: PositiveKg = 20.0
    share_warn_fraction: Fraction = 0.03
    share_warn_us: Annotated[int, Meta(ge=1_000_000, le=3_600_000_000)] = 60_000_000
    """A support that carries less than that share of at least `share_least_kg` for so long is asked about."""


class ZeroSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """When the working zero may follow the bars, and how far (estimate, section 5)."""

    quiet_us: Annotated[int, Meta(ge=1_000_000, le=60_000_000)] = 5_000_000
    """The bars are free and quiet for this long before their zero is looked at."""
    quiet_sd_kg: Annotated[float, Meta(gt=0, le=1)] = 0.03
    """Bars nobody touches move less than this within a second, their cells' own noise left out.

    In the recordings a standing person never keeps below 0.043 for 5 s, a held load of 6.5 kg not below 0.086, one of
    two feet not below 0.15, a hand that works not below 0.4."""
    quiet_kg_per_s: Annotated[float, Meta(gt=0, le=0.1)] = 0.005
    """... and rise or fall no faster."""
    still_kg: Annotated[float, Meta(gt=0, le=100)] = 8.0
    """What is farther from the reference zero is a weight or a person, however still, and teaches nothing."""
    band_kg: Annotated[float, Meta(gt=0, le=2)] = 0.2
    """The zero follows within this of where it is; what is farther is told and counted as uncertainty."""
    rate_kg_per_s: Annotated[float, Meta(gt=0, le=0.001)] = 0.0005
    """No zero drifts faster: four cells of the largest kind that all warm up the same way (1.8 kg an hour)."""
    saved_us: Annotated[int, Meta(ge=0, le=600_000_000)] = 60_000_000
    """So much drift may come at once while free bars are watched; what comes faster is somebody's doing."""
    least_kg: Annotated[float, Meta(ge=0, le=0.1)] = 0.005
    """Less is not worth a change; where a mean scatters more than a quarter of it, four times its scatter is."""
    step_kg: Annotated[float, Meta(gt=0, le=2)] = 0.1
    step_us: Annotated[int, Meta(ge=100_000, le=10_000_000)] = 2_000_000
    """A change of `step_kg` within `step_us` is a hand or a towel: nothing follows until it is undone..."""
    visit_us: Annotated[int, Meta(ge=60_000_000, le=86_400_000_000)] = 3_600_000_000
    """... or has lasted this long: a bar that settled. What is heavier than `band_kg` is not followed then either."""
    most_kg: Annotated[float, Meta(gt=0, le=5)] = 1.0
    """The working zero stays within this of the installer's reference zero."""
    deadband_kg: Annotated[float, Meta(ge=0, le=1)] = 0.2
    """Bars that stand farther than `most_kg` are told until they are back by so much."""

    def __post_init__(self) -> None:
        if not self.deadband_kg < self.most_kg < self.still_kg:
            raise ValueError(
                f"deadband_kg {self.deadband_kg} must be below most_kg {self.most_kg}, "
                f"and that below still_kg {self.still_kg}"
            )


class UncertaintySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The budget, as standard uncertainties (estimate, section 3)."""

    body_kg: Annotated[float, Meta(ge=0, le=10)] = 0.5
    """Of a body weight that was typed in."""
    repeat_kg: Annotated[float, Meta(ge=0, le=10)] = 0.15
    """Of a weigh-in on the same cells."""
    span_fraction: Fraction = 0.007
    """Between mountings (simulator.md: 0.7 %)."""
    angle_kg: Annotated[float, Meta(ge=0, le=10)] = 0.5
    zero_kg: Annotated[float, Meta(ge=0, le=10)] = 0.3
    zero_kg_per_h: Annotated[float, Meta(ge=0, le=10)] = 0.2
    slow_motion_gain: Annotated[float, Meta(ge=0, le=10)] = 0.4
    """What the body's acceleration adds to the slow client load, for each kg by which the bar load moves."""
    fast_motion_gain: Annotated[float, Meta(ge=0, le=10)] = 1.2
    """The same on the fast path."""
    slow_motion_least_kg: Annotated[float, Meta(ge=0, le=10)] = 0.15
    """The body of who stands on a client moves at least so much, however still the bars are."""
    fast_motion_least_kg: Annotated[float, Meta(ge=0, le=10)] = 0.5
    work_kg: Annotated[float, Meta(ge=0, le=10)] = 0.8
    """... and so much for `work_us` after weight was moved by more than `work_motion_kg`: strokes show on no bar."""
    work_motion_kg: Annotated[float, Meta(gt=0, le=50)] = 2.0
    work_us: Annotated[int, Meta(ge=0, le=600_000_000)] = 30_000_000
    guard_band: Annotated[float, Meta(ge=0, le=3)] = 1.0
    """How much of the uncertainty at the limit is added to the load before it is judged."""
