"""The twin through its room: what a host can see of it."""

import numpy as np
import pytest
from msgspec import structs

from bard.errors import LinkError
from bard.simulate import SCENARIOS, Room, Scenario
from bard.simulate.cells import CellFault
from bard.simulate.scenario import Stalled, Unplugged
from bard.wire.frames import (
    ARM_BEAT_ONLY_G,
    INPUT_PEDAL,
    INPUT_PRESENCE,
    SCALE_SHIFT,
    Answer,
    Capability,
    ChannelFault,
    FaultKind,
    Guard,
    GuardEvent,
    Hello,
    Result,
    Samples,
    Status,
    Verb,
)
from tests.simulate.hosts import Host

S, MS = 1_000_000, 1_000
STEADY = SCENARIOS["steady"]


def host(scenario: Scenario = STEADY, seed: int = 1, *, stream: bool = True) -> Host:
    made = Host(Room(scenario, seed))
    if stream:
        made.command(Verb.STREAM, 1)
    return made


def test_a_board_streams_only_when_told() -> None:
    silent = host(stream=False)
    silent.run(2 * S)
    assert silent.all(Samples) == []
    assert len(silent.all(Status)) == 2
    silent.command(Verb.STREAM, 1)
    silent.run(S)
    seqs = [frame.seq for frame in silent.all(Samples)]
    assert seqs == list(range(len(seqs)))
    assert len(seqs) > 200
    silent.command(Verb.STREAM, 0)
    silent.run(10 * MS)
    count = len(silent.all(Samples))
    silent.run(S)
    assert len(silent.all(Samples)) == count


def test_every_command_is_answered_within_a_millisecond() -> None:
    board = host(stream=False)
    expected = []
    for verb, args in [
        (Verb.BEAT, ()),
        (Verb.STREAM, (9,)),
        (Verb.HELLO, ()),
        (Verb.SIGNAL, (1, 0)),
        (Verb.DISARM, ()),
    ]:
        board.run(5 * MS)
        number = board.command(verb, *args)
        expected.append((board.now_us, number, Result.BAD_ARGUMENT if args == (9,) else Result.DONE))
    expected.append((board.now_us, board.command(77, raw=b"x"), Result.UNKNOWN_VERB))
    board.run(5 * MS)
    answers = board.got(Answer)
    assert [(a.command_id, a.result) for _, a in answers] == [(number, result) for _, number, result in expected]
    for (at_us, _), (sent_us, _, _) in zip(answers, expected, strict=True):
        assert 100 < at_us - sent_us < 1500
    board.run(S)
    assert board.all(Status)[-1].commands_rejected == 2


def test_the_same_id_again_is_answered_again_and_not_executed() -> None:
    board = host()
    board.run(100 * MS)
    board.command(Verb.STREAM, 0, command_id=1)
    board.run(100 * MS)
    assert [answer.result for answer in board.all(Answer)] == [Result.DONE, Result.DONE]
    assert len(board.all(Samples)) > 40


def test_hello_says_who_it_is() -> None:
    first, again, other = (host(SCENARIOS["presence"], seed, stream=False) for seed in (1, 1, 2))
    for board in (first, again, other):
        board.command(Verb.HELLO)
        board.run(10 * MS)
    hello = first.all(Hello)[0]
    assert (hello.protocol, hello.channels, len(hello.uid)) == (1, 4, 8)
    assert hello.capabilities & Capability.PRESENCE
    assert [hello] == again.all(Hello)
    assert hello.uid != other.all(Hello)[0].uid


def test_opening_resets_and_the_board_says_hello_with_its_next_boot() -> None:
    board = host()
    board.command(Verb.HELLO)
    board.run(500 * MS)
    before = len(board.frames)
    board.room.open(0, board.now_us)
    board.command(Verb.STREAM, 1)
    board.run(995 * MS)
    assert len(board.frames) == before
    board.run(S)
    old, new = board.all(Hello)
    (_, (at_us, _)) = board.got(Hello)
    assert at_us == pytest.approx(1_500_000, abs=2 * MS)
    assert (new.boot, new.uid, new.reset_cause) == (old.boot + 1, old.uid, 2)
    assert all(at < 500_000 for at, _ in board.got(Samples))
    faults = [(fault.channel, fault.kind) for fault in board.all(ChannelFault)]
    assert faults[:4] == [(channel, FaultKind.UNSETTLED) for channel in range(4)]
    assert sorted(faults[4:]) == [(channel, FaultKind.RECOVERED) for channel in range(4)]
    settled_us = [at for at, fault in board.got(ChannelFault) if fault.kind == FaultKind.RECOVERED]
    assert 40 * MS < min(settled_us) - at_us < max(settled_us) - at_us < 80 * MS


