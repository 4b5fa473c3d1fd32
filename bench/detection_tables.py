"""What bench.trials found, as tables.

One law: it only sorts and counts; a missed rise counts as the longest delay, and percentiles are by nearest rank.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.hours import LOAD, Judged
from bench.judging import NAMES, OFFSETS_KG, ON_DELAYS_S, SLOW
from bench.rises import CONDITIONS, FALL_KG, SPANS_S, Timed, Told
from bench.trials import USUAL, Case, Found

Floats = NDArray[np.float64]

SELDOM_PER_H = 0.1
AT_LIMIT = OFFSETS_KG.index(0.0)


class Swept(NamedTuple):
    """One filter in one case, by (offset, on-delay)."""

    false_per_h: Floats
    delays_us: Floats
    """(offset, on-delay, rise)"""

    def p(self, share: float) -> Floats:
        """A percentile of the delays, in seconds; inf where that many rises were missed."""
        return percentile(self.delays_us, share) / 1e6

    def front(self) -> list[tuple[float, float]]:
        """(false alarms an hour, p95 in s) that nothing else of the sweep is better than in both, by rising rate."""
        points = sorted(zip(self.false_per_h.ravel().tolist(), self.p(0.95).ravel().tolist(), strict=True))
        best: list[tuple[float, float]] = []
        for rate, delay_s in points:
            if np.isfinite(delay_s) and (not best or delay_s < best[-1][1]):
                best.append((rate, delay_s))
        return best


def percentile(values: Floats, share: float) -> Floats:
    """By nearest rank, along the last axis; inf counts as the highest."""
    return np.asarray(np.percentile(values, 100 * share, axis=-1, method="inverted_cdf"))


def swept(found: Found, case: Case) -> dict[str, Swept]:
    """Every filter in one case."""
    hours = sum(judged.hours for judged in found.work[case])
    return {
        name: Swept(
            np.sum([judged.false[name] for judged in found.work[case]], axis=0) / hours,
            np.concatenate([timed.delays_us[name] for timed in found.rises[case]], axis=2),
        )
        for name in NAMES
    }


def told(rises: Sequence[Timed], condition: str, guarded: bool, span_s: float | None = None) -> list[Told]:
    """What bard's own alarm did on the rises of one length, or of all."""
    return [one for timed in rises if span_s in (None, timed.span_s) for one in timed.told[condition, guarded]]


