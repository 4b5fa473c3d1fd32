"""Trends over sessions: of one client, or of the studio.

One law: a session whose load was never known stays in every count and has no point in a chart; sessions are put
together by days, weeks or months and never across an unknown time.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from statistics import median

from msgspec import Struct

from bard.control.words import kg_words, time_words
from bard.report.page import render
from bard.report.points import Edge, Group, PointChart
from bard.report.scale import Scale, date_scale
from bard.report.words import count_words, long_words, percent_words

_SINGLE_MOST = 60
"""More sessions than this are drawn by weeks, more weeks than this by months."""
_LISTED = 60


class Trend(Struct, frozen=True):
    """One session as a trend knows it. kg on the client, seconds; None: unknown."""

    id: str
    day: date
    """Local."""
    clock_trusted: bool
    length_s: float
    on_s: float
    known_s: float
    """Of `on_s`: the load was known."""
    coverage: float
    """Of `length_s`, the share with a known bar load."""
    limit_kg: float
    """It began with."""
    peak_kg: float | None
    p95_kg: float | None
    mean_kg: float | None
    over_s: float
    """Over the limit that held, the guard added."""
    alarms: int
    """Cues left out."""
    high_alarms: int
    reaction_s: float | None
    """Median time until the load was back below."""


class Together(Struct, frozen=True):
    """Some sessions as one. Medians are over the sessions that have the value."""

    name: str
    first: date
    sessions: int
    on_s: float
    known_s: float
    coverage: float | None
    """Of all the time of the sessions."""
    peak_kg: float | None
    p95_kg: float | None
    limit_kg: float | None
    """The lowest."""
    over_s: float
    alarms: int
    high_alarms: int
    reaction_s: float | None

    @property
    def alarms_each(self) -> float:
        """Alarms a session."""
        return self.alarms / self.sessions


def client_report(code: str, station: str, sessions: Sequence[Trend], first: date, last: date) -> str:
    """The page of one client; `code` stands in it and nowhere else."""
    return _report(f"Client {code}", station, sessions, first, last, limits=True)


def studio_report(station: str, sessions: Sequence[Trend], first: date, last: date) -> str:
    """The page of all sessions."""
    return _report("Studio report", station, sessions, first, last, limits=False)


def _report(title: str, station: str, sessions: Sequence[Trend], first: date, last: date, *, limits: bool) -> str:
    ordered = sorted(sessions, key=lambda one: one.day)
    unit, pieces = _pieces(ordered)
    scale = date_scale(first, last)
    return render(
        "trends.html",
        title=title,
        station=station,
        first=first,
        last=last,
        whole=together("all", ordered) if ordered else None,
        sentences=list(summary_words(ordered)),
        months=[together(name, of) for name, of in by_month(ordered)],
        sessions=ordered[::-1][:_LISTED] if limits else [],
        left_out=max(0, len(ordered) - _LISTED) if limits else 0,
        unit=unit,
        charts=_charts(unit, pieces, scale, first, limits) if ordered else [],
        doubtful=sum(1 for one in ordered if not one.clock_trusted),
    )


def summary_words(sessions: Sequence[Trend]) -> Iterable[str]:
    """What the sessions come to, in sentences."""
    if not sessions:
        yield "There was no session in this time."
        return
    whole = together("all", sessions)
    unknown = sum(1 for one in sessions if one.on_s > 0 and one.known_s <= 0)
    yield (
        f"{count_words(whole.sessions, 'session')}, {long_words(whole.on_s)} on the client; data coverage "
        f"{percent_words(whole.coverage)}."
        if whole.on_s > 0
        else f"{count_words(whole.sessions, 'session')}; nobody was seen on the client."
    )
    if whole.peak_kg is not None:
        yield f"The highest load was {kg_words(whole.peak_kg)}."
        yield f"With their guard, loads were known to be over their limit for {time_words(whole.over_s)} in all."
    were = "was" if whole.alarms == 1 else "were"
    yield f"There {were} {count_words(whole.alarms, 'alarm')}, {whole.alarms_each:.1f} a session."
    if unknown:
        yield f"In {count_words(unknown, 'session')} the load was never known while somebody was on the client."


def by_month(sessions: Sequence[Trend]) -> list[tuple[str, list[Trend]]]:
    """In order; a month without sessions has no row."""
    return _by(sessions, lambda day: f"{day:%b %Y}")


def together(name: str, sessions: Sequence[Trend]) -> Together:
    """At least one session."""
    length_s = sum(one.length_s for one in sessions)
    peaks = [one.peak_kg for one in sessions if one.peak_kg is not None]
    return Together(
        name=name,
        first=min(one.day for one in sessions),
        sessions=len(sessions),
        on_s=sum(one.on_s for one in sessions),
        known_s=sum(one.known_s for one in sessions),
        coverage=sum(one.coverage * one.length_s for one in sessions) / length_s if length_s > 0 else None,
        peak_kg=max(peaks, default=None),
        p95_kg=_median(one.p95_kg for one in sessions),
        limit_kg=min(one.limit_kg for one in sessions),
        over_s=sum(one.over_s for one in sessions),
        alarms=sum(one.alarms for one in sessions),
        high_alarms=sum(one.high_alarms for one in sessions),
        reaction_s=_median(one.reaction_s for one in sessions),
    )


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _by(sessions: Sequence[Trend], key: Callable[[date], str]) -> list[tuple[str, list[Trend]]]:
    found: dict[str, list[Trend]] = {}
    for one in sessions:
        found.setdefault(key(one.day), []).append(one)
    return list(found.items())


def _pieces(sessions: Sequence[Trend]) -> tuple[str, list[Together]]:
    """What one point stands for, and the points."""
    if len(sessions) <= _SINGLE_MOST:
        return "session", [together(one.id, [one]) for one in sessions]
    weeks = _by(sessions, lambda day: str(day - timedelta(days=day.weekday())))
    if len(weeks) <= _SINGLE_MOST:
        return "week", [together(name, of) for name, of in weeks]
    return "month", [together(name, of) for name, of in by_month(sessions)]


def _charts(
    unit: str, pieces: Sequence[Together], x: Scale, first: date, limits: bool
) -> list[tuple[str, PointChart, list[tuple[str, str]]]]:
    """Heading, chart and legend of each."""

    def points(value: Callable[[Together], float | None]) -> list[tuple[float, float]]:
        found = [(float((one.first - first).days) + 0.5, value(one)) for one in pieces]
        return [(at, float("nan") if height is None else height) for at, height in found]

    edges = [Edge("", "limit", points(lambda one: one.limit_kg))] if limits else []
    peak = "highest load" if unit == "session" else f"highest load of the {unit}"
    p95 = "95 % at or below" if unit == "session" else "95 % at or below, median"
    loads = PointChart(
        "loads",
        f"Loads on the client by {unit}",
        _range("highest loads", [one.peak_kg for one in pieces], "kg"),
        [
            Group(peak, "peak", points(lambda one: one.peak_kg), joined=True),
            Group(p95, "p95", points(lambda one: one.p95_kg), joined=True),
        ],
        "kg on the client",
        x=x,
        edges=edges,
    )
    over = _single(
        "over", "Time over the limit", "seconds", points(lambda one: one.over_s if one.known_s > 0 else None), x, unit
    )
    alarms = _single("alarms", "Alarms a session", "alarms", points(lambda one: one.alarms_each), x, unit)
    coverage = _single(
        "coverage",
        "Data coverage",
        "%",
        points(lambda one: None if one.coverage is None else 100 * one.coverage),
        x,
        unit,
    )
    legend = [
        ("peak", peak),
        ("p95", p95),
        *([("limit", "limit it began with" if unit == "session" else "lowest limit")] if limits else []),
    ]
    return [
        ("Loads", loads, legend),
        ("Time over the limit", over, []),
        ("Alarms a session", alarms, []),
        ("Data coverage", coverage, []),
    ]


def _single(key: str, title: str, y_label: str, points: list[tuple[float, float]], x: Scale, unit: str) -> PointChart:
    group = Group(title, "mean", points, joined=True)
    words = _range(title.lower(), [y for _, y in points if y == y], y_label)
    return PointChart(key, f"{title}, by {unit}", words, [group], y_label, x=x, height=110)


def _range(what: str, values: Sequence[float | None], unit: str) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return f"{what}: unknown."
    return f"{what}: from {min(known):.1f} to {max(known):.1f} {unit}, last {known[-1]:.1f}."
