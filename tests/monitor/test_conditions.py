"""Every condition from its cause, through real bytes: raised, its deadband and delays, its end, its mask."""

import pytest

from bard.messages import (
    Acknowledge,
    ConditionChanged,
    Pause,
    PauseAudio,
    SignalChanged,
    StartSession,
    StepDown,
    StopSession,
)
from bard.settings import AlarmSettings
from bard.wire.frames import INPUT_PRESENCE, FaultKind
from tests.stage import Stage, core

START = StartSession(body_weight_kg=70, limit_kg=40)


def standing(stage: Stage, bar_kg: float = 40.0) -> Stage:
    """A session runs and the therapist stands on the client, 30 kg of 40 on it."""
    stage.play(2)
    assert stage.command(START) is None
    stage.play(4, bar_kg)
    assert stage.snapshot().phase == "on"
    return stage


@pytest.fixture
def stage() -> Stage:
    return standing(Stage())


def test_client_load_is_body_weight_minus_bar_load(stage: Stage) -> None:
    snapshot = stage.snapshot()
    assert snapshot.client_load_kg == pytest.approx(30, abs=0.1)
    assert snapshot.bar_load_kg == pytest.approx(40, abs=0.1)
    assert [support.load_kg for support in snapshot.supports] == [pytest.approx(20, abs=0.1)] * 2
    assert stage.raised() == []


def test_near_and_its_deadband(stage: Stage) -> None:
    stage.play(1, 35.5)  # 34.5 on the client; near is 34
    assert stage.active() == {"load_near"}
    stage.play(2, 36.5)  # 33.5: inside the deadband of 3 %
    assert stage.active() == {"load_near"}
    stage.play(1, 37.5)  # 32.5: out of it
    assert stage.active() == set()


def test_over_waits_its_on_delay_and_clears_by_deadband_and_off_delay(stage: Stage) -> None:
    begun_us = stage.now_us
    stage.play(2, 28)  # 42 on the client
    [event] = [e for e in stage.events if isinstance(e, ConditionChanged) and e.id == "load_over"]
    assert event.state == "active"
    assert event.limit_kg == 40
    assert 300_000 < event.at_us - begun_us < 700_000
    stage.play(2, 31.5)  # 38.5: inside the deadband of 2 kg
    assert "load_over" in stage.active()
    stage.play(0.5, 33)
    assert "load_over" in stage.active()  # the off-delay runs
    stage.play(1)
    assert "load_over" not in stage.active()


def test_a_short_visit_above_the_limit_is_no_alarm(stage: Stage) -> None:
    stage.play(0.3, 28)
    stage.play(3, 40)
    assert "load_over" not in stage.raised()


def test_critical_comes_on_the_fast_path_and_latches(stage: Stage) -> None:
    stage.play(0.2, 28)
    begun_us = stage.now_us
    stage.play(1, 15)  # 55; critical is 50
    event = next(e for e in stage.events if isinstance(e, ConditionChanged) and e.id == "load_critical")
    assert event.priority == "high"
    assert event.at_us - begun_us < 80_000
    stage.play(3, 40)
    [alarm] = stage.snapshot().alarms
    assert (alarm.id, alarm.state) == ("load_critical", "latched")
    assert stage.command(Acknowledge()) is None
    assert stage.active() == set()


def test_one_wrong_reading_of_any_size_is_no_alarm(stage: Stage) -> None:
    for cell in range(4):
        for wrong in (0x7FFFFF, -0x800000, 0, -1, 100_000 + 20_000 * 300, 100_000 - 20_000 * 300):
            shots = iter([True])
            stage.counts[cell] = lambda true, wrong=wrong, shots=shots: wrong if next(shots, False) else true
            stage.play(0.7)
    assert stage.raised() == []
    assert stage.snapshot().client_load_kg == pytest.approx(30, abs=0.1)


