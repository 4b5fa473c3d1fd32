"""The broker's side of it: a real Mosquitto that comes late, goes away, refuses and freezes."""

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bard.alarm.conditions import CONDITIONS
from bard.alarm.selector import Signal
from bard.annunciate.mqtt import MqttOutput
from bard.annunciate.output import CLOSE_S
from bard.annunciate.topics import haptic
from tests.annunciate.broker import Broker, Ear, Opened, connect, free_port, wait_for
from tests.annunciate.messages import STARTED, changed, snapshot, stamp

pytestmark = pytest.mark.apt


def wait_for_close(output: MqttOutput) -> float:
    began_s = time.monotonic()
    output.close()
    return time.monotonic() - began_s


def test_online_while_connected_and_offline_before_a_clean_stop(broker: Broker, ear: Ear, opened: Opened) -> None:
    output = opened(broker.port)
    connect(output)
    wait_for(lambda: ear.last("status") == "online")
    output.close()
    wait_for(lambda: ear.of("status") == ["online", "offline"])
    late = Ear(broker.port)
    wait_for(lambda: ("status", "offline", True) in late.heard)
    late.close()


def test_the_will_says_offline_after_a_kill(broker: Broker, ear: Ear) -> None:
    child = subprocess.Popen([sys.executable, "-m", "tests.annunciate.dying", str(broker.port)])
    try:
        wait_for(lambda: ear.last("status") == "online")
    finally:
        child.kill()
        child.wait()
    wait_for(lambda: ear.last("status") == "offline")
    late = Ear(broker.port)
    wait_for(lambda: ("status", "offline", True) in late.heard)
    late.close()


def test_what_an_earlier_run_left_active_is_set_to_normal(broker: Broker, ear: Ear, opened: Opened) -> None:
    ear.publish("alarm/load_over", '{"state": "active"}')
    connect(opened(broker.port))
    wait_for(lambda: (ear.last("alarm/load_over") or {}).get("state") == "normal")
    wanted = {f"alarm/{condition.id}" for condition in CONDITIONS} | {"session", "status"}
    wait_for(lambda: wanted <= {topic for topic, _, _ in ear.heard})
    late = Ear(broker.port)
    wait_for(lambda: wanted <= {topic for topic, _, retained in late.heard if retained})
    late.close()


def test_one_change_is_one_event_and_its_retained_state(broker: Broker, ear: Ear, opened: Opened) -> None:
    output = opened(broker.port)
    connect(output)
    first, second = stamp(), stamp()
    output.tell(changed(), first)
    output.tell(changed(state="normal", was="clearing"), second)
    wait_for(lambda: len(ear.of("alarm/load_over")) == 3)
    assert [(e["uid"], e["state"], e["late"]) for e in ear.of("alarm_event")] == [
        (first.uid, "active", False),
        (second.uid, "normal", False),
    ]
    assert [state["state"] for state in ear.of("alarm/load_over")] == ["normal", "active", "normal"]
    late = Ear(broker.port)
    wait_for(lambda: late.last("alarm/load_over") is not None and late.last("status") is not None)
    kept = {topic for topic, _, retained in late.heard if retained}
    assert not kept & {"alarm_event", "load", "haptic"}
    late.close()


def test_load_five_times_a_second_and_null_while_not_monitored(broker: Broker, ear: Ear, opened: Opened) -> None:
    output = opened(broker.port)
    connect(output)
    for turn in range(20):
        output.refresh(0)
        output.show(snapshot(turn * 50_000), stamp())
        wait_for(lambda: output._snapshot is None)
    wait_for(lambda: len(ear.of("load")) == 5)
    assert ear.of("load")[0]["client_load_kg"] == 38.5
    wait_for(lambda: (ear.last("haptic") or {}).get("pattern") == 9)
    wait_for(lambda: ear.last("load")["client_load_kg"] is None)
    assert ear.last("load")["valid"] is False


def test_starts_with_no_broker_and_shows_the_present_when_it_comes(broker: Broker, ear: Ear, opened: Opened) -> None:
    broker.stop()
    output = opened(broker.port)
    output.play(Signal(6, 0, "load_over"), 0)
    output.tell(STARTED, stamp())
    stamps = [stamp() for _ in range(5)]
    for each in stamps:
        output.tell(changed(), each)
    wait_for(lambda: output.failure is not None)
    assert output.failure == f"broker 127.0.0.1:{broker.port} not reached: [Errno 111] Connection refused"
    assert not output.connected
    broker.start()
    connect(output)
    assert output.failure is None
    wait_for(lambda: len(ear.of("alarm_event")) == 5)
    assert [(e["uid"], e["late"]) for e in ear.of("alarm_event")] == [(each.uid, True) for each in stamps]
    assert ear.last("alarm/load_over")["state"] == "active"
    assert ear.last("session") == {"running": True, "limit_kg": 40.0, "phase": "off"}


