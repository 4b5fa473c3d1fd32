"""A simulated room and a daemon on it, each a process of its own, in a folder of their own.

One law: nothing is faked between them: a pty, the real daemon, its real socket. What was started is ended by its pid.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bard.control.client import ControlClient
from bard.errors import BardError, LinkError

_START_S = 20.0
_END_S = 10.0
_POLL_S = 0.02


class Stage:
    """`with Stage(folder, port)` starts both; `socket`, `truth`, `tape` and `begun_us` tell of them."""

    def __init__(self, folder: Path, source: str, seed: int, config_text: str) -> None:
        self.folder = folder
        self.socket = str(folder / "control.sock")
        self.truth = folder / "truth.csv"
        self._config = folder / "bard.toml"
        self._config.write_text(config_text)
        self._source = source
        self._seed = seed
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Stage":
        try:
            self._start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def tape(self) -> Path:
        """The tape of the session. Raises LinkError where the daemon left none."""
        tapes = sorted((self.folder / "tapes").glob("*.tape"))
        if not tapes:
            raise LinkError(f"the daemon left no tape; its log is {self.folder / 'run.log'}")
        return tapes[-1]

    @property
    def daemon_pid(self) -> int:
        """Of the daemon, while it runs."""
        return self._processes[1].pid

    def begun_us(self) -> int:
        """When the simulated room's time 0 was, on the host's clock; waits for it."""
        log = self.folder / "simulate.log"
        found: list[int] = []

        def begun() -> bool:
            found.extend(int(line.split()[2]) for line in log.read_text().splitlines() if line.startswith("begun at"))
            return bool(found)

        self._wait(begun, "the simulated board was not opened")
        return found[0]

    def simulation_over(self) -> bool:
        """The room has come to its end and written the truth."""
        return self._processes[0].poll() is not None

    def end(self) -> None:
        """End the daemon, then the room."""
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def end_daemon(self) -> None:
        """End the daemon alone, so that its tape is whole."""
        daemon = self._processes.pop()
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(_END_S)

    def _start(self) -> None:
        calibration = self.folder / "calibration.json"
        options = ["--link", self.folder / "boards", "--truth", self.truth, "--calibration", calibration]
        self._run("simulate", "simulate", self._source, "--seed", self._seed, *options)
        self._wait(calibration.exists, "the simulated room did not start")
        self._run("run", "--config", self._config, "run")
        self._wait(self._answers, "the daemon did not start")

    def _run(self, name: str, *arguments: object) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            command = [sys.executable, "-m", "bard", *map(str, arguments)]
            environment = os.environ | {"PYTHONUNBUFFERED": "1"}
            self._processes.append(
                subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
            )

    def _answers(self) -> bool:
        try:
            ControlClient(self.socket).close()
        except LinkError:
            return False
        return True

    def _wait(self, condition: Callable[[], bool], otherwise: str) -> None:
        end = time.monotonic() + _START_S
        while not condition():
            for process, name in zip(self._processes, ("simulate", "run"), strict=False):
                if process.poll() is not None:
                    words = (self.folder / f"{name}.log").read_text().strip().splitlines()
                    raise BardError(f"{otherwise}: {words[-1] if words else f'bard {name} ended'}")
            if time.monotonic() > end:
                raise BardError(f"{otherwise} within {_START_S:g} s")
            time.sleep(_POLL_S)
