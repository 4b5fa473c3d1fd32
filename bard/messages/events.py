"""Events: what happened in the core, row by row and command by command."""

from typing import Literal

from msgspec import Struct

from bard.client.uncertainty import Basis
from bard.messages.commands import DailyAnswer, DailyCheck, Noticed


class SessionNumbers(Struct, frozen=True):
    """What a session is watched by. The limits are the active zone's; `warn_kg` is where load_over begins."""

    body_weight_kg: float
    basis: Basis
    limit_kg: float
    near_kg: float
    critical_kg: float
    guard_kg: float
    zone: str | None = None

    @property
    def warn_kg(self) -> float:
        """The client load from which on the limit may be passed."""
        return self.limit_kg - self.guard_kg


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
    u_kg: float | None
    """The expanded uncertainty of a client load; null for other values."""
    guard_kg: float | None
    """What was added to the client load before it was judged; null without a session."""
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


class SessionStarted(Struct, frozen=True, tag="session_started", omit_defaults=True):
    """A session runs, with these numbers; `session` is its id, empty on tapes of before there was one."""

    at_us: int
    numbers: SessionNumbers
    notes: tuple[str, ...]
    """What the therapist must know about this session, in words."""
    session: str = ""


class SessionChanged(Struct, frozen=True, tag="session_changed"):
    """The running session has other numbers; `why` in words, `by` whom."""

    at_us: int
    numbers: SessionNumbers
    why: str
    by: str


class WeighInChanged(Struct, frozen=True, tag="weigh_in_changed"):
    """A weigh-in began, gave a weight, or ended; `words` for people. kg: null but for a weight."""

    at_us: int
    what: Literal["began", "weighed", "ended"]
    words: str
    kg: float | None = None
    sd_kg: float | None = None


class ZeroChanged(Struct, frozen=True, tag="zero_changed"):
    """The working zero is another: by cell key, in kg beyond the reference zero. `by_kg`: the change of the sum."""

    at_us: int
    zero_kg: dict[str, float]
    total_kg: float
    by_kg: float
    why: str


class SessionEnded(Struct, frozen=True, tag="session_ended", omit_defaults=True):
    """The session that began at `started_us` is over."""

    at_us: int
    started_us: int
    session: str = ""


class OutputTried(Struct, frozen=True, tag="output_tried"):
    """An output played the self-test and somebody was asked whether it was felt or heard."""

    at_us: int
    output: str
    noticed: bool
    who: str


class DailyChecked(Struct, frozen=True, tag="daily_checked"):
    """The day's check was made; fields as in the command `daily_check`."""

    at_us: int
    answer: DailyAnswer
    free_kg: float | None
    apart_kg: float | None
    missed: tuple[str, ...] | None
    who: str


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
    ConditionChanged
    | PhaseChanged
    | SignalChanged
    | SessionStarted
    | SessionChanged
    | SessionEnded
    | WeighInChanged
    | ZeroChanged
    | OutputTried
    | DailyChecked
    | BoardChanged
    | Calibrated
    | Done
)


def noted(command: Noticed | DailyCheck, at_us: int) -> OutputTried | DailyChecked:
    """What a person has found out, as an event."""
    if isinstance(command, Noticed):
        return OutputTried(at_us, command.output, command.noticed, command.who)
    return DailyChecked(at_us, command.answer, command.free_kg, command.apart_kg, command.missed, command.who)
