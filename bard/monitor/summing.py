"""A session's rows ten by ten: the least, mean and highest load of each 0.1 s, with what it was judged by.

One law: fed with every row of a session and nothing else, so that a replay gives the same summaries to the bit; what
is unknown is NaN, never 0. It decides nothing and tells nobody.

A summary stands for 0.1 s of the session's own time, which a restart goes on with: what is missing there was not
watched. Rows are only appended; the rest is worked out once in ten rows.
"""

from collections import deque
from math import nan
from typing import NamedTuple

from msgspec import Struct

from bard.alarm.facts import Facts
from bard.client.estimate import Session
from bard.messages import SessionNumbers
from bard.monitor.watch import Watch, numbers_of
from bard.settings import CoreSettings
from bard.weigh.path import total_kg

BIN_US = 100_000
"""What a summary stands for."""
_WAITING = 6_000
"""Ten minutes where nobody asks for them."""


class Judged(Struct, frozen=True):
    """What the loads of a summary were judged by and weighed with."""

    numbers: SessionNumbers
    calibration: str
    """Its digest."""
    supports: tuple[str, ...]
    """Names of the bars, in the order of `Summary.support_kg`."""


class Summary(NamedTuple):
    """Of the rows in (bin, bin + 1] tenths of a second since the session began. kg, NaN where unknown.

    Client loads are of the rows on which somebody was on the client and the bar load was known; NaN where no row was.
    """

    session: str
    bin: int
    rows: int
    known: int
    """Rows on which the bar load was known."""
    client_min_kg: float
    client_mean_kg: float
    client_max_kg: float
    client_fast_max_kg: float
    u_kg: float
    """Expanded uncertainty (k = 2) of the client load at the last row."""
    bar_mean_kg: float
    support_kg: tuple[float, ...]
    """Load of each bar at the last row."""
    phase: str
    """At the last row."""
    judged: Judged


class Summing:
    """`row` after each decision; pull `next` until None."""

    def __init__(self, settings: CoreSettings, facts: Facts, watch: Watch) -> None:
        self.calibration = ""
        """Digest of the one in use; does not change while a session runs."""
        self._row_us = settings.wire.row_us
        self._facts = facts
        self._watch = watch
        self._supports = tuple(support.name for support in settings.room.supports)
        self._cells: list[slice] = []
        first = 0
        for support in settings.room.supports:
            self._cells.append(slice(first, first + len(support.cells)))
            first += len(support.cells)
        self._session: Session | None = None
        self._bin = self._last_us = 0
        self._client_kg: list[float] = []
        self._fast_kg: list[float] = []
        self._bar_kg: list[float] = []
        self._summaries: deque[Summary] = deque(maxlen=_WAITING)

    def next(self) -> Summary | None:
        """The oldest that was not pulled."""
        return self._summaries.popleft() if self._summaries else None

    def row(self, at_us: int) -> None:
        """The facts are those of this row."""
        session, facts = self._watch.session, self._facts
        if session is not self._session:
            self._follow(session, at_us)
        if session is None:
            return
        self._client_kg.append(facts.client_slow_kg)
        self._fast_kg.append(facts.client_fast_kg)
        self._bar_kg.append(facts.bar_slow_kg)
        if at_us > self._last_us:
            self._close(session)

    def _follow(self, session: Session | None, at_us: int) -> None:
        """Another session, or this one with other numbers; a bin that was not full when it ended is left out."""
        before, self._session = self._session, session
        if session is None or before is None or session.started_us != before.started_us:
            self._clear()
        if session is not None:
            self._judged = Judged(numbers_of(session), self.calibration, self._supports)
            if before is None or session.started_us != before.started_us:
                self._begin(session, max(0, (at_us - session.started_us - 1) // BIN_US))

    def _begin(self, session: Session, number: int) -> None:
        self._bin = number
        self._last_us = session.started_us + (number + 1) * BIN_US - self._row_us

    def _clear(self) -> None:
        self._client_kg.clear()
        self._fast_kg.clear()
        self._bar_kg.clear()

    def _close(self, session: Session) -> None:
        facts, cells_kg, rows = self._facts, self._facts.cell_slow_kg, len(self._bar_kg)
        bar_kg, client_kg, fast_kg = _known(self._bar_kg), _known(self._client_kg), _known(self._fast_kg)
        self._summaries.append(
            Summary(
                session.id,
                self._bin,
                rows,
                len(bar_kg),
                min(client_kg) if client_kg else nan,
                sum(client_kg) / len(client_kg) if client_kg else nan,
                max(client_kg) if client_kg else nan,
                max(fast_kg) if fast_kg else nan,
                facts.slow_u_kg if client_kg else nan,
                sum(bar_kg) / len(bar_kg) if bar_kg else nan,
                tuple([total_kg(cells_kg[cells]) for cells in self._cells]),
                self._watch.phases.phase.value,
                self._judged,
            )
        )
        self._clear()
        self._begin(session, self._bin + 1)


def _known(loads_kg: list[float]) -> list[float]:
    """Those that are not NaN."""
    sum_kg = sum(loads_kg)
    return loads_kg if sum_kg == sum_kg else [load_kg for load_kg in loads_kg if load_kg == load_kg]
