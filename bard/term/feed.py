"""The daemon's snapshots as somebody who looks needs them: the present one, or none and why.

One law: a snapshot is shown for SILENT_S at most, and only once the daemon's own time has been seen to go on; after
that there is none, whatever the socket says. It reconnects by itself and never raises for a daemon that is away.
"""

import select
import time

from bard.control.client import ControlClient
from bard.control.protocol import PushedEvent
from bard.errors import LinkError
from bard.messages import Snapshot

SILENT_S = 1.0
_ANSWER_S = 0.5
_RETRY_S = 0.3
_HANG_UP_S = 5.0
_ROW_S = 0.02


def fresh_snapshot(client: ControlClient) -> Snapshot:
    """One snapshot, for a program that asks once. Raises LinkError where the daemon's time stands still."""
    first = client.query()
    until = time.monotonic() + SILENT_S
    while (snapshot := client.query()).at_us <= first.at_us:
        if time.monotonic() > until:
            raise LinkError(f"{_stands_still(client.path)}: NOT MONITORED")
        time.sleep(_ROW_S)
    return snapshot


def _stands_still(path: str) -> str:
    return f"bard at {path} is there but its numbers stand still: look at its log, or restart it"


class Feed:
    """`wait` and `poll` in turn; `snapshot` is None while nobody watches, and `why` says so in one line."""

    def __init__(self, path: str, snapshots_hz: float) -> None:
        self.snapshot: Snapshot | None = None
        self.why = "not connected yet"
        self._path = path
        self._hz = snapshots_hz
        self._client: ControlClient | None = None
        self._newest_us: int | None = None
        self._moved_at = 0.0
        self._retry_at = 0.0

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def poll(self) -> tuple[list[Snapshot], list[PushedEvent]]:
        """What came since the last call; connects where there is no connection."""
        snapshots: list[Snapshot] = []
        events: list[PushedEvent] = []
        try:
            client = self._client or self._connect()
            while client is not None and (message := client.next_message(0)) is not None:
                if isinstance(message, Snapshot):
                    snapshots.append(message)
                else:
                    events.append(message)
        except LinkError as error:
            self._lose(str(error))
            return [], events
        self._judge(snapshots)
        return snapshots, events

    def wait(self, timeout_s: float, also: tuple[int, ...] = ()) -> bool:
        """Until something came, or time is over; True when one of `also` (file descriptors) can be read."""
        client = (self._client,) if self._client is not None else ()
        readable, _, _ = select.select([*client, *also], [], [], max(0.0, timeout_s))
        return any(fd in readable for fd in also)

    def _connect(self) -> ControlClient | None:
        now = time.monotonic()
        if now < self._retry_at:
            return None
        self._retry_at = now + _RETRY_S
        client = ControlClient(self._path, _ANSWER_S)
        self._client = client
        self._newest_us = None
        self._moved_at = time.monotonic()
        client.subscribe(self._hz, events=True)
        return client

    def _judge(self, snapshots: list[Snapshot]) -> None:
        now = time.monotonic()
        for snapshot in snapshots:
            if self._newest_us is not None and snapshot.at_us > self._newest_us:
                self._moved_at = now
                self.snapshot = snapshot
            self._newest_us = snapshot.at_us
        silent_s = now - self._moved_at
        if silent_s <= SILENT_S:
            return
        self.snapshot = None
        if self._client is not None:
            self.why = _stands_still(self._path)
            if silent_s > _HANG_UP_S:
                self.close()

    def _lose(self, why: str) -> None:
        self.close()
        self.snapshot = None
        self.why = why
