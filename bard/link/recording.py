"""A CSV force recording, read into the rows that `bard.simulate` plays.

One law: the file is read here and nowhere else, and its numbers reach the rows as they stand in it. What they do to a
cell is not decided here.
"""

import csv
import gzip
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import cast

from bard.errors import DataError
from bard.link.urls import PortUrl
from bard.simulate import Rows
from bard.simulate.body import GRAVITY
from bard.simulate.recordings import LEAD_S, RATE_HZ, RowsMode

_WEIGHED_S = 2.0
_UNITS = {"n": "N", "kg": "kg"}


def read_rows(url: PortUrl) -> Rows:
    """The rows of a recording:// port.

    `time` names the column of times (s), the first one if not given; `column` the force, which may be left out where
    there is but one. With `truth` and no `body_weight` (kg) the body weight is what both carry over the first 2 s.
    Raises ConfigError for what the port names and the file has not, DataError for a file that is no recording.
    """
    path = Path(url.target)
    if not path.is_file():
        url.refuse(f"no file {url.target}", "a CSV file with a header line, also .gz")
    table = _read_table(path)
    columns = list(table)
    time = _column(url, "time", columns, columns[0])
    others = [column for column in columns if column != time]
    force = _column(url, "column", others, others[0] if len(others) == 1 else None)
    truth = _column(url, "truth", others, None) if "truth" in url.options else None
    unit = _UNITS[url.choice("unit", ("n", "kg"))]
    times_s = table[time]
    if any(later < earlier for earlier, later in pairwise(times_s)):
        raise DataError(f"{path}: column {time}: times go back; allowed: rising ones")
    body_weight_kg = url.number("body_weight", 0.0, 0.0, 250.0)
    if truth is not None and "body_weight" not in url.options:
        kg = 1 / GRAVITY if unit == "N" else 1.0
        first = [at for at, time_s in enumerate(times_s) if time_s - times_s[0] < _WEIGHED_S]
        body_weight_kg = kg * sum(table[force][at] + table[truth][at] for at in first) / len(first)
    return Rows(
        times_s=times_s,
        values=table[force],
        mode=cast(RowsMode, url.choice("mode", ("force", "cell", "sampled"))),
        unit="N" if unit == "N" else "kg",
        rate_hz=url.number("rate", RATE_HZ, 1.0, 400.0),
        rails=url.choice("rails", ("0", "1")) == "1",
        truth=None if truth is None else table[truth],
        body_weight_kg=body_weight_kg,
        lead_s=url.number("lead", LEAD_S, 0.0, 60.0),
        glitch_share=url.number("glitches", 0.0, 0.0, 1.0),
        name=path.name.removesuffix(".gz").removesuffix(".csv"),
    )


def _column(url: PortUrl, option: str, columns: list[str], default: str | None) -> str:
    column = url.options.get(option, default)
    if column is None:
        url.refuse(f"no {option}=", f"{option}=" + "|".join(columns))
    if column not in columns:
        url.refuse(f"no column {column!r} in {url.target}", ", ".join(columns))
    return column


def _read_table(path: Path) -> dict[str, list[float]]:
    """Columns by name, at least two of them and two rows."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", newline="", encoding="utf-8") as file:
            lines = csv.reader(file)
            header = [name.strip() for name in next(lines, [])]
            rows = [_numbers(path, lines.line_num, header, line) for line in lines if line]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    if len(header) < 2 or len(set(header)) < len(header) or len(rows) < 2:
        raise DataError(f"{path}: {len(header)} columns, {len(rows)} rows; allowed: 2 of each at least, names once")
    return dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))


def _numbers(path: Path, line_number: int, header: list[str], line: list[str]) -> list[float]:
    try:
        numbers = [float(text) for text in line]
    except ValueError as error:
        raise DataError(f"{path}, line {line_number}: {error}; allowed: numbers") from None
    if len(numbers) != len(header) or not all(map(isfinite, numbers)):
        raise DataError(f"{path}, line {line_number}: {','.join(line)!r}; allowed: {len(header)} finite numbers")
    return numbers
