"""Events, alarms and phases in words for people: the same wherever text is shown.

One law: unknown is said, never left out and never a number; what calls for a person is in capitals. It knows no
terminal and no clock.
"""

from bard.messages import (
    AlarmSnapshot,
    BoardChanged,
    Calibrated,
    ConditionChanged,
    Done,
    Event,
    PhaseChanged,
    SessionEnded,
    SessionStarted,
    SignalChanged,
)
from bard.settings import PATTERNS

PHASE_WORDS = {"off": "nobody on", "on": "on", "released": "hands off"}
ALARM_STATE_WORDS = {
    "active": "",
    "acknowledged": "acknowledged",
    "clearing": "ending",
    "clearing acknowledged": "ending, acknowledged",
    "latched": "over, not acknowledged",
    "pending latched": "returning, not acknowledged",
}
"""What to add to an alarm that is shown; nothing while it calls."""


def number_words(value: float | None) -> str:
    """One decimal without a minus zero, or `unknown`."""
    return "unknown" if value is None else f"{round(value, 1) + 0.0:.1f}"


def kg_words(value_kg: float | None) -> str:
    """`38.2 kg`, or `unknown`."""
    return "unknown" if value_kg is None else f"{number_words(value_kg)} kg"


def pattern_words(number: int) -> str:
    """The name of a signal's pattern; `silent` where none plays."""
    if number == 0:
        return "silent"
    return PATTERNS[number].name if 0 <= number < len(PATTERNS) else f"pattern {number}"


def time_words(seconds: float) -> str:
    """`8 s`, `3 min 5 s`, `2 h 10 min`."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def alarm_words(alarm: AlarmSnapshot | ConditionChanged) -> str:
    """What a condition means, about whom, and its value where it has a limit."""
    words = alarm.meaning
    if alarm.subjects:
        words += f": {'; '.join(alarm.subjects)}"
    if alarm.limit_kg is not None:
        words += f" ({kg_words(alarm.value_kg)}, limit {kg_words(alarm.limit_kg)})"
    return words


def event_words(event: Event) -> str:
    """One line, without the time."""
    match event:
        case ConditionChanged():
            return _condition_words(event)
        case PhaseChanged():
            phase = PHASE_WORDS.get(event.phase, event.phase)
            return f"phase: {phase} ({event.why})" if event.why else f"phase: {phase}"
        case SignalChanged():
            plays = f"plays: vibrator {pattern_words(event.vibrator)}, buzzer {pattern_words(event.buzzer)}"
            return f"{plays} ({event.condition})" if event.condition else plays
        case SessionStarted():
            numbers = (
                f"session started: body weight {kg_words(event.body_weight_kg)}, limit {kg_words(event.limit_kg)}, "
                f"near {kg_words(event.near_kg)}, critical {kg_words(event.critical_kg)}"
            )
            return "; ".join((numbers, *event.notes))
        case SessionEnded():
            return f"session ended after {time_words((event.at_us - event.started_us) / 1e6)}"
        case BoardChanged():
            return ": ".join(part for part in (f"board {event.board}", event.what, event.detail) if part)
        case Calibrated():
            count = len(event.cells)
            return f"calibration {event.digest} in use, for {count} cell{'' if count == 1 else 's'}"
        case Done():
            outcome = "done" if event.refusal is None else f"REFUSED: {event.refusal}"
            return f"{event.command.replace('_', ' ')} by {event.origin}: {outcome}"


def _condition_words(event: ConditionChanged) -> str:
    what = f"{alarm_words(event)} [{event.id}]"
    priority = event.priority.upper()
    acknowledged = f"acknowledged by {event.by}" if event.by else "acknowledged"
    match event.state:
        case "active":
            again = {"acknowledged": " AGAIN", "clearing": " HOLDS ON", "active": " NOW"}.get(event.was, "")
            return f"{priority}{again}: {what}"
        case "latched":
            return f"{priority} IS OVER, NOT ACKNOWLEDGED: {what}"
        case "pending latched":
            return f"may return: {what}"
        case "normal":
            return f"over, {acknowledged}: {what}" if event.by else f"over: {what}"
        case "acknowledged":
            return f"{acknowledged}, {priority} still holds: {what}"
        case "clearing acknowledged" if event.by:
            return f"{acknowledged}, ending: {what}"
        case "clearing" | "clearing acknowledged":
            return f"ending: {what}"
        case "pending":
            return f"{acknowledged}, may return: {what}"
        case other:
            return f"{other}: {what}"
