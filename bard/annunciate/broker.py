"""The connection to the broker: called again until it stands, watched while it does.

One law: whatever the broker does, nothing here waits but `end`; all happens on the thread that calls, paho's own thread
only leaves notices. It knows the station's status topic, which is its will, and no other.

A paho client lives for one connection: what a lost one had not delivered must not be sent again beside newer states.
"""

import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from socket import SHUT_RDWR, socket
from time import monotonic
from typing import Any, Protocol

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode

from bard.annunciate.dialing import CONNECT_S, address, hung_up, made_client, unreached
from bard.errors import LinkError
from bard.settings import MqttSettings

ANSWER_S = 2.0
"""A broker that owes an acknowledgement and has given none for so long does not answer."""
_RETRY_LEAST_S, _RETRY_MOST_S = 1, 5
_FAREWELL_S = 1.0
_NOTICES_A_TURN = 200
_MOST_UNHEARD = 200
_Notice = tuple[Client, Callable[[Any], None], Any]


class Listener(Protocol):
    """Who is told, on its own thread."""

    def came(self) -> None:
        """The broker has let us in."""

    def lost(self) -> None:
        """The connection is gone, with all that was not acknowledged."""

    def acknowledged(self, message_id: int) -> None:
        """The broker has this message."""

    def heard(self, message: MQTTMessage) -> None:
        """A message on a topic subscribed to."""

    def unheard(self, topics: list[str]) -> None:
        """The broker does not let us hear these topics."""


