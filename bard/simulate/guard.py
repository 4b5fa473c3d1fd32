"""The guard of the board, in integers: it watches the bar load and the host, and says which pattern plays.

One law: every decision is a function of the calls made to it and their `now_us`, nothing else, so that the firmware's
guard can be held against it call by call. Times are the board's own microseconds since boot, not wrapping. It knows
neither frames nor pins. The law in words: docs/protocol.md, "Host to board" and "Readings".
"""

from collections import deque

from bard.settings import PATTERNS, Rhythm
from bard.wire.frames import RAIL_HIGH, RAIL_LOW, SCALE_SHIFT, GuardEvent, Verb

BEAT_LOST_US = 1_000_000
LOST_MOST_US = 600_000_000
LOST_MOST_UNARMED_US = 5_000_000
PEDAL_HELD_US = 3_000_000
MUTE_US = 15_000_000
EMPTY_ROUND_US = 100_000
LIVE_LEAST_US = 100_000
LIVE_PERIODS = 5
DEFAULT_ROUNDS = 2
HIGH, NOT_MONITORED = 7, 9
VIBRATOR, BUZZER = 0, 1
_I32_LEAST, _I32_MOST = -(2**31), 2**31 - 1


def live_for_us(newest_us: int, second_us: int, third_us: int) -> int:
    """How long after its newest of three conversions a channel counts as live: 5 periods, at least 100 ms.

    The period is the shorter of its last two intervals, so that one lost conversion does not stretch it.
    """
    period_us = min(newest_us - second_us, second_us - third_us)
    return max(LIVE_LEAST_US, LIVE_PERIODS * period_us)


def _plays_us(rhythm: Rhythm | None) -> int | None:
    """How long a rhythm plays; None for ever, 0 where there is none."""
    return 0 if rhythm is None else rhythm.once_us


_PLAYS_US = tuple((_plays_us(pattern.vibrator), _plays_us(pattern.buzzer)) for pattern in PATTERNS)


