"""The firmware's guard against the twin's, call by call: both say what docs/protocol.md, "Readings", says."""

from collections.abc import Iterator
from itertools import chain
from random import Random

import pytest

from bard.simulate.guard import BUZZER, VIBRATOR, Guard
from bard.wire.frames import GuardEvent

from .logic import ask

pytestmark = pytest.mark.apt

MS = 1000
PERIOD_US = 12_000
TRIP, CLEAR, HOST_LOST, HOST_BACK = (int(event) for event in GuardEvent)

Call = tuple[str, tuple[int, ...], int]


class Pair:
    """One list of calls for both guards; `check` compares what each said after every call.

    State and patterns are compared after timer calls only: the firmware lets times run out there, each millisecond.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def call(self, verb: str, *args: int, at_us: int) -> None:
        """A method of the twin's guard by name, with its arguments before the time."""
        self.calls.append((verb, args, at_us))

    def firmware(self) -> list[tuple[list[int], int, int, int, int]]:
        """After each call: events, bar load, state, patterns on vibrator and buzzer."""
        requests = ["guard new"]
        for verb, args, at_us in self.calls:
            words = [str(arg) for arg in args]
            if verb not in ("scale", "disarm"):
                words.append(str(at_us % (1 << 32)))
            requests.append(" ".join(["guard", verb, *words]))
        said = []
        for reply in ask(requests)[1:]:
            events, load_g, state, vibrator, buzzer = reply.split(" ")
            told = [int(event) for event in events.split(",") if event]
            said.append((told, int(load_g), int(state), int(vibrator), int(buzzer)))
        return said

    def twin(self) -> Iterator[tuple[list[int], int, int, int, int]]:
        """The same of the twin."""
        twin = Guard(4)
        for verb, args, at_us in self.calls:
            method = getattr(twin, verb)
            if verb in ("scale", "disarm"):
                method(*args)
            else:
                method(*args, at_us)
            told = [int(event) for event, _ in twin.take_events()]
            playing = [_audible(twin.playing(output, at_us), output) for output in (VIBRATOR, BUZZER)]
            yield told, twin.bar_load_g, twin.state(at_us), *playing

    def check(self) -> list[list[int]]:
        """Compare; the events of each call."""
        firmware = self.firmware()
        for number, (one, other) in enumerate(zip(firmware, self.twin(), strict=True)):
            shown = slice(None) if self.calls[number][0] == "timer" else slice(2)
            assert one[shown] == other[shown], f"call {number} {self.calls[number]}: firmware {one}, twin {other}"
        return [events for events, *_ in firmware]


def _audible(pattern: int, output: int) -> int:
    """Patterns 1 to 4 are silence on the buzzer."""
    return 0 if output == BUZZER and 1 <= pattern <= 4 else pattern


def scaled(pair: Pair) -> None:
    """Each channel 1 g a count from zero 0."""
    for channel in range(4):
        pair.call("scale", channel, 0, 1 << 20, at_us=0)


@pytest.mark.parametrize("seed", range(4))
def test_random_loads_and_faults_decide_alike(seed: int) -> None:
    rng = Random(seed)
    pair = Pair()
    for channel in range(4):
        pair.call(
            "scale",
            channel,
            rng.randint(-300_000, 300_000),
            rng.choice([-1, 1]) * rng.randint(9_000, 2**31 - 1),
            at_us=0,
        )
    now_us = rng.choice([0, 2**32 - 30_000_000])
    due = [now_us + rng.randrange(PERIOD_US) for _ in range(4)]
    periods = [rng.randint(10_600, 12_900) for _ in range(4)]
    off_until = [0] * 4
    level = 0
    for _ in range(4000):
        channel = min(range(4), key=due.__getitem__)
        now_us = max(now_us, due[channel])
        due[channel] += periods[channel]
        if rng.random() < 0.01:
            level = rng.randint(-2_000_000, 2_000_000)
        if rng.random() < 0.002:
            off_until[channel] = now_us + rng.randint(20, 400) * MS
        if now_us < off_until[channel]:
            if rng.random() < 0.1:
                pair.call("fault", channel, at_us=now_us)
            pair.call("timer", at_us=now_us)
            continue
        counts = rng.choice([level, level, level, level + rng.randint(-9000, 9000), -0x800000, 0x7FFFFF])
        pair.call("conversion", channel, counts if rng.random() < 0.1 else level, at_us=now_us)
        _some_verb(pair, rng, now_us)
    events = list(chain.from_iterable(pair.check()))
    assert TRIP in events
    assert CLEAR in events


def test_random_verbs_at_random_times_decide_alike() -> None:
    rng = Random(9)
    pair = Pair()
    now_us = 0
    for _ in range(4000):
        now_us += rng.choice([1, 1000, 1000, rng.randint(1, 700_000), 1_000_000])
        verb = rng.choice(["beat", "signal", "timer", "timer", "timer", "arm", "disarm", "pedal"])
        if verb == "signal":
            pair.call(verb, rng.randint(1, 3), rng.randint(0, 9), at_us=now_us)
        elif verb == "arm":
            pair.call(verb, rng.choice([-(2**31), 0, 1]), rng.randint(1, 3), rng.randint(0, 3), at_us=now_us)
        elif verb == "pedal":
            pair.call(verb, rng.randint(0, 1), at_us=now_us)
        else:
            pair.call(verb, at_us=now_us)
    events = list(chain.from_iterable(pair.check()))
    assert {TRIP, HOST_LOST, HOST_BACK} <= set(events)


