"""A simulated room, flat out through real bytes into a monitor: the events, and what was known at each row."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bard.journal.records import make_header
from bard.journal.tape import TapeWriter
from bard.link.flatout import TimedCommand, run_flat_out, true_calibration
from bard.messages import ConditionChanged, Event, Snapshot, encode
from bard.monitor import Monitor
from bard.settings import CoreSettings
from bard.simulate import Room
from bard.weigh.calibration import Calibration
from bard.weigh.state import CellState
from tests.recordings import Floats

START_US = 5_000_000_000
"""The host's time at the room's time 0."""


class RowSeen(NamedTuple):
    """One closed row: its time in the room (s), what was known (NaN: not), the states of the cells."""

    at_s: float
    client_kg: float
    client_fast_kg: float
    bar_kg: float
    bar_fast_kg: float
    states: tuple[CellState, ...]


class Played:
    """What came of it."""

    def __init__(self, room: Room, calibration: Calibration | None = None, **tunables: object) -> None:
        self.room = room
        ports = [f"sim://{number}" for number in range(room.scenario.boards)]
        self.settings = CoreSettings(room.room_settings(ports), **tunables)  # type: ignore[arg-type]
        self.calibration = true_calibration(room, self.settings) if calibration is None else calibration
        self.monitor = Monitor(self.settings, self.calibration, now_us=START_US)
        self.events: list[Event] = []
        self.rows: list[RowSeen] = []

    def play(
        self,
        tape: Path | None = None,
        commands: list[TimedCommand] | None = None,
        on_row: Callable[[float, Snapshot], None] | None = None,
        reset: bool = True,
    ) -> "Played":
        """To the room's end. `on_row(room's seconds, snapshot)` costs a snapshot a row."""
        writer = None
        if tape is not None:
            header = make_header(
                self.settings, self.calibration, start_us=START_US, wall_time="-", clock_trusted=False, done="a test"
            )
            writer = TapeWriter(tape, header)

        def note(_: int) -> None:
            loads, states = self.monitor.loads, tuple(state for _, state in self.monitor.readings)
            row = RowSeen((loads.at_us - START_US) / 1e6, *loads[1:], states)
            self.rows.append(row)
            if on_row is not None:
                on_row(row.at_s, self.monitor.snapshot())

        run_flat_out(
            self.room,
            self.monitor,
            self.events.append,
            tape=writer,
            commands=commands or (),
            on_row=note,
            start_us=START_US,
            reset=reset,
        )
        if writer is not None:
            writer.close()
            assert writer.failure is None
            assert writer.lost == 0
        return self

    def encoded(self) -> list[str]:
        """The events as a tape keeps them."""
        return [encode(event).decode() for event in self.events]

    def conditions(self) -> list[ConditionChanged]:
        """Every change of a condition."""
        return [event for event in self.events if isinstance(event, ConditionChanged)]

    def raised(self) -> list[str]:
        """Ids of the conditions that became active, in order."""
        return [e.id for e in self.conditions() if e.state == "active" and e.was.startswith("pending")]

    def true_bar_kg(self, at_s: Floats, behind_s: float = 0.15) -> Floats:
        """The true bar load as the slow number should have it: about `behind_s` old."""
        return self.room.truths(np.round((at_s - behind_s) * 1e6).astype(np.int64)).bar_load_kg

    def seconds(self, at_us: int) -> float:
        """A host's time in the room's seconds."""
        return (at_us - START_US) / 1e6
