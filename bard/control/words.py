"""Events, alarms and phases in words for people: the same wherever text is shown.

One law: unknown is said, never left out and never a number; what calls for a person is in capitals. It knows no
terminal and no clock.
"""

from bard.client.uncertainty import Basis
from bard.control.units import KG, Unit
from bard.messages import (
    AlarmSnapshot,
    BoardChanged,
    Calibrated,
    ConditionChanged,
    DailyChecked,
    Done,
    Event,
    OutputTried,
    PhaseChanged,
    SessionChanged,
    SessionEnded,
    SessionNumbers,
    SessionStarted,
    SignalChanged,
    WeighInChanged,
    ZeroChanged,
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


def number_words(value: float | None, decimals: int = 1) -> str:
    """One decimal, or so many, without a minus zero; or `unknown`."""
    return "unknown" if value is None else f"{round(value, decimals) + 0.0:.{decimals}f}"


def kg_words(value_kg: float | None, unit: Unit = KG) -> str:
    """`38.2 kg`, or the same in another unit, or `unknown`."""
    return "unknown" if value_kg is None else f"{in_unit(value_kg, unit)} {unit.name}"


def in_unit(value_kg: float, unit: Unit) -> str:
    """The bare number."""
    return number_words(value_kg * unit.per_kg, unit.decimals)


def load_kg_words(value_kg: float | None, u_kg: float | None, unit: Unit = KG) -> str:
    """`38.5 ± 1.8 kg`: in steps of half a kilogram where more would be pretended; U with two digits, or `unknown`."""
    if value_kg is None:
        return "unknown"
    if u_kg is None:
        return kg_words(value_kg, unit)
    return f"{load_in_unit(value_kg, u_kg, unit)} ± {u_words(u_kg * unit.per_kg)} {unit.name}"


def load_in_unit(value_kg: float, u_kg: float | None, unit: Unit = KG) -> str:
    """The bare number as people see it: in the unit's steps while its uncertainty is above that."""
    value = value_kg * unit.per_kg
    if u_kg is None or u_kg * unit.per_kg <= unit.step:
        return number_words(value, unit.decimals)
    return number_words(round(value / unit.step) * unit.step, unit.step_decimals)


def u_words(u: float) -> str:
    """Two digits: `0.85`, `1.8`, `12`."""
    return f"{u:.2f}" if u < 0.995 else f"{u:.1f}" if u < 9.95 else f"{u:.0f}"


def session_words(numbers: SessionNumbers) -> str:
    """Body weight and limits; where warnings begin, since the guard is added to the load first."""
    basis = "weighed in" if numbers.basis is Basis.HUNG else "typed"
    zone = f", zone {numbers.zone}" if numbers.zone else ""
    return (
        f"body weight {kg_words(numbers.body_weight_kg)} ({basis}), limit {kg_words(numbers.limit_kg)}{zone}, "
        f"near {kg_words(numbers.near_kg)}, critical {kg_words(numbers.critical_kg)}, "
        f"each told {kg_words(numbers.guard_kg)} earlier for the uncertainty"
    )


def change_words(why: str, before: SessionNumbers | None, now: SessionNumbers) -> str:
    """Why a session's numbers are others, and which: `zone: ribs; limit 40.0 to 45.0 kg`."""
    parts = []
    if before is not None:
        for name, was_kg, now_kg in (
            ("limit", before.limit_kg, now.limit_kg),
            ("near", before.near_kg, now.near_kg),
            ("critical", before.critical_kg, now.critical_kg),
            ("body weight", before.body_weight_kg, now.body_weight_kg),
        ):
            if was_kg != now_kg:
                parts.append(f"{name} {number_words(was_kg)} to {kg_words(now_kg)}")
    return f"{why}{'; ' if parts else ''}{', '.join(parts)}"


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


def alarm_words(alarm: AlarmSnapshot | ConditionChanged, unit: Unit = KG) -> str:
    """What a condition means, about whom, and its value where it has a limit."""
    words = alarm.meaning
    if alarm.subjects:
        words += f": {'; '.join(alarm.subjects)}"
    if alarm.limit_kg is not None:
        words += f" ({load_kg_words(alarm.value_kg, alarm.u_kg, unit)}, limit {kg_words(alarm.limit_kg, unit)})"
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
            return "; ".join((f"session started: {session_words(event.numbers)}", *event.notes))
        case SessionChanged():
            return f"session changed by {event.by}: {event.why}; {session_words(event.numbers)}"
        case SessionEnded():
            return f"session ended after {time_words((event.at_us - event.started_us) / 1e6)}"
        case WeighInChanged():
            return f"weigh-in {event.what}: {event.words}"
        case ZeroChanged():
            return f"zero moved by {event.by_kg * 1000:+.0f} g to {event.total_kg * 1000:+.0f} g: {event.why}"
        case OutputTried():
            who = f" by {event.who}" if event.who else ""
            return f"{event.output} tried: {'' if event.noticed else 'NOT '}noticed{who}"
        case DailyChecked():
            return _daily_words(event)
        case BoardChanged():
            return ": ".join(part for part in (f"board {event.board}", event.what, event.detail) if part)
        case Calibrated():
            count = len(event.cells)
            return f"calibration {event.digest} in use, for {count} cell{'' if count == 1 else 's'}"
        case Done():
            outcome = "done" if event.refusal is None else f"REFUSED: {event.refusal}"
            return f"{event.command.replace('_', ' ')} by {event.origin}: {outcome}"


def _daily_words(event: DailyChecked) -> str:
    """The day's check, with what was found."""
    who = f" by {event.who}" if event.who else ""
    found = [f"free bars {event.free_kg:+.1f} kg"] if event.free_kg is not None else []
    found += [f"hung and given weight {event.apart_kg:+.1f} kg apart"] if event.apart_kg is not None else []
    found += [f"NOT noticed: {', '.join(event.missed)}"] if event.missed else []
    answer = event.answer.upper() if event.answer in ("stop", "not done") else event.answer
    return f"daily check{who}: {'; '.join([answer, *found])}"


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
