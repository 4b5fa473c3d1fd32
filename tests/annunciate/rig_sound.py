"""A sound card of the tests' own, and a listener that tells from the samples it played which signal that was."""

import os
import shutil
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from bard.annunciate.sound import SoundOutput
from bard.annunciate.tones import CHANNELS, RATE_HZ
from bard.settings import PATTERNS, PITCH_HZ, Rhythm, SoundSettings
from tests.annunciate.rigs import ALARM, Rig

DEVICE = "test"
_RECORD = struct.Struct("<qq")
_KEPT_FRAMES = 12 * RATE_HZ
_APART_S = 0.005
_ENOUGH_FRAMES = RATE_HZ // 25
_LOUD = 60
_SLACK_S = 0.05


class Pulse(NamedTuple):
    """Something heard between two silences; seconds of CLOCK_MONOTONIC."""

    begin_s: float
    end_s: float
    pitch_hz: float


class Card:
    """The plugin of card.c as ALSA device "test"; while it is in use libasound reads no other configuration."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._defined = 0
        _build(directory / "card.so")
        self.config = directory / "asound.conf"
        self.define(DEVICE)
        self._config_before = os.environ.get("ALSA_CONFIG_PATH")
        os.environ["ALSA_CONFIG_PATH"] = str(self.config)
        self._read_to = 0
        self.times_s = np.zeros(0)
        self.samples = np.zeros((0, CHANNELS), np.int16)
        self._pitches_hz: dict[float, float] = {}
        """By the begin of the pulse."""

    def define(self, device: str) -> None:
        """A configuration with this device only; dated apart, for libasound reads one again by its second."""
        self.config.write_text(
            f'pcm_type.bardcard {{ lib "{self._directory}/card.so" }}\n'
            f'pcm.{device} {{ type bardcard directory "{self._directory}" }}\n'
        )
        self._defined += 1
        os.utime(self.config, (self._defined, self._defined))

    def set(self, what: str, on: bool = True) -> None:
        """`hang`, `gone`, `stuck`, `dry`, `late`, as card.c has them."""
        mark = self._directory / what
        if on:
            mark.touch()
        else:
            mark.unlink(missing_ok=True)

    def stands(self, what: str) -> bool:
        return (self._directory / what).exists()

    def restore(self) -> None:
        for what in ("hang", "gone", "stuck", "dry", "late"):
            self.set(what, False)
        if self._config_before is None:
            os.environ.pop("ALSA_CONFIG_PATH", None)
        else:
            os.environ["ALSA_CONFIG_PATH"] = self._config_before

    def listen(self) -> None:
        """Take in what was played since; the last seconds are kept."""
        heard = self._directory / "heard"
        if not heard.exists():
            return
        with heard.open("rb") as stream:
            stream.seek(self._read_to)
            data = stream.read()
        times, samples, at = [self.times_s], [self.samples], 0
        while at + _RECORD.size <= len(data):
            at_ns, count = _RECORD.unpack_from(data, at)
            end = at + _RECORD.size + count * 2 * CHANNELS
            if end > len(data):
                break
            times.append(at_ns / 1e9 + np.arange(count) / RATE_HZ)
            samples.append(np.frombuffer(data[at + _RECORD.size : end], "<i2").reshape(-1, CHANNELS))
            at = end
        self._read_to += at
        self.times_s = np.concatenate(times)[-_KEPT_FRAMES:]
        self.samples = np.concatenate(samples)[-_KEPT_FRAMES:]

    def pulses(self, since_s: float = 0.0) -> list[Pulse]:
        """What was heard, in order; pitch 0 where it was too short to tell."""
        loud = np.flatnonzero(np.abs(self.samples[:, 0]) > _LOUD)
        loud = loud[self.times_s[loud] >= since_s]
        if not len(loud):
            return []
        cuts = np.flatnonzero(np.diff(self.times_s[loud]) > _APART_S) + 1
        return [self._pulse(int(part[0]), int(part[-1])) for part in np.split(loud, cuts)]

    def _pulse(self, first: int, last: int) -> Pulse:
        begin_s = float(self.times_s[first])
        if begin_s not in self._pitches_hz and last - first >= _ENOUGH_FRAMES:
            self._pitches_hz[begin_s] = pitch_hz(self.samples[first : first + _ENOUGH_FRAMES, 0].astype(float))
        return Pulse(begin_s, float(self.times_s[last]), self._pitches_hz.get(begin_s, 0.0))


def pitch_hz(samples: NDArray[np.float64]) -> float:
    """The shortest shift by which it is like itself."""
    shifts = range(RATE_HZ // 1_000, RATE_HZ // 150 + 1)
    likeness = np.array([np.corrcoef(samples[shift:], samples[:-shift])[0, 1] for shift in shifts])
    return RATE_HZ / shifts[int(np.argmax(likeness > 0.98 * likeness.max()))]


def signal_of(pulse: Pulse) -> int | None:
    """By its pitch."""
    return next((number for number, hz in PITCH_HZ.items() if abs(pulse.pitch_hz / hz - 1) < 0.05), None)


def rhythm_of(number: int) -> Rhythm:
    rhythm = PATTERNS[number].buzzer
    assert rhythm is not None
    return rhythm


class SoundRig(Rig):
    """The card, heard by its pitch and rhythm; a cue is silence to the ear."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self.card = Card(directory)
        self.output: SoundOutput = SoundOutput(SoundSettings(DEVICE), ALARM)
        self.wait(lambda: len(self.card.samples) > 0)

    @property
    def now_us(self) -> int:  # type: ignore[override]
        return time.monotonic_ns() // 1000

    def step(self) -> None:
        time.sleep(0.005)
        self.card.listen()

    def wait_playing(self, pattern: int, limit_s: float = 10.0) -> float:
        return super().wait_playing(pattern if pattern >= min(PITCH_HZ) else 0, limit_s)

    def playing(self) -> int | None:
        pulses = self.card.pulses()
        if pulses and not pulses[-1].pitch_hz:
            pulses.pop()
        if not pulses:
            return 0
        number = signal_of(pulses[-1])
        if number is None:
            return None
        silent_s = self.now_us / 1e6 - pulses[-1].end_s
        return number if silent_s < _gap_s(number, pulses) + _SLACK_S else 0

    def deafen(self) -> None:
        self.card.set("hang")

    def heal(self) -> None:
        for what in ("hang", "stuck"):
            self.card.set(what, False)

    def fail(self) -> None:
        self.card.set("gone")

    def mend(self) -> None:
        self.card.set("gone", False)

    def dispose(self) -> None:
        self.output.close()
        self.card.restore()


