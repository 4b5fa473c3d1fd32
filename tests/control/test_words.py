import pytest
from msgspec.structs import replace

from bard.client.uncertainty import Basis
from bard.control.words import (
    event_words,
    kg_words,
    load_kg_words,
    number_words,
    pattern_words,
    time_words,
    u_words,
)
from bard.messages import (
    BoardChanged,
    Calibrated,
    Done,
    PhaseChanged,
    SessionChanged,
    SessionEnded,
    SessionStarted,
    SignalChanged,
    WeighInChanged,
    ZeroChanged,
)
from tests.annunciate.messages import numbers
from tests.control.fake import LOUD

OVER = "the load on the client is above the limit (41.0 ± 1.8 kg, limit 40.0 kg) [load_over]"


@pytest.mark.parametrize(
    ("was", "state", "by", "words"),
    [
        ("pending", "active", "", f"MEDIUM: {OVER}"),
        ("acknowledged", "active", "", f"MEDIUM AGAIN: {OVER}"),
        ("clearing", "active", "", f"MEDIUM HOLDS ON: {OVER}"),
        ("active", "active", "", f"MEDIUM NOW: {OVER}"),
        ("active", "acknowledged", "anna", f"acknowledged by anna, MEDIUM still holds: {OVER}"),
        ("clearing acknowledged", "acknowledged", "", f"acknowledged, MEDIUM still holds: {OVER}"),
        ("active", "clearing", "", f"ending: {OVER}"),
        ("clearing", "clearing acknowledged", "anna", f"acknowledged by anna, ending: {OVER}"),
        ("acknowledged", "clearing acknowledged", "", f"ending: {OVER}"),
        ("clearing", "normal", "", f"over: {OVER}"),
        ("clearing", "latched", "", f"MEDIUM IS OVER, NOT ACKNOWLEDGED: {OVER}"),
        ("latched", "pending latched", "", f"may return: {OVER}"),
        ("latched", "normal", "anna", f"over, acknowledged by anna: {OVER}"),
        ("pending latched", "pending", "anna", f"acknowledged by anna, may return: {OVER}"),
    ],
)
def test_every_step_of_a_condition_has_its_words(was, state, by, words):
    assert event_words(replace(LOUD, was=was, state=state, by=by, value_kg=41.2)) == words


def test_unknown_is_said_and_subjects_are_named():
    words = event_words(replace(LOUD, value_kg=None, subjects=("left", "right")))
    assert (
        words == "MEDIUM: the load on the client is above the limit: left; right (unknown, limit 40.0 kg) [load_over]"
    )
    assert "kg" not in event_words(replace(LOUD, limit_kg=None))


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (PhaseChanged(1, "released", "on", "bars let go"), "phase: hands off (bars let go)"),
        (PhaseChanged(1, "off", "on", ""), "phase: nobody on"),
        (SignalChanged(1, 7, 0, "load_critical"), "plays: vibrator high, buzzer silent (load_critical)"),
        (SignalChanged(1, 0, 0, ""), "plays: vibrator silent, buzzer silent"),
        (
            SessionStarted(1, numbers(guard_kg=1.8), ("no presence input",)),
            "session started: body weight 70.0 kg (typed), limit 40.0 kg, near 34.0 kg, critical 50.0 kg, each told "
            "1.8 kg earlier for the uncertainty; no presence input",
        ),
        (
            SessionChanged(1, replace(numbers(25.0), zone="ribs", basis=Basis.HUNG), "zone: ribs", "pedal"),
            "session changed by pedal: zone: ribs; body weight 70.0 kg (weighed in), limit 25.0 kg, zone ribs, near "
            "21.2 kg, critical 31.2 kg, each told 0.0 kg earlier for the uncertainty",
        ),
        (WeighInChanged(1, "weighed", "72.4 kg hang", 72.4, 0.1), "weigh-in weighed: 72.4 kg hang"),
        (
            ZeroChanged(1, {"uno/0": 0.02}, 0.02, -0.015, "quiet for 5 s"),
            "zero moved by -15 g to +20 g: quiet for 5 s",
        ),
        (SessionEnded(185_000_001, 1), "session ended after 3 min 5 s"),
        (BoardChanged(1, "uno", "closed", "the cable is gone"), "board uno: closed: the cable is gone"),
        (BoardChanged(1, "uno", "hello", ""), "board uno: hello"),
        (Calibrated(1, "abc", ("uno/0",)), "calibration abc in use, for 1 cell"),
        (Done(1, "pause_audio", "anna", None), "pause audio by anna: done"),
        (Done(1, "stop_session", "anna", "no session runs"), "stop session by anna: REFUSED: no session runs"),
    ],
)
def test_every_event_has_its_words(event, words):
    assert event_words(event) == words


def test_numbers():
    assert [number_words(value) for value in (None, 0.0, -0.04, -2.06, 38.25)] == [
        "unknown",
        "0.0",
        "0.0",
        "-2.1",
        "38.2",
    ]
    assert kg_words(None) == "unknown"
    assert [time_words(seconds) for seconds in (-1, 59.9, 60, 3599, 7260)] == [
        "0 s",
        "59 s",
        "1 min 0 s",
        "59 min 59 s",
        "2 h 1 min",
    ]
    assert pattern_words(9) == "not monitored"
    assert pattern_words(99) == "pattern 99"


@pytest.mark.parametrize(
    ("load_kg", "u_kg", "words"),
    [
        (None, None, "unknown"),
        (38.24, None, "38.2 kg"),
        (38.24, 0.5, "38.2 ± 0.50 kg"),
        (38.24, 0.51, "38.0 ± 0.51 kg"),
        (38.26, 1.84, "38.5 ± 1.8 kg"),
        (-0.2, 12.4, "0.0 ± 12 kg"),
    ],
)
def test_a_load_is_shown_in_steps_of_half_a_kilogram_while_more_would_be_pretended(load_kg, u_kg, words):
    assert load_kg_words(load_kg, u_kg) == words


def test_an_uncertainty_has_two_digits():
    assert [u_words(u_kg) for u_kg in (0.3, 0.854, 0.996, 1.0, 9.94, 9.96, 23.7)] == [
        "0.30",
        "0.85",
        "1.0",
        "1.0",
        "9.9",
        "10",
        "24",
    ]
