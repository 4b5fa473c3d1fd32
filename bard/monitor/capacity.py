"""What each support carries of what it is rated for, and which must be inspected before they are used again.

One law: loads count by the installer's reference zero, so that no working zero hides an overload; only an installer
clears a support that was overloaded.
"""

from collections.abc import Mapping, Sequence

from bard.alarm.judging import INSPECT
from bard.errors import UsageError
from bard.settings import RoomSettings
from bard.weigh.path import total_kg


class Capacity:
    """`step` for each row; `names` are those of the rated supports, in the order of the room."""

    def __init__(self, room: RoomSettings) -> None:
        self._rated: list[tuple[str, float, slice]] = []
        first = 0
        for support in room.supports:
            cells = slice(first, first := first + len(support.cells))
            if support.rated_kg is not None:
                self._rated.append((support.name, support.rated_kg, cells))
        self.names: Sequence[str] = [name for name, _, _ in self._rated]
        self.to_inspect: Mapping[str, str] = {}
        """Overloaded supports, and by how much."""

    def step(self, cell_kg: list[float]) -> Sequence[float]:
        """Take the fast loads of all cells; what share of its rated load each rated support carries, NaN unknown."""
        if not self._rated:
            return ()
        shares = [total_kg(cell_kg[cells]) / rated_kg for _, rated_kg, cells in self._rated]
        for (name, rated_kg, _), share in zip(self._rated, shares, strict=True):
            if share > INSPECT and name not in self.to_inspect:
                words = f"overloaded: {share * rated_kg:.0f} kg on a support rated for {rated_kg:g} kg; inspect it"
                self.to_inspect = {**self.to_inspect, name: words}
        return shares

    def inspected(self, support: str) -> None:
        """An installer found it fit. Raises UsageError for one that need not be inspected."""
        if support not in self.to_inspect:
            allowed = ", ".join(self.to_inspect) or "none is waiting for it"
            raise UsageError(f"no support {support!r} to inspect; allowed: {allowed}")
        self.to_inspect = {name: words for name, words in self.to_inspect.items() if name != support}

    def restore(self, to_inspect: Mapping[str, str]) -> None:
        """After a restart."""
        self.to_inspect = dict(to_inspect)
