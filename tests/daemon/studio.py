"""A house whose studio keeps a therapist and a client, with an intake of two questions."""

from bard.people.reader import PeopleReader
from bard.people.schema import PEOPLE_FILE
from tests.daemon.house import House

LIST = """\
reminder = "A reminder."
[[items]]
id = "pregnancy"
question = "Pregnant?"
kind = "absolute"
[[items]]
id = "veins"
question = "Varicose veins?"
kind = "caution"
"""
CLIENT, THERAPIST = "CQ7ZEBRA", "TQ9OKAPI"
SETTINGS = '[studio]\nintake_file = "intake.toml"\n'


def furnish(house: House, port: str, more: str = "", studio: str = "") -> None:
    """The configuration and its questions; nobody is kept yet."""
    house.furnish(port, more=SETTINGS + studio + more)
    (house.folder / "intake.toml").write_text(LIST)


def people_of(house: House) -> PeopleReader:
    return PeopleReader(house.folder / "var" / PEOPLE_FILE)


def admit(house: House, limit_kg: float = 40, pregnancy: str = "no") -> None:
    """Both with all that a session needs."""
    for command in (
        ("therapist", "add", "--code", THERAPIST, "--body-weight", 70),
        ("client", "add", "--code", CLIENT, "--limit", limit_kg, "--zone", "ribs=20", "--by", "Adamantia"),
        ("intake", CLIENT, "--by", "Adamantia", "--answer", f"pregnancy={pregnancy}", "--answer", "veins=no"),
    ):
        done = house.bard(*command)
        assert done.returncode == 0, done
