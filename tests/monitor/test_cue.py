"""Ticks below the limit that a therapist does not want: none in that session, nor after a restart in it."""

from bard.messages import SessionStarted, StartSession, StopSession
from tests.stage import Stage

START = StartSession(body_weight_kg=70, limit_kg=40, cue=False)
NEAR, OVER = 35.0, 25.0
"""On the bars: the client carries 35 and 45 kg."""


def test_no_ticks_for_who_wants_none_and_every_alarm_all_the_same() -> None:
    quiet = Stage()
    quiet.play(2)
    assert quiet.command(START) is None
    [started] = [event for event in quiet.events if isinstance(event, SessionStarted)]
    assert any("no ticks" in note for note in started.notes)
    quiet.play(4, NEAR)
    assert (quiet.snapshot().vibrator, quiet.active()) == (0, {"load_near"})
    saved = quiet.monitor.saved(quiet.now_us)

    again = Stage()
    again.play(2)
    assert again.command(saved) is None
    again.play(6, NEAR)
    assert (again.snapshot().vibrator, "load_near" in again.active()) == (0, True)
    again.play(2, OVER)
    assert again.snapshot().vibrator == 6, "over the limit is felt"
    assert again.command(StopSession()) is None
    assert again.command(StartSession(body_weight_kg=70, limit_kg=40)) is None
    again.play(1, 0)
    again.play(4, NEAR)
    assert again.snapshot().vibrator in (1, 2, 3, 4), "the next one has them again"
