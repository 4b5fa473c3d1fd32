from collections import Counter

import numpy as np
import pytest
from msgspec import structs
from numpy.random import PCG64, Generator

from bard.errors import UsageError
from bard.simulate import SCENARIOS, Delivery, Room, normal_work
from bard.simulate.scenario import Unplugged
from bard.wire.decoder import NEED_DATA, Decoder, encode
from bard.wire.frames import Command, Frame, Samples, Verb
from tests.simulate.hosts import frames_of

S = 1_000_000


def played(name: str, cuts: list[int], seed: int = 5) -> list[Delivery]:
    """A room with a host whose few commands come at fixed times, advanced to each of `cuts` and the end."""
    scenario = structs.replace(SCENARIOS[name], duration_s=12.0, unplugged=(Unplugged(5.0, 6.5),))
    room = Room(scenario, seed, autostart=True)
    commands = [
        (4_000_001, Command(1, Verb.SIGNAL, b"\x03\x07")),
        (4_000_002, Command(2, Verb.ARM, bytes(4) + b"\x02" + bytes(4))),
        (8_500_000, Command(3, Verb.BEAT)),
    ]
    out: list[Delivery] = []
    for at_us, command in [*commands, (12 * S, None)]:
        for cut in [c for c in cuts if c < at_us]:
            out += room.advance(cut)
            cuts = [c for c in cuts if c > cut]
        out += room.advance(at_us)
        if command is not None:
            for board in range(room.scenario.boards):
                room.receive(board, encode(command), at_us)
        if command is not None and command.id == 3:
            room.open(0, at_us)
    return out


@pytest.mark.parametrize("name", ["two_boards", "presence"])
def test_the_same_seed_gives_the_same_bytes_however_time_is_cut(name: str) -> None:
    whole = played(name, [])
    cuts = sorted(Generator(PCG64(1)).integers(0, 12 * S, 400).tolist())
    assert played(name, cuts) == whole
    assert [delivery.at_us for delivery in whole] == sorted(delivery.at_us for delivery in whole)
    assert played(name, [], seed=6) != whole


def test_going_from_due_time_to_due_time_gives_the_same_and_ends() -> None:
    scenario = structs.replace(SCENARIOS["two_boards"], duration_s=5.0)
    stepped, whole = Room(scenario, 1, autostart=True), Room(scenario, 1, autostart=True)
    out: list[Delivery] = []
    steps = 0
    while (due_us := stepped.next_us()) is not None:
        due = stepped.advance(due_us)
        assert all(delivery.at_us == due_us for delivery in due)
        out += due
        steps += 1
    assert out == whole.advance(5 * S)
    assert steps < 2.5 * len(out)


