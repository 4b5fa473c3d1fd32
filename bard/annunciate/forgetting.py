"""A station taken off the broker: its retained messages, and what Home Assistant made of them.

One law: nothing is removed while a bard publishes for this station, since it would all come back; everything ends
within seconds, done or with one line. It knows no daemon: it hears whether there is one.
"""

from collections.abc import Callable
from time import monotonic

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.reasoncodes import ReasonCode

from bard.annunciate.dialing import address, made_client, unreached
from bard.annunciate.discovery import discovery_topic
from bard.errors import LinkError, Refused
from bard.settings import MqttSettings

LISTEN_S = 2.5
"""A bard that is connected gives its wrist band a pattern each second."""
_LIMIT_S = 10.0
_STEP_S = 0.05


def forget(settings: MqttSettings, station: str) -> int:
    """Remove every retained message of the station; returns how many there were.

    Raises LinkError for a broker that cannot be reached, Refused while a bard publishes for this station.
    """
    client = made_client(settings, f"bard-{station}-forget")
    try:
        client.connect(settings.host, settings.port, settings.keepalive_s)
    except OSError as error:
        raise LinkError(unreached(settings, error)) from None
    try:
        return _Forgetting(settings, station, client).run()
    finally:
        client.disconnect()
        client.loop(_STEP_S)


class _Forgetting:
    def __init__(self, settings: MqttSettings, station: str, client: Client) -> None:
        self._where = address(settings)
        self._base = f"bard/{station}"
        self._config = discovery_topic(settings.discovery_prefix, station)
        self._station = station
        self._client = client
        self._reason: ReasonCode | None = None
        self._lost = False
        self._marked = False
        self._lives = False
        self._retained: set[str] = set()
        self._acknowledged: set[int] = set()
        client.on_connect = lambda _c, _data, _flags, reason, _properties: setattr(self, "_reason", reason)
        client.on_disconnect = lambda *_: setattr(self, "_lost", True)
        client.on_message = lambda _c, _data, message: self._take(message)
        client.on_publish = lambda _c, _data, mid, _reason, _properties: self._acknowledged.add(mid)

    def run(self) -> int:
        """All of it."""
        self._until(lambda: self._reason is not None)
        if self._reason is not None and self._reason.is_failure:
            raise LinkError(f"{self._where} refuses us: {str(self._reason).lower()}")
        began_s = monotonic()
        self._client.subscribe([(f"{self._base}/#", 0), (self._config, 0)])
        self._client.publish(f"{self._base}/forget", b"")  # comes back behind all that is retained
        self._until(lambda: self._lives or (self._marked and monotonic() - began_s >= LISTEN_S))
        if self._lives:
            raise Refused(f"a bard runs for station {self._station} and would publish it all again: stop it first")
        waiting = {self._client.publish(topic, b"", 1, True).mid for topic in sorted({*self._retained, self._config})}
        self._until(lambda: waiting <= self._acknowledged)
        return len(self._retained)

    def _take(self, message: MQTTMessage) -> None:
        if message.retain:
            self._retained.add(message.topic)
        elif message.topic == f"{self._base}/forget":
            self._marked = True
        elif message.topic == f"{self._base}/haptic":
            self._lives = True

    def _until(self, done: Callable[[], bool]) -> None:
        until_s = monotonic() + _LIMIT_S
        while not done():
            if monotonic() >= until_s:
                raise LinkError(f"{self._where} does not answer")
            self._client.loop(_STEP_S)
            if self._lost and not done():
                raise LinkError(f"{self._where} hung up")
