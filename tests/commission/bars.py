"""A support whose truth is known exactly: readings of it as an installer would take them, without chance."""

from collections.abc import Sequence

import numpy as np

from bard.commission.record import CellPlan, Reading, Source, SupportPlan

ZEROS = (120_000.0, -80_000.0, 30_000.0, 5_000.0)
SPANS = (20_000.0, -21_500.0, 19_200.0, 20_900.0)


class Bar:
    """`n` cells evenly along it; a load between two of them is carried by them by the lever."""

    def __init__(self, n: int = 2, *, capacity_kg: float | None = None, mv_per_v: float | None = None) -> None:
        self.spans, self.zeros = np.array(SPANS[:n]), np.array(ZEROS[:n])
        cells = tuple(CellPlan(f"main/{i}", f"left bar, cell {i + 1}", capacity_kg, mv_per_v) for i in range(n))
        self.plan = SupportPlan("left bar", "bar" if n > 1 else "rope", cells)
        self.readings: list[Reading] = []

    def counts(self, load_kg: float, place: float = 0.5) -> tuple[float, ...]:
        """Exact counts of each cell."""
        n = len(self.spans)
        at = place * (n - 1)
        shares = np.clip(1 - np.abs(np.arange(n) - at), 0, None) if n > 1 else np.ones(1)
        return tuple(float(count) for count in self.zeros + self.spans * load_kg * shares)

    def free(self) -> None:
        """Look at the free bar."""
        self.take("free", 0.0)

    def hang(self, names: Sequence[str], load_kg: float, place: float = 0.5, direction: str = "") -> None:
        """Known weights of `load_kg` in all."""
        self.take("weights", load_kg, place, uses=tuple(names), direction=direction)

    def take(self, kind: str, load_kg: float, place: float | None = None, **more: object) -> None:
        """Any reading; `more` as in Reading."""
        self.readings.append(
            Reading(
                number=len(self.readings) + 1,
                kind=kind,  # type: ignore[arg-type]
                counts=self.counts(load_kg, 0.5 if place is None else place),
                sd_counts=(150.0,) * len(self.spans),
                at_s=30.0 * len(self.readings),
                place=place,
                **more,  # type: ignore[arg-type]
            )
        )


def plates(count: int, kg: float = 20.0, u_kg: float = 0.02) -> list[Source]:
    """So many weights, `plate 1` and on."""
    return [Source(f"plate {i + 1}", "weight", kg, u_kg) for i in range(count)]


def weighed_bar(n: int = 2) -> tuple[Bar, list[Source]]:
    """A bar calibrated by three plates, up and down, near each cell."""
    bar, sources = Bar(n), plates(3)
    names = [source.name for source in sources]
    bar.free()
    for place in (0.1, 0.9) if n == 2 else np.linspace(0, 1, n):
        for many, direction in ((1, "up"), (2, "up"), (3, ""), (2, "down"), (1, "down")):
            bar.hang(names[:many], 20.0 * many, float(place), direction)
    bar.free()
    return bar, sources