def test_opening_without_dtr_changes_nothing() -> None:
    board = host()
    board.run(S)
    board.room.open(0, board.now_us, dtr_reset=False)
    board.run(S)
    assert board.all(Hello) == []
    assert len(board.all(Samples)) > 500


def test_status_comes_each_second_and_counts_what_was_missed() -> None:
    board = host()
    board.run(30 * S)
    statuses = board.got(Status)
    gaps_us = np.diff([at_us for at_us, _ in statuses])
    assert len(statuses) == pytest.approx(30, abs=1)
    assert gaps_us == pytest.approx(1_000_000, abs=32 * MS)
    last_us, last = statuses[-1]
    seen = np.zeros((4, 2), dtype=np.int64)
    ticks: list[list[float]] = [[], [], [], []]
    for at_us, frame in board.got(Samples):
        for conversion in frame.conversions if at_us < last_us else ():
            ticks[conversion.channel].append(frame.ticks_us - conversion.age_us)
    for channel in range(4):
        gaps = np.diff(ticks[channel])
        period = np.median(gaps)
        seen[channel] = round(float(np.sum(gaps / period - 1))), last.missed[channel]
    assert seen[:, 0] == pytest.approx(seen[:, 1], abs=1)
    assert sum(last.missed) > 0


def test_ages_tell_when_a_conversion_was_ready() -> None:
    board = host()
    board.run(10 * S)
    for channel in range(4):
        ready = [f.ticks_us - c.age_us for f in board.all(Samples) for c in f.conversions if c.channel == channel]
        gaps = np.diff(ready)
        period = np.median(gaps)
        assert 1e6 / 94.5 < period < 1e6 / 77.5
        assert np.abs(gaps / period - np.rint(gaps / period)).max() < 0.001
    sizes = {len(frame.conversions) for frame in board.all(Samples)}
    assert {1, 2} <= sizes


def test_a_channel_that_falls_silent_is_told_and_its_recovery_too() -> None:
    board = host(structs.replace(STEADY, cell_faults=(CellFault("silent", 3.0, 6.0, channel=2),)))
    board.run(10 * S)
    (silent_us, silent), (recovered_us, recovered) = board.got(ChannelFault)
    assert (silent.channel, silent.kind) == (2, FaultKind.SILENT)
    assert 3 * S + 80 * MS < silent_us < 3 * S + 105 * MS
    assert (recovered.channel, recovered.kind) == (2, FaultKind.RECOVERED)
    assert 6 * S + 40 * MS < recovered_us < 6 * S + 80 * MS


def test_a_cable_pulled_is_an_end_and_the_board_boots_when_it_is_back() -> None:
    board = host(structs.replace(STEADY, unplugged=(Unplugged(2.0, 5.0),)))
    board.run(3 * S)
    assert board.ends == [2 * S]
    assert not board.room.connected(0)
    assert max(at_us for at_us, _ in board.frames) <= 2 * S
    with pytest.raises(LinkError, match="cable"):
        board.room.open(0, board.now_us)
    board.command(Verb.HELLO)
    board.run(2500 * MS)
    assert board.room.connected(0)
    assert board.all(Hello) == []
    board.run(2 * S)
    ((at_us, hello),) = board.got(Hello)
    assert at_us == pytest.approx(6 * S, abs=2 * MS)
    assert hello.reset_cause == 1


def test_a_hanging_loop_loses_conversions_and_nothing_else() -> None:
    board = host(structs.replace(STEADY, stalled=(Stalled(3.0, 11.0),)))
    board.run(4 * S)
    number = board.command(Verb.BEAT)
    board.run(9 * S)
    assert not [at_us for at_us, _ in board.frames if 3 * S + 2 * MS < at_us < 11 * S]
    assert number in [answer.command_id for answer in board.all(Answer)]
    assert min(board.all(Status)[-1].missed) > 8 * 75
    assert board.all(ChannelFault) == []


def armed(scenario: Scenario, min_g: int) -> Host:
    """A board that knows its cells from the start, its host beating."""
    board = host(scenario)
    for cell in board.room.cells:
        scale = round(1000 / cell.counts_per_kg * (1 << SCALE_SHIFT))
        board.command(Verb.SCALE, cell.channel, round(cell.zero_counts), scale)
    board.run(3 * S)
    board.command(Verb.BEAT)
    board.run(2 * S, beats=True)
    board.command(Verb.ARM, min_g, 2, 1000)
    return board


