"""A session's series as a table for other programs: CSV, with a word about each column.

One law: what is unknown is empty, never NaN and never 0. It chooses no rows.
"""

import csv
from collections.abc import Iterator
from typing import TextIO

from bard.journal.series import PHASES, Series

COLUMNS = {
    "t_s": "where this tenth of a second begins, in seconds since the session began; tenths that are missing were not "
    "watched",
    "rows": "readings in it, of ten",
    "known": "... with a known load on the bars",
    "phase": "at its end: off, on, released",
    "client_min_kg": "least load on the client; empty: nobody on, or unknown",
    "client_mean_kg": "mean load on the client",
    "client_max_kg": "highest load on the client",
    "client_fast_max_kg": "highest load on the client by the fast path, which follows quick changes and is noisier",
    "u_kg": "expanded uncertainty (k = 2) of the load on the client",
    "bar_mean_kg": "mean load on all bars",
    "limit_kg": "the limit that held",
    "near_kg": "where near began",
    "critical_kg": "where critical began",
    "guard_kg": "what was added to the load before it was judged",
    "zone": "the zone that was worked on; empty: none with a limit of its own",
}
"""Then one column for each bar: its load in kg at the end of the tenth."""
_LOADS = ("client_min_kg", "client_mean_kg", "client_max_kg", "client_fast_max_kg", "u_kg", "bar_mean_kg")


def write_series(series: Series, out: TextIO) -> None:
    """A line of names, then a line a tenth of a second."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, *(f"{name} kg" for name in series.supports)])
    writer.writerows(_rows(series))


def _rows(series: Series) -> Iterator[list[object]]:
    numbers = [mark.numbers for mark in series.marks]
    judged = [(one.limit_kg, one.near_kg, one.critical_kg, one.guard_kg, one.zone or "") for one in numbers]
    t_s = series.t_s
    loads = [getattr(series, name) for name in _LOADS]
    for at in range(len(series)):
        yield [
            f"{t_s[at]:.1f}",
            int(series.rows[at]),
            int(series.known[at]),
            PHASES[series.phase[at]],
            *(_kg(column[at]) for column in loads),
            *judged[series.judged[at]],
            *(_kg(load_kg) for load_kg in series.support_kg[at]),
        ]


def _kg(load_kg: float) -> str:
    return "" if load_kg != load_kg else f"{load_kg:.2f}"
