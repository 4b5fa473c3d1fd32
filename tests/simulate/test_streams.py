"""The short ways beside the long one: a room's conversions without frames, and bench.streams beside a real monitor."""

from collections.abc import Iterator

import numpy as np
import pytest
from msgspec import structs

from bard.link.flatout import true_calibration
from bard.messages import ConditionChanged, Event, PhaseChanged
from bard.simulate import SCENARIOS, Room, Scenario
from bard.weigh.path import Weighed, Weigher
from bard.wire.frames import Samples
from bard.wire.grid import Row
from bench import streams
from tests.acceptance.flat import START_US, Played
from tests.simulate.hosts import frames_of


def short(name: str, duration_s: float = 25.0) -> Scenario:
    return structs.replace(SCENARIOS[name], duration_s=duration_s)


@pytest.mark.parametrize("name", ["steady", "two_boards", "ten_sps", "cell_unplugged"])
def test_reads_are_the_conversions_that_frames_carry(name: str) -> None:
    room = Room(short(name, 19.9 if name == "cell_unplugged" else 25.0), 3, autostart=True)
    before = [room.reads(board) for board in range(room.scenario.boards)]
    sent: list[list[tuple[int, int]]] = [[] for _ in before]
    late_us = []
    for board, at_us, frame in frames_of(room.advance(room.duration_us)):
        if isinstance(frame, Samples):
            for conversion in frame.conversions:
                late_us.append(at_us - int(before[board].read_us[len(sent[board])]))
                sent[board].append((conversion.channel, conversion.counts))
    for board, reads in enumerate(before):
        again = room.reads(board)
        assert again.counts.tolist() == reads.counts.tolist()
        read = list(zip(reads.channel.tolist(), reads.counts.tolist(), strict=True))
        assert read[: len(sent[board])] == sent[board]
        assert len(read) - len(sent[board]) < 10
    assert 300 < min(late_us) < max(late_us) < 3_000, "a frame's time on the line, and what it waits for one"


def test_inputs_are_those_that_frames_tell() -> None:
    room = Room(SCENARIOS["presence"], 3, autostart=True)
    wanted = room.inputs()
    told: list[tuple[int, int]] = []
    for _, at_us, frame in frames_of(room.advance(room.duration_us)):
        if isinstance(frame, Samples) and frame.inputs != (told[-1][1] if told else 0):
            told.append((at_us, frame.inputs))
    assert [inputs for _, inputs in told] == [inputs for _, inputs in wanted]
    assert all(0 <= told_us - at_us < 5_000 for (told_us, _), (at_us, _) in zip(told, wanted, strict=True))


@pytest.mark.parametrize("name", ["steady", "two_boards", "ten_sps"])
def test_rows_are_those_of_the_real_frames_and_grid(name: str) -> None:
    played = Played(Room(short(name), 3, autostart=True)).play(reset=False)
    real = {round(row.at_s * 1e6): row for row in played.rows if row.at_s > 4}
    room = Room(short(name), 3)
    compared, fast_same, slow_off_kg = 0, 0, 0.0
    for block in streams.weighed_blocks(room, played.settings, played.calibration, rows=700):
        columns = (block.at_us, block.fast_kg, block.slow_kg)
        for at_us, fast_kg, slow_kg in zip(*(column.tolist() for column in columns), strict=True):
            if (row := real.get(at_us)) is not None:
                compared += 1
                fast_same += row.bar_fast_kg == fast_kg
                slow_off_kg = max(slow_off_kg, abs(row.bar_kg - slow_kg))
    assert compared == len(real) > 1_500
    assert fast_same / compared > 0.98, "but for conversions within microseconds of a row, the same"
    assert slow_off_kg < 0.5


def test_rows_close_as_soon_as_every_board_has_passed_them() -> None:
    for name, most_us in (("steady", 4_000), ("two_boards", 7_000)):
        room = Room(short(name), 3)
        laid = streams.lay(room, streams.settings_of(room))
        waits_us = laid.closed_us - laid.at_us
        assert waits_us.min() >= 1_000
        assert np.median(waits_us) < most_us
        assert waits_us.max() == 15_000


def test_a_stalled_read_comes_into_a_later_row() -> None:
    room = Room(short("ten_sps", 300.0), 3)
    laid = streams.lay(room, streams.settings_of(room))
    waited_us = laid.at_us[laid.row] - laid.time_us
    assert waited_us.min() >= 0
    assert 0 < np.mean(waited_us >= 10_000) < 0.005
    assert (np.diff(laid.row) >= 0).all()
    for cell in range(4):
        assert (np.diff(laid.of_cell(cell)[1]) > 0).all()


def rows_of(laid: streams.Laid) -> Iterator[Row]:
    for block in laid.blocks():
        rows = [Row(at_us, []) for at_us in block.at_us.tolist()]
        for row, *placed in zip(*(column.tolist() for column in block[1:5]), strict=True):
            rows[row].conversions.append(tuple(placed))
        yield from rows


@pytest.mark.parametrize("name", ["demo", "presence", "slip"])
def test_decisions_in_blocks_are_those_of_the_path_row_by_row(name: str) -> None:
    """As `decide` does it, with the real weigher in the place of the block one."""
    scenario = structs.replace(SCENARIOS[name], unplugged=())
    room = Room(scenario, 3)
    settings = streams.settings_of(room)
    calibration, laid = true_calibration(room, settings), streams.lay(room, settings)
    seen: list[Weighed | None] = []
    events = streams.decide(room, laid=laid, on_row=lambda decisions: seen.append(decisions.weighed))
    weigher = Weigher(settings, calibration)
    for row, other in zip(rows_of(laid), seen, strict=True):
        weighed = weigher.weigh(row)
        assert other is not None
        for field in Weighed.__slots__:
            assert np.array_equal(getattr(weighed, field), getattr(other, field), equal_nan=True), field
    assert {type(event) for event in events} >= {ConditionChanged, PhaseChanged}


def test_decisions_without_frames_are_those_of_the_real_monitor() -> None:
    def said(events: list[Event], start_us: int) -> list[tuple[str, str, int]]:
        changes = [event for event in events if isinstance(event, ConditionChanged)]
        return [(event.id, event.state, event.at_us - start_us) for event in changes if event.at_us - start_us > 10**7]

    scenario = structs.replace(SCENARIOS["presence"], quality="good")
    played = Played(Room(scenario, 3, autostart=True)).play(reset=False)
    real = said(played.events, START_US)
    short = said(streams.decide(Room(scenario, 3)), 0)
    assert [change[:2] for change in short] == [change[:2] for change in real]
    assert max(abs(a[2] - b[2]) for a, b in zip(short, real, strict=True)) <= 20_000
