"""A paho client made ready to call the broker, and what goes wrong with a call in words.

One law: secrets come from files, read anew for each call, so that a corrected one heals by itself; every failure is
one line for a person. It calls nobody and knows no topic.
"""

import ssl
import time
from pathlib import Path
from socket import IPPROTO_TCP, TCP_NODELAY
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from bard.errors import LinkError
from bard.settings import MqttSettings

CONNECT_S = 3.0
_BROKE = "the connection broke"
_X509_NOT_YET_VALID, _X509_EXPIRED = 9, 10
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "UNEXPECTED_EOF_WHILE_READING", "HTTP_REQUEST"})


def address(settings: MqttSettings) -> str:
    """The broker, for messages."""
    return f"broker {settings.host}:{settings.port}"


def made_client(settings: MqttSettings, name: str) -> Client:
    """A client that ends with its first connection. Raises LinkError for a host, secret or certificate of no use."""
    client = Client(CallbackAPIVersion.VERSION2, name, reconnect_on_failure=False)
    try:
        settings.host.encode("idna")
        if settings.user is not None:
            password = Path(settings.password_file).read_text().strip() if settings.password_file else None
            client.username_pw_set(settings.user, password)
        if settings.tls:
            client.tls_set_context(_tls(settings))
    except (OSError, ValueError) as error:
        raise LinkError(f"{address(settings)} cannot be called: {error}") from None
    client.connect_timeout = CONNECT_S
    client.reconnect_delay_set(0, 0)  # it ends at its first failure, and is not to linger
    client.on_socket_open = _no_nagle
    return client


def unreached(settings: MqttSettings, error: BaseException | None) -> str:
    """Why the call did not get through."""
    where = address(settings)
    if isinstance(error, ssl.SSLCertVerificationError):
        words = error.verify_message.rstrip(".")
        if error.verify_code in (_X509_NOT_YET_VALID, _X509_EXPIRED):
            words += f" (the clock here says {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC)"
        return f"{where} is not trusted: {words}"
    if isinstance(error, ssl.SSLError):
        if isinstance(error, ssl.SSLEOFError) or error.reason in _NO_TLS:
            return f"{where} speaks no TLS on this port"
        return f"{where}: TLS fails: {(error.reason or str(error)).lower().replace('_', ' ')}"
    doubt = " (does it speak TLS on this port?)" if settings.tls and isinstance(error, ConnectionResetError) else ""
    return f"{where} not reached: {error or 'no connection'}{doubt}"


def hung_up(settings: MqttSettings, reason: ReasonCode, *, let_in: bool) -> str:
    """Why a connection ended that had been made; `let_in`: MQTT had been spoken on it."""
    words = _BROKE if str(reason) == "Unspecified error" else str(reason).lower()
    if let_in:
        return f"{address(settings)} lost: {words}"
    doubt = "our certificate" if settings.tls else "TLS"
    return f"{address(settings)} hung up before it let us in: {words} (does it want {doubt}?)"


def _tls(settings: MqttSettings) -> ssl.SSLContext:
    """Raises OSError or ValueError."""
    for path in (settings.ca_file, settings.cert_file, settings.key_file):
        if path is not None:
            Path(path).open("rb").close()  # ssl does not name the file that is missing
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except ssl.SSLError:
        raise ValueError(f"{settings.ca_file}: no certificate in PEM in it") from None
    if settings.cert_file is not None:
        try:
            # An empty password: a locked key fails, instead of asking at a terminal that nobody sits at.
            context.load_cert_chain(settings.cert_file, settings.key_file, password=lambda: "")
        except ssl.SSLError as error:
            reason = (error.reason or "the key is missing or locked").lower().replace("_", " ")
            raise ValueError(f"{settings.cert_file}: no client certificate with its key: {reason}") from None
    return context


def _no_nagle(_client: Client, _data: Any, opened: Any) -> None:
    """Each message at once: the second of a burst would wait for the broker's delayed acknowledgement."""
    opened.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
