"""A session's series in the journal: small blocks as they come, a large one a minute, statistics at the end.

One law: a summary stands in exactly one block; merging replaces blocks by one that holds the same. What would begin
before the end of what is there has been written already. It knows its tables and no file, thread or clock.
"""

import zlib
from collections.abc import Callable, Sequence
from sqlite3 import Connection

import msgspec
from msgspec import Struct, structs

from bard.errors import DataError
from bard.journal.alarms import Moment
from bard.journal.changes import CHANGES_OF_SESSION, as_change
from bard.journal.series import Series, joined, pack_series, series_of, unpack_series
from bard.journal.statistics import BINS_A_MINUTE, SessionStatistics, Statistics, session_statistics
from bard.monitor import Summary

_encode = msgspec.msgpack.Encoder().encode
NO_MINUTES = zlib.compress(_encode(()))
"""Where only the whole is wanted."""
_minutes = msgspec.msgpack.Decoder(tuple[Statistics, ...]).decode


class Piece(Struct, frozen=True):
    """Summaries of one session, one after the other; at least one."""

    session: str
    summaries: tuple[Summary, ...]


def write_piece(connection: Connection, session: int, summaries: Sequence[Summary]) -> None:
    """A small block; once they hold a minute, they become one."""
    end, loose = connection.execute(
        "SELECT coalesce(max(first + bins), 0), coalesce(sum(bins * loose), 0) FROM series_block WHERE session = ?",
        (session,),
    ).fetchone()
    if summaries[0].bin < end:
        return
    _insert(connection, session, series_of(summaries), loose=True)
    if loose + len(summaries) >= BINS_A_MINUTE:
        merge(connection, session)


def merge(connection: Connection, session: int) -> None:
    """Make one block of the small ones."""
    found = connection.execute(
        "SELECT number, block FROM series_block WHERE session = ? AND loose ORDER BY number", (session,)
    ).fetchall()
    if len(found) > 1:
        whole = joined([unpack_series(block) for _, block in found])
        connection.execute("DELETE FROM series_block WHERE session = ? AND loose", (session,))
        _insert(connection, session, whole, loose=False)


def write_statistics(
    connection: Connection, session: int, session_id: str, length_us: int, rest: Callable[[], None]
) -> None:
    """What the session comes to; `rest` is called between parts of the work, for whoever waits for the interpreter."""
    parts = []
    for (block,) in connection.execute("SELECT block FROM series_block WHERE session = ? ORDER BY first", (session,)):
        parts.append(unpack_series(block))
        rest()
    rows = connection.execute(CHANGES_OF_SESSION, (session,)).fetchall()
    changes = [as_change(row, Moment(str(row[3]), row[4], row[5], bool(row[6]))) for row in rows]
    put_statistics(connection, session, session_statistics(session_id, joined(parts), length_us, changes, rest))


def put_statistics(connection: Connection, session: int, made: SessionStatistics) -> None:
    """In the place of any that are there."""
    connection.execute(
        "INSERT INTO session_statistics (session, whole, minutes) VALUES (?, ?, ?) "
        "ON CONFLICT DO UPDATE SET whole = excluded.whole, minutes = excluded.minutes",
        (
            session,
            msgspec.json.encode(structs.replace(made, minutes=())).decode(),
            zlib.compress(_encode(made.minutes)),
        ),
    )


def read_statistics(whole: str, minutes: bytes) -> SessionStatistics:
    """From the two columns of their table. Raises DataError."""
    try:
        return structs.replace(
            msgspec.json.decode(whole, type=SessionStatistics), minutes=_minutes(zlib.decompress(minutes))
        )
    except (msgspec.MsgspecError, zlib.error) as error:
        raise DataError(f"damaged statistics: {error}") from None


def put_block(connection: Connection, session: int, first: int, bins: int, block: bytes, *, loose: bool) -> None:
    """A packed series of `bins` tenths of a second from `first` on."""
    connection.execute(
        "INSERT INTO series_block (session, first, bins, loose, block) VALUES (?, ?, ?, ?, ?)",
        (session, first, bins, int(loose), block),
    )


def _insert(connection: Connection, session: int, series: Series, *, loose: bool) -> None:
    first = int(series.bin[0])
    put_block(connection, session, first, int(series.bin[-1]) + 1 - first, pack_series(series), loose=loose)