def test_hands_off_is_a_cue_then_medium_and_nothing_else_new_for_ten_seconds() -> None:
    stage = standing(Stage(), 33)  # 37: near holds already
    stage.play(0.1, 20)
    mark = len(stage.events)
    stage.play(5, 0)
    assert stage.snapshot().phase == "released"
    hands_off = [e for e in stage.events[mark:] if isinstance(e, ConditionChanged) and e.id == "hands_off"]
    assert [(e.priority, e.state) for e in hands_off] == [("cue", "active"), ("medium", "active")]
    assert 2_900_000 < hands_off[1].at_us - hands_off[0].at_us < 3_100_000
    stage.play(8)
    assert "hands_off" not in stage.active()
    assert "load_over" in stage.active()  # the whole body weight, as far as the bars tell
    stage.command(StepDown())
    stage.play(2)
    assert stage.snapshot().phase == "off"
    assert stage.active() == {"load_critical", "support_lost"}  # latched
    assert stage.snapshot().client_load_kg is None


def test_slowly_letting_go_raises_no_new_load_condition_in_released() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(StartSession(body_weight_kg=70, limit_kg=69.4, critical_kg=100, near_kg=69))
    stage.play(5, 12)
    mark = len(stage.events)
    for bar_kg in (6, 4, 2.2):
        stage.play(0.3, bar_kg)
    stage.play(0.8)
    assert stage.snapshot().phase == "released"
    stage.play(8, 0.0)  # 70 kg, above the limit
    assert stage.raised(mark) == ["hands_off"]


def test_a_cell_that_goes_silent_is_one_alarm(stage: Stage) -> None:
    begun_us = stage.now_us
    mark = len(stage.events)
    stage.silent_cells.add(1)
    stage.fault(1, FaultKind.SILENT)
    stage.play(0.5)
    snapshot = stage.snapshot()
    assert snapshot.client_load_kg is None
    assert snapshot.bar_load_kg is None
    assert snapshot.supports[0].load_kg is None
    assert snapshot.supports[1].load_kg is not None
    assert sorted(stage.raised(mark)) == ["cell_fault", "load_unknown"]
    signals = [e for e in stage.events[mark:] if isinstance(e, SignalChanged)]
    assert {(e.vibrator, e.buzzer) for e in signals} == {(7, 7)}
    assert stage.snapshot().signal_of == "load_unknown"
    assert signals[0].at_us - begun_us < 500_000
    fault = next(e for e in stage.events if isinstance(e, ConditionChanged) and e.id == "cell_fault")
    assert "left bar, cell 2" in fault.subjects[0]
    stage.silent_cells.clear()
    stage.fault(1, FaultKind.RECOVERED)
    stage.play(4)
    assert stage.active() == set()
    assert stage.snapshot().client_load_kg == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize(
    ("counts", "within_s", "words"),
    [(0x7FFFFF, 0.5, "end of its range"), (-0x800000, 0.5, "end of its range"), (300_000, 0.7, "same reading")],
)
def test_saturated_and_stuck_cells_are_unknown_in_time(stage: Stage, counts: int, within_s: float, words: str) -> None:
    mark = len(stage.events)
    stage.counts[2] = lambda _: counts
    stage.play(within_s)
    assert stage.snapshot().client_load_kg is None
    stage.play(0.5)
    assert sorted(stage.raised(mark)) == ["cell_fault", "load_unknown"]
    alarm = next(a for a in stage.snapshot().alarms if a.id == "cell_fault")
    assert words in alarm.subjects[0]


def test_a_pulled_cable_is_one_alarm_and_heals(stage: Stage) -> None:
    mark = len(stage.events)
    stage.unplug("a")
    stage.play(0.4)
    assert stage.snapshot().client_load_kg is None
    stage.play(2)
    assert sorted(stage.raised(mark)) == ["link_lost", "load_unknown"]
    signals = {(e.vibrator, e.buzzer) for e in stage.events[mark:] if isinstance(e, SignalChanged)}
    assert signals == {(7, 7)}
    stage.replug("a", boot=2)
    stage.play(3)
    assert stage.active() == {"board_restarted"}
    assert stage.snapshot().client_load_kg == pytest.approx(30, abs=0.1)
    restarted = next(a for a in stage.snapshot().alarms)
    assert restarted.priority == "low"
    stage.play(10)
    assert stage.active() == set()


