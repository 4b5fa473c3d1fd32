"""What is older than the studio keeps it, and its removal.

One law: nothing is removed that `due` did not name, and nothing without a setting that says so; a session goes with
all that is its own, in every file. It asks no clock: it is given the time, which must be right.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from bard.config.atomic import sync_folder
from bard.errors import DataError
from bard.journal.removing import Remover, SessionId
from bard.journal.schema import JOURNAL_FILE
from bard.journal.tape import TapeReader
from bard.people.reader import PeopleReader
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from bard.settings import RetentionSettings
from bard.studio.audit import Purged, Stamp, record
from bard.studio.holdings import REPORTS, TAPES, being_written

_DAY_S = 86_400
_OF_A_SESSION = re.compile(r"[0-9a-f]{16}\b")
"""How the name of a session's report begins; certificates stay with their calibrations."""


class Due(Struct, frozen=True):
    """What is too old now. `tapes` and `reports` by their paths; those of `sessions` are among them."""

    before: dict[str, float]
    """By kind: seconds since 1970; what is kept for ever is not in it."""
    sessions: tuple[SessionId, ...] = ()
    series: tuple[SessionId, ...] = ()
    alarms: int = 0
    tapes: tuple[Path, ...] = ()
    reports: tuple[Path, ...] = ()
    intakes: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind, for people; a kind of which there is nothing is left out."""
        found = {
            "sessions": len(self.sessions),
            "series": len(self.series),
            "rows of alarms": self.alarms,
            "tapes": len(self.tapes),
            "reports": len(self.reports),
            "intakes": self.intakes,
        }
        return {kind: count for kind, count in found.items() if count}


def due(folder: Path, keep: RetentionSettings, now_s: float) -> Due:
    """What must go. Raises DataError for a database that cannot be read."""
    days = {name.removesuffix("_days"): getattr(keep, name) for name in keep.__struct_fields__}
    before = {kind: now_s - count * _DAY_S for kind, count in days.items() if count}
    sessions: list[SessionId] = []
    series: list[SessionId] = []
    alarms, tapes = 0, set[Path]()
    if before.keys() & {"sessions", "series", "alarms"} and (folder / JOURNAL_FILE).exists():
        with Remover(folder / JOURNAL_FILE) as remover:
            sessions = remover.sessions_before(_ms(before["sessions"])) if "sessions" in before else []
            series = remover.with_series_before(_ms(before["series"])) if "series" in before else []
            alarms = sum(remover.alarms_before(_ms(before["alarms"])).values()) if "alarms" in before else 0
            tapes |= {folder / TAPES / name for name in remover.tapes_of(sessions)}
    if "tapes" in before:
        tapes |= {path for path in (folder / TAPES).glob("*.tape") if _is_old_tape(path, before["tapes"])}
    reports = {path for one in sessions for path in (folder / REPORTS).glob(f"{one.id}*")}
    if "reports" in before:
        pages = (path for path in (folder / REPORTS).glob("*") if _OF_A_SESSION.match(path.name))
        reports |= {path for path in pages if _changed_before(path, before["reports"])}
    return Due(
        before,
        tuple(sessions),
        tuple(one for one in series if one not in sessions),
        alarms,
        tuple(sorted(path for path in tapes if path.exists() and not being_written(path))),
        tuple(sorted(reports)),
        _intakes(folder, before),
    )


def purge(folder: Path, found: Due, stamp: Stamp) -> Iterator[int]:
    """Remove it bit by bit, with how many things after each; then record how much. May be closed at any time.

    What was cut off is found again the next time. Raises DataError.
    """
    removed: Counter[str] = Counter()
    try:
        if found.sessions or found.intakes:
            removed["intakes"] += _forget_people(folder, found)
        for kind, paths in (("tapes", found.tapes), ("reports", found.reports)):
            for path in paths:
                _remove_file(path)
                removed[kind] += 1
                yield 1
        if found.sessions or found.series or found.alarms:
            yield from _purge_journal(folder / JOURNAL_FILE, found, removed)
    finally:
        if any(removed.values()):
            record(folder, Purged(stamp, {kind: count for kind, count in removed.items() if count}))


def remove_files(paths: Iterable[Path]) -> int:
    """How many there were. Raises DataError."""
    return sum(_remove_file(path) for path in paths)


def _purge_journal(path: Path, found: Due, removed: Counter[str]) -> Iterator[int]:
    with Remover(path) as remover:
        for one in found.series:
            yield from remover.remove_series([one])
            removed["series"] += 1
        if found.alarms:
            for count in remover.remove_alarms(_ms(found.before["alarms"])):
                removed["rows of alarms"] += count
                yield count
        for one in found.sessions:
            yield from remover.remove_sessions([one])
            removed["sessions"] += 1
        remover.scrub(compact=False)


def _forget_people(folder: Path, found: Due) -> int:
    """Whose the sessions were, before the sessions: afterwards nobody could ask. Returns how many intakes went."""
    if not (folder / PEOPLE_FILE).exists():
        return 0
    with People(folder / PEOPLE_FILE) as people:
        people.forget_sessions([one.id for one in found.sessions])
        gone = people.remove_intakes(_ms(found.before["intake"])) if found.intakes else 0
        people.scrub()
    return gone


def _intakes(folder: Path, before: dict[str, float]) -> int:
    if "intake" not in before or not (folder / PEOPLE_FILE).exists():
        return 0
    with PeopleReader(folder / PEOPLE_FILE) as people:
        return people.intakes_before(_ms(before["intake"]))


def _is_old_tape(path: Path, before_s: float) -> bool:
    """By when it was last written, if that clock was right when it began; one that cannot be read tells nothing."""
    if not _changed_before(path, before_s):
        return False
    try:
        return TapeReader(path).header.clock_trusted
    except DataError:
        return False


def _changed_before(path: Path, before_s: float) -> bool:
    try:
        return path.stat().st_mtime < before_s
    except FileNotFoundError:
        return False


def _remove_file(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from None
    return True


def _ms(at_s: float) -> int:
    return round(at_s * 1000)
