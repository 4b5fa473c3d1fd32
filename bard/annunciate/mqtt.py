"""The broker: status, load, alarms, session and the wrist band's pattern on the topics of alarms, section 6; commands.

One law: whatever the broker does, the caller never waits, and once it is reached it holds the present and gets each
alarm event; all of it happens on this output's thread. A command is handed over and answered, never carried out here.
"""

import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from paho.mqtt.client import MQTTMessage

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.broker import Broker
from bard.annunciate.discovery import BORN, birth_topics, discovery, discovery_topic
from bard.annunciate.orders import Order, Orders, Reply
from bard.annunciate.outbox import Outbox
from bard.annunciate.output import NOT_MONITORED, QueuedOutput, Stamp
from bard.annunciate.topics import (
    OFFLINE,
    ONLINE,
    SUMMARY_S,
    Retained,
    haptic,
    load,
    summary,
    summary_payload,
    urgent,
)
from bard.control.protocol import Start
from bard.messages import Command, ConditionChanged, Event, SessionEnded, Snapshot
from bard.settings import AlarmSettings, MqttSettings

ORIGIN = "mqtt"
Submit = Callable[[Command | Start, str, Callable[[str | None], None]], None]
"""(command, origin, answer): have it carried out where the core lives, then call `answer` with the refusal or None,
from any thread. Called on the output's thread; returns at once."""
_HAPTIC_S = 0.9
"""The band gets its pattern again about once a second: one that connects later knows it, one that hears none, too."""
_SILENT_S = 5.0
"""So long without `refresh`, and the station is offline: what is retained must not follow every hiccup."""
_SAY_AGAIN_S = 60.0
_LONG_AGO_S = float("-inf")

_log = logging.getLogger(__name__)


