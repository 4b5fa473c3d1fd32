"""Alarm events on their way to the broker: kept until it has acknowledged them.

One law: each is sent once for each time the link was lost before its acknowledgement, in the order of their making,
and marked late where the broker was away when it was made or did not acknowledge it. It knows no broker and no thread.
"""

from collections.abc import Callable

from msgspec import Struct

from bard.annunciate.output import Stamp
from bard.annunciate.topics import alarm_event
from bard.messages import ConditionChanged

KEPT = 1_000


class _Kept(Struct):
    event: ConditionChanged
    stamp: Stamp
    late: bool


class Outbox:
    """`send(payload)` publishes and returns the message id the acknowledgement will name."""

    def __init__(self, send: Callable[[bytes], int]) -> None:
        self._send = send
        self._kept: dict[str, _Kept] = {}
        self._sent: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, event: ConditionChanged, stamp: Stamp, *, connected: bool) -> int:
        """Keep it, and send it at once where there is a broker. Returns how many were dropped for it: the oldest."""
        dropped = max(0, len(self._kept) + 1 - KEPT)
        for uid in list(self._kept)[:dropped]:
            del self._kept[uid]
        kept = self._kept[stamp.uid] = _Kept(event, stamp, late=not connected)
        if connected:
            self._publish(kept)
        return dropped

    def connected(self) -> None:
        """The broker is back: send all that it has not acknowledged."""
        for kept in self._kept.values():
            self._publish(kept)

    def lost(self) -> None:
        """The broker is away: what it has not acknowledged is late."""
        self._sent.clear()
        for kept in self._kept.values():
            kept.late = True

    def acknowledged(self, message_id: int) -> None:
        """The broker has it."""
        self._kept.pop(self._sent.pop(message_id, ""), None)

    def _publish(self, kept: _Kept) -> None:
        self._sent[self._send(alarm_event(kept.event, kept.stamp, late=kept.late))] = kept.stamp.uid
