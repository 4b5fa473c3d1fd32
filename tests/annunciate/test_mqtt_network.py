"""Slow and broken networks, a broker killed in the middle, and a bard killed while the broker is away."""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bard.alarm.conditions import CONDITIONS
from bard.alarm.selector import Signal
from bard.annunciate.mqtt import MqttOutput
from tests.annunciate.broker import Broker, Ear, Opened, connect, free_port, wait_for
from tests.annunciate.messages import STARTED, changed, snapshot, stamp
from tests.annunciate.proxy import Proxy

pytestmark = pytest.mark.apt

RETAINED = {f"alarm/{condition.id}" for condition in CONDITIONS} | {"session", "status"}


@pytest.fixture
def proxy(broker: Broker) -> Iterator[Proxy]:
    made = Proxy(broker.port)
    yield made
    made.close()


def told(ear: Ear) -> list[tuple[str, bool]]:
    return [(event["uid"], event["late"]) for event in ear.of("alarm_event")]


def settled(output: MqttOutput) -> bool:
    return not output._broker.unanswered and not len(output._outbox)


def took_s(call: Callable[[int], None], times: int = 200) -> list[float]:
    took = []
    for turn in range(times):
        began_s = time.perf_counter()
        call(turn)
        took.append(time.perf_counter() - began_s)
    return took


def test_a_stall_delays_no_caller_loses_nothing_and_is_followed_by_the_present(
    proxy: Proxy, ear: Ear, opened: Opened
) -> None:
    output = opened(proxy.port)
    connect(output)
    wait_for(lambda: settled(output))
    proxy.stall()
    before = stamp()
    output.tell(changed(), before)
    assert wait_for(lambda: output.failure is not None) < 4
    assert str(output.failure).endswith(" does not answer")
    meanwhile = [stamp() for _ in range(200)]
    signals = [Signal(6, 6, "load_over"), Signal(7, 7, "load_critical")]
    calls: dict[str, Callable[[int], None]] = {
        "tell": lambda turn: output.tell(changed(), meanwhile[turn]),
        "play": lambda turn: output.play(signals[turn % 2], 0),
        "refresh": lambda _: output.refresh(0),
        "show": lambda turn: output.show(snapshot(turn * 200_000, client_load_kg=99.0), stamp()),
    }
    for name, call in calls.items():
        seconds = took_s(call)
        assert statistics.median(seconds) < 200e-6, name
        assert max(seconds) < 0.1, name
    assert output.connected, "a stall shorter than the keepalive is no loss"
    wait_for(lambda: output._snapshot is None and not output._items)
    proxy.flow()
    wait_for(lambda: len(ear.of("alarm_event")) == 201)
    assert told(ear) == [(before.uid, False), *((each.uid, True) for each in meanwhile)]
    wait_for(lambda: (ear.last("haptic") or {}).get("pattern") == 7)
    wait_for(lambda: output.failure is None)
    output.show(snapshot(10**9, client_load_kg=20.0), stamp())
    wait_for(lambda: (ear.last("load") or {}).get("client_load_kg") == 20.0)
    assert 99.0 not in [each["client_load_kg"] for each in ear.of("load")], "no load of the stall comes late"


def test_a_slow_network_is_not_a_dead_one(proxy: Proxy, ear: Ear, opened: Opened) -> None:
    output = opened(proxy.port, keepalive_s=2)
    connect(output)
    wait_for(lambda: settled(output))
    began_s = time.monotonic()
    proxy.slow(40_000)
    stamps = [stamp() for _ in range(250)]
    for each in stamps:
        output.tell(changed(), each)
    wait_for(lambda: len(ear.of("alarm_event")) == 250 and settled(output), 20)
    assert time.monotonic() - began_s > 2.5, "longer than a mute broker would have been waited for"
    assert told(ear) == [(each.uid, False) for each in stamps]
    assert ear.of("status").count("online") == 1, "never lost"


