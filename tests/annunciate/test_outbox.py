"""Alarm events on their way: each once, in order, late where the broker was away."""

import json
from itertools import count

from bard.annunciate.outbox import KEPT, Outbox
from tests.annunciate.messages import changed, stamp


class Post:
    """What was sent, as (uid, late); message ids count from 1."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bool]] = []
        self._ids = count(1)
        self.outbox = Outbox(self._send)

    def _send(self, payload: bytes) -> int:
        read = json.loads(payload)
        self.sent.append((read["uid"], read["late"]))
        return next(self._ids)

    def add(self, connected: bool) -> str:
        at = stamp()
        self.outbox.add(changed(), at, connected=connected)
        return at.uid


def test_sent_at_once_and_forgotten_when_acknowledged() -> None:
    post = Post()
    uid = post.add(connected=True)
    assert post.sent == [(uid, False)]
    assert len(post.outbox) == 1
    post.outbox.acknowledged(1)
    assert len(post.outbox) == 0
    post.outbox.lost()
    post.outbox.connected()
    assert len(post.sent) == 1


def test_kept_while_the_broker_is_away_then_sent_late_in_order() -> None:
    post = Post()
    uids = [post.add(connected=False) for _ in range(3)]
    assert post.sent == []
    post.outbox.connected()
    assert post.sent == [(uid, True) for uid in uids]


def test_sent_again_late_only_what_was_not_acknowledged() -> None:
    post = Post()
    first, second = post.add(connected=True), post.add(connected=True)
    post.outbox.acknowledged(1)
    post.outbox.lost()
    third = post.add(connected=False)
    post.outbox.connected()
    assert post.sent == [(first, False), (second, False), (second, True), (third, True)]


def test_an_acknowledgement_of_a_lost_connection_or_of_nothing_is_ignored() -> None:
    post = Post()
    post.add(connected=True)
    post.outbox.lost()
    post.outbox.acknowledged(1)
    post.outbox.acknowledged(99)
    assert len(post.outbox) == 1


def test_keeps_the_last_thousand_and_says_how_many_went() -> None:
    post = Post()
    uids = []
    dropped = 0
    for _ in range(KEPT + 3):
        at = stamp()
        uids.append(at.uid)
        dropped += post.outbox.add(changed(), at, connected=False)
    post.outbox.connected()
    assert dropped == 3
    assert [uid for uid, _ in post.sent] == uids[3:]
