"""Bring a steady simulated load to any level by choosing the limits, as a person would type them."""

from bard.control.level import level_of
from bard.messages import SetLimit, Snapshot, StartSession
from tests.daemon.house import House, wait_for

BODY_KG = 70.0
SHARES = {"below": (2.0, 3.0, 4.0), "near": (0.6, 1.6, 2.5), "over": (0.4, 0.85, 3.0), "critical": (0.3, 0.5, 0.7)}
"""near, limit and critical as shares of the load."""


def begin(house: House, **zones: float) -> None:
    """A session with somebody on the client."""
    with house.client() as client:
        client.command(StartSession(BODY_KG, 60.0, zones={name.replace("_", " "): kg for name, kg in zones.items()}))
    house.until(lambda snapshot: snapshot.phase == "on" and snapshot.client_load_kg, "somebody is on")


def bring(house: House, level: str) -> Snapshot:
    """Until the load is at this level."""
    with house.client() as client:
        load_kg = client.query().client_load_kg
        assert load_kg is not None
        near, limit, critical = (round(share * load_kg, 1) for share in SHARES[level])
        client.command(SetLimit(limit, near, critical, "the test", "to see it"))
        wait_for(lambda: level_of(client.query()) == level, level)
        return client.query()