class Broker:
    """`tick` at least once a second and after each `ring`; `trouble` in words. `will`: topic and payload.

    `hearing`: what was subscribed to is heard, as far as the broker lets us. `overrun` counts messages dropped because
    too many waited. `ring()` is called from any thread.
    """

    def __init__(
        self, settings: MqttSettings, name: str, will: tuple[str, bytes], listener: Listener, ring: Callable[[], None]
    ) -> None:
        self.connected = False
        self.hearing = False
        self.trouble: str | None = None
        self.overrun = 0
        self._settings = settings
        self._name = name
        self._will = will
        self._listener = listener
        self._ring = ring
        self._client: Client | None = None
        self._notices: deque[_Notice] = deque()
        self._unheard = 0
        self._dialed_s = self._retry_s = 0.0
        self._delay_s = _RETRY_LEAST_S
        self._unanswered: dict[int, float] = {}
        """Message id -> when it was sent."""
        self._answered_s = 0.0
        self._subscribing: dict[int, list[str]] = {}

    @property
    def calling(self) -> bool:
        """There is a connection, or one is being made."""
        return self._client is not None

    @property
    def unanswered(self) -> int:
        """How many messages it has not acknowledged."""
        return len(self._unanswered)

    @property
    def answers(self) -> bool:
        """It is there, and has not owed an acknowledgement for ANSWER_S without giving any."""
        return self.connected and self._mute_s() <= ANSWER_S

    def publish(self, topic: str, payload: bytes, qos: int = 0, retain: bool = False) -> int:
        """Hand over while `connected`; returns the message id."""
        assert self._client is not None
        info = self._client.publish(topic, payload, qos, retain)
        if qos:
            self._unanswered[info.mid] = monotonic()
        return info.mid

    def subscribe(self, topics: Sequence[str]) -> None:
        """Hear these from now on, while `connected`."""
        assert self._client is not None
        _, message_id = self._client.subscribe([(topic, 1) for topic in topics])
        if message_id is not None:
            self._subscribing[message_id] = list(topics)

    def wait_s(self) -> float:
        """How long until `tick` has something to do by itself."""
        return 1.0 if self._client is not None else max(0.0, self._retry_s - monotonic())

    def tick(self, *, may_dial: bool) -> None:
        """Take what the broker said; call it where it is time to."""
        self._take_notices()
        now_s = monotonic()
        if self.connected:
            self.trouble = None if self.answers else f"{address(self._settings)} does not answer"
            if self._mute_s() > self._settings.keepalive_s:
                self._hang_up()
        elif self._client is not None:
            if now_s - self._dialed_s > CONNECT_S:
                self.trouble = f"{address(self._settings)} does not answer"
        elif now_s >= self._retry_s and may_dial:
            self._dialed_s = now_s
            self._dial()

    def end(self, wait: Callable[[float], None]) -> None:
        """Hang up once all is acknowledged, at most some seconds later; `wait(s)` returns early after a `ring`."""
        client = self._client
        if client is None:
            return
        if self.connected:
            self._await(lambda: not self._unanswered, wait)
        client.disconnect()
        if client.socket() is not None:
            self._await(lambda: self._client is None, wait)
        _cut(client)
        with suppress(AttributeError):  # paho forgets its thread when that ends, perhaps between its check and its join
            client.loop_stop()

    def _await(self, done: Callable[[], bool], wait: Callable[[float], None]) -> None:
        until_s = monotonic() + _FAREWELL_S
        while not done() and (left_s := until_s - monotonic()) > 0:
            wait(left_s)
            self._take_notices()

    def _mute_s(self) -> float:
        """For how long it has owed us an acknowledgement and given none: a slow one is not mute."""
        now_s = monotonic()
        return now_s - max(self._answered_s, next(iter(self._unanswered.values()), now_s))

    def _hang_up(self) -> None:
        """Half open, or as good as that: the kernel would hold on to it for minutes."""
        client = self._client
        assert client is not None
        self._lost(f"{address(self._settings)} does not answer")
        _cut(client)

    def _dial(self) -> None:
        settings = self._settings
        try:
            client = made_client(settings, self._name)
        except LinkError as error:
            self._lost(str(error))
            return
        client.will_set(*self._will, qos=1, retain=True)
        client.on_connect = lambda c, _data, _flags, reason, _properties: self._note(c, self._answered, reason)
        client.on_connect_fail = lambda c, _data: self._note(c, self._unreached, sys.exc_info()[1])
        client.on_disconnect = lambda c, _data, _flags, reason, _properties: self._note(c, self._closed, reason)
        client.on_publish = lambda c, _data, mid, _reason, _properties: self._note(c, self._acknowledged, mid)
        client.on_subscribe = lambda c, _data, mid, codes, _properties: self._note(c, self._subscribed, (mid, codes))
        client.on_message = lambda c, _data, message: self._note_message(c, message)
        client.connect_async(settings.host, settings.port, settings.keepalive_s)
        self._client = client
        client.loop_start()

    # On paho's thread: leave it for ours

    def _note(self, client: Client, handler: Callable[[Any], None], what: Any) -> None:
        self._notices.append((client, handler, what))
        self._ring()

    def _note_message(self, client: Client, message: MQTTMessage) -> None:
        if self._unheard >= _MOST_UNHEARD:
            self.overrun += 1
            return
        self._unheard += 1
        self._note(client, self._heard, message)

    # On ours

    def _take_notices(self) -> None:
        """A flood of them must not hold up what is to be sent."""
        for _ in range(_NOTICES_A_TURN):
            if not self._notices:
                return
            client, handler, what = self._notices.popleft()
            if isinstance(what, MQTTMessage):
                self._unheard = max(0, self._unheard - 1)
            if client is self._client:
                handler(what)
        self._ring()

    def _answered(self, reason: ReasonCode) -> None:
        if reason.is_failure:
            self._lost(f"{address(self._settings)} refuses us: {str(reason).lower()}")
            return
        self.trouble = None
        self.connected = True
        self._delay_s = _RETRY_LEAST_S
        self._listener.came()

    def _unreached(self, error: BaseException | None) -> None:
        self._lost(unreached(self._settings, error))

    def _closed(self, reason: ReasonCode) -> None:
        self._lost(hung_up(self._settings, reason, let_in=self.connected))

    def _acknowledged(self, message_id: int) -> None:
        self._unanswered.pop(message_id, None)
        self._answered_s = monotonic()
        self._listener.acknowledged(message_id)

    def _subscribed(self, answer: tuple[int, list[ReasonCode]]) -> None:
        message_id, codes = answer
        topics = self._subscribing.pop(message_id, [])
        self.hearing = not self._subscribing
        refused = [topic for topic, code in zip(topics, codes, strict=False) if code.is_failure]
        if refused:
            self._listener.unheard(refused)

    def _heard(self, message: MQTTMessage) -> None:
        self._listener.heard(message)

    def _lost(self, why: str) -> None:
        """The client ends by itself; a new one calls after a while."""
        self.connected = self.hearing = False
        self._client = None
        self.trouble = why
        self._unanswered.clear()
        self._subscribing.clear()
        self._retry_s = monotonic() + self._delay_s
        self._delay_s = min(2 * self._delay_s, _RETRY_MOST_S)
        self._listener.lost()


def _cut(client: Client) -> None:
    """End its connection now, without a farewell; its thread ends with it."""
    open_socket = client.socket()
    if isinstance(open_socket, socket):
        with suppress(OSError):
            open_socket.shutdown(SHUT_RDWR)
