"""What the shell takes: the socket, the journal, the broker."""

from typing import Annotated

from msgspec import Meta, Struct


class MqttSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The broker. The password is read from a file, never from a command line."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    user: str | None = None
    password_file: str | None = None
    tls: bool = False
    ca_file: str | None = None
    keepalive_s: Annotated[int, Meta(ge=5, le=600)] = 10


class ControlSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The local socket."""

    socket: str = "/run/bard/control.sock"


class JournalSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where tapes and the calibration live."""

    directory: str = "/var/lib/bard"
    tape: bool = True
    tapes_keep_mb: Annotated[int, Meta(ge=10, le=1_000_000)] = 2_000
    """The oldest tapes go when there are more."""
