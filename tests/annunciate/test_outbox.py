"""Alarm events on their way: each once, in order, late where the broker was away; over a restart too."""

import json
import random
from itertools import count
from pathlib import Path

import pytest

from bard.annunciate.outbox import KEPT, Outbox
from tests.annunciate.messages import changed, stamp


class Post:
    """What was sent, as (uid, late); message ids count from 1."""

    def __init__(self, path: Path | None = None) -> None:
        self.sent: list[tuple[str, bool]] = []
        self._ids = count(1)
        self.outbox = Outbox(self._send, path)
        self.outbox.tick(0.0)

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


# The file


def restarted(path: Path) -> list[tuple[str, bool]]:
    """What the next run sends first, without the last one having said goodbye."""
    post = Post(path)
    post.outbox.connected()
    post.outbox.close()
    return post.sent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "mqtt-outbox"


def test_what_was_not_acknowledged_is_late_in_the_next_run(path: Path) -> None:
    post = Post(path)
    uids = [post.add(connected=True) for _ in range(5)]
    post.outbox.acknowledged(1)
    post.outbox.acknowledged(3)
    left = [(uids[number], True) for number in (1, 3, 4)]
    assert restarted(path) == left
    assert restarted(path) == left, "nor has the run in between lost them"


def test_an_event_is_in_the_file_before_it_is_sent(path: Path) -> None:
    contents = []

    def send(_payload: bytes) -> int:
        contents.append(path.read_bytes())
        return 1

    outbox = Outbox(send, path)
    outbox.tick(0.0)
    at = stamp()
    outbox.add(changed(), at, connected=True)
    assert at.uid.encode() in contents[0]


def test_nothing_is_left_when_all_is_acknowledged(path: Path) -> None:
    post = Post(path)
    for number in range(1, 50):
        post.add(connected=True)
        post.outbox.acknowledged(number)
        assert path.stat().st_size == 0
    assert restarted(path) == []


def test_the_file_stays_small_and_keeps_the_last_thousand(path: Path) -> None:
    post = Post(path)
    uids = [post.add(connected=False) for _ in range(6 * KEPT)]
    line_bytes = path.stat().st_size / len(path.read_bytes().splitlines())
    assert path.stat().st_size <= 4 * KEPT * line_bytes
    assert restarted(path) == [(uid, True) for uid in uids[-KEPT:]]


def test_acknowledgements_do_not_let_it_grow(path: Path) -> None:
    post = Post(path)
    oldest = post.add(connected=True)
    for number in range(2, 5 * KEPT):
        post.add(connected=True)
        post.outbox.acknowledged(number)
    assert len(path.read_bytes().splitlines()) <= 4 * KEPT
    assert restarted(path) == [(oldest, True)]


def test_cut_anywhere_it_gives_what_is_whole(path: Path) -> None:
    post = Post(path)
    uids = [post.add(connected=False) for _ in range(5)]
    post.outbox.close()
    whole = path.read_bytes()
    ends = [at for at, byte in enumerate(whole) if byte == 0x0A]
    for cut in random.Random(1).sample(range(len(whole)), 60):
        path.write_bytes(whole[:cut])
        assert restarted(path) == [(uid, True) for uid in uids[: sum(end <= cut for end in ends)]]


def test_damage_anywhere_costs_its_line_and_no_other(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    post = Post(path)
    uids = [post.add(connected=False) for _ in range(5)]
    post.outbox.close()
    whole = path.read_bytes()
    numbers = random.Random(2)
    for _ in range(60):
        at = numbers.randrange(len(whole))
        damaged = bytearray(whole)
        damaged[at] ^= 1 << numbers.randrange(8)
        path.write_bytes(damaged)
        hit = whole[:at].count(b"\n")
        lost = {hit, hit + 1} if whole[at] == 0x0A else {hit}
        assert [uid for uid, _ in restarted(path)] == [uid for n, uid in enumerate(uids) if n not in lost]
    assert "damaged lines left out" in caplog.messages[0]


def test_rubbish_is_an_empty_outbox(path: Path) -> None:
    path.parent.mkdir()
    for content in (b"\x00" * 100_000, b"{}\n[]\n\n", random.Random(3).randbytes(50_000)):
        path.write_bytes(content)
        assert restarted(path) == []
        assert path.read_bytes() == b""


def test_a_full_disk_is_said_kept_in_memory_and_healed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "mqtt-outbox"
    post = Post(path)
    first = post.add(connected=False)
    assert post.outbox.failure is None
    post.outbox._file._file = open("/dev/full", "ab", buffering=0)  # type: ignore[union-attr]  # noqa: SIM115
    second = post.add(connected=False)
    said = f"{path}: No space left on device; alarm events for the broker are kept in memory only"
    assert post.outbox.failure == said
    third = post.add(connected=False)
    assert caplog.messages == [said], "once"
    post.outbox.tick(5.0)
    assert post.outbox.failure == said, "not tried at each turn"
    post.outbox.tick(11.0)
    assert post.outbox.failure is None
    assert caplog.messages[1] == f"{path}: alarm events are kept here again"
    assert restarted(path) == [(uid, True) for uid in (first, second, third)]


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    post = Post(tmp_path / "file" / "mqtt-outbox")
    assert str(post.outbox.failure).endswith("alarm events for the broker are kept in memory only")
    uid = post.add(connected=False)
    post.outbox.connected()
    assert post.sent == [(uid, True)]
