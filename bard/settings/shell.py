"""What the shell takes: the socket, the journal, the ways out."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class MqttSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The broker. Secrets are read from files, never from a command line."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 1883
    user: str | None = None
    password_file: str | None = None
    tls: bool = False
    ca_file: str | None = None
    """Whose certificates to trust; not set: the system's."""
    cert_file: str | None = None
    key_file: str | None = None
    """The client's own certificate, for brokers that ask for one, and its key where that is in another file."""
    keepalive_s: Annotated[int, Meta(ge=5, le=600)] = 10
    discovery: bool = True
    """Home Assistant finds the station by itself."""
    discovery_prefix: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){0,3}\Z")] = "homeassistant"
    allow_session_commands: bool = False
    """Whoever may publish on the command topic may start and stop sessions and say that nobody is on the client."""


class SoundSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The sound card: an ALSA device (`aplay -L` lists them). There is no audio off, so the volume has a least."""

    device: Annotated[str, Meta(min_length=1)] = "default"
    volume: Annotated[float, Meta(ge=0.05, le=1)] = 0.7
    """Peak as a fraction of full scale, before the card's own mixer."""


class ControlSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The local socket."""

    socket: str = "/run/bard/control.sock"


class JournalSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where tapes and the calibration live."""

    directory: str = "/var/lib/bard"
    tape: bool = True
    tapes_keep_mb: Annotated[int, Meta(ge=10, le=1_000_000)] = 2_000
    """The oldest tapes go when there are more."""
    disk_low_mb: Annotated[int, Meta(ge=10, le=1_000_000)] = 500
    """Less free than this is told."""


class WebSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The page: where `bard web` listens, and how it shows weights."""

    host: Annotated[str, Meta(min_length=1, max_length=253)] = "127.0.0.1"
    """Another address than this machine's own is opened once somebody is paired, with TLS always."""
    port: Annotated[int, Meta(ge=1, le=65535)] = 8420
    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z")] | None = None
    """The name or address that devices reach it by; not set: found out."""
    cert_file: str | None = None
    key_file: str | None = None
    """The studio's certificate, and its key where that is in another file; not set: one is made."""
    session_days: Annotated[int, Meta(ge=1, le=365)] = 90
    """A device that was paired must be paired again after so long."""
    units: Literal["kg", "lb", "N"] = "kg"
    language: Annotated[str, Meta(pattern=r"^[a-z]{2}(-[A-Z]{2})?\Z")] = "en"

    def __post_init__(self) -> None:
        if self.key_file is not None and self.cert_file is None:
            raise ValueError("key_file is set and cert_file is not; allowed: both, or cert_file alone")


LineNumber = Annotated[int, Meta(ge=0, le=1023)]
"""As the kernel counts a chip's lines: on a Pi those of its header are the BCM numbers."""


class GpioSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A vibrator and a buzzer on the Pi's own header; one of them at least."""

    chip: Annotated[str, Meta(pattern=r"^/dev/[A-Za-z0-9_/.-]+\Z")] = "/dev/gpiochip0"
    vibrator_line: LineNumber | None = None
    buzzer_line: LineNumber | None = None
    active_low: bool = False
    """On is the low level, for a driver that inverts."""

    def __post_init__(self) -> None:
        if self.vibrator_line is None and self.buzzer_line is None:
            raise ValueError("neither vibrator_line nor buzzer_line is set; allowed: one of them or both")
        if self.vibrator_line == self.buzzer_line:
            raise ValueError(f"vibrator_line and buzzer_line are both {self.buzzer_line}; allowed: two lines")


class HookSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A command of your own, run on what happens; no shell is between."""

    argv: Annotated[tuple[str, ...], Meta(min_length=1, max_length=32)]
    """The program, by its whole path or its name on PATH, and its arguments, passed as they are."""
    timeout_s: Annotated[float, Meta(ge=0.1, le=60)] = 5.0
    """It and what it started are killed after so long."""
    on: Literal["signal", "condition", "both"] = "both"
    """Each change of what plays, each change of a condition, or both. That nobody watches is told in any case."""

    def __post_init__(self) -> None:
        program = self.argv[0]
        if not program or ("/" in program and not program.startswith("/")):
            raise ValueError(f'argv begins with "{program}"; allowed: a whole path, or the name of a program on PATH')
        if any("\0" in part for part in self.argv):
            raise ValueError("argv has a zero byte in it; allowed: text without")
