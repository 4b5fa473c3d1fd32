"""The real daemon as a process, in a folder of its own, and the real command line beside it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bard.config.calibration_file import save_calibration
from bard.control.client import ControlClient
from bard.errors import LinkError
from bard.link.flatout import true_calibration
from bard.link.ports import Ports
from bard.messages import Snapshot
from bard.settings import CoreSettings

PATIENCE_S = 30.0
STATION = "room"


def wait_for(what: Callable[[], object], why: str = "", limit_s: float = PATIENCE_S) -> float:
    """Seconds until `what()` is true; fails after `limit_s`."""
    began_s = time.monotonic()
    while not what():
        assert time.monotonic() - began_s < limit_s, f"not within {limit_s} s: {why}"
        time.sleep(0.01)
    return time.monotonic() - began_s


def config_of(port: str, more: str = "", head: str = "") -> str:
    """A configuration for the one board of a sim:// or recording:// room, on `port`."""
    room = Ports().room(port).room
    lines = [f'station = "{STATION}"', "terminal = false", head, "[control]", 'socket = "run/control.sock"']
    lines += ["[journal]", 'directory = "var"', "[[boards]]", 'name = "a"', f'port = "{port}"']
    for support in room.room_settings([port]).supports:
        cells = ", ".join(f'{{board = "a", channel = {cell.channel}}}' for cell in support.cells)
        lines += ["[[supports]]", f'name = "{support.name}"', f"cells = [{cells}]"]
    return "\n".join([*lines, more]) + "\n"


def run_bard(*arguments: object, timeout_s: float = 90.0) -> subprocess.CompletedProcess[str]:
    """One command to its end, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "bard", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def complains(done: subprocess.CompletedProcess[str], exit_status: int, *words: str) -> None:
    """It ended with one clear line on stderr that has these words, and with that exit status."""
    assert done.returncode == exit_status, done
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("bard: ")
    for word in words:
        assert word in lines[0], lines[0]


class House:
    """One room's folder: configuration, calibration, tapes, socket, and at most one daemon at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "bard.toml"
        self.socket = folder / "run" / "control.sock"
        self.log = folder / "run.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._begun: list[subprocess.Popen[str]] = []

    def furnish(self, port: str, *, calibrated: bool = True, more: str = "") -> None:
        """Write the configuration, and the room's true calibration."""
        self.config.write_text(config_of(port, more))
        if calibrated:
            room = Ports().room(port).room
            (self.folder / "var").mkdir(exist_ok=True)
            true = true_calibration(room, CoreSettings(room.room_settings([port])))
            save_calibration(self.folder / "var" / "calibration.json", true)

    def start(self, *, wait: bool = True, module: str = "bard") -> subprocess.Popen[bytes]:
        """Start the daemon; by default until it answers. `module`: what stands in for it."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", module, "--config", str(self.config), "run"]
            environment = os.environ | {"PYTHONUNBUFFERED": "1"}
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        self._processes.append(self.process)
        if wait:
            wait_for(self.answers, "the daemon answers")
        return self.process

    def answers(self) -> bool:
        """Somebody serves the socket."""
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            ControlClient(str(self.socket)).close()
        except LinkError:
            return False
        return True

    def bard(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """A command with this configuration."""
        return run_bard("--config", self.config, *arguments)

    def begin(self, *arguments: object, asked: bool = False) -> subprocess.Popen[str]:
        """The same, still running; its output is piped, and what it asks for where it is `asked`."""
        command = [sys.executable, "-m", "bard", "--config", str(self.config), *map(str, arguments)]
        answers = subprocess.PIPE if asked else subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=answers, stdout=subprocess.PIPE, text=True)
        self._begun.append(process)
        return process

    def client(self) -> ControlClient:
        return ControlClient(str(self.socket), timeout_s=PATIENCE_S)

    def snapshot(self) -> Snapshot:
        with self.client() as client:
            return client.query()

    def until(self, what: Callable[[Snapshot], object], why: str) -> Snapshot:
        """The first snapshot of which it is true."""
        with self.client() as client:
            found: list[Snapshot] = []

            def look() -> bool:
                found[:] = [client.query()]
                return bool(what(found[0]))

            wait_for(look, why)
        return found[0]

    def until_known(self) -> Snapshot:
        """Every cell is known."""
        return self.until(lambda snapshot: snapshot.bar_load_kg is not None, "a known bar load")

    def end(self, number: int = signal.SIGTERM) -> int:
        """End the daemon; its exit status."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)

    def tapes(self) -> list[Path]:
        return sorted((self.folder / "var" / "tapes").glob("*.tape"))

    def also(self, process: subprocess.Popen[bytes]) -> None:
        """End this one too."""
        self._processes.append(process)

    def close(self) -> None:
        """End what still runs."""
        for process in (*self._processes, *self._begun):
            if process.poll() is None:
                process.kill()
            process.wait()