def test_each_event_once_and_late_ones_in_order_over_an_outage(broker: Broker, ear: Ear, opened: Opened) -> None:
    output = opened(broker.port)
    connect(output)
    before = stamp()
    output.tell(changed(), before)
    wait_for(lambda: ear.of("alarm_event") and not output._outbox)
    broker.stop()
    wait_for(lambda: not output.connected)
    assert str(output.failure).startswith(f"broker 127.0.0.1:{broker.port} ")
    away = [stamp() for _ in range(30)]
    for each in away:
        output.tell(changed(state="normal", was="clearing"), each)
    wait_for(lambda: len(output._outbox) == 30)
    broker.start()
    connect(output)
    after = stamp()
    output.tell(changed(), after)
    wait_for(lambda: ear.last("alarm_event")["uid"] == after.uid)
    assert [(e["uid"], e["late"]) for e in ear.of("alarm_event")] == [
        (before.uid, False),
        *((each.uid, True) for each in away),
        (after.uid, False),
    ]


def test_a_band_that_comes_late_hears_the_pattern_within_seconds(broker: Broker, opened: Opened) -> None:
    output = opened(broker.port)
    connect(output)
    output.play(Signal(9, 9), 0)
    wait_for(lambda: output._haptic == haptic(Signal(9, 9)))
    band = Ear(broker.port)
    assert wait_for(lambda: (band.last("haptic") or {}).get("pattern") == 9) < 3
    band.close()


def test_a_frozen_broker_is_a_failure_and_loses_nothing(broker: Broker, ear: Ear, opened: Opened) -> None:
    output = opened(broker.port)
    connect(output)
    wait_for(lambda: not output._broker.unanswered)
    broker.freeze()
    stamps = [stamp() for _ in range(20)]
    for each in stamps:
        output.tell(changed(), each)
    assert wait_for(lambda: output.failure is not None) < 3.5
    assert output.failure == f"broker 127.0.0.1:{broker.port} does not answer"
    broker.thaw()
    wait_for(lambda: len(ear.of("alarm_event")) == 20)
    assert [e["uid"] for e in ear.of("alarm_event")] == [each.uid for each in stamps]
    wait_for(lambda: output.failure is None)


def test_close_ends_in_time_where_the_network_swallows_everything(opened: Opened) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for caller in (first, second):
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        output = opened(full.getsockname()[1])
        wait_for(lambda: output._broker.calling)
        assert wait_for_close(output) < CLOSE_S
    wait_for(lambda: not [t for t in threading.enumerate() if t.name.startswith(("output mqtt", "paho"))])


def test_a_broker_that_takes_the_call_and_says_nothing_is_a_failure_in_words(opened: Opened) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        output = opened(mute.getsockname()[1])
        wait_for(lambda: output.failure is not None)
        assert str(output.failure).endswith(" does not answer")
        assert not output.connected
        assert wait_for_close(output) < CLOSE_S


def test_a_wrong_password_is_said_in_words_and_a_right_one_heals(tmp_path: Path, opened: Opened) -> None:
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "bard", "right"], check=True, capture_output=True)
    broker = Broker(tmp_path, "allow_anonymous false", f"password_file {passwords}")
    broker.start()
    secret = tmp_path / "secret"
    secret.write_text("wrong\n")
    try:
        output = opened(broker.port, user="bard", password_file=str(secret))
        wait_for(lambda: output.failure is not None)
        assert output.failure == f"broker 127.0.0.1:{broker.port} refuses us: not authorized"
        secret.write_text("right\n")
        connect(output)
        assert output.failure is None
    finally:
        output.close()
        broker.stop()


def test_a_missing_password_file_is_said_in_words(opened: Opened) -> None:
    output = opened(free_port(), user="bard", password_file="/nonexistent/secret")
    wait_for(lambda: output.failure is not None)
    assert output.failure is not None
    assert "cannot be called: [Errno 2] No such file or directory: '/nonexistent/secret'" in output.failure