class MqttOutput(QueuedOutput):
    """`outbox_path`: where alarm events outlast this process; `submit`: who carries out commands (None: nobody)."""

    SHOW_EVERY_US = 200_000

    def __init__(
        self,
        settings: MqttSettings,
        station: str,
        alarm: AlarmSettings,
        outbox_path: Path | None = None,
        submit: Submit | None = None,
    ) -> None:
        super().__init__("mqtt", alarm)
        self._settings = settings
        self._station = station
        self._base = f"bard/{station}"
        self._submit = submit
        self._births = birth_topics(settings.discovery_prefix) if settings.discovery else ()
        will = (f"{self._base}/status", OFFLINE)
        self._broker = Broker(settings, f"bard-{station}", will, self, self._ring)
        self._retained = Retained()
        self._outbox = Outbox(lambda payload: self._publish("alarm_event", payload, qos=1), outbox_path)
        self._orders = Orders(settings.allow_session_commands)
        self._answers: deque[tuple[int | str, str | None]] = deque()
        self._refusal_said: tuple[str, float] = ("", float("-inf"))
        self._client: str | None = None
        self._client_told: str | None = None
        self._status: bytes | None = None
        self._haptic = haptic(NOTHING)
        self._haptic_s = _LONG_AGO_S
        self._summary_due_s = _LONG_AGO_S
        self._urgent: tuple[Any, ...] | None = None
        self._begin()

    @property
    def connected(self) -> bool:
        """The broker has let us in and the connection stands."""
        return self._broker.connected

    @property
    def failure(self) -> str | None:
        return self._fault or self._broker.trouble

    @property
    def outbox_failure(self) -> str | None:
        """Why alarm events the broker has not got would not outlast this process; no failure of the output."""
        return self._outbox.failure

    @property
    def refused_commands(self) -> int:
        """Messages on the command topic that were no command, not allowed, or too many."""
        return self._orders.refused + self._broker.overrun

    def tell(self, event: Event, stamp: Stamp, /) -> None:
        if isinstance(event, SessionEnded):
            self._client = None
        super().tell(event, stamp)

    def name_client(self, client: str | None, /) -> None:
        self._client = client
        self._ring()

    # What the monitor says

    def _play(self, signal: Signal) -> None:
        payload = haptic(signal)
        if payload != self._haptic:
            self._haptic = payload
            self._haptic_s = _LONG_AGO_S
            self._publish_haptic()
        if signal is NOT_MONITORED and self.connected:
            self._publish("load", load(None))

    def _tell(self, event: Event, stamp: Stamp) -> None:
        # The event goes first: to a subscriber behind a broker with Nagle, the second message comes 41 ms later.
        if isinstance(event, ConditionChanged):
            late = not self._broker.answers
            self.dropped += self._outbox.add(event, stamp, connected=self.connected, late=late)
        changed = self._retained.take(event, stamp)
        if changed is not None and self.connected:
            self._publish(*changed, qos=1, retain=True)

    def _show(self, snapshot: Snapshot, _stamp: Stamp) -> None:
        # What an unanswering broker would get when it wakes up is old by then.
        if not self._broker.answers:
            return
        self._publish("load", load(snapshot))
        if self._settings.discovery:
            told, now_s = summary(snapshot), monotonic()
            if urgent(told) != self._urgent or now_s >= self._summary_due_s:
                self._urgent, self._summary_due_s = urgent(told), now_s + SUMMARY_S - 0.1
                self._publish("summary", summary_payload(told))

    def _publish_haptic(self) -> None:
        """With an acknowledgement, which tells within seconds whether the broker is still there."""
        if self._broker.answers and monotonic() - self._haptic_s >= _HAPTIC_S:
            self._haptic_s = monotonic()
            self._publish("haptic", self._haptic, qos=1)

    def _publish_status(self) -> None:
        silent = monotonic() - self._refreshed_s >= _SILENT_S
        status = OFFLINE if silent else ONLINE
        if status != self._status:
            self._status = status
            self._publish("status", status, qos=1, retain=True)

    def _publish_client(self) -> None:
        client = self._client
        if client != self._client_told:
            self._client_told = client
            changed = self._retained.name_client(client)
            if self.connected:
                self._publish(*changed, qos=1, retain=True)

    def _publish_discovery(self) -> None:
        topic = discovery_topic(self._settings.discovery_prefix, self._station)
        self._broker.publish(topic, discovery(self._station), 1, True)
        self._summary_due_s = _LONG_AGO_S

    def _publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> int:
        return self._broker.publish(f"{self._base}/{topic}", payload, qos, retain)

    # The connection

    def _wait_s(self) -> float:
        return min(super()._wait_s(), self._broker.wait_s())

    def _tick(self) -> None:
        self._outbox.tick(monotonic())
        self._broker.tick(may_dial=not self._closing)
        while self._answers:
            payload = self._orders.answered(*self._answers.popleft())
            if self.connected:
                self._publish("command_result", payload, qos=1)
        self._publish_client()
        if self.connected:
            self._publish_status()
            self._publish_haptic()

    def came(self) -> None:
        """The broker has let us in: the present first, then what it missed."""
        self._status = None
        self._haptic_s = self._summary_due_s = _LONG_AGO_S
        self._publish_status()
        self._publish_haptic()
        for topic, payload in self._retained.all():
            self._publish(topic, payload, qos=1, retain=True)
        if self._settings.discovery:
            self._publish_discovery()
        heard = [*self._births, *([f"{self._base}/command"] if self._submit is not None else [])]
        if heard:
            self._broker.subscribe(heard)
        self._outbox.connected()

    def lost(self) -> None:
        """The connection is gone."""
        self._outbox.lost()

    def acknowledged(self, message_id: int) -> None:
        """The broker has this message."""
        self._outbox.acknowledged(message_id)

    def unheard(self, topics: list[str]) -> None:
        """The broker does not let us hear these: its access list is not ours to mend."""
        _log.warning("mqtt: the broker does not let us hear %s", " and ".join(topics))

    def _finish(self) -> None:
        if self.connected and self._status != OFFLINE:
            self._status = OFFLINE
            self._publish("status", OFFLINE, qos=1, retain=True)
        self._broker.end(self._rest)
        self._outbox.close()

    def _rest(self, limit_s: float) -> None:
        with suppress(Empty):
            self._bell.get(timeout=limit_s)
        self._rung = False

    # Commands

    def heard(self, message: MQTTMessage) -> None:
        """A birth, or something on the command topic."""
        if message.topic in self._births:
            if message.payload == BORN:
                self._publish_discovery()
            return
        if message.retain and message.payload:
            self._publish("command", b"", qos=1, retain=True)
        taken = self._orders.read(bytes(message.payload), retained=message.retain, now_s=monotonic())
        if isinstance(taken, Order):
            self._hand_over(taken)
        elif isinstance(taken, Reply):
            if taken.refusal is not None:
                self._say_refused(taken.refusal)
            self._publish("command_result", taken.payload, qos=1)

    def _hand_over(self, order: Order) -> None:
        assert self._submit is not None
        _log.info("mqtt: %s, command %s", order.verb, order.id)

        def answer(refusal: str | None) -> None:
            self._answers.append((order.id, refusal))
            self._ring()

        try:
            self._submit(order.command, ORIGIN, answer)
        except RuntimeError:  # the loop has ended before us
            answer("bard is ending")

    def _say_refused(self, refusal: str) -> None:
        """To the log, the same words once a minute."""
        said, said_s = self._refusal_said
        if refusal != said or monotonic() - said_s >= _SAY_AGAIN_S:
            self._refusal_said = (refusal, monotonic())
            _log.warning("mqtt: command refused: %s", refusal)
