"""A people.db with somebody in it."""

import sqlite3
from pathlib import Path

from bard.people.records import LimitsGiven, Weight
from bard.people.store import People

MS = 1_764_000_000_000
"""Some time in November 2025."""
DAY_MS = 86_400_000
LIMITS = LimitsGiven(40, zones={"lower back": 25})
WEIGHT = Weight(MS, "T7", 70.5, 0.5, "2025-11-24", "typed")
PATH = "people.db"


def made(folder: Path, **kwargs: bool) -> People:
    """T1 who weighs 70.5 kg, C1 with a limit of 40 kg, C2 without."""
    people = People(folder / PATH, **kwargs)
    people.add_therapist("T1", MS)
    people.set_weight("T1", WEIGHT)
    people.add_client("C1", MS)
    people.add_client("C2", MS)
    people.set_limits("C1", LIMITS, at_ms=MS, by="Ada")
    return people


def spoil(folder: Path, statement: str) -> None:
    """Change the file behind bard's back."""
    connection = sqlite3.connect(folder / PATH, isolation_level=None)
    connection.execute(statement)
    connection.close()
