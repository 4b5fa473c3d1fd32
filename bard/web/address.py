"""By which names and addresses this machine's page is reached.

One law: asked from the kernel, nothing is sent and no name server is asked.
"""

import contextlib
import fcntl
import ipaddress
import socket
import struct

from bard.settings import WebSettings

LOOPBACK = "127.0.0.1"
_SIOCGIFADDR = 0x8915
_ANYWHERE = ("192.0.2.1", 9)
"""An address that is nobody's: connecting a datagram socket to it tells the way out and sends nothing."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def is_any(host: str) -> bool:
    """Whether it stands for all of the machine's addresses."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_unspecified
    return False


def names_of(settings: WebSettings) -> list[str]:
    """What a certificate must speak for; the one that people are shown comes first."""
    machine = socket.gethostname().split(".")[0] or "localhost"
    listened = [] if is_any(settings.host) else [settings.host]
    found = [shown_name(settings), *listened, machine, f"{machine}.local", "localhost", LOOPBACK, *_own_addresses()]
    return list(dict.fromkeys(found))


def shown_name(settings: WebSettings) -> str:
    """The one for people and QR codes."""
    if settings.name is not None:
        return settings.name
    if not is_any(settings.host):
        return settings.host
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_ANYWHERE)
        return str(probe.getsockname()[0])
    return next(iter(_own_addresses()), LOOPBACK)


def url_of(settings: WebSettings) -> str:
    """Where the page is, without a path."""
    name = shown_name(settings)
    shown = f"[{name}]" if ":" in name else name
    return f"{'https' if uses_tls(settings) else 'http'}://{shown}:{settings.port}"


def uses_tls(settings: WebSettings) -> bool:
    """Always where others can reach it; on this machine alone only with the studio's certificate."""
    return settings.cert_file is not None or not is_loopback(settings.host)


def _own_addresses() -> list[str]:
    """IPv4, of every interface that has one."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            with contextlib.suppress(OSError):
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                found.append(socket.inet_ntoa(answer[20:24]))
    return [address for address in found if address != LOOPBACK]