def test_the_guard_trips_within_tens_of_milliseconds_of_a_slip_and_clears() -> None:
    board = armed(SCENARIOS["slip"], 15_000)
    board.run(17 * S, beats=True)
    trip_us, trip = board.got(Guard)[0]
    clear_us, clear = board.got(Guard)[1]
    assert (trip.event, clear.event) == (GuardEvent.TRIP, GuardEvent.CLEAR)
    assert 20 * S < trip_us < 20 * S + 120 * MS
    assert 20_400 * MS < clear_us < 20_800 * MS
    assert trip.bar_load_g < 15_000 <= clear.bar_load_g + 1
    assert board.room.outputs(0, trip_us) == (7, 7)
    assert board.room.outputs(0, trip_us - 50 * MS) == (0, 0)
    assert board.room.outputs(0, clear_us + MS) == (0, 0)


def test_a_host_that_stops_beating_is_lost_and_found() -> None:
    board = armed(STEADY, ARM_BEAT_ONLY_G)
    board.run(3 * S, beats=True)
    last_beat_us = board.now_us - 250 * MS
    board.run(3 * S)
    board.command(Verb.BEAT)
    board.run(1500 * MS, beats=True)
    (lost_us, lost), (back_us, back) = board.got(Guard)
    assert (lost.event, back.event) == (GuardEvent.HOST_LOST, GuardEvent.HOST_BACK)
    assert lost_us - last_beat_us == pytest.approx(S, abs=10 * MS)
    assert board.room.outputs(0, lost_us + MS) == (9, 9)
    assert board.room.outputs(0, back_us) == (0, 0)
    states = [status.guard_state for status in board.all(Status)]
    assert 0b101 in states
    assert states[-1] == 0b001


def test_the_pedal_is_an_input_and_silences_a_lost_host() -> None:
    board = armed(structs.replace(STEADY, pedal=((10.0, 14.0),)), ARM_BEAT_ONLY_G)
    board.run(10 * S)
    changes = [(at_us, frame.inputs) for at_us, frame in board.got(Samples) if not frame.conversions]
    assert [inputs for _, inputs in changes] == [INPUT_PEDAL, 0]
    assert [at_us for at_us, _ in changes] == pytest.approx([10 * S + 23 * MS, 14 * S + 23 * MS], abs=4 * MS)
    assert board.room.outputs(0, 12 * S) == (9, 9)
    assert board.room.outputs(0, 13_100 * MS) == (0, 0)


def test_the_mat_closes_and_opens_with_the_therapist() -> None:
    board = host(SCENARIOS["presence"])
    board.run(40 * S)
    changes = [(at_us, frame.inputs) for at_us, frame in board.got(Samples) if not frame.conversions]
    assert [inputs for _, inputs in changes] == [INPUT_PRESENCE, 0]
    for (at_us, _), off in zip(changes, (4.0, 31.5), strict=True):
        assert off * S < at_us < (off + 0.6) * S
    assert not board.room.truth(changes[1][0]).on_client


def test_the_outputs_echo_what_they_play_and_shake_the_cells() -> None:
    quiet, shaken = host(SCENARIOS["idle"]), host(SCENARIOS["idle"])
    shaken.command(Verb.SIGNAL, 1, 7)
    for board in (quiet, shaken):
        board.run(20 * S, beats=True)
    assert {status.outputs_echo for status in quiet.all(Status)} == {0}
    assert {status.outputs_echo for status in shaken.all(Status)} == {0, 1}
    counts_per_kg = quiet.room.cells[0].counts_per_kg

    def spread_kg(board: Host) -> float:
        counts = [c.counts for f in board.all(Samples) for c in f.conversions if c.channel == 0]
        middle = np.median(counts)
        return float(np.percentile(np.abs(counts - middle), 98)) / counts_per_kg

    assert spread_kg(quiet) < 0.06
    assert 0.4 < spread_kg(shaken) < 0.6


def test_signals_end_with_a_reset() -> None:
    board = host()
    board.command(Verb.SIGNAL, 3, 6)
    board.run(500 * MS)
    assert board.room.outputs(0, board.now_us) == (6, 6)
    board.room.open(0, board.now_us)
    assert board.room.outputs(0, board.now_us) == (0, 0)


def test_ticks_wrap_and_run_off_with_the_resonator() -> None:
    rates = set()
    for seed in range(6):
        board = host(seed=seed)
        board.run(5 * S)
        frames = board.got(Samples)
        elapsed = (frames[-1][1].ticks_us - frames[0][1].ticks_us) % (1 << 32)
        rates.add(round(elapsed / (frames[-1][0] - frames[0][0]) * 1e6 - 1e6))
    assert -5200 < min(rates) < max(rates) < 5200
    assert len(rates) > 4
