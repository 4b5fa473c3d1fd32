from math import nan

import numpy as np
import pytest
from msgspec import structs

from bard.journal.alarms import Change, Moment
from bard.journal.series import series_of
from bard.journal.statistics import Statistics, session_statistics, statistics
from bard.monitor import BIN_US, Judged
from tests.journal.logs import NUMBERS, S, condition
from tests.journal.summaries import JUDGED, RIBS, summary, wave


def whole(rows: list, bins: int | None = None) -> Statistics:  # type: ignore[type-arg]
    return statistics(series_of(rows), len(rows) if bins is None else bins)


def test_a_session_in_which_all_is_known() -> None:
    """70 kg, limit 40, near 34, critical 50, guard 1.5: judged is the load with its guard."""
    loads_kg = [20.0] * 100 + [33.0] * 50 + [39.0] * 30 + [49.0] * 20
    found = whole([summary(number, load_kg) for number, load_kg in enumerate(loads_kg)])
    assert (found.length_s, found.coverage, found.missing_s, found.load_unknown_s) == (20.0, 1.0, 0.0, 0.0)
    assert (found.below_s, found.near_s, found.over_s, found.critical_s) == (10.0, 5.0, 3.0, 2.0)
    assert found.above_limit_kg_s == pytest.approx(9 * 2.0), "the load itself, without a guard"
    assert (found.peak_kg, found.peak_fast_kg, found.least_kg, found.peak_u_kg) == (49.2, 50.0, 19.8, 2.0)
    assert found.mean_kg == pytest.approx(np.mean(loads_kg))
    assert (found.p50_kg, found.p95_kg, found.p99_kg) == tuple(np.percentile(loads_kg, (50, 95, 99)).round(3))
    assert found.phases_s == {"off": 0.0, "on": 20.0, "released": 0.0}
    assert found.zones_s == {"": 20.0}
    assert found.shares == {"left bar": 0.6, "right bar": 0.4}
    assert found.bar_mean_kg == pytest.approx(70 - np.mean(loads_kg))
    assert found.u_mean_kg == 2.0


def test_what_is_unknown_is_no_load_and_no_time_below_a_limit() -> None:
    found = whole([summary(number, nan) for number in range(50)])
    assert (found.coverage, found.load_unknown_s, found.length_s) == (0.0, 5.0, 5.0)
    assert (found.below_s, found.near_s, found.over_s, found.critical_s) == (0.0, 0.0, 0.0, 0.0)
    for name in (
        "peak_kg",
        "peak_u_kg",
        "peak_fast_kg",
        "least_kg",
        "mean_kg",
        "p50_kg",
        "p99_kg",
        "u_mean_kg",
        "bar_mean_kg",
    ):
        assert getattr(found, name) is None, name
    assert found.shares == {}
    assert found.above_limit_kg_s == 0.0


def test_nothing_watched_is_missing_time() -> None:
    found = whole([], 600)
    assert (found.length_s, found.missing_s, found.coverage) == (60.0, 60.0, 0.0)
    assert found.peak_kg is None
    assert whole([], 0).coverage == 0.0


def test_half_known_is_half_covered() -> None:
    rows = [summary(number, 30.0)._replace(known=5) for number in range(10)]
    assert whole(rows).coverage == 0.5
    assert whole(rows, 20).coverage == 0.25
    assert whole(rows, 20).missing_s == 1.0


def test_nobody_on_the_client_is_neither_unknown_nor_below() -> None:
    rows = [summary(number, nan, phase="off")._replace(known=10, bar_mean_kg=0.1) for number in range(20)]
    found = whole([*rows, *(summary(number, 30.0, phase="released") for number in range(20, 30))])
    assert found.phases_s == {"off": 2.0, "on": 0.0, "released": 1.0}
    assert (found.load_unknown_s, found.below_s, found.coverage) == (0.0, 1.0, 1.0)


def test_each_tenth_is_judged_by_its_own_numbers() -> None:
    rows = [*(summary(n, 30.0) for n in range(40)), *(summary(n, 30.0, judged=RIBS) for n in range(40, 100))]
    found = whole(rows)
    assert (found.below_s, found.over_s, found.critical_s) == (4.0, 0.0, 6.0)
    assert found.zones_s == {"": 4.0, "ribs": 6.0}
    assert found.above_limit_kg_s == pytest.approx(5 * 6)


def test_minutes_and_the_calibrations() -> None:
    other = Judged(NUMBERS, "another", JUDGED.supports)
    rows = [*wave(0, 700), *(one._replace(judged=other) for one in wave(1300, 1500))]
    found = session_statistics("id", series_of(rows), 200 * S, [])
    assert [minute.length_s for minute in found.minutes] == [60.0, 60.0, 60.0, 19.9]
    assert [minute.missing_s for minute in found.minutes] == [0.0, 50.0, 40.0, 19.9]
    assert [round(minute.coverage, 3) for minute in found.minutes] == [1.0, 0.167, 0.333, 0.0]
    assert (found.whole.length_s, found.whole.missing_s) == (199.9, 109.9)
    assert found.calibrations == (JUDGED.calibration, "another")
    assert sum(minute.near_s for minute in found.minutes) == pytest.approx(found.whole.near_s)


def test_the_last_tenths_that_were_not_closed_are_not_missing() -> None:
    """Rows close some hundredths of a second late, and a tenth that is not full is left out."""
    for length_us in (10 * S, 10 * S + BIN_US // 2, 10 * S + BIN_US - 1, 10 * S + BIN_US):
        assert session_statistics("id", series_of(wave(0, 100)), length_us, []).whole.missing_s == 0.0
    assert session_statistics("id", series_of(wave(0, 100)), 12 * S, []).whole.missing_s == 1.9


def test_no_length_is_negative() -> None:
    """A clock that jumped: what was measured counts, and nothing is missing."""
    for length_us in (0, -5 * S, -(1 << 62)):
        found = session_statistics("id", series_of(wave(0, 100)), length_us, [])
        assert (found.whole.length_s, found.whole.missing_s, len(found.minutes)) == (10.0, 0.0, 1)
        assert session_statistics("id", series_of([]), length_us, []).whole.length_s == 0.0


def test_alarms_are_counted_with_how_fast_the_load_was_back_below() -> None:
    events = [
        condition(1 * S, "active", "pending"),
        condition(3 * S, "clearing", "active"),
        condition(4 * S, "normal", "clearing"),
        condition(6 * S, "active", "pending", id="load_near", priority="cue"),
    ]
    changes = []
    for number, event in enumerate(events):
        fields = structs.asdict(event)
        moment = Moment("b", fields.pop("at_us"), 0, False)
        changes.append(Change(number, f"a-{number}", "id", moment, fields.pop("id"), *fields.values()))
    found = session_statistics("id", series_of(wave(0, 100)), 10 * S, changes)
    assert found.alarms == {"high": 0, "medium": 1, "low": 0, "cue": 1}
    assert (found.reactions.times, found.reactions.median_s, found.reactions.longest_s) == (1, 2.0, 2.0)
