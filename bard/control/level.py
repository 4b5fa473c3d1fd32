"""Where the client load stands against its limits, for people.

One law: as the alarms judge it, the guard is added to the load first; unknown and nobody are levels of their own. It
judges a snapshot and knows no place where words are shown.
"""

from typing import Literal

from bard.messages import Snapshot

Level = Literal["no_session", "nobody", "unknown", "below", "near", "may_over", "over", "may_critical", "critical"]

LEVEL_WORDS: dict[Level, str] = {
    "no_session": "NO SESSION RUNS",
    "nobody": "nobody on the client",
    "unknown": "LOAD UNKNOWN",
    "below": "below the limit",
    "near": "NEAR THE LIMIT",
    "may_over": "MAY BE ABOVE THE LIMIT",
    "over": "ABOVE THE LIMIT",
    "may_critical": "MAY BE FAR ABOVE THE LIMIT",
    "critical": "FAR ABOVE THE LIMIT",
}


def level_of(snapshot: Snapshot) -> Level:
    """`may_`: only with the guard, the part of the uncertainty that stays the same all session, is it above."""
    session, load_kg = snapshot.session, snapshot.client_load_kg
    if session is None:
        return "no_session"
    if snapshot.phase == "off":
        return "nobody"
    if load_kg is None:
        return "unknown"
    judged_kg = load_kg + session.guard_kg
    if judged_kg > session.critical_kg:
        return "critical" if load_kg > session.critical_kg else "may_critical"
    if judged_kg > session.limit_kg:
        return "over" if load_kg > session.limit_kg else "may_over"
    return "near" if judged_kg > session.near_kg else "below"
