"""What a person may write as a board's port, and nothing else.

One law: whatever is not allowed is refused here, before anything is opened, in one line: what, where, what is allowed.
It opens nothing, and does not know whether what is named is there.
"""

from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from bard.errors import ConfigError

DEVICE = "device"
_DRAWN = {"seed", "pace"}
_FROM_ROWS = {"column", "time", "mode", "rate", "unit", "truth", "rails", "body_weight", "lead", "glitches"}
_OPTIONS: dict[str, frozenset[str]] = {
    "sim": frozenset(_DRAWN | {"board"}),
    "recording": frozenset(_DRAWN | _FROM_ROWS),
    "replay": frozenset({"board"}),
    "socket": frozenset(),
    "rfc2217": frozenset({"ign_set_control", "poll_modem", "timeout", "logging"}),
    "spy": frozenset({"file", "color", "raw", "all"}),
    "loop": frozenset({"logging"}),
}
"""The options of each kind of URL; those of the last four are pyserial's."""
_TARGETS = {
    "sim": "the name of a scenario",
    "recording": "the path of a CSV file",
    "replay": "the path of a tape",
    "socket": "HOST:PORT",
    "rfc2217": "HOST:PORT",
    "spy": "the path of a device",
}
_KINDS = "a device path, a name in /dev or /dev/serial/by-id, " + ", ".join(f"{kind}://" for kind in _OPTIONS)


class PortUrl(Struct, frozen=True):
    """A port taken apart: `kind` is DEVICE or a scheme, `target` a path, a name or an address."""

    text: str
    kind: str
    target: str
    options: Mapping[str, str] = {}

    def refuse(self, what: str, allowed: str) -> NoReturn:
        """Raise the ConfigError that says so."""
        raise ConfigError(f"port {self.text!r}: {what}; allowed: {allowed}")

    def choice(self, option: str, allowed: tuple[str, ...]) -> str:
        """One of `allowed`, the first where the option is not given."""
        value = self.options.get(option, allowed[0])
        if value not in allowed:
            self.refuse(f"{option}={value}", f"{option}=" + "|".join(allowed))
        return value

    def whole(self, option: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        try:
            value = int(self.options.get(option, default))
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            self.refuse(f"{option}={self.options[option]}", f"whole numbers from {least} to {most}")
        return value

    def number(self, option: str, default: float, least: float, most: float) -> float:
        """A number within bounds."""
        try:
            value = float(self.options.get(option, default))
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            self.refuse(f"{option}={self.options[option]}", f"numbers from {least:g} to {most:g}")
        return value

    def address(self) -> tuple[str, int]:
        """Host and TCP port of `target`."""
        try:
            parts = urlsplit(f"//{self.target}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if not host or port is None:
            self.refuse(f"no address in {self.target!r}", f"{self.kind}://HOST:PORT, PORT from 0 to 65535")
        return host, port


def parse(port: str) -> PortUrl:
    """Take a port apart; raises ConfigError."""
    if "://" not in port:
        return PortUrl(port, DEVICE, device_path(port))
    kind, _, rest = port.partition("://")
    if kind not in _OPTIONS:
        PortUrl(port, kind, rest).refuse(f"no kind {kind!r}", _KINDS)
    target, _, query = rest.partition("?")
    url = PortUrl(port, kind, unquote(target))
    if not target and kind != "loop":
        url.refuse(f"nothing after {kind}://", _TARGETS[kind])
    options: dict[str, str] = {}
    for option, value in parse_qsl(query, keep_blank_values=True):
        if option not in _OPTIONS[kind]:
            url.refuse(f"no option {option!r}", ", ".join(sorted(_OPTIONS[kind])) or "none")
        if option in options:
            url.refuse(f"option {option!r} twice", "once each")
        options[option] = value
    return PortUrl(port, kind, unquote(target), options)


def device_path(name: str) -> str:
    """The path of a device given by path, by its name in /dev (ttyUSB0), or by its name in /dev/serial/by-id."""
    if name.startswith("/"):
        return name
    if not name or "/" in name or name.startswith("."):
        PortUrl(name, DEVICE, name).refuse("neither a path nor a name", _KINDS)
    return f"/dev/{name}" if name.startswith("tty") else f"/dev/serial/by-id/{name}"
