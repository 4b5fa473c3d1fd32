"""From the bytes of a crossing to the alarm: on the board's line, on the socket, at a local MQTT subscriber.

`python -m bench.latency [--crossings 500]`: this process is the board (four chips, a pty, 500000 baud in time), `bard
run` the real daemon, Mosquitto a real broker; the listeners are processes of their own. The condition is load_near
with a box of one row: it has no on-delay, so what is measured is the path alone. All stamps are CLOCK_MONOTONIC.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from bard.config.calibration_file import save_calibration
from bard.control.client import ControlClient
from bard.errors import LinkError
from bard.journal.records import Came, Data, Timer
from bard.journal.tape import TapeReader
from bard.messages import Acknowledge, SignalChanged, StartSession, decode
from bard.weigh.calibration import Calibration, CellCalibration
from bard.wire.decoder import encode
from bard.wire.frames import Conversion, Samples
from bench.results import percentiles, write

COUNTS_PER_KG = 20_000
UNDER_KG, OVER_KG = 40.0, 30.0
NEAR_KG = 34.0
BODY_KG = 70.0
RATES_HZ = (82.1, 85.3, 87.9, 91.4)
LINE_US_PER_BYTE = 20
_READ_US = (200, 2_000)


class Sent(NamedTuple):
    """One frame on the line: when its last byte left, and the loads it brought about."""

    at_us: int
    raw_kg: float
    gated_kg: float


class Crossing(NamedTuple):
    """When each thing happened, us."""

    raw_us: int
    gated_us: int
    closing_us: int
    uart_us: int
    event_at_us: int


class Board:
    """Plays the chips on a pty; its other half, which hears the host, is a listener on the same pty."""

    def __init__(self, link: Path, seed: int) -> None:
        self._random = random.Random(seed)
        self.master, slave = os.openpty()
        tty.setraw(slave)
        link.symlink_to(os.ttyname(slave))
        os.close(slave)
        os.set_blocking(self.master, False)
        self._history = [[round(UNDER_KG / 4 * COUNTS_PER_KG)] * 3 for _ in RATES_HZ]
        self._next_us = [now_us() + 3_000 * channel for channel in range(len(RATES_HZ))]
        self._queue: list[tuple[int, int]] = []
        self._seq = 0
        self.bar_kg = UNDER_KG
        self.sent: list[Sent] = []

    def run_until(self, end_us: int) -> None:
        """Send what is due."""
        while (at_us := now_us()) < end_us:
            self._convert(at_us)
            due_us = min([due for due, _ in self._queue] + self._next_us + [end_us])
            time.sleep(max(0, due_us - now_us()) / 1e6)

    def _convert(self, at_us: int) -> None:
        for channel, due_us in enumerate(self._next_us):
            if due_us <= at_us:
                read_us = due_us + self._random.randint(*_READ_US)
                self._queue.append((read_us, channel))
                self._next_us[channel] = due_us + round(1e6 / RATES_HZ[channel])
                counts = self.bar_kg / 4 * COUNTS_PER_KG + self._random.gauss(0, 150)
                self._history[channel] = [*self._history[channel][1:], round(counts)]
        for item in sorted(self._queue):
            read_us, channel = item
            if read_us <= at_us:
                self._queue.remove(item)
                self._send(channel, at_us)

    def _send(self, channel: int, at_us: int) -> None:
        ready_us = self._next_us[channel] - round(1e6 / RATES_HZ[channel])
        conversion = Conversion(channel, min(at_us - ready_us, 65_535), self._history[channel][-1])
        frame = encode(Samples(self._seq & 0xFFFF, at_us & 0xFFFFFFFF, 0, (conversion,)))
        self._seq += 1
        left_us = at_us + len(frame) * LINE_US_PER_BYTE
        while now_us() < left_us:
            pass
        stamp_us = now_us()
        with contextlib.suppress(BlockingIOError):  # nobody has it open yet
            os.write(self.master, frame)
        raw = sum(history[-1] for history in self._history)
        gated = sum(sorted(history)[1] for history in self._history)
        self.sent.append(Sent(stamp_us, raw / COUNTS_PER_KG, gated / COUNTS_PER_KG))


def now_us() -> int:
    """CLOCK_MONOTONIC."""
    return time.monotonic_ns() // 1000


def config_in(folder: Path, more: str) -> Path:
    """A configuration for the board, with a calibration that fits it, and `more` tables."""
    cells = ", ".join(f'{{board = "a", channel = {channel}}}' for channel in range(len(RATES_HZ)))
    path = folder / "bard.toml"
    path.write_text(
        f'station = "bench"\nterminal = false\n[[boards]]\nname = "a"\nport = "{folder}/board"\n'
        f'[[supports]]\nname = "bar"\ncells = [{cells}]\n[weigh]\nbox_rows = 1\n[uncertainty]\nguard_band = 0\n'
        f'[control]\nsocket = "control.sock"\n[journal]\ndirectory = "."\n'
        f"{more}"
    )
    calibration = {f"a/{channel}": CellCalibration(0.0, COUNTS_PER_KG) for channel in range(len(RATES_HZ))}
    save_calibration(folder / "calibration.json", Calibration(calibration))
    return path


@contextmanager
def started(*command: object, log: Path, pass_fds: tuple[int, ...] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended at the end."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            list(map(str, command)), stdout=out, stderr=out, stdin=subprocess.DEVNULL, pass_fds=pass_fds
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], board: Board | None = None) -> None:
    """With the board at work meanwhile, where there is one. Raises SystemExit after 20 s."""
    for _ in range(2_000):
        if condition():
            return
        if board is None:
            time.sleep(0.01)
        else:
            board.run_until(now_us() + 10_000)
    raise SystemExit("the daemon, the broker or a listener did not start")


def answers(path: str) -> bool:
    """Whether a daemon serves this socket."""
    try:
        ControlClient(path).close()
    except LinkError:
        return False
    return True


def measure(crossings: int, folder: Path) -> list[str]:
    """Run it in `folder`; the lines of the result."""
    port = free_port()
    broker_config = folder / "mosquitto.conf"
    broker_config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\nset_tcp_nodelay true\n"
    )
    mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") or "mosquitto"
    draws = random.Random(1)
    path = str(folder / "control.sock")
    with ExitStack() as stack:
        stack.enter_context(started(mosquitto, "-c", broker_config, log=folder / "mosquitto.log"))
        board = Board(folder / "board", 2)
        heard = folder / "line.txt"
        line = (sys.executable, "-m", "bench.listener", "line", board.master, heard)
        stack.enter_context(started(*line, log=folder / "line.log", pass_fds=(board.master,)))
        config = config_in(folder, f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\n')
        stack.enter_context(started(sys.executable, "-m", "bard", "--config", config, "run", log=folder / "run.log"))
        wait_until(lambda: answers(path), board)
        for name, where in (("socket", path), ("mqtt", port)):
            listener = (sys.executable, "-m", "bench.listener", name, where, folder / f"{name}.txt")
            stack.enter_context(started(*listener, log=folder / f"{name}.log"))
        wait_until(lambda: all((folder / f"{name}.txt").exists() for name in ("socket", "mqtt")), board)
        board.run_until(now_us() + 2_500_000)
        with ControlClient(path) as client:
            client.command(StartSession(BODY_KG, 60.0, NEAR_KG, 75.0))
            board.run_until(now_us() + 2_000_000)
            steps = []
            for _ in range(crossings):
                # Where nobody sets the clock that is said after a minute, and felt for a second instead of the cue.
                client.command(Acknowledge("clock_untrusted"))
                board.bar_kg = OVER_KG
                steps.append(now_us())
                board.run_until(now_us() + draws.randint(200_000, 300_000))
                board.bar_kg = UNDER_KG
                board.run_until(now_us() + draws.randint(500_000, 600_000))
    os.close(board.master)
    return _lines(board, steps, folder)


def _lines(board: Board, steps: list[int], folder: Path) -> list[str]:
    signals = [(int(heard_us), int(pattern)) for pattern, heard_us in pairs_in(folder / "line.txt")]
    found, by_timer = crossings_of(board, signals, steps, next((folder / "tapes").glob("*.tape")))
    socket_us, mqtt_us = heard_by(folder / "socket.txt"), heard_by(folder / "mqtt.txt")
    from_close = [crossing.uart_us - crossing.closing_us for crossing in found]
    lines = [
        f"{len(steps)} crossings of a 4-chip board on a pty; the condition has no on-delay.",
        "",
        f"From the arrival of the bytes that close the crossing row ({by_timer} rows closed by their time limit):",
        "",
        f"- alarm frame on the board's line: {percentiles(from_close)}",
    ]
    for name, heard in (("event on the socket", socket_us), ("message at an MQTT subscriber", mqtt_us)):
        late = [heard[c.event_at_us] - c.closing_us for c in found if c.event_at_us in heard]
        lines.append(f"- {name}: {percentiles(late)}")
    gated = [crossing.uart_us - crossing.gated_us for crossing in found]
    raw = [crossing.uart_us - crossing.raw_us for crossing in found]
    lines += [
        "",
        "To the alarm frame on the board's line:",
        "",
        f"- from the frame whose conversion takes the gated bar load across: {percentiles(gated)}",
        f"- from the frame of the first raw bar load across: {percentiles(raw)}",
        f"- lost: {len(steps) - len(found)}",
    ]
    return lines


def crossings_of(
    board: Board, signals: list[tuple[int, int]], steps: list[int], tape: Path
) -> tuple[list[Crossing], int]:
    """What came of each step, and how many rows were closed by their time limit."""
    limit_kg = BODY_KG - NEAR_KG
    closings: list[tuple[int, int, bool]] = []
    newest: Data | Timer | None = None
    for record in TapeReader(tape):
        if isinstance(record, Data | Timer):
            newest = record
        elif isinstance(record, Came) and newest is not None:
            event = decode(record.text)
            if isinstance(event, SignalChanged) and event.vibrator and event.condition == "load_near":
                closings.append((newest.now_us, event.at_us, isinstance(newest, Timer)))
    found, by_timer = [], 0
    for step_us, end_us in zip(steps, [*steps[1:], steps[-1] + 400_000], strict=True):
        frames = [sent for sent in board.sent if step_us <= sent.at_us < end_us]
        raw = next((sent.at_us for sent in frames if sent.raw_kg < limit_kg), None)
        gated = next((sent.at_us for sent in frames if sent.gated_kg < limit_kg), None)
        closing = next((closing for closing in closings if step_us <= closing[0] < end_us), None)
        uart = next((at_us for at_us, pattern in signals if pattern and step_us <= at_us < end_us), None)
        if raw is not None and gated is not None and closing is not None and uart is not None:
            found.append(Crossing(raw, gated, closing[0], uart, closing[1]))
            by_timer += closing[2]
    return found, by_timer


def heard_by(path: Path) -> dict[int, int]:
    """Row time of each load_near that became active -> when the listener had it."""
    return {int(at_us): int(heard_us) for at_us, heard_us in pairs_in(path)}


def pairs_in(path: Path) -> list[list[str]]:
    """A listener's lines."""
    return [line.split() for line in path.read_text().splitlines() if line]


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crossings", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bard-bench-") as folder:
        print(write("latency", "From the bytes of a crossing to the alarm", measure(options.crossings, Path(folder))))


if __name__ == "__main__":
    main()
