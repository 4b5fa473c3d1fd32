"""The board's loop on the host: what it answers, what it sends first, what it counts."""

from random import Random

import pytest
from msgspec import Struct

from bard.simulate.verbs import Desk
from bard.wire.decoder import NEED_DATA, BadFrame, Decoder, encode
from bard.wire.frames import (
    VERB_ARGS,
    Answer,
    BoardFrame,
    ChannelFault,
    Command,
    Guard,
    Hello,
    Result,
    Samples,
    Status,
    Verb,
)

from .logic import ask

pytestmark = pytest.mark.apt

PERIOD_US = 12_000
COMMANDS_REMEMBERED = 16


class Step(Struct, frozen=True):
    """What one step of the board gave."""

    frames: list[BoardFrame]
    outputs: int


def receive(at_us: int, *commands: Command) -> str:
    """The request in which these commands come."""
    return f"board receive {at_us} {b''.join(encode(command) for command in commands).hex()}"


def command(command_id: int, verb: Verb, *args: int) -> Command:
    """A command by its values."""
    return Command(command_id, verb, VERB_ARGS[verb].pack(*args))


def play(requests: list[str]) -> list[Step]:
    """A new board's replies."""
    steps = []
    for line in ask(["board new 0", *requests]):
        sent, outputs, _ = line.split("|")
        decoder = Decoder()
        decoder.receive_data(bytes.fromhex(sent))
        frames: list[BoardFrame] = []
        while (event := decoder.next_event()) is not NEED_DATA:
            assert not isinstance(event, BadFrame | Command)
            frames.append(event)
        steps.append(Step(frames, int(outputs)))
    return steps


def settled(channels: int = 4, *, until_us: int = 8 * PERIOD_US) -> list[str]:
    """Conversions of 10 000 on each channel, one after another, with a tick now and then."""
    requests = []
    for at_us in range(0, until_us, PERIOD_US):
        for channel in range(channels):
            ready_us = at_us + channel * 500
            requests.append(f"board convert {ready_us + 100} {channel} 10000 {ready_us}")
        requests.append(f"board tick {at_us + 4000}")
    return requests


def test_hello_comes_first_and_every_channel_begins_unsettled() -> None:
    first = play([])[0].frames
    assert isinstance(first[0], Hello)
    assert first[0].uid == bytes(range(1, 9))
    assert (first[0].protocol, first[0].channels, first[0].capabilities) == (1, 4, 31)
    assert [(frame.channel, frame.kind) for frame in first[1:] if isinstance(frame, ChannelFault)] == [
        (channel, 4) for channel in range(4)
    ]


def test_samples_are_sent_only_while_the_stream_is_on() -> None:
    on, off = receive(100_000, command(1, Verb.STREAM, 1)), receive(250_000, command(2, Verb.STREAM, 0))
    steps = play([*settled(), on, *settled(until_us=0), "board convert 120500 2 -77 120100", off])
    assert not any(isinstance(frame, Samples) for step in steps[: 1 + len(settled())] for frame in step.frames)
    samples = steps[-2].frames[0]
    assert isinstance(samples, Samples)
    assert (samples.seq, samples.ticks_us) == (0, 120_500)
    assert [(it.channel, it.age_us, it.counts) for it in samples.conversions] == [(2, 400, -77)]


