"""What a board's own guard must be told, from the events of the session (protocol, verbs 5 to 7).

One law: armed for the whole session; while somebody may be on the client a minimum of bar load holds, in phase `off`
the heartbeat alone does. A board that sees only a part of the bars never judges a sum. It sends nothing.
"""

from collections.abc import Callable, Mapping

from bard.messages import Event, PhaseChanged, SessionChanged, SessionEnded, SessionStarted, ZeroChanged
from bard.settings import RoomSettings
from bard.weigh.calibration import Calibration
from bard.wire.frames import ARM_BEAT_ONLY_G, SCALE_SHIFT, Verb

ROUNDS = 2
CLEAR_MARGIN_G = 3_000
"""The deadband of load_critical."""
Wish = tuple[Verb, tuple[int, ...]]


class GuardWishes:
    """Keeps what the guard of `board` should hold; `calibration` gives the one in use."""

    def __init__(self, room: RoomSettings, board: str, calibration: Callable[[], Calibration]) -> None:
        self._cells: Mapping[int, str] = {cell.channel: cell.key for cell in room.cells if cell.board == board}
        self._sees_all = len(self._cells) == len(room.cells)
        self._calibration = calibration
        self._zero_kg: Mapping[str, float] = {}
        self._least_g: int | None = None
        self._on_client = False

    def take(self, event: Event) -> None:
        """Follow the session, its phases and the working zero."""
        if isinstance(event, SessionStarted | SessionChanged):
            numbers = event.numbers
            self._least_g = round((numbers.body_weight_kg + numbers.guard_kg - numbers.critical_kg) * 1000)
        elif isinstance(event, SessionEnded):
            self._least_g, self._on_client = None, False
        elif isinstance(event, PhaseChanged):
            self._on_client = event.phase != "off"
        elif isinstance(event, ZeroChanged):
            self._zero_kg = event.zero_kg

    def wishes(self) -> dict[tuple[int, ...], Wish]:
        """Every command that should be in force, by its subject; the scales before what leans on them."""
        wanted: dict[tuple[int, ...], Wish] = {}
        cells = self._calibration().cells
        for channel, key in self._cells.items():
            if key in cells:
                counts_per_kg = cells[key].counts_per_kg
                grams = round(1000 / counts_per_kg * (1 << SCALE_SHIFT))
                zero_counts = round(cells[key].zero_counts + self._zero_kg.get(key, 0.0) * counts_per_kg)
                wanted[Verb.SCALE, channel] = Verb.SCALE, (channel, zero_counts, grams)
        if self._least_g is None:
            wanted[Verb.ARM,] = Verb.DISARM, ()
        elif self._on_client and self._sees_all:
            wanted[Verb.ARM,] = Verb.ARM, (self._least_g, ROUNDS, CLEAR_MARGIN_G)
        else:
            wanted[Verb.ARM,] = Verb.ARM, (ARM_BEAT_ONLY_G, ROUNDS, 0)
        return wanted
