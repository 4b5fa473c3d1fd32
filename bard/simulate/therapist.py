"""The one who works: hands on the bars and a body on the client, as loads over time.

One law: `Load` is all that cells and truth may know of whoever makes it, a therapist or a recording; it is a pure
function of time. Signs follow estimate.md, section 1: client load = m (g + a) - bar load.
"""

from typing import Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bard.simulate.body import Body
from bard.simulate.hands import Hands
from bard.simulate.track import Floats


class Truths(Struct, frozen=True):
    """What really is at n instants, each of shape (n,); see `bard.simulate.room.Truth`."""

    client_load_kg: Floats
    static_kg: Floats
    bar_load_kg: Floats
    on_client: NDArray[np.bool_]


class Load(Protocol):
    """Who makes the load."""

    @property
    def on_s(self) -> list[tuple[float, float]]:
        """When somebody stands on the client: [from, until) in seconds."""
        ...

    def cells_kg(self, at_s: Floats) -> list[Floats]:
        """The true load of each cell, in the order of the supports."""
        ...

    def truths(self, at_s: Floats) -> Truths:
        """The truth at `at_s`."""
        ...


class Therapist:
    """A therapist of `weight_kg`."""

    def __init__(self, weight_kg: float, hands: Hands, body: Body) -> None:
        self._weight_kg = weight_kg
        self._hands = hands
        self._body = body

    @property
    def on_s(self) -> list[tuple[float, float]]:
        return self._hands.on_s

    def cells_kg(self, at_s: Floats) -> list[Floats]:
        return self._hands.cells_kg(at_s)

    def truths(self, at_s: Floats) -> Truths:
        bar_kg = self._hands.bar_kg(at_s)
        on = self._hands.on_client(at_s)
        static_kg = np.where(on, self._weight_kg - bar_kg, 0.0)
        return Truths(np.where(on, static_kg + self._body.motion_kg(at_s), 0.0), static_kg, bar_kg, on)
