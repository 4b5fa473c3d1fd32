"""The people's database of a configuration, for commands."""

import time
from pathlib import Path

from bard.config.load import load_settings
from bard.people.reader import PeopleReader
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from bard.settings import Settings
from bard.studio.holdings import own_as


def settings_of(config: str) -> Settings:
    """What the file says. Raises ConfigError."""
    return load_settings(Path(config))


def people_path(settings: Settings) -> Path:
    """Where it lies."""
    return Path(settings.journal.directory) / PEOPLE_FILE


def write_people(settings: Settings) -> People:
    """Open to write; made where there is none, for the service where root makes it."""
    path = people_path(settings)
    new = not path.exists()
    people = People(path, names=settings.studio.names)
    if new:
        for file in path.parent.glob(f"{path.name}*"):
            own_as(path.parent, file)
    return people


def read_people(settings: Settings) -> PeopleReader:
    """Open to read. Raises DataError where nobody is kept yet."""
    return PeopleReader(people_path(settings))


def now_ms() -> int:
    """The wall clock."""
    return round(time.time() * 1000)
