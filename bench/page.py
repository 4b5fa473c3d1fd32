"""The page: how far its number is behind the socket's, how soon it shows an alarm, and what it costs `bard run`.

`python -m bench.page [--crossings 75]`: the board, the daemon and the condition of bench.latency, `bard web` beside
them. By turns nobody and twenty pages (bench.visitors) look on while loads cross the limit, so that the alarm's delay
with and without them is measured in one run; then one page in a real Chromium. All stamps are CLOCK_MONOTONIC.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from bard.control.client import ControlClient
from bard.errors import LinkError
from bard.messages import Acknowledge, ConditionChanged, Event, Snapshot, StartSession
from bench.latency import (
    BODY_KG,
    NEAR_KG,
    OVER_KG,
    UNDER_KG,
    Board,
    answers,
    config_in,
    crossings_of,
    free_port,
    now_us,
    pairs_in,
    started,
    wait_until,
)
from bench.results import percentiles, write
from tests.web.browser import Browser, Page

PAGES, TURNS = 20, 2
_TICKS_A_SECOND = 100
_NOTES = """
window.rows = []; window.alarms = [];
const now = () => (performance.timeOrigin + performance.now()) * 1000;
addEventListener("DOMContentLoaded", () => {
  new MutationObserver(() => window.rows.push([Number(document.documentElement.dataset.at), now()]))
    .observe(document.documentElement, {attributes: true, attributeFilter: ["data-at"]});
  let shown = false;
  new MutationObserver(() => {
    const shows = document.querySelector('#alarm-list [data-id="load_near"]') !== null;
    if (shows && !shown) window.alarms.push(now());
    shown = shows;
  }).observe(document.querySelector("#alarm-list"), {childList: true});
});
"""


class Ear:
    """A plain client of the socket, in a thread: when each row and each load_near came (us)."""

    def __init__(self, path: str) -> None:
        self.rows: dict[int, int] = {}
        self.alarms: list[int] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(path,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up."""
        self._over.set()
        self._thread.join()

    def _listen(self, path: str) -> None:
        with suppress(LinkError), ControlClient(path) as client:
            client.subscribe(20, events=True)
            while not self._over.is_set():
                message = client.next_message(0.1)
                if isinstance(message, Snapshot):
                    self.rows.setdefault(message.at_us, now_us())
                elif message is not None and _is_near(message.event):
                    self.alarms.append(now_us())


def _is_near(event: Event) -> bool:
    return isinstance(event, ConditionChanged) and (event.id, event.state) == ("load_near", "active")


class Bench:
    """The room, its daemon and its page's process, in `folder`."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.path = str(folder / "control.sock")
        self._stack = stack
        self._draws = random.Random(1)
        self.board = Board(folder / "board", 2)
        heard = (sys.executable, "-m", "bench.listener", "line", self.board.master, folder / "line.txt")
        stack.enter_context(started(*heard, log=folder / "line.log", pass_fds=(self.board.master,)))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.config = config_in(folder, f"[web]\nport = {port}\n")
        self._bard("run")
        wait_until(lambda: answers(self.path), self.board)
        self.web = self._bard("web")
        wait_until(lambda: "the page is at" in (folder / "web.log").read_text(), self.board)
        self.cookie = self.aside(lambda: self._pair())
        self.board.run_until(now_us() + 2_500_000)
        with ControlClient(self.path) as client:
            client.command(StartSession(BODY_KG, 60.0, NEAR_KG, 75.0))
        self.board.run_until(now_us() + 2_000_000)

    def _bard(self, command: str) -> subprocess.Popen[bytes]:
        arguments = (sys.executable, "-u", "-m", "bard", "--config", self.config, command)
        return self._stack.enter_context(started(*arguments, log=self.folder / f"{command}.log"))

    def aside(self, work: Callable[[], object]) -> str:
        """Have it done in a thread while the board goes on."""
        found: list[object] = []
        thread = threading.Thread(target=lambda: found.append(work()))
        thread.start()
        while thread.is_alive():
            self.board.run_until(now_us() + 10_000)
        return str(found[0])

    def code(self) -> str:
        """Of `bard web pair`."""
        command = [sys.executable, "-m", "bard", "--config", str(self.config), "web", "pair", "--role", "therapist"]
        found = re.search(r"^    (\S{5}-\S{5})$", subprocess.check_output(command, text=True), re.MULTILINE)
        assert found is not None
        return found[1]

    def _pair(self) -> str:
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        headers = {"Origin": self.url, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/pair", urlencode({"code": self.code()}), headers)
        return str(connection.getresponse().headers["Set-Cookie"]).split(";")[0]

    def cross(self, count: int) -> list[int]:
        """So many crossings; when each began."""
        steps = []
        with ControlClient(self.path) as client:
            for _ in range(count):
                client.command(Acknowledge("clock_untrusted"))
                self.board.bar_kg = OVER_KG
                steps.append(now_us())
                self.board.run_until(now_us() + self._draws.randint(200_000, 300_000))
                self.board.bar_kg = UNDER_KG
                self.board.run_until(now_us() + self._draws.randint(500_000, 600_000))
        return steps

    def delays(self, steps: list[int]) -> list[int]:
        """From the bytes that close each crossing's row to the alarm frame on the board's line."""
        signals = [(int(heard_us), int(pattern)) for pattern, heard_us in pairs_in(self.folder / "line.txt")]
        tape = next((self.folder / "tapes").glob("*.tape"))
        return [one.uart_us - one.closing_us for one in crossings_of(self.board, signals, steps, tape)[0]]


def usage(pid: int) -> tuple[float, float]:
    """Seconds of processor so far, and MB in memory."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND, int(status.partition("VmRSS:")[2].split()[0]) / 1024


