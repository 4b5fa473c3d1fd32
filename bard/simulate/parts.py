"""What makes one board this board: constants, supply, inputs, mishaps. It does nothing by itself."""

from collections.abc import Sequence

from msgspec import Struct


class Span(Struct, frozen=True):
    """[at_us, until_us)."""

    at_us: int
    until_us: int


class BoardParts(Struct, frozen=True):
    """What makes one board this board.

    `inputs`: the debounced inputs byte from each time on. `pulled`: the cable is out, the board without power.
    `stalls`: the loop hangs. `ppm`: how much faster than true its ticks run. It booted `uptime_us` before 0.
    """

    number: int
    uid: bytes
    channels: int
    boots: int
    uptime_us: int
    ppm: int
    presence: bool
    inputs: Sequence[tuple[int, int]] = ()
    pulled: Sequence[Span] = ()
    stalls: Sequence[Span] = ()
