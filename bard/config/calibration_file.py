"""The calibration on disk: JSON with a checksum, replaced whole or not at all, those before kept beside it.

One law: whoever reads sees a whole calibration or an error, at any moment and after any kill; an edit by hand is
noticed. There is one writer at a time (the daemon, or a command while none runs). It knows no procedure.

    {"calibration": {"cells": {...}, "made": "..."}, "record": {...} or null, "sha256": "..."}

The checksum is over both as JSON with sorted keys and no spaces. A file from before there were records has no
`record`, and a checksum over the calibration alone.
"""

import hashlib
import json
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from bard.commission.record import CalibrationRecord
from bard.config.atomic import write_whole
from bard.config.checked import checked
from bard.errors import ConfigError
from bard.weigh.calibration import NONE, Calibration

CALIBRATION_FILE = "calibration.json"
"""In `journal.directory`."""
_MADE_BY = "allowed: a file that `bard calibrate` wrote, such as one of those named calibration.*.json beside it"


class Stored(Struct, frozen=True):
    """What the file holds. `record`: what the calibration was made from; None for one from before there were any."""

    calibration: Calibration
    record: CalibrationRecord | None = None


class Kept(Struct, frozen=True):
    """One file of the history. `damage`: why it cannot be used, in words; then there is nothing `stored`."""

    path: Path
    digest: str
    stored: Stored | None
    damage: str | None = None


def load_calibration(path: Path) -> Calibration:
    """The calibration in the file at `path`; that of no cell where there is no file.

    Raises ConfigError for a file that cannot be read, is damaged or was changed by hand, or has a value that is not
    allowed.
    """
    stored = load_stored(path)
    return NONE if stored is None else stored.calibration


def load_stored(path: Path) -> Stored | None:
    """The same with its record; None where there is no file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    return _parse(content, path)


def save_calibration(path: Path, calibration: Calibration, record: CalibrationRecord | None = None) -> None:
    """Replace the file at `path`; what stood there is kept as `calibration.<digest>.json` first.

    Raises ConfigError where the disk does not take it; then the old file is still whole.
    """
    plain = {"calibration": msgspec.to_builtins(calibration), "record": msgspec.to_builtins(record)}
    content = msgspec.json.encode({**plain, "sha256": _sha256(plain)}, order="sorted")
    try:
        _keep(path)
        write_whole(path, msgspec.json.format(content, indent=2) + b"\n")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def history(path: Path) -> list[Kept]:
    """Every calibration that was ever in the file at `path` and is no more, the newest first."""
    kept = [_look(file) for file in path.parent.glob(f"{path.stem}.*{path.suffix}")]
    return sorted(kept, key=_made, reverse=True)


def find(path: Path, digest: str) -> Stored:
    """The one of the history with this digest, or the only one that begins so. Raises ConfigError."""
    found = history(path)
    matching = [kept for kept in found if digest and kept.digest.startswith(digest)]
    allowed = ", ".join(kept.digest for kept in found if kept.stored is not None) or "there is none"
    if len(matching) != 1:
        raise ConfigError(f"{path.parent}: {digest!r} names {len(matching)} calibrations kept; allowed: {allowed}")
    [kept] = matching
    if kept.stored is None:
        raise ConfigError(str(kept.damage))
    return kept.stored


def _parse(content: bytes, path: Path) -> Stored:
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ConfigError(f"{path}: not JSON: damaged; {_MADE_BY}") from None
    if not isinstance(document, dict) or not {"calibration", "sha256"} <= document.keys() <= _KEYS:
        raise ConfigError(f"{path}: not a calibration; {_MADE_BY}")
    plain = document["calibration"]
    summed = {key: document[key] for key in ("calibration", "record")} if "record" in document else plain
    if document["sha256"] != _sha256(summed):
        raise ConfigError(f"{path}: sha256: not that of its content: changed by hand or damaged; {_MADE_BY}")
    for name, kind in get_type_hints(Calibration, include_extras=True).items():
        if get_origin(kind) is dict and isinstance(plain, dict) and isinstance(table := plain.get(name), dict):
            for key, value in table.items():
                checked(value, get_args(kind)[1], path, under=f"calibration.{name}.{json.dumps(key)}")
    return Stored(checked(plain, Calibration, path, under="calibration"), _record(document.get("record"), path))


def _record(plain: object, path: Path) -> CalibrationRecord | None:
    try:
        return msgspec.convert(plain, CalibrationRecord | None)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: record: {error}; {_MADE_BY}") from None


_KEYS = {"calibration", "record", "sha256"}


def _sha256(plain: object) -> str:
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _keep(path: Path) -> None:
    """Copy what stands at `path` to its name in the history; a damaged file goes by its bytes.

    A copy that is there already is replaced: a calibration's record grows by its verifications.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return
    try:
        digest = _parse(content, path).calibration.digest
    except ConfigError:
        digest = "damaged-" + hashlib.sha256(content).hexdigest()[:12]
    kept = path.with_name(f"{path.stem}.{digest}{path.suffix}")
    if not kept.exists() or kept.read_bytes() != content:
        write_whole(kept, content)


def _look(file: Path) -> Kept:
    digest = file.name.split(".")[1]
    try:
        return Kept(file, digest, load_stored(file))
    except ConfigError as error:
        return Kept(file, digest, None, str(error))


def _made(kept: Kept) -> str:
    return kept.stored.calibration.made if kept.stored is not None else ""
