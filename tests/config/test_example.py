import re

import pytest

from bard.config import default_settings, example_toml, parse_settings
from bard.config.load import TOP_LEVEL
from bard.settings import (
    CellSettings,
    CoreSettings,
    GpioSettings,
    HookSettings,
    MqttSettings,
    RoomSettings,
    Settings,
    SoundSettings,
)
from tests.config.test_load import SOURCE


def test_the_example_is_the_defaults() -> None:
    settings = default_settings()
    assert settings == Settings(CoreSettings(settings.core.room))
    assert settings.core.room == RoomSettings(settings.core.room.boards, settings.core.room.supports)
    assert settings.core.room.cells == tuple(CellSettings("main", channel) for channel in range(4))


def test_every_default_it_shows_is_the_default() -> None:
    text = example_toml()
    everything = re.sub(r"^# (?=\w+ = )", "", text, flags=re.MULTILINE)
    assert everything.count("\n# ") < text.count("\n# ") - 40
    assert parse_settings(everything.replace("[mqtt]", "").partition("# \n")[0], SOURCE) == default_settings()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mqtt", MqttSettings("localhost")),
        ("sound", SoundSettings()),
        ("gpio", GpioSettings(vibrator_line=17)),
        ("hook", HookSettings(("/usr/local/bin/bard-hook",))),
    ],
)
def test_a_table_that_is_off_can_be_taken_as_it_stands(name: str, expected: object) -> None:
    room, _, tables = example_toml().partition(f"# [{name}]\n")
    table = re.sub(r"^# (?=\w+ = )", "", tables.partition("# [")[0], flags=re.MULTILINE)
    assert getattr(parse_settings(f"{room}[{name}]\n{table}", SOURCE), name) == expected


def test_every_option_is_in_it() -> None:
    text = example_toml()
    for key in TOP_LEVEL:
        assert re.search(rf"^(# )?(\[*{key}\]*$|{key} = )", text, re.MULTILINE), key


def test_what_it_says_is_allowed_fits_on_a_line() -> None:
    assert max(map(len, example_toml().splitlines())) <= 120
