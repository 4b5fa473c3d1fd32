"""From rows to what a report shows: nothing that was not watched is made up, and no clock bends a session."""

import numpy as np
from msgspec.structs import replace

from bard.journal.alarms import Moment
from bard.journal.history import NumbersRow, SessionRow
from bard.report.chart import Span
from bard.report.facts import Limits
from bard.report.gather import calls_of, changes_of, heights_of, limits_of, spans_by_phase
from tests.report.sessions import NUMBERS, SESSION, ZONE, alarm, moment

ROW = SessionRow(1, SESSION, moment(0), moment(600), NUMBERS, ())
NAN = float("nan")


def changed(at_s: float, numbers: object = ZONE, why: str = "zone: lower back", by: str = "page") -> NumbersRow:
    return NumbersRow(moment(at_s), numbers, why, by)  # type: ignore[arg-type]


def elsewhen(trusted: bool) -> Moment:
    """Of another boot."""
    return Moment("c" * 32, 5_000_000, moment(300).wall_ms, trusted)


def test_limits_hold_one_after_the_other_over_the_whole_session() -> None:
    assert limits_of(ROW, [], 600.0) == [Limits(0.0, 600.0, NUMBERS)]
    found = limits_of(ROW, [changed(100), changed(250, NUMBERS), changed(250, NUMBERS)], 600.0)
    assert found == [Limits(0.0, 100.0, NUMBERS), Limits(100.0, 250.0, ZONE), Limits(250.0, 600.0, NUMBERS)]


def test_a_change_in_another_boot_counts_by_trusted_clocks_only() -> None:
    trusted = replace(changed(0), moment=elsewhen(True))
    assert limits_of(ROW, [trusted], 600.0) == [Limits(0.0, 300.0, NUMBERS), Limits(300.0, 600.0, ZONE)]
    doubtful = replace(changed(0), moment=elsewhen(False))
    assert limits_of(ROW, [doubtful], 600.0) == [Limits(0.0, 600.0, ZONE)]
    assert [one.at_s for one in changes_of(ROW, [trusted, doubtful])] == [300.0, None]


def test_changes_in_words() -> None:
    found = changes_of(ROW, [changed(100), changed(250, NUMBERS, "zone: none", "")])
    assert [(one.at_s, one.words) for one in found] == [
        (100.0, "zone: lower back; limit 40.0 to 30.0 kg, near 34.0 to 25.5 kg, critical 50.0 to 37.5 kg, by page"),
        (250.0, "zone: none; limit 30.0 to 40.0 kg, near 25.5 to 34.0 kg, critical 37.5 to 50.0 kg"),
    ]


def test_alarms_of_this_session_and_none_at_a_time_that_is_not_certain() -> None:
    other = replace_session(alarm(3, 20.0))
    carried = alarm(2, 15.0, carried=True)
    found = calls_of(ROW, [alarm(1, 12.5), carried, other, alarm(4, 0, begin=elsewhen(False))])
    assert [(one.alarm.number, one.at_s) for one in found] == [(1, 12.5), (2, None), (4, None)]


def replace_session(one: object) -> object:
    one.session = "f" * 16  # type: ignore[attr-defined]
    return one


def test_phases_with_unknown_loads_and_a_hole() -> None:
    at_s = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 9.6, 9.7])
    phases = ["off", "off", "on", "on", "released", "on", "off"]
    client_kg = np.array([NAN, NAN, 30.0, NAN, 60.0, 30.0, NAN])
    found = spans_by_phase(at_s, np.array(phases, object), client_kg)
    assert [(round(span.start_s, 3), round(span.end_s, 3), span.look) for span in found] == [
        (0.0, 0.2, "off"),
        (0.2, 0.3, "on"),
        (0.3, 0.4, "unknown"),
        (0.4, 0.5, "released"),
        (9.5, 9.6, "on"),
        (9.6, 9.7, "off"),
    ]
    assert spans_by_phase(np.empty(0), np.empty(0, object), np.empty(0)) == list[Span]()


def test_heights_are_all_of_the_known_time() -> None:
    edges, seconds = heights_of(np.array([-3.0, 0.5, 1.9, 2.0, NAN, 41.0]))
    assert edges[0] == -4.0
    assert edges[-1] == 42.0
    assert sum(seconds) == 0.5
    assert seconds[2] == 0.2
    assert heights_of(np.array([NAN])) == ([], [])
