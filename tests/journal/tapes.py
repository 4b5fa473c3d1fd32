"""Tapes made by hand: a room, a writer for it, numbered data, and what a reader finds."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

from bard.journal.records import Data, Header, Record, make_header
from bard.journal.tape import TapeReader, TapeWriter
from bard.settings import BoardSettings, CellSettings, CoreSettings, RoomSettings, SupportSettings
from bard.weigh.calibration import Calibration, CellCalibration

START_US = 5_000_000_000

CORE = CoreSettings(
    room=RoomSettings(
        boards=(BoardSettings("main", "/dev/ttyUSB0"),),
        supports=(SupportSettings("left bar", tuple(CellSettings("main", channel) for channel in range(4))),),
    )
)
CALIBRATION = Calibration({f"main/{channel}": CellCalibration(1000.0 * channel, 20_000.0) for channel in range(4)})


def a_header(core: CoreSettings, calibration: Calibration) -> Header:
    """A plausible one."""
    return make_header(
        core,
        calibration,
        start_us=START_US,
        wall_time="2026-03-01T10:00:00+01:00",
        clock_trusted=True,
        done="a test",
    )


def a_writer(path: Path, core: CoreSettings = CORE, calibration: Calibration = CALIBRATION, **how: int) -> TapeWriter:
    """A writer with a plausible header."""
    return TapeWriter(path, a_header(core, calibration), **how)


def wait_for(truth: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait until it is so; fails when it does not become so."""
    until_s = time.monotonic() + within_s
    while not truth():
        assert time.monotonic() < until_s
        time.sleep(0.01)


def numbered(writer: TapeWriter, numbers: Iterable[int], size: int = 18) -> None:
    """Data that does not compress, each record with its number."""
    for number in numbers:
        writer.data("main", START_US + number, number.to_bytes(4, "big") + Random(number).randbytes(size - 4))


def numbers_of(records: list[Record]) -> list[int]:
    """The numbers of numbered data."""
    return [int.from_bytes(record.data[:4], "big") for record in records if isinstance(record, Data)]


def read(path: Path) -> tuple[list[Record], TapeReader]:
    """All records, and the reader that found them."""
    reader = TapeReader(path)
    return list(reader), reader
