"""Which outputs this daemon has beside its boards, and how they are made.

One law: an output that is not installed is a mistake in the configuration, told before anything begins.
"""

import asyncio
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bard.alarm.selector import SELF_TEST, Signal
from bard.annunciate.hook import HookOutput
from bard.annunciate.output import Output
from bard.annunciate.sound import SoundOutput
from bard.annunciate.terminal import TerminalOutput
from bard.control.protocol import Start
from bard.daemon.wallclock import monotonic_us
from bard.errors import ConfigError, Refused, UsageError
from bard.messages import Command, SignalChanged
from bard.monitor import Monitor
from bard.settings import Settings

SELF_TEST_S = 1.6
"""How long it plays."""
Submit = Callable[[Command | Start, str, Callable[[str | None], None]], None]
"""Have a command carried out for an origin, and be told the refusal, or None."""


def play(outputs: Iterable[Output], event: SignalChanged, now_us: int) -> None:
    """Have all of them play what the event says."""
    for output in outputs:
        output.play(Signal(event.vibrator, event.buzzer, event.condition), now_us)


def ask_output(outputs: Iterable[Output], name: str | None, monitor: Callable[[], Monitor]) -> list[str]:
    """Have one play the self-test (None: none); the names of all. Raises Refused in a session, UsageError for none."""
    found = {output.name: output for output in outputs}
    if name is not None and monitor().in_session:
        raise Refused("a session runs: outputs play what it needs")
    if name is not None:
        try_output(found, name, lambda: monitor().signal)
    return list(found)


def try_output(outputs: Mapping[str, Output], name: str, signal: Callable[[], Signal]) -> None:
    """Have this one play the self-test, then `signal()` again. Raises UsageError for a name that is none."""
    tried = outputs.get(name)
    if tried is None:
        raise UsageError(f"no output {name!r}; allowed: {', '.join(outputs)}")
    tried.play(Signal(SELF_TEST, SELF_TEST, "self-test"), monotonic_us())
    asyncio.get_running_loop().call_later(SELF_TEST_S, lambda: tried.play(signal(), monotonic_us()))


def other_outputs(settings: Settings, submit: Submit) -> list[Callable[[], Output]]:
    """How each is made; made, it begins. `submit` takes commands from far away, on any thread.

    Raises ConfigError for one that is not installed.
    """
    alarm, mqtt = settings.core.alarm, settings.mqtt
    sound, gpio, hook = settings.sound, settings.gpio, settings.hook
    outputs: list[Callable[[], Output]] = []
    if settings.terminal:
        outputs.append(lambda: TerminalOutput(sys.stdout, alarm))
    if sound is not None:
        outputs.append(lambda: SoundOutput(sound, alarm))
    if gpio is not None:
        try:
            from bard.annunciate.gpio import GpioOutput
        except ModuleNotFoundError as error:
            raise ConfigError(f"gpio: {error.name} is not installed; pip install 'bard[gpio]', or no [gpio]") from None

        outputs.append(lambda: GpioOutput(gpio, alarm))
    if hook is not None:
        outputs.append(lambda: HookOutput(hook, alarm))
    if mqtt is not None:
        try:
            from bard.annunciate.mqtt import MqttOutput
        except ModuleNotFoundError as error:
            raise ConfigError(f"mqtt: {error.name} is not installed; pip install 'bard[mqtt]', or no [mqtt]") from None

        outbox = Path(settings.journal.directory) / "mqtt-outbox"
        outputs.append(lambda: MqttOutput(mqtt, settings.core.room.station, alarm, outbox, submit))
    return outputs
