"""A chart's frame as SVG text: its place, axes, ticks, words.

One law: whatever comes from people is escaped here, and every chart says in `title` and `desc` what a picture would
have shown. It knows no chart.
"""

from collections.abc import Iterable
from html import escape

from msgspec import Struct

from bard.report.scale import Scale

LETTER = 6.4
"""About the width of a letter of 12 px, for what must not lie on something else; no font is measured."""
STYLE = """
.chart { width: 100%; height: auto; display: block; overflow: visible }
.chart text { font-size: 12px; fill: #1f2933 }
.chart .soft { fill: #52606d }
.chart .small { font-size: 11px }
.chart .strong { font-weight: 600 }
.chart .halo { paint-order: stroke; stroke: #fff; stroke-width: 3px; stroke-linejoin: round }
.chart .grid { stroke: #dfe3e8; stroke-width: 1; fill: none }
.chart .axis { stroke: #52606d; stroke-width: 1; fill: none }
.chart .line { fill: none; stroke-width: 1.6; stroke-linejoin: round }
.chart .level { fill: none; stroke-width: 1.6 }
"""


class Look(Struct, frozen=True):
    """How something is drawn: never by its colour alone."""

    color: str
    marker: str = "circle"
    dashes: str = ""
    fill: str = ""
    """Of an area; empty: `color`."""


LOOKS = {
    "load": Look("#1d4f91"),
    "range": Look("#5b8cc9"),
    "band": Look("#c6d8ee"),
    "near": Look("#8a5a00", dashes="2 3"),
    "limit": Look("#b3261e", marker="triangle"),
    "critical": Look("#6b0f1a", dashes="9 4", marker="diamond"),
    "mean": Look("#1d4f91"),
    "p95": Look("#9c4f00", marker="square"),
    "peak": Look("#6b0f1a", marker="triangle"),
    "first": Look("#1d4f91"),
    "second": Look("#b45309", marker="square"),
    "third": Look("#0f766e", marker="triangle"),
    "fourth": Look("#7c3aed", marker="diamond"),
    "verified": Look("#1f2933", marker="ring"),
    "plain": Look("#5b8cc9"),
    "nearing": Look("#b87509"),
    "over": Look("#c2410c"),
    "far": Look("#6b0f1a"),
    "on": Look("#5b8cc9"),
    "released": Look("#e9a23b", fill="stripes"),
    "off": Look("#e4e7eb"),
    "unknown": Look("#52606d", fill="hatch"),
    "gap": Look("#fff"),
    "high": Look("#b3261e", marker="diamond"),
    "medium": Look("#9c4f00", marker="triangle"),
    "low": Look("#0e7490", marker="square"),
    "cue": Look("#8a5a00"),
}
"""Okabe and Ito's blue, vermilion and orange, darkened until words in them have 4.5 to 1 on white."""


class Frame(Struct, frozen=True):
    """The plot's own rectangle inside the picture, in px, with its two scales."""

    left: float
    top: float
    width: float
    height: float
    x: Scale
    y: Scale

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def right(self) -> float:
        return self.left + self.width

    def at_x(self, value: float) -> float:
        """Held at the edges."""
        return self.left + self.x.share(value) * self.width

    def at_y(self, value: float) -> float:
        """Held at the edges."""
        return self.bottom - self.y.share(value) * self.height


def picture(key: str, title: str, description: str, width: float, height: float, parts: Iterable[str]) -> str:
    """The whole SVG; `key` is its own in the page."""
    return "".join(
        [
            f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" aria-labelledby="{key}-t {key}-d" '
            f'xmlns="http://www.w3.org/2000/svg"><title id="{key}-t">{escape(title)}</title>'
            f'<desc id="{key}-d">{escape(description)}</desc>',
            *parts,
            "</svg>",
        ]
    )


def axes(frame: Frame, *, grid_x: bool = False) -> list[str]:
    """Ticks, grid and labels: that of y over the axis, that of x beneath it."""
    parts = []
    for value, words in frame.y.ticks:
        y = frame.at_y(value)
        parts.append(f'<path class="grid" d="M{frame.left:.1f},{y:.1f}H{frame.right:.1f}"/>')
        parts.append(text(frame.left - 6, y + 4, words, "soft small", "end"))
    for value, words in frame.x.ticks:
        x = frame.at_x(value)
        end = frame.top if grid_x else frame.bottom + 4
        parts.append(f'<path class="grid" d="M{x:.1f},{frame.bottom:.1f}V{end:.1f}"/>')
        parts.append(text(x, frame.bottom + 16, words, "soft small", "middle"))
    parts.append(f'<path class="axis" d="M{frame.left:.1f},{frame.top:.1f}V{frame.bottom:.1f}H{frame.right:.1f}"/>')
    parts.append(text(0, 11, frame.y.label, "soft small", "start"))
    if frame.x.label:
        parts.append(text(frame.right, frame.bottom + 32, frame.x.label, "soft small", "end"))
    return parts


def text(x: float, y: float, words: str, kind: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def marker(x: float, y: float, look: Look, size: float = 4.0) -> str:
    """The look's own shape."""
    if look.marker == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" fill="{look.color}"/>'
    if look.marker == "ring":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" fill="#fff" stroke="{look.color}" stroke-width="1.8"/>'
    corners = {
        "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "triangle": ((0, -1.2), (1.1, 0.9), (-1.1, 0.9)),
        "diamond": ((0, -1.35), (1.2, 0), (0, 1.35), (-1.2, 0)),
    }[look.marker]
    points = " ".join(f"{x + across * size:.1f},{y + down * size:.1f}" for across, down in corners)
    return f'<polygon points="{points}" fill="{look.color}"/>'


def box(left: float, top: float, width: float, height: float, look: Look, key: str) -> str:
    """A filled rectangle; what is narrower than a pixel is shown as one."""
    width = max(width, 1.0)
    fill = f"url(#{key}-{look.fill})" if look.fill in _PATTERNS else look.fill or look.color
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'


_PATTERNS = {
    # name: how it is turned, what lies under it, the colour of its lines
    "hatch": (' patternTransform="rotate(45)"', '<rect width="5" height="5" fill="#fff"/>', "#52606d"),
    "stripes": ("", '<rect width="5" height="5" fill="#e9a23b"/>', "#8a5a00"),
}


def patterns(key: str) -> str:
    """What `box` fills unknown time and hands off the bars with: told apart in black and white too."""
    return "".join(
        f'<defs><pattern id="{key}-{name}" width="5" height="5" patternUnits="userSpaceOnUse"{turned}>{ground}'
        f'<rect width="{2 if turned else 1}" height="5" fill="{ink}"/></pattern></defs>'
        for name, (turned, ground, ink) in _PATTERNS.items()
    )


def dashed(look: Look) -> str:
    """Its stroke as attributes."""
    dashes = f' stroke-dasharray="{look.dashes}"' if look.dashes else ""
    return f'stroke="{look.color}"{dashes}'
