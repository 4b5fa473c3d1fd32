"""What crosses the socket, the page, MQTT and the tape: commands in, events and snapshots out.

One law: frozen, and encoded the same everywhere (`encode`): JSON with sorted keys, floats that read back to the bit,
null for unknown, never NaN. Times `*_us` are the host's monotonic microseconds; who sends adds the wall clock.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from bard.client.estimate import BodyKg, LimitKg
from bard.weigh.calibration import Calibration


def known(value_kg: float) -> float | None:
    """None for NaN."""
    return value_kg if value_kg == value_kg else None


class StartSession(Struct, frozen=True, tag="start_session", forbid_unknown_fields=True):
    """Begin to watch. There is no default for body weight and limit."""

    body_weight_kg: BodyKg
    limit_kg: LimitKg
    near_kg: LimitKg | None = None
    critical_kg: LimitKg | None = None


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


class SetCalibration(Struct, frozen=True, tag="set_calibration", forbid_unknown_fields=True):
    """Use this calibration. Refused in a session."""

    calibration: Calibration


Command = StartSession | StopSession | StepDown | Pause | Acknowledge | PauseAudio | SetCalibration
"""What the core takes; each goes onto the tape with its origin."""


class ConditionChanged(Struct, frozen=True, tag="condition"):
    """A condition went from `was` to `state`, or called anew (both the same). `by` is who acknowledged."""

    at_us: int
    id: str
    state: str
    was: str
    priority: str
    meaning: str
    subjects: tuple[str, ...]
    value_kg: float | None
    limit_kg: float | None
    phase: str
    by: str


class PhaseChanged(Struct, frozen=True, tag="phase"):
    """Who is on the client, and what told so."""

    at_us: int
    phase: str
    was: str
    why: str


class SignalChanged(Struct, frozen=True, tag="signal"):
    """Another signal plays: pattern numbers of alarms 4, and the condition that won."""

    at_us: int
    vibrator: int
    buzzer: int
    condition: str


class SessionStarted(Struct, frozen=True, tag="session_started"):
    """A session runs, with these numbers."""

    at_us: int
    body_weight_kg: float
    limit_kg: float
    near_kg: float
    critical_kg: float
    notes: tuple[str, ...]
    """What the therapist must know about this session, in words."""


class SessionEnded(Struct, frozen=True, tag="session_ended"):
    """The session that began at `started_us` is over."""

    at_us: int
    started_us: int


class BoardChanged(Struct, frozen=True, tag="board"):
    """A board said hello, was lost, streams again or its guard acted; `detail` in words."""

    at_us: int
    board: str
    what: str
    detail: str


class Calibrated(Struct, frozen=True, tag="calibrated"):
    """Another calibration is in use."""

    at_us: int
    digest: str
    cells: tuple[str, ...]


class Done(Struct, frozen=True, tag="done"):
    """A command was carried out, or refused with `refusal` saying what would make it possible."""

    at_us: int
    command: str
    origin: str
    refusal: str | None


Event = (
    ConditionChanged | PhaseChanged | SignalChanged | SessionStarted | SessionEnded | BoardChanged | Calibrated | Done
)


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


class SupportSnapshot(Struct, frozen=True):
    """One bar, rope, pole or strap point; unknown where any of its cells is."""

    name: str
    load_kg: float | None
    cells: tuple[CellSnapshot, ...]


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


class SessionSnapshot(Struct, frozen=True):
    """The running session's numbers."""

    body_weight_kg: float
    limit_kg: float
    near_kg: float
    critical_kg: float
    started_us: int


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


Message = Event | Snapshot
_encoder = msgspec.json.Encoder(order="sorted")
encode = _encoder.encode
"""Any message as one line of JSON, without the line end."""
decode = msgspec.json.Decoder(Message).decode
decode_command = msgspec.json.Decoder(Command).decode
