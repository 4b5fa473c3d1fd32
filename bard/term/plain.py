"""The room in plain lines: for a pipe, a log, a terminal that cannot draw, and `bard status`.

One law: the same words as the live view, and an unknown load is the word. It prints nothing and asks no clock.
"""

import time

from bard.control.health import health_words, is_pushing_up, is_well, plays_words
from bard.control.protocol import PushedEvent
from bard.control.words import (
    ALARM_STATE_WORDS,
    PHASE_WORDS,
    alarm_words,
    event_words,
    kg_words,
    load_kg_words,
    session_words,
    time_words,
)
from bard.messages import CellSnapshot, Event, Snapshot

ZERO_OFF_KG = 0.2
"""A zero that is farther off does not follow by itself."""


def event_line(event: Event, wall: float) -> str:
    """An event with its local time; `wall` in seconds since 1970."""
    return f"{clock_words(wall)}.{int(wall * 1000) % 1000:03d}  {event_words(event)}"


def pushed_line(pushed: PushedEvent) -> str:
    """The same, and whether the clock could be wrong."""
    doubt = "" if pushed.clock_trusted else "  (clock not set)"
    return event_line(pushed.event, pushed.wall) + doubt


def status_line(snapshot: Snapshot) -> str:
    """The room in one line, without the time."""
    session = snapshot.session
    parts = ["no session runs" if session is None else f"client {client_words(snapshot)}"]
    if session is not None:
        parts.append(f"limit {kg_words(session.limit_kg)}")
    parts.append(f"bars {kg_words(snapshot.bar_load_kg)}{' pushing up' if is_pushing_up(snapshot) else ''}")
    if session is not None:
        parts.append(PHASE_WORDS.get(snapshot.phase, snapshot.phase))
    parts += [f"{alarm.priority.upper()} {alarm.id}{_state(alarm.state)}" for alarm in snapshot.alarms]
    return " | ".join(parts)


def client_words(snapshot: Snapshot) -> str:
    """The client load in words: `-` where nobody is on."""
    if snapshot.session is None or snapshot.phase == "off":
        return "-"
    return load_kg_words(snapshot.client_load_kg, snapshot.u_kg)


def status_text(snapshot: Snapshot) -> str:
    """One screen for `bard status`."""
    session = snapshot.session
    lines = [f"{snapshot.station}: {'all well' if is_well(snapshot) else 'SOMETHING IS WRONG'}"]
    if session is None:
        lines.append("session    none runs: nobody is watched")
    else:
        runs = time_words((snapshot.at_us - session.started_us) / 1e6)
        lines += [
            f"session    for {runs}: {session_words(session)}",
            f"client     {client_words(snapshot)}, {PHASE_WORDS.get(snapshot.phase, snapshot.phase)}",
        ]
    if snapshot.weigh_in is not None:
        lines.append(f"weigh-in   {snapshot.weigh_in.words}")
    up = ", pushing up" if is_pushing_up(snapshot) else ""
    lines.append(f"bars       {kg_words(snapshot.bar_load_kg)}{up}")
    for support in snapshot.supports:
        share = f", {support.share:.0%} of it" if support.share is not None else ""
        lines.append(f"  {support.name}: {kg_words(support.load_kg)}{share}")
        if len(support.cells) > 1:
            lines += [f"    {_cell_words(cell)}" for cell in support.cells]
    lines.append(f"zero       {_zero_words(snapshot)}")
    lines.append("alarms     none" if not snapshot.alarms else "alarms")
    for alarm in snapshot.alarms:
        since = time_words((snapshot.at_us - alarm.since_us) / 1e6)
        lines.append(f"  {alarm.priority.upper()}{_state(alarm.state)}, {since}: {alarm_words(alarm)} [{alarm.id}]")
    paused = f", sound paused for {time_words(snapshot.audio_paused_s + 0.999)}" if snapshot.audio_paused_s > 0 else ""
    lines += [
        f"plays      {plays_words(snapshot)}{paused}",
        f"health     {health_words(snapshot)}",
    ]
    if snapshot.calibration is None:
        lines.append("calibration  a cell has none: run `bard calibrate`")
    else:
        lines.append(f"calibration  {snapshot.calibration}")
    return "\n".join(lines)


def _cell_words(cell: CellSnapshot) -> str:
    rate = f", {cell.rate_hz:.0f} a second" if cell.rate_hz is not None else ""
    noise = f", noise {cell.noise_kg * 1000:.0f} g" if cell.noise_kg is not None else ""
    return f"{cell.name}: {kg_words(cell.load_kg)}, {cell.words}{rate}{noise}"


def _zero_words(snapshot: Snapshot) -> str:
    zero = snapshot.zero
    looked = "not looked at since bard started" if zero.age_s is None else f"looked at {time_words(zero.age_s)} ago"
    words = f"{zero.total_kg * 1000:+.0f} g from the installer's, {looked}"
    if zero.offset_kg:
        words += f"; free bars then read {zero.offset_kg:+.2f} kg that nobody could explain"
    if abs(zero.offset_kg) > ZERO_OFF_KG:
        words += ": if nothing hangs on them, `bard rezero`"
    return words


def exit_status(snapshot: Snapshot) -> int:
    """0 all well, 1 something wrong."""
    return 0 if is_well(snapshot) else 1


def _state(state: str) -> str:
    words = ALARM_STATE_WORDS.get(state, state)
    return f" ({words})" if words else ""


def clock_words(wall: float) -> str:
    """Local time of day of seconds since 1970."""
    return time.strftime("%H:%M:%S", time.localtime(wall))