def test_a_board_that_falls_silent_without_a_word_is_link_lost_not_four_cell_faults(stage: Stage) -> None:
    mark = len(stage.events)
    stage.silent_boards.add("a")
    stage.play(2)
    assert sorted(stage.raised(mark)) == ["link_lost", "load_unknown"]
    first = next(e for e in stage.events[mark:] if isinstance(e, ConditionChanged) and e.state == "active")
    assert first.id == "load_unknown"


def test_one_dead_board_of_two_makes_the_sum_unknown() -> None:
    stage = standing(Stage(core(boards=2)))
    assert stage.snapshot().client_load_kg == pytest.approx(30, abs=0.1)
    stage.unplug("b")
    stage.play(1)
    snapshot = stage.snapshot()
    assert snapshot.client_load_kg is None
    assert snapshot.supports[0].load_kg == pytest.approx(20, abs=0.1)
    assert snapshot.supports[1].load_kg is None
    lost = next(a for a in snapshot.alarms if a.id == "link_lost")
    assert lost.subjects == ("b",)


def test_bars_unknown_in_a_session_with_nobody_on() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(START)
    stage.silent_cells.add(0)
    stage.fault(0, FaultKind.SILENT)
    stage.play(2)
    assert stage.active() == {"bars_unknown", "cell_fault"}
    assert stage.snapshot().phase == "off"


def test_without_a_session_a_fault_is_low() -> None:
    stage = Stage()
    stage.play(2)
    stage.silent_cells.add(0)
    stage.fault(0, FaultKind.SILENT)
    stage.play(2)
    [alarm] = stage.snapshot().alarms
    assert (alarm.id, alarm.priority) == ("cell_fault", "low")


def test_bars_in_use_without_a_session() -> None:
    stage = Stage()
    stage.play(2)
    stage.play(4, 10)
    assert stage.active() == set()
    stage.play(3)
    assert stage.active() == {"not_watching"}
    stage.play(2, 0)
    assert stage.active() == set()


def test_a_session_whose_bars_are_never_taken() -> None:
    stage = Stage()
    stage.play(2)
    stage.command(START)
    stage.play(170)
    assert stage.active() == set()
    stage.play(20)
    [alarm] = stage.snapshot().alarms
    assert (alarm.id, alarm.priority) == ("not_watching", "cue")


def test_presence_input_opens_before_the_bars_are_let_go() -> None:
    stage = Stage(core(presence=True))
    stage.play(2)
    stage.command(START)
    stage.inputs = INPUT_PRESENCE
    stage.play(1)
    assert stage.snapshot().phase == "released"  # on the table, no hands yet
    stage.play(4, 40)
    assert stage.snapshot().phase == "on"
    mark = len(stage.events)
    stage.inputs = 0
    stage.play(0.3)
    stage.play(5, 0)
    assert stage.snapshot().phase == "off"
    assert stage.raised(mark) == []


def test_pause_ends_by_itself_when_the_bars_are_taken(stage: Stage) -> None:
    stage.play(0.6, 0)
    stage.command(Pause())
    stage.play(2)
    assert stage.snapshot().phase == "off"
    stage.play(1, 30)
    assert stage.snapshot().phase == "on"


def test_reversed_wires_show_a_negative_load() -> None:
    stage = Stage()
    stage.play(2)
    for cell in range(4):
        stage.counts[cell] = lambda true: 200_000 - true
    stage.play(2, 20)
    snapshot = stage.snapshot()
    assert snapshot.bar_load_kg == pytest.approx(-20, abs=0.1)
    assert all((support.load_kg or 0) < 0 for support in snapshot.supports)


