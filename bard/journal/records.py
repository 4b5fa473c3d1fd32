"""What stands on a tape, and its bytes.

One law: a tape is its header and then every call into the core in order, with the events that came out after each; a
chunk that is not whole and right is not read. It knows no file, no thread and no clock.

    tape    MAGIC, chunk with the header (JSON), chunks with records
    chunk   length u32, crc32 u32 (of the body), body: zlib; little-endian, a length of 0 is damage
    records MessagePack, an array of records; a record is an array: its number, then its fields

MessagePack's integers are as short as they can be, and it packs and unpacks a chunk in C: 0.1 us a record in the
writer's thread, against 0.9 us for varints and time differences in Python, which would save 5 % of the bytes
(measured, 4 cells). What matters is that the thread holds the interpreter as shortly as possible.
"""

import zlib
from struct import Struct as Layout

import msgspec
from msgspec import Struct

import bard
from bard.errors import DataError
from bard.messages import Command
from bard.settings import CoreSettings
from bard.weigh.calibration import Calibration

MAGIC = b"bard tape 1\n"
"""The digit is the format's version."""
CHUNK = Layout("<II")
CHUNK_MOST = 1 << 26
"""A length above this is damage."""
_LEVEL = 3
"""zlib's: 6 saves another 1 % and takes a third longer."""


class Header(Struct, frozen=True):
    """What a replay needs before the first record, and where the tape comes from."""

    bard: str
    """Version of bard that wrote it."""
    core: CoreSettings
    calibration: Calibration
    calibration_digest: str
    start_us: int
    """The `now_us` the monitor began with."""
    wall_time: str
    """ISO 8601, for people."""
    clock_trusted: bool
    """Whether the wall clock was known to be right."""
    done: str
    """What was done, in words."""

    @property
    def station(self) -> str:
        """The room's name."""
        return self.core.room.station


def make_header(
    core: CoreSettings, calibration: Calibration, *, start_us: int, wall_time: str, clock_trusted: bool, done: str
) -> Header:
    """The header of a tape that this bard writes."""
    return Header(bard.__version__, core, calibration, calibration.digest, start_us, wall_time, clock_trusted, done)


class Data(Struct, frozen=True, array_like=True, tag=0, gc=False):
    """`Monitor.receive_data`; empty: the link is gone."""

    board: str
    now_us: int
    data: bytes


class Timer(Struct, frozen=True, array_like=True, tag=1, gc=False):
    """`Monitor.handle_timer`."""

    now_us: int


class Given(Struct, frozen=True, array_like=True, tag=2, gc=False):
    """`Monitor.command`."""

    origin: str
    now_us: int
    command: Command


class Came(Struct, frozen=True, array_like=True, tag=3, gc=False):
    """An event that came out, as the line of JSON that `messages.encode` makes."""

    text: str


class Gap(Struct, frozen=True, array_like=True, tag=4, gc=False):
    """So many records are missing here: the disk did not take them. A replay is not the truth from here on."""

    records: int


class End(Struct, frozen=True, array_like=True, tag=5, gc=False):
    """The writer was closed; a tape without it was cut off."""


Record = Data | Timer | Given | Came | Gap | End

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Record]).decode
_read_header = msgspec.json.Decoder(Header).decode


def pack_records(records: list[Record]) -> bytes:
    """A chunk."""
    return _chunk(_pack(records))


def unpack_records(body: bytes) -> list[Record]:
    """The records of a chunk's body. Raises DataError for what this bard does not know."""
    try:
        return _unpack(zlib.decompress(body))
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"not records of this version: {error}") from None


def pack_header(header: Header) -> bytes:
    """The beginning of a tape."""
    return MAGIC + _chunk(msgspec.json.encode(header))


def unpack_header(body: bytes) -> Header:
    """The header in the first chunk's body. Raises DataError."""
    try:
        return _read_header(zlib.decompress(body))
    except (zlib.error, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(f"not a header of this version: {error}") from None


def _chunk(body: bytes) -> bytes:
    packed = zlib.compress(body, _LEVEL)
    return CHUNK.pack(len(packed), zlib.crc32(packed)) + packed
