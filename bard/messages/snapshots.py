"""Snapshots: the room at one row, the same for page, terminal and MQTT."""

from msgspec import Struct

from bard.messages.events import SessionNumbers


class CellSnapshot(Struct, frozen=True):
    """One cell. `state` in one word, `words` for people; `gated` of the last `gate_window` conversions."""

    name: str
    key: str
    load_kg: float | None
    counts: int | None
    state: str
    words: str
    gated: int
    conversions: int
    rate_hz: float | None = None
    """Conversions a second, over the last seconds."""
    noise_kg: float | None = None
    """Standard deviation of one conversion at rest."""
    drift_kg: float | None = None
    """The working zero, from the reference zero."""
    warnings: tuple[str, ...] = ()
    """What an installer should look at, in words; none of it makes the load unknown."""


class SupportSnapshot(Struct, frozen=True):
    """One bar, rope, pole or strap point; unknown where any of its cells is."""

    name: str
    load_kg: float | None
    cells: tuple[CellSnapshot, ...]
    share: float | None = None
    """Of the bar load, where that is enough to tell."""
    warnings: tuple[str, ...] = ()


class BoardSnapshot(Struct, frozen=True):
    """One board and its link."""

    name: str
    state: str
    firmware: str
    uid: str
    frames_good: int
    frames_bad: int
    frames_missed: int
    late: int
    presence: bool | None
    vibrator: bool
    buzzer: bool
    warnings: tuple[str, ...] = ()


class AlarmSnapshot(Struct, frozen=True):
    """One condition that holds or is latched."""

    id: str
    state: str
    priority: str
    meaning: str
    subjects: tuple[str, ...]
    since_us: int
    value_kg: float | None
    limit_kg: float | None
    u_kg: float | None
    """Expanded uncertainty of a client load; null for other values."""


class SessionSnapshot(SessionNumbers, frozen=True, kw_only=True):
    """The running session's numbers; `zones` with their limits; `id` is random."""

    started_us: int
    zones: dict[str, float]
    id: str = ""


class ZeroSnapshot(Struct, frozen=True):
    """The working zero. kg of all bars: `total_kg` from the reference zero; `offset_kg` what free quiet bars last read
    and nobody could explain. `age_s`: since bars were last seen free and quiet; null: not since bard started."""

    total_kg: float
    offset_kg: float
    age_s: float | None
    moved: bool


class WeighInSnapshot(Struct, frozen=True):
    """A weigh-in that runs: what it waits for, and the weight once there is one."""

    words: str
    kg: float | None


class Snapshot(Struct, frozen=True, tag="snapshot"):
    """The room at one row: the same for page, terminal and MQTT.

    Loads are the slow path's unless named fast. `client_load_kg` is null with no session, in phase `off`, and while
    the bar load is unknown.
    """

    at_us: int
    station: str
    session: SessionSnapshot | None
    phase: str
    phase_since_us: int
    client_load_kg: float | None
    client_load_fast_kg: float | None
    u_kg: float | None
    """Expanded uncertainty (k = 2) of `client_load_kg`; null where that is."""
    u_fast_kg: float | None
    bar_load_kg: float | None
    bar_load_fast_kg: float | None
    supports: tuple[SupportSnapshot, ...]
    boards: tuple[BoardSnapshot, ...]
    alarms: tuple[AlarmSnapshot, ...]
    vibrator: int
    buzzer: int
    signal_of: str
    audio_paused_s: float
    calibration: str | None
    """Digest, or null while a cell has none."""
    zero: ZeroSnapshot
    weigh_in: WeighInSnapshot | None
    hung_kg: float | None
    """The weight of the last weigh-in, while it is fresh."""
