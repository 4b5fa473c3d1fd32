"""How much of what: histograms and bars.

One law: heights and lengths begin at zero, and each bar's number stands beside it.
"""

from collections.abc import Sequence
from math import isfinite

from msgspec import Struct

from bard.report.scale import number_scale
from bard.report.svg import LETTER, LOOKS, Frame, axes, box, dashed, patterns, picture, text

_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 40, 38
_LABEL_ROW = 14
_BAR, _ROW = 14, 24


class Histogram(Struct, frozen=True):
    """`heights[i]` between `edges[i]` and `edges[i + 1]`; `lines` (value, name, look) stand upright in it."""

    key: str
    title: str
    description: str
    edges: Sequence[float]
    heights: Sequence[float]
    x_label: str
    y_label: str
    lines: Sequence[tuple[float, str, str]] = ()
    height: int = 150

    def svg(self, width: int) -> str:
        """Drawn for so many px."""
        key = f"{self.key}-{width}"
        most = 8 if width > 500 else 5
        x = number_scale(self.x_label, [*self.edges, *(value for value, _, _ in self.lines)], most=most)
        y = number_scale(self.y_label, [0.0, *self.heights], most=4)
        frame = Frame(_LEFT, _TOP, width - _LEFT - _RIGHT, self.height, x, y)
        parts = axes(frame)
        for low, high, value in zip(self.edges, self.edges[1:], self.heights, strict=False):
            if value > 0:
                left, right, top = frame.at_x(low), frame.at_x(high), frame.at_y(value)
                look = LOOKS["plain"]
                parts.append(box(left + 0.5, top, right - left - 1, frame.bottom - top, look, key))
        parts += _uprights(frame, self.lines)
        return picture(key, self.title, self.description, width, frame.bottom + _BOTTOM, parts)


def _uprights(frame: Frame, lines: Sequence[tuple[float, str, str]]) -> list[str]:
    """Each with its name at its top; a name that would lie on the one before goes a row lower."""
    parts = []
    behind = [-1e9, -1e9, -1e9]
    for value, name, look in sorted(lines):
        x = frame.at_x(value)
        wide = len(name) * LETTER / 2
        middle = min(max(x, frame.left + wide), frame.right - wide)
        row = next((row for row, clear in enumerate(behind) if middle - wide > clear), len(behind) - 1)
        behind[row] = middle + wide + 6
        y = frame.top + row * _LABEL_ROW
        parts.append(f'<path class="level" {dashed(LOOKS[look])} d="M{x:.1f},{y + 4:.1f}V{frame.bottom:.1f}"/>')
        parts.append(text(middle, y, name, "small halo", "middle"))
    return parts


class Bar(Struct, frozen=True):
    """One of Bars; `words` is its number as people read it. NaN: unknown, no bar."""

    name: str
    value: float
    words: str
    look: str = "plain"


class Bars(Struct, frozen=True):
    """A bar a row, its name before it and its number behind it; narrow: the name above it. `most`: the whole length."""

    key: str
    title: str
    description: str
    bars: Sequence[Bar]
    most: float | None = None

    def svg(self, width: int) -> str:
        """Drawn for so many px."""
        key, narrow = f"{self.key}-{width}", width < 500
        names = max((len(bar.name) for bar in self.bars), default=0) * LETTER + 8
        words = max((len(bar.words) for bar in self.bars), default=0) * LETTER + 12
        left = 0.0 if narrow else min(names, width * 0.4)
        room = width - left - words
        known = [bar.value for bar in self.bars if isfinite(bar.value)]
        most = self.most or max(known, default=0.0) or 1.0
        parts, y = [patterns(key)], 0.0
        for bar in self.bars:
            if narrow:
                parts.append(text(0, y + 11, bar.name, "small", "start"))
                y += 15
            else:
                parts.append(text(left - 8, y + 12, bar.name, "small", "end"))
            length = room * min(bar.value / most, 1.0) if isfinite(bar.value) else 0.0
            if length > 0:
                parts.append(box(left, y + 1, length, _BAR, LOOKS[bar.look], key))
            parts.append(f'<path class="axis" d="M{left:.1f},{y - 1:.1f}v{_BAR + 4}"/>')
            parts.append(text(left + length + 6, y + 12, bar.words, "small", "start"))
            y += _ROW
        return picture(key, self.title, self.description, width, max(y, 1), parts)
