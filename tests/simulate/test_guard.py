"""The law of docs/protocol.md, "Readings", decision by decision. One channel, 1 g a count, a conversion each 12 ms."""

from bard.simulate.guard import Guard, live_for_us
from bard.wire.frames import ARM_BEAT_ONLY_G, RAIL_HIGH, SCALE_SHIFT, GuardEvent

S, MS = 1_000_000, 1_000
PERIOD_US = 12 * MS


class Bench:
    """A guard, a clock, and everything it said with the time it said it."""

    def __init__(self, channels: int = 1) -> None:
        self.guard = Guard(channels)
        self.now_us = 0
        self.said: list[tuple[int, GuardEvent]] = []
        for channel in range(channels):
            self.guard.scale(channel, 0, 1 << SCALE_SHIFT)

    def convert(self, *counts: int, times: int = 1) -> None:
        for _ in range(times):
            self.now_us += PERIOD_US
            for channel, count in enumerate(counts):
                self.guard.conversion(channel, count, self.now_us)
                self.listen()

    def wait(self, until_us: int) -> None:
        """Timer calls now and exactly when they are due."""
        self.guard.timer(self.now_us)
        self.listen()
        while (due_us := self.guard.next_timer_us(self.now_us)) is not None and due_us <= until_us:
            assert due_us > self.now_us, "a timer in the past would spin"
            self.now_us = due_us
            self.guard.timer(self.now_us)
            self.listen()
        self.now_us = until_us

    def listen(self) -> None:
        self.said += [(self.now_us, event) for event, _ in self.guard.take_events()]

    @property
    def events(self) -> list[GuardEvent]:
        return [event for _, event in self.said]

    def playing(self) -> tuple[int, int]:
        return self.guard.playing(0, self.now_us), self.guard.playing(1, self.now_us)


def armed(min_g: int = 4000, rounds: int = 2, margin_g: int = 500, channels: int = 1) -> Bench:
    bench = Bench(channels)
    bench.convert(*[10_000] * channels, times=5)
    bench.guard.arm(min_g, rounds, margin_g, bench.now_us)
    return bench


def test_below_the_least_for_the_rounds_trips_and_the_trip_plays_on_both() -> None:
    bench = armed()
    bench.convert(3000, times=2)
    assert bench.events == []
    bench.convert(3000)
    assert bench.events == [GuardEvent.TRIP]
    assert bench.guard.bar_load_g == 3000
    assert bench.playing() == (7, 7)
    assert bench.guard.state(bench.now_us) == 0b0011


def test_a_single_low_conversion_does_not_trip() -> None:
    bench = armed()
    for _ in range(10):
        bench.convert(0)
        bench.convert(10_000, times=2)
    assert bench.events == []


def test_exactly_the_least_is_not_below_it() -> None:
    bench = armed()
    bench.convert(4000, times=20)
    assert bench.events == []


def test_a_trip_clears_at_the_margin_for_as_many_rounds() -> None:
    bench = armed(rounds=3)
    bench.convert(0, times=5)
    assert bench.events == [GuardEvent.TRIP]
    bench.convert(4499, times=20)
    assert bench.events == [GuardEvent.TRIP]
    bench.convert(4500, times=3)
    assert bench.events == [GuardEvent.TRIP]
    bench.convert(4500)
    assert bench.events == [GuardEvent.TRIP, GuardEvent.CLEAR]
    assert bench.playing() == (0, 0)


def test_a_round_waits_for_every_live_channel() -> None:
    bench = armed(min_g=15_000, rounds=1, channels=2)
    for _ in range(4):
        bench.guard.conversion(0, 0, bench.now_us + 1)
        bench.listen()
    assert bench.events == []
    bench.guard.conversion(1, 10_000, bench.now_us + 2)
    bench.listen()
    assert bench.events == [GuardEvent.TRIP]


def test_a_silent_channel_counts_nothing_after_its_five_periods() -> None:
    bench = armed(min_g=15_000, channels=2)
    stopped_us = bench.now_us
    while not bench.said:
        bench.now_us += PERIOD_US
        bench.guard.conversion(0, 10_000, bench.now_us)
        bench.listen()
    assert 100 * MS <= bench.said[0][0] - stopped_us < 100 * MS + 3 * PERIOD_US


