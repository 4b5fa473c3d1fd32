"""Which copies of the records still hold a person: backups, and what restores set aside.

One law: a copy that can be opened is opened and looked into; of one that cannot nothing is claimed but that it may
hold the person. Copies are never changed.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from bard.errors import DataError, UsageError
from bard.people.reader import PeopleReader
from bard.people.schema import PEOPLE_FILE
from bard.studio.archive import DATA, Unpacker, discard
from bard.studio.audit import BackupMade, Restored, Stamp, entries
from bard.studio.holdings import ASIDE

Kind = Literal["client", "therapist"]


class Copy(Struct, frozen=True):
    """A copy at `path` that was made then; `known` false: it could not be opened, and may hold the person."""

    path: Path
    made: Stamp
    known: bool


def copies_holding(folder: Path, kind: Kind, code: str, since_ms: int) -> Iterator[Copy]:
    """Backups that were made here and folders that restores set aside, oldest first.

    `since_ms`: when the person was added; what was made before by a clock that was right cannot hold them.
    """
    for made in entries(folder, BackupMade):
        if made.at.clock_trusted and made.at.wall_s * 1000 < since_ms:
            continue
        holds = _backup_holds(Path(made.path), kind, code)
        if holds is not False:
            yield Copy(Path(made.path), made.at, holds is True)
    stamps = {done.aside: done.at for done in entries(folder, Restored)}
    for aside in sorted(folder.glob(f"{ASIDE}*")):
        holds = _folder_holds(aside, kind, code)
        if holds is not False:
            yield Copy(aside, stamps.get(aside.name, Stamp("1970-01-01T00:00:00+00:00", False)), holds is True)


def _backup_holds(path: Path, kind: Kind, code: str) -> bool | None:
    """None: cannot be told."""
    try:
        with (
            Unpacker(path) as unpacker,
            tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as inside,
        ):
            found = next((one for one in unpacker.manifest.content if one.name == f"{DATA}{PEOPLE_FILE}"), None)
            if found is None:
                return False
            with (Path(inside) / PEOPLE_FILE).open("wb") as file:
                unpacker.unpack(found, file, discard)
            return _folder_holds(Path(inside), kind, code)
    except (DataError, OSError):
        return None


def _folder_holds(folder: Path, kind: Kind, code: str) -> bool | None:
    if not (folder / PEOPLE_FILE).exists():
        return False
    try:
        with PeopleReader(folder / PEOPLE_FILE) as people:
            (people.client if kind == "client" else people.therapist)(code)
    except UsageError:
        return False
    except DataError:
        return None
    return True
