"""The commander: numbers, repeats, and what takes the place of what."""

from bard.wire.commander import Answered, Commander
from bard.wire.frames import FROM_HOST, VERB_ARGS, Answer, Command, Result, Verb

from .feeding import feed


def sent(*data: bytes) -> list[Command]:
    """The commands in what was written to the port."""
    commands = []
    for event in feed([b"".join(data)], FROM_HOST):
        assert isinstance(event, Command)
        commands.append(event)
    return commands


def meant(commands: list[Command]) -> list[tuple[int, ...]]:
    return [(command.verb, *VERB_ARGS[command.verb].unpack(command.args)) for command in commands]


def due(commander: Commander, now_us: int) -> list[Command]:
    return sent(*commander.due(now_us))


def test_a_command_is_what_the_protocol_says() -> None:
    data = Commander().command(Verb.SCALE, 1, -1_000_000, -41_943, now_us=0)
    assert sent(data) == [Command(1, Verb.SCALE, bytes.fromhex("01c0bdf0ff295cffff"))]
    assert data[0] == 0


def test_a_delimiter_lost_before_a_command_costs_nothing() -> None:
    commander = Commander()
    first = commander.command(Verb.STREAM, 1, now_us=0)
    second = commander.command(Verb.BEAT, now_us=0)
    assert [command.verb for command in sent(first[:-1] + second)] == [Verb.STREAM, Verb.BEAT]


def test_ids_count_up_and_wrap_from_65535_to_1() -> None:
    commander = Commander()
    ids = [sent(commander.command(Verb.BEAT, now_us=0))[0].id for _ in range(3)]
    assert ids == [1, 2, 3]
    for _ in range(65_531):
        commander.command(Verb.BEAT, now_us=0)
    ids = [sent(commander.command(Verb.BEAT, now_us=0))[0].id for _ in range(3)]
    assert ids == [65_535, 1, 2]


def test_an_unanswered_command_is_sent_again_with_its_id_then_given_up_and_counted() -> None:
    commander = Commander(resend_us=200_000, tries=4)
    data = commander.command(Verb.STREAM, 1, now_us=1_000_000)
    assert commander.due(1_199_999) == []
    for now_us in (1_200_000, 1_400_000, 1_600_000):
        assert commander.due(now_us) == [data]
        assert commander.due(now_us + 199_999) == []
    assert commander.unanswered == 0
    assert commander.due(1_800_000) == []
    assert commander.unanswered == 1
    assert commander.due(9_000_000) == []
    assert commander.unanswered == 1


def test_all_tries_fall_within_the_second_in_which_a_board_knows_an_id_again() -> None:
    commander = Commander()
    commander.command(Verb.DISARM, now_us=0)
    tries = [now_us for now_us in range(0, 5_000_000, 1_000) if commander.due(now_us)]
    assert len(tries) == 3
    assert max(tries) < 1_000_000


def test_an_answered_command_is_not_sent_again() -> None:
    commander = Commander()
    commander.command(Verb.STREAM, 1, now_us=0)
    commander.receive_answer(Answer(2, 0))
    assert len(due(commander, 200_000)) == 1
    commander.receive_answer(Answer(1, Result.DONE))
    assert due(commander, 400_000) == []
    assert due(commander, 9_000_000) == []
    assert commander.unanswered == 0


def test_an_answer_names_its_command_once() -> None:
    commander = Commander()
    for verb, args in ((Verb.HELLO, ()), (Verb.STREAM, (2,)), (Verb.ARM, (1, 0, 0)), (Verb.SIGNAL, (3, 1))):
        commander.command(verb, *args, now_us=0)
    given = ((1, 1), (2, 2), (3, 3), (3, 3), (4, 200), (77, 2))
    assert [commander.receive_answer(Answer(command_id, result)) for command_id, result in given] == [
        Answered(Verb.HELLO, (), Result.UNKNOWN_VERB),
        Answered(Verb.STREAM, (2,), Result.BAD_ARGUMENT),
        Answered(Verb.ARM, (1, 0, 0), Result.NOT_NOW),
        None,
        Answered(Verb.SIGNAL, (3, 1), Result.NOT_NOW),
        None,
    ]
    assert due(commander, 200_000) == []


def test_beats_are_never_repeated() -> None:
    commander = Commander()
    for now_us in range(0, 2_000_000, 250_000):
        assert sent(commander.command(Verb.BEAT, now_us=now_us))[0].verb == Verb.BEAT
        assert commander.due(now_us) == []
    assert commander.due(9_000_000) == []
    assert commander.unanswered == 0


def after_both(first: tuple[int, ...], second: tuple[int, ...]) -> list[tuple[int, ...]]:
    """What is repeated of two commands that nobody answered."""
    commander = Commander()
    commander.command(Verb(first[0]), *first[1:], now_us=0)
    commander.command(Verb(second[0]), *second[1:], now_us=100_000)
    return meant(due(commander, 300_000))


def test_a_newer_command_takes_the_place_of_an_older_of_its_subject() -> None:
    for first, second in (
        ((Verb.STREAM, 1), (Verb.STREAM, 0)),
        ((Verb.HELLO,), (Verb.HELLO,)),
        ((Verb.SIGNAL, 1, 7), (Verb.SIGNAL, 1, 0)),
        ((Verb.SIGNAL, 1, 7), (Verb.SIGNAL, 3, 0)),
        ((Verb.SIGNAL, 2, 7), (Verb.SIGNAL, 3, 0)),
        ((Verb.SIGNAL, 3, 7), (Verb.SIGNAL, 3, 6)),
        ((Verb.SCALE, 2, 5, 6), (Verb.SCALE, 2, 7, 8)),
        ((Verb.ARM, 1, 2, 3), (Verb.ARM, 4, 5, 6)),
        ((Verb.ARM, 1, 2, 3), (Verb.DISARM,)),
        ((Verb.DISARM,), (Verb.ARM, 1, 2, 3)),
    ):
        assert after_both(first, second) == [second]


def test_commands_of_other_subjects_stand_side_by_side() -> None:
    for first, second in (
        ((Verb.SIGNAL, 1, 7), (Verb.SIGNAL, 2, 7)),
        ((Verb.SCALE, 0, 5, 6), (Verb.SCALE, 1, 5, 6)),
        ((Verb.STREAM, 1), (Verb.HELLO,)),
        ((Verb.ARM, 1, 2, 3), (Verb.SIGNAL, 1, 0)),
    ):
        assert after_both(first, second) == [first, second]


def test_what_a_newer_signal_leaves_of_an_unanswered_one_to_both_is_sent_anew() -> None:
    for output, other in ((1, 2), (2, 1)):
        commander = Commander()
        (both,) = sent(commander.command(Verb.SIGNAL, 3, 7, now_us=0))
        newer = sent(commander.command(Verb.SIGNAL, output, 0, now_us=100_000))
        assert meant(newer) == [(Verb.SIGNAL, output, 0), (Verb.SIGNAL, other, 7)]
        assert both.id not in {command.id for command in newer}
        assert due(commander, 300_000) == newer


def test_after_forget_nothing_is_repeated_and_ids_go_on() -> None:
    commander = Commander()
    commander.command(Verb.STREAM, 1, now_us=0)
    commander.forget()
    assert due(commander, 1_000_000) == []
    assert commander.receive_answer(Answer(1, Result.NOT_NOW)) is None
    assert commander.unanswered == 0
    assert sent(commander.command(Verb.HELLO, now_us=0))[0].id == 2