def test_commands_are_judged_as_the_twin_judges_them() -> None:
    """Random verbs with random arguments, ids often repeated: the same results, and the same count of rejected."""
    rng = Random(11)
    desk = Desk(4)
    requests, wanted = [], []
    now_us = 0
    recent: list[int] = []
    for _ in range(1500):
        now_us += rng.choice([1_000, 50_000, 300_000])
        verb = rng.choice([*range(10), 255])
        length = VERB_ARGS[verb].size if verb in VERB_ARGS and rng.random() < 0.8 else rng.randint(0, 60)
        args = bytes(rng.choice([0, 1, 2, 3, rng.randrange(256)]) for _ in range(length))
        command_id = rng.choice(recent) if recent and rng.random() < 0.3 else rng.randrange(65536)
        recent = [*recent, command_id][-(COMMANDS_REMEMBERED // 2) :]
        it = Command(command_id, verb, args)
        wanted.append(Answer(command_id, desk.judge(it, now_us)[0]))
        requests.append(receive(now_us, it))
    requests.append(f"board tick {now_us + 1_000_000}")
    steps = play(requests)
    assert [next(f for f in step.frames if isinstance(f, Answer)) for step in steps[1:-1]] == wanted
    status = next(frame for frame in steps[-1].frames if isinstance(frame, Status))
    assert status.commands_rejected == desk.rejected


def test_the_same_id_is_executed_once_in_a_second() -> None:
    again = command(7, Verb.HELLO)
    steps = play([receive(0, again), receive(900_000, again), receive(1_000_001, again)])[1:]
    assert [[type(frame) for frame in step.frames] for step in steps] == [[Answer, Hello], [Answer], [Answer, Hello]]


def test_an_input_is_told_when_it_has_stood_for_20_ms() -> None:
    requests = [receive(0, command(1, Verb.STREAM, 1))]
    for at_ms in range(1, 400):
        level = int(at_ms >= 100)
        chatter = 2 if at_ms % 3 == 0 else 0
        requests.append(f"board inputs {1000 * at_ms} {level | chatter}")
        requests.append(f"board tick {1000 * at_ms}")
    told = [frame for step in play(requests) for frame in step.frames if isinstance(frame, Samples)]
    assert [(frame.ticks_us, frame.inputs, frame.conversions) for frame in told] == [(120_000, 1, ())]


def test_a_frame_without_room_is_dropped_and_counted() -> None:
    requests = [receive(0, command(1, Verb.STREAM, 1)), *settled(), "board room 100000 0"]
    lost = 12
    requests += [f"board convert {100_100 + n * PERIOD_US} 0 {n} {100_000 + n * PERIOD_US}" for n in range(lost)]
    requests += ["board room 243000 255", "board convert 244500 0 99 244000", "board tick 1100000"]
    steps = play(requests)
    status = next(frame for frame in steps[-1].frames if isinstance(frame, Status))
    assert status.frames_dropped == lost
    samples = [frame.seq for step in steps for frame in step.frames if isinstance(frame, Samples)]
    assert samples[-1] - samples[-2] == lost + 1


def test_the_trip_reaches_the_pins_in_the_step_of_the_deciding_conversion() -> None:
    requests = [receive(0, *(command(1 + n, Verb.SCALE, n, 0, 1 << 20) for n in range(4)))]
    requests += [*settled(), receive(99_000, command(9, Verb.ARM, 30_000, 2, 1000))]
    steps = play(requests)
    assert steps[-1].outputs == 0
    falls = [
        f"board convert {100_100 + n * PERIOD_US + channel * 500} {channel} 0 {100_000 + n * PERIOD_US + channel * 500}"
        for n in range(6)
        for channel in range(4)
    ]
    after = play([*requests, *falls])[len(steps) :]
    tripped = next(number for number, step in enumerate(after) if step.outputs)
    assert [frame.event for frame in after[tripped].frames if isinstance(frame, Guard)] == [1]
    assert after[tripped].outputs == 3


def test_a_cut_stream_of_commands_is_taken_up_again() -> None:
    rng = Random(2)
    commands = [command(n + 1, Verb.HELLO) for n in range(300)]
    noise = b"".join(rng.randbytes(rng.randint(1, 90)).replace(b"\0", b"\1") + b"\0" + encode(it) for it in commands)
    steps = play([f"board receive 0 {noise.hex()}"])
    answered = [frame for frame in steps[1].frames if isinstance(frame, Answer)]
    assert answered == [Answer(it.id, Result.DONE) for it in commands]
