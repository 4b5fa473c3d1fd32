"""Line plots as SVG text: axes, log scales, curves with labels, one legend; readable on light and on dark.

One law: a plot is a function of its numbers; no font is measured and no colour means anything by itself (each curve has
its own marker and its name beside it).
"""

from collections.abc import Sequence
from html import escape
from math import floor, log10
from typing import NamedTuple

PALETTE = ("#d6336c", "#1c7ed6", "#e8590c", "#2b9348", "#8a63d2", "#0c8599", "#a47551", "#868e96", "#b08900")
"""Of middle lightness: at least 3 to 1 against white and against near black."""
MARKERS = ("circle", "square", "triangle", "diamond", "cross")
_STYLE = """
  .bg { fill: #ffffff } .halo { stroke: #ffffff } .ink { fill: #24292f } .soft { fill: #57606a }
  .axis { stroke: #57606a } .grid { stroke: #d8dee4 }
  @media (prefers-color-scheme: dark) {
    .bg { fill: #0d1117 } .halo { stroke: #0d1117 } .ink { fill: #e6edf3 } .soft { fill: #9198a1 }
    .axis { stroke: #9198a1 } .grid { stroke: #2a313c }
  }
  text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; font-size: 12px }
  .title { font-size: 15px; font-weight: 600 } .small { font-size: 11px }
  .halo { paint-order: stroke; stroke-width: 3px; stroke-linejoin: round }
"""
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 84, 56
_LEGEND_ROW, _LABEL_ROW, _LETTER, _RING = 20, 14, 6.6, 9


