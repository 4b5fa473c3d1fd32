"""What a page shows of a snapshot: the words of a terminal, and nothing that a page need not know."""

import msgspec
import pytest
from msgspec.structs import replace

from bard.control.units import KG, LB, NEWTON
from bard.control.words import kg_words, load_kg_words
from bard.messages import SupportSnapshot
from bard.settings import PATTERNS
from bard.web.shown import View, signals, view_of
from tests.control.fake import SESSION, alarm, room


@pytest.mark.parametrize("unit", [KG, LB, NEWTON])
@pytest.mark.parametrize(("load_kg", "u_kg"), [(38.26, 1.9), (38.26, 0.4), (0.04, 2.0), (124.9, 12.3)])
def test_the_number_is_the_terminals(unit, load_kg, u_kg):
    view = view_of(room(load_kg, u_kg=u_kg), unit)
    assert f"{view.number_words} ± {view.u_words} {view.unit}" == load_kg_words(load_kg, u_kg, unit)
    assert view.marks is not None
    assert f"{view.marks.limit_words} {view.unit}" == kg_words(40.0, unit)
    assert view.marks.limit == pytest.approx(40.0 * unit.per_kg, abs=0.01)


def test_unknown_is_null_and_never_a_number():
    view = view_of(room(None), KG)
    assert (view.level, view.number_words, view.u_words, view.load, view.u) == ("unknown", None, None, None, None)
    assert [one.words for one in view.supports] == ["unknown", "unknown"]
    assert not any(one.known for one in view.supports)


def test_an_unknown_bar_has_no_share():
    shares = [
        view_of(room(supports=(SupportSnapshot("a", load_kg, (), share=0.5),)), KG).supports[0].share
        for load_kg in (12.0, None)
    ]
    assert shares == [0.5, None]


def test_without_a_session_there_is_no_number_even_if_a_load_is_known():
    for snapshot in (room(38.0, session=None), room(38.0, "off", client_load_kg=38.0, u_kg=1.0)):
        view = view_of(snapshot, KG)
        assert (view.number_words, view.load, view.u) == (None, None, None)
    assert view_of(room(38.0, session=None), KG).marks is None


def test_a_body_weight_is_not_shown():
    session = replace(SESSION, body_weight_kg=77.7)
    assert b"77.7" not in msgspec.json.encode(view_of(room(38.0, session=session), KG))


def test_alarms_and_zones():
    session = replace(SESSION, zones={"ribs": 20.0, "lower back": 25.0}, zone="ribs", limit_kg=20.0)
    shown = (alarm(), alarm(id="b", state="acknowledged"), alarm(id="c", state="latched"))
    view = view_of(room(38.0, session=session, alarms=shown), LB)
    assert [(zone.name, zone.words) for zone in view.zones] == [("lower back", "55.1 lb"), ("ribs", "44.1 lb")]
    assert view.zone == "ribs"
    assert [one.waits for one in view.alarms] == [True, False, True]
    assert view.alarms[0].words == "the load on the client is above the limit (90.8 ± 0.88 lb, limit 88.2 lb)"
    assert view.alarms[2].state == "over, not acknowledged"


def test_the_seconds_of_a_pause_are_rounded_up():
    assert view_of(room(audio_paused_s=0.2), KG).paused_s == 1
    assert view_of(room(), KG).paused_s == 0


def test_a_view_is_one_line_that_can_be_read_again():
    view = view_of(room(), KG)
    assert msgspec.json.decode(msgspec.json.encode(view), type=View) == view


def test_the_pages_rhythms_are_the_table_itself():
    told = msgspec.json.decode(msgspec.json.encode(signals()))
    assert [one["number"] for one in told["patterns"]] == [pattern.number for pattern in PATTERNS]
    for one, pattern in zip(told["patterns"], PATTERNS, strict=True):
        for output in ("vibrator", "buzzer"):
            rhythm = getattr(pattern, output)
            assert one[output] == (
                None if rhythm is None else {"on_off_ms": list(rhythm.on_off_ms), "period_ms": rhythm.period_ms}
            )
    sounding = [pattern.number for pattern in PATTERNS if pattern.buzzer is not None]
    assert sorted(map(int, told["pitch_hz"])) == sounding
