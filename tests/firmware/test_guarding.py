"""The board guards by itself, in the simulated AVR: the pins move when the twin's guard says, within a millisecond."""

from random import Random

import pytest

from bard.wire.frames import ARM_BEAT_ONLY_G, GuardEvent, Samples, Status, Verb
from bard.wire.frames import Guard as GuardFrame

from .figures import (
    HELD,
    SOAK,
    armed,
    deciding_conversions,
    random_rates,
    releases,
    spread,
    trip_delays_us,
)
from .rig import Log, command, run

pytestmark = [pytest.mark.apt, pytest.mark.timeout(1800 if SOAK else 300)]

TRIP_MOST_US = 1_000
STACK_LEAST = 512
LOST_MOST_US = 1_100_000


def events(log: Log) -> list[tuple[float, GuardEvent]]:
    """The guard's frames: when the last byte had left, and which."""
    frames = [(sent.at_us, sent.frame) for sent in log.frames]
    return [(at_us, GuardEvent(frame.event)) for at_us, frame in frames if isinstance(frame, GuardFrame)]


def test_a_release_trips_within_a_millisecond_of_the_deciding_conversion() -> None:
    rng = Random(21)
    count = 300 if SOAK else 30
    script, seconds = releases(rng, count)
    log = run([*armed(seconds * 1e6), *script], seconds=seconds, rates_hz=random_rates(rng))
    decided = deciding_conversions(log, log.heard_us[5])
    assert [event for _, event in decided] == [GuardEvent.TRIP, GuardEvent.CLEAR] * count
    assert [event for _, event in events(log)] == [event for _, event in decided]
    delays = spread(trip_delays_us(log, decided))
    print(f"\ndeciding conversion to both pins {delays} us")
    assert delays.most <= TRIP_MOST_US
    assert log.stack_free >= STACK_LEAST
    assert not log.violations


def test_one_glitch_in_any_channel_never_trips() -> None:
    rng = Random(22)
    script = armed(12e6)
    for number in range(400):
        value = rng.choice([-0x800000, 0x7FFFFF, -1, 0, 2 ** rng.randint(1, 22) - 1, HELD ^ 1 << rng.randint(16, 23)])
        script.append((700_000 + number * 27_000, f"glitch {number % 4} {value}"))
    log = run(script, seconds=12, rates_hz=random_rates(rng))
    sent = [it.counts for frame in log.frames if isinstance(frame.frame, Samples) for it in frame.frame.conversions]
    assert sum(abs(counts - HELD) > 5_000 for counts in sent) > 300, "the glitches were on the line"
    assert events(log) == []
    assert log.edges == []


@pytest.mark.parametrize("rail", [9_000_000, -9_000_000])
def test_a_saturated_channel_does_not_carry(rail: int) -> None:
    """One of two loaded cells goes to the rail: the rest is below the minimum, whichever way the rail points."""
    script = [*armed(3e6), (1e6, f"load 0 {rail} 1000"), (1e6, "load 1 0 1000"), (1e6, "load 2 0 1000")]
    log = run(script, seconds=3)
    assert [event for _, event in events(log)] == [GuardEvent.TRIP]
    sent = [it.counts for frame in log.frames if isinstance(frame.frame, Samples) for it in frame.frame.conversions]
    assert max(sent) == 0x7FFFFF or min(sent) == -0x800000, "rails are sent as they are"


def test_a_silent_cell_does_not_carry() -> None:
    log = run([*armed(3e6, min_g=16_000), (1e6, "unplug 3")], seconds=3)
    [(at_us, event)] = events(log)
    assert event == GuardEvent.TRIP
    assert 1_085_000 < at_us < 1_180_000


def test_not_monitored_within_1_100_ms_and_ended_by_a_beat() -> None:
    rng = Random(23)
    script, stops = armed(0, min_g=ARM_BEAT_ONLY_G), []
    at_us = 500_000.0
    for number in range(20):
        stops.append(at_us)
        script.append((at_us, command(Verb.BEAT, command_id=100 + number)))
        at_us += 1_000_000 + rng.uniform(200_000, 700_000)
    log = run(script, seconds=at_us / 1e6)
    heard = log.heard_us[-20:]
    told = events(log)
    delays = []
    for number, beat_us in enumerate(heard):
        end_us = heard[number + 1] if number + 1 < len(heard) else log.end_us
        on = [edge for edge in log.edges if edge.name == "vibrator" and edge.level and beat_us < edge.at_us < end_us]
        delays.append(on[0].at_us - beat_us)
        assert not log.level("vibrator", end_us + 2_000) or number + 1 == len(heard)
    print(f"\nlast beat to both pins {spread(delays)} us")
    assert max(delays) <= LOST_MOST_US
    assert [event for _, event in told][-39:] == ([GuardEvent.HOST_LOST, GuardEvent.HOST_BACK] * 20)[:39]


def test_the_pedal_held_for_3_s_ends_not_monitored() -> None:
    script = [*armed(600_000, min_g=ARM_BEAT_ONLY_G), (2e6, "input pedal 1"), (6e6, "input pedal 0")]
    log = run([*script, (11e6, command(Verb.BEAT, command_id=99))], seconds=13)
    assert [event for _, event in events(log)] == [GuardEvent.HOST_LOST, GuardEvent.HOST_BACK, GuardEvent.HOST_LOST]
    last_us = max(edge.at_us for edge in log.edges if edge.at_us < 11e6)
    assert last_us < 5_030_000
    status = [sent.frame for sent in log.of(Status) if sent.at_us < 11e6][-1]
    assert isinstance(status, Status)
    assert status.guard_state == 0b101
    assert status.outputs_echo == 0


@pytest.mark.skipif(not SOAK, reason="11 minutes of simulated time: BARD_SOAK=1")
def test_not_monitored_ends_after_10_minutes() -> None:
    log = run(armed(600_000, min_g=ARM_BEAT_ONLY_G), seconds=615, chips=1)
    assert 596e6 < max(edge.at_us for edge in log.edges) < 602e6, "a pulse each 5 s until then"


def test_a_host_pattern_plays_and_is_given_up_without_beats() -> None:
    signal = (500_000, command(Verb.SIGNAL, 3, 6, command_id=50))
    log = run([(100_000, command(Verb.STREAM, 1)), signal], seconds=9, chips=0)
    rising = [edge.at_us for edge in log.edges if edge.name == "buzzer" and edge.level]
    assert rising[0] - 500_000 < 2_000
    assert abs(rising[1] - rising[0] - 300_000) < 2_000
    assert [event for _, event in events(log)] == [GuardEvent.HOST_LOST]
    assert max(edge.at_us for edge in log.edges) < 6_510_000
    assert not log.level("buzzer", log.end_us)


def test_the_trip_pattern_is_alarms_7_and_a_signal_0_mutes_it() -> None:
    drop = [(1e6, f"load {n} 0 1000") for n in range(4)]
    log = run([*armed(22e6), *drop, (5e6, command(Verb.SIGNAL, 1, 0, command_id=900))], seconds=22)
    start_us = log.edges[0].at_us
    burst = [round((edge.at_us - start_us) / 1000) for edge in log.edges if edge.name == "vibrator"][:6]
    wanted = [0, 100, 180, 280, 360, 460]
    assert all(abs(edge_ms - wanted_ms) <= 1 for edge_ms, wanted_ms in zip(burst, wanted, strict=True))
    assert not [edge for edge in log.edges if 5_002_000 < edge.at_us < 19_990_000]
    assert log.level("vibrator", 20_050_000)
