"""The discovery message, field by field, against what Home Assistant's documentation states.

Sources, read in the documentation's own repository (home-assistant/home-assistant.io), the pages of
  https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload      DEVICE, ORIGIN, ROOT
  https://www.home-assistant.io/integrations/sensor.mqtt/#configuration         SENSOR
  https://www.home-assistant.io/integrations/binary_sensor.mqtt/#configuration  BINARY_SENSOR
  https://www.home-assistant.io/integrations/sensor/#device-class               UNITS
  https://www.home-assistant.io/integrations/binary_sensor/#device-class        BINARY_CLASSES
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from bard.alarm.conditions import CONDITIONS
from bard.annunciate.discovery import birth_topics, discovery, discovery_topic
from bard.annunciate.topics import ONLINE, summary, summary_payload, urgent
from bard.messages import AlarmSnapshot, Snapshot
from tests.annunciate.messages import snapshot

Check = Callable[[Any], bool]


def text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(text, value))


def table(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)


def topic(value: Any) -> bool:
    return text(value) and not re.search(r"[+#\0]", value)


def one_of(*allowed: str) -> Check:
    return lambda value: value in allowed


ROOT: dict[str, Check] = {"device": table, "origin": table, "components": table, "qos": one_of(), "encoding": text}
DEVICE: dict[str, Check] = {
    "configuration_url": text,
    "identifiers": texts,
    "hw_version": text,
    "manufacturer": text,
    "model": text,
    "model_id": text,
    "name": text,
    "serial_number": text,
    "suggested_area": text,
    "sw_version": text,
}
ORIGIN: dict[str, Check] = {"name": text, "sw_version": text, "support_url": text}
_BOTH: dict[str, Check] = {
    "availability_topic": topic,
    "enabled_by_default": lambda value: isinstance(value, bool),
    "entity_category": one_of("diagnostic"),
    "expire_after": whole,
    "icon": text,
    "json_attributes_topic": topic,
    "name": text,
    "state_topic": topic,
    "unique_id": text,
    "value_template": text,
}
SENSOR: dict[str, Check] = {
    **_BOTH,
    "platform": one_of("sensor"),
    "device_class": one_of("weight", "enum"),
    "options": texts,
    "state_class": one_of("measurement"),
    "suggested_display_precision": whole,
    "unit_of_measurement": text,
}
BINARY_SENSOR: dict[str, Check] = {
    **_BOTH,
    "platform": one_of("binary_sensor"),
    "device_class": text,
    "payload_on": text,
    "payload_off": text,
}
UNITS = {"weight": {"kg", "g", "mg", "µg", "oz", "lb", "st"}}
BINARY_CLASSES = {"problem", "safety", "connectivity"}
DEFAULT_AVAILABLE, DEFAULT_NOT_AVAILABLE = "online", "offline"

MESSAGE = json.loads(discovery("room"))
COMPONENTS: dict[str, dict[str, Any]] = MESSAGE["components"]


def conforms(given: dict[str, Any], schema: dict[str, Check], required: set[str]) -> None:
    assert set(given) <= set(schema), "a key that is not documented is ignored there, silently"
    assert required <= set(given)
    for key, value in given.items():
        assert schema[key](value), key


def rendered(component: dict[str, Any], payload: dict[str, Any]) -> str:
    """What `{{ value_json.FIELD }}` gives there: Jinja prints None for null."""
    found = re.fullmatch(r"\{\{ value_json\.(\w+) \}\}", component["value_template"])
    assert found is not None
    return str(payload[found[1]])


def test_the_topic_is_that_of_a_device() -> None:
    pattern = r"homeassistant/device/[a-zA-Z0-9_-]+/config"
    assert discovery_topic("homeassistant", "room") == "homeassistant/device/room/config"
    for station in ("room", "Room 2", "room_2-b"):
        assert re.fullmatch(pattern, discovery_topic("homeassistant", station))
    assert discovery_topic("ha/x", "room") == "ha/x/device/room/config"


def test_device_origin_and_root() -> None:
    conforms(MESSAGE, ROOT, {"device", "origin", "components"})
    conforms(MESSAGE["device"], DEVICE, {"identifiers", "name"})
    conforms(MESSAGE["origin"], ORIGIN, {"name"})


@pytest.mark.parametrize("key", COMPONENTS)
def test_each_component(key: str) -> None:
    component = COMPONENTS[key]
    required = {"platform", "unique_id", "state_topic", "name", "device_class"}
    if component["platform"] == "binary_sensor":
        conforms(component, BINARY_SENSOR, {*required, "payload_on", "payload_off"})
        assert component["device_class"] in BINARY_CLASSES
        return
    conforms(component, SENSOR, {*required, "value_template", "expire_after", "availability_topic"})
    if component["device_class"] == "enum":
        assert "state_class" not in component, "documented: options cannot be used together with these"
        assert "unit_of_measurement" not in component
        assert len(component["options"]) == len(set(component["options"]))
    else:
        assert "options" not in component
        assert component["unit_of_measurement"] in UNITS[component["device_class"]]


def test_the_entities_of_the_design() -> None:
    kinds = {key: (each["platform"], each["device_class"]) for key, each in COMPONENTS.items()}
    assert kinds == {
        "client_load": ("sensor", "weight"),
        "bar_load": ("sensor", "weight"),
        "limit": ("sensor", "weight"),
        "u": ("sensor", "weight"),
        "alarm": ("binary_sensor", "safety"),
        "fault": ("binary_sensor", "problem"),
        "condition": ("sensor", "enum"),
        "phase": ("sensor", "enum"),
        "monitoring": ("binary_sensor", "connectivity"),
    }
    measured = {key for key, each in COMPONENTS.items() if each.get("state_class") == "measurement"}
    assert measured == {"client_load", "bar_load", "u"}


def test_unavailable_with_the_station_or_when_too_old_but_monitoring_says_so() -> None:
    assert ONLINE.decode() == DEFAULT_AVAILABLE
    for key, component in COMPONENTS.items():
        if key == "monitoring":
            assert component["state_topic"] == "bard/room/status"
            assert (component["payload_on"], component["payload_off"]) == (DEFAULT_AVAILABLE, DEFAULT_NOT_AVAILABLE)
            assert not {"availability_topic", "expire_after"} & set(component)
        else:
            assert component["availability_topic"] == "bard/room/status"
            assert component["state_topic"] == "bard/room/summary"
            assert component["expire_after"] == 5
    assert "availability_topic" not in MESSAGE, "documented: a component takes over what stands at the root"


def test_ids_are_stable_and_of_one_station_each() -> None:
    ids = [component["unique_id"] for component in COMPONENTS.values()]
    assert ids == sorted(set(ids), key=ids.index)
    assert COMPONENTS["client_load"]["unique_id"] == "bard-room-client_load", "another id is another entity: never"
    assert MESSAGE["device"]["identifiers"] == ["bard-room"]
    assert discovery("room") == discovery("room")
    others = json.loads(discovery("room 2"))["components"]
    assert not set(ids) & {component["unique_id"] for component in others.values()}
    assert others["limit"]["state_topic"] == "bard/room 2/summary"


def test_each_template_finds_its_field_and_each_enum_its_value() -> None:
    for room in (snapshot(), snapshot(client_load_kg=None, bar_load_kg=None, session=False)):
        told = json.loads(summary_payload(summary(room)))
        for key, component in COMPONENTS.items():
            if key == "monitoring":
                continue
            value = rendered(component, told)
            if component["device_class"] == "enum":
                assert value in component["options"]
            elif component["platform"] == "binary_sensor":
                assert value in (component["payload_on"], component["payload_off"])
            else:
                assert value == "None" or float(value) > 0, "None is unknown there"
    for condition in CONDITIONS:
        room = structs.replace(snapshot(), signal_of=condition.id)
        assert summary(room)["condition"] in COMPONENTS["condition"]["options"]


def alarming(condition: str, priority: str) -> Snapshot:
    alarm = AlarmSnapshot(condition, "active", priority, "", (), 0, None, None, None)
    return structs.replace(snapshot(), alarms=(alarm,))


@pytest.mark.parametrize(
    ("condition", "priority", "alarm", "fault"),
    [
        ("load_near", "cue", "OFF", "OFF"),
        ("load_over", "medium", "ON", "OFF"),
        ("load_critical", "high", "ON", "OFF"),
        ("load_unknown", "high", "ON", "ON"),
        ("cell_fault", "low", "OFF", "ON"),
        ("link_lost", "medium", "ON", "ON"),
        ("bar_pushed", "cue", "OFF", "ON"),
    ],
)
def test_alarm_is_what_calls_and_fault_what_needs_mending(
    condition: str, priority: str, alarm: str, fault: str
) -> None:
    told = summary(alarming(condition, priority))
    assert (told["alarm"], told["fault"]) == (alarm, fault)


def test_summary_rounds_for_a_recorder_and_has_no_body_weight() -> None:
    told = json.loads(summary_payload(summary(snapshot(client_load_kg=38.4567, bar_load_kg=-0.01))))
    assert told == {
        "client_load_kg": 38.5,
        "u_kg": 1.8,
        "bar_load_kg": 0.0,
        "limit_kg": 40.0,
        "phase": "on",
        "condition": "none",
        "alarm": "OFF",
        "fault": "OFF",
    }
    assert b"-0.0" not in summary_payload(summary(snapshot(bar_load_kg=-0.01)))


def test_what_is_urgent_is_more_than_another_load() -> None:
    calm = urgent(summary(snapshot()))
    assert urgent(summary(snapshot(client_load_kg=20.0))) == calm
    assert urgent(summary(snapshot(client_load_kg=None))) != calm
    assert urgent(summary(alarming("load_over", "medium"))) != calm
    assert urgent(summary(structs.replace(snapshot(), phase="off"))) != calm


def test_birth_is_heard_where_it_is_told() -> None:
    assert birth_topics("homeassistant") == ("homeassistant/status",)
    assert birth_topics("other") == ("homeassistant/status", "other/status")
