"""Which outputs this daemon has beside its boards, and how they are made.

One law: an output that is not installed is a mistake in the configuration, told before anything begins.
"""

import sys
from collections.abc import Callable, Iterable

from bard.alarm.selector import Signal
from bard.annunciate.output import Output
from bard.annunciate.terminal import TerminalOutput
from bard.errors import ConfigError
from bard.messages import SignalChanged
from bard.settings import Settings


def play(outputs: Iterable[Output], event: SignalChanged, now_us: int) -> None:
    """Have all of them play what the event says."""
    for output in outputs:
        output.play(Signal(event.vibrator, event.buzzer, event.condition), now_us)


def other_outputs(settings: Settings) -> list[Callable[[], Output]]:
    """How each is made; made, it begins. Raises ConfigError for one that is not installed."""
    alarm, mqtt = settings.core.alarm, settings.mqtt
    outputs: list[Callable[[], Output]] = []
    if settings.terminal:
        outputs.append(lambda: TerminalOutput(sys.stdout, alarm))
    if mqtt is not None:
        try:
            from bard.annunciate.mqtt import MqttOutput
        except ModuleNotFoundError as error:
            raise ConfigError(f"mqtt: {error.name} is not installed; pip install 'bard[mqtt]', or no [mqtt]") from None

        outputs.append(lambda: MqttOutput(mqtt, settings.core.room.station, alarm))
    return outputs
