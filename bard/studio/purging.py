"""What is too old goes by itself, while the daemon runs.

One law: it works when no session runs and the clock is known to be right, at most once an hour, in small batches on a
thread of its own, and lets go between two of them once it is told that a session runs. The loop never waits for it.
"""

from pathlib import Path
from threading import Event as Flag
from threading import Thread
from time import monotonic

from bard.errors import DataError
from bard.settings import RetentionSettings
from bard.studio.audit import Stamp
from bard.studio.retention import due, purge

_PERIOD_S = 3_600.0
_PAUSE_S = 0.05
"""Between two batches: others write meanwhile."""
_CLOSE_S = 5.0


class Purger:
    """`look` now and then from the loop; `failure` says why something could not go."""

    def __init__(self, folder: Path, keep: RetentionSettings) -> None:
        self._folder = folder
        self._keep = keep
        self._stop = Flag()
        self._thread: Thread | None = None
        self._due_s = 0.0
        self.failure: str | None = None

    def look(self, wall: str, clock_trusted: bool, *, in_session: bool) -> None:
        """Begin where it is time; let go where a session runs. `wall`: ISO 8601, now."""
        if self._keep.keeps_all:
            return
        if in_session:
            self._stop.set()
        elif clock_trusted and monotonic() >= self._due_s and not self._works():
            self._due_s = monotonic() + _PERIOD_S
            self._stop.clear()
            self._thread = Thread(target=self._work, args=(Stamp(wall, clock_trusted),), name="purging", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Let go, and wait for the batch that is under way."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_S)

    def _works(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _work(self, stamp: Stamp) -> None:
        try:
            found = due(self._folder, self._keep, stamp.wall_s)
            for _ in purge(self._folder, found, stamp):
                if self._stop.wait(_PAUSE_S):
                    self._due_s = 0.0
                    return
            self.failure = None
        except DataError as error:
            self.failure = f"{error}: what is too old could not be removed"
