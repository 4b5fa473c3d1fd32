"""Commands of the board output as they stand on the wire, with answers given by hand."""

import pytest

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.board import BoardOutput
from bard.settings import AlarmSettings, BoardSettings
from bard.wire.commander import Commander
from bard.wire.decoder import NEED_DATA, Decoder
from bard.wire.frames import FROM_HOST, Answer, Capability, Command, Result, Verb
from tests.annunciate.rigs import guard_of_a_room

MS = 1_000
SECOND = 1_000_000
STREAM_ON = (Verb.STREAM, b"\x01")
BEAT = (Verb.BEAT, b"")
DISARM = (Verb.DISARM, b"")
HIGH = Signal(7, 7, "load_critical")


def signal(output: int, pattern: int) -> tuple[Verb, bytes]:
    return Verb.SIGNAL, bytes([output, pattern])


class Desk:
    """Reads what is written; answers when told."""

    def __init__(self, up: bool = True, **wired: bool) -> None:
        self.conversions = 0
        self.open = True
        self.ids: list[int] = []
        self._decoder = Decoder(FROM_HOST)
        self.output = BoardOutput(
            BoardSettings("a", "port", **wired),
            AlarmSettings(),
            Commander(),
            self._write,
            lambda: self.conversions,
            guard_of_a_room(),
        )
        if up:
            self.output.board_up(0)
            self.answer(Result.DONE)

    def _write(self, data: bytes) -> bool:
        if self.open:
            self._decoder.receive_data(data)
        return self.open

    def taken(self) -> list[tuple[int, bytes]]:
        """Verb and args of each command written since the last call."""
        commands = []
        while (frame := self._decoder.next_event()) is not NEED_DATA:
            assert isinstance(frame, Command)
            self.ids.append(frame.id)
            commands.append((frame.verb, frame.args))
        return commands

    def answer(self, result: Result) -> list[tuple[int, bytes]]:
        """Answer everything written so far."""
        commands = self.taken()
        for command_id in self.ids:
            self.output.receive_answer(Answer(command_id, result))
        self.ids.clear()
        return commands

    def refresh(self, now_us: int, conversions: int = 0) -> list[tuple[int, bytes]]:
        self.conversions += conversions
        self.output.refresh(now_us)
        return self.taken()


def test_vibrator_first_and_each_only_where_it_changed() -> None:
    desk = Desk()
    for played, written in (
        (Signal(6, 0, "load_over"), [signal(1, 6)]),
        (Signal(6, 6, "load_over"), [signal(2, 6)]),
        (Signal(6, 6, "load_unknown"), []),
        (HIGH, [signal(1, 7), signal(2, 7)]),
        (NOTHING, [signal(1, 0), signal(2, 0)]),
    ):
        desk.output.play(played, 0)
        assert desk.answer(Result.DONE) == written


@pytest.mark.parametrize(
    ("wired", "written"), [({"vibrator": False}, [signal(2, 7)]), ({"buzzer": False}, [signal(1, 7)])]
)
def test_nothing_for_an_output_that_is_not_there(wired: dict[str, bool], written: list[tuple[int, bytes]]) -> None:
    desk = Desk(**wired)
    desk.output.play(HIGH, 0)
    assert desk.taken() == written


def test_nothing_for_an_output_the_hello_does_not_name() -> None:
    desk = Desk()
    desk.output.board_up(0, Capability.VIBRATOR)
    desk.output.play(HIGH, 0)
    assert desk.taken() == [STREAM_ON, signal(1, 0), signal(1, 7)]


def test_board_up_turns_the_stream_on_and_signals_again_as_they_stand() -> None:
    desk = Desk()
    desk.output.play(HIGH, 0)
    desk.answer(Result.DONE)
    desk.output.board_up(SECOND)
    assert desk.taken() == [STREAM_ON, signal(1, 7), signal(2, 7), DISARM]


def test_nothing_is_written_before_a_hello_or_a_conversion() -> None:
    desk = Desk(up=False)
    desk.output.play(HIGH, 0)
    assert desk.refresh(250 * MS) == []
    assert desk.output.failure == "board a is not connected"
    assert desk.refresh(500 * MS, conversions=8) == [BEAT, STREAM_ON, signal(1, 7), signal(2, 7), DISARM]
    assert desk.output.failure is None


def test_beats_only_while_conversions_of_this_board_stand_in_rows() -> None:
    desk = Desk()
    assert desk.refresh(250 * MS, conversions=1) == [BEAT]
    assert desk.refresh(500 * MS) == []
    assert desk.refresh(750 * MS) == []
    assert desk.refresh(1_000 * MS, conversions=1) == [BEAT]


def test_beats_are_no_denser_than_needed() -> None:
    desk = Desk()
    beats = [now_us for now_us in range(10 * MS, SECOND, 10 * MS) if desk.refresh(now_us, conversions=1)]
    assert len(beats) == 5


def test_signals_again_after_a_silence_in_which_the_board_may_have_forgotten() -> None:
    desk = Desk()
    desk.output.play(HIGH, 0)
    desk.refresh(250 * MS, conversions=1)
    desk.answer(Result.DONE)
    assert desk.refresh(6 * SECOND, conversions=1) == [BEAT, STREAM_ON, signal(1, 7), signal(2, 7), DISARM]


def test_unanswered_signals_are_repeated_then_a_failure_then_tried_for_ever() -> None:
    desk = Desk()
    desk.output.play(HIGH, 0)
    assert desk.taken() == [signal(1, 7), signal(2, 7)]
    for turn in range(1, 4):
        assert desk.refresh(turn * 250 * MS) == [signal(1, 7), signal(2, 7)]
        assert desk.output.failure is None
    assert desk.refresh(SECOND) == [STREAM_ON, signal(1, 7), signal(2, 7), DISARM]
    assert desk.output.failure == "board a does not answer"
    again = [desk.refresh(now_us) for now_us in range(1_250 * MS, 10 * SECOND, 250 * MS)]
    assert [STREAM_ON, signal(1, 7), signal(2, 7), DISARM] in again
    desk.answer(Result.DONE)
    assert desk.output.failure is None


def test_only_the_newest_signal_is_repeated() -> None:
    desk = Desk()
    desk.output.play(Signal(6, 0, "load_over"), 0)
    desk.output.play(Signal(7, 0, "load_critical"), 10 * MS)
    assert desk.taken() == [signal(1, 6), signal(1, 7)]
    assert desk.refresh(250 * MS) == [signal(1, 7)]


def test_a_refusal_is_a_failure_until_the_board_takes_one() -> None:
    desk = Desk()
    desk.output.play(Signal(7, 0, "load_critical"), 0)
    desk.answer(Result.BAD_ARGUMENT)
    assert desk.output.failure == "board a refuses to play on its vibrator"
    desk.refresh(250 * MS, conversions=1)
    desk.answer(Result.DONE)
    assert desk.output.failure == "board a refuses to play on its vibrator"
    assert desk.refresh(SECOND) == [signal(1, 7)]
    desk.answer(Result.DONE)
    assert desk.output.failure is None


def test_after_board_down_rows_that_close_late_wake_nothing() -> None:
    desk = Desk()
    desk.output.play(HIGH, 0)
    desk.answer(Result.DONE)
    desk.output.board_down(SECOND)
    assert desk.refresh(SECOND + 20 * MS, conversions=3) == []
    assert desk.refresh(SECOND + 300 * MS) == []
    assert desk.output.failure == "board a is not connected"


def test_bytes_a_closed_port_loses_are_repeated() -> None:
    desk = Desk()
    desk.open = False
    desk.output.play(HIGH, 0)
    desk.open = True
    assert desk.refresh(250 * MS) == [signal(1, 7), signal(2, 7)]


def test_close_silences_what_plays_and_nothing_else() -> None:
    desk = Desk()
    desk.output.close()
    assert desk.taken() == []
    desk.output.board_up(0)
    desk.output.play(HIGH, 0)
    desk.taken()
    desk.output.close()
    assert desk.taken() == [signal(1, 0), signal(2, 0)]
