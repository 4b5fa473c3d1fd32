"""What a restart must not lose: the session, the weight, the zero, in one small file.

One law: the file is written whole or not at all, and never on the path from byte to alarm; the newest state wins over
those still waiting. A file that cannot be read is said and set aside, never guessed at.
"""

import queue
import time
from pathlib import Path
from threading import Thread

import msgspec
from msgspec import Struct

from bard.config.atomic import write_whole
from bard.daemon.wallclock import boot_id
from bard.messages import Restore
from bard.studio.holdings import STATE_FILE

_SESSION_MOST_US = 3_600_000_000
"""A session kept longer ago than this is over, whoever forgot to end it."""


class _State(Struct, frozen=True):
    boot_id: str
    at_us: int
    """Monotonic, of that boot."""
    wall_s: float
    restore: Restore


class Keeper:
    """`keep` from the loop, `close` at the end; `failure` says why the file is not what it should be."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / STATE_FILE
        self._waiting: queue.SimpleQueue[_State | None] = queue.SimpleQueue()
        self._thread: Thread | None = None
        self._boot_id = boot_id()
        self.failure: str | None = None

    def load(self, now_us: int) -> Restore | None:
        """What was kept, with its ages as of now; None where there is none."""
        try:
            state = msgspec.json.decode(self._path.read_bytes(), type=_State)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            self.failure = f"{self._path}: {error}: the session of before is lost"
            self._path.rename(self._path.with_suffix(".unreadable"))
            return None
        if state.boot_id == self._boot_id:
            passed_us = now_us - state.at_us
        else:
            passed_us = max(now_us, round((time.time() - state.wall_s) * 1e6))
        restore = _aged(state.restore, passed_us)
        if restore.session is not None and passed_us > _SESSION_MOST_US:
            self.failure = f"the session of before was last seen {passed_us / 3.6e9:.1f} h ago: it is over"
            restore = msgspec.structs.replace(restore, session=None)
        return restore

    def keep(self, restore: Restore, now_us: int) -> None:
        """Write it soon."""
        if self._thread is None:
            self._thread = Thread(target=self._write, name="keeping", daemon=True)
            self._thread.start()
        self._waiting.put(_State(self._boot_id, now_us, time.time(), restore))

    def close(self) -> None:
        """Write what waits, then return."""
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join()

    def _write(self) -> None:
        while (state := self._waiting.get()) is not None:
            ended = False
            while not self._waiting.empty():
                newer = self._waiting.get()
                ended = newer is None
                state = newer or state
            try:
                write_whole(self._path, msgspec.json.encode(state))
                self.failure = None
            except OSError as error:
                self.failure = f"{self._path}: {error.strerror or error}: a restart would lose the session"
            if ended:
                return


def _aged(restore: Restore, by_us: int) -> Restore:
    """The same, so much later."""
    parts = {
        name: msgspec.structs.replace(part, age_us=part.age_us + by_us)
        for name in ("zero", "hung", "session")
        if (part := getattr(restore, name)) is not None
    }
    return msgspec.structs.replace(restore, **parts)
