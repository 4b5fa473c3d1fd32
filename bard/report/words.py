"""Numbers, shares and times in words for pages; what control/words.py has is taken from there.

One law: unknown is said, never left out and never a number.
"""

import re
import time

from bard.control.words import time_words
from bard.journal.alarms import Moment

_UNIT = re.compile(r"(?<=\d) (?=%|(?:kg|g|s|min|h|kPa)\b)|(?<=±) (?=\d)|(?<=\d) (?=±)")
_ISO = re.compile(r"^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?([+-]\d{2}:\d{2}|Z)?\Z")


def kept_together(words: str) -> str:
    """The same with a number and its unit on one line."""
    return _UNIT.sub("\u00a0", words)


def percent_words(fraction: float | None, digits: int = 1) -> str:
    """`0.8 %`, or `unknown`. 100 % is said of all only, and 0 % of none."""
    if fraction is None or fraction != fraction:
        return "unknown"
    least = 10.0**-digits
    percent = fraction * 100
    if 0 < percent < least / 2:
        return f"below {least:g} %"
    if 100 - least / 2 <= percent < 100:
        return f"above {100 - least:.{digits}f} %"
    return f"{percent + 0.0:.{digits}f} %"


def gram_words(value_kg: float | None) -> str:
    """`12 g`, or `unknown`."""
    return "unknown" if value_kg is None or value_kg != value_kg else f"{value_kg * 1000 + 0.0:.0f} g"


def signed_words(value: float, digits: int = 2) -> str:
    """`+0.03`, `−0.10`, `0.00`: with a true minus, and no sign before a zero."""
    text = f"{abs(value):.{digits}f}"
    return text if not text.strip("0.") else ("−" if value < 0 else "+") + text


def minus_words(value: float, digits: int = 1) -> str:
    """`−8589.4`: with a true minus, and none before a zero."""
    return signed_words(value, digits).removeprefix("+")


def day_words(moment: Moment) -> str:
    """`Mon 2 March 2026`, local time."""
    at = time.localtime(moment.wall_ms / 1000)
    return f"{time.strftime('%a', at)} {at.tm_mday} {time.strftime('%B %Y', at)}"


def clock_words(moment: Moment) -> str:
    """`14:03`, local time; with a question mark where the clock was not known to be right."""
    doubt = "" if moment.clock_trusted else "?"
    return f"{time.strftime('%H:%M', time.localtime(moment.wall_ms / 1000))}{doubt}"


def count_words(number: int, what: str, many: str = "") -> str:
    """`1 alarm`, `3 alarms`."""
    return f"{number} {what if number == 1 else many or what + 's'}"


def seconds_words(seconds: float) -> str:
    """`1.4 s` below a minute, then as everywhere: `3 min 5 s`; `0 s` for none at all."""
    if seconds <= 0:
        return "0 s"
    return f"{seconds + 0.0:.1f} s" if seconds < 59.95 else time_words(seconds)


def long_words(seconds: float) -> str:
    """`40 h 10 min`, and from a hundred hours on whole hours: `1667 h`."""
    return f"{seconds / 3600:.0f} h" if seconds >= 360_000 else time_words(seconds)


def when_words(made: str) -> str:
    """`2026-03-02 14:05 +00:00` of an ISO 8601 time; any other words as they are."""
    return _ISO.sub(r"\1 \2 \3", made).strip()
