"""What a channel's conversions tell about it: settling, silence, desync, losses. And the boot counter's slots."""

from itertools import pairwise
from random import Random

import pytest
from msgspec import Struct

from .logic import ask

pytestmark = pytest.mark.apt

NOTHING, RECOVERED, SILENT, DESYNC, CLOCK_TOO_LONG, UNSETTLED = -1, 0, 1, 2, 3, 4
BOOT_SLOTS = 32


class Reply(Struct, frozen=True):
    """What the channel said to one call."""

    delivered: bool
    told: int
    resetting: bool
    readable: bool
    missed: int
    abandoned: int


def take(
    ready_us: float, *, stamped: bool = True, too_long: bool = False, desync: bool = False, late_us: int = 80
) -> str:
    """A read of a conversion that was ready then."""
    ready_us = round(ready_us)
    return f"channel take {ready_us} {ready_us + late_us} {stamped:d} {too_long:d} {desync:d}"


def play(requests: list[str]) -> list[Reply]:
    """A new channel's replies."""
    replies = []
    for line in ask(["channel new 0", *requests])[1:]:
        words = [int(word) for word in line.split()]
        replies.append(Reply(bool(words[0]), words[1], bool(words[2]), bool(words[3]), words[4], words[5]))
    return replies


@pytest.mark.parametrize("rate_hz", [9.4, 10.6, 76.0, 96.0])
def test_four_conversions_after_boot_are_kept_back(rate_hz: float) -> None:
    said = play([take(5_000 + number * 1e6 / rate_hz) for number in range(8)])
    assert [reply.delivered for reply in said] == [False] * 4 + [True] * 4
    assert [reply.told for reply in said] == [NOTHING] * 4 + [RECOVERED] + [NOTHING] * 3


def test_missed_conversions_are_counted_and_a_longer_gap_is_a_reset() -> None:
    rng = Random(1)
    for period_us in (10_400, 12_500, 13_200, 100_000):
        at_us, requests, wanted = 0.0, [], 0
        for number in range(200):
            lost = rng.choice([0, 0, 0, 1, 2]) if number > 10 else 0
            wanted += lost
            at_us += period_us * (1 + lost) + rng.uniform(-15, 15)
            requests.append(take(at_us))
        said = play(requests)
        assert said[-1].missed == wanted
        assert all(reply.delivered for reply in said[4:])
        settle = play([*requests, *(take(at_us + period_us * (4 + number)) for number in range(6))])[-6:]
        assert [reply.delivered for reply in settle] == [False] * 4 + [True] * 2
        assert settle[0].told == UNSETTLED
        assert settle[-1].missed == wanted


def test_silent_after_five_periods_and_woken_until_it_comes_back() -> None:
    requests = [take(number * 12_500) for number in range(10)]
    last_us = 9 * 12_500
    steps = [last_us + at * 4000 for at in range(1, 400)]
    said = play([*requests, *(f"channel step {at_us}" for at_us in steps)])[10:]
    silent = [at_us for at_us, reply in zip(steps, said, strict=True) if reply.told == SILENT]
    assert silent == [last_us + 100_000]
    resets = [at_us for at_us, reply in zip(steps, said, strict=True) if reply.resetting]
    assert len(resets) == 3
    assert resets[1] - resets[0] == 600_000
    assert not any(reply.resetting and reply.readable for reply in said)


def test_desync_is_told_once_and_the_chip_reset() -> None:
    requests = [take(number * 12_500) for number in range(10)]
    requests += [take(125_000, desync=True), take(180_000, desync=True)]
    requests += [f"channel step {at_us}" for at_us in range(181_000, 235_000, 4000)]
    requests += [take(240_000 + number * 12_500) for number in range(6)]
    said = play(requests)
    assert [reply.told for reply in said[10:12]] == [DESYNC, NOTHING]
    assert said[10].resetting
    assert said[11].abandoned == 2
    assert not said[12].resetting
    assert not said[12].readable
    assert [reply.told for reply in said[-6:]] == [UNSETTLED, NOTHING, NOTHING, NOTHING, RECOVERED, NOTHING]


def test_a_pulse_too_long_and_a_torn_read_are_dropped() -> None:
    requests = [take(number * 12_500) for number in range(10)]
    said = play([*requests, take(125_000, late_us=12_400), take(137_500), take(150_000, too_long=True)])[10:]
    assert [reply.delivered for reply in said] == [False, True, False]
    assert [reply.told for reply in said] == [NOTHING, NOTHING, CLOCK_TOO_LONG]
    assert said[-1].abandoned == 2


def test_times_wrap() -> None:
    start_us = 2**32 - 60_000
    requests = [take((start_us + number * 12_500) % 2**32) for number in range(10)]
    said = [reply.split()[0] for reply in ask([f"channel new {start_us}", *requests])[1:]]
    assert said == ["0"] * 4 + ["1"] * 6


def test_boots_are_counted_over_all_slots_and_over_torn_writes() -> None:
    rng = Random(5)
    replies = ask(["boot new", *("boot torn" if rng.random() < 0.1 else "boot" for _ in range(3000))])
    boots = [int(reply.split()[0]) for reply in replies]
    slots = [int(reply.split()[1]) for reply in replies]
    assert all(0 <= after - before <= 1 for before, after in pairwise(boots))
    assert boots[-1] > 2500
    used = [slots.count(slot) for slot in range(BOOT_SLOTS)]
    assert max(used) < 2 * min(used)


def test_the_boot_counter_wraps() -> None:
    replies = ask(["boot new", *["boot"] * 70_000])
    assert [int(replies[at].split()[0]) for at in (65_534, 65_535, 65_536)] == [65_535, 0, 1]
