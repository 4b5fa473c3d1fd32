"""One frozen class per frame of protocol 1, and the bytes of each.

One law: `from_bytes(payload).to_bytes() == payload`, and a payload whose length is not exactly its type's is refused.
A payload is what stands between COBS and CRC: type byte first, integers little-endian. This module knows no stream,
no clock and no meaning beyond the field.
"""

from collections.abc import Callable
from enum import IntEnum
from struct import Struct as Layout
from typing import ClassVar, Self

from msgspec import Struct
from msgspec.structs import astuple

MAX_PAYLOAD = 64
RAIL_LOW, RAIL_HIGH = -0x800000, 0x7FFFFF
AGE_MAX_US = 0xFFFF
_SAMPLES = [Layout("<BHIBB" + "HHb" * channels) for channels in range(9)]
"""By number of channels; each is its age, the low 16 bits of its counts, and the high 8 with their sign."""
_CHANNELS = [tuple(channel for channel in range(8) if mask >> channel & 1) for mask in range(256)]
_SAMPLES_OF_MASK = [(channels, _SAMPLES[len(channels)]) for channels in _CHANNELS]


class WrongLength(ValueError):
    """The payload's length is not its type's."""


class FaultKind(IntEnum):
    """Channel fault kinds of frame 0x04."""

    RECOVERED = 0
    SILENT = 1
    DESYNC = 2
    CLOCK_TOO_LONG = 3
    UNSETTLED = 4


class GuardEvent(IntEnum):
    """Events of frame 0x05."""

    TRIP = 1
    CLEAR = 2
    HOST_LOST = 3
    HOST_BACK = 4


class Result(IntEnum):
    """Results of frame 0x06."""

    DONE = 0
    UNKNOWN_VERB = 1
    BAD_ARGUMENT = 2
    NOT_NOW = 3


class Verb(IntEnum):
    """Verbs of frame 0x10."""

    HELLO = 1
    STREAM = 2
    BEAT = 3
    SIGNAL = 4
    SCALE = 5
    ARM = 6
    DISARM = 7


class Capability(IntEnum):
    """Bits of Hello.capabilities."""

    VIBRATOR = 1
    BUZZER = 2
    PRESENCE = 4
    PEDAL = 8
    GUARD = 16


INPUT_PRESENCE, INPUT_PEDAL = 1, 2
OUTPUT_VIBRATOR, OUTPUT_BUZZER, OUTPUT_BOTH = 1, 2, 3


class Conversion(Struct, frozen=True):
    """One channel's reading: `age_us` before the frame's ticks it was ready (65535: at least that)."""

    channel: int
    age_us: int
    counts: int


class Samples(Struct, frozen=True):
    """0x01. Conversions in rising channel order; none at all reports a change of `inputs`."""

    TYPE: ClassVar[int] = 0x01

    seq: int
    ticks_us: int
    inputs: int
    conversions: tuple[Conversion, ...] = ()

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Raises WrongLength."""
        if len(payload) < 9:
            raise WrongLength
        channels, layout = _SAMPLES_OF_MASK[payload[8]]
        if len(payload) != layout.size:
            raise WrongLength
        fields = layout.unpack(payload)
        conversions = []
        at = 5
        for channel in channels:
            conversions.append(Conversion(channel, fields[at], fields[at + 1] | fields[at + 2] << 16))
            at += 3
        return cls(fields[1], fields[2], fields[3], tuple(conversions))

    def to_bytes(self) -> bytes:
        mask = 0
        fields: list[int] = []
        for conversion in self.conversions:
            mask |= 1 << conversion.channel
            fields += (conversion.age_us, conversion.counts & 0xFFFF, conversion.counts >> 16)
        return _SAMPLES[len(self.conversions)].pack(self.TYPE, self.seq, self.ticks_us, self.inputs, mask, *fields)


class Hello(Struct, frozen=True):
    """0x02. Who the board is; `uid` is 8 bytes kept in its EEPROM, `boot` counts its boots."""

    TYPE: ClassVar[int] = 0x02
    _LAYOUT: ClassVar[Layout] = Layout("<BBBBB8sHBBB")

    protocol: int
    firmware: tuple[int, int, int]
    uid: bytes
    boot: int
    reset_cause: int
    channels: int
    capabilities: int

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Raises WrongLength."""
        if len(payload) != cls._LAYOUT.size:
            raise WrongLength
        _, protocol, major, minor, patch, uid, boot, cause, channels, capabilities = cls._LAYOUT.unpack(payload)
        return cls(protocol, (major, minor, patch), uid, boot, cause, channels, capabilities)

    def to_bytes(self) -> bytes:
        return self._LAYOUT.pack(
            self.TYPE,
            self.protocol,
            *self.firmware,
            self.uid,
            self.boot,
            self.reset_cause,
            self.channels,
            self.capabilities,
        )


