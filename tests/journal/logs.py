"""Alarm logs made by hand: events with their stamps, a store for them, and what a history finds."""

import sqlite3
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import structs

from bard.client.uncertainty import Basis
from bard.journal.history import History
from bard.journal.store import Store
from bard.messages import ConditionChanged, Done, Event, SessionChanged, SessionEnded, SessionNumbers, SessionStarted

BOOT = "11111111-2222-3333-4444-555555555555"
OTHER_BOOT = "99999999-8888-7777-6666-555555555555"
BEGIN_WALL_S = 1_772_359_200.0
"""2026-03-01T10:00:00Z, at monotonic 0."""
NUMBERS = SessionNumbers(70.0, Basis.TYPED, 40.0, 34.0, 50.0, 1.5)
S = 1_000_000


def condition(
    at_us: int,
    state: str,
    was: str,
    *,
    id: str = "load_over",
    priority: str = "medium",
    value_kg: float | None = 42.0,
    limit_kg: float | None = 40.0,
    u_kg: float | None = 1.8,
    subjects: tuple[str, ...] = (),
    by: str = "",
) -> ConditionChanged:
    """A change of load_over in a session, unless told otherwise."""
    return ConditionChanged(
        *(at_us, id, state, was, priority, "the load on the client is above the limit", subjects),
        *(value_kg, limit_kg, u_kg, 1.5, "on", by),
    )


def one_alarm(at_us: int, lasts_us: int = 2 * S, **other: object) -> list[Event]:
    """It calls, is back below half a second before its end, and is over."""
    return [
        condition(at_us, "active", "pending", **other),  # type: ignore[arg-type]
        condition(at_us + lasts_us - S // 2, "clearing", "active", **other),  # type: ignore[arg-type]
        condition(at_us + lasts_us, "normal", "clearing", **other),  # type: ignore[arg-type]
    ]


def id_of(at_us: int) -> str:
    """Of the session that `started` began then."""
    return f"{at_us:016x}"[::-1]


def ended(at_us: int, started_us: int) -> SessionEnded:
    """The end of the session that `started` began then."""
    return SessionEnded(at_us, started_us, id_of(started_us))


def started(at_us: int, numbers: SessionNumbers = NUMBERS) -> list[Event]:
    """A session begins by a command; its id tells when."""
    return [
        SessionStarted(at_us, numbers, ("no presence input",), id_of(at_us)),
        Done(at_us, "start_session", "socket", None),
    ]


RIBS = structs.replace(NUMBERS, limit_kg=45.0, near_kg=38.2, critical_kg=56.2, zone="ribs")
MORNING = [
    condition(10 * S, "active", "pending", id="link_lost", priority="low", value_kg=None, limit_kg=None, u_kg=None,
              subjects=("a: no data for 0.5 s",)),
    condition(12 * S, "clearing", "active", id="link_lost", priority="low", value_kg=None, limit_kg=None, u_kg=None),
    condition(13 * S, "normal", "clearing", id="link_lost", priority="low", value_kg=None, limit_kg=None, u_kg=None),
    *started(60 * S),
    *one_alarm(70 * S),
    *one_alarm(80 * S, 3 * S, id="load_near", priority="cue", value_kg=36.5, limit_kg=34.0),
    *one_alarm(90 * S, 4 * S, value_kg=44.0),
    SessionChanged(100 * S, RIBS, "zone: ribs", "mqtt"),
    Done(100 * S, "set_zone", "mqtt", None),
    *one_alarm(110 * S, 3 * S, value_kg=46.0, limit_kg=45.0),
    condition(200 * S, "active", "pending", id="load_critical", priority="high", value_kg=57.0, limit_kg=56.2),
    condition(201 * S, "clearing", "active", id="load_critical", priority="high", value_kg=50.0, limit_kg=56.2),
    condition(202 * S, "latched", "clearing", id="load_critical", priority="high", value_kg=45.0, limit_kg=56.2),
    condition(205 * S, "normal", "latched", id="load_critical", priority="high", value_kg=40.0, limit_kg=56.2,
              by="socket"),
    ended(300 * S, 60 * S),
    *one_alarm(310 * S, 90 * S, id="bars_unknown", value_kg=None, limit_kg=None, u_kg=None),
]  # fmt: skip
"""Alarms before, in and after a session whose limit is changed, one of each kind of end."""


class Log:
    """A store and the daemon's part beside it: run id and numbers, the wall clock by the monotonic one."""

    def __init__(
        self, path: Path, *, boot_id: str = BOOT, run: str = "a1", wall_s: float = BEGIN_WALL_S, waiting: int = 10_000
    ) -> None:
        self.path = path
        self.store = Store(path, boot_id=boot_id, waiting=waiting)
        self.wall_s = wall_s
        self.clock_trusted = True
        self.tape: str | None = None
        self._run = run
        self._number = 0

    def tell(self, events: Iterable[Event]) -> None:
        for event in events:
            self._number += 1
            wall = datetime.fromtimestamp(self.wall_s + event.at_us / 1e6, UTC).isoformat(timespec="milliseconds")
            self.store.take(event, f"{self._run}-{self._number}", wall, self.clock_trusted, self.tape)

    def close(self) -> None:
        self.store.close()


def write_log(path: Path, events: Iterable[Event], **how: object) -> None:
    """A log from beginning to end; fails if anything did not reach the disk."""
    log = Log(path, **how)  # type: ignore[arg-type]
    log.tell(events)
    log.close()
    assert (log.store.failure, log.store.notice, log.store.lost) == (None, None, 0)


def conditions_of(path: Path) -> list[tuple[str, int]]:
    """Condition and time of each change that stands in the log."""
    with History(path) as history:
        return [(change.condition, change.moment.at_us) for change in history.changes()]


def wait_until_written(store: Store, within_s: float = 10.0) -> None:
    """All that was taken is committed."""
    until_s = time.monotonic() + within_s
    while store.waits:
        assert time.monotonic() < until_s, store.failure
        time.sleep(0.005)


def table(path: Path, query: str) -> list[tuple[object, ...]]:
    """What a query of one's own finds."""
    connection = sqlite3.connect(path)
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows
