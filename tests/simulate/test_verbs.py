import pytest

from bard.simulate.verbs import Desk, parse_args
from bard.wire.decoder import encode
from bard.wire.frames import VERB_ARGS, Command, Result, Verb

S = 1_000_000
GOOD: list[tuple[Verb, tuple[int, ...]]] = [
    (Verb.HELLO, ()),
    (Verb.STREAM, (1,)),
    (Verb.BEAT, ()),
    (Verb.SIGNAL, (3, 9)),
    (Verb.SCALE, (3, -5, 2**31 - 1)),
    (Verb.ARM, (-(2**31), 1, 0)),
    (Verb.DISARM, ()),
]
BAD: list[tuple[Verb, tuple[int, ...]]] = [
    (Verb.STREAM, (2,)),
    (Verb.SIGNAL, (0, 1)),
    (Verb.SIGNAL, (4, 1)),
    (Verb.SIGNAL, (1, 10)),
    (Verb.SCALE, (4, 0, 0)),
    (Verb.ARM, (0, 0, 0)),
    (Verb.ARM, (0, 1, -1)),
]


def command(verb: int, values: tuple[int, ...], number: int = 1) -> Command:
    return Command(number, verb, VERB_ARGS[verb].pack(*values))


@pytest.mark.parametrize(("verb", "values"), GOOD)
def test_allowed_values_come_out_as_they_went_in(verb: Verb, values: tuple[int, ...]) -> None:
    assert parse_args(command(verb, values), 4) == values


@pytest.mark.parametrize(("verb", "values"), BAD)
def test_values_out_of_range_are_bad_arguments(verb: Verb, values: tuple[int, ...]) -> None:
    assert parse_args(command(verb, values), 4) == Result.BAD_ARGUMENT


@pytest.mark.parametrize("verb", list(Verb))
def test_args_of_another_length_are_bad_arguments(verb: Verb) -> None:
    assert parse_args(Command(1, verb, bytes(VERB_ARGS[verb].size + 1)), 4) == Result.BAD_ARGUMENT


@pytest.mark.parametrize("verb", [0, 8, 255])
def test_other_verbs_are_unknown(verb: int) -> None:
    assert parse_args(Command(1, verb), 4) == Result.UNKNOWN_VERB


def test_the_same_id_within_a_second_is_answered_with_the_first_result_and_not_executed() -> None:
    desk = Desk(4)
    assert desk.judge(command(Verb.STREAM, (1,)), 0) == (Result.DONE, (1,))
    assert desk.judge(command(Verb.STREAM, (7,)), S - 1) == (Result.DONE, None)
    assert desk.judge(command(Verb.STREAM, (7,)), S) == (Result.BAD_ARGUMENT, None)
    assert desk.judge(command(Verb.STREAM, (1,)), S + 5) == (Result.BAD_ARGUMENT, None)
    assert desk.rejected == 1


def test_bytes_that_are_no_command_are_counted() -> None:
    desk = Desk(4)
    good = encode(command(Verb.BEAT, ()))
    assert desk.receive(b"\x03rubbish\0" + good[:3]) == []
    assert desk.receive(good[3:]) == [command(Verb.BEAT, ())]
    assert desk.rejected == 1
