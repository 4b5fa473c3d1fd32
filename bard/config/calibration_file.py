"""The calibration on disk: JSON with a checksum, replaced whole or not at all, the one before kept beside it.

One law: whoever reads sees a whole calibration or an error, at any moment and after any kill; an edit by hand is
noticed. There is one writer at a time (the daemon, or a command while none runs). It knows no procedure.

    {"calibration": {"cells": {...}, "made": "..."}, "sha256": "..."}

The checksum is over the calibration as JSON with sorted keys and no spaces.
"""

import hashlib
import json
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import msgspec

from bard.config.atomic import write_whole
from bard.config.checked import checked
from bard.errors import ConfigError
from bard.weigh.calibration import NONE, Calibration

_MADE_BY = "allowed: a file that `bard calibrate` wrote, such as one of those named calibration.*.json beside it"


def load_calibration(path: Path) -> Calibration:
    """The calibration in the file at `path`; that of no cell where there is no file.

    Raises ConfigError for a file that cannot be read, is damaged or was changed by hand, or has a value that is not
    allowed.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return NONE
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    return _parse(content, path)


def save_calibration(path: Path, calibration: Calibration) -> None:
    """Replace the file at `path`; what stood there is kept as `calibration.<digest>.json` first.

    Raises ConfigError where the disk does not take it; then the old file is still whole.
    """
    plain = msgspec.to_builtins(calibration)
    content = msgspec.json.encode({"calibration": plain, "sha256": _sha256(plain)}, order="sorted")
    try:
        _keep(path)
        write_whole(path, msgspec.json.format(content, indent=2) + b"\n")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def _parse(content: bytes, path: Path) -> Calibration:
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ConfigError(f"{path}: not JSON: damaged; {_MADE_BY}") from None
    if not isinstance(document, dict) or document.keys() != {"calibration", "sha256"}:
        raise ConfigError(f"{path}: not a calibration; {_MADE_BY}")
    plain = document["calibration"]
    if document["sha256"] != _sha256(plain):
        raise ConfigError(f"{path}: sha256: not that of its content: changed by hand or damaged; {_MADE_BY}")
    for name, kind in get_type_hints(Calibration, include_extras=True).items():
        if get_origin(kind) is dict and isinstance(plain, dict) and isinstance(table := plain.get(name), dict):
            for key, value in table.items():
                checked(value, get_args(kind)[1], path, under=f"calibration.{name}.{json.dumps(key)}")
    return checked(plain, Calibration, path, under="calibration")


def _sha256(plain: object) -> str:
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _keep(path: Path) -> None:
    """Copy what stands at `path` to its name in the history; a damaged file goes by its bytes."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    try:
        digest = _parse(content, path).digest
    except ConfigError:
        digest = "damaged-" + hashlib.sha256(content).hexdigest()[:12]
    kept = path.with_name(f"{path.stem}.{digest}{path.suffix}")
    if not kept.exists():
        write_whole(kept, content)
