"""What the board's guard is told over a session, on the wire and as the simulated board judges it."""

from bard.alarm.selector import NOTHING
from bard.annunciate.board import BoardOutput
from bard.annunciate.guard import GuardWishes
from bard.annunciate.output import Stamp
from bard.messages import Event, PhaseChanged, SessionChanged, SessionEnded, SessionStarted, ZeroChanged
from bard.settings import AlarmSettings, BoardSettings, CellSettings, RoomSettings, SupportSettings
from bard.weigh.calibration import Calibration, CellCalibration
from bard.wire.commander import Commander
from bard.wire.decoder import NEED_DATA, Decoder
from bard.wire.frames import ARM_BEAT_ONLY_G, FROM_HOST, VERB_ARGS, Command, Verb
from tests.annunciate.messages import STARTED, numbers

STAMP = Stamp("x-1", "", False)
BEAT_ONLY = (Verb.ARM, ARM_BEAT_ONLY_G, 2, 0)
WATCHING = (Verb.ARM, 20_000, 2, 3_000)
SCALES = [(Verb.SCALE, 0, 1000, round(2**20 / 20)), (Verb.SCALE, 1, -2000, round(-(2**20) / 10))]


class Desk:
    """A board output whose commands are read as verb and numbers, without stream and signals."""

    def __init__(self, boards: tuple[str, ...] = ("a",)) -> None:
        self.cells = {"a/0": CellCalibration(1000.4, 20_000.0), "a/1": CellCalibration(-2000.0, -10_000.0)}
        cells = (CellSettings("a", 0), CellSettings("a", 1), *(CellSettings(board, 0) for board in boards[1:]))
        room = RoomSettings(tuple(BoardSettings(b, f"port {b}") for b in boards), (SupportSettings("bar", cells),))
        guard = GuardWishes(room, "a", lambda: Calibration(self.cells))
        self._decoder = Decoder(FROM_HOST)
        self.now_us = 0
        self.output = BoardOutput(
            room.boards[0], AlarmSettings(), Commander(), self._decoder.receive_data, lambda: 0, guard
        )

    def commands(self) -> list[tuple[int, ...]]:
        found = []
        while (frame := self._decoder.next_event()) is not NEED_DATA:
            assert isinstance(frame, Command)
            if frame.verb in (Verb.SCALE, Verb.ARM, Verb.DISARM):
                found.append((frame.verb, *VERB_ARGS[frame.verb].unpack(frame.args)))
        return found

    def after(self, event: Event) -> list[tuple[int, ...]]:
        self.output.tell(event, STAMP)
        self.now_us += 10_000
        self.output.refresh(self.now_us)
        return self.commands()


def test_scales_at_the_hello_and_the_guard_over_a_session() -> None:
    desk = Desk()
    desk.output.board_up(0)
    assert desk.commands() == [*SCALES, (Verb.DISARM,)]
    assert desk.after(STARTED) == [BEAT_ONLY]
    assert desk.after(PhaseChanged(1, "on", "off", "")) == [WATCHING]
    assert desk.after(PhaseChanged(2, "released", "on", "")) == []
    assert desk.after(PhaseChanged(3, "off", "released", "")) == [BEAT_ONLY]
    assert desk.after(SessionEnded(4, 0)) == [(Verb.DISARM,)]


def test_all_of_it_again_after_a_reset_in_a_session() -> None:
    desk = Desk()
    desk.output.board_up(0)
    desk.after(STARTED)
    desk.after(PhaseChanged(1, "on", "off", ""))
    desk.output.board_up(desk.now_us)
    assert desk.commands() == [*SCALES, WATCHING]


def test_a_new_calibration_sends_the_scales_that_changed() -> None:
    desk = Desk()
    desk.output.board_up(0)
    desk.commands()
    desk.cells["a/0"] = CellCalibration(1000.4, 25_000.0)
    desk.output.refresh(10_000)
    assert desk.commands() == [(Verb.SCALE, 0, 1000, round(2**20 / 25))]


def test_a_board_that_sees_a_part_of_the_bars_watches_the_heartbeat_only() -> None:
    desk = Desk(("a", "b"))
    desk.output.board_up(0)
    desk.commands()
    assert desk.after(STARTED) == [BEAT_ONLY]
    assert desk.after(PhaseChanged(1, "on", "off", "")) == []


def test_a_signal_does_not_wait_for_the_guard() -> None:
    desk = Desk()
    desk.output.board_up(0, 0)
    assert desk.commands() == []  # a board without a guard is told nothing of it
    desk.output.play(NOTHING, 0)
    assert desk.commands() == []


def test_the_guard_band_and_another_body_weight_move_the_minimum() -> None:
    desk = Desk()
    desk.output.board_up(0)
    desk.after(SessionStarted(0, numbers(guard_kg=1.5), ()))
    assert desk.after(PhaseChanged(1, "on", "off", "")) == [(Verb.ARM, 21_500, 2, 3_000)]
    heavier = SessionChanged(2, numbers(body_weight_kg=72.0, guard_kg=1.5), "weighed in", "weigh-in")
    assert desk.after(heavier) == [(Verb.ARM, 23_500, 2, 3_000)]


def test_the_guard_follows_the_working_zero() -> None:
    desk = Desk()
    desk.output.board_up(0)
    desk.commands()
    moved = ZeroChanged(1, {"a/0": 0.1, "a/1": -0.2}, -0.1, -0.1, "quiet")
    zero, one = SCALES
    assert desk.after(moved) == [(*zero[:2], 3000, zero[3]), (*one[:2], 0, one[3])]
