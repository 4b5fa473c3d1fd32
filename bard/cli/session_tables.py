"""Sessions in lines of 80 columns, for a terminal.

One law: what is unknown is said; a time whose clock was not known to be right carries a question mark. Local time. It
chooses nothing and reads nothing.
"""

import time
from collections.abc import Iterator, Sequence

from bard.journal.alarms import Moment, seconds_between
from bard.journal.export_sessions import SessionFigures
from bard.journal.statistics import SessionStatistics

_ID = 8


def session_table(found: Sequence[SessionFigures]) -> Iterator[str]:
    """A line a session: when, how long, how much of it was watched, loads, time over the limit, alarms."""
    if not found:
        yield "no sessions"
        return
    yield (
        f" {'begin':8}{'session':10}{'length':>9}{'watched':>9}{'mean':>7}{'95 %':>7}{'peak':>7}{'limit':>7}"
        f"{'over':>8}{'alarms':>7}"
    )
    heading = ""
    for figures in found:
        row, whole = figures.row, figures.statistics.whole
        if _day(row.begin) != heading:
            heading = _day(row.begin)
            yield heading
        yield (
            f" {_clock(row.begin):8}{row.id[:_ID]:10}{_length(figures):>9}{_percent(whole.coverage):>9}"
            f"{_kg(whole.mean_kg):>7}{_kg(whole.p95_kg):>7}{_kg(whole.peak_kg):>7}{row.numbers.limit_kg:>7.1f}"
            f"{_time(whole.over_s + whole.critical_s):>8}{_alarms(figures.statistics):>7}"
        )
    yield ""
    yield "Loads on the client in kg; watched: of the time, the load on the bars was known;"
    yield "95 %: so much of the time the load was below; over: time above the limit, guard"
    yield "and critical included; alarms: all but cues."
    if not all(figures.row.begin.clock_trusted for figures in found):
        yield "? the clock was not known to be right"


def minute_table(found: SessionStatistics) -> Iterator[str]:
    """A line a minute."""
    yield f"{'minute':>6}{'watched':>9}{'mean':>7}{'95 %':>7}{'peak':>7}{'± U':>6}{'near':>8}{'over':>8}{'critical':>9}"
    for minute, one in enumerate(found.minutes):
        yield (
            f"{minute:>6}{_percent(one.coverage):>9}{_kg(one.mean_kg):>7}{_kg(one.p95_kg):>7}{_kg(one.peak_kg):>7}"
            f"{_kg(one.u_mean_kg):>6}{one.near_s:>6.1f} s{one.over_s:>6.1f} s{one.critical_s:>7.1f} s"
        )
    yield ""
    yield "Loads on the client in kg, of the time in which somebody was on the client and the load"
    yield "was known; ± U: mean uncertainty."


def _day(moment: Moment) -> str:
    return time.strftime("%a %Y-%m-%d", time.localtime(moment.wall_ms / 1000))


def _clock(moment: Moment) -> str:
    doubt = "" if moment.clock_trusted else "?"
    return f"{time.strftime('%H:%M', time.localtime(moment.wall_ms / 1000))}{doubt}"


def _time(seconds: float) -> str:
    """`1:02:03`, `2:03`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def _length(figures: SessionFigures) -> str:
    if figures.row.end is None:
        return "no end"
    lasted_s = seconds_between(figures.row.begin, figures.row.end)
    return _time(lasted_s if lasted_s is not None else figures.statistics.whole.length_s)


def _percent(share: float) -> str:
    """Never 100 % of what is not whole, never 0 of what is there."""
    if 0 < share < 1:
        return f"{min(99.9, max(0.1, share * 100)):.1f} %"
    return f"{share:.0%}".replace("%", " %")


def _kg(load_kg: float | None) -> str:
    return "?" if load_kg is None else f"{load_kg:.1f}"


def _alarms(statistics: SessionStatistics) -> int:
    return sum(count for priority, count in statistics.alarms.items() if priority != "cue")
