"""Payloads of alarms, section 6: fields, nulls, and no person in them."""

import json

from bard.alarm.conditions import CONDITIONS
from bard.alarm.selector import Signal
from bard.annunciate.topics import Retained, alarm_event, haptic, load
from bard.messages import BoardChanged, PhaseChanged, SessionEnded
from tests.annunciate.messages import STARTED, changed, snapshot, stamp


def test_load_has_exactly_the_fields_of_the_design() -> None:
    assert json.loads(load(snapshot())) == {
        "client_load_kg": 38.5,
        "u_kg": 1.8,
        "bar_load_kg": 31.5,
        "limit_kg": 40.0,
        "phase": "on",
        "valid": True,
    }


def test_an_unknown_load_is_null_and_not_valid() -> None:
    unknown = json.loads(load(snapshot(client_load_kg=None, bar_load_kg=None, session=False)))
    assert (unknown["client_load_kg"], unknown["bar_load_kg"], unknown["limit_kg"]) == (None, None, None)
    assert unknown["valid"] is False
    silent = json.loads(load(None))
    assert set(silent) == set(unknown)
    assert [value for key, value in silent.items() if key != "valid"] == [None] * 5


def test_nobody_on_the_client_is_no_unknown_load() -> None:
    assert json.loads(load(snapshot(client_load_kg=None)))["valid"] is True


def test_alarm_event_is_whole_and_names_nobody() -> None:
    at = stamp()
    payload = json.loads(alarm_event(changed(state="acknowledged", was="active", by="Maria"), at, late=True))
    assert payload["uid"] == at.uid
    assert payload["late"] is True
    assert (payload["value"], payload["u"], payload["guard"]) == (43.25, 1.8, 1.5)
    about = {"id", "state", "was", "priority", "meaning", "subjects", "value", "u", "limit", "guard", "phase"}
    assert set(payload) == {"uid", "wall", "clock_trusted", "late", "at_us"} | about
    assert "Maria" not in str(payload)


def test_every_condition_is_normal_at_first() -> None:
    retained = dict(Retained().all())
    assert {topic for topic in retained if topic.startswith("alarm/")} == {f"alarm/{c.id}" for c in CONDITIONS}
    assert json.loads(retained["alarm/load_over"])["state"] == "normal"
    assert json.loads(retained["session"]) == {"running": False, "limit_kg": None, "phase": "off"}


def test_since_is_when_it_was_raised_until_it_ends() -> None:
    retained = Retained()
    lives = [
        (changed(state="active", was="pending"), "07:00", "active", "07:00"),
        (changed(state="acknowledged", was="active"), "07:01", "acknowledged", "07:00"),
        (changed(state="clearing acknowledged", was="acknowledged"), "07:02", "clearing acknowledged", "07:00"),
        (changed(state="normal", was="clearing acknowledged"), "07:03", "normal", "07:03"),
        (changed(state="active", was="pending"), "07:04", "active", "07:04"),
    ]
    for event, wall, state, since in lives:
        taken = retained.take(event, stamp(wall))
        assert taken is not None
        payload = json.loads(taken[1])
        assert (taken[0], payload["state"], payload["since"]) == ("alarm/load_over", state, since)
        assert set(payload) == {"state", "priority", "since", "value", "u", "limit"}


def test_what_no_person_is_shown_is_normal() -> None:
    retained = Retained()
    retained.take(changed(state="pending latched", was="latched"), stamp())
    taken = retained.take(changed(state="pending", was="pending latched"), stamp())
    assert taken is not None
    assert json.loads(taken[1])["state"] == "normal"


def test_session_tells_limit_and_phase_and_no_body_weight() -> None:
    retained = Retained()
    retained.take(STARTED, stamp())
    taken = retained.take(PhaseChanged(0, "on", "off", "bars taken"), stamp())
    assert taken == ("session", b'{"limit_kg":40.0,"phase":"on","running":true}')
    retained.take(PhaseChanged(0, "off", "on", "session ended"), stamp())
    taken = retained.take(SessionEnded(9, 0), stamp())
    assert taken == ("session", b'{"limit_kg":null,"phase":"off","running":false}')
    assert retained.take(BoardChanged(0, "a", "hello", ""), stamp()) is None


def test_a_session_tells_the_pseudonymous_code_while_it_runs_and_nothing_else_of_anybody() -> None:
    retained = Retained()
    retained.take(STARTED, stamp())
    topic, payload = retained.name_client("C7K4QX")
    assert (topic, json.loads(payload)) == (
        "session",
        {"running": True, "limit_kg": 40.0, "phase": "off", "client": "C7K4QX"},
    )
    taken = retained.take(SessionEnded(9, 0), stamp())
    assert taken is not None
    assert b"C7K4QX" not in taken[1]
    assert b"client" not in retained.name_client(None)[1]


def test_haptic_is_the_vibrators_pattern() -> None:
    payload = json.loads(haptic(Signal(7, 0, "load_critical")))
    assert payload == {"pattern": 7, "name": "high", "condition": "load_critical"}
