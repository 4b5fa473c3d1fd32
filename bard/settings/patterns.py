"""The one table of rhythms (alarms, section 4); firmware, twin and outputs take theirs from it."""

from msgspec import Struct


class Rhythm(Struct, frozen=True):
    """On/off times in ms, beginning with on, repeated every `period_ms`, which is longer; 0 plays once."""

    on_off_ms: tuple[int, ...]
    period_ms: int

    def __post_init__(self) -> None:
        if min(self.on_off_ms, default=0) <= 0:
            raise ValueError(f"on_off_ms {self.on_off_ms}; allowed: one or more, each above 0")
        if self.period_ms and self.period_ms <= sum(self.on_off_ms):
            raise ValueError(f"period_ms {self.period_ms} must be above {sum(self.on_off_ms)}, the sum of on_off_ms")

    @property
    def once_us(self) -> int | None:
        """How long it plays in all; None for ever."""
        return None if self.period_ms else 1000 * sum(self.on_off_ms)

    def is_on(self, since_us: int) -> bool:
        """Whether it is in an on-time `since_us` microseconds after it began."""
        return self._part(since_us)[0]

    def next_change_us(self, since_us: int) -> int | None:
        """When it next goes on or off after `since_us`, counted alike; None: never again."""
        on, until_us = self._part(since_us)
        if until_us is not None and not on and not self.is_on(until_us):  # on_off_ms that ends with off
            _, until_us = self._part(until_us)
        return until_us

    def _part(self, since_us: int) -> tuple[bool, int | None]:
        """Whether it is on, and when that part ends; None: never."""
        if since_us < 0:
            return False, 0
        period_us = 1000 * self.period_ms
        until_us = since_us - since_us % period_us if period_us else 0
        next_us = until_us + period_us if period_us else None
        on = True
        for length_ms in self.on_off_ms:
            until_us += 1000 * length_ms
            if since_us < until_us:
                return on, until_us
            on = not on
        return False, next_us


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