def filter_table(found: Found, case: Case) -> list[str]:
    """Every filter with the threshold at the limit."""
    hours = sum(judged.hours for judged in found.work[case])
    rises = sum(timed.delays_us[SLOW].shape[2] for timed in found.rises[case])
    lines = [
        f"## {case.name}: filters, threshold at the limit",
        "",
        f"{rises} rises of 15-50 kg in 0.02, 0.3 and 0.8 s; {hours:g} h of normal work. Delay from the true load's "
        "crossing of the limit to the closing of the row that raises.",
        "",
        "| filter | false an hour, no on-delay | p95, no on-delay | on-delay for at most 1 false in 10 h | p50 | p95 | "
        "p95 by length of the rise | missed |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, one in swept(found, case).items():
        rates, p95 = one.false_per_h[AT_LIMIT], one.p(0.95)[AT_LIMIT]
        row = f"| {name} | {_rate(rates[0])} | {_ms(p95[0])} |"
        seldom = np.flatnonzero(rates <= SELDOM_PER_H)
        if not len(seldom):
            lines.append(f"{row} none up to {ON_DELAYS_S[-1]:g} s | | | | |")
            continue
        at = int(seldom[0])
        by_span = [_ms(_of_span(found.rises[case], name, at, span_s)) for span_s in SPANS_S]
        missed = int(np.isinf(one.delays_us[AT_LIMIT, at]).sum())
        lines.append(
            f"{row} {ON_DELAYS_S[at]:g} s | {_ms(one.p(0.5)[AT_LIMIT, at])} | {_ms(p95[at])} | "
            f"{' / '.join(by_span)} | {missed} |"
        )
    return [*lines, ""]


def _of_span(rises: Sequence[Timed], name: str, delay: int, span_s: float) -> Floats:
    """p95 in seconds over the rises of one length, threshold at the limit."""
    own = [timed.delays_us[name][AT_LIMIT, delay] for timed in rises if timed.span_s == span_s]
    return percentile(np.concatenate(own), 0.95) / 1e6


def alarm_table(found: Found) -> list[str]:
    """bard's own conditions on the rises."""
    lines = [
        "## bard's own alarms on the rises",
        "",
        "All of bard.monitor.decisions. From the first conversion of any chip that is itself past the level, and from "
        f"the true load's crossing of it; p50 / p95. support_lost: falls of the bar load of {FALL_KG:g} kg and more in "
        "0.02 s, from where they have come to that.",
        "",
        "| chips | condition | guard | rise in | told | from the conversion | from the crossing |",
        "|---|---|---|---|---|---|---|",
    ]
    for case, rises in found.rises.items():
        for condition in CONDITIONS:
            lines += [_told_row(case, rises, condition, guarded=True, span_s=None)]
            if case is USUAL and condition != "support_lost":
                lines += [_told_row(case, rises, condition, guarded=False, span_s=one) for one in (None, *SPANS_S)]
    early = {case.name: sum(timed.early for timed in rises) for case, rises in found.rises.items()}
    return [*lines, "", f"Load alarms between the rises: {', '.join(f'{n} ({c})' for c, n in early.items())}.", ""]


def _told_row(case: Case, rises: Sequence[Timed], condition: str, guarded: bool, span_s: float | None) -> str:
    of_all = told(rises, condition, guarded, span_s)
    if not of_all:
        return f"| {case.name} | {condition} | | | none drawn | | |"
    times_s = np.array(of_all).T / 1e6
    both = " | ".join(" / ".join(_ms(percentile(row, share)) for share in (0.5, 0.95)) for row in times_s)
    length = "any" if span_s is None else f"{span_s:g} s"
    counts = f"{np.isfinite(times_s[0]).sum()} of {times_s.shape[1]}"
    return f"| {case.name} | {condition} | {'as shipped' if guarded else 'none'} | {length} | {counts} | {both} |"


def total(judged: Sequence[Judged]) -> Counter[tuple[str, str, str]]:
    """All alarms of some sessions."""
    return sum((one.raised for one in judged), Counter())


def count(raised: Counter[tuple[str, str, str]], condition: str, when: str = "", what: str = "") -> int:
    """Alarms of one condition, at one occasion and of one verdict where given."""
    return sum(n for key, n in raised.items() if key[0] == condition and when in ("", key[1]) and what in ("", key[2]))


def hours_table(title: str, judged: Sequence[Judged]) -> list[str]:
    """What bard raised in hours of normal work."""
    hours = sum(one.hours for one in judged)
    raised = total(judged)
    lines = [
        f"## {title}: {hours:g} h of normal work",
        "",
        f"{sum(one.step_downs for one in judged)} step-downs; hands off the bars "
        f"{sum(one.let_gos for one in judged)} times while on the client. The true mean was above the limit for a "
        f"second {sum(one.passed for one in judged)} times, {sum(one.missed for one in judged)} of them without an "
        "alarm.",
        "",
        "| condition | false | an hour | true | ahead of the 0.25 s mean | at step-downs | with hands off |",
        "|---|---|---|---|---|---|---|",
    ]
    for condition in sorted({key[0] for key in raised}):
        judgeable = condition in (*LOAD, "support_lost")
        false, true, ahead = (count(raised, condition, what=what) for what in ("false", "true", "ahead"))
        stepped, off = (count(raised, condition, when=when) for when in ("step-down", "hands off"))
        rate = (false if judgeable else count(raised, condition)) / hours
        first = f"{false} | {_rate(rate)} | {true} | {ahead}" if judgeable else f"- | {_rate(rate)} in all | - | -"
        lines.append(f"| {condition} | {first} | {stepped} | {off} |")
    return [*lines, ""]


def recording_table(found: Found) -> list[str]:
    """What was raised on recorded forces, where nothing is wrong."""
    hours = sum(heard.hours for heard in found.recorded)
    raised: Counter[str] = sum((heard.raised for heard in found.recorded), Counter())
    lines = [
        "## Recorded forces as a bar",
        "",
        f"{len({heard.name for heard in found.recorded})} recordings (two plates, standing, push ring), "
        f"{hours * 60:.0f} minutes in all with glitches as usual, limit 5 kg above their highest true load: whatever "
        "passes it is false.",
        "",
        "| filter | false with no on-delay | with 0.1 s | with 0.3 s |",
        "|---|---|---|---|",
    ]
    for name in NAMES:
        false = np.sum([heard.false[name] for heard in found.recorded], axis=0)[AT_LIMIT]
        counts = " | ".join(str(false[ON_DELAYS_S.index(delay_s)]) for delay_s in (0.0, 0.1, 0.3))
        lines.append(f"| {name} | {counts} |")
    said = ", ".join(f"{condition} {often}" for condition, often in sorted(raised.items()))
    return [*lines, "", f"bard's own alarms there: {said or 'none'}."]


def _ms(value_s: float | Floats) -> str:
    return f"{float(value_s) * 1000:.0f} ms" if np.isfinite(value_s) else "missed"


def _rate(per_hour: float) -> str:
    return "0" if per_hour == 0 else f"{per_hour:.2g}" if per_hour < 10 else f"{per_hour:.0f}"
