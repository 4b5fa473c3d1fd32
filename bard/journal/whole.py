"""Everything in the journal that belongs to some sessions, row by row, for whoever it is about.

One law: every row of every table that belongs to one of them, and no row of anybody else; packed columns are left to
those who know how to unpack them.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from bard.journal.reading import Reader
from bard.journal.removing import tables_of_sessions

_LEFT_OUT = ("BLOB",)


class Whole(Reader):
    """`with Whole(path) as whole`."""

    def tables(self) -> list[str]:
        """`session` first, then those whose rows belong to sessions."""
        with self.errors():
            return ["session", *tables_of_sessions(self._connection)]

    def rows_of(self, table: str, sessions: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Column -> value, session by session in the order given; `session` is the session's id."""
        columns = [name for _, name, kind, *_ in self.rows(f"PRAGMA table_info({table})") if kind not in _LEFT_OUT]
        chosen = ", ".join(columns)
        key = "number" if table == "session" else "session"
        for one in sessions:
            found = self.rows(
                f"SELECT {chosen} FROM {table} WHERE {key} = (SELECT number FROM session WHERE id = ?)", (one,)
            )
            for row in found:
                yield {**dict(zip(columns, row, strict=True)), "session": one}
