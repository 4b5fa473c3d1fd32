"""Every tunable, frozen, with its unit in its name and its bounds in its type.

One law: nothing below the shell reads a number that is not here or in a file a person wrote. Bounds are checked
when a value enters (`bard.config`, a command); this module knows no file and no key's place in one.
Values marked * in the design are starting values measured on the recordings in tests/data.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,31}\Z")]
Fraction = Annotated[float, Meta(ge=0, le=1)]
PositiveKg = Annotated[float, Meta(gt=0, le=500)]
ChannelNumber = Annotated[int, Meta(ge=0, le=7)]


class CellSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One load cell: the board it hangs on and its channel there."""

    board: Name
    channel: ChannelNumber

    @property
    def key(self) -> str:
        """What a calibration knows this cell by: `board/channel`."""
        return f"{self.board}/{self.channel}"


class SupportSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A bar, rope, pole or strap point, with one or more cells."""

    name: Name
    cells: Annotated[tuple[CellSettings, ...], Meta(min_length=1, max_length=8)]
    kind: Literal["bar", "rope", "pole", "strap"] = "bar"


class BoardSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One Arduino. `port` is a device path, sim://, recording://, replay:// or a pyserial URL."""

    name: Name
    port: Annotated[str, Meta(min_length=1)]
    baud: Literal[500000, 115200] | None = None
    allow_10_sps: bool = False
    presence: bool = False
    """A table mat or switch is wired to this board's presence input."""
    vibrator: bool = True
    buzzer: bool = True


class RoomSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What hangs in the room. Each cell belongs to one support; each board it names exists."""

    boards: Annotated[tuple[BoardSettings, ...], Meta(min_length=1, max_length=4)]
    supports: Annotated[tuple[SupportSettings, ...], Meta(min_length=1, max_length=16)]
    station: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}\Z")] = "room"

    def __post_init__(self) -> None:
        board_names = [board.name for board in self.boards]
        _no_twice("board name", board_names)
        _no_twice("board port", [board.port for board in self.boards])
        _no_twice("support name", [support.name for support in self.supports])
        _no_twice("cell", [cell.key for cell in self.cells])
        for cell in self.cells:
            if cell.board not in board_names:
                raise ValueError(f"cell {cell.key}: no board {cell.board!r}; allowed: {', '.join(board_names)}")
        if sum(board.presence for board in self.boards) > 1:
            raise ValueError("presence is wired to more than one board; allowed: one")

    @property
    def cells(self) -> tuple[CellSettings, ...]:
        """All cells in the order of the supports: the order of every per-cell array in bard."""
        return tuple(cell for support in self.supports for cell in support.cells)

    @property
    def cell_names(self) -> tuple[str, ...]:
        """What a person calls each cell, in the order of `cells`: `left bar, cell 2`."""
        return tuple(
            f"{support.name}, cell {number}"
            for support in self.supports
            for number, _ in enumerate(support.cells, start=1)
        )


def _no_twice(what: str, values: list[str]) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise ValueError(f"{what} {value!r} is used twice; allowed: once each")


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


class CoreSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """All that the pure core takes; written at the head of every tape."""

    room: RoomSettings
    wire: WireSettings = WireSettings()
    weigh: WeighSettings = WeighSettings()
    phase: PhaseSettings = PhaseSettings()
    alarm: AlarmSettings = AlarmSettings()


class MqttSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The broker. The password is read from a file, never from a command line."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    user: str | None = None
    password_file: str | None = None
    tls: bool = False
    ca_file: str | None = None
    keepalive_s: Annotated[int, Meta(ge=5, le=600)] = 10


class ControlSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The local socket."""

    socket: str = "/run/bard/control.sock"


class JournalSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where tapes and the calibration live."""

    directory: str = "/var/lib/bard"
    tape: bool = True
    tapes_keep_mb: Annotated[int, Meta(ge=10, le=1_000_000)] = 2_000
    """The oldest tapes go when there are more."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All of a configuration file."""

    core: CoreSettings
    control: ControlSettings = ControlSettings()
    journal: JournalSettings = JournalSettings()
    mqtt: MqttSettings | None = None
    terminal: bool = True


class Rhythm(Struct, frozen=True):
    """On/off times in ms, beginning with on, repeated every `period_ms`; 0 plays once."""

    on_off_ms: tuple[int, ...]
    period_ms: int


class Pattern(Struct, frozen=True):
    """What one signal number does on a vibrator and on a buzzer; None is silence."""

    number: int
    name: str
    vibrator: Rhythm | None
    buzzer: Rhythm | None


_HALF = (100, 80, 100, 80, 100, 200, 100, 80, 100)
_MEDIUM = Rhythm((150, 150, 150, 150, 150), 3_250)
_HIGH = Rhythm((*_HALF, 500, *_HALF), 4_880)
_SELF_TEST = Rhythm((40, 160, 150, 150, 100, 80, 100, 220, 400, 100), 0)
_NOT_MONITORED = Rhythm((400,), 5_000)

PATTERNS: tuple[Pattern, ...] = (
    Pattern(0, "off", None, None),
    Pattern(1, "cue 1", Rhythm((40,), 1_600), None),
    Pattern(2, "cue 2", Rhythm((40,), 1_000), None),
    Pattern(3, "cue 3", Rhythm((40,), 600), None),
    Pattern(4, "cue 4", Rhythm((40,), 300), None),
    Pattern(5, "low", Rhythm((200,), 16_000), Rhythm((200, 200, 200), 0)),
    Pattern(6, "medium", _MEDIUM, _MEDIUM),
    Pattern(7, "high", _HIGH, _HIGH),
    Pattern(8, "self-test", _SELF_TEST, _SELF_TEST),
    Pattern(9, "not monitored", _NOT_MONITORED, _NOT_MONITORED),
)
"""The one table of rhythms (alarms, section 4); firmware, twin and outputs take theirs from it."""
