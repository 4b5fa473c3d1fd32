"""How Home Assistant finds a station: one retained message that describes a device and its entities.

One law: pure, and the same message for the same station and version; whatever is unknown or too old is shown as
unknown or unavailable, never as a number. Loads come from the topic `summary`, once a second: a recorder is no store
for `load`, five times a second. The source of each field: https://www.home-assistant.io/integrations/mqtt/ (device
discovery payload), .../sensor.mqtt/ and .../binary_sensor.mqtt/.
"""

from typing import Any

import msgspec

from bard import __version__
from bard.alarm.conditions import CONDITIONS
from bard.annunciate.topics import NO_CONDITION, OFF, OFFLINE, ON, ONLINE, SUMMARY_S
from bard.client.phase import Phase

BIRTH_TOPIC = "homeassistant/status"
"""Where Home Assistant says that it is there; not moved by its discovery prefix, unless its owner moved it as well."""
BORN = b"online"
EXPIRE_S = 5 * SUMMARY_S
_encode = msgspec.json.Encoder(order="sorted").encode


def discovery_topic(prefix: str, station: str) -> str:
    """Where the message is retained."""
    return f"{prefix}/device/{_id(station)}/config"


def birth_topics(prefix: str) -> tuple[str, ...]:
    """Where Home Assistant's birth may be told."""
    return tuple(dict.fromkeys((BIRTH_TOPIC, f"{prefix}/status")))


def discovery(station: str) -> bytes:
    """The message."""
    base, device = f"bard/{station}", f"bard-{_id(station)}"
    alive = {"availability_topic": f"{base}/status"}
    components: dict[str, dict[str, Any]] = {
        "client_load": _load("Client load", "client_load_kg", measured=True),
        "bar_load": _load("Bar load", "bar_load_kg", measured=True),
        "limit": _load("Limit", "limit_kg", measured=False),
        "u": {**_load("Uncertainty", "u_kg", measured=True), "entity_category": "diagnostic"},
        "alarm": _binary("Alarm", "alarm", "safety"),
        "fault": _binary("Fault", "fault", "problem"),
        "condition": _enum("Condition", "condition", [NO_CONDITION, *(condition.id for condition in CONDITIONS)]),
        "phase": _enum("Phase", "phase", [phase.value for phase in Phase]),
    }
    for component in components.values():
        component |= {"state_topic": f"{base}/summary", "expire_after": EXPIRE_S, **alive}
    # Not one that becomes unavailable with the rest: that nobody watches is the one thing it must go on saying.
    components["monitoring"] = {
        "platform": "binary_sensor",
        "name": "Monitoring",
        "device_class": "connectivity",
        "state_topic": f"{base}/status",
        "payload_on": ONLINE.decode(),
        "payload_off": OFFLINE.decode(),
    }
    for key, component in components.items():
        component["unique_id"] = f"{device}-{key}"
    return _encode(
        {
            "device": {
                "identifiers": [device],
                "name": f"bard {station}",
                "manufacturer": "bard",
                "model": "load monitor for overhead bars",
                "sw_version": __version__,
            },
            "origin": {"name": "bard", "sw_version": __version__},
            "components": components,
        }
    )


def _id(station: str) -> str:
    """The station as an id of Home Assistant, which has no spaces."""
    return station.replace(" ", "--")


def _load(name: str, field: str, *, measured: bool) -> dict[str, Any]:
    """null becomes `None`, which is unknown there. What a person set is no measurement, and gets no statistics."""
    return {
        "platform": "sensor",
        "name": name,
        "device_class": "weight",
        "unit_of_measurement": "kg",
        "suggested_display_precision": 1,
        "value_template": _template(field),
        **({"state_class": "measurement"} if measured else {}),
    }


def _binary(name: str, field: str, device_class: str) -> dict[str, Any]:
    return {
        "platform": "binary_sensor",
        "name": name,
        "device_class": device_class,
        "payload_on": ON,
        "payload_off": OFF,
        "value_template": _template(field),
    }


def _enum(name: str, field: str, options: list[str]) -> dict[str, Any]:
    return {
        "platform": "sensor",
        "name": name,
        "device_class": "enum",
        "options": options,
        "value_template": _template(field),
    }


def _template(field: str) -> str:
    return f"{{{{ value_json.{field} }}}}"
