"""One run of somebody's command, as a process group that can be ended whole.

One law: nothing of bard's is inherited but what is given, and no call waits for the command; how it ended is known
before its number is given away, so that no stranger is ever killed. It knows no event.
"""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from subprocess import DEVNULL, Popen
from threading import Thread
from time import monotonic


class Run:
    """Runs from now on, in `/`, its output discarded. `over` is called on another thread once `ended` is true.

    Raises OSError where it cannot start. `until_s`, monotonic: when its time is up; the owner calls `kill` then.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        stdin: bytes,
        timeout_s: float,
        over: Callable[[], None],
    ) -> None:
        self.ended = self.killed = False
        self.until_s = monotonic() + timeout_s
        self._over = over
        # A file, not a pipe: it takes the bytes at once, read or not, and breaks under nobody.
        with os.fdopen(os.memfd_create("bard-event"), "wb", buffering=0) as file:
            file.write(stdin)
            file.seek(0)
            self._process = Popen(
                argv, stdin=file, stdout=DEVNULL, stderr=DEVNULL, cwd="/", env=environment, start_new_session=True
            )
        Thread(target=self._await, name="output hook run", daemon=True).start()

    def kill(self) -> None:
        """All of its group, at once."""
        self.killed = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def reap(self) -> str | None:
        """Call it once, after `ended`: how it went wrong. What the command left running in its group ends here."""
        self.kill()
        status = self._process.wait()
        if status < 0:
            return f"was ended by {signal.Signals(-status).name}"
        return f"ended with status {status}" if status else None

    def _await(self) -> None:
        os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        self.ended = True
        self._over()
