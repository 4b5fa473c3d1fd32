"""A session's statistics from its tapes: what the journal would have written, without it.

One law: the same pure core and the same functions as in the journal make them, from a replay. Two tapes whose times
rise are taken to be of one boot of the machine, others not; times across a boot are unknown here.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct, field

from bard.journal.alarms import Change, Moment
from bard.journal.replay import replay
from bard.journal.series import joined, series_of
from bard.journal.statistics import SessionStatistics, session_statistics
from bard.messages import ConditionChanged, SessionEnded, SessionStarted, decode
from bard.monitor import BIN_US, Summary


class _Session(Struct):
    summaries: list[list[Summary]] = field(default_factory=list)
    """Those of each tape."""
    changes: list[Change] = field(default_factory=list)
    length_us: int | None = None


def statistics_of(tapes: Sequence[Path]) -> list[SessionStatistics]:
    """Of every session on the tapes, which are in their order. Raises DataError for what is no tape."""
    sessions: dict[str, _Session] = {}
    boot = last_us = 0
    for number, path in enumerate(tapes):
        replayed = replay(path)
        if replayed.header.start_us < last_us:
            boot += 1
        last_us = replayed.header.start_us + replayed.duration_us
        _take_events(replayed.events, sessions, str(boot), number)
        for session in sessions.values():
            session.summaries.append([])
        for summary in replayed.summaries:
            sessions[summary.session].summaries[-1].append(summary)
    return [_made(name, session) for name, session in sessions.items()]


def _take_events(lines: Sequence[str], sessions: dict[str, _Session], boot: str, tape: int) -> None:
    running: str | None = None
    for number, line in enumerate(lines, 1):
        event = decode(line)
        if isinstance(event, SessionStarted):
            running = event.session
            sessions.setdefault(running, _Session()).length_us = None
        elif isinstance(event, SessionEnded):
            sessions[event.session].length_us = event.at_us - event.started_us
            running = None
        elif isinstance(event, ConditionChanged) and running is not None:
            fields = msgspec.structs.asdict(event)
            moment = Moment(boot, fields.pop("at_us"), 0, False)
            change = Change(number, f"{tape}-{number}", running, moment, fields.pop("id"), *fields.values())
            sessions[running].changes.append(change)


def _made(name: str, session: _Session) -> SessionStatistics:
    series = joined([series_of(summaries) for summaries in session.summaries])
    length_us = session.length_us
    if length_us is None:
        length_us = (int(series.bin[-1]) + 1) * BIN_US if len(series) else 0
    return session_statistics(name, series, length_us, session.changes)
