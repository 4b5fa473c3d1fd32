"""Commands over a real broker: handed over with their origin, answered from wherever, never in the alarms' way."""

import json
import logging
import socket
from collections.abc import Callable
from threading import Thread, current_thread

import pytest

from bard.annunciate.mqtt import MqttOutput
from bard.messages import Acknowledge, Command, SetZone, StopSession
from tests.annunciate.broker import Broker, Ear, Opened, connect, wait_for
from tests.annunciate.messages import changed, stamp

pytestmark = pytest.mark.apt


class Core:
    """Carries out nothing; `refusal` is what it says to the next ones, from a thread of its own."""

    def __init__(self) -> None:
        self.given: list[tuple[Command, str]] = []
        self.threads: set[str] = set()
        self.refusal: str | None = None
        self.held: list[Callable[[str | None], None]] | None = None

    def submit(self, command: Command, origin: str, answer: Callable[[str | None], None]) -> None:
        self.given.append((command, origin))
        self.threads.add(current_thread().name)
        if self.held is not None:
            self.held.append(answer)
        else:
            Thread(target=answer, args=(self.refusal,)).start()


def order(verb: str, order_id: str, **args: object) -> str:
    return json.dumps({"id": order_id, "verb": verb, "args": args})


def results(ear: Ear) -> list[tuple[object, object, object]]:
    return [(each["id"], each["result"], each["refusal"]) for each in ear.of("command_result")]


def hears(output: MqttOutput) -> MqttOutput:
    """It is connected, and the broker has taken its subscription."""
    wait_for(lambda: output._broker.hearing)
    return output


@pytest.fixture
def core() -> Core:
    return Core()


def test_a_command_is_handed_over_with_its_origin_and_answered(
    broker: Broker, ear: Ear, opened: Opened, core: Core
) -> None:
    output = hears(opened(broker.port, submit=core.submit))
    ear.publish("command", order("acknowledge", "a", condition="load_over"), retain=False)
    wait_for(lambda: results(ear) == [("a", "done", None)])
    assert core.given == [(Acknowledge("load_over"), "mqtt")]
    core.refusal = "no session runs: start one first"
    ear.publish("command", order("zone", "b", zone="neck"), retain=False)
    wait_for(lambda: results(ear)[1:] == [("b", None, "no session runs: start one first")])
    assert core.given[1:] == [(SetZone("neck", only_lower=True), "mqtt")]
    assert core.threads == {"output mqtt"}, "neither paho's thread nor the core's"
    assert not [heard for heard in ear.heard if heard[0] == "command_result" and heard[2]]
    assert output.refused_commands == 0


def test_a_duplicate_is_answered_again_and_given_to_the_core_once(
    broker: Broker, ear: Ear, opened: Opened, core: Core
) -> None:
    hears(opened(broker.port, submit=core.submit))
    for count in (1, 2, 3):
        ear.publish("command", order("acknowledge", "same"), retain=False)
        wait_for(lambda count=count: results(ear) == count * [("same", "done", None)])  # type: ignore[misc]
    assert len(core.given) == 1


def test_a_retained_command_is_refused_and_cleared(
    broker: Broker, ear: Ear, opened: Opened, core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    ear.publish("command", order("acknowledge", "old"))
    with caplog.at_level(logging.WARNING):
        output = opened(broker.port, submit=core.submit)
        wait_for(lambda: results(ear))
    refusal = "a retained command is never carried out: publish it without the retain flag"
    assert results(ear) == [("old", None, refusal)]
    assert caplog.messages == [f"mqtt: command refused: {refusal}"]
    wait_for(lambda: ear.last("command") == "")
    late = Ear(broker.port)
    wait_for(lambda: late.last("status") == "online")
    assert late.of("command") == []
    late.close()
    assert core.given == []
    assert (output.refused_commands, output.failure) == (1, None)


def test_session_commands_only_with_permission(broker: Broker, ear: Ear, opened: Opened, core: Core) -> None:
    without = hears(opened(broker.port, submit=core.submit))
    ear.publish("command", order("stop", "s"), retain=False)
    refusal = "stop is not allowed over MQTT; mqtt.allow_session_commands allows it"
    wait_for(lambda: results(ear) == [("s", None, refusal)])
    assert core.given == []
    without.close()
    hears(opened(broker.port, submit=core.submit, allow_session_commands=True))
    ear.publish("command", order("stop", "s"), retain=False)
    wait_for(lambda: results(ear)[1:] == [("s", "done", None)])
    assert core.given == [(StopSession(), "mqtt")]


def test_a_flood_of_nonsense_delays_no_alarm_and_is_counted(
    broker: Broker, ear: Ear, opened: Opened, core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    output = hears(opened(broker.port, submit=core.submit))
    refused = output.refused_commands
    for _ in range(3_000):
        ear._client.publish("bard/room/command", b"x" * 100, 0)
    at = stamp()
    output.tell(changed(), at)
    assert wait_for(lambda: [e["uid"] for e in ear.of("alarm_event")] == [at.uid]) < 3
    wait_for(lambda: output.refused_commands > refused + 100)
    assert len(ear.of("command_result")) < 100
    assert len(caplog.messages) < 20
    assert output.failure is None
    wait_for(lambda: not output._broker._notices)
    assert core.given == []


def test_an_answer_after_a_lost_connection_is_given_to_the_same_command_again(
    broker: Broker, ear: Ear, opened: Opened, core: Core
) -> None:
    output = hears(opened(broker.port, submit=core.submit))
    core.held = []
    ear.publish("command", order("acknowledge", "slow"), retain=False)
    wait_for(lambda: core.held)
    broker.stop()
    wait_for(lambda: not output.connected)
    core.held[0](None)
    wait_for(lambda: not output._answers)
    broker.start()
    connect(output)
    wait_for(lambda: ear.listening and output._broker.hearing)
    ear.publish("command", order("acknowledge", "slow"), retain=False)
    wait_for(lambda: results(ear)[-1:] == [("slow", "done", None)])
    assert len(core.given) == 1


def test_a_core_that_has_ended_is_an_answer(broker: Broker, ear: Ear, opened: Opened) -> None:
    def submit(_command: Command, _origin: str, _answer: Callable[[str | None], None]) -> None:
        raise RuntimeError("Event loop is closed")

    output = hears(opened(broker.port, submit=submit))
    ear.publish("command", order("acknowledge", "late"), retain=False)
    wait_for(lambda: results(ear) == [("late", None, "bard is ending")])
    assert output.failure is None


def test_a_broker_that_does_not_let_us_hear_is_said(
    opened: Opened, core: Core, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=grudging, args=(listener,), daemon=True).start()
        output = hears(opened(listener.getsockname()[1], submit=core.submit))
        wait_for(lambda: caplog.messages)
        assert caplog.messages == ["mqtt: the broker does not let us hear homeassistant/status and bard/room/command"]
        assert output.failure is None
        output.close()


def grudging(listener: socket.socket) -> None:
    """A broker that lets one client in, and refuses each of its two subscriptions (MQTT 3.1.1, section 3.9.3)."""
    caller, _ = listener.accept()
    stream = caller.makefile("rb")
    while head := stream.read(1):
        length = shift = 0
        while True:
            byte = stream.read(1)[0]
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        body = stream.read(length)
        if head[0] == 0x10:
            caller.sendall(b"\x20\x02\x00\x00")
        elif head[0] == 0x82:
            caller.sendall(b"\x90\x04" + body[:2] + b"\x80\x80")
