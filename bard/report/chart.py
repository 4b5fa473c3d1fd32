"""A load over time as a chart: what is known as a line with its range and band, limits, alarms, phases beneath.

One law: what is unknown is a gap and is marked as such, never a zero and never joined over. A chart is a function of
its numbers and the width it is drawn for; the other kinds are in points.py and counts.py.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bard.report.decimate import Columns, Floats, Trace, columns, runs
from bard.report.scale import number_scale, passed_scale
from bard.report.svg import LOOKS, Frame, axes, box, dashed, marker, patterns, picture, text

_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 8, 40, 38
_NAMES = 80
"""Room at the right for the names of levels, where a wide chart has it."""
_HEIGHT = 190
_STRIP, _STRIP_GAP = 12, 8
_NAME_ROW = 12
_UNDER = 44
"""Room below the plot for ticks and the axis' label, before the first strip."""


class Span(Struct, frozen=True):
    """Of a strip: what was so from `start_s` to `end_s`."""

    start_s: float
    end_s: float
    look: str


class Strip(Struct, frozen=True):
    """A row beneath the chart: who was on the client, where the load was unknown."""

    name: str
    spans: Sequence[Span]


class Level(Struct, frozen=True):
    """A limit and how it changed: (start_s, end_s, kg) one after the other."""

    name: str
    look: str
    steps: Sequence[tuple[float, float, float]]


class Mark(Struct, frozen=True):
    """Something that happened, above the plot; `words` short."""

    at_s: float
    look: str
    words: str


class LoadChart(Struct, frozen=True):
    """Client load over the time passed. `key` is the chart's own in the page."""

    key: str
    title: str
    description: str
    trace: Trace
    end_s: float
    levels: Sequence[Level] = ()
    marks: Sequence[Mark] = ()
    strips: Sequence[Strip] = ()

    def svg(self, width: int) -> str:
        """Drawn for so many px."""
        key, outside = f"{self.key}-{width}", width > 500 and bool(self.levels)
        inner = width - _LEFT - (_NAMES if outside else _RIGHT)
        found = columns(self.trace, 0.0, max(self.end_s, 1.0), inner)
        tops = [step[2] for level in self.levels for step in level.steps]
        y = number_scale("kg on the client", [0.0, *_extremes(found), *tops])
        x = passed_scale("time passed", self.end_s, most=8 if width > 500 else 5)
        frame = Frame(_LEFT, _TOP, inner, _HEIGHT, x, y)
        parts = [patterns(key), *axes(frame), *_load(frame, found)]
        parts += _levels(frame, self.levels, outside)
        parts += _marks(frame, self.marks)
        top = frame.bottom + _UNDER
        for strip in self.strips:
            parts += _strip(frame, strip, top, key)
            top += _STRIP + 14 + _STRIP_GAP
        height = top if self.strips else frame.bottom + _BOTTOM
        return picture(key, self.title, self.description, width, height, parts)


def _extremes(found: Columns) -> list[float]:
    known = np.concatenate([found.band_low, found.band_high, found.low, found.high])
    known = known[np.isfinite(known)]
    return [float(known.min()), float(known.max())] if len(known) else []


def _load(frame: Frame, found: Columns) -> list[str]:
    """Band, range and mean: each run of known columns a shape of its own, as wide as its columns."""
    x = frame.left + (found.edges_s - frame.x.low) / (frame.x.high - frame.x.low) * frame.width
    parts = []
    for low, high, look in ((found.band_low, found.band_high, "band"), (found.low, found.high, "range")):
        for first, last in runs(np.isfinite(low) & np.isfinite(high)):
            outline = _ends(x, high, first, last, frame) + _ends(x, low, first, last, frame)[::-1]
            parts.append(f'<path fill="{LOOKS[look].color}" d="M{_path(outline)}Z"/>')
    for first, last in runs(np.isfinite(found.mid)):
        line = _path(_ends(x, found.mid, first, last, frame))
        parts.append(f'<path class="line" {dashed(LOOKS["load"])} d="M{line}"/>')
    return parts


def _ends(x: Floats, values: Floats, first: int, last: int, frame: Frame) -> list[tuple[float, float]]:
    """The run's points: columns' middles, and the outer edges of its first and last column."""
    shares = (np.clip(values[first:last], frame.y.low, frame.y.high) - frame.y.low) / (frame.y.high - frame.y.low)
    y = frame.bottom - shares * frame.height
    middles = (x[first:last] + x[first + 1 : last + 1]) / 2
    return [(x[first], y[0]), *zip(middles.tolist(), y.tolist(), strict=True), (x[last], y[-1])]


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _levels(frame: Frame, levels: Sequence[Level], outside: bool) -> list[str]:
    """Lines, and at their ends their names: beside the plot, or in it above the line; none lies on another."""
    parts = []
    taken: list[float] = []
    ending = [level for level in levels if level.steps]
    for level in sorted(ending, key=lambda level: -level.steps[-1][2]):
        parts.append(f'<path class="level" {dashed(LOOKS[level.look])} d="{_steps(frame, level.steps)}"/>')
        end_y = frame.at_y(level.steps[-1][2])
        y = end_y + 4 if outside else end_y - 4
        y = max([y, *(other + _NAME_ROW for other in taken)])
        taken.append(y)
        words = f"{level.name} {level.steps[-1][2]:.1f}"
        if outside:
            parts.append(text(frame.right + 4, y, words, "small", "start"))
        else:
            parts.append(text(frame.right - 4, y, words, "small halo", "end"))
    return parts


def _steps(frame: Frame, steps: Sequence[tuple[float, float, float]]) -> str:
    """One line where they touch."""
    path, behind_s = "", None
    for start_s, end_s, value in steps:
        joined = "L" if start_s == behind_s else "M"
        path += f"{joined}{frame.at_x(start_s):.1f},{frame.at_y(value):.1f}H{frame.at_x(end_s):.1f}"
        behind_s = end_s
    return path


def _marks(frame: Frame, marks: Sequence[Mark]) -> list[str]:
    """Their shapes over the plot, each with a thin line down; words only where there is room for them."""
    parts, clear = [], -1e9
    for mark in sorted(marks, key=lambda mark: mark.at_s):
        x, look = frame.at_x(mark.at_s), LOOKS[mark.look]
        parts.append(f'<path class="axis" stroke-opacity="0.4" d="M{x:.1f},{frame.top:.1f}V{frame.bottom:.1f}"/>')
        parts.append(marker(x, frame.top - 4, look))
        if x - clear > 4:
            parts.append(text(x, frame.top - 12, mark.words, "small strong", "middle"))
            clear = x + 7.0 * len(mark.words)
    return parts


def _strip(frame: Frame, strip: Strip, top: float, key: str) -> list[str]:
    parts = [text(frame.left, top, strip.name, "soft small", "start")]
    top += 4
    back = box(frame.left, top, frame.width, _STRIP, LOOKS["gap"], key)
    parts.append(back)
    for span in sorted(strip.spans, key=lambda span: span.look == "unknown"):
        left, right = frame.at_x(span.start_s), frame.at_x(span.end_s)
        parts.append(box(left, top, right - left, _STRIP, LOOKS[span.look], key))
    parts.append(f'<rect class="axis" x="{frame.left:.1f}" y="{top:.1f}" width="{frame.width:.1f}" height="{_STRIP}"/>')
    return parts


def spans_of(at_s: Floats, step_s: float, which: NDArray[np.bool_], look: str) -> list[Span]:
    """Where `which` holds, as spans; points like a Trace's."""
    return [Span(float(at_s[first] - step_s), float(at_s[last - 1]), look) for first, last in runs(which)]
