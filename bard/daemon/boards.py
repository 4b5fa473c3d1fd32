"""The room's boards as the daemon holds them: for each its reader, its Commander and its output.

One law: everything written to a board goes through its one Commander. It decides nothing about loads.
"""

from collections.abc import Callable

from bard.alarm.selector import Signal
from bard.annunciate.board import BoardOutput
from bard.annunciate.guard import GuardWishes
from bard.daemon.wallclock import monotonic_us
from bard.link.ports import Ports
from bard.link.reader import BoardData, BoardReader
from bard.messages import BoardChanged, SignalChanged
from bard.monitor import Monitor
from bard.settings import BoardSettings, CoreSettings
from bard.wire.commander import Commander
from bard.wire.frames import Verb


class Boards:
    """`monitor` gives the present core; `on_data` takes what the readers read."""

    def __init__(self, settings: CoreSettings, on_data: BoardData, monitor: Callable[[], Monitor]) -> None:
        self._settings = settings
        self._monitor = monitor
        self._ports = Ports()
        self._commanders: dict[str, Commander] = {}
        self.readers: dict[str, BoardReader] = {}
        self.outputs: dict[str, BoardOutput] = {}
        for board in settings.room.boards:
            self._attach(board, on_data)

    def _attach(self, board: BoardSettings, on_data: BoardData) -> None:
        commander = self._commanders[board.name] = Commander()
        reader = self.readers[board.name] = BoardReader(board, self._ports, commander, on_data, monotonic_us)
        self.outputs[board.name] = BoardOutput(
            board,
            self._settings.alarm,
            commander,
            reader.write,
            lambda: self._monitor().conversions(board.name),
            GuardWishes(self._settings.room, board.name, lambda: self._monitor().calibration),
        )

    def start(self) -> None:
        """Open the ports."""
        for reader in self.readers.values():
            reader.start()

    def close(self) -> None:
        """Let go of them."""
        for reader in self.readers.values():
            reader.close()

    def play(self, event: SignalChanged, now_us: int) -> None:
        """What boards play from now on."""
        for output in self.outputs.values():
            output.play(Signal(event.vibrator, event.buzzer, event.condition), now_us)

    def greet(self, event: BoardChanged, now_us: int) -> None:
        """A board has said hello, or its link is gone."""
        output = self.outputs[event.board]
        if event.what == "hello":
            hello = self._monitor().hello(event.board)
            output.board_up(now_us, hello.capabilities if hello else 0)
        elif event.what == "closed":
            output.board_down(now_us)

    def pass_answers(self) -> None:
        """What boards answered since the last call, to their outputs."""
        while (answered := self._monitor().next_answer()) is not None:
            board, answer = answered
            self.outputs[board].receive_answer(answer)

    def ask_for_hellos(self) -> None:
        """A fresh core knows no board yet."""
        for name, reader in self.readers.items():
            reader.write(self._commanders[name].command(Verb.HELLO, now_us=monotonic_us()))

    def working(self) -> list[BoardOutput]:
        """Outputs of boards whose link stands; a lost link is the core's own to tell."""
        return [output for name, output in self.outputs.items() if self.readers[name].up]

    def troubles(self) -> dict[str, str | None]:
        """What ails each port, or the output behind it, in words; None where nothing does."""
        found: dict[str, str | None] = {}
        for board in self._settings.room.boards:
            reader = self.readers[board.name]
            output = self.outputs[board.name]
            found[output.name] = output.failure if reader.up else f"{board.port}: {reader.state}"
        return found
