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
        self._until_us = 0

    def note(self, conditions: Iterable[str], at_us: int) -> None:
        """These conditions began."""
        for condition in conditions:
            self._began.setdefault(condition, deque(maxlen=TIMES)).append(at_us)
            self._until_us = at_us + WITHIN_US

    def subjects(self, at_us: int) -> Subjects:
        """Those that chatter at `at_us`."""
        if at_us >= self._until_us:
            return NOBODY
        found = {
            condition: ""
            for condition, began in self._began.items()
            if len(began) == TIMES and at_us - began[0] < WITHIN_US
        }
        return found or NOBODY
