"""Which conditions come and go: raised three times within a minute (facts 2.2: three activations a minute chatter).

One law: it counts what began, and makes nothing begin or end. Time is the rows'.
"""

from collections import deque
from collections.abc import Iterable

from bard.alarm.facts import NOBODY, Subjects

WITHIN_US = 60_000_000
TIMES = 3


class Chatter:
    """`note` each beginning, ask `subjects` each row."""

    def __init__(self) -> None:
        self._began: dict[str, deque[int]] = {}
        self._until_us: dict[str, int] = {}
        self._subjects: Subjects = NOBODY
        self._change_us: int | None = None

    def note(self, conditions: Iterable[str], at_us: int) -> None:
        """These conditions began."""
        for condition in conditions:
            began = self._began.setdefault(condition, deque(maxlen=TIMES))
            began.append(at_us)
            if len(began) == TIMES:
                self._until_us[condition] = began[0] + WITHIN_US
        self._look(at_us)

    def subjects(self, at_us: int) -> Subjects:
        """Those that chatter at `at_us`."""
        if self._change_us is not None and at_us >= self._change_us:
            self._look(at_us)
        return self._subjects

    def _look(self, at_us: int) -> None:
        still = {condition: until_us for condition, until_us in self._until_us.items() if until_us > at_us}
        self._until_us = still
        self._subjects = dict.fromkeys(still, "") if still else NOBODY
        self._change_us = min(still.values(), default=None)