class Axis(NamedTuple):
    """From `low` to `high`, both shown; log: powers of ten get ticks. `ticks` (value, words) take their place."""

    label: str
    low: float
    high: float
    log: bool = False
    ticks: Sequence[tuple[float, str]] = ()

    def place(self, value: float) -> float:
        """0 at `low`, 1 at `high`; what is outside is held at the edge."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return (log10(value) - log10(self.low)) / (log10(self.high) - log10(self.low))
        return (value - self.low) / (self.high - self.low)

    def marks(self) -> list[tuple[float, str]]:
        """Where ticks are, and what stands there."""
        if self.ticks:
            return list(self.ticks)
        if self.log:
            powers = range(floor(log10(self.low)), floor(log10(self.high)) + 1)
            return [(10.0**power, f"{10.0**power:g}") for power in powers if 10.0**power >= self.low * 0.999]
        raw = (self.high - self.low) / 6
        power = 10 ** floor(log10(raw))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
        first, last = round(self.low / step + 0.499), floor(self.high / step + 1e-9)
        return [(number * step, f"{number * step:g}") for number in range(first, last + 1)]


class Curve(NamedTuple):
    """Points in the order in which a line joins them. `strong`: drawn heavier. `line` False: points alone."""

    name: str
    points: Sequence[tuple[float, float]]
    strong: bool = False
    line: bool = True


class Note(NamedTuple):
    """Words beside a point, which gets a ring."""

    x: float
    y: float
    words: str


class Panel(NamedTuple):
    """One plot of a row of them."""

    title: str
    x: Axis
    y: Axis
    curves: Sequence[Curve]
    notes: Sequence[Note] = ()


def line_plot(title: str, panels: Sequence[Panel], caption: str = "", width: int = 1000, height: int = 480) -> str:
    """The panels side by side, and under them a legend of all curves' names, each with one look in every panel.

    `caption`: one line under the title.
    """
    names = list(dict.fromkeys(curve.name for panel in panels for curve in panel.curves))
    legend, legend_height = _legend(names, width, height)
    own_width = width / len(panels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height + legend_height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="bg" width="{width}" height="{height + legend_height}"/>',
        f'<text class="ink title" x="{_LEFT}" y="26">{escape(title)}</text>',
        _text(_LEFT, 44, caption, "soft small", "start"),
    ]
    for number, panel in enumerate(panels):
        frame = _Frame(number * own_width + _LEFT, _TOP, own_width - _LEFT - _RIGHT, height - _TOP - _BOTTOM)
        parts += _panel(panel, frame, names)
    return "\n".join([*parts, *legend, "</svg>"]) + "\n"


class _Frame(NamedTuple):
    left: float
    top: float
    width: float
    height: float

    def at(self, panel: Panel, x: float, y: float) -> tuple[float, float]:
        return self.left + panel.x.place(x) * self.width, self.top + (1 - panel.y.place(y)) * self.height


def _panel(panel: Panel, frame: _Frame, names: Sequence[str]) -> list[str]:
    left, top, width, height = frame
    bottom = top + height
    parts = [f'<text class="ink" x="{left:.1f}" y="{top - 12}">{escape(panel.title)}</text>']
    for value, words in panel.x.marks():
        x = left + panel.x.place(value) * width
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(_text(x, bottom + 18, words, "soft small", "middle"))
    for value, words in panel.y.marks():
        y = bottom - panel.y.place(value) * height
        parts.append(f'<line class="grid" x1="{left:.1f}" y1="{y:.1f}" x2="{left + width:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(left - 8, y + 4, words, "soft small", "end"))
    parts.append(f'<path class="axis" fill="none" d="M{left:.1f},{top}V{bottom}H{left + width:.1f}"/>')
    parts.append(_text(left + width / 2, bottom + 40, panel.x.label, "ink", "middle"))
    turned = f' transform="rotate(-90 {left - 46:.1f} {top + height / 2:.1f})"'
    parts.append(_text(left - 46, top + height / 2, panel.y.label, "ink", "middle", turned))
    for curve in sorted(panel.curves, key=lambda curve: curve.strong):
        parts += _curve(curve, [frame.at(panel, *point) for point in curve.points], names.index(curve.name))
    ends = [(*frame.at(panel, *curve.points[-1]), curve.name) for curve in panel.curves if curve.points]
    for note in panel.notes:
        x, y = frame.at(panel, note.x, note.y)
        parts.append(f'<circle class="axis" fill="none" stroke-width="1.5" cx="{x:.1f}" cy="{y:.1f}" r="{_RING}"/>')
        ends.append((x, y, note.words))
    return parts + _labels(ends)


def _labels(ends: Sequence[tuple[float, float, str]]) -> list[str]:
    """Words to the right of points, moved down where they would lie on others."""
    placed: list[tuple[float, float, float]] = []
    parts = []
    for x, y, words in sorted(ends, key=lambda end: end[1]):
        first, last = x + _RING + 4, x + _RING + 4 + len(words) * _LETTER
        clear = [below for left, right, below in placed if left < last and first < right]
        y = max([y + 4, *(below + _LABEL_ROW for below in clear)])
        placed.append((first, last, y))
        parts.append(_text(first, y, words, "ink small halo", "start"))
    return parts


def _curve(curve: Curve, places: Sequence[tuple[float, float]], look: int) -> list[str]:
    color = PALETTE[look % len(PALETTE)]
    parts = []
    if curve.line and len(places) > 1:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        heavy = 3 if curve.strong else 1.6
        parts.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{heavy}"/>')
    size = 5.5 if curve.strong else 4.0
    return parts + [_marker(x, y, look, size) for x, y in places]


def _marker(x: float, y: float, look: int, size: float) -> str:
    color = PALETTE[look % len(PALETTE)]
    shape = MARKERS[look % len(MARKERS)]
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{color}"/>'
    if shape == "cross":
        arms = f"M{x - size:.1f},{y - size:.1f}l{2 * size},{2 * size}m0,{-2 * size}l{-2 * size},{2 * size}"
        return f'<path d="{arms}" stroke="{color}" stroke-width="2" fill="none"/>'
    corners = {
        "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "triangle": ((0, -1.2), (1.1, 0.9), (-1.1, 0.9)),
        "diamond": ((0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)),
    }[shape]
    points = " ".join(f"{x + across * size:.1f},{y + down * size:.1f}" for across, down in corners)
    return f'<polygon points="{points}" fill="{color}"/>'


def _legend(names: Sequence[str], width: int, top: int) -> tuple[list[str], int]:
    """Markers and names, in rows that fit."""
    parts, x, y = [], float(_LEFT), top + 8.0
    for look, name in enumerate(names):
        takes = 40 + len(name) * _LETTER
        if x + takes > width - _RIGHT and x > _LEFT:
            x, y = float(_LEFT), y + _LEGEND_ROW
        parts.append(_marker(x + 5, y - 4, look, 4.5))
        parts.append(_text(x + 16, y, name, "ink", "start"))
        x += takes
    return parts, round(y - top) + _LEGEND_ROW


def _text(x: float, y: float, words: str, kind: str, anchor: str, more: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(words)}</text>'
