"""The real Chromium, headless: pictures and PDFs of pages, and what a page measures.

It is driven over a pair of pipes (no port), keeps its profile in a folder of its own, and is ended by its own process
group. `Chromium(folder)` is a context; nothing is left running.
"""

import base64
import contextlib
import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

WAIT_S = 60.0
A4_IN = (8.27, 11.69)
_AS_3_AND_4 = """
import fcntl, os, sys
reads, writes = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(reads, 3)
os.dup2(writes, 4)
os.closerange(5, 256)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Chromium reads commands from descriptor 3 and answers on 4."""


class Chromium:
    """A browser with one page."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        assert program is not None, "chromium is not installed: make test says what to install"
        folder.mkdir(parents=True, exist_ok=True)
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _AS_3_AND_4, str(theirs_in), str(theirs_out), program, *_options(folder)],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(folder / "chromium.log").open("wb"),
            start_new_session=True,
            env={**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_CACHE_HOME": str(folder)},
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self._events: list[dict[str, Any]] = []
        try:
            target = self.call("Target.createTarget", url="about:blank", session=None)["targetId"]
            attached = self.call("Target.attachToTarget", targetId=target, flatten=True, session=None)
            self._session: str = attached["sessionId"]
            for domain in ("Page", "Runtime", "Network", "Log"):
                self.call(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Chromium":
        return self

    def __exit__(self, _kind: type[BaseException] | None, _it: BaseException | None, _at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End it and all its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(WAIT_S)
        os.close(self._in)
        os.close(self._out)

    def open(self, where: Path | str, width: int = 1280, height: int = 900, scale: float = 1.0) -> None:
        """Load a file or URL in a window of so many CSS px, and wait until it is loaded."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=width < 600,
        )
        self._events.clear()
        url = where if isinstance(where, str) else where.absolute().as_uri()
        answer = self.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        self.event("Page.loadEventFired")

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression, awaited where it is a promise."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def overflows(self) -> list[str]:
        """What is wider than its place: the page itself, or words that were not to be broken."""
        found: list[str] = self.evaluate(
            "[document.documentElement, ...document.querySelectorAll('b, td, th, h1, h2, dd')]"
            ".filter(one => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display != 'inline')"
            ".filter(one => !one.closest('.scroll')).map(one => one.tagName + ': ' + one.textContent.slice(0, 60))"
        )
        return found

    def screenshot(self, path: Path, whole: bool = True) -> None:
        """A PNG of the page, or of what fits in the window."""
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=whole, format="png")
        path.write_bytes(base64.b64decode(answer["data"]))

    def print_pdf(self, path: Path) -> None:
        """The page as a person prints it: A4, backgrounds as the page wishes, no header."""
        width, height = A4_IN
        answer = self.call("Page.printToPDF", paperWidth=width, paperHeight=height, preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(answer["data"]))

    def requests(self) -> list[str]:
        """The URLs that were asked for since `open`."""
        return [
            event["params"]["request"]["url"]
            for event in self._events
            if event["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self) -> list[str]:
        """What the browser logged since `open`: blocked requests, errors."""
        return [event["params"]["entry"]["text"] for event in self._events if event["method"] == "Log.entryAdded"]

    def event(self, method: str) -> dict[str, Any]:
        """Wait for an event since `open`."""
        end = time.monotonic() + WAIT_S
        while True:
            for event in self._events:
                if event["method"] == method:
                    return event
            self._events.append(self._receive(end, want_event=True))

    def call(self, method: str, session: str | None = "", **parameters: Any) -> dict[str, Any]:
        """A command of the DevTools protocol and its result."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session or self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + WAIT_S
        while True:
            got = self._receive(end)
            if got.get("id") == number:
                assert "error" not in got, (method, got["error"])
                result: dict[str, Any] = got["result"]
                return result
            if "method" in got:
                self._events.append(got)

    def _receive(self, end: float, want_event: bool = False) -> dict[str, Any]:
        while True:
            while b"\0" not in self._buffer:
                ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
                assert ready, "chromium does not answer"
                read = os.read(self._in, 1 << 20)
                assert read, f"chromium has ended: {self._process.poll()}"
                self._buffer += read
            line, self._buffer = self._buffer.split(b"\0", 1)
            got: dict[str, Any] = json.loads(line)
            if not want_event or "method" in got:
                return got


def _options(folder: Path) -> list[str]:
    options = [
        *("--headless=new", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check"),
        *("--disable-gpu", "--disable-extensions", "--disable-background-networking", "--disable-sync"),
        *("--disable-component-update", "--disable-default-apps", "--hide-scrollbars", "--disable-dev-shm-usage"),
        *("--mute-audio", "--password-store=basic", f"--user-data-dir={folder / 'profile'}"),
    ]
    return [*options, "--no-sandbox"] if os.geteuid() == 0 else options
