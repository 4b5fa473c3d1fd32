"""Hardware in the loop: the real ELF in real time on a pty, the real daemon on it, a real Mosquitto beside them.

One law: nothing is played but the chips' counts, and for a second board a simulated one. Whatever was started ends
with the context. `python -m tests.firmware.hil simulate empty --link FOLDER` is that second board.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path

from msgspec import Struct, structs

from bard.cli import main
from bard.config.calibration_file import load_calibration, save_calibration
from bard.control.client import ControlClient
from bard.control.protocol import PushedEvent
from bard.errors import Refused
from bard.journal.records import Came, Data
from bard.journal.tape import TapeReader
from bard.messages import Acknowledge, BoardChanged, ConditionChanged, Event, Snapshot, StartSession, decode
from bard.simulate import SCENARIOS
from bard.weigh.calibration import Calibration, CellCalibration
from bard.wire.decoder import NEED_DATA, BadFrame, Decoder
from bard.wire.frames import BoardFrame
from tests.annunciate.broker import STATION, Broker
from tests.daemon.house import PATIENCE_S, House, wait_for

from .rig.live import Live, Moment

COUNTS_PER_KG, ZERO_COUNTS = 20_000, 100_000
RATES_HZ = (82.1, 85.3, 87.9, 91.4)
BODY_KG, LIMIT_KG, NEAR_KG = 70.0, 40.0, 39.5
"""Critical is 50 kg, so that the guard's least bar load is 20 kg; near so close that letting go is critical first."""
HELD_KG = 40.0
LET_GO_US, TAKE_US = 20_000, 80_000
CALM_NS = 700_000_000
"""Longer than any silence within a pattern that plays on, "not monitored" and "low" aside."""
ARMED_US = 500_000
"""So long after phase `on` began, the guard holds its least bar load: the daemon sends it with its next beat."""
STALLED_NS = 50_000_000
RESTARTED = "board_restarted"
HIGH_MS = (100, 80, 100, 80, 100, 200, 100, 80, 100)
"""How "high" begins: on and off in turn."""


class Release(Struct, frozen=True):
    """The bars were let go: when, when the vibrator pin moved, and whether the simulation kept up meanwhile."""

    let_go_ns: int
    pin_ns: int
    kept_up: bool

    @property
    def us(self) -> float:
        """From the load's change to the pin."""
        return (self.pin_ns - self.let_go_ns) / 1000


class Loop:
    """One room. `events` are all that the socket pushed, in order, as far as they were read."""

    def __init__(self, live: Live, house: House, broker: Broker) -> None:
        self.live = live
        self.house = house
        self.broker = broker
        self.events: list[Event] = []
        self._client: ControlClient | None = None
        self._stalls_seen = 0

    def listen(self) -> None:
        """Begin to hear events."""
        self._client = self.house.client()
        self._client.subscribe(0, True)

    def hold(self, kg: float, over_us: int = TAKE_US) -> int:
        """So much on all four cells together, reached evenly; returns when that began, CLOCK_MONOTONIC ns."""
        counts = round(ZERO_COUNTS + kg / 4 * COUNTS_PER_KG)
        after_ns = time.monotonic_ns()
        self.live.do_all("".join(f"- load {channel} {counts} {over_us}\n" for channel in range(4)))
        return self.live.wait_until(lambda it: it.what.startswith("load 0"), PATIENCE_S, after_ns - 1).monotonic_ns

    def begin_session(self) -> None:
        """Start one with the bars free, then take them: phase `on`."""
        self.hold(0)
        self.mend()
        self.house.until_known()
        with self.house.client() as client:
            client.command(StartSession(BODY_KG, LIMIT_KG, NEAR_KG))
        self.hold(HELD_KG)
        self.house.until(lambda snapshot: snapshot.phase == "on", "phase on")
        self.calm()

    def let_go(self) -> Release:
        """Both bars in 20 ms. The pins must be still."""
        late = len(self.live.late_ns)
        let_go_ns = self.hold(0, LET_GO_US)
        edge = self.live.wait_until(lambda it: it.what == "vibrator 1", PATIENCE_S, let_go_ns)
        return Release(let_go_ns, edge.monotonic_ns, len(self.live.late_ns) == late)

    def calm(self) -> None:
        """The bars are held: acknowledge what calls until nothing is shown, and the pins are still."""
        self.mend()
        with self.house.client() as client:
            looks: list[Snapshot] = []

            def calm() -> bool:
                looks[:] = [shown := client.query()]
                if any(alarm.state in ("active", "latched") for alarm in shown.alarms):
                    with suppress(Refused):
                        client.command(Acknowledge())
                on_for_us = shown.at_us - shown.phase_since_us if shown.phase == "on" else 0
                return on_for_us > ARMED_US and not shown.alarms and not shown.vibrator and not shown.buzzer

            try:
                wait_for(calm, "nothing is shown while the bars are held")
            except AssertionError as error:
                raise AssertionError(f"{error}: {looks}") from None
        wait_for(self.still, "the pins are still")

    def mend(self) -> None:
        """Reset the board where the simulation stood still, which no real board's clock does.

        The daemon follows a board's clock by 500 ppm at most, so that all its conversions seem old from then on.
        """
        stalls = self.live.late_ns[self._stalls_seen :]
        self._stalls_seen += len(stalls)
        if sum(stalls) > STALLED_NS:
            with self.house.client() as client:
                client.subscribe(0, True)
                self.live.do("reset brownout")
                self._hear(client, lambda it: isinstance(it, BoardChanged) and it.what == "hello", "hello")
                self._hear(client, lambda it: isinstance(it, ConditionChanged) and it.id == RESTARTED, RESTARTED)

    def still(self) -> bool:
        """No pin has moved for a while."""
        edges = [moment for moment in self.live.moments() if is_edge(moment)]
        return not edges or time.monotonic_ns() - edges[-1].monotonic_ns > CALM_NS

    def heard(self, wanted: Callable[[Event], bool], why: str) -> Event:
        """The first event not looked at so far that is wanted."""
        assert self._client is not None
        return self._hear(self._client, wanted, why)

    def _hear(self, client: ControlClient, wanted: Callable[[Event], bool], why: str) -> Event:
        limit_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < limit_s:
            pushed = client.next_message(0.1)
            if isinstance(pushed, PushedEvent):
                self.events.append(pushed.event)
                if wanted(pushed.event):
                    return pushed.event
        raise AssertionError(f"not within {PATIENCE_S} s: {why}")

    def guard_says(self, word: str) -> BoardChanged:
        """`tripped`, `cleared`."""
        found = self.heard(
            lambda it: isinstance(it, BoardChanged) and it.what == "guard" and f"guard {word}" in it.detail,
            f"the guard {word}",
        )
        assert isinstance(found, BoardChanged)
        return found

    def kill(self) -> None:
        """The daemon is gone without a word."""
        self.house.end(signal.SIGKILL)

    def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            self._client.close()

    def rhythm_ms(self, after_ns: int, count: int) -> list[float]:
        """How long the vibrator pin was on, off, on ... from the first time it moved."""
        edges: list[Moment] = []

        def enough() -> bool:
            edges[:] = [
                it for it in self.live.moments() if it.what.startswith("vibrator") and it.monotonic_ns > after_ns
            ]
            return len(edges) > count

        wait_for(enough, f"{count + 1} edges of the vibrator")
        times = [edge.monotonic_ns / 1e6 for edge in edges[: count + 1]]
        return [later - earlier for earlier, later in pairwise(times)]


