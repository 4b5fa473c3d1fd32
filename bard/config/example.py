"""A configuration file to start from: a room of one board and two bars, and every option with its default.

One law: names, defaults and what is allowed are read from `bard.settings`; only the room is written here. It writes
no file.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from msgspec import NODEFAULT, Struct, inspect

from bard.config.checked import describe
from bard.config.load import parse_settings
from bard.settings import (
    AlarmSettings,
    BoardSettings,
    ControlSettings,
    GestureSettings,
    GpioSettings,
    HookSettings,
    JournalSettings,
    MqttSettings,
    PedalSettings,
    PhaseSettings,
    ReleaseSettings,
    RetentionSettings,
    Settings,
    SoundSettings,
    StudioSettings,
    UncertaintySettings,
    WebSettings,
    WeighInSettings,
    WeighSettings,
    WireSettings,
    ZeroSettings,
)

_ROOM = """\
# bard: what hangs in the room, and how it is watched. An option that is not here has the default shown below.
# Paths are relative to this file's folder. An option that bard does not know is an error.

station = "room"  # the room's name on the network: 1 to 32 of A-Z a-z 0-9 _ -
# terminal = true  # true or false

[[boards]]
name = "main"
port = "/dev/ttyUSB0"  # better a name of /dev/serial/by-id; or sim://demo?seed=1, recording://FILE, socket://HOST:PORT
{board}

[[supports]]
name = "left bar"
cells = [{{ board = "main", channel = 0 }}, {{ board = "main", channel = 1 }}]
# kind = "bar"  # "bar", "rope", "pole", "strap"
# rated_kg: not set  # what it may carry, in kg: a number above 0 and at most 2000

[[supports]]
name = "right bar"
cells = [{{ board = "main", channel = 2 }}, {{ board = "main", channel = 3 }}]
"""
_TABLES: tuple[tuple[str, type[Struct]], ...] = (
    ("wire", WireSettings),
    ("weigh", WeighSettings),
    ("zero", ZeroSettings),
    ("uncertainty", UncertaintySettings),
    ("phase", PhaseSettings),
    ("release", ReleaseSettings),
    ("weigh_in", WeighInSettings),
    ("gesture", GestureSettings),
    ("pedal", PedalSettings),
    ("alarm", AlarmSettings),
    ("control", ControlSettings),
    ("journal", JournalSettings),
    ("studio", StudioSettings),
    ("retention", RetentionSettings),
    ("web", WebSettings),
)
_OPTIONAL: tuple[tuple[str, type[Struct], dict[str, object]], ...] = (
    ("mqtt", MqttSettings, {"host": "localhost"}),
    ("sound", SoundSettings, {}),
    ("gpio", GpioSettings, {"vibrator_line": 17}),
    ("hook", HookSettings, {"argv": ["/usr/local/bin/bard-hook"]}),
)
"""Tables that are off unless they are there, with values for what has no default."""


def example_toml() -> str:
    """The text of the file. Every default stands in it as a comment."""
    parts = [_ROOM.format(board="\n".join(_options(BoardSettings)))]
    parts += ["\n".join((f"[{name}]", *_summary(kind), *_options(kind), "")) for name, kind in _TABLES]
    parts += ["\n".join((f"# [{name}]", *_summary(kind), *_options(kind, has), "")) for name, kind, has in _OPTIONAL]
    return "\n".join(parts)


def default_settings() -> Settings:
    """The settings of that file, as if it stood in /etc/bard."""
    return parse_settings(example_toml(), Path("/etc/bard/bard.toml"))


def _summary(kind: type[Struct]) -> list[str]:
    return [f"# {line.strip()}" for line in (kind.__doc__ or "").strip().splitlines()[:1]]


def _options(kind: type[Struct], has: Mapping[str, object] = MappingProxyType({})) -> list[str]:
    """A line for each that has a default or stands in `has`."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    lines = []
    for field in info.fields:
        value = has.get(field.encode_name, field.default)
        if value is None:
            lines.append(f"# {field.encode_name}: not set  # {describe(field.type)}")
        elif value is not NODEFAULT:
            lines.append(f"# {field.encode_name} = {json.dumps(value)}  # {describe(field.type)}")
    return lines