class Status(Struct, frozen=True):
    """0x03, each second. One `missed` count per channel, so the length tells how many channels there are."""

    TYPE: ClassVar[int] = 0x03
    _TAIL: ClassVar[Layout] = Layout("<HHHHHBB")

    uptime_s: int
    missed: tuple[int, ...]
    abandoned: int
    frames_dropped: int
    commands_rejected: int
    rx_overruns: int
    supply_mv: int
    guard_state: int
    outputs_echo: int

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Raises WrongLength: not 5 + 2 x channels + 12 bytes for 1 to 8 channels."""
        channels, odd = divmod(len(payload) - 5 - cls._TAIL.size, 2)
        if odd or not 1 <= channels <= 8:
            raise WrongLength
        uptime_s = int.from_bytes(payload[1:5], "little")
        missed = tuple(int.from_bytes(payload[at : at + 2], "little") for at in range(5, 5 + 2 * channels, 2))
        return cls(uptime_s, missed, *cls._TAIL.unpack_from(payload, 5 + 2 * channels))

    def to_bytes(self) -> bytes:
        return (
            bytes([self.TYPE])
            + self.uptime_s.to_bytes(4, "little")
            + b"".join(count.to_bytes(2, "little") for count in self.missed)
            + self._TAIL.pack(
                self.abandoned,
                self.frames_dropped,
                self.commands_rejected,
                self.rx_overruns,
                self.supply_mv,
                self.guard_state,
                self.outputs_echo,
            )
        )


class _Plain(Struct, frozen=True):
    """A frame whose fields are its layout's numbers, the type byte first."""

    TYPE: ClassVar[int]
    _LAYOUT: ClassVar[Layout]

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Raises WrongLength."""
        if len(payload) != cls._LAYOUT.size:
            raise WrongLength
        return cls(*cls._LAYOUT.unpack(payload)[1:])

    def to_bytes(self) -> bytes:
        return self._LAYOUT.pack(self.TYPE, *astuple(self))


class ChannelFault(_Plain, frozen=True):
    """0x04. `kind` is a FaultKind by number; 0 says that the channel has recovered."""

    TYPE: ClassVar[int] = 0x04
    _LAYOUT: ClassVar[Layout] = Layout("<BIBB")

    ticks_us: int
    channel: int
    kind: int


class Guard(_Plain, frozen=True):
    """0x05. What the board's own guard did; `event` is a GuardEvent by number."""

    TYPE: ClassVar[int] = 0x05
    _LAYOUT: ClassVar[Layout] = Layout("<BIBi")

    ticks_us: int
    event: int
    bar_load_g: int


class Answer(_Plain, frozen=True):
    """0x06. The board's answer to the command of that id."""

    TYPE: ClassVar[int] = 0x06
    _LAYOUT: ClassVar[Layout] = Layout("<BHB")

    command_id: int
    result: int


class Command(Struct, frozen=True):
    """0x10, host to board. `args` are the verb's bytes, judged by the board."""

    TYPE: ClassVar[int] = 0x10
    _HEAD: ClassVar[Layout] = Layout("<BHB")

    id: int
    verb: int
    args: bytes = b""

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """Raises WrongLength."""
        if len(payload) < cls._HEAD.size:
            raise WrongLength
        _, command_id, verb = cls._HEAD.unpack_from(payload)
        return cls(command_id, verb, bytes(payload[cls._HEAD.size :]))

    def to_bytes(self) -> bytes:
        return self._HEAD.pack(self.TYPE, self.id, self.verb) + self.args


BoardFrame = Samples | Hello | Status | ChannelFault | Guard | Answer
Frame = BoardFrame | Command

FROM_BOARD: dict[int, Callable[[bytes], Frame]] = {
    kind.TYPE: kind.from_bytes for kind in (Samples, Hello, Status, ChannelFault, Guard, Answer)
}
FROM_HOST: dict[int, Callable[[bytes], Frame]] = {Command.TYPE: Command.from_bytes}

SCALE_SHIFT = 20
ARM_BEAT_ONLY_G = -(2**31)
VERB_ARGS: dict[int, Layout] = {
    Verb.HELLO: Layout("<"),
    Verb.STREAM: Layout("<B"),
    Verb.BEAT: Layout("<"),
    Verb.SIGNAL: Layout("<BB"),
    Verb.SCALE: Layout("<Bii"),
    Verb.ARM: Layout("<iBi"),
    Verb.DISARM: Layout("<"),
}
"""The layout of each verb's args; a board answers "bad argument" to any other length."""
