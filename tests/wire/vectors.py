"""tests/vectors as Python values; frames built from their meaning, field by field."""

import json
from pathlib import Path
from typing import Any, NamedTuple

from bard.wire.frames import (
    FROM_BOARD,
    FROM_HOST,
    VERB_ARGS,
    Answer,
    ChannelFault,
    Command,
    Conversion,
    Frame,
    Guard,
    Hello,
    Samples,
    Status,
    Verb,
)

TYPES = {"board to host": FROM_BOARD, "host to board": FROM_HOST}
_DIRECTORY = Path(__file__).parents[1] / "vectors"
_VERB_FIELDS = {
    "hello": (),
    "stream": ("on",),
    "beat": (),
    "signal": ("output", "pattern"),
    "scale": ("channel", "zero_counts", "scale"),
    "arm": ("min_bar_load_g", "rounds", "clear_margin_g"),
    "disarm": (),
}


class Vector(NamedTuple):
    """One frame: what it means, its payload, and its bytes on the wire."""

    name: str
    direction: str
    frame: Frame
    payload: bytes
    wire: bytes


def load(name: str) -> list[dict[str, Any]]:
    """The entries of one file."""
    entries: list[dict[str, Any]] = json.loads((_DIRECTORY / f"{name}.json").read_text())
    return entries


def frame_of(meaning: dict[str, Any]) -> Frame:
    """The frame with that meaning."""
    fields = {name: value for name, value in meaning.items() if name != "type"}
    match meaning["type"]:
        case "samples":
            conversions = tuple(Conversion(**conversion) for conversion in fields.pop("conversions"))
            return Samples(**fields, conversions=conversions)
        case "hello":
            firmware, uid = tuple(fields.pop("firmware")), bytes.fromhex(fields.pop("uid"))
            return Hello(**fields, firmware=firmware, uid=uid)
        case "status":
            return Status(**fields | {"missed": tuple(fields["missed"])})
        case "channel fault":
            return ChannelFault(**fields)
        case "guard":
            return Guard(**fields)
        case "answer":
            return Answer(**fields)
        case "command" if "args_hex" in fields:
            return Command(fields["id"], fields["verb"], bytes.fromhex(fields["args_hex"]))
        case "command":
            verb = Verb[fields["verb"].upper()]
            args = [fields["args"][name] for name in _VERB_FIELDS[fields["verb"]]]
            return Command(fields["id"], verb, VERB_ARGS[verb].pack(*args))
    raise ValueError(f"no such type: {meaning['type']}")


def _vectors(name: str) -> list[Vector]:
    direction = name.replace("_", " ")
    return [
        Vector(
            entry["name"],
            direction,
            frame_of(entry["meaning"]),
            bytes.fromhex(entry["payload"]),
            bytes.fromhex(entry["wire"]),
        )
        for entry in load(name)
    ]


BOARD_TO_HOST = _vectors("board_to_host")
HOST_TO_BOARD = _vectors("host_to_board")
ALL = BOARD_TO_HOST + HOST_TO_BOARD