def _some_verb(pair: Pair, rng: Random, now_us: int) -> None:
    roll = rng.random()
    if roll < 0.05:
        pair.call("timer", at_us=now_us)
    elif roll < 0.052:
        pair.call("beat", at_us=now_us)
    elif roll < 0.063:
        min_g = rng.choice([-(2**31), rng.randint(-(10**6), 10**6)])
        pair.call("arm", min_g, rng.randint(1, 4), rng.randint(0, 3000), at_us=now_us)
    elif roll < 0.064:
        pair.call("disarm", at_us=now_us)
    elif roll < 0.068:
        pair.call("signal", rng.randint(1, 3), rng.choice([0, 0, rng.randint(0, 9)]), at_us=now_us)
    elif roll < 0.069:
        pair.call("pedal", rng.randint(0, 1), at_us=now_us)


def test_one_glitch_in_any_channel_never_trips() -> None:
    for channel in range(4):
        pair = Pair()
        scaled(pair)
        pair.call("arm", 30_000, 1, 0, at_us=0)
        for number in range(40):
            for at in range(4):
                glitch = at == channel and number in (12, 25)
                counts = -0x800000 if glitch else 10_000
                pair.call("conversion", at, counts, at_us=number * PERIOD_US + at * 100 + 1)
        events = pair.check()
        assert [TRIP] not in events[20:]


def test_a_silent_or_saturated_channel_counts_nothing() -> None:
    for counts in (0x7FFFFF, -0x800000, None):
        pair = Pair()
        scaled(pair)
        pair.call("arm", 35_000, 2, 0, at_us=0)
        for number in range(60):
            at_us = number * PERIOD_US
            for at in range(4):
                if at == 3 and number >= 30:
                    if counts is not None:
                        pair.call("conversion", at, counts, at_us=at_us)
                else:
                    pair.call("conversion", at, 10_000, at_us=at_us)
            pair.call("timer", at_us=at_us + 5 * MS)
        events = pair.check()
        trips = [number for number, told in enumerate(events) if told == [TRIP]]
        assert len([trip for trip in trips if trip > 100]) == 1


def test_not_monitored_ends_as_the_protocol_says() -> None:
    """1 s without a beat; ended by a beat, by the pedal held for 3 s, by 10 min armed and 5 s not armed."""
    pair = Pair()
    pair.call("arm", -(2**31), 2, 0, at_us=0)
    times = {"lost": 1_000_000, "back": 2_000_000, "lost again": 3_000_000}
    pair.call("timer", at_us=times["lost"] - 1)
    pair.call("timer", at_us=times["lost"])
    pair.call("beat", at_us=times["back"])
    pair.call("timer", at_us=times["lost again"])
    pair.call("pedal", 1, at_us=4_000_000)
    pair.call("timer", at_us=6_999_999)
    pair.call("timer", at_us=7_000_000)
    pair.call("beat", at_us=9_000_000)
    pair.call("pedal", 0, at_us=9_000_001)
    pair.call("timer", at_us=10_000_000)
    pair.call("timer", at_us=609_999_999)
    pair.call("timer", at_us=610_000_000)
    pair.call("disarm", at_us=611_000_000)
    pair.call("beat", at_us=612_000_000)
    pair.call("signal", 3, 6, at_us=613_000_000)
    pair.call("timer", at_us=614_000_000)
    pair.call("timer", at_us=618_999_999)
    pair.call("timer", at_us=619_000_000)
    pair.check()
    said = pair.firmware()
    events = [told for told, *_ in said if told]
    assert events == [[HOST_LOST], [HOST_BACK], [HOST_LOST], [HOST_BACK], [HOST_LOST], [HOST_BACK], [HOST_LOST]]
    playing = [vibrator for *_, vibrator, _ in said]
    assert playing == [0, 0, 9, 0, 9, 9, 9, 0, 0, 0, 9, 9, 0, 0, 0, 6, 9, 9, 0]


def test_a_signal_0_mutes_a_trip_for_15_s() -> None:
    pair = Pair()
    pair.call("arm", 1, 1, 0, at_us=0)
    for now_ms in range(0, 20_000, 50):
        pair.call("beat", at_us=now_ms * MS)
        if now_ms == 1000:
            pair.call("signal", 1, 0, at_us=now_ms * MS)
        pair.call("timer", at_us=now_ms * MS)
    pair.check()
    timers = [said for said, call in zip(pair.firmware(), pair.calls, strict=True) if call[0] == "timer"]
    playing = {50 * at: vibrator for at, (*_, vibrator, _) in enumerate(timers)}
    assert playing[950] == 7
    assert playing[1000] == 0
    assert playing[15_950] == 0
    assert playing[16_000] == 7


def test_a_pattern_that_has_ended_does_not_lose_the_host() -> None:
    """Pattern 8 plays 1.5 s: a beat at 0.9 s and none after it leaves nothing to watch from then on."""
    pair = Pair()
    pair.call("signal", 3, 8, at_us=0)
    pair.call("beat", at_us=900 * MS)
    for now_ms in range(1000, 4000, 10):
        pair.call("timer", at_us=now_ms * MS)
    assert not any(pair.check())


def test_while_armed_only_the_arm_and_the_beats_count() -> None:
    """Readings: "1 s without a beat while armed, or (not armed) while a host pattern plays"; arm begins afresh."""
    pair = Pair()
    pair.call("signal", 3, 6, at_us=0)
    pair.call("arm", -(2**31), 2, 0, at_us=900 * MS)
    for now_ms in range(900, 2000, 10):
        pair.call("timer", at_us=now_ms * MS)
    said = pair.firmware()
    lost = [call[2] for (told, *_), call in zip(said, pair.calls, strict=True) if told == [HOST_LOST]]
    assert lost == [1_900_000]
