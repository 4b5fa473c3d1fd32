"""A session's report: its load over time, what it comes to, and how sure that is.

One law: it says what was measured and what was not, and judges nothing: no load is called good, and no time without a
known load is left out of sight.
"""

from collections.abc import Iterator, Mapping, Sequence

from bard.client.pressure import mean_pressure_kpa
from bard.control.words import kg_words, load_kg_words, number_words, time_words
from bard.journal.alarms import LOAD_CONDITIONS, Alarm
from bard.report.chart import Level, LoadChart, Mark, Strip
from bard.report.counts import Bar, Bars, Histogram
from bard.report.facts import Called, Figures, SessionFacts
from bard.report.page import render
from bard.report.words import count_words, percent_words, seconds_words

PHASES = {"on": "on the client", "released": "hands off the bars", "off": "nobody on", "unknown": "load unknown"}
_MARKS_MOST = 40
"""Alarms that get a number in the chart; all stand in the table."""


def session_report(facts: SessionFacts) -> str:
    """The page."""
    figures = facts.figures
    calls = [called for called in facts.alarms if not called.alarm.is_cue]
    numbered = list(enumerate(calls, start=1))
    return render(
        "session.html",
        facts=facts,
        figures=figures,
        numbers=facts.limits[-1].numbers if facts.limits else None,
        limits=_limits(facts),
        sentences=list(summary_words(facts)),
        load=load_chart(facts, numbered),
        load_legend=_legend(facts),
        bands=bands_chart(figures),
        histogram=histogram(facts),
        sides=_parts("sides", "What each support carried", figures.shares),
        phases=_times("phases", "Time by who was on the client", _phases(figures), figures.length_s),
        zones=_times("zones", "Time on the client by zone", figures.zones_s, figures.on_s),
        alarms=[(number, called, _outcome(called.alarm)) for number, called in numbered],
        cues=len(facts.alarms) - len(calls),
        pressures=_pressures(facts),
    )


def summary_words(facts: SessionFacts) -> Iterator[str]:
    """The session in sentences."""
    figures = facts.figures
    yield (
        f"The session lasted {time_words(figures.length_s)}; for {time_words(figures.on_s)} of it somebody was on the "
        f"client, and for {percent_words(figures.coverage)} of that time the load was known."
        if figures.on_s > 0
        else f"The session lasted {time_words(figures.length_s)}; nobody was seen on the client."
    )
    if figures.peak_kg is not None:
        yield f"The highest load was {load_kg_words(figures.peak_kg, figures.peak_u_kg)}."
        if figures.p95_kg is not None:
            yield f"For 95 % of the known time it was at or below {kg_words(figures.p95_kg)}."
        over_s = figures.over_s + figures.critical_s
        limits = _limits(facts)
        limit = f"the limit of {limits[0]}" if len(limits) == 1 else "the limit that held then"
        if over_s > 0:
            critical = f", {seconds_words(figures.critical_s)} of it far over" if figures.critical_s > 0 else ""
            yield f"It was over {limit} for {seconds_words(over_s)}{critical}."
        else:
            yield f"While it was known, it was not seen over {limit}."
    unknown_s = figures.on_s - figures.known_s
    if unknown_s >= 0.1:
        yield (
            f"For {seconds_words(unknown_s)} somebody was on the client while the load was unknown: what it was then, "
            "nobody knows, and bard warned as if it were the whole body weight."
        )
    yield _alarm_words(facts)


def _limits(facts: SessionFacts) -> list[str]:
    """All that held at some time."""
    return list(dict.fromkeys(kg_words(one.numbers.limit_kg) for one in facts.limits))


def _alarm_words(facts: SessionFacts) -> str:
    summary = facts.summary
    if summary.alarms == 0:
        return "There was no alarm."
    reactions = summary.reactions
    back = (
        f"; the load was back below within {seconds_words(reactions.median_s)} (median of {reactions.times})"
        if reactions.median_s is not None
        else ""
    )
    return f"There {'was' if summary.alarms == 1 else 'were'} {count_words(summary.alarms, 'alarm')}{back}."


def load_chart(facts: SessionFacts, numbered: Sequence[tuple[int, Called]]) -> LoadChart:
    """Load with band, limits, alarms by number, and who was on the client beneath."""
    figures = facts.figures
    levels = [
        Level(
            name,
            name,
            [(one.start_s, one.end_s, float(getattr(one.numbers, f"{name}_kg"))) for one in facts.limits],
        )
        for name in ("near", "limit", "critical")
    ]
    marks = [
        Mark(called.at_s, called.alarm.priority, str(number)) for number, called in numbered if called.at_s is not None
    ]
    known = (
        f"known for {percent_words(figures.coverage)} of the time on the client" if figures.on_s > 0 else "nobody on"
    )
    return LoadChart(
        key="load",
        title="Load on the client over the session",
        description=(
            f"{time_words(figures.length_s)}; highest {load_kg_words(figures.peak_kg, figures.peak_u_kg)}, "
            f"mean {kg_words(figures.mean_kg)}; {known}; {count_words(len(numbered), 'alarm')}."
        ),
        trace=facts.trace,
        end_s=figures.length_s,
        levels=levels,
        marks=marks[:_MARKS_MOST],
        strips=[Strip("who was on the client", facts.phases)],
    )


def _legend(facts: SessionFacts) -> list[tuple[str, str]]:
    """Of the load chart: what is in it."""
    shown = {span.look for span in facts.phases}
    priorities = {called.alarm.priority for called in facts.alarms if not called.alarm.is_cue}
    return [
        *(("load", "mean"), ("range", "lowest to highest"), ("band", "with the uncertainty")),
        *(("near", "near"), ("limit", "limit"), ("critical", "critical")),
        *((priority, f"{priority} alarm") for priority in ("high", "medium", "low") if priority in priorities),
        *((look, words) for look, words in PHASES.items() if look in shown),
    ]


def bands_chart(figures: Figures) -> Bars:
    """How long the load was where."""
    unknown_s = max(0.0, figures.on_s - figures.known_s)
    rows = (
        ("below near", figures.below_s, "plain"),
        ("from near to the limit", figures.near_s, "released"),
        ("from the limit to critical", figures.over_s, "over"),
        ("critical and above", figures.critical_s, "far"),
        ("load unknown", unknown_s, "unknown"),
    )
    bars = [Bar(name, value_s, _share_words(value_s, figures.on_s), look) for name, value_s, look in rows]
    words = "; ".join(f"{bar.name}: {bar.words}" for bar in bars)
    return Bars("bands", "Time in each band while on the client", f"{words}.", bars, most=max(figures.on_s, 1.0))


def histogram(facts: SessionFacts) -> Histogram | None:
    """How long each load was there, with the last limits; None where no load was known."""
    edges, seconds = _used(*facts.heights)
    if not seconds:
        return None
    in_minutes = max(seconds, default=0.0) >= 120
    lines = []
    if facts.limits:
        numbers = facts.limits[-1].numbers
        for name in ("near", "limit", "critical"):
            value_kg = float(getattr(numbers, f"{name}_kg"))
            lines.append((value_kg, f"{name} {number_words(value_kg)}", name))
    figures = facts.figures
    return Histogram(
        "histogram",
        "How long each load was on the client",
        f"Half of the known time at or below {kg_words(figures.p50_kg)}, 95 % at or below {kg_words(figures.p95_kg)}.",
        edges,
        [value / 60 if in_minutes else value for value in seconds],
        "kg on the client",
        "minutes" if in_minutes else "seconds",
        lines,
    )


def _used(edges: Sequence[float], seconds: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    """Without what is empty at both ends."""
    filled = [place for place, value in enumerate(seconds) if value > 0]
    if not filled:
        return (), ()
    return edges[filled[0] : filled[-1] + 2], seconds[filled[0] : filled[-1] + 1]


def _phases(figures: Figures) -> dict[str, float]:
    return {PHASES.get(phase, phase): value_s for phase, value_s in figures.phases_s.items()}


def _times(key: str, title: str, times_s: Mapping[str, float], whole_s: float) -> Bars | None:
    bars = [Bar(name, value_s, _share_words(value_s, whole_s)) for name, value_s in times_s.items()]
    return _bars(key, title, bars, max(whole_s, 1.0))


def _parts(key: str, title: str, shares: Mapping[str, float]) -> Bars | None:
    return _bars(key, title, [Bar(name, share, percent_words(share)) for name, share in shares.items()], 1.0)


def _bars(key: str, title: str, bars: Sequence[Bar], most: float) -> Bars | None:
    words = "; ".join(f"{bar.name}: {bar.words}" for bar in bars)
    return Bars(key, title, f"{words}.", bars, most) if bars else None


def _share_words(value_s: float, whole_s: float) -> str:
    return f"{seconds_words(value_s)}, {percent_words(value_s / whole_s)}" if whole_s > 0 else seconds_words(value_s)


def _outcome(alarm: Alarm) -> str:
    """What became of it: how fast the load was back, who acknowledged."""
    parts = []
    if alarm.condition in LOAD_CONDITIONS:
        reaction_s = alarm.reaction_s
        parts.append(
            "back below at an unknown time" if reaction_s is None else f"back below in {seconds_words(reaction_s)}"
        )
    elif alarm.duration_s is not None:
        parts.append(f"lasted {seconds_words(alarm.duration_s)}")
    if alarm.acknowledged is not None:
        parts.append(f"acknowledged by {alarm.by}")
    elif alarm.outcome == "latched":
        parts.append("not acknowledged")
    if alarm.outcome == "cut off":
        parts.append("its end is not recorded")
    return "; ".join(parts)


def _pressures(facts: SessionFacts) -> list[tuple[object, ...]]:
    """Per stated contact: its area, and the mean pressure at the median and at the 95 % load."""
    half_kg, most_kg = facts.figures.p50_kg, facts.figures.p95_kg
    if half_kg is None or most_kg is None:
        return []
    return [
        (part, cm2, *(f"{mean_pressure_kpa(kg, cm2):.0f} kPa" for kg in (half_kg, most_kg)))
        for part, cm2 in facts.contacts_cm2.items()
    ]