def test_a_channel_at_the_rail_counts_nothing() -> None:
    bench = armed(min_g=15_000, channels=2)
    bench.convert(10_000, RAIL_HIGH)
    assert bench.events == []
    bench.convert(10_000, RAIL_HIGH, times=3)
    assert bench.events == [GuardEvent.TRIP]


def test_a_faulty_channel_counts_nothing_until_three_conversions_later() -> None:
    bench = armed(min_g=15_000, rounds=1, margin_g=0, channels=2)
    bench.guard.fault(1, bench.now_us)
    bench.convert(10_000, 10_000, times=3)
    assert bench.events == [GuardEvent.TRIP]
    bench.convert(10_000, 10_000)
    assert bench.events == [GuardEvent.TRIP, GuardEvent.CLEAR]


def test_without_a_live_channel_a_round_ends_each_100_ms() -> None:
    bench = Bench()
    bench.guard.arm(4000, 3, 0, 0)
    bench.wait(400 * MS)
    assert bench.said == [(300 * MS, GuardEvent.TRIP)]


def test_a_period_is_the_shorter_of_two_intervals() -> None:
    assert live_for_us(300_000, 200_000, 80_000) == 500_000
    assert live_for_us(300_000, 288_000, 200_000) == 100_000


def test_scales_are_signed_and_shift_arithmetically() -> None:
    bench = Bench()
    bench.guard.scale(0, 100, -3)
    bench.guard.arm(-(2**31) + 1, 1, 0, 0)
    bench.convert(101, times=3)
    assert bench.guard.bar_load_g == -1


def test_a_signal_0_mutes_the_trip_for_15_s() -> None:
    bench = armed()
    bench.guard.signal(3, 6, bench.now_us)
    bench.convert(0, times=3)
    muted_us = bench.now_us
    bench.guard.signal(1, 0, muted_us)
    assert bench.playing() == (0, 6)
    assert bench.guard.state(bench.now_us) & 0b1000
    bench.now_us = muted_us + 15 * S - 1
    assert bench.playing() == (0, 6)
    bench.now_us += 1
    assert bench.playing() == (7, 7)
    assert bench.guard.change_us(muted_us) == muted_us + 15 * S


def test_a_new_trip_plays_although_the_last_was_muted() -> None:
    bench = armed(margin_g=0)
    bench.convert(0, times=3)
    bench.guard.signal(3, 0, bench.now_us)
    bench.convert(10_000, times=3)
    bench.convert(0, times=3)
    assert bench.events == [GuardEvent.TRIP, GuardEvent.CLEAR, GuardEvent.TRIP]
    assert bench.playing() == (7, 7)


def test_a_signal_0_without_a_trip_mutes_nothing() -> None:
    bench = armed()
    bench.guard.signal(3, 0, bench.now_us)
    bench.convert(0, times=3)
    assert bench.playing() == (7, 7)


def lost() -> Bench:
    bench = Bench()
    bench.guard.arm(ARM_BEAT_ONLY_G, 2, 0, 0)
    bench.wait(2 * S)
    assert bench.said == [(S, GuardEvent.HOST_LOST)]
    return bench


def test_a_second_without_a_beat_while_armed_is_a_lost_host() -> None:
    bench = lost()
    assert bench.playing() == (9, 9)
    assert bench.guard.state(bench.now_us) == 0b0101


def test_beats_keep_the_host() -> None:
    bench = Bench()
    bench.guard.arm(ARM_BEAT_ONLY_G, 2, 0, 0)
    for at_us in range(900 * MS, 10 * S, 900 * MS):
        bench.wait(at_us)
        bench.guard.beat(at_us)
    assert bench.events == []


