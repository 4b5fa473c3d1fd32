import string
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bard.config import load_settings, parse_settings
from bard.errors import ConfigError
from bard.settings import BoardSettings, CellSettings, MqttSettings, PhaseSettings, SupportSettings
from tests.config.mistakes import GOOD, MISTAKES, changed

SOURCE = Path("/etc/bard/bard.toml")


def mistake(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, SOURCE)
    line = str(caught.value)
    assert caught.value.exit_status == 2
    assert "\n" not in line
    assert line.startswith(f"{SOURCE}: ")
    return line.removeprefix(f"{SOURCE}: ")


def test_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "bard.toml"
    path.write_text(GOOD)
    settings = load_settings(path)
    room = settings.core.room
    assert room.station == "room-2"
    assert room.boards == (
        BoardSettings("main", "/dev/ttyUSB0", baud=115200, presence=True),
        BoardSettings("second", "sim://demo?seed=1"),
    )
    assert room.supports[1] == SupportSettings("pole", (CellSettings("second", 0),), "pole")
    assert (settings.core.weigh.box_rows, settings.core.weigh.gate_kg) == (30, 3.0)
    assert settings.core.phase == PhaseSettings(step_down_after_s=60.0)
    assert settings.terminal is False
    assert settings.control.socket == str(tmp_path / "control.sock")
    assert settings.journal.directory == str(tmp_path / "../tapes")
    assert settings.mqtt == MqttSettings(
        "broker.local", password_file=str(tmp_path / "secret"), ca_file="/etc/ssl/ca.pem"
    )


def test_paths_that_are_whole_stay_so() -> None:
    settings = parse_settings(changed("[mqtt]\n", "[mqtt]\nport = 1\n").partition("[control]")[0], Path("bard.toml"))
    assert settings.control.socket == "/run/bard/control.sock"
    assert settings.journal.directory == "/var/lib/bard"
    assert settings.mqtt is None


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_is_one_line_with_the_key_and_what_is_allowed(name: str) -> None:
    text, expected = MISTAKES[name]
    line = mistake(text)
    begin, more, _ = expected.partition("...")
    assert line.startswith(begin)
    assert more or line == expected


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path, why in [(tmp_path / "no.toml", "No such file or directory"), (tmp_path, "Is a directory")]:
        with pytest.raises(ConfigError) as caught:
            load_settings(path)
        assert str(caught.value) == f"{path}: {why}"


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bard.toml"
    path.write_bytes(b'station = "room"\nterminal = "\xe9"\n')
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    assert str(caught.value) == f"{path}: line 2: byte 0xe9; allowed: text in UTF-8"


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "bard.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_settings(path).core.room.station == "room-2"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_other_text_is_settings_or_one_line(data: st.DataObject) -> None:
    """A line replaced by another, or a value by another kind of value: never another exception."""
    lines = GOOD.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    key = lines[at].partition(" = ")[0]
    values = [
        "-1",
        "1e400",
        '"x"',
        "[]",
        "{}",
        "[[1]]",
        "true",
        "1979-05-27T07:32:00Z",
        "'''\n'''",
        "0x7fffffffffffffffff",
    ]
    new = data.draw(
        st.one_of(
            st.sampled_from(lines),
            st.sampled_from(values).map(lambda value: f"{key} = {value}"),
            st.text(string.printable, max_size=20),
        )
    )
    lines[at] = new
    text = "\n".join(lines)
    with suppress(ConfigError):
        parse_settings(text, SOURCE)
        return
    mistake(text)


def test_the_example_in_the_repository_is_allowed() -> None:
    settings = load_settings(Path(__file__).parents[2] / "config" / "bard.toml")
    assert settings.core.room.cell_names[-1] == "right bar, cell 2"
