"""The journal for readers: a session's series and statistics.

One law: a session that has no statistics in the journal, since it runs or nobody saw its end, gets those of its series,
worked out here. See `bard.journal.reading` for what a reader never does.
"""

import contextlib
from collections.abc import Iterator

from bard.errors import DataError, UsageError
from bard.journal.changes import CHANGES_OF_SESSION, as_change
from bard.journal.reading import Reader
from bard.journal.series import Series, joined, unpack_series
from bard.journal.series_rows import NO_MINUTES, read_statistics
from bard.journal.statistics import SessionStatistics, session_statistics
from bard.monitor import BIN_US

_NUMBER = "(SELECT number FROM session WHERE id = ?)"


class Measured(Reader):
    """What was measured in sessions, by their ids."""

    def series(self, session: str) -> Series:
        """All summaries of a session, as columns; empty where there are none."""
        rows = self.rows(f"SELECT block FROM series_block WHERE session = {_NUMBER} ORDER BY first, number", (session,))
        with self._named():
            return joined([unpack_series(row[0]) for row in rows])

    def statistics(self, session: str) -> SessionStatistics:
        """Raises UsageError for a session that is not there."""
        query = f"SELECT whole, minutes FROM session_statistics WHERE session = {_NUMBER}"
        for whole, minutes in self.rows(query, (session,)):
            with self._named():
                return read_statistics(whole, minutes)
        return self._worked_out(session)

    def all_statistics(self) -> Iterator[SessionStatistics]:
        """Those in the journal, in the order of their sessions, without minutes."""
        for (whole,) in self.rows("SELECT whole FROM session_statistics ORDER BY session"):
            with self._named():
                found = read_statistics(whole, NO_MINUTES)
            yield found

    def _worked_out(self, session: str) -> SessionStatistics:
        rows = self.rows("SELECT number FROM session WHERE id = ?", (session,))
        if not rows:
            raise UsageError(f'no session "{session}" in {self.path}; allowed: the id of one')
        series = self.series(session)
        length_us = (int(series.bin[-1]) + 1) * BIN_US if len(series) else 0
        with self.errors():
            changes = [as_change(row, self.moment(*row[3:7])) for row in self.rows(CHANGES_OF_SESSION, rows[0])]
        return session_statistics(session, series, length_us, changes)

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        """What is damaged says in which file."""
        try:
            yield
        except DataError as error:
            raise DataError(f"{self.path}: {error}") from None
