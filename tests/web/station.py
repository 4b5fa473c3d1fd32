"""`bard web` as a process beside a daemon, and how a test pairs a device with it."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.daemon.house import House, run_bard, wait_for
from tests.web.browser import Browser, Page

ARTEFACTS = Path(__file__).parents[2] / "build" / "screenshots"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Station:
    """The page's process of one house. `url` without a path."""

    def __init__(self, house: House, more: str = "") -> None:
        self.house = house
        self.port = free_port()
        self.tls = "host" in more or "cert_file" in more
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        self.log = house.folder / "web.log"
        self.table = f"[web]\nport = {self.port}\n{more}\n"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Until it listens."""
        command = [sys.executable, "-m", "bard", "--config", str(self.house.config), "web"]
        with self.log.open("ab") as log:
            environment = os.environ | {"PYTHONUNBUFFERED": "1"}
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        self.house.also(self.process)
        wait_for(self.listens, "bard web listens")

    def listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def code(self, role: str = "therapist") -> str:
        """A fresh one."""
        done = run_bard("--config", self.house.config, "web", "pair", "--role", role)
        assert done.returncode == 0, done
        found = re.search(r"^    ([0-9A-Z]{5}-[0-9A-Z]{5})$", done.stdout, re.MULTILINE)
        assert found is not None, done.stdout
        return found[1]

    def paired(self, browser: Browser, role: str = "therapist", **options: object) -> Page:
        """A page on a device that was paired by the QR code's address."""
        page = browser.page(**options)  # type: ignore[arg-type]
        page.open(f"{self.url}/pair#{self.code(role)}")
        page.wait("document.querySelector('#code').value.length === 11")
        page.click("#submit")
        page.wait("location.pathname !== '/pair'")
        return page
