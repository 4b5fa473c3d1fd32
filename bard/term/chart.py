"""The last half minute as columns of blocks.

One law: a column holds the highest load of its time, and is unknown as soon as any of its time was; the limit lies on
a row's edge, so that above and below cannot be mixed up. It draws characters and knows no terminal.
"""

from collections import deque
from math import ceil

from msgspec import Struct

from bard.messages import Snapshot

SPAN_US = 30_000_000
UNKNOWN, NOBODY, EMPTY = "?", "·", " "
_LEAST_HEIGHT = 1 / 8
_FINE = " ▁▂▃▄▅▆▇█"
_COARSE = " ▄▄▄▄████"

Segments = list[tuple[str, str]]
"""A row of text: pieces with a rich style each."""


class Column(Struct, frozen=True):
    """`load_kg` where `mark` is "", else one of UNKNOWN, NOBODY, EMPTY (no snapshot)."""

    mark: str
    load_kg: float = 0.0


class History:
    """Snapshots of the last half minute, by their own time."""

    def __init__(self) -> None:
        self._points: deque[tuple[int, Column]] = deque()

    def add(self, snapshot: Snapshot) -> None:
        """Take the next one; time that runs backwards is another daemon's, which begins anew."""
        at_us = snapshot.at_us
        if self._points and at_us < self._points[-1][0]:
            self._points.clear()
        self._points.append((at_us, _column_of(snapshot)))
        while self._points[0][0] < at_us - SPAN_US - 1_000_000:
            self._points.popleft()

    def columns(self, count: int) -> list[Column]:
        """`count` columns, the newest last. Columns lie on fixed times, so they move and never change shape."""
        columns = [Column(EMPTY)] * count
        if not self._points:
            return columns
        width_us = SPAN_US // count
        newest = self._points[-1][0] // width_us
        for at_us, column in self._points:
            index = count - 1 - (newest - at_us // width_us)
            if index >= 0:
                columns[index] = _worse(columns[index], column)
        return columns


def _column_of(snapshot: Snapshot) -> Column:
    if snapshot.client_load_kg is not None:
        return Column("", snapshot.client_load_kg)
    return Column(NOBODY if snapshot.phase == "off" else UNKNOWN)


def _worse(one: Column, other: Column) -> Column:
    for mark in (UNKNOWN, ""):
        both = [column for column in (one, other) if column.mark == mark]
        if both:
            return max(both, key=lambda column: column.load_kg)
    return one if one.mark == NOBODY else other


def draw_chart(columns: list[Column], limit_kg: float, top_kg: float, rows: int, fine: bool) -> list[Segments]:
    """`rows` rows, highest first; `top_kg` is about where the chart ends. `fine`: the font has eighth blocks."""
    under = max(1, min(rows - 1, int(rows * limit_kg / max(top_kg, limit_kg))))
    row_kg = limit_kg / under
    lines = []
    for row in range(rows - 1, -1, -1):
        label = f"{limit_kg:6.1f} ┤" if row == under else "     0 ┤" if row == 0 else "       │"
        line: Segments = [(label, "dim")]
        for column in columns:
            line.append(_cell(column, row, row_kg, under, rows, fine))
        lines.append(_joined(line))
    return lines


def _cell(column: Column, row: int, row_kg: float, under: int, rows: int, fine: bool) -> tuple[str, str]:
    empty = ("▁" if fine else "_", "yellow") if row == under else (" ", "")
    if column.mark:
        style = "bold magenta" if column.mark == UNKNOWN else "dim"
        return (column.mark, style) if row == 0 and column.mark != EMPTY else empty
    height = max(column.load_kg / row_kg, _LEAST_HEIGHT)
    style = "bold red" if row >= under else "green"
    if row == rows - 1 and height > rows:
        return "▲", style
    eighths = min(8, ceil((height - row) * 8))
    if eighths <= 0:
        return empty
    return (_FINE if fine else _COARSE)[eighths], style


def _joined(line: Segments) -> Segments:
    """Neighbours of one style as one piece: a fifth of the work for the terminal."""
    joined: Segments = []
    for text, style in line:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined
