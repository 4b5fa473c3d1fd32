"""A session's report: its load over time, what it comes to, and how sure that is.

One law: it says what was measured and what was not, and judges nothing: no load is called good, and no time without a
known load is left out of sight.
"""

from collections.abc import Iterator, Mapping, Sequence

from bard.client.pressure import mean_pressure_kpa
from bard.control.words import kg_words, load_kg_words, number_words, time_words
from bard.journal.alarms import LOAD_CONDITIONS, Alarm
from bard.journal.statistics import Statistics
from bard.report.chart import Level, LoadChart, Mark, Strip
from bard.report.counts import Bar, Bars, Histogram
from bard.report.facts import Called, SessionFacts, known_s, on_s
from bard.report.page import render
from bard.report.words import count_words, percent_words, seconds_words

PHASES = {"on": "on the client", "released": "hands off the bars", "off": "nobody on", "unknown": "load unknown"}
_MARKS_MOST = 40
"""Alarms that get a number in the chart; all stand in the table."""


def session_report(facts: SessionFacts) -> str:
    """The page."""
    statistics = facts.statistics
    calls = [called for called in facts.alarms if not called.alarm.is_cue]
    numbered = list(enumerate(calls, start=1))
    return render(
        "session.html",
        facts=facts,
        statistics=statistics,
        on_s=on_s(statistics),
        known_s=known_s(statistics),
        limits=_texts(facts, "limit_kg"),
        guards=_texts(facts, "guard_kg"),
        sentences=list(summary_words(facts)),
        load=load_chart(facts, numbered),
        load_legend=_legend(facts),
        bands=bands_chart(statistics),
        histogram=histogram(facts),
        sides=_parts("sides", "What each support carried", statistics.shares),
        phases=_times("phases", "Time by who was on the client", _phases(statistics), statistics.length_s),
        zones=_times("zones", "Time on the client by zone", _zones(statistics), on_s(statistics)),
        alarms=[(number, called, _outcome(called.alarm)) for number, called in numbered],
        cues=len(facts.alarms) - len(calls),
        pressures=_pressures(facts),
    )


def summary_words(facts: SessionFacts) -> Iterator[str]:
    """The session in sentences."""
    statistics = facts.statistics
    whole, on = time_words(facts.length_s), on_s(statistics)
    yield (
        f"The session lasted {whole}; for {time_words(on)} of it somebody was on the client."
        if on > 0
        else f"The session lasted {whole}; nobody was seen on the client."
    )
    if statistics.peak_kg is not None:
        fast_kg = statistics.peak_fast_kg
        fast = f" ({kg_words(fast_kg)} before smoothing)" if fast_kg is not None else ""
        yield f"The highest load was {load_kg_words(statistics.peak_kg, statistics.peak_u_kg)}{fast}."
        yield f"For 95 % of the time in which it was known it was at or below {kg_words(statistics.p95_kg)}."
        yield _over_words(facts)
    if statistics.load_unknown_s > 0:
        yield (
            f"For {seconds_words(statistics.load_unknown_s)} somebody was on the client while the load was unknown: "
            "what it was then, nobody knows, and bard warned as if it were the whole body weight."
        )
    if statistics.missing_s > 0:
        yield (
            f"Of {seconds_words(statistics.missing_s)} nothing is recorded: bard was not running, or what it wrote is "
            "lost."
        )
    yield _alarm_words(facts)


def _over_words(facts: SessionFacts) -> str:
    statistics, limits, guards = facts.statistics, _texts(facts, "limit_kg"), _texts(facts, "guard_kg")
    limit = f"the limit of {limits[0]}" if len(limits) == 1 else "the limit that held then"
    guard = f"With its guard of {guards[0]} it" if len(guards) == 1 else "With its guard it"
    over_s = statistics.over_s + statistics.critical_s
    if over_s <= 0:
        return f"{guard} was never seen over {limit}."
    critical_s = statistics.critical_s
    critical = f", {seconds_words(critical_s)} of it over critical" if critical_s > 0 else ""
    return f"{guard} was over {limit} for {seconds_words(over_s)}{critical}."


def _texts(facts: SessionFacts, name: str) -> list[str]:
    """All values of a limit or the guard that held at some time."""
    return list(dict.fromkeys(kg_words(getattr(one.numbers, name)) for one in facts.limits))


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


def load_chart(facts: SessionFacts, numbered: Sequence[tuple[int, Called]]) -> LoadChart | None:
    """Load with band, limits, alarms by number, and who was on the client beneath; None without a series."""
    statistics = facts.statistics
    if facts.loads is None:
        return None
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
    return LoadChart(
        key="load",
        title="Load on the client over the session",
        description=(
            f"{time_words(facts.length_s)}; highest {load_kg_words(statistics.peak_kg, statistics.peak_u_kg)}, "
            f"mean {kg_words(statistics.mean_kg)}; unknown for {seconds_words(statistics.load_unknown_s)} of "
            f"{seconds_words(on_s(statistics))} on the client; {count_words(len(numbered), 'alarm')}."
        ),
        trace=facts.loads.trace,
        end_s=facts.length_s,
        levels=levels,
        marks=marks[:_MARKS_MOST],
        strips=[Strip("who was on the client", facts.loads.phases)],
    )


def _legend(facts: SessionFacts) -> list[tuple[str, str]]:
    """Of the load chart: what is in it."""
    shown = {span.look for span in facts.loads.phases} if facts.loads is not None else set()
    priorities = {called.alarm.priority for called in facts.alarms if not called.alarm.is_cue}
    return [
        *(("load", "mean"), ("range", "lowest to highest"), ("band", "with the uncertainty")),
        *(("near", "near"), ("limit", "limit"), ("critical", "critical")),
        *((priority, f"{priority} alarm") for priority in ("high", "medium", "low") if priority in priorities),
        *((look, words) for look, words in PHASES.items() if look in shown),
        *((("gap", "not watched"),) if facts.statistics.missing_s > 0 else ()),
    ]


def bands_chart(statistics: Statistics) -> Bars:
    """How long the load, its guard added, was where."""
    rows = (
        ("below near", statistics.below_s, "plain"),
        ("from near to the limit", statistics.near_s, "nearing"),
        ("from the limit to critical", statistics.over_s, "over"),
        ("critical and above", statistics.critical_s, "far"),
        ("load unknown", statistics.load_unknown_s, "unknown"),
    )
    on = on_s(statistics)
    bars = [Bar(name, value_s, _share_words(value_s, on), look) for name, value_s, look in rows]
    words = "; ".join(f"{bar.name}: {bar.words}" for bar in bars)
    return Bars("bands", "Time in each band while on the client", f"{words}.", bars, most=max(on, 1.0))


def histogram(facts: SessionFacts) -> Histogram | None:
    """How long each load was there, with the last limits; None where no load was known."""
    if facts.loads is None or not facts.loads.seconds:
        return None
    statistics, seconds = facts.statistics, facts.loads.seconds
    in_minutes = max(seconds, default=0.0) >= 120
    numbers = facts.limits[-1].numbers
    lines = []
    for name in ("near", "limit", "critical"):
        value_kg = float(getattr(numbers, f"{name}_kg"))
        lines.append((value_kg, f"{name} {number_words(value_kg)}", name))
    half, most = kg_words(statistics.p50_kg), kg_words(statistics.p95_kg)
    return Histogram(
        "histogram",
        "How long each load was on the client",
        f"Half of the known time at or below {half}, 95 % at or below {most}.",
        facts.loads.edges_kg,
        [value / 60 if in_minutes else value for value in seconds],
        "kg on the client",
        "minutes" if in_minutes else "seconds",
        lines,
    )


def _phases(statistics: Statistics) -> dict[str, float]:
    order = ("on", "released", "off")
    found = {PHASES[phase]: statistics.phases_s[phase] for phase in order if phase in statistics.phases_s}
    return found | ({"not watched": statistics.missing_s} if statistics.missing_s > 0 else {})


def _zones(statistics: Statistics) -> dict[str, float]:
    """None where no zone was ever chosen."""
    if set(statistics.zones_s) <= {""}:
        return {}
    return {zone or "no zone": value_s for zone, value_s in statistics.zones_s.items()}


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
    parts, reaction_s = [], alarm.reaction_s
    if alarm.condition in LOAD_CONDITIONS and alarm.limit_kg is not None:
        back = "at an unknown time" if reaction_s is None else f"in {seconds_words(reaction_s)}"
        parts.append(f"back below {back}")
    elif (lasted_s := reaction_s if reaction_s is not None else alarm.duration_s) is not None:
        parts.append(f"over after {seconds_words(lasted_s)}")
    if alarm.acknowledged is not None:
        parts.append(f"acknowledged by {alarm.by}")
    elif alarm.outcome == "latched":
        parts.append("not acknowledged")
    if alarm.outcome == "cut off":
        parts.append("its end is not recorded")
    return "; ".join(parts)


def _pressures(facts: SessionFacts) -> list[tuple[object, ...]]:
    """Per stated contact: its area, and the mean pressure at the median and at the 95 % load."""
    half_kg, most_kg = facts.statistics.p50_kg, facts.statistics.p95_kg
    if half_kg is None or most_kg is None:
        return []
    return [
        (part, cm2, *(f"{mean_pressure_kpa(kg, cm2):.0f} kPa" for kg in (half_kg, most_kg)))
        for part, cm2 in facts.contacts_cm2.items()
    ]
