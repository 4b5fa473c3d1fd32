"""The tape as a file: a writer that the core's caller never waits for, and a reader.

One law: who writes only appends to memory; one thread packs, writes and syncs, a chunk each 0.4 s, so that a kill
loses less than 1 s. A disk that fails costs records, which are counted and said, never an alarm. It knows nothing of
what the records mean.
"""

import os
import zlib
from collections import deque
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from time import monotonic

from bard.errors import DataError
from bard.journal.records import (
    CHUNK,
    CHUNK_MOST,
    MAGIC,
    Came,
    Data,
    End,
    Gap,
    Given,
    Header,
    Record,
    Timer,
    pack_header,
    pack_records,
    unpack_header,
    unpack_records,
)
from bard.messages import Command, Event, encode

_CHUNK_S = 0.4
_SYNC_S = 5.0
_STALLED_S = 10.0
_CLOSE_S = 5.0
_CHUNK_RECORDS = 4_096
_WAITING_RECORDS = 65_536
"""About three minutes of four cells, while the thread waits for the disk."""
_BACKLOG_BYTES = 16_000_000
"""About fifty minutes of four cells, while the disk refuses."""


class TapeWriter:
    """Writes a new tape at `path`. Nothing here raises for the disk's sake: see `failure` and `lost`.

    `data`, `timer`, `command` and `event` are called by one thread. A refusing disk is tried again with each chunk;
    what came meanwhile is kept, up to 16 MB, then the oldest goes.
    """

    def __init__(
        self, path: Path, header: Header, *, backlog_bytes: int = _BACKLOG_BYTES, waiting: int = _WAITING_RECORDS
    ) -> None:
        self._path = path
        self._head = pack_header(header)
        self._backlog_most = backlog_bytes
        self._waiting_most = waiting
        self._waiting: deque[Record] = deque()
        self._not_taken = self._not_taken_ever = 0
        self._backlog: deque[tuple[bytes, int]] = deque()
        self._backlog_bytes = self._dropped = self._dropped_ever = 0
        self._fd: int | None = None
        self._offset = 0
        self._synced_s = self._turn_s = monotonic()
        self._failure: str | None = None
        self._closing = Flag()
        self._thread = Thread(target=self._run, name="tape", daemon=True)
        self._thread.start()

    def data(self, board: str, now_us: int, data: bytes) -> None:
        """Before `Monitor.receive_data` with the same."""
        self._take(Data(board, now_us, data))

    def timer(self, now_us: int) -> None:
        """Before `Monitor.handle_timer` with the same."""
        self._take(Timer(now_us))

    def command(self, origin: str, command: Command, now_us: int) -> None:
        """Before `Monitor.command` with the same."""
        self._take(Given(origin, now_us, command))

    def event(self, event: Event) -> None:
        """Each event as it is pulled, before the next call."""
        self._take(Came(encode(event).decode()))

    @property
    def failure(self) -> str | None:
        """Why records are not reaching the disk now, in a line; None while they are."""
        if self._failure is None and not self._closing.is_set():
            if not self._thread.is_alive():
                return f"{self._path}: the writer has died"
            if monotonic() - self._turn_s > _STALLED_S:
                return f"{self._path}: the disk has not answered for {monotonic() - self._turn_s:.0f} s"
        return self._failure

    @property
    def lost(self) -> int:
        """Records that will never be on the tape."""
        return self._not_taken_ever + self._dropped_ever

    def close(self) -> None:
        """Write what is left. Waits for the disk, but no longer than 5 s."""
        self._closing.set()
        self._thread.join(_CLOSE_S)
        if self._thread.is_alive():
            self._failure = f"{self._path}: the disk has not answered for {_CLOSE_S:.0f} s"

    def _take(self, record: Record) -> None:
        if len(self._waiting) >= self._waiting_most:
            self._not_taken += 1
            self._not_taken_ever += 1
            return
        if self._not_taken:
            self._waiting.append(Gap(self._not_taken))
            self._not_taken = 0
        self._waiting.append(record)

    # The thread's own

    def _run(self) -> None:
        closing = False
        while not closing:
            closing = self._closing.wait(_CHUNK_S)
            self._pack(closing)
            try:
                self._write()
                if closing or monotonic() - self._synced_s >= _SYNC_S:
                    self._sync()
                self._failure = None
            except OSError as error:
                self._failure = f"{self._path}: {error.strerror}"
            self._turn_s = monotonic()
        self._finish()

    def _pack(self, closing: bool) -> None:
        """What waits becomes chunks; the oldest go while there are too many bytes of them."""
        waiting = self._waiting
        while waiting or closing:
            records = [waiting.popleft() for _ in range(min(len(waiting), _CHUNK_RECORDS))]
            if closing and not waiting:
                if self._not_taken:
                    records.append(Gap(self._not_taken))
                records.append(End())
                closing = False
            chunk = pack_records(records)
            self._backlog.append((chunk, len(records)))
            self._backlog_bytes += len(chunk)
        while self._backlog_bytes > self._backlog_most:
            chunk, count = self._backlog.popleft()
            self._backlog_bytes -= len(chunk)
            self._dropped += count
            self._dropped_ever += count

    def _write(self) -> None:
        """All of the backlog, each chunk whole before the next one counts."""
        if self._fd is None:
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        if self._offset == 0:
            self._append(self._fd, self._head)
            _sync_folder(self._path.parent)
        while self._backlog:
            chunk, _ = self._backlog[0]
            gap = pack_records([Gap(self._dropped)]) if self._dropped else b""
            self._append(self._fd, gap + chunk)
            self._dropped = 0
            self._backlog.popleft()
            self._backlog_bytes -= len(chunk)

    def _append(self, fd: int, data: bytes) -> None:
        done = 0
        while done < len(data):
            done += os.pwrite(fd, data[done:], self._offset + done)
        self._offset += done

    def _sync(self) -> None:
        self._synced_s = monotonic()
        if self._fd is not None:
            os.fdatasync(self._fd)

    def _finish(self) -> None:
        """Cut off what a failed write has left behind the last whole chunk."""
        self._dropped_ever += sum(count for _, count in self._backlog)
        if self._fd is None:
            return
        try:
            os.ftruncate(self._fd, self._offset)
            os.close(self._fd)
        except OSError as error:
            self._failure = f"{self._path}: {error.strerror}"


