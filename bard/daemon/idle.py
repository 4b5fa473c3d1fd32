"""A session that somebody forgot to end.

One law: it ends when for so long, in row time, nobody was on the client, nobody was weighed and the bars were known to
be free, by the command a person would give, so that a replay has it; what is not known is not idle.
"""

from collections.abc import Callable

from bard.messages import Command, Snapshot, StopSession
from bard.monitor import Monitor
from bard.settings import Settings

ORIGIN = "idle rule"


class Idle:
    """`look` now and then; `command` carries out a core command."""

    def __init__(self, settings: Settings, command: Callable[[Command, str], str | None]) -> None:
        self._after_us = round(settings.studio.end_idle_min * 60e6)
        self._free_kg = settings.core.phase.release_kg
        self._command = command
        self._since_us: int | None = None

    def look(self, monitor: Monitor) -> None:
        """End its session where it is over."""
        if monitor.in_session and self.over(monitor.snapshot()):
            self._since_us = None
            self._command(StopSession(), ORIGIN)

    def over(self, snapshot: Snapshot) -> bool:
        """Whether it has lasted for so long; to be asked at every look."""
        session = snapshot.session
        free = snapshot.bar_load_kg is not None and snapshot.bar_load_kg < self._free_kg
        if session is None or snapshot.phase != "off" or snapshot.weigh_in is not None or not free:
            self._since_us = None
            return False
        if self._since_us is None:
            self._since_us = snapshot.at_us
        self._since_us = max(self._since_us, session.started_us, snapshot.phase_since_us)
        return bool(self._after_us) and snapshot.at_us - self._since_us >= self._after_us
