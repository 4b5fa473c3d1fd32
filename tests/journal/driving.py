"""A simulated room played into a monitor with a writer beside it."""

from pathlib import Path

from msgspec.structs import replace

from bard.messages import Acknowledge, Command, StartSession, StepDown, StopSession, encode
from bard.monitor import Monitor
from bard.settings import CoreSettings
from bard.simulate import SCENARIOS, Room
from bard.weigh.calibration import Calibration, CellCalibration
from tests.journal.tapes import START_US, a_writer

ID = "0123456789abcdef"


class Driver:
    """What a daemon does, without one: each call first onto the tape, each event after it."""

    def __init__(self, path: Path, core: CoreSettings, calibration: Calibration) -> None:
        self.monitor = Monitor(core, calibration, now_us=START_US)
        self.writer = a_writer(path, core, calibration)
        self.events: list[str] = []
        self.calls = 0

    def data(self, board: str, data: bytes, now_us: int) -> None:
        self.writer.data(board, now_us, data)
        self.monitor.receive_data(board, data, now_us)
        self._drain()

    def timers(self, until_us: int) -> None:
        while (now_us := self.monitor.next_timer_us) < until_us:
            self.writer.timer(now_us)
            self.monitor.handle_timer(now_us)
            self._drain()

    def command(self, command: Command, origin: str, now_us: int) -> None:
        self.writer.command(origin, command, now_us)
        self.monitor.command(command, origin, now_us)
        self._drain()

    def _drain(self) -> None:
        self.calls += 1
        while (event := self.monitor.next_event()) is not None:
            self.writer.event(event)
            self.events.append(encode(event).decode())


def drive(
    path: Path,
    scenario: str,
    seed: int,
    until_s: float,
    *,
    rated_kg: float | None = None,
    at_last: tuple[Command, ...] = (),
) -> Driver:
    """Play the beginning of a scenario, give some last commands, and close its tape. `rated_kg`: of every support."""
    room = Room(SCENARIOS[scenario], seed, autostart=True)
    settings = room.room_settings([f"sim://{board}" for board in range(room.scenario.boards)])
    settings = replace(settings, supports=tuple(replace(support, rated_kg=rated_kg) for support in settings.supports))
    names = [board.name for board in settings.boards]
    calibration = Calibration(
        {f"{names[c.board]}/{c.channel}": CellCalibration(c.zero_counts, c.counts_per_kg) for c in room.cells}
    )
    driver = Driver(path, CoreSettings(settings), calibration)
    commands: dict[str, Command] = {
        "start": StartSession(room.scenario.body_weight_kg, room.scenario.limit_kg, session=ID),
        "stop": StopSession(),
        "step_down": StepDown(),
        "acknowledge": Acknowledge(),
    }
    cues = [cue for cue in room.scenario.cues if cue.action in commands]
    until_us = min(round(until_s * 1e6), room.duration_us)
    while (next_us := room.next_us()) is not None and next_us <= until_us:
        while cues and cues[0].at_us <= next_us:
            cue = cues.pop(0)
            driver.timers(START_US + cue.at_us)
            driver.command(commands[cue.action], "script", START_US + cue.at_us)
        driver.timers(START_US + next_us)
        for delivery in room.advance(next_us):
            driver.data(names[delivery.board], delivery.data, START_US + delivery.at_us)
    driver.timers(START_US + until_us)
    for command in at_last:
        driver.command(command, "script", START_US + until_us)
    driver.writer.close()
    return driver
