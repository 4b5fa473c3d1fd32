"""Flat out: the same calls each time, as a link would make them, and fast."""

from collections.abc import Callable

import pytest
from msgspec import structs

from bard.link import run_flat_out, scripted, true_calibration
from bard.messages import (
    Acknowledge,
    BoardChanged,
    Command,
    ConditionChanged,
    Done,
    Event,
    PhaseChanged,
    SessionEnded,
    SessionStarted,
    SignalChanged,
    StartSession,
    encode,
)
from bard.monitor import Monitor
from bard.settings import CoreSettings
from bard.simulate import SCENARIOS, Room, Scenario, steady
from bard.simulate.scenario import Unplugged

START_US = 5_000_000_000


def settings_of(room: Room) -> CoreSettings:
    return CoreSettings(room.room_settings([f"sim://{number}" for number in range(room.scenario.boards)]))


def monitor_of(room: Room) -> Monitor:
    settings = settings_of(room)
    return Monitor(settings, true_calibration(room, settings), now_us=START_US)


class ListTape:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.events: list[bytes] = []

    def data(self, board: str, now_us: int, data: bytes) -> None:
        self.calls.append(("data", board, data, now_us))

    def timer(self, now_us: int) -> None:
        self.calls.append(("timer", now_us))

    def command(self, origin: str, command: Command, now_us: int) -> None:
        self.calls.append(("command", command, origin, now_us))

    def event(self, event: Event) -> None:
        self.events.append(encode(event))


def play(scenario: Scenario, seed: int = 1, **options: object) -> tuple[list[Event], Monitor, Room]:
    room = Room(scenario, seed, autostart=options.get("reset") is False)
    monitor, events = monitor_of(room), list[Event]()
    run_flat_out(room, monitor, events.append, start_us=START_US, **options)  # type: ignore[arg-type]
    return events, monitor, room


def test_the_demo_runs_from_its_first_cue_to_its_last() -> None:
    events, monitor, _ = play(SCENARIOS["demo"])
    kinds = [type(event) for event in events]
    assert kinds.count(SessionStarted) == kinds.count(SessionEnded) == 1
    assert all(event.refusal is None for event in events if isinstance(event, Done))
    raised = {event.id for event in events if isinstance(event, ConditionChanged)}
    assert raised >= {"load_near", "load_over", "load_critical", "link_lost", "load_unknown", "board_restarted"}
    boards = [(event.what, event.at_us - START_US) for event in events if isinstance(event, BoardChanged)]
    assert [what for what, _ in boards] == ["hello", "closed", "hello"]
    assert boards[0][1] == pytest.approx(1_000_000, abs=5_000), "a bootloader's second after the port was opened"
    out = SCENARIOS["demo"].unplugged[0]
    assert boards[1][1] == out.at_s * 1e6
    assert 1.0 < boards[2][1] / 1e6 - out.until_s < 1.505, "the cable is back, tried twice a second, booted"
    assert monitor.rows > 5_990
    assert [event.phase for event in events if isinstance(event, PhaseChanged)][-1] == "off"


def test_a_tape_has_every_call_in_order_and_plays_back_to_the_bit() -> None:
    tape = ListTape()
    events, _, room = play(structs.replace(steady(9.0), unplugged=(Unplugged(4, 5),)), 3, tape=tape)
    assert [event.what for event in events if isinstance(event, BoardChanged)] == ["hello", "closed", "hello"]
    assert tape.events == [encode(event) for event in events]
    again, replayed = monitor_of(room), []
    do: dict[object, Callable[..., object]] = {
        "data": again.receive_data,
        "timer": again.handle_timer,
        "command": again.command,
    }
    for name, *call in tape.calls:
        do[name](*call)
        while (event := again.next_event()) is not None:
            replayed.append(encode(event))
    assert replayed == tape.events
    assert {name for name, *_ in tape.calls} == {"data", "timer", "command"}


def test_two_runs_are_the_same_and_another_seed_is_not() -> None:
    first, second, other = (
        [encode(event) for event in play(SCENARIOS["steady"], seed, until_us=4_000_000)[0]] for seed in (4, 4, 5)
    )
    assert first == second
    assert first != other


def test_two_boards_stand_on_one_grid() -> None:
    loads: list[float | None] = []
    room = Room(SCENARIOS["two_boards"], 2)
    monitor = monitor_of(room)
    run_flat_out(
        room,
        monitor,
        lambda _: None,
        start_us=START_US,
        until_us=8_000_000,
        on_row=lambda _: loads.append(monitor.snapshot().bar_load_kg),
    )
    snapshot = monitor.snapshot()
    assert [board.state for board in snapshot.boards] == ["streaming"] * 2
    assert all(support.load_kg is not None for support in snapshot.supports)
    at_us = snapshot.at_us - START_US - 125_000
    assert snapshot.bar_load_kg == pytest.approx(room.truth(at_us).bar_load_kg, abs=1.5)
    assert None not in loads[250:]


def test_a_board_found_streaming_is_not_reset_and_is_asked_who_it_is() -> None:
    events, monitor, _ = play(steady(3), reset=False)
    hello = next(event for event in events if isinstance(event, BoardChanged))
    assert hello.at_us - START_US < 100_000
    assert not any(isinstance(event, ConditionChanged) and event.id == "board_restarted" for event in events)
    assert monitor.snapshot().boards[0].frames_missed == 0


def test_signals_reach_the_board_when_asked() -> None:
    scenario = structs.replace(SCENARIOS["crossings"], duration_s=11.0)
    events, _, room = play(scenario, signals=True)
    loud = [event for event in events if isinstance(event, SignalChanged) and event.vibrator >= 6]
    assert loud
    for event in loud:
        assert room.outputs(0, event.at_us - START_US + 30_000)[0] == event.vibrator
    silent, _, room = play(scenario)
    assert any(isinstance(event, SignalChanged) for event in silent)
    assert {room.outputs(0, at_us) for at_us in range(0, 11_000_000, 100_000)} == {(0, 0)}


def test_cues_and_further_commands_are_carried_out_in_order() -> None:
    scenario = structs.replace(steady(4.0), cues=())
    given = [(2_500_000, "me", Acknowledge()), (2_000_000, "me", StartSession(70, 40))]
    events, _, _ = play(scenario, commands=given)
    done = [(event.at_us - START_US, event.command) for event in events if isinstance(event, Done)]
    assert done == [(2_000_000, "start_session"), (2_500_000, "acknowledge")]
    cues = [(at_us, type(command).__name__) for at_us, _, command in scripted(SCENARIOS["demo"])]
    assert cues[0] == (SCENARIOS["demo"].cues[0].at_us, "StartSession")
    assert [name for _, name in cues] == ["StartSession", "Acknowledge", "Acknowledge", "StepDown", "StopSession"]
    assert scripted(structs.replace(SCENARIOS["idle"], body_weight_kg=0.0)) == []
