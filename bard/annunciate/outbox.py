"""Alarm events on their way to the broker: kept until it has acknowledged them, over a restart where there is a file.

One law: each is sent once for each time the link was lost before its acknowledgement, in the order of their making,
and marked late where the broker was away or mute when it was made, or did not acknowledge it. It knows no broker and
no thread.

The file is lines of `CRC-32 {"type": "added" | "gone", ...}`, appended before an event is sent, so that a killed bard
has it; a power cut may take the last seconds, which the tape has. A line that is torn or damaged is left out.
"""

import logging
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from errno import ENOSPC
from io import FileIO
from pathlib import Path
from zlib import crc32

import msgspec
from msgspec import Struct

from bard.annunciate.output import Stamp
from bard.annunciate.topics import alarm_event
from bard.config.atomic import write_whole
from bard.messages import ConditionChanged

KEPT = 1_000
_MOST_LINES = 4 * KEPT
_MOST_BYTES = 8 * 1024 * 1024
_RETRY_S = 10.0

_log = logging.getLogger(__name__)


class _Kept(Struct):
    event: ConditionChanged
    stamp: Stamp
    late: bool


class _Added(Struct, frozen=True, tag="added"):
    event: ConditionChanged
    stamp: Stamp


class _Gone(Struct, frozen=True, tag="gone"):
    uid: str


_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(_Added | _Gone).decode


class OutboxFile:
    """`failure`: why nothing is kept here now, in words; `rewrite` may mend it. Nothing is raised."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure: str | None = None
        self._file: FileIO | None = None
        self._lines = 0

    def load(self) -> list[_Added]:
        """What an earlier run left behind, in order."""
        try:
            with self.path.open("rb") as file:
                content = file.read(_MOST_BYTES)
        except FileNotFoundError:
            content = b""
        except OSError as error:
            self._fail(error)
            content = b""
        added: dict[str, _Added] = {}
        lines = content.split(b"\n")
        damaged = 0
        for line in lines:
            record = _read(line)
            if isinstance(record, _Added):
                added[record.stamp.uid] = record
            elif record is not None:
                added.pop(record.uid, None)
            elif line:
                damaged += 1
        if damaged:
            _log.warning("%s: %d damaged lines left out", self.path, damaged)
        return list(added.values())

    def added(self, record: _Added) -> None:
        """Append it."""
        self._append(record)

    def gone(self, uid: str) -> None:
        """The broker has this one."""
        self._append(_Gone(uid))

    def emptied(self) -> None:
        """The broker has them all."""
        if self._file is None:
            return
        try:
            self._file.truncate(0)
        except OSError as error:
            self._fail(error)
        self._lines = 0

    def rewrite(self, left: Iterable[_Added]) -> None:
        """The file anew, whole or not at all, with these."""
        lines = [_line(record) for record in left]
        self.close()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self.path, b"".join(lines))
            self._file = FileIO(self.path, "ab")
        except OSError as error:
            self._fail(error)
            return
        self._lines = len(lines)
        if self.failure is not None:
            _log.warning("%s: alarm events are kept here again", self.path)
        self.failure = None

    @property
    def full(self) -> bool:
        """It is time to `rewrite`."""
        return self._lines >= _MOST_LINES

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _append(self, record: _Added | _Gone) -> None:
        if self._file is None:
            return
        line = _line(record)
        try:
            written = self._file.write(line)
            if written != len(line):
                raise OSError(ENOSPC, os.strerror(ENOSPC))
        except OSError as error:
            self._fail(error)
            return
        self._lines += 1

    def _fail(self, error: OSError) -> None:
        self.close()
        words = error.strerror or str(error)
        if self.failure is None:
            _log.warning("%s: %s; alarm events for the broker are kept in memory only", self.path, words)
        self.failure = f"{self.path}: {words}; alarm events for the broker are kept in memory only"


class Outbox:
    """`send(payload)` publishes and returns the message id the acknowledgement will name. `tick` before all else."""

    def __init__(self, send: Callable[[bytes], int], path: Path | None = None) -> None:
        self._send = send
        self._kept: dict[str, _Kept] = {}
        self._sent: dict[int, str] = {}
        self._file = OutboxFile(path) if path is not None else None
        self._loaded = False
        self._retry_s = 0.0

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def failure(self) -> str | None:
        """Why events would not outlast this process, in words."""
        return self._file.failure if self._file is not None else None

    def tick(self, now_s: float) -> None:
        """Take over what an earlier run left, the first time; try a file that failed again, now and then."""
        file = self._file
        if file is None:
            return
        if not self._loaded:
            self._loaded = True
            for record in file.load()[-KEPT:]:
                self._kept[record.stamp.uid] = _Kept(record.event, record.stamp, late=True)
            file.rewrite(self._records())
            self._retry_s = now_s + _RETRY_S
        elif file.failure is not None and now_s >= self._retry_s:
            self._retry_s = now_s + _RETRY_S
            file.rewrite(self._records())

    def add(self, event: ConditionChanged, stamp: Stamp, *, connected: bool, late: bool = False) -> int:
        """Keep it, and send it at once where there is a broker. Returns how many were dropped for it: the oldest.

        `late`: it is connected, but does not answer.
        """
        dropped = max(0, len(self._kept) + 1 - KEPT)
        for uid in list(self._kept)[:dropped]:
            del self._kept[uid]
        kept = self._kept[stamp.uid] = _Kept(event, stamp, late=late or not connected)
        if self._file is not None and self._file.full:
            self._file.rewrite(self._records())
        elif self._file is not None:
            self._file.added(_Added(event, stamp))
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
        uid = self._sent.pop(message_id, "")
        if self._kept.pop(uid, None) is None or self._file is None:
            return
        if not self._kept:
            self._file.emptied()
        elif self._file.full:
            self._file.rewrite(self._records())
        else:
            self._file.gone(uid)

    def close(self) -> None:
        """Let go of the file; what is in it waits for the next run."""
        if self._file is not None:
            self._file.close()

    def _records(self) -> list[_Added]:
        return [_Added(kept.event, kept.stamp) for kept in self._kept.values()]

    def _publish(self, kept: _Kept) -> None:
        self._sent[self._send(alarm_event(kept.event, kept.stamp, late=kept.late))] = kept.stamp.uid


def _line(record: _Added | _Gone) -> bytes:
    text = _encode(record)
    return b"%08x %s\n" % (crc32(text), text)


def _read(line: bytes) -> _Added | _Gone | None:
    check, _, text = line.partition(b" ")
    if check != b"%08x" % crc32(text):
        return None
    try:
        record: _Added | _Gone = _decode(text)
    except msgspec.MsgspecError:
        return None
    return record
