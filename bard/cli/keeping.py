"""The people's database of a configuration, for commands."""

import time
from pathlib import Path

from bard.config.load import load_settings
from bard.people.reader import PeopleReader
from bard.people.store import People
from bard.settings import Settings
from bard.studio.people_file import people_file, people_to_write


def settings_of(config: str) -> Settings:
    """What the file says. Raises ConfigError."""
    return load_settings(Path(config))


def people_path(settings: Settings) -> Path:
    """Where it lies."""
    return people_file(settings)


def write_people(settings: Settings) -> People:
    """Open to write; made where there is none, for the service where root makes it."""
    return people_to_write(settings)


def read_people(settings: Settings) -> PeopleReader:
    """Open to read. Raises DataError where nobody is kept yet."""
    return PeopleReader(people_path(settings))


def now_ms() -> int:
    """The wall clock."""
    return round(time.time() * 1000)
