"""The same sweep of threshold and on-delay for every filter, on the same conversions, and what counts as a false alarm.

One law: every filter is judged by one rule, and bard's own paths come from bard.weigh itself. All are judged only while
bard's phase is `on` and has been for two seconds: none of the others has a phase, and a slow one would cry at each step
up. False alarms are told by the true load alone: it and its mean of 0.25 s stayed below limit - 2 guard_kg - 1 kg for
the second before. (simulator.md has the mean alone, which trails hands that let go in 0.1 s by more than a fast alarm
takes; `Verdicts.ahead` are the alarms that this makes a difference for.)
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bard.messages import Event, PhaseChanged
from bard.settings import CoreSettings
from bard.simulate import Room
from bard.simulate.scenarios import GUARD_KG
from bard.weigh.calibration import Calibration
from bench import streams
from bench.peers import PEERS, Conversions
from bench.streams import Laid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

OFFSETS_KG = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
"""Of the threshold from the limit."""
ON_DELAYS_S = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
SLOW, FAST = "bard, slow path", "bard, fast path"
NAMES = (SLOW, FAST, *PEERS)
SETTLED_US = 2_000_000
AGAIN_US = 500_000
"""An alarm that comes back sooner than this (load_over's off-delay) is the same one."""
MEAN_ROWS = 25
SECOND_ROWS = 100
_NEVER_ROW = 1 << 40

Ready = Callable[[Ints], Ints]
"""From the rows in which runs begin to the first rows in which they may be told."""


class View(NamedTuple):
    """What one filter makes of a room: the client's load (kg, NaN unknown) at each row; `ready` where it confirms."""

    client_kg: Floats
    ready: Ready | None = None


def views_of(room: Room, laid: Laid, settings: CoreSettings, calibration: Calibration, seed: int) -> dict[str, View]:
    """Every filter's view of `room`, by name."""
    blocks = list(streams.weigh(laid, settings, calibration))
    body_kg = room.scenario.body_weight_kg
    fast_kg = body_kg - np.concatenate([block.fast_kg for block in blocks])
    slow_kg = body_kg - np.concatenate([block.slow_kg for block in blocks])
    cell_fast_kg = np.concatenate([block.cell_fast_kg for block in blocks])
    views = {SLOW: View(slow_kg), FAST: View(fast_kg, _confirmation(laid, cell_fast_kg))}
    nominal_hz = 80.0 if room.scenario.rate_hz[0] > 20 else 10.0
    spans = [calibration.cells[cell.key] for cell in settings.room.cells]
    cells = []
    for cell, span in enumerate(spans):
        row, _, counts = laid.of_cell(cell)
        kg = (counts.astype(np.float64) - span.zero_counts) / span.counts_per_kg
        cells.append(Conversions(laid.at_us[row], kg, nominal_hz))
    for name, peer in PEERS.items():
        rng = np.random.default_rng([seed, len(views)])
        bar_kg = np.zeros(len(laid.at_us))
        for conversions in cells:
            bar_kg += peer(conversions, rng).held(laid.at_us)
        views[name] = View(body_kg - bar_kg)
    return views


def _confirmation(laid: Laid, cell_fast_kg: Floats) -> Ready:
    """As bard.weigh.confirm: two further conversions of the cell whose load fell most into the row of the crossing."""
    own_rows = [laid.of_cell(cell)[0] for cell in range(cell_fast_kg.shape[1])]

    def ready(starts: Ints) -> Ints:
        drops = cell_fast_kg[np.maximum(starts - 1, 0)] - cell_fast_kg[starts]
        fell = np.where(np.isnan(drops), 0.0, drops).argmax(axis=1)
        rows = np.full(len(starts), _NEVER_ROW)
        for cell, own in enumerate(own_rows):
            mine = fell == cell
            further = np.searchsorted(own, starts[mine], side="right") + 1
            rows[mine] = np.append(own, [_NEVER_ROW, _NEVER_ROW])[np.minimum(further, len(own))]
        return rows

    return ready


def watched(laid: Laid, events: Sequence[Event]) -> Bools:
    """The rows in which the phase is `on` and has been for SETTLED_US."""
    on = np.zeros(len(laid.at_us), np.bool_)
    since_us: int | None = None
    changes = [(event.at_us, event.phase) for event in events if isinstance(event, PhaseChanged)]
    for at_us, phase in [*changes, (int(laid.at_us[-1]) + 1, "off")]:
        if since_us is not None:
            first, last = np.searchsorted(laid.at_us, (since_us + SETTLED_US, at_us)).tolist()
            on[first:last] = True
        since_us = at_us if phase == "on" else None
    return on


class Verdicts(NamedTuple):
    """Of an alarm on one limit raised in each row: false, or raised ahead of the mean on a load already past."""

    false: Bools
    ahead: Bools


def true_mean_kg(static_kg: Floats) -> Floats:
    """The mean of the last 0.25 s of body weight - bar load, true, m a left out, at each row."""
    running = np.concatenate((np.zeros(MEAN_ROWS), static_kg)).cumsum()
    return np.asarray((running[MEAN_ROWS:] - running[:-MEAN_ROWS]) / MEAN_ROWS)


def verdicts(static_kg: Floats, limit_kg: float) -> Verdicts:
    """For alarms on `limit_kg`, from the true load at each row."""
    bound_kg = limit_kg - 2 * GUARD_KG - 1
    by_mean = _long_since(true_mean_kg(static_kg) >= bound_kg)
    by_both = by_mean & _long_since(static_kg >= bound_kg)
    return Verdicts(by_both, by_mean & ~by_both)


def _long_since(near: Bools) -> Bools:
    """Not once in the second that ends with the row."""
    rows = np.arange(len(near))
    last = np.maximum.accumulate(np.where(near, rows, -_NEVER_ROW))
    return np.asarray(rows - last > SECOND_ROWS)


def runs(above: Bools) -> tuple[Ints, Ints]:
    """First rows, and rows after the last, of each run."""
    edges = np.flatnonzero(np.diff(above.astype(np.int8), prepend=0, append=0))
    return edges[::2], edges[1::2]


class Raised(NamedTuple):
    """The rows in which an alarm is raised, and where the runs end that raised it."""

    rows: Ints
    ends: Ints

    def apart(self, row_us: int) -> Ints:
        """Without those that come back within AGAIN_US."""
        gaps = self.rows[1:] - self.ends[:-1]
        return self.rows[np.append(True, gaps * row_us >= AGAIN_US)] if len(self.rows) else self.rows


def sweep(view: View, on: Bools, limit_kg: float, row_us: int) -> list[list[Raised]]:
    """What is raised at each of OFFSETS_KG and, within it, of ON_DELAYS_S."""
    swept = []
    for offset_kg in OFFSETS_KG:
        starts, ends = runs((view.client_kg > limit_kg + offset_kg) & on)
        ready = view.ready(starts) if view.ready is not None and len(starts) else starts
        of_delays = []
        for delay_s in ON_DELAYS_S:
            rows = np.maximum(starts + round(delay_s * 1e6 / row_us), ready)
            told = rows < ends
            of_delays.append(Raised(rows[told], ends[told]))
        swept.append(of_delays)
    return swept


def count_false(view: View, on: Bools, false: Bools, limit_kg: float, row_us: int) -> Ints:
    """False alarms, shape (offsets, on-delays)."""
    swept = sweep(view, on, limit_kg, row_us)
    return np.array([[int(false[raised.apart(row_us)].sum()) for raised in row] for row in swept])


def delays_us(
    view: View, on: Bools, laid: Laid, limit_kg: float, timed: Sequence[tuple[int, int, int]]
) -> NDArray[np.float64]:
    """From the true crossing to the alarm, inf where none came; (offsets, on-delays, rises).

    `timed`: when each rise begins, when it ends, when it crosses the limit (us).
    """
    row_us = int(laid.at_us[1] - laid.at_us[0])
    begun_us, ended_us, crossed_us = np.array(timed).T
    firsts, lasts = np.searchsorted(laid.at_us, begun_us), np.searchsorted(laid.at_us, ended_us)
    closed_us = np.append(laid.closed_us, 0)
    found = np.full((len(OFFSETS_KG), len(ON_DELAYS_S), len(timed)), np.inf)
    for offset, row in enumerate(sweep(view, on, limit_kg, row_us)):
        for delay, raised in enumerate(row):
            rows = np.append(raised.rows, len(laid.at_us))
            first = rows[np.searchsorted(raised.rows, firsts)]
            found[offset, delay] = np.where(first < lasts, closed_us[first] - crossed_us, np.inf)
    return found
