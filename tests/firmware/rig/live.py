"""The rig in real time behind a pty, for a host that knows no better.

One law: the process ends with its context, whatever happened in it; every wait has a limit.
"""

import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from msgspec import Struct

from .. import build
from . import arguments, old_board


class Moment(Struct, frozen=True):
    """Something that happened, on CLOCK_MONOTONIC: `vibrator 1`, `buzzer 0`, or a line of the script."""

    monotonic_ns: int
    what: str


class Live:
    """The board on a pty at `link` (a symbolic link, made when it is there and gone when the line is cut).

    `script` lines are due in microseconds of the board's time since its start; `do` acts at once. Other options as in
    `arguments`, and `dtr=True` for a board that resets when its port is opened. The EEPROM defaults to one beside the
    link, of a board that has booted before.
    """

    def __init__(
        self,
        link: Path,
        script: Iterable[tuple[float, str]] = (),
        *,
        elf: Path | None = None,
        dtr: bool = False,
        **options: Any,
    ) -> None:
        self.link = link
        options.setdefault("eeprom", build_eeprom(link.with_suffix(".eeprom")))
        self._command = [*arguments(elf or build.elf(), **options), "--pty", str(link), *(["--dtr"] if dtr else [])]
        self._script = "".join(f"{at_us} {what}\n" for at_us, what in script)
        self._changed = threading.Condition()
        self._moments: list[Moment] = []
        self.late_ns: list[int] = []
        """Each time the simulation could not keep up by more than 20 ms: by how much."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.do_all(self._script)
        self.wait_until(lambda moment: moment.what == "ready", 10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)

    def do(self, what: str) -> None:
        """One line of a scenario, now: `load 0 0 20000`, `unplug 1`, `line 0`."""
        self.do_all(f"- {what}\n")

    def do_all(self, lines: str) -> None:
        """Lines as they stand in a script file."""
        assert self._process.stdin is not None
        self._process.stdin.write(lines)
        self._process.stdin.flush()

    @property
    def running(self) -> bool:
        """False once the simulated seconds are over."""
        return self._process.poll() is None

    def moments(self) -> list[Moment]:
        """All that has happened so far."""
        with self._changed:
            return list(self._moments)

    def wait_until(self, wanted: Callable[[Moment], bool], seconds: float, after_ns: int = 0) -> Moment:
        """The first moment after `after_ns` that is wanted; AssertionError if none comes in time."""
        limit = time.monotonic() + seconds
        with self._changed:
            while True:
                for moment in self._moments:
                    if moment.monotonic_ns > after_ns and wanted(moment):
                        return moment
                left = limit - time.monotonic()
                assert left > 0, f"not in {seconds} s; the last were {self._moments[-5:]}"
                assert self._process.poll() is None or self._reader.is_alive(), "the rig has ended"
                self._changed.wait(min(left, 0.2))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            kind, *words = line.split()
            with self._changed:
                if kind == "o":
                    self._moments.append(Moment(int(words[3]), f"{words[1]} {words[2]}"))
                elif kind == "d":
                    self._moments.append(Moment(int(words[1]), " ".join(words[2:])))
                elif kind == "p":
                    self._moments.append(Moment(int(words[1]), "ready"))
                elif kind == "q":
                    self.late_ns.append(int(words[1]))
                self._changed.notify_all()


def build_eeprom(path: Path) -> Path:
    """The EEPROM at `path`, made if it is not there."""
    return path if path.exists() else old_board(path)
