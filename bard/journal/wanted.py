"""Which alarms and changes somebody wants to see.

One law: a filter leaves out and never changes; both ends of a time belong to it. It asks no clock.
"""

from msgspec import Struct

from bard.journal.alarms import Moment


class Bound(Struct, frozen=True):
    """A moment to filter by. Rows of `boot_id` are held against `at_us`, all others against the wall clock.

    So "two hours ago" is right in this boot whatever the wall clock did since; a date leaves `boot_id` empty.
    """

    wall_ms: int
    boot_id: str = ""
    at_us: int = 0

    def passed_us(self, moment: Moment) -> int:
        """How long after the bound the moment lies; below 0: before it."""
        if moment.boot_id == self.boot_id:
            return moment.at_us - self.at_us
        return (moment.wall_ms - self.wall_ms) * 1000


class Wanted(Struct, frozen=True, kw_only=True):
    """What to list; what is left out wants all. `session` is a whole id, `last` how many of the newest."""

    since: Bound | None = None
    until: Bound | None = None
    session: str | None = None
    conditions: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    last: int | None = None

    def takes(self, begin: Moment, session: str | None, condition: str, priority: str) -> bool:
        """Whether one of these is wanted."""
        return (
            (self.session is None or session == self.session)
            and (not self.conditions or condition in self.conditions)
            and (not self.priorities or priority in self.priorities)
            and self.in_time(begin)
        )

    def in_time(self, moment: Moment) -> bool:
        """Neither before `since` nor after `until`."""
        return (self.since is None or self.since.passed_us(moment) >= 0) and (
            self.until is None or self.until.passed_us(moment) <= 0
        )
