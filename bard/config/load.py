"""The configuration file: TOML -> Settings.

One law: an option nobody reads is an error, and so is everything else that is not exactly right; nothing is guessed
and nothing is merged in from elsewhere. The file's top level is that of `Settings`, `CoreSettings` and `RoomSettings`
in one. It opens no port and knows no default: those are in `bard.settings`.
"""

from pathlib import Path

from msgspec import Struct, structs

from bard.config.checked import checked, refuse_unknown
from bard.config.toml import parse_toml, read_text
from bard.errors import ConfigError
from bard.settings import CoreSettings, RoomSettings, Settings

_ROOM = [field.name for field in structs.fields(RoomSettings)]
_CORE = [field.name for field in structs.fields(CoreSettings) if field.name != "room"]
_SHELL = [field.name for field in structs.fields(Settings) if field.name != "core"]
TOP_LEVEL = [*_ROOM, *_CORE, *_SHELL]
"""Every key and table of the file, in the order in which an example shows them."""


def load_settings(path: Path) -> Settings:
    """The settings in the file at `path`. Raises ConfigError: one line with the file, the key and what is allowed."""
    return parse_settings(read_text(path), path)


def parse_settings(text: str, source: Path) -> Settings:
    """The same from `text`; `source` names it in messages, and relative paths start from its folder."""
    document = parse_toml(text, source)
    refuse_unknown(document, TOP_LEVEL, source)
    room = {key: document[key] for key in _ROOM if key in document}
    core = {key: document[key] for key in _CORE if key in document}
    shell = {key: document[key] for key in _SHELL if key in document}
    try:
        settings = checked({"core": {"room": room, **core}, **shell}, Settings, source, strip=("core", "room"))
    except ConfigError as error:
        raise ConfigError(_placed(str(error), room, source)) from None
    return _with_whole_paths(settings, source)


def _placed(line: str, room: dict[str, object], source: Path) -> str:
    """A mistake of the room as a whole, with the key of the last thing it is about."""
    message = line.removeprefix(f"{source}: ")
    for key, words in reversed(_things(room)):
        if message.startswith(words):
            return f"{source}: {key}: {message}"
    return line


def _things(room: dict[str, object]) -> list[tuple[str, str]]:
    """(key, how a message of RoomSettings about it begins). Called for rooms whose parts are each right."""
    things: list[tuple[str, str]] = []
    boards, supports = room.get("boards"), room.get("supports")
    if not isinstance(boards, list) or not isinstance(supports, list):
        return things
    for number, board in enumerate(boards):
        if not isinstance(board, dict):
            return []
        for name in ("name", "port"):
            things.append((f"boards[{number}].{name}", f"board {name} {board.get(name)!r} is used twice"))
        if board.get("presence") is True:
            things.append((f"boards[{number}].presence", "presence is wired"))
    for number, support in enumerate(supports):
        if not isinstance(support, dict) or not isinstance(cells := support.get("cells"), list):
            return []
        things.append((f"supports[{number}].name", f"support name {support.get('name')!r} is used twice"))
        for place, cell in enumerate(cells):
            if isinstance(cell, dict):
                cell_key = f"{cell.get('board')}/{cell.get('channel')}"
                things.append((f"supports[{number}].cells[{place}]", f"cell {cell_key!r} is used twice"))
                things.append((f"supports[{number}].cells[{place}].board", f"cell {cell_key}: no board"))
    return things


def _with_whole_paths(settings: Settings, source: Path) -> Settings:
    folder = source.absolute().parent

    def whole(key: str, path: str) -> str:
        if not path or "\0" in path:
            raise ConfigError(f'{source}: {key}: "{path}"; allowed: a path'.replace("\0", "\\u0000"))
        return str(folder / path)

    def wholes(table: str, values: Struct, *names: str) -> dict[str, str]:
        found = {name: getattr(values, name) for name in names}
        return {name: whole(f"{table}.{name}", path) for name, path in found.items() if path is not None}

    control = structs.replace(settings.control, socket=whole("control.socket", settings.control.socket))
    journal = structs.replace(settings.journal, directory=whole("journal.directory", settings.journal.directory))
    studio = structs.replace(settings.studio, **wholes("studio", settings.studio, "intake_file"))
    mqtt, web = settings.mqtt, settings.web
    if mqtt is not None:
        mqtt = structs.replace(mqtt, **wholes("mqtt", mqtt, "password_file", "ca_file", "cert_file", "key_file"))
    web = structs.replace(web, **wholes("web", web, "cert_file", "key_file"))
    return structs.replace(settings, control=control, journal=journal, studio=studio, mqtt=mqtt, web=web)
