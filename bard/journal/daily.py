"""The day's checks, from the journal.

One law: a check is of the day on which its clock said it was made; by a clock that was not known to be right it is of
no day. It reads, and judges nothing.
"""

from datetime import UTC, date, datetime, tzinfo
from typing import cast

import msgspec
from msgspec import Struct

from bard.journal.alarms import Moment
from bard.journal.reading import Reader
from bard.messages.commands import DailyAnswer

_texts = msgspec.json.Decoder(tuple[str, ...]).decode


class DailyRow(Struct, frozen=True):
    """A check as it was told: see `bard.messages.DailyCheck`. None: not looked at."""

    moment: Moment
    answer: DailyAnswer
    free_kg: float | None
    apart_kg: float | None
    missed: tuple[str, ...] | None
    who: str

    def made_on(self, day: date, zone: tzinfo | None = None) -> bool:
        """Whether that was on `day`, in the machine's time zone or in another."""
        if not self.moment.clock_trusted:
            return False
        return datetime.fromtimestamp(self.moment.wall_ms / 1000, UTC).astimezone(zone).date() == day


def daily_checks(reader: Reader, last: int) -> list[DailyRow]:
    """The last so many, the newest first. Raises DataError."""
    rows = reader.rows(
        "SELECT boot, at_us, wall_ms, clock_trusted, answer, free_kg, apart_kg, missed, who FROM daily_check "
        "ORDER BY number DESC LIMIT ?",
        (last,),
    )
    with reader.errors():
        return [
            DailyRow(
                reader.moment(*row[:4]),
                cast(DailyAnswer, row[4]),
                *(row[5], row[6], None if row[7] is None else _texts(row[7]), row[8]),
            )
            for row in rows
        ]


def last_daily(reader: Reader) -> DailyRow | None:
    """The newest, None where there is none. Raises DataError."""
    return next(iter(daily_checks(reader, 1)), None)
