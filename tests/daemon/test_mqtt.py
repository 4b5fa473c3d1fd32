"""The daemon on a real Mosquitto: what it says there, a broker that comes late, and the will after a kill."""

import json
import signal
import statistics
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.annunciate.broker import Broker, Ear
from tests.daemon import studio
from tests.daemon.house import House, wait_for

pytestmark = pytest.mark.apt

STEADY = "sim://steady?seed=3"
LOADS = 21


@pytest.fixture
def ears() -> Iterator[list[Ear]]:
    made: list[Ear] = []
    yield made
    for ear in made:
        ear.close()


def furnish(house: House, broker: Broker) -> None:
    house.furnish(STEADY, more=f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}')


def is_over(ear: Ear) -> bool:
    """The broker has told that the load is above the limit."""
    told = ear.last("alarm/load_over")
    return bool(told) and told["state"] == "active"


def test_online_load_and_alarms_and_offline_at_the_end(house: House, broker: Broker, ears: list[Ear]) -> None:
    broker.start()
    ears.append(ear := Ear(broker.port))
    furnish(house, broker)
    house.start()
    wait_for(lambda: ear.of("status") == ["online"], "online")
    house.until_known()
    assert house.bard("session", "start", "--body-weight", 70, "--limit", 20, "--near", 5).returncode == 0
    wait_for(lambda: is_over(ear), "above the limit as soon as she is on the client")
    first = len(ear.of("load"))
    came_s = []
    for number in range(LOADS):
        wait_for(lambda number=number: len(ear.of("load")) > first + number, "a load")
        came_s.append(time.monotonic())
    gaps_s = [later - earlier for earlier, later in pairwise(came_s)]
    assert statistics.median(gaps_s) == pytest.approx(0.2, rel=0.25), "five a second"
    load = ear.last("load")
    with house.client() as client:
        assert load["client_load_kg"] == pytest.approx(client.query().client_load_kg, abs=10)
    ears.append(late := Ear(broker.port))
    wait_for(lambda: is_over(late), "the alarm is retained")
    assert [retained for topic, _, retained in late.heard if topic == "alarm/load_over"] == [True]
    events = [payload for payload in ear.of("alarm_event") if payload["id"] == "load_over"]
    assert events[0]["state"] == "active"
    assert not [retained for topic, _, retained in late.heard if topic == "alarm_event" and retained]
    assert ear.last("session") == {"limit_kg": 20, "phase": "on", "running": True}
    assert house.end() == 0
    wait_for(lambda: ear.last("status") == "offline", "offline")
    assert house.log.read_text() == ""


def test_the_will_after_kill_9(house: House, broker: Broker, ears: list[Ear]) -> None:
    broker.start()
    ears.append(ear := Ear(broker.port))
    furnish(house, broker)
    house.start()
    wait_for(lambda: ear.last("status") == "online", "online")
    house.end(signal.SIGKILL)
    wait_for(lambda: ear.of("status") == ["online", "offline"], "the will")


def test_it_starts_without_a_broker_and_connects_when_one_comes(house: House, broker: Broker, ears: list[Ear]) -> None:
    furnish(house, broker)
    house.start()
    house.until_known()
    wait_for(lambda: "mqtt: broker 127.0.0.1:" in house.log.read_text(), "the log says that there is none")
    broker.start()
    ears.append(ear := Ear(broker.port))
    wait_for(lambda: ear.last("status") == "online", "online")
    wait_for(lambda: ear.last("load"), "load")
    wait_for(lambda: "bard: mqtt: well again" in house.log.read_text(), "the log says that it is there")
    assert house.end() == 0


def test_a_second_daemon_does_not_take_the_first_one_s_place(house: House, broker: Broker, ears: list[Ear]) -> None:
    broker.start()
    ears.append(ear := Ear(broker.port))
    furnish(house, broker)
    house.start()
    wait_for(lambda: ear.last("status") == "online", "online")
    assert house.bard("run").returncode == 1
    heard = len(ear.of("load"))
    wait_for(lambda: len(ear.of("load")) > heard + 5, "the first one goes on")
    assert ear.of("status") == ["online"]


def test_commands_from_far_away_are_carried_out_answered_and_logged(
    house: House, broker: Broker, ears: list[Ear]
) -> None:
    broker.start()
    ears.append(ear := Ear(broker.port))
    furnish(house, broker)
    house.start()
    house.until_known()
    assert house.bard("session", "start", "--body-weight", 70, "--limit", 40, "--zone", "ribs=25").returncode == 0

    def answer(number: str, verb: str, **args: object) -> dict[str, object]:
        ear.publish("command", json.dumps({"id": number, "verb": verb, "args": args}), retain=False)
        wait_for(lambda: any(said["id"] == number for said in ear.of("command_result")), f"an answer to {verb}")
        found: dict[str, object] = next(said for said in ear.of("command_result") if said["id"] == number)
        return found

    assert answer("a", "acknowledge")["refusal"] is None
    assert answer("b", "zone", zone="ribs")["refusal"] is None
    session = house.snapshot().session
    assert session is not None
    assert session.limit_kg == 25
    assert "raise the limit" in str(answer("c", "zone", zone=None)["refusal"])
    assert "allow_session_commands" in str(answer("d", "stop")["refusal"])
    assert house.snapshot().session is not None
    assert house.end() == 0
    [tape] = house.tapes()
    shown = house.bard("tape", "show", "--kind", "command", tape).stdout
    assert '"zone":"ribs"} from mqtt' in shown.replace('"only_lower":true,', "")


def test_a_start_for_a_client_over_the_broker_tells_the_code_and_no_more(
    house: House, broker: Broker, ears: list[Ear]
) -> None:
    broker.start()
    ears.append(ear := Ear(broker.port))
    mqtt = f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\nallow_session_commands = true'
    studio.furnish(house, STEADY, more=mqtt)
    studio.admit(house, pregnancy="yes")
    house.start()
    house.until_known()

    def refusal(number: str, **args: object) -> object:
        ear.publish("command", json.dumps({"id": number, "verb": "start", "args": args}), retain=False)
        wait_for(lambda: any(said["id"] == number for said in ear.of("command_result")), "an answer")
        return next(said["refusal"] for said in ear.of("command_result") if said["id"] == number)

    people = {"client": studio.CLIENT, "therapist": studio.THERAPIST}
    assert refusal("a", **people) == "not begun: intake: bard session preflight says why"
    assert house.bard("intake", studio.CLIENT, "--by", "Adamantia", "--answer", "pregnancy=no", "--answer", "veins=no")
    assert refusal("b", **people) is None
    wait_for(lambda: ear.last("session").get("client") == studio.CLIENT, "the code is told")
    house.end(signal.SIGKILL)
    house.start()
    ears.append(late := Ear(broker.port))
    wait_for(lambda: (late.last("session") or {}).get("client") == studio.CLIENT, "and again after a restart")
    assert house.bard("session", "stop").returncode == 0
    wait_for(lambda: "client" not in late.last("session"), "not any more")
    everything = json.dumps([heard for one in (ear, late) for heard in one.heard if heard[0] != "command"])
    assert not any(word in everything for word in (studio.THERAPIST, "Adamantia", "regnan"))