def test_one_parts_draws_do_not_move_anothers() -> None:
    base = SCENARIOS["steady"]
    noisy = structs.replace(base, quality="broken", pedal=((3.0, 4.0),), presence=True)
    at_us = np.arange(0, 40 * S, S // 10)
    room, other = Room(base, 3), Room(noisy, 3)
    assert room.truths(at_us).bar_load_kg.tolist() == other.truths(at_us).bar_load_kg.tolist()
    assert room.cells == other.cells


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_runs_to_its_end_in_frames_that_decode(name: str) -> None:
    scenario = SCENARIOS[name]
    room = Room(structs.replace(scenario, duration_s=min(scenario.duration_s, 60.0)), 1, autostart=True)
    deliveries = room.advance(room.duration_us)
    assert room.next_us() is None
    assert room.advance(10**12) == []
    seen = set()
    for board in range(scenario.boards):
        decoder = Decoder()
        decoder.receive_data(b"".join(delivery.data for delivery in deliveries if delivery.board == board))
        while isinstance(frame := decoder.next_event(), Frame):
            seen |= {(board, c.channel) for c in frame.conversions} if isinstance(frame, Samples) else set()
        assert frame is NEED_DATA
    assert seen == set(scenario.cells)
    assert scenario.name == name
    assert [cue.at_us for cue in scenario.cues] == sorted(cue.at_us for cue in scenario.cues)
    assert [at_s for at_s, _ in scenario.notes] == sorted(at_s for at_s, _ in scenario.notes)


@pytest.mark.parametrize("name", SCENARIOS)
def test_static_and_bar_load_are_the_body_weight_while_on(name: str) -> None:
    room = Room(SCENARIOS[name], 2)
    truths = room.truths(np.arange(0, min(room.duration_us, 100 * S), S // 10))
    on = truths.on_client
    assert truths.static_kg[on] + truths.bar_load_kg[on] == pytest.approx(room.scenario.body_weight_kg)
    assert not truths.static_kg[~on].any()
    assert not truths.client_load_kg[~on].any()
    assert on.any() == (name not in ("idle", "workshop"))


def test_one_instant_of_truth_is_that_of_many() -> None:
    room = Room(SCENARIOS["steady"], 2)
    truth, many = room.truth(20 * S), room.truths(np.array([10 * S, 20 * S]))
    assert truth.client_load_kg == many.client_load_kg[1]
    assert truth.bar_load_kg == many.bar_load_kg[1]
    assert truth.client_load_kg != truth.static_kg


def test_the_cells_weigh_what_the_truth_says() -> None:
    room = Room(structs.replace(SCENARIOS["reversed"], quality="good", duration_s=20.0), 4, autostart=True)
    assert [cell.counts_per_kg < 0 for cell in room.cells] == [False, True, False, False]
    newest = [0.0] * 4
    errors = []
    for _, at_us, frame in frames_of(room.advance(room.duration_us)):
        if isinstance(frame, Samples):
            for conversion in frame.conversions:
                cell = room.cells[conversion.channel]
                newest[conversion.channel] = (conversion.counts - cell.zero_counts) / cell.counts_per_kg
            if at_us > S and at_us % 50 == 0:
                errors.append(sum(newest) - room.truth(at_us - 28_000).bar_load_kg)
    assert len(errors) > 20
    assert abs(np.median(errors)) < 0.1
    assert np.percentile(np.abs(errors), 90) < 0.6


def test_a_drift_is_that_of_all_bars_together_and_shared_by_their_cells() -> None:
    idle = structs.replace(SCENARIOS["idle"], quality="good", duration_s=20.0)
    counts: list[list[int]] = [[0] * 4, [0] * 4]
    for newest, kg_per_h in zip(counts, (0.0, 1800.0), strict=True):
        room = Room(structs.replace(idle, drift_kg_per_h=kg_per_h), 4, autostart=True)
        for _, _, frame in frames_of(room.advance(room.duration_us)):
            if isinstance(frame, Samples):
                for conversion in frame.conversions:
                    newest[conversion.channel] = conversion.counts
    for cell, still, drifting in zip(room.cells, *counts, strict=True):
        assert (drifting - still) / cell.counts_per_kg == pytest.approx(2.5, abs=0.01)


def test_normal_work_keeps_below_its_limit_but_for_hands_off_and_step_downs() -> None:
    room = Room(normal_work(1800.0), 7)
    truths = room.truths(np.arange(0, room.duration_us, S // 50))
    over = truths.static_kg > room.scenario.limit_kg - 4 + 1e-6
    assert over.mean() < 0.02
    assert truths.on_client.mean() > 0.9


def test_settings_name_what_hangs_in_the_room() -> None:
    settings = Room(SCENARIOS["two_boards"], 1).room_settings(["sim://x", "sim://y"])
    assert [cell.key for cell in settings.cells] == ["a/0", "a/1", "b/0", "b/1"]
    assert [support.name for support in settings.supports] == ["left bar", "right bar"]
    assert Room(SCENARIOS["presence"], 1).room_settings(["p"]).boards[0].presence
    with pytest.raises(UsageError, match="1 ports for 2 boards"):
        Room(SCENARIOS["two_boards"], 1).room_settings(["sim://x"])


def test_rates_and_resonators_differ_from_board_to_board() -> None:
    room = Room(SCENARIOS["two_boards"], 1, autostart=True)
    frames = frames_of(room.advance(20 * S))
    speeds = []
    for board in range(2):
        own = [(at_us, f.ticks_us) for b, at_us, f in frames if b == board and isinstance(f, Samples)]
        speeds.append(((own[-1][1] - own[0][1]) % 2**32) / (own[-1][0] - own[0][0]))
    assert abs(speeds[0] - speeds[1]) > 1e-4
    counts = Counter((b, c.channel) for b, _, f in frames if isinstance(f, Samples) for c in f.conversions)
    assert all(77 * 20 < count < 95 * 20 for count in counts.values())
    assert len(set(counts.values())) == 4


def test_ten_sps_is_ten_a_second() -> None:
    room = Room(SCENARIOS["ten_sps"], 1, autostart=True)
    counts = Counter(
        c.channel for _, _, f in frames_of(room.advance(20 * S)) if isinstance(f, Samples) for c in f.conversions
    )
    assert all(9.3 * 20 < count < 10.7 * 20 for count in counts.values())
