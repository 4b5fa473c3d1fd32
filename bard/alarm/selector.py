"""The winner: which one signal plays, from all conditions.

One law: highest priority first, then the newest; a cue, a pause or an acknowledgement of one never mutes a higher one.
The one exception is a low condition, which can wait: felt once, it leaves the vibrator to the cue.
Numbers are those of bard.settings.PATTERNS; it drives no output.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct

from bard.alarm.detector import Alarm
from bard.alarm.facts import Facts
from bard.alarm.judging import Priority
from bard.alarm.states import UNACKNOWLEDGED, State
from bard.settings import AlarmSettings

SILENT, LOW, MEDIUM, HIGH, SELF_TEST = 0, 5, 6, 7, 8
ANSWER = SELF_TEST
CUE_STEPS = 4
_BELOW_CUE = Priority.CUE - 1
_PATTERN = {Priority.LOW: LOW, Priority.MEDIUM: MEDIUM, Priority.HIGH: HIGH}
_LOW_FELT_US = 1_000_000
"""Pattern 5 was felt once by then."""
_REMINDER_US = 1_000_000
_REMINDER_PATTERN = 1
_ANSWER_US = 1_500_000
"""How long pattern 8 plays."""


class Signal(Struct, frozen=True):
    """Pattern numbers for vibrator and buzzer, and the condition that won ("" for none)."""

    vibrator: int = SILENT
    buzzer: int = SILENT
    condition: str = ""


NOTHING = Signal()


class Selector:
    """`select` for each row. `has_vibrator`: without one, sound starts at once."""

    def __init__(self, settings: AlarmSettings, has_vibrator: bool) -> None:
        self._settings = settings
        self._sound_delay_us = settings.sound_delay_us if has_vibrator else 0
        self._paused_us = 0
        self._answered_until_us = self._tested_until_us = 0
        self.paused_until_us = 0

    def answer(self, now_us: int) -> None:
        """Let the pedal be felt to have been understood; whatever calls for a person comes before it."""
        self._answered_until_us = now_us + _ANSWER_US

    def test(self, now_us: int) -> None:
        """Let every output prove itself once, to feel and to hear; the same comes before it."""
        self._answered_until_us = self._tested_until_us = now_us + _ANSWER_US

    def pause_audio(self, now_us: int, duration_us: int) -> None:
        """Silence what sounds now; whatever begins or becomes worse later sounds all the same."""
        self._paused_us = now_us
        self.paused_until_us = now_us + min(duration_us, int(self._settings.audio_pause_s * 1e6))

    def select(self, alarms: list[Alarm], facts: Facts) -> Signal:
        """What should play at this row, from the conditions that are shown."""
        answering, testing = facts.at_us < self._answered_until_us, facts.at_us < self._tested_until_us
        if not alarms:
            return Signal(ANSWER, ANSWER if testing else SILENT) if answering else NOTHING
        shown = {alarm.condition.id: alarm for alarm in alarms}
        calling = [alarm for alarm in shown.values() if alarm.holding and not _masked(alarm, shown)]
        felt = max((alarm for alarm in calling if _felt(alarm)), key=self._felt_rank(facts), default=None)
        heard = max((alarm for alarm in calling if self._heard(alarm, facts.at_us)), key=_rank, default=None)
        vibrator = self._vibrator(felt, facts) if felt else self._reminder(shown.values(), facts.at_us)
        if answering and (felt is None or felt.priority is Priority.CUE):
            vibrator = ANSWER
        buzzer = _PATTERN[heard.priority] if heard else ANSWER if testing else SILENT
        winner = felt or heard
        return Signal(vibrator, buzzer, winner.condition.id if winner else "")

    def _felt_rank(self, facts: Facts) -> Callable[[Alarm], tuple[int, int]]:
        """Where nobody sets the clock a low one would otherwise play all session long instead of the ticks."""
        told_us, cue = facts.at_us - _LOW_FELT_US, self._settings.cue and facts.cue

        def rank(alarm: Alarm) -> tuple[int, int]:
            waits = cue and alarm.priority is Priority.LOW and alarm.active_us <= told_us
            return (_BELOW_CUE, alarm.active_us) if waits else _rank(alarm)

        return rank

    def _vibrator(self, alarm: Alarm, facts: Facts) -> int:
        if alarm.priority is not Priority.CUE:
            return _PATTERN[alarm.priority]
        if not (self._settings.cue and facts.cue):
            return SILENT
        return _cue_step(facts) if alarm.condition.id == "load_near" else 1

    def _heard(self, alarm: Alarm, at_us: int) -> bool:
        if alarm.state not in UNACKNOWLEDGED or alarm.priority is Priority.CUE:
            return False
        if alarm.priority is Priority.MEDIUM and at_us - alarm.active_us < self._sound_delay_us:
            return False
        return at_us >= self.paused_until_us or alarm.active_us > self._paused_us

    def _reminder(self, alarms: Iterable[Alarm], at_us: int) -> int:
        """One short vibration now and then while something latched waits to be acknowledged."""
        period_us = self._settings.latched_reminder_us
        for alarm in alarms:
            if alarm.state in (State.LATCHED, State.PENDING_LATCHED):
                waited_us = at_us - alarm.since_us
                if waited_us >= period_us and waited_us % period_us < _REMINDER_US:
                    return _REMINDER_PATTERN
        return SILENT


def _rank(alarm: Alarm) -> tuple[int, int]:
    return alarm.priority, alarm.active_us


def _felt(alarm: Alarm) -> bool:
    """Unacknowledged, or high and still holding: that vibration never stops."""
    return alarm.state in UNACKNOWLEDGED or (alarm.priority is Priority.HIGH and alarm.state is State.ACKNOWLEDGED)


def _masked(alarm: Alarm, shown: dict[str, Alarm]) -> bool:
    return any(cause in shown and shown[cause].holding for cause in alarm.condition.masked_by)


def _cue_step(facts: Facts) -> int:
    """1 to 4, faster as the limit nears."""
    share = (facts.client_slow_kg + facts.guard_kg - facts.near_kg) / (facts.limit_kg - facts.near_kg)
    return min(max(int(share * CUE_STEPS), 0), CUE_STEPS - 1) + 1 if share == share else 1
