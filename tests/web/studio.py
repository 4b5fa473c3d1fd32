"""A studio with people and sessions in it, beside its page's process."""

import time
from pathlib import Path

from bard.control.protocol import Start
from bard.messages import StopSession
from bard.people.records import LimitsGiven, Weight
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from tests.daemon.house import House, wait_for
from tests.web.levels import bring
from tests.web.station import Station

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
ALARMS = {"over": "load_over", "critical": "load_critical"}
CLIENT, THERAPIST = "C7K4QX", "T42"
INTAKE = f"""
reminder = "A reminder {SCRIPT}"
[[items]]
id = "pregnancy"
question = "Pregnant? {SCRIPT}"
kind = "absolute"
[[items]]
id = "bruises"
question = "Bruises easily?"
kind = "caution"
"""


def now_ms() -> int:
    return round(time.time() * 1000)


def people_of(house: House) -> People:
    return People(house.folder / "var" / PEOPLE_FILE, names=True)


def furnished(folder: Path, *, names: bool = True) -> Station:
    """A steady room that runs, with one client (asked, and with limits), one therapist, and the page."""
    house = House(folder)
    (folder / "intake.toml").write_text(INTAKE)
    studio = f'[studio]\nnames = {"true" if names else "false"}\nintake_file = "{folder / "intake.toml"}"\n'
    station = Station(house, studio)
    house.furnish("sim://steady?seed=1", more=station.table)
    with people_of(house) as people:
        people.add_client(CLIENT, now_ms(), name=f"Ann {SCRIPT}" if names else None)
        people.set_limits(CLIENT, LimitsGiven(60.0, zones={"ribs": 20.0}), at_ms=now_ms(), by=f"B. {SCRIPT}")
        people.record_intake(CLIENT, {"pregnancy": "no", "bruises": "no"}, at_ms=now_ms(), by="B.")
        people.add_therapist(THERAPIST, now_ms())
        today = time.strftime("%Y-%m-%d")
        people.set_weight(THERAPIST, Weight(now_ms(), "", 70.0, 0.5, today, "typed"))
    house.start()
    station.start()
    house.until_known()
    return station


def session_at(station: Station, *levels: str) -> str:
    """One that went through these levels and is over; its id."""
    house = station.house
    with house.client() as client:
        result = client.start(Start(0, CLIENT, THERAPIST))
        assert result.session is not None, result
        house.until(lambda now: now.phase == "on" and now.client_load_kg, "somebody is on")
        for level in levels:
            bring(house, level)
            if level in ALARMS:
                house.until(lambda now, of=level: any(one.id == ALARMS[of] for one in now.alarms), level)
        client.command(StopSession())
    wait_for(lambda: house.snapshot().session is None, "it is over")
    return result.session