def test_acknowledge_stops_the_sound_but_never_a_highs_vibration_and_it_calls_again(stage: Stage) -> None:
    stage.play(0.2, 28)
    stage.play(1, 15)
    assert (stage.snapshot().vibrator, stage.snapshot().buzzer) == (7, 7)
    stage.command(Acknowledge("load_critical"))
    stage.command(Acknowledge("load_over"))
    stage.play(0.1)
    assert (stage.snapshot().vibrator, stage.snapshot().buzzer) == (7, 0)
    stage.play(13)
    assert stage.snapshot().buzzer == 0
    stage.play(2.5)
    assert stage.snapshot().buzzer == 7
    change = [e for e in stage.events if isinstance(e, ConditionChanged) and e.by]
    assert {e.by for e in change} == {"test"}


def test_audio_pause_silences_what_sounds_and_not_what_is_new(stage: Stage) -> None:
    stage.play(4, 28)  # load_over sounds after 2 s
    assert stage.snapshot().buzzer == 6
    stage.command(PauseAudio(30))
    stage.play(1)
    snapshot = stage.snapshot()
    assert (snapshot.vibrator, snapshot.buzzer) == (6, 0)
    assert 28 < snapshot.audio_paused_s < 30
    stage.play(1, 10)  # critical is new
    assert stage.snapshot().buzzer == 7
    stage.play(3, 28)
    assert stage.snapshot().buzzer == 0
    stage.play(30)
    assert stage.snapshot().buzzer == 6


def test_medium_is_felt_at_once_and_heard_after_two_seconds(stage: Stage) -> None:
    mark = len(stage.events)
    stage.play(4, 28)
    signals = [e for e in stage.events[mark:] if isinstance(e, SignalChanged) and e.condition == "load_over"]
    assert [(e.vibrator, e.buzzer) for e in signals] == [(6, 0), (6, 6)]
    assert 1_950_000 < signals[1].at_us - signals[0].at_us < 2_050_000


def test_the_cue_ticks_faster_towards_the_limit_and_can_be_turned_off(stage: Stage) -> None:
    steps = []
    for client_kg in (34.5, 36.2, 37.7, 39.2):
        stage.play(1, 70 - client_kg)
        steps.append(stage.snapshot().vibrator)
    assert steps == [1, 2, 3, 4]
    quiet = standing(Stage(core(alarm=AlarmSettings(cue=False))), 35)
    assert quiet.snapshot().vibrator == 0
    assert quiet.active() == {"load_near"}


def test_a_latched_condition_taps_once_in_ten_seconds(stage: Stage) -> None:
    stage.play(0.5, 15)
    stage.play(3, 40)
    mark = len(stage.events)
    stage.play(35)
    ticks = [e for e in stage.events[mark:] if isinstance(e, SignalChanged) and e.vibrator == 1]
    assert len(ticks) == 3


def test_load_conditions_freeze_while_the_load_is_unknown(stage: Stage) -> None:
    stage.play(2, 28)
    mark = len(stage.events)
    stage.silent_cells.add(3)
    stage.fault(3, FaultKind.SILENT)
    stage.play(3, 40)
    assert "load_over" in stage.active()
    assert not [e for e in stage.events[mark:] if isinstance(e, ConditionChanged) and e.id == "load_over"]


def test_the_end_of_a_session_ends_its_load_conditions(stage: Stage) -> None:
    stage.play(2, 28)
    assert stage.command(StopSession()) is None
    stage.play(2, 0)
    assert stage.active() == set()
    assert stage.snapshot().session is None
    assert stage.command(StopSession()) == "no session runs"


def test_a_second_faulty_cell_calls_anew(stage: Stage) -> None:
    stage.counts[0] = lambda _: 0x7FFFFF
    stage.play(1)
    stage.command(Acknowledge())
    stage.counts[1] = lambda _: 0x7FFFFF
    mark = len(stage.events)
    stage.play(1)
    events = [e for e in stage.events[mark:] if isinstance(e, ConditionChanged) and e.id == "cell_fault"]
    assert [(e.state, len(e.subjects)) for e in events] == [("active", 2)]