def test_the_next_beat_brings_the_host_and_its_signal_back() -> None:
    bench = Bench()
    bench.guard.arm(ARM_BEAT_ONLY_G, 2, 0, 0)
    bench.guard.signal(1, 6, 0)
    bench.wait(2 * S)
    assert bench.playing() == (9, 9)
    bench.guard.beat(bench.now_us)
    bench.listen()
    assert bench.events == [GuardEvent.HOST_LOST, GuardEvent.HOST_BACK]
    assert bench.playing() == (6, 0)


def test_the_pedal_held_3_s_silences_a_lost_host_and_stays_armed() -> None:
    bench = lost()
    bench.guard.signal(1, 6, bench.now_us)
    bench.guard.pedal(True, bench.now_us)
    bench.wait(5 * S - 1)
    assert bench.playing() == (9, 9)
    bench.wait(5 * S)
    assert bench.playing() == (0, 0)
    assert bench.guard.state(bench.now_us) == 0b0101
    bench.guard.beat(bench.now_us)
    bench.listen()
    assert bench.events == [GuardEvent.HOST_LOST, GuardEvent.HOST_BACK]
    assert bench.playing() == (0, 0)


def test_a_pedal_let_go_early_silences_nothing() -> None:
    bench = lost()
    bench.guard.pedal(True, bench.now_us)
    bench.wait(4 * S)
    bench.guard.pedal(False, bench.now_us)
    bench.wait(60 * S)
    assert bench.playing() == (9, 9)


def test_armed_it_gives_up_after_10_minutes() -> None:
    bench = lost()
    bench.wait(601 * S - 1)
    assert bench.playing() == (9, 9)
    bench.wait(601 * S)
    assert bench.playing() == (0, 0)
    bench.wait(700 * S)
    assert bench.events == [GuardEvent.HOST_LOST]


def test_not_armed_a_playing_signal_needs_beats_and_gives_up_after_5_s() -> None:
    bench = Bench()
    bench.guard.signal(1, 6, 0)
    bench.wait(3 * S)
    assert bench.said == [(S, GuardEvent.HOST_LOST)]
    assert bench.playing() == (9, 9)
    bench.wait(6 * S)
    assert bench.playing() == (0, 0)
    bench.wait(60 * S)
    assert bench.events == [GuardEvent.HOST_LOST]


def test_after_giving_up_a_new_signal_is_watched_again() -> None:
    bench = Bench()
    bench.guard.signal(1, 6, 0)
    bench.wait(10 * S)
    bench.guard.signal(1, 6, bench.now_us)
    assert bench.playing() == (6, 0)
    bench.wait(12 * S)
    assert bench.said == [(S, GuardEvent.HOST_LOST), (11 * S, GuardEvent.HOST_LOST)]


def test_patterns_that_have_ended_and_pattern_9_need_no_beats() -> None:
    bench = Bench()
    bench.guard.signal(2, 5, 0)
    bench.guard.signal(1, 9, 0)
    bench.wait(60 * S)
    assert bench.events == []
    assert bench.playing() == (9, 0)


def test_a_self_test_ends_in_silence() -> None:
    bench = Bench()
    bench.guard.signal(3, 8, 0)
    bench.guard.beat(700 * MS)
    bench.wait(1400 * MS)
    assert bench.playing() == (8, 8)
    assert bench.guard.change_us(bench.now_us) == 1500 * MS
    bench.wait(10 * S)
    assert bench.playing() == (0, 0)
    assert bench.events == []


def test_a_trip_beats_not_monitored() -> None:
    bench = armed()
    bench.convert(10_000, times=100)
    assert bench.events == []
    bench.wait(bench.now_us + MS)
    assert bench.playing() == (9, 9)
    bench.convert(0, times=3)
    assert bench.playing() == (7, 7)


def test_disarming_ends_the_trip_and_arming_begins_afresh() -> None:
    bench = armed()
    bench.convert(0, times=3)
    bench.guard.disarm()
    assert bench.playing() == (0, 0)
    bench.convert(0, times=10)
    assert bench.events == [GuardEvent.TRIP]
    bench.guard.arm(4000, 2, 0, bench.now_us)
    assert not bench.guard.tripped
    bench.convert(0, times=2)
    assert bench.events == [GuardEvent.TRIP, GuardEvent.TRIP]
