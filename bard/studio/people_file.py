"""people.db of a configuration, opened to write.

One law: where root makes it, it is the service's. What is written is bard.people's.
"""

from pathlib import Path

from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from bard.settings import Settings
from bard.studio.holdings import own_as


def people_file(settings: Settings) -> Path:
    """Where it lies."""
    return Path(settings.journal.directory) / PEOPLE_FILE


def people_to_write(settings: Settings) -> People:
    """Made where there is none. Raises DataError."""
    path = people_file(settings)
    new = not path.exists()
    people = People(path, names=settings.studio.names)
    if new:
        for file in path.parent.glob(f"{path.name}*"):
            own_as(path.parent, file)
    return people
