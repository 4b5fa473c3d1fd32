"""The loudspeaker: what a card of the tests' own was heard to play, whatever happens to it."""

import asyncio
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.output import CLOSE_S
from bard.annunciate.pcm import LIBRARY
from bard.annunciate.sound import AHEAD_FRAMES, SoundOutput
from bard.annunciate.tones import RATE_HZ, tone
from bard.settings import PITCH_HZ, SoundSettings
from tests.annunciate.broker import wait_for
from tests.annunciate.messages import changed, snapshot, stamp
from tests.annunciate.rig_sound import DEVICE, Card, Pulse, SoundRig, rhythm_of, signal_of, wait_until
from tests.annunciate.rigs import ALARM

MEDIUM, HIGH = Signal(6, 6, "load_over"), Signal(7, 7, "load_critical")
AHEAD_S = AHEAD_FRAMES / RATE_HZ


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[SoundRig]:
    made = SoundRig(tmp_path)
    yield made
    made.heal()
    made.dispose()


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Card]:
    made = Card(tmp_path)
    yield made
    made.restore()


@pytest.fixture
def make() -> Iterator[Callable[..., SoundOutput]]:
    made: list[SoundOutput] = []

    def one(device: str = DEVICE, library: str = LIBRARY) -> SoundOutput:
        made.append(SoundOutput(SoundSettings(device), ALARM, library))
        return made[-1]

    yield one
    for output in made:
        output.close()


def test_no_library_is_one_line_and_harms_nobody(make: Callable[..., SoundOutput]) -> None:
    output = make(library="libasound-that-is-not-there.so")
    wait_for(lambda: output.failure == "sound: libasound-that-is-not-there.so is missing; apt-get install alsa-utils")
    output.play(HIGH, 0)
    output.refresh(0)
    assert output.heard_frames == 0


@pytest.mark.apt
def test_what_is_heard_is_the_tone_to_the_bit(rig: SoundRig) -> None:
    rig.output.play(Signal(0, 5, "disk_low"), 0)
    expected = tone(rhythm_of(5), PITCH_HZ[5], SoundSettings().volume).frames
    rig.wait(lambda: bool(np.count_nonzero(rig.card.samples) >= np.count_nonzero(expected)))
    begin = int(np.flatnonzero(rig.card.samples[:, 0])[0]) - int(np.flatnonzero(expected[:, 0])[0])
    found = rig.card.samples[begin : begin + len(expected)]
    if rig.output.underruns == 0:
        assert np.abs(np.diff(rig.card.times_s)).max() < 2 / RATE_HZ
    assert (found == expected).all()


@pytest.mark.apt
@pytest.mark.parametrize("number", [6, 7, 8, 9])
def test_rhythm_from_the_card_is_that_of_the_table(rig: SoundRig, number: int) -> None:
    """To 3 ms where the machine left the stream alone; a repeated one into its second burst."""
    rhythm = rhythm_of(number)
    edges_s = np.cumsum((0, *rhythm.on_off_ms)) / 1e3
    begins_s = [*edges_s[:-1:2], *([rhythm.period_ms / 1e3] if rhythm.period_ms else [])]
    ends_s = edges_s[1::2]

    def complete() -> bool:
        found = rig.card.pulses()
        return len(found) >= len(begins_s) and bool(rig.card.times_s[-1] > found[-1].end_s + 0.01)

    def forgotten() -> bool:
        return not rig.card.pulses()

    for _ in range(3):
        underruns = rig.output.underruns
        rig.play(number)
        rig.wait(complete)
        if rig.output.underruns == underruns:
            break
        rig.play(0)
        rig.wait(forgotten, limit_s=20)
    found = rig.card.pulses()
    assert signal_of(max(found, key=lambda pulse: pulse.end_s - pulse.begin_s)) == number
    first_s = found[0].begin_s
    assert [pulse.begin_s - first_s for pulse in found[: len(begins_s)]] == pytest.approx(begins_s, abs=0.003)
    assert [pulse.end_s - first_s for pulse in found[: len(ends_s)]] == pytest.approx(list(ends_s), abs=0.003)


