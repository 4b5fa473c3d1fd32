"""What ails the parts around the core: outputs, files, disk, broker, clock, a calibration whose day is over.

One law: it only looks, never waits for a disk or a network, and what it finds goes to the core as one command, so that
a replay knows it too. What it means is the core's to say (`bard.alarm.conditions`).
"""

import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bard.alarm.facts import Around
from bard.annunciate.output import Output

BROKER = "mqtt"
"""The output that is far away: without it nobody in the room is less warned."""


class Surroundings:
    """`look` now and then. `failures`: what ails each file that is written, None where nothing does."""

    def __init__(self, folder: Path, disk_low_mb: int, failures: Callable[[], Mapping[str, str | None]]) -> None:
        self._folder = folder
        self._low_bytes = disk_low_mb * 1_000_000
        self._failures = failures

    def look(self, outputs: Iterable[Output], expires: str, *, trusted: bool, now_s: float) -> Around:
        """`expires`: the calibration's last day, or nothing; `trusted`: the clock has been set; `now_s`: wall clock."""
        failed = {output.name: output.failure for output in outputs if output.failure is not None}
        broker = failed.pop(BROKER, None)
        return Around(
            output_failed=failed,
            journal_failed={part: words for part, words in self._failures().items() if words is not None},
            disk_low=self._disk(),
            broker_lost={} if broker is None else {"broker": broker},
            calibration_expired=_expired(expires, now_s) if trusted else {},
            clock_untrusted=not trusted,
        )

    def _disk(self) -> dict[str, str]:
        try:
            found = os.statvfs(self._folder)
        except OSError as error:
            return {"disk": error.strerror or "cannot be asked"}
        free_bytes = found.f_bavail * found.f_frsize
        if free_bytes >= self._low_bytes:
            return {}
        return {"disk": f"less than {self._low_bytes // 1_000_000} MB are free"}


def _expired(expires: str, now_s: float) -> dict[str, str]:
    today = datetime.fromtimestamp(now_s, UTC).date().isoformat()
    return {"calibration": f"expired on {expires}"} if expires and today > expires else {}
