"""The recorded forces of tests/data/recordings, one array per column, exactly as they stand in the file.

Times are seconds, forces newtons unless the column's name says otherwise (see README.md there).
"""

import gzip
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FOLDER = Path(__file__).parent / "data" / "recordings"
NEWTON_PER_KG = 9.80665


@cache
def load(name: str) -> dict[str, Floats]:
    """Columns by name of `<name>.csv.gz`, all of one length, read-only."""
    with gzip.open(FOLDER / f"{name}.csv.gz", "rt") as file:
        header = file.readline().strip().split(",")
        table = np.loadtxt(file, delimiter=",", ndmin=2).T
    table.setflags(write=False)
    return dict(zip(header, table, strict=True))


def load_kg(name: str, column: str = "force_n") -> tuple[Floats, Floats]:
    """Times (s) and one column (kg) of a recording."""
    columns = load(name)
    return columns["t_s"], columns[column] / (NEWTON_PER_KG if column.endswith("_n") else 1.0)