class TapeReader:
    """Reads the tape at `path`: `header`, then its records by iteration.

    After the iteration `truncated` says in words what could not be read, or is None, and `ended` whether the writer
    had closed it (neither truncated nor ended: cut off between two chunks). Raises DataError for what is no tape.
    """

    def __init__(self, path: Path) -> None:
        self.truncated: str | None = None
        self.ended = False
        self._path = path
        try:
            with path.open("rb") as file:
                self.header = self._read_header(file)
                self._begin = file.tell()
        except OSError as error:
            raise DataError(f"{path}: {error.strerror}") from None

    def __iter__(self) -> Iterator[Record]:
        self.truncated, self.ended = None, False
        with self._path.open("rb") as file:
            at = file.seek(self._begin)
            while (body := self._read_chunk(file)) is not None:
                try:
                    records = unpack_records(body)
                except DataError as error:
                    raise DataError(f"{self._path}: chunk at byte {at}: {error}") from None
                self.ended = type(records[-1]) is End
                yield from records
                at = file.tell()

    def _read_header(self, file: BufferedReader) -> Header:
        magic = file.read(len(MAGIC))
        if magic != MAGIC:
            if MAGIC.startswith(magic):
                raise DataError(f"{self._path}: an empty tape: cut off before its header was written")
            if magic.startswith(MAGIC[:-2]):
                raise DataError(f"{self._path}: a tape of another format; this bard reads {MAGIC.decode().strip()!r}")
            raise DataError(f"{self._path}: not a tape of bard")
        body = self._read_chunk(file)
        if body is None:
            raise DataError(f"{self._path}: an empty tape: its header is {self.truncated or 'missing'}")
        try:
            return unpack_header(body)
        except DataError as error:
            raise DataError(f"{self._path}: {error}") from None

    def _read_chunk(self, file: BufferedReader) -> bytes | None:
        """The next body; None at the end, or at damage, which `truncated` then names."""
        at = file.tell()
        head = file.read(CHUNK.size)
        if not head:
            return None
        damage = "cut off"
        if len(head) == CHUNK.size:
            length, crc = CHUNK.unpack(head)
            possible = 0 < length <= CHUNK_MOST
            body = file.read(length) if possible else b""
            if possible and len(body) == length and zlib.crc32(body) == crc:
                return body
            if not possible or len(body) == length:
                damage = "damaged"
        size = os.fstat(file.fileno()).st_size
        self.truncated = f"{damage} at byte {at} of {size}: nothing was read from there on"
        return None


def is_closed(path: Path) -> bool:
    """Whether its writer has ended it; told from its last chunk alone. Raises DataError."""
    try:
        with path.open("rb") as file:
            at, size = len(MAGIC), os.fstat(file.fileno()).st_size
            body = b""
            while at + CHUNK.size <= size:
                file.seek(at)
                length, _ = CHUNK.unpack(file.read(CHUNK.size))
                at += CHUNK.size + length
                if at == size:
                    body = file.read(length)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from None
    try:
        return bool(body) and type(unpack_records(body)[-1]) is End
    except DataError:  # its header, or damaged
        return False


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