class Guard:
    """Drive it with the verbs, `conversion`, `fault`, `pedal` and `timer`; pull `take_events`, `playing`, `state`.

    A timer call is due at `next_timer_us` at the latest; one that is early changes nothing.
    """

    def __init__(self, channels: int) -> None:
        self._newest: list[deque[tuple[int, int]]] = [deque(maxlen=3) for _ in range(channels)]
        self._zero = [0] * channels
        self._scale = [0] * channels
        self._events: list[tuple[GuardEvent, int]] = []
        self.bar_load_g = 0
        """The sum at the end of the last round."""
        self.armed = self.tripped = self.lost = self._given_up = False
        self._min_g = self._margin_g = 0
        self._rounds = DEFAULT_ROUNDS
        self._in_a_row = 0
        self._converted = 0
        self._round_us = self._armed_us = self._beat_us = self._lost_us = 0
        self._muted_until_us = 0
        self._pedal_us: int | None = None
        self._signal = [0, 0]
        self._signal_us = [0, 0]

    def obey(self, verb: int, values: tuple[int, ...], now_us: int) -> None:
        """One of the verbs 3 to 7 with its values, found allowed; any other does nothing here."""
        match verb, values:
            case Verb.BEAT, ():
                self.beat(now_us)
            case Verb.SIGNAL, (output, pattern):
                self.signal(output, pattern, now_us)
            case Verb.SCALE, (channel, zero_counts, scale):
                self.scale(channel, zero_counts, scale)
            case Verb.ARM, (min_g, rounds, margin_g):
                self.arm(min_g, rounds, margin_g, now_us)
            case Verb.DISARM, ():
                self.disarm()

    def scale(self, channel: int, zero_counts: int, scale: int) -> None:
        """Verb 5: load of a channel = ((counts - zero) * scale) >> 20 grams."""
        self._zero[channel], self._scale[channel] = zero_counts, scale

    def arm(self, min_g: int, rounds: int, margin_g: int, now_us: int) -> None:
        """Verb 6: begins afresh."""
        self.armed, self.tripped = True, False
        self._min_g, self._rounds, self._margin_g = min_g, rounds, margin_g
        self._in_a_row = self._converted = self._muted_until_us = 0
        self._round_us = self._armed_us = now_us

    def disarm(self) -> None:
        """Verb 7: ends the guard's pattern."""
        self.armed = self.tripped = False
        self._muted_until_us = 0

    def beat(self, now_us: int) -> None:
        """Verb 3: the host is well."""
        self._beat_us = now_us
        if self.lost:
            self.lost = self._given_up = False
            self._tell(GuardEvent.HOST_BACK)

    def signal(self, output: int, pattern: int, now_us: int) -> None:
        """Verb 4: `output` 1 vibrator, 2 buzzer, 3 both."""
        for index in (VIBRATOR, BUZZER):
            if output >> index & 1 and self._signal[index] != pattern:
                self._signal[index], self._signal_us[index] = pattern, now_us
        if pattern == 0 and self.tripped:
            self._muted_until_us = now_us + MUTE_US

    def pedal(self, closed: bool, now_us: int) -> None:
        """The pedal's debounced contact."""
        self._pedal_us = now_us if closed else None

    def fault(self, channel: int, now_us: int) -> None:
        """The board has called a fault on `channel`: what it delivered before no longer counts."""
        self._newest[channel].clear()
        if self.armed:
            self._round(now_us)

    def conversion(self, channel: int, counts: int, now_us: int) -> None:
        """One conversion of `channel`, read at `now_us`."""
        self._newest[channel].append((counts, now_us))
        if self.armed:
            self._converted |= 1 << channel
            self._round(now_us)

    def timer(self, now_us: int) -> None:
        """Time has passed."""
        if self.lost and not self._given_up:
            if now_us >= self._give_up_us():
                self._given_up = True
                self._signal = [0, 0]
        elif self._host_silent(now_us):
            self.lost, self._given_up = True, False
            self._lost_us = now_us
            self._tell(GuardEvent.HOST_LOST)
        if self.armed:
            self._round(now_us)

    def next_timer_us(self, now_us: int) -> int | None:
        """When `timer` next has something to do, as seen after `timer(now_us)`; None: never without another call."""
        due_us = []
        if self.lost and not self._given_up:
            due_us.append(self._give_up_us())
        else:
            due_us += self._lost_dues_us()
        if self.armed:
            live = [channel for channel in range(len(self._newest)) if self._live(channel, now_us)]
            silent_us = [until_us for channel in live if (until_us := self.live_until_us(channel)) is not None]
            due_us.append(min(silent_us, default=self._round_us + EMPTY_ROUND_US))
        return min(due_us, default=None)

    def take_events(self) -> list[tuple[GuardEvent, int]]:
        """Events since the last call, with the bar load in grams of the last round."""
        events, self._events = self._events, []
        return events

    def live_until_us(self, channel: int) -> int | None:
        """When `channel` becomes silent if it delivers no more; None before three conversions."""
        if len(self._newest[channel]) < 3:
            return None
        (_, third_us), (_, second_us), (_, newest_us) = self._newest[channel]
        return newest_us + live_for_us(newest_us, second_us, third_us)

    def playing(self, output: int, now_us: int) -> int:
        """The pattern on `output` (0 vibrator, 1 buzzer): a trip beats "not monitored", which beats the host's."""
        if self.tripped and now_us >= self._muted_until_us:
            return HIGH
        if self.lost and not self._given_up:
            return NOT_MONITORED
        return self._signal[output] if self._plays(output, now_us) else 0

    def change_us(self, now_us: int) -> int | None:
        """When `playing` next changes by itself: the end of a mute, or of a pattern that plays once."""
        ends = [self._muted_until_us] if self.tripped else []
        for output in (VIBRATOR, BUZZER):
            length_us = _PLAYS_US[self._signal[output]][output]
            if length_us:
                ends.append(self._signal_us[output] + length_us)
        return min((end for end in ends if end > now_us), default=None)

    def state(self, now_us: int) -> int:
        """The guard byte of a status frame."""
        muted = self.tripped and now_us < self._muted_until_us
        return self.armed | self.tripped << 1 | self.lost << 2 | muted << 3

    def _plays(self, output: int, now_us: int) -> bool:
        length_us = _PLAYS_US[self._signal[output]][output]
        return length_us is None or now_us < self._signal_us[output] + length_us

    def _unheard(self, output: int, at_us: int) -> bool:
        """Whether at `at_us` a pattern of the host's own has been playing for 1 s without a beat."""
        since_us = max(self._beat_us, self._signal_us[output])
        own = 0 < self._signal[output] < NOT_MONITORED
        return own and self._plays(output, at_us) and at_us - since_us >= BEAT_LOST_US

    def _host_silent(self, now_us: int) -> bool:
        if self.armed and not self.lost:
            return now_us - max(self._beat_us, self._armed_us) >= BEAT_LOST_US
        return self._unheard(VIBRATOR, now_us) or self._unheard(BUZZER, now_us)

    def _lost_dues_us(self) -> list[int]:
        """When the host counts as lost if no beat comes: armed, 1 s after the last; else while its pattern plays."""
        if self.armed and not self.lost:
            return [max(self._beat_us, self._armed_us) + BEAT_LOST_US]
        dues_us = [max(self._beat_us, since_us) + BEAT_LOST_US for since_us in self._signal_us]
        return [due_us for output, due_us in enumerate(dues_us) if self._unheard(output, due_us)]

    def _give_up_us(self) -> int:
        most_us = LOST_MOST_US if self.armed else LOST_MOST_UNARMED_US
        due_us = self._lost_us + most_us
        if self._pedal_us is not None:
            due_us = min(due_us, max(self._pedal_us, self._lost_us) + PEDAL_HELD_US)
        return due_us

    def _live(self, channel: int, now_us: int) -> bool:
        until_us = self.live_until_us(channel)
        return until_us is not None and now_us < until_us and RAIL_LOW < self._median(channel) < RAIL_HIGH

    def _median(self, channel: int) -> int:
        return sorted(self._newest[channel])[1][0]

    def _round(self, now_us: int) -> None:
        """End the round if it is complete, and judge it."""
        channels = range(len(self._newest))
        if any(not self._converted >> channel & 1 and self._live(channel, now_us) for channel in channels):
            return
        live = [channel for channel in channels if self._live(channel, now_us)]
        if not live and now_us - self._round_us < EMPTY_ROUND_US:
            return
        self._converted = 0
        self._round_us = now_us
        load_g = sum((self._median(i) - self._zero[i]) * self._scale[i] >> SCALE_SHIFT for i in live)
        self.bar_load_g = min(max(load_g, _I32_LEAST), _I32_MOST)
        decides = load_g >= self._min_g + self._margin_g if self.tripped else load_g < self._min_g
        self._in_a_row = self._in_a_row + 1 if decides else 0
        if self._in_a_row >= self._rounds:
            self._in_a_row = self._muted_until_us = 0
            self.tripped = not self.tripped
            self._tell(GuardEvent.TRIP if self.tripped else GuardEvent.CLEAR)

    def _tell(self, event: GuardEvent) -> None:
        self._events.append((event, self.bar_load_g))
