"""The working zero of the room: the tracker's face to rows, events and restarts.

One law: loads are given by the working zero, and every change of it is told. When it may follow is
`bard.weigh.zeroing`'s to say.
"""

from collections.abc import Callable

from bard.client.uncertainty import zero_u_kg
from bard.messages import Event, SavedZero, ZeroChanged, ZeroSnapshot
from bard.settings import CoreSettings
from bard.weigh.path import Weighed
from bard.weigh.zeroing import SavedZero as TrackedZero
from bard.weigh.zeroing import ZeroMoved, ZeroTracker

UNCHECKED_US = 3_600_000_000
"""A zero not looked at since the start counts as an hour older than that."""


class Zero:
    """`step` for each row; lists go over the room's cells."""

    def __init__(self, settings: CoreSettings, say: Callable[[Event], None], start_us: int) -> None:
        self._settings = settings
        self._say = say
        self._keys = [cell.key for cell in settings.room.cells]
        self._tracker = ZeroTracker(settings.zero, len(self._keys))
        self._unchecked_us = start_us - UNCHECKED_US
        self._moved = False

    @property
    def zero_kg(self) -> list[float]:
        """By cell, from the reference zero."""
        return self._tracker.zero_kg

    @property
    def total_kg(self) -> float:
        """Of all bars, from the reference zero."""
        return self._tracker.total_kg

    @property
    def moved(self) -> bool:
        """Free bars stand too far from the reference zero."""
        return self._tracker.moved

    @property
    def checked(self) -> bool:
        """Bars were seen free and quiet since the start."""
        return self._tracker.checked_us is not None

    @property
    def off_kg(self) -> float:
        """How far free bars stand from the reference zero."""
        return self._tracker.total_kg + self._tracker.offset_kg

    def u_kg(self, at_us: int) -> float:
        """Standard uncertainty of the zero."""
        return zero_u_kg(self._settings.uncertainty, at_us - self._checked_us, self._tracker.offset_kg)

    def net_kg(self, cell_kg: list[float]) -> list[float]:
        """Loads by the working zero."""
        if not self._moved:
            return cell_kg
        return [load_kg - zero_kg for load_kg, zero_kg in zip(cell_kg, self._tracker.zero_kg, strict=True)]

    def step(self, weighed: Weighed, *, off: bool) -> None:
        """Take a row. `off`: nobody is on the client and nobody is being weighed."""
        moved = self._tracker.step(weighed.at_us, weighed.cell_slow_kg, weighed.motion_kg, weighed.noise_kg, off=off)
        if moved is not None:
            self._tell(moved)

    def rezero(self, at_us: int) -> None:
        """A person says that the bars are free. Raises Refused."""
        self._tell(self._tracker.rezero(at_us))

    def begin_anew(self) -> None:
        """Another calibration has another reference zero."""
        self._tracker.reset()
        self._moved = False

    def snapshot(self, at_us: int) -> ZeroSnapshot:
        """For people."""
        tracker = self._tracker
        age_s = (at_us - self._checked_us) / 1e6 if self.checked else None
        return ZeroSnapshot(tracker.total_kg, tracker.offset_kg, age_s, tracker.moved)

    def saved(self, now_us: int) -> SavedZero:
        """What a fresh core must know."""
        tracker = self._tracker
        zero_kg = dict(zip(self._keys, tracker.zero_kg, strict=True))
        return SavedZero(zero_kg, tracker.offset_kg, now_us - self._checked_us, self.checked)

    def restore(self, saved: SavedZero, now_us: int) -> None:
        """Go on from there; a cell that was not in it has its reference zero. Raises DataError."""
        zero_kg = tuple(saved.zero_kg.get(key, 0.0) for key in self._keys)
        self._unchecked_us = now_us - saved.age_us
        ago_us = saved.age_us if saved.checked else None
        self._tracker.restore(TrackedZero(zero_kg, saved.offset_kg, ago_us), now_us)
        if any(zero_kg):
            self._tell(ZeroMoved(now_us, zero_kg, self.total_kg, 0.0, "as before the restart"))

    @property
    def _checked_us(self) -> int:
        checked_us = self._tracker.checked_us
        return self._unchecked_us if checked_us is None else checked_us

    def _tell(self, moved: ZeroMoved) -> None:
        self._moved = any(moved.zero_kg)
        zero_kg = dict(zip(self._keys, moved.zero_kg, strict=True))
        self._say(ZeroChanged(moved.at_us, zero_kg, moved.total_kg, moved.by_kg, moved.why))