def with_and_without(bench: Bench, crossings: int) -> list[str]:
    """Turns with nobody and with twenty pages."""
    alone: list[list[int]] = []
    watched: list[list[int]] = []
    busy_s = wall_s = memory_mb = 0.0
    ear = Ear(bench.path)
    late: list[int] = []
    for turn in range(TURNS):
        alone.append(bench.cross(crossings))
        out = bench.folder / f"visitors{turn}.txt"
        visitors = (sys.executable, "-m", "bench.visitors", bench.url, bench.cookie, PAGES, out)
        with started(*visitors, log=bench.folder / "visitors.log"):
            bench.board.run_until(now_us() + 3_000_000)
            began_s, before_s = time.monotonic(), usage(bench.web.pid)[0]
            watched.append(bench.cross(crossings))
            after_s, memory_mb = usage(bench.web.pid)
            busy_s, wall_s = busy_s + after_s - before_s, wall_s + time.monotonic() - began_s
        late += [int(came) - ear.rows[int(row)] for row, came in pairs_in(out) if int(row) in ear.rows]
    ear.close()
    delays = [[delay for steps in turns for delay in bench.delays(steps)] for turns in (alone, watched)]
    return [
        f"Alarm frame on the board's line, from the bytes that close its row, {TURNS} turns each in one run:",
        "",
        f"- no page open: {percentiles(delays[0])}",
        f"- {PAGES} pages open: {percentiles(delays[1])}",
        "",
        f"Of {TURNS * crossings} each: where the machine holds up the simulated board, a crossing begins before the",
        "last one is over, or finds the load unknown, and no new signal begins.",
        "",
        f"`bard web` with {PAGES} pages at 20 Hz, over {wall_s:.0f} s: {busy_s / wall_s:.1%} of a core, "
        f"{memory_mb:.0f} MB in memory.",
        f"Their rows arrive behind the socket's own: {percentiles(late)}.",
    ]


def in_chromium(bench: Bench, crossings: int) -> list[str]:
    """One real page: its number and its alarm against a plain client of the socket."""
    found: list[tuple[Browser, Page]] = []

    def open_page() -> str:
        browser = Browser(bench.folder / "chromium")
        page = browser.page(before=_NOTES)
        found.append((browser, page))
        page.open(f"{bench.url}/pair#{bench.code()}")
        page.wait("document.querySelector('#code').value.length === 11")
        page.click("#submit")
        page.wait("document.documentElement.dataset.link === 'live'")
        return ""

    try:
        bench.aside(open_page)
        browser, page = found[0]
        ear = Ear(bench.path)
        bench.board.run_until(now_us() + 2_000_000)
        steps = bench.cross(crossings)
        ear.close()
        apart_us = time.time_ns() // 1000 - now_us()
        rows, alarms = json.loads(str(page.look("JSON.stringify([window.rows, window.alarms])")))
    finally:
        for browser, _ in found:
            browser.close()
    late = [at - apart_us - ear.rows[row] for row, at in rows if row in ear.rows]
    ends = [*steps[1:], steps[-1] + 900_000]
    shown = []
    for begin, end in zip(steps, ends, strict=True):
        told = next((at for at in ear.alarms if begin <= at < end), None)
        seen = next((at - apart_us for at in alarms if begin <= at - apart_us < end), None)
        if told is not None and seen is not None:
            shown.append(seen - told)
    return [
        "",
        "One page in a headless Chromium on the same machine, against a plain client of the socket; the page's stamp",
        "is that of the change in its document, before it is painted (the next frame of its screen):",
        "",
        f"- number on the page behind the same row on the socket: {percentiles(late)}",
        f"- alarm on the page behind its event on the socket: {percentiles(shown)}; lost: {crossings - len(shown)}",
    ]


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crossings", type=int, default=75)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bard-bench-") as folder, ExitStack() as stack:
        bench = Bench(Path(folder), stack)
        lines = with_and_without(bench, options.crossings)
        lines += in_chromium(bench, options.crossings)
    load = os.getloadavg()[1]
    head = [
        f"A 4-chip board on a pty, {options.crossings} crossings a turn, no on-delay. The {PAGES} pages",
        "are WebSocket clients in one process that do what the page does, on the machine that is measured.",
        f"Its load average was {load:.1f} in the last five minutes; the bench itself makes about 0.5.",
        "",
    ]
    print(write("page", "The page", head + lines))


if __name__ == "__main__":
    main()
