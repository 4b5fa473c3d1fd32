"""A real Mosquitto of the test's own, and a subscriber that keeps what it hears."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from bard.annunciate.mqtt import MqttOutput

STATION = "room"
Opened = Callable[..., MqttOutput]
"""`opened(port, outbox_path=None, submit=None, **settings)`, closed after the test."""
_HEARD = [("bard/#", 1), ("homeassistant/device/#", 1)]


def wait_for(what: Callable[[], object], limit_s: float = 10.0) -> float:
    """Seconds until `what()` is true; fails after `limit_s`."""
    began_s = time.monotonic()
    while not what():
        waited_s = time.monotonic() - began_s
        assert waited_s < limit_s, f"not within {limit_s} s"
        time.sleep(0.005)
    return time.monotonic() - began_s


def connect(output: MqttOutput) -> float:
    """Seconds until it is connected."""
    return wait_for(lambda: output.connected)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """Mosquitto on a free loopback port; `options` are lines of its configuration. It remembers over a stop."""

    def __init__(self, directory: Path, *options: str) -> None:
        found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        if found is None:
            pytest.fail("mosquitto is missing: apt-get install mosquitto (marked apt, left out of make check)")
        self._program = found
        self.port = free_port()
        self._config = directory / f"mosquitto-{self.port}.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {directory}/",
            "user root",
            *options,
        ]
        if not any(line.startswith("password_file") for line in options):
            lines.append("allow_anonymous true")
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._config.with_suffix(".log").open("ab") as log:
            self._process = subprocess.Popen([self._program, "-c", str(self._config)], stdout=log, stderr=log)
        wait_for(self._listens)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def kill(self) -> None:
        """It forgets what it had not written: all that is retained, mostly."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Ear:
    """Hears everything below bard/ and homeassistant/device/, in order; connects again by itself.

    With a `name` the broker keeps for it what it misses, and may give it again what it has heard (QoS 1, marked so).
    """

    def __init__(self, port: int, name: str = "") -> None:
        self.port = port
        self.heard: list[tuple[str, Any, bool]] = []
        """(topic below the station, payload, retained)"""
        self.listening = False
        self._client = Client(CallbackAPIVersion.VERSION2, name, clean_session=not name)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(_HEARD)
        self._client.on_subscribe = lambda *_: setattr(self, "listening", True)
        self._client.on_disconnect = lambda *_: setattr(self, "listening", False)
        self._client.on_message = self._take
        self._client.connect_async("127.0.0.1", port)
        self._client.loop_start()
        wait_for(lambda: self.listening)

    def _take(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        text = message.payload.decode()
        payload = json.loads(text) if text.startswith("{") else text
        heard = (message.topic.removeprefix(f"bard/{STATION}/"), payload, bool(message.retain))
        if not (message.dup and heard in self.heard):
            self.heard.append(heard)

    def of(self, topic: str) -> list[Any]:
        """The payloads of one topic, in order."""
        return [payload for heard, payload, _ in list(self.heard) if heard == topic]

    def last(self, topic: str) -> Any:
        return next(iter(reversed(self.of(topic))), None)

    def publish(self, topic: str, payload: str | bytes, retain: bool = True) -> None:
        """On a topic of the station, or a whole one that begins with /; the broker has it when this returns."""
        whole = topic[1:] if topic.startswith("/") else f"bard/{STATION}/{topic}"
        self._client.publish(whole, payload, 1, retain=retain).wait_for_publish(5)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
