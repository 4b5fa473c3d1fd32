"""Changes of conditions as rows of the journal.

One law: a row is read the same way by whoever reads it. It knows no connection.
"""

from typing import Any

import msgspec

from bard.journal.alarms import Change, Moment

CHANGE = (
    "SELECT x.number, x.uid, session.id, x.boot, x.at_us, x.wall_ms, x.clock_trusted, x.condition, x.state, x.was, "
    "x.priority, x.meaning, x.subjects, x.value_kg, x.limit_kg, x.u_kg, x.guard_kg, x.phase, x.acted_by "
    "FROM alarm_change AS x LEFT JOIN session ON session.number = x.session"
)
CHANGES_OF_SESSION = f"{CHANGE} WHERE x.session = ? ORDER BY x.number"
_texts = msgspec.json.Decoder(tuple[str, ...]).decode


def as_change(row: tuple[Any, ...], moment: Moment) -> Change:
    """A row of CHANGE; `moment` from its four columns from the fourth on."""
    return Change(*(*row[:3], moment, *row[7:12], _texts(row[12]), *row[13:]))
