"""Summaries made by hand: a session's tenths of seconds without a core."""

from math import nan, sin

from msgspec import structs

from bard.monitor import Judged, Summary
from tests.journal.logs import NUMBERS, id_of

BARS = ("left bar", "right bar")
JUDGED = Judged(NUMBERS, "0123456789ab", BARS)
RIBS = Judged(
    structs.replace(NUMBERS, limit_kg=25.0, near_kg=21.25, critical_kg=31.25, zone="ribs"), "0123456789ab", BARS
)
NOBODY = (nan, nan, nan, nan, nan)


def summary(
    number: int, client_kg: float, *, session: str = id_of(0), phase: str = "on", judged: Judged = JUDGED
) -> Summary:
    """Of a steady load; NaN: the bars are not known."""
    bar_kg = 70.0 - client_kg
    known = 10 if client_kg == client_kg else 0
    loads = (client_kg - 0.2, client_kg, client_kg + 0.2, client_kg + 1.0, 2.0 + 0 * client_kg)
    bars_kg = (0.6 * bar_kg, 0.4 * bar_kg)
    return Summary(session, number, 10, known, *(loads if phase != "off" else NOBODY), bar_kg, bars_kg, phase, judged)


def wave(begin: int, end: int, session: str = id_of(0)) -> list[Summary]:
    """Work: the load goes up and down between 20 and 40 kg."""
    return [summary(number, 30 + 10 * sin(number / 17), session=session) for number in range(begin, end)]