@pytest.mark.apt
def test_from_the_decision_to_the_first_sample(rig: SoundRig, capsys: pytest.CaptureFixture[str]) -> None:
    took_ms = []
    for turn in range(50):
        rig.wait(lambda: not rig.card.samples[-RATE_HZ // 10 :].any())
        decided_s = time.monotonic()
        rig.output.play((MEDIUM, HIGH)[turn % 2], 0)
        rig.wait(lambda: bool(rig.card.samples[rig.card.times_s >= decided_s].any()))  # noqa: B023
        later = rig.card.times_s >= decided_s
        took_ms.append(1e3 * float(rig.card.times_s[later & rig.card.samples[:, 0].astype(bool)][0] - decided_s))
        rig.output.play(NOTHING, 0)
    took_ms.sort()
    with capsys.disabled():
        print(f"\nsound: decision to first sample p50 {took_ms[25]:.1f}, p99 {took_ms[49]:.1f} ms (n = 50)")
    assert statistics.median(took_ms) < 1e3 * AHEAD_S + 10
    assert took_ms[0] > 0


@pytest.mark.apt
def test_its_clock_is_the_cards(rig: SoundRig) -> None:
    """In step with what was heard while it plays, and still while the card hangs, which is said."""
    rig.wait(lambda: rig.output.heard_frames > RATE_HZ)
    before = rig.output.heard_frames
    rig.card.listen()
    assert abs(before - len(rig.card.samples)) < RATE_HZ // 10
    rig.deafen()
    rig.wait(lambda: rig.output.failure == "sound: device 'test' takes no samples")
    stood = rig.output.heard_frames
    rig.heal()
    rig.wait(lambda: rig.output.heard_frames > stood and rig.output.failure is None)


@pytest.mark.apt
def test_the_stream_needs_no_loop_and_says_by_itself_that_nobody_monitors(rig: SoundRig) -> None:
    """The daemon's loop is held up for as long as all of this takes."""

    async def held() -> None:
        rig.output.play(MEDIUM, 0)
        rig.output.refresh(0)
        before = rig.output.heard_frames
        wait_until(lambda: len(of_nine()) == 2, rig)
        assert rig.output.heard_frames - before > 5 * RATE_HZ

    def of_nine() -> list[Pulse]:
        return [pulse for pulse in rig.card.pulses() if signal_of(pulse) == 9]

    asyncio.run(held())
    first, second = of_nine()
    assert first.end_s - first.begin_s == pytest.approx(0.4, abs=0.003) or rig.output.underruns
    assert second.begin_s - first.begin_s == pytest.approx(5.0, abs=0.003) or rig.output.underruns


@pytest.mark.apt
@pytest.mark.parametrize("how", ["dry", "late"])
def test_an_underrun_is_counted_and_over_at_once(rig: SoundRig, how: str) -> None:
    rig.play(6)
    rig.wait_playing(6)
    for _ in range(20):
        before, heard = rig.output.underruns, rig.output.heard_frames
        rig.card.set(how)
        if how == "late":
            rig.wait(lambda: rig.output.underruns > before)  # noqa: B023
            rig.card.set(how, False)
        rig.wait(lambda: not rig.card.stands(how))
        took_s = rig.wait(lambda: rig.output.underruns > before and rig.output.heard_frames > heard)  # noqa: B023
        assert took_s < 0.5
        assert rig.output.failure is None
    rig.play(7)
    rig.wait_playing(7)


@pytest.mark.apt
def test_a_card_that_only_runs_dry_proves_nothing(rig: SoundRig) -> None:
    rig.card.set("late")
    rig.wait(lambda: rig.output.failure == "sound: device 'test' takes no samples")
    stood, underruns = rig.output.heard_frames, rig.output.underruns
    rig.wait(lambda: rig.output.underruns > underruns)
    assert rig.output.heard_frames == stood
    assert rig.output.failure is not None
    rig.card.set("late", False)
    rig.wait(lambda: rig.output.failure is None)


@pytest.mark.apt
def test_a_card_that_comes_later_plays_what_won_meanwhile(card: Card, make: Callable[..., SoundOutput]) -> None:
    card.set("gone")
    output = make()
    wait_for(lambda: output.failure == "sound: device 'test': No such device")
    output.play(HIGH, 0)
    card.set("gone", False)

    def high() -> bool:
        output.refresh(0)
        card.listen()
        return any(signal_of(pulse) == 7 for pulse in card.pulses())

    assert wait_for(high) < 3
    wait_for(lambda: output.failure is None)


@pytest.mark.apt
def test_a_device_that_is_not_configured_and_then_is(
    card: Card, make: Callable[..., SoundOutput], capfd: pytest.CaptureFixture[str]
) -> None:
    output = make("usb")
    wait_for(lambda: output.failure == "sound: device 'usb': No such file or directory")
    card.define("usb")
    wait_for(lambda: output.failure is None)
    assert capfd.readouterr().err == ""


@pytest.mark.apt
def test_a_card_that_is_pulled_out_is_said_and_found_again(rig: SoundRig) -> None:
    rig.play(7)
    rig.wait_playing(7)
    heard = rig.output.heard_frames
    rig.fail()
    rig.wait(lambda: rig.output.failure == "sound: device 'test': No such device")
    assert rig.output.heard_frames >= heard
    gone_s = time.monotonic()
    rig.mend()
    rig.wait(lambda: bool(rig.card.pulses(since_s=gone_s)))
    rig.wait_playing(7)
    rig.wait(lambda: rig.output.failure is None)


@pytest.mark.apt
def test_a_driver_that_does_not_return_holds_up_nobody(rig: SoundRig) -> None:
    rig.play(6)
    rig.wait_playing(6)
    rig.card.set("stuck")
    rig.wait(lambda: "the driver of device 'test' does not return" in (rig.output.failure or ""))
    took_s = []
    for turn in range(1_000):
        began_s = time.perf_counter()
        rig.output.play((MEDIUM, HIGH)[turn % 2], 0)
        rig.output.refresh(0)
        rig.output.tell(changed(), stamp())
        rig.output.show(snapshot(turn), stamp())
        took_s.append(time.perf_counter() - began_s)
    assert statistics.median(took_s) < 500e-6
    assert max(took_s) < 0.1
    began_s = time.monotonic()
    rig.output.close()
    assert time.monotonic() - began_s < CLOSE_S + 0.5
    rig.heal()
    wait_for(lambda: all(thread.name != "output sound" for thread in threading.enumerate()))


@pytest.mark.apt
def test_low_sounds_again_for_another_condition_and_a_repeated_one_goes_on(rig: SoundRig) -> None:
    def count(number: int) -> int:
        return sum(signal_of(pulse) == number for pulse in rig.card.pulses())

    rig.output.play(Signal(5, 5, "disk_low"), 0)
    rig.wait(lambda: count(5) == 2)
    rig.wait_playing(0)
    rig.output.play(Signal(5, 5, "broker_lost"), 0)
    rig.wait(lambda: count(5) == 4)
    since_s = time.monotonic()
    rig.output.play(Signal(6, 6, "load_over"), 0)
    rig.wait(lambda: count(6) == 1)
    rig.output.play(Signal(6, 6, "load_sustained"), 0)
    rig.wait(lambda: count(6) == 3)
    lengths_s = [one.end_s - one.begin_s for one in rig.card.pulses(since_s) if signal_of(one) == 6]
    assert lengths_s[:2] == pytest.approx([0.15, 0.15], abs=0.003) or rig.output.underruns


@pytest.mark.apt
@pytest.mark.usefixtures("card")
def test_it_leaves_no_file_open(make: Callable[..., SoundOutput]) -> None:
    def files() -> set[str]:
        return {link for entry in os.listdir("/proc/self/fd") if "heard" in (link := target(entry))}

    def target(entry: str) -> str:
        try:
            return os.readlink(f"/proc/self/fd/{entry}")
        except FileNotFoundError:
            return ""

    for _ in range(3):
        output = make()
        wait_for(lambda: output.failure is None)  # noqa: B023
        assert files()
        output.close()
        assert not files()