def is_edge(moment: Moment) -> bool:
    """A pin moved."""
    return moment.what.startswith(("vibrator", "buzzer"))


def on_tape(path: Path, board: str = "a") -> Iterator[tuple[int, BoardFrame | Event]]:
    """What a tape holds in order: the frames of a board with the time of their read, and the events after them."""
    decoder = Decoder()
    now_us = 0
    for record in TapeReader(path):
        if isinstance(record, Came):
            event = decode(record.text)
            yield now_us, event  # type: ignore[misc]
        elif isinstance(record, Data) and record.board == board:
            now_us = record.now_us
            decoder.receive_data(record.data)
            while (frame := decoder.next_event()) is not NEED_DATA:
                if not isinstance(frame, BadFrame):
                    yield now_us, frame  # type: ignore[misc]


@contextmanager
def in_the_loop(folder: Path, *, second: bool = False) -> Iterator[Loop]:
    """The room running in `folder`: four chips on the real firmware, and with `second` a simulated board of one."""
    with ExitStack() as stack:
        script = [(0.0, f"load {channel} {ZERO_COUNTS}") for channel in range(4)]
        script += [(1.0, f"noise {channel} 150") for channel in range(4)]
        live = stack.enter_context(Live(folder / "board", script, dtr=True, rates_hz=RATES_HZ))
        broker = Broker(folder)
        stack.callback(broker.stop)
        broker.start()
        house = House(folder)
        stack.callback(house.close)
        cells = {f"a/{channel}": CellCalibration(ZERO_COUNTS, COUNTS_PER_KG) for channel in range(4)}
        if second:
            cells["b/0"] = _second_board(folder, house)
        _furnish(house, broker, cells)
        loop = Loop(live, house, broker)
        stack.callback(loop.close)
        house.start()
        loop.listen()
        yield loop


def _furnish(house: House, broker: Broker, cells: dict[str, CellCalibration]) -> None:
    lines = [f'station = "{STATION}"', "terminal = false", '[control]\nsocket = "run/control.sock"']
    lines += ['[journal]\ndirectory = "var"', f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}']
    boards = sorted({key[0] for key in cells})
    lines += [f'[[boards]]\nname = "{board}"\nport = "{_link(house.folder, board)}"' for board in boards]
    for number, board in enumerate(boards):
        own = ", ".join(f'{{board = "{board}", channel = {key[2]}}}' for key in cells if key[0] == board)
        lines.append(f'[[supports]]\nname = "bar {number + 1}"\ncells = [{own}]')
    house.config.write_text("\n".join(lines) + "\n")
    (house.folder / "var").mkdir()
    save_calibration(house.folder / "var" / "calibration.json", Calibration(cells))


def _link(folder: Path, board: str) -> Path:
    return folder / "board" if board == "a" else folder / "second" / "a"


def _second_board(folder: Path, house: House) -> CellCalibration:
    """Start it; the calibration of its first cell, on which nothing hangs."""
    made = folder / "second.json"
    words = ["simulate", "empty", "--link", str(folder / "second"), "--calibration", str(made)]
    with (folder / "second.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.firmware.hil", *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    house.also(process)
    wait_for(_link(folder, "b").is_symlink, "the second board")
    return load_calibration(made).cells["a/0"]


if __name__ == "__main__":
    SCENARIOS["empty"] = structs.replace(SCENARIOS["idle"], name="empty", duration_s=3600.0)
    main()
