"""Every tunable, frozen, with its unit in its name and its bounds in its type.

One law: nothing below the shell reads a number that is not here or in a file a person wrote. Bounds are checked
when a value enters (`bard.config`, a command); this module knows no file and no key's place in one.
Values marked * in the design are starting values measured on the recordings in tests/data.
"""

from msgspec import Struct

from bard.settings.bounds import ChannelNumber, Code, Fraction, Name, PositiveKg, SessionId
from bard.settings.decide import (
    AlarmSettings,
    GestureSettings,
    PedalSettings,
    PhaseSettings,
    ReleaseSettings,
    WeighInSettings,
)
from bard.settings.intake import Checklist, IntakeItem
from bard.settings.patterns import PATTERNS, Pattern, Rhythm
from bard.settings.room import BoardSettings, CellSettings, RoomSettings, SupportSettings
from bard.settings.shell import (
    ControlSettings,
    GpioSettings,
    HookSettings,
    JournalSettings,
    MqttSettings,
    SoundSettings,
    WebSettings,
)
from bard.settings.studio import RetentionSettings, StudioSettings
from bard.settings.tone import HIGHEST_HZ, MOST_HARMONICS, PITCH_HZ, PULSE_FALL, PULSE_RISE
from bard.settings.weighing import UncertaintySettings, WeighSettings, WireSettings, ZeroSettings

__all__ = [
    "HIGHEST_HZ",
    "MOST_HARMONICS",
    "PATTERNS",
    "PITCH_HZ",
    "PULSE_FALL",
    "PULSE_RISE",
    "AlarmSettings",
    "BoardSettings",
    "CellSettings",
    "ChannelNumber",
    "Checklist",
    "Code",
    "ControlSettings",
    "CoreSettings",
    "Fraction",
    "GestureSettings",
    "GpioSettings",
    "HookSettings",
    "IntakeItem",
    "JournalSettings",
    "MqttSettings",
    "Name",
    "Pattern",
    "PedalSettings",
    "PhaseSettings",
    "PositiveKg",
    "ReleaseSettings",
    "RetentionSettings",
    "Rhythm",
    "RoomSettings",
    "SessionId",
    "Settings",
    "SoundSettings",
    "StudioSettings",
    "SupportSettings",
    "UncertaintySettings",
    "WebSettings",
    "WeighInSettings",
    "WeighSettings",
    "WireSettings",
    "ZeroSettings",
]


class CoreSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """All that the pure core takes; written at the head of every tape."""

    room: RoomSettings
    wire: WireSettings = WireSettings()
    weigh: WeighSettings = WeighSettings()
    zero: ZeroSettings = ZeroSettings()
    uncertainty: UncertaintySettings = UncertaintySettings()
    phase: PhaseSettings = PhaseSettings()
    release: ReleaseSettings = ReleaseSettings()
    weigh_in: WeighInSettings = WeighInSettings()
    gesture: GestureSettings = GestureSettings()
    pedal: PedalSettings = PedalSettings()
    alarm: AlarmSettings = AlarmSettings()


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All of a configuration file."""

    core: CoreSettings
    control: ControlSettings = ControlSettings()
    journal: JournalSettings = JournalSettings()
    studio: StudioSettings = StudioSettings()
    retention: RetentionSettings = RetentionSettings()
    mqtt: MqttSettings | None = None
    sound: SoundSettings | None = None
    gpio: GpioSettings | None = None
    hook: HookSettings | None = None
    web: WebSettings = WebSettings()
    terminal: bool = True