def test_a_half_open_connection_is_given_up_and_what_it_swallowed_comes_late(
    proxy: Proxy, ear: Ear, opened: Opened
) -> None:
    output = opened(proxy.port, keepalive_s=3)
    connect(output)
    before = stamp()
    output.tell(changed(), before)
    wait_for(lambda: told(ear) == [(before.uid, False)] and settled(output))
    proxy.abandon()
    swallowed = [stamp() for _ in range(30)]
    for each in swallowed:
        output.tell(changed(state="normal", was="clearing"), each)
    assert wait_for(lambda: not output.connected, 12) < 5.5, "sooner than paho, which takes two keepalives"
    connect(output)
    wait_for(lambda: len([t for t in threading.enumerate() if t.name == "paho-mqtt-client-bard-room"]) == 1)
    wait_for(lambda: len(ear.of("alarm_event")) == 31)
    assert told(ear)[1:] == [(each.uid, True) for each in swallowed]
    wait_for(lambda: settled(output))
    late = Ear(ear.port)
    wait_for(lambda: {topic for topic, _, retained in late.heard if retained} >= RETAINED)
    assert late.last("alarm/load_over")["state"] == "normal"
    late.close()


def test_a_killed_broker_that_forgot_everything_holds_the_present_at_once(
    broker: Broker, ear: Ear, opened: Opened
) -> None:
    output = opened(broker.port)
    connect(output)
    output.tell(STARTED, stamp())
    output.tell(changed(), stamp())
    wait_for(lambda: (ear.last("alarm/load_over") or {}).get("state") == "active" and settled(output))
    broker.kill()
    wait_for(lambda: not output.connected)
    broker.start()
    connect(output)
    began_s = time.monotonic()
    late = Ear(broker.port)
    wait_for(lambda: {topic for topic, _, _ in late.heard} >= RETAINED)
    assert time.monotonic() - began_s < 3
    assert (late.last("status"), late.last("alarm/load_over")["state"]) == ("online", "active")
    assert late.last("session") == {"running": True, "limit_kg": 40.0, "phase": "off"}
    late.close()


def test_events_of_a_killed_bard_come_late_from_the_next_one_and_only_once(
    broker: Broker, ear: Ear, opened: Opened, tmp_path: Path
) -> None:
    path = tmp_path / "var" / "mqtt-outbox"
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.annunciate.dying", str(free_port()), str(path), "50"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        uids = child.stdout.readline().split()
    finally:
        child.kill()
        child.wait()
        child.stdout.close()  # type: ignore[union-attr]
    assert len(uids) == 50
    first = opened(broker.port, outbox_path=path)
    wait_for(lambda: len(ear.of("alarm_event")) == 50 and settled(first))
    assert told(ear) == [(uid, True) for uid in uids]
    after = stamp("2026-11-23T08:00:00.000Z")
    first.tell(changed(), after)
    wait_for(lambda: len(ear.of("alarm_event")) == 51 and settled(first))
    assert told(ear)[50:] == [(after.uid, False)]
    first.close()
    second = opened(broker.port, outbox_path=path)
    connect(second)
    wait_for(lambda: settled(second))
    assert len(ear.of("alarm_event")) == 51
    assert path.read_bytes() == b""


def test_a_disk_that_takes_nothing_is_said_and_is_no_failure(
    broker: Broker, ear: Ear, opened: Opened, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    output = opened(broker.port, outbox_path=tmp_path / "file" / "mqtt-outbox")
    connect(output)
    at = stamp()
    output.tell(changed(), at)
    wait_for(lambda: told(ear) == [(at.uid, False)])
    assert output.failure is None
    assert str(output.outbox_failure).endswith("; alarm events for the broker are kept in memory only")


def test_a_monitor_that_stands_still_is_offline_until_it_goes_on(broker: Broker, ear: Ear, opened: Opened) -> None:
    output = opened(broker.port)
    connect(output)
    wait_for(lambda: ear.of("status") == ["online"])
    wait_for(lambda: ear.of("status") == ["online", "offline"])
    assert output.connected
    output.refresh(0)
    wait_for(lambda: ear.of("status") == ["online", "offline", "online"])