def _gap_s(number: int, pulses: list[Pulse]) -> float:
    """The silence that belongs behind the last pulse of signal `number`."""
    rhythm = rhythm_of(number)
    on_s, off_s = ([ms / 1e3 for ms in rhythm.on_off_ms[part::2]] for part in (0, 1))
    index, later = 0, pulses[-1]
    for pulse in reversed(pulses[:-1]):
        if signal_of(pulse) != number or later.begin_s - pulse.end_s > max(off_s, default=0.0) + _SLACK_S:
            break
        index, later = index + 1, pulse
    if index >= len(on_s) or pulses[-1].end_s - pulses[-1].begin_s < on_s[index] - 0.02:
        return 0.0
    if index < len(off_s):
        return off_s[index]
    return max(0.0, (rhythm.period_ms - sum(rhythm.on_off_ms)) / 1e3)


def _build(library: Path) -> None:
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.fail("gcc is missing: apt-get install gcc libc6-dev libasound2-dev (marked apt, left out of make check)")
    source = Path(__file__).with_name("card.c")
    command = [compiler, "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-DPIC", "-o", str(library)]
    built = subprocess.run([*command, str(source), "-lasound", "-lpthread"], capture_output=True, text=True)
    if built.returncode:
        pytest.fail(f"the card does not build (libasound2-dev is needed):\n{built.stderr}")


def wait_until(what: Callable[[], bool], rig: SoundRig, limit_s: float = 10.0) -> float:
    """As Rig.wait, without refreshing: what happens by itself."""
    rig.refreshing = False
    return rig.wait(what, limit_s)
