"""The one table of rhythms (alarms, section 4); firmware, twin and outputs take theirs from it."""

from msgspec import Struct


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
