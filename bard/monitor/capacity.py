"""What each support carries of what it is rated for, and which must be inspected before they are used again.

One law: loads count by the installer's reference zero, so that no working zero hides an overload; only an installer
clears a support that was overloaded or found wrong: by an inspection, and by a verification or a new span of each of
its cells.
"""

from collections.abc import Mapping, Sequence

from bard.alarm.judging import INSPECT, OVERLOAD
from bard.errors import UsageError
from bard.settings import RoomSettings
from bard.weigh.calibration import Calibration
from bard.weigh.path import total_kg

_ROWS = 5
"""An overload that stands for so many rows is none of the wrong readings of a poor link, which last three."""


class Capacity:
    """`step` for each row; `names` are those of the rated supports, in the order of the room."""

    def __init__(self, room: RoomSettings) -> None:
        self._rated: list[tuple[str, float, slice]] = []
        self._keys = {support.name: [cell.key for cell in support.cells] for support in room.supports}
        first = 0
        for support in room.supports:
            cells = slice(first, first := first + len(support.cells))
            if support.rated_kg is not None:
                self._rated.append((support.name, support.rated_kg, cells))
        self.names: Sequence[str] = [name for name, _, _ in self._rated]
        self.to_inspect: Mapping[str, str] = {}
        """Overloaded supports, and by how much."""
        self.doubted: Mapping[str, str] = {}
        """Those whose calibration counts as expired, and why: overloaded, or found wrong."""
        self._rows_over = dict.fromkeys(self.names, 0)

    def step(self, cell_kg: list[float]) -> Sequence[float]:
        """Take the fast loads of all cells; what share of its rated load each rated support carries, NaN unknown."""
        if not self._rated:
            return ()
        shares = [total_kg(cell_kg[cells]) / rated_kg for _, rated_kg, cells in self._rated]
        for (name, rated_kg, _), share in zip(self._rated, shares, strict=True):
            if share > INSPECT and name not in self.to_inspect:
                words = f"overloaded: {share * rated_kg:.0f} kg on a support rated for {rated_kg:g} kg; inspect it"
                self.to_inspect = {**self.to_inspect, name: words}
            if share > OVERLOAD:
                self._overload(name, share, rated_kg)
            else:
                self._rows_over[name] = 0
        return shares

    def inspected(self, support: str) -> None:
        """An installer found it fit. Raises UsageError for one that need not be inspected."""
        if support not in self.to_inspect:
            allowed = ", ".join(self.to_inspect) or "none is waiting for it"
            raise UsageError(f"no support {support!r} to inspect; allowed: {allowed}")
        self.to_inspect = {name: words for name, words in self.to_inspect.items() if name != support}

    def refuted(self, support: str, words: str) -> None:
        """Its calibration was found not to hold."""
        self.doubted = {**self.doubted, support: words}

    def verified(self, support: str) -> None:
        """Its calibration was found to hold."""
        self.doubted = {name: words for name, words in self.doubted.items() if name != support}

    def calibrated(self, calibration: Calibration, before: Calibration) -> None:
        """`calibration` takes the place of `before`: a support whose every span was made anew counts again.

        One that was made earlier than `before` is an old one brought back, and clears nothing.
        """
        if calibration.made <= before.made:
            return
        for name in self.doubted:
            cells = [(calibration.cells.get(key), before.cells.get(key)) for key in self._keys.get(name, ())]
            if all(now and (not was or now.counts_per_kg != was.counts_per_kg) for now, was in cells):
                self.verified(name)

    def saved(self) -> tuple[dict[str, str], dict[str, str]]:
        """Supports to inspect and those in doubt, for a restart."""
        return dict(self.to_inspect), dict(self.doubted)

    def restore(self, to_inspect: Mapping[str, str], doubted: Mapping[str, str]) -> None:
        """After a restart."""
        self.to_inspect, self.doubted = dict(to_inspect), dict(doubted)

    def _overload(self, name: str, share: float, rated_kg: float) -> None:
        self._rows_over[name] += 1
        if self._rows_over[name] >= _ROWS and name not in self.doubted:
            words = f"carried {share * rated_kg:.0f} kg of the {rated_kg:g} kg it is rated for"
            self.doubted = {**self.doubted, name: f"{words}: verify it or calibrate it anew"}
