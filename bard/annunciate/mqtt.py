"""The broker: status, load, alarms, session and the wrist band's pattern on the topics of alarms, section 6.

One law: whatever the broker does, the caller never waits, and once it is reached it holds the present and gets each
alarm event; all of it happens on this output's thread, paho's own thread only leaves notices. It knows no bar and no
other output.

A paho client lives for one connection: what a lost one had not delivered must not be sent again beside newer states.
"""

import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty
from socket import IPPROTO_TCP, SHUT_RDWR, TCP_NODELAY, socket
from time import monotonic
from typing import Any

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.outbox import Outbox
from bard.annunciate.output import NOT_MONITORED, QueuedOutput, Stamp
from bard.annunciate.topics import OFFLINE, ONLINE, Retained, haptic, load
from bard.messages import ConditionChanged, Event, Snapshot
from bard.settings import AlarmSettings, MqttSettings

_RETRY_LEAST_S, _RETRY_MOST_S = 1, 5
_CONNECT_S = 3.0
_ANSWER_S = 2.0
_FAREWELL_S = 1.0
_HAPTIC_S = 0.9
"""The band gets its pattern again about once a second: one that connects later knows it, one that hears none, too."""
_Notice = tuple[Client, Callable[[Any], None], Any]


class MqttOutput(QueuedOutput):
    """`connected`: the broker has let us in and the connection stands."""

    SHOW_EVERY_US = 200_000

    def __init__(self, settings: MqttSettings, station: str, alarm: AlarmSettings) -> None:
        super().__init__("mqtt", alarm)
        self.connected = False
        self._settings = settings
        self._station = station
        self._address = f"broker {settings.host}:{settings.port}"
        self._client: Client | None = None
        self._notices: deque[_Notice] = deque()
        self._dialed_s = self._retry_s = 0.0
        self._delay_s = _RETRY_LEAST_S
        self._unanswered: dict[int, float] = {}
        """Message id -> when it was sent."""
        self._retained = Retained()
        self._outbox = Outbox(lambda payload: self._publish("alarm_event", payload, qos=1).mid)
        self._haptic = haptic(NOTHING)
        self._haptic_s = 0.0
        self._begin()

    # What the monitor says

    def _play(self, signal: Signal) -> None:
        payload = haptic(signal)
        if payload != self._haptic:
            self._haptic = payload
            self._publish_haptic()
        if signal is NOT_MONITORED and self.connected:
            self._publish("load", load(None))

    def _tell(self, event: Event, stamp: Stamp) -> None:
        # The event goes first: to a subscriber behind a broker with Nagle, the second message comes 41 ms later.
        if isinstance(event, ConditionChanged):
            self.dropped += self._outbox.add(event, stamp, connected=self.connected)
        changed = self._retained.take(event, stamp)
        if changed is not None and self.connected:
            self._publish(*changed, qos=1, retain=True)

    def _show(self, snapshot: Snapshot, _stamp: Stamp) -> None:
        if self.connected:
            self._publish("load", load(snapshot))

    def _publish_haptic(self) -> None:
        if self.connected:
            self._haptic_s = monotonic()
            self._publish("haptic", self._haptic)

    def _publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> MQTTMessageInfo:
        assert self._client is not None
        info = self._client.publish(f"bard/{self._station}/{topic}", payload, qos, retain)
        if qos:
            self._unanswered[info.mid] = monotonic()
        return info

    # The connection

    def _wait_s(self) -> float:
        wait_s = super()._wait_s()
        return wait_s if self._client is not None else min(wait_s, max(0.0, self._retry_s - monotonic()))

    def _tick(self) -> None:
        self._take_notices()
        now_s = monotonic()
        if self.connected:
            if now_s - self._haptic_s >= _HAPTIC_S:
                self._publish_haptic()
            oldest_s = next(iter(self._unanswered.values()), now_s)
            self._trouble = f"{self._address} does not answer" if now_s - oldest_s > _ANSWER_S else None
        elif self._client is not None:
            if now_s - self._dialed_s > _CONNECT_S:
                self._trouble = f"{self._address} does not answer"
        elif now_s >= self._retry_s and not self._closing:
            self._dialed_s = now_s
            self._dial()

    def _dial(self) -> None:
        client = Client(CallbackAPIVersion.VERSION2, f"bard-{self._station}", reconnect_on_failure=False)
        try:
            self._prepare(client)
        except (OSError, ValueError) as error:
            self._lost(f"{self._address} cannot be called: {error}")
            return
        self._client = client
        client.loop_start()

    def _prepare(self, client: Client) -> None:
        """Raises OSError or ValueError for a password, certificate or host that is of no use."""
        settings = self._settings
        settings.host.encode("idna")
        if settings.user is not None:
            password = Path(settings.password_file).read_text().strip() if settings.password_file else None
            client.username_pw_set(settings.user, password)
        if settings.tls:
            client.tls_set(settings.ca_file)
        client.will_set(f"bard/{self._station}/status", OFFLINE, qos=1, retain=True)
        client.connect_timeout = _CONNECT_S
        client.reconnect_delay_set(0, 0)  # it ends at its first failure, and is not to linger
        client.on_socket_open = _no_nagle
        client.on_connect = lambda c, _data, _flags, reason, _properties: self._note(c, self._answered, reason)
        client.on_connect_fail = lambda c, _data: self._note(c, self._unreached, sys.exc_info()[1])
        client.on_disconnect = lambda c, _data, _flags, reason, _properties: self._note(c, self._closed, reason)
        client.on_publish = lambda c, _data, mid, _reason, _properties: self._note(c, self._acknowledged, mid)
        client.connect_async(settings.host, settings.port, settings.keepalive_s)

    def _note(self, client: Client, handler: Callable[[Any], None], what: Any) -> None:
        """On paho's thread: leave it for ours."""
        self._notices.append((client, handler, what))
        self._ring()

    def _take_notices(self) -> None:
        while self._notices:
            client, handler, what = self._notices.popleft()
            if client is self._client:
                handler(what)

    def _answered(self, reason: ReasonCode) -> None:
        if reason.is_failure:
            self._lost(f"{self._address} refuses us: {str(reason).lower()}")
            return
        self._trouble = None
        self.connected = True
        self._delay_s = _RETRY_LEAST_S
        self._publish("status", ONLINE, qos=1, retain=True)
        self._publish_haptic()
        for topic, payload in self._retained.all():
            self._publish(topic, payload, qos=1, retain=True)
        self._outbox.connected()

    def _unreached(self, error: BaseException | None) -> None:
        self._lost(f"{self._address} not reached: {error or 'no connection'}")

    def _closed(self, reason: ReasonCode) -> None:
        self._lost(f"{self._address} lost: {str(reason).lower()}")

    def _acknowledged(self, message_id: int) -> None:
        self._unanswered.pop(message_id, None)
        self._outbox.acknowledged(message_id)

    def _lost(self, why: str) -> None:
        """The client ends by itself; a new one calls after a while."""
        self.connected = False
        self._client = None
        self._trouble = why
        self._unanswered.clear()
        self._outbox.lost()
        self._retry_s = monotonic() + self._delay_s
        self._delay_s = min(2 * self._delay_s, _RETRY_MOST_S)

    # The end

    def _finish(self) -> None:
        client = self._client
        if client is None:
            return
        if self.connected:
            self._publish("status", OFFLINE, qos=1, retain=True)
            self._await(lambda: not self._unanswered)
        client.disconnect()
        if client.socket() is not None:
            self._await(lambda: self._client is None)
        open_socket = client.socket()
        if isinstance(open_socket, socket):
            with suppress(OSError):
                open_socket.shutdown(SHUT_RDWR)
        with suppress(AttributeError):  # paho forgets its thread when that ends, perhaps between its check and its join
            client.loop_stop()

    def _await(self, done: Callable[[], bool]) -> None:
        until_s = monotonic() + _FAREWELL_S
        while not done() and (left_s := until_s - monotonic()) > 0:
            with suppress(Empty):
                self._bell.get(timeout=left_s)
            self._rung = False
            self._take_notices()


def _no_nagle(_client: Client, _data: Any, opened: Any) -> None:
    """Each message at once: the second of a burst would wait for the broker's delayed acknowledgement."""
    opened.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
