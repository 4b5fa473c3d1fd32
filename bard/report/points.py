"""Points with markers: residuals over loads, trends over sessions.

One law: a point that is unknown is left out and cuts the line that would pass it; each group has a marker of its own.
"""

from collections.abc import Sequence
from math import isfinite

from msgspec import Struct

from bard.report.scale import Scale, number_scale
from bard.report.svg import LOOKS, Frame, axes, dashed, marker, picture, text

_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 12, 30, 38


class Group(Struct, frozen=True):
    """Points of one kind: (x, y); NaN: unknown. `u`: half the length of each one's bar, or none."""

    name: str
    look: str
    points: Sequence[tuple[float, float]]
    joined: bool = False
    u: Sequence[float] = ()


class Edge(Struct, frozen=True):
    """A line through the plot: a limit, an edge of what is tolerated. `points`: its corners."""

    name: str
    look: str
    points: Sequence[tuple[float, float]]


class PointChart(Struct, frozen=True):
    """Groups of points. `x` None: a scale of the points' own, labelled `x_label`."""

    key: str
    title: str
    description: str
    groups: Sequence[Group]
    y_label: str
    x_label: str = ""
    x: Scale | None = None
    edges: Sequence[Edge] = ()
    from_zero: bool = True
    height: int = 190
    whole: bool = False
    apart_px: float = 0.0
    """Groups stand so far beside each other, so that points of the same x are all seen."""

    def svg(self, width: int) -> str:
        """Drawn for so many px."""
        points = [point for group in self.groups for point in group.points]
        points += [point for edge in self.edges for point in edge.points]
        bars = [
            y + sign * u
            for group in self.groups
            for (_, y), u in zip(group.points, group.u, strict=False)
            for sign in (-1, 1)
        ]
        most = 8 if width > 500 else 5
        x = self.x or number_scale(self.x_label, [0.0, *(x for x, _ in points)], most=most)
        y = number_scale(
            self.y_label, [*([0.0] if self.from_zero else []), *bars, *(y for _, y in points)], whole=self.whole
        )
        frame = Frame(_LEFT, _TOP, width - _LEFT - _RIGHT, self.height, x, y)
        parts = axes(frame)
        if y.low < 0 < y.high:
            parts.append(f'<path class="axis" d="M{frame.left:.1f},{frame.at_y(0):.1f}H{frame.right:.1f}"/>')
        for edge in self.edges:
            parts += _edge(frame, edge)
        for number, group in enumerate(self.groups):
            parts += _group(frame, group, (number - (len(self.groups) - 1) / 2) * self.apart_px)
        bottom = _BOTTOM if x.label else 24
        return picture(f"{self.key}-{width}", self.title, self.description, width, frame.bottom + bottom, parts)


def _edge(frame: Frame, edge: Edge) -> list[str]:
    places = [(frame.at_x(x), frame.at_y(y)) for x, y in edge.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    parts = [f'<path class="level" {dashed(LOOKS[edge.look])} d="M{path}"/>']
    if edge.name:
        parts.append(text(frame.right - 4, places[-1][1] - 4, edge.name, "small halo", "end"))
    return parts


def _group(frame: Frame, group: Group, aside_px: float) -> list[str]:
    look = LOOKS[group.look]
    parts, path = [], ""
    many = len(group.points) > 60
    for index, (x, y) in enumerate(group.points):
        if not (isfinite(x) and isfinite(y)):
            path += " "
            continue
        at_x, at_y = frame.at_x(x) + aside_px, frame.at_y(y)
        path += f"{'L' if path and path[-1] != ' ' else 'M'}{at_x:.1f},{at_y:.1f}"
        if index < len(group.u) and isfinite(group.u[index]):
            low, high = frame.at_y(y - group.u[index]), frame.at_y(y + group.u[index])
            parts.append(f'<path class="axis" d="M{at_x:.1f},{low:.1f}V{high:.1f}"/>')
        parts.append(marker(at_x, at_y, look, 2.6 if many else 4.0))
    if group.joined and path.strip():
        parts.insert(0, f'<path class="line" stroke="{look.color}" stroke-opacity="0.55" d="{path.strip()}"/>')
    return parts
