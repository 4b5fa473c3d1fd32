"""A person's records erased, in every file that bard holds.

One law: what others need to find the rest goes last: files, then the journal, then whose it all was; so whatever cuts
it off, doing it again ends it. What is left is a line in the audit that says how much and never whose. A client's
sessions go whole; a therapist's stay their clients', without the therapist's code.
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from bard.config.atomic import write_whole
from bard.errors import DataError, Refused, UsageError
from bard.journal.removing import Remover, SessionId
from bard.journal.retelling import retold
from bard.journal.schema import JOURNAL_FILE
from bard.journal.tape import is_closed
from bard.people.reader import PeopleReader
from bard.people.records import Damaged
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from bard.studio.archive import Progress
from bard.studio.audit import Erased, Stamp, check_may_record, record
from bard.studio.copies import Copy, Kind, copies_holding
from bard.studio.holdings import ASIDE, REPORTS, STATE_FILE, TAPES, being_written, own_as
from bard.studio.retention import remove_files
from bard.studio.traces import SHORTEST, search, stands_in

ERASED = "erased"
"""Stands for a therapist's code where somebody typed it."""
_SMALL_BYTES = 8_000_000
"""A journal of this size is written anew in half a second, and its writer waits for no longer."""


class Holding(Struct, frozen=True):
    """What is held on a person. `words`: what must not be found afterwards; `shared`: others' sessions on the tapes."""

    kind: Kind
    code: str
    since_ms: int
    words: tuple[str, ...]
    ids: tuple[str, ...]
    sessions: tuple[SessionId, ...]
    tapes: tuple[Path, ...]
    reports: tuple[Path, ...]
    shared: int

    @property
    def counts(self) -> dict[str, int]:
        """What goes, for the audit."""
        sessions = len(self.ids) if self.kind == "client" else 0
        return {"sessions": sessions, "tapes": len(self.tapes), "reports": len(self.reports)}


class Outcome(Struct, frozen=True):
    """What is left: files in which a word still stands, and copies that still hold the person."""

    left: tuple[Path, ...]
    copies: tuple[Copy, ...]
    too_short: bool
    """The code is too short to be searched for."""


def holding(folder: Path, kind: Kind, code: str, running: str | None, *, bard_runs: bool = False) -> Holding:
    """What an erasure would take. `running`: the id of the session that runs, if one does.

    Raises UsageError for a code that nobody has, Refused while their session runs or its tape is still written.
    """
    try:
        code, since_ms, words, ids = _in_people(folder, kind, code)
    except UsageError:
        with People(folder / PEOPLE_FILE, names=True) as people:
            people.scrub()  # of an erasure that was cut off between its last deletion and the end
        raise
    if running in ids:
        raise Refused(f"a session of {kind} {code} runs: end it first")
    if kind == "therapist":
        if bard_runs:
            _refuse_written(path for path in (folder / TAPES).glob("*.tape") if stands_in(path, code))
        return Holding(kind, code, since_ms, words, tuple(ids), (), (), (), 0)
    sessions, tapes, shared = _in_journal(folder, ids, running)
    if bard_runs:
        _refuse_written(tapes)
    reports = tuple(sorted(path for one in ids for path in (folder / REPORTS).glob(f"*{one}*")))
    return Holding(kind, code, since_ms, words, tuple(ids), tuple(sessions), tapes, reports, shared)


def erase(folder: Path, held: Holding, stamp: Stamp, *, bard_runs: bool, progress: Progress) -> Outcome:
    """Erase it, then search every file for what may be left. Where no bard runs, none starts meanwhile.

    Raises DataError; then doing it again ends it.
    """
    check_may_record(folder)
    copies = tuple(copies_holding(folder, held.kind, held.code, held.since_ms))
    remove_files((*held.tapes, *held.reports))
    if not bard_runs and any(stands_in(folder / STATE_FILE, one) for one in held.ids):
        remove_files([folder / STATE_FILE])  # a session that the next start would bring back
    typed = held.kind == "therapist" and len(held.code) >= SHORTEST
    if typed:
        _forget_word(folder, held.code)
    if (folder / JOURNAL_FILE).exists():
        with Remover(folder / JOURNAL_FILE) as remover:
            for _ in remover.remove_sessions(held.sessions):
                pass
            if typed:
                remover.forget(held.code, ERASED)
            remover.scrub(compact=not bard_runs or (folder / JOURNAL_FILE).stat().st_size <= _SMALL_BYTES)
    # Before the last step: cut off between the two, an erasure is recorded twice rather than never.
    record(folder, Erased(stamp, held.kind, {kind: count for kind, count in held.counts.items() if count}))
    with People(folder / PEOPLE_FILE, names=True) as people:
        if held.kind == "client":
            people.erase_client(held.code)
        else:
            if typed:
                people.forget(held.code, ERASED)
            people.erase_therapist(held.code)
    left = search(folder, held.words, progress)
    mine = tuple(path for path in left if not path.relative_to(folder).parts[0].startswith(ASIDE))
    return Outcome(mine, copies, len(held.code) < SHORTEST)


def _in_people(folder: Path, kind: Kind, code: str) -> tuple[str, int, tuple[str, ...], list[str]]:
    """The code as it is kept, since when, the words that say who it is, and the ids of the sessions."""
    with PeopleReader(folder / PEOPLE_FILE) as people:
        if kind == "therapist":
            therapist = people.therapist(code)
            ids = [one.session for one in people.sessions(therapist=code)]
            return therapist.code, therapist.at_ms, (therapist.code,), ids
        client = people.client(code)
        ids = [one.session for one in people.sessions(client=code)]
        overrides = [one.session for one in people.overrides(code) if not isinstance(one, Damaged)]
        ids += [one for one in overrides if one not in ids]
        return client.code, client.at_ms, (client.code, *_names(client.name)), ids


def _in_journal(folder: Path, ids: Sequence[str], running: str | None) -> tuple[list[SessionId], tuple[Path, ...], int]:
    """Sessions, their tapes, and how many sessions of others are on these."""
    if not (folder / JOURNAL_FILE).exists():
        return [], (), 0
    with Remover(folder / JOURNAL_FILE) as remover:
        sessions = remover.sessions(ids)
        names = remover.tapes_of(sessions)
        if running is not None and set(names) & set(remover.tapes_of(remover.sessions([running]))):
            raise Refused("the session that runs is on the same tape as one of theirs: end it first")
        shared = remover.sessions_on(names) - len(sessions)
    return sessions, tuple(path for name in names if (path := folder / TAPES / name).exists()), max(0, shared)


def _refuse_written(tapes: Iterable[Path]) -> None:
    for tape in tapes:
        if being_written(tape) and not is_closed(tape):
            raise Refused(
                f"{tape} is still written: bard begins another some seconds after a session, once no condition is shown"
            )


def _forget_word(folder: Path, word: str) -> None:
    """In tapes; reports with it can be made again, and go."""
    for tape in sorted((folder / TAPES).glob("*.tape")):
        if stands_in(tape, word):
            _rewrite(tape, retold(tape, word, ERASED))
    remove_files(path for path in (folder / REPORTS).glob("*") if stands_in(path, word))


def _rewrite(tape: Path, content: bytes) -> None:
    """As old as it was."""
    try:
        before = tape.stat()
        write_whole(tape, content)
        own_as(tape.parent, tape)
        os.utime(tape, ns=(before.st_atime_ns, before.st_mtime_ns))
    except OSError as error:
        raise DataError(f"{tape}: {error.strerror}") from None


def _names(name: str | None) -> tuple[str, ...]:
    return (name,) if name else ()
