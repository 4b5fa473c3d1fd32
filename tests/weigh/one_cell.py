"""A bench for one cell: conversions at a steady rate, asked for its state each 10 ms."""

from collections.abc import Iterable
from random import Random

from bard.settings import WeighSettings
from bard.weigh.cell import Cell
from bard.weigh.state import CellState

COUNTS_PER_KG = 20_000
REST = 200_000
ROW_US = 10_000
RATES_HZ = (78, 80, 86, 94)


class Bench:
    """A cell that converts at a steady rate and is asked each 10 ms; `states` holds (row's us, state)."""

    def __init__(self, rate_hz: float = 80, start_us: int = 0, weigh: WeighSettings | None = None) -> None:
        self.cell = Cell(weigh or WeighSettings())
        self.cell.gate_by(COUNTS_PER_KG)
        self.period_us = 1e6 / rate_hz
        self.now_us = float(start_us)
        self.row_us = start_us
        self.states: list[tuple[int, CellState]] = []
        self._random = Random(1)

    def feed(self, counts: Iterable[float]) -> None:
        """Convert these, a period apart, and take every row up to the last."""
        for one in counts:
            self.now_us += self.period_us
            self._rows()
            self.cell.convert(int(self.now_us), round(one))

    def rest(self, seconds: float, kg: float = 0.0) -> None:
        """A steady load with the noise of a usual cell."""
        number = round(seconds * 1e6 / self.period_us)
        self.feed(REST + kg * COUNTS_PER_KG + self._random.gauss(0, 150) for _ in range(number))

    def silence(self, seconds: float) -> None:
        """No conversions for so long."""
        self.now_us += seconds * 1e6
        self._rows()

    def _rows(self) -> None:
        while self.row_us + ROW_US <= self.now_us:
            self.row_us += ROW_US
            self.states.append((self.row_us, self.cell.state_at(self.row_us)))

    @property
    def state(self) -> CellState:
        """At the newest row."""
        return self.states[-1][1]

    def first_us(self, state: CellState, since_us: float = 0) -> int:
        """When `state` first stood in a row after `since_us`."""
        return next(at_us for at_us, one in self.states if one is state and at_us > since_us)

    def since(self, since_us: float) -> set[CellState]:
        """All states in the rows after `since_us`."""
        return {state for at_us, state in self.states if at_us > since_us}


def ready_bench() -> Bench:
    """A cell that is known, at rest, at 80 conversions a second."""
    bench = Bench()
    bench.rest(2.0)
    assert bench.state is CellState.OK
    return bench
