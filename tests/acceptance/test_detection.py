"""The short form of bench.detection: what must hold on any machine, for its seeds are fixed."""

import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pytest

from bench import detection
from bench.detection_tables import Swept, percentile, swept, told
from bench.hours import LOAD, Judged
from bench.judging import FAST, NAMES, OFFSETS_KG, ON_DELAYS_S, SLOW
from bench.trials import POOR, USUAL, Found, measure

AT_LIMIT = OFFSETS_KG.index(0.0)
OVER = ON_DELAYS_S.index(0.3)
UNGATED = ("mean of 10", "Butterworth 5 Hz", "EMA 0.1 s")


@pytest.fixture(scope="module")
def found() -> Found:
    return measure(hours=0.4, rises=6, processes=1, cases=(USUAL, POOR), recording_seeds=1)


def p95_ms(one: Swept, delay: int = 0) -> float:
    return float(one.p(0.95)[AT_LIMIT, delay]) * 1000


def test_critical_is_told_within_60_ms_of_the_first_conversion_past_it(found: Found) -> None:
    for guarded in (True, False):
        times_ms = np.array(told(found.rises[USUAL], "load_critical", guarded)).T / 1000
        assert times_ms.shape[1] == 18
        assert percentile(times_ms[0], 0.95) <= 60, times_ms


def test_over_is_told_within_550_ms_of_the_crossing(found: Found) -> None:
    times_ms = np.array(told(found.rises[USUAL], "load_over", guarded=False)).T / 1000
    assert times_ms.shape[1] == 36
    assert percentile(times_ms[1], 0.95) <= 550, times_ms


def test_every_great_fall_of_the_bar_load_is_told(found: Found) -> None:
    times_ms = np.array(told(found.rises[USUAL], "support_lost", guarded=True)).T / 1000
    assert times_ms.shape[1] >= 4
    assert times_ms.max() <= 110, times_ms


def raised(judged: list[Judged]) -> Counter[tuple[str, str, str]]:
    return sum((one.raised for one in judged), Counter())


def test_normal_work_raises_no_false_load_alarm_and_misses_nothing(found: Found) -> None:
    for judged in (found.work[USUAL], found.work[POOR], found.free):
        false = {key: count for key, count in raised(judged).items() if key[0] in LOAD and key[2] == "false"}
        assert not false
        assert sum(one.missed for one in judged) == 0
    for case in (USUAL, POOR):
        assert sum(timed.early for timed in found.rises[case]) == 0
    assert sum(one.passed for one in found.free) > 0


def test_step_downs_are_silent_where_a_mat_tells_of_them(found: Found) -> None:
    assert not [key for key in raised(found.work[USUAL]) if key[0] in (*LOAD, "hands_off") and key[1] == "step-down"]


def test_recorded_forces_raise_no_load_alarm(found: Found) -> None:
    assert not {"load_over", "load_critical", "support_lost"} & {c for heard in found.recorded for c in heard.raised}


def test_peers_come_in_their_order(found: Found) -> None:
    filters = swept(found, USUAL)
    assert p95_ms(filters[FAST]) < p95_ms(filters["HX711_ADC default"]) < p95_ms(filters["Klipper, host view"])
    assert p95_ms(filters[SLOW]) < p95_ms(filters["Klipper, host view"]) < p95_ms(filters["Tasmota"])


def test_glitches_of_a_poor_link_get_through_filters_without_a_gate_and_not_through_bards(found: Found) -> None:
    filters = swept(found, POOR)
    for name in UNGATED:
        assert filters[name].false_per_h[AT_LIMIT, 0] > 0, name
    assert filters[FAST].false_per_h[AT_LIMIT, 0] == 0
    assert filters[SLOW].false_per_h[AT_LIMIT, OVER] == 0


def test_the_report_has_every_filter_and_its_plot_is_xml(found: Found) -> None:
    text = "\n".join(detection.tables(found))
    root = ET.fromstring(detection.plot(found))
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for name in NAMES:
        assert f"| {name} |" in text
        assert name in words
