from io import StringIO
from pathlib import Path

import pytest

from bard.errors import UsageError
from bard.journal import show
from bard.journal.records import Came, Data, End, Gap, Given, Record, Timer, pack_header, pack_records
from bard.messages import StopSession
from bard.wire.decoder import encode
from bard.wire.frames import Answer, ChannelFault, Conversion, Guard, Hello, Samples, Status
from tests.journal.tapes import CALIBRATION, CORE, START_US, a_header

SAMPLES = encode(Samples(7, 123_456, 3, (Conversion(0, 20, -5), Conversion(2, 65_535, 8_388_607))))
RECORDS: list[Record] = [
    Data("main", START_US, encode(Hello(1, (1, 2, 3), bytes(range(8)), 9, 1, 4, 17))),
    Data("main", START_US + 250_000, SAMPLES[:5]),
    Data("main", START_US + 250_100, SAMPLES[5:] + encode(Samples(8, 1, 0))),
    Timer(START_US + 260_000),
    Data("main", START_US + 1_000_000, encode(Status(5, (1, 0, 0, 2), 0, 1, 0, 0, 4_950, 1, 3))),
    Data("main", START_US + 1_100_000, encode(ChannelFault(77, 2, 1)) + encode(ChannelFault(78, 2, 9))),
    Data("main", START_US + 1_200_000, encode(Guard(99, 1, -1500)) + encode(Answer(12, 3))),
    Data("main", START_US + 1_300_000, b"\x05\x01\x02\x00"),
    Given("cli", START_US + 1_400_000, StopSession()),
    Came('{"type":"done"}'),
    Data("main", START_US + 1_500_000, b""),
    Data("main", START_US + 1_600_000, SAMPLES[3:]),
    Gap(12),
    End(),
]
LINES = """\
      0.000000  main hello protocol 1, firmware 1.2.3, uid 0001020304050607, boot 9, reset cause 1, 4 channels, \
vibrator, guard
      0.250100  main samples 7 at 123456 us, inputs presence+pedal  0: -5 (20 us ago)  2: 8388607 (65535 us ago)
      0.250100  main samples 8 at 1 us, inputs none
      0.260000  timer
      1.000000  main status up 5 s, missed 1/0/0/2, abandoned 0, frames dropped 1, commands rejected 0, rx overruns 0, \
4950 mV, guard 1, outputs 3
      1.100000  main fault channel 2 silent at 77 us
      1.100000  main fault channel 2 number 9 at 78 us
      1.200000  main guard trip at 99 us, bar load -1500 g
      1.200000  main answer to command 12: not now
      1.300000  main bad cobs: 05 01 02
      1.400000  command {"type":"stop_session"} from cli
      1.400000  event {"type":"done"}
      1.500000  main closed the link is gone
      1.600000  main bad crc: 04 40 e2 01 04 03 05 14 0b fb ff ff ff ff ff ff 7f fa 63
      1.600000  gap 12 records are missing: the disk did not take them
      1.600000  end
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.tape"
    path.write_bytes(pack_header(a_header(CORE, CALIBRATION)) + pack_records(RECORDS[:6]) + pack_records(RECORDS[6:]))
    return path


def shown(path: Path, **how: object) -> str:
    out = StringIO()
    show(path, out, **how)  # type: ignore[arg-type]
    return out.getvalue()


def body(path: Path, **how: object) -> str:
    return shown(path, **how).partition("\n\n")[2]


def test_head(path: Path) -> None:
    assert shown(path).partition("\n\n")[0] == (
        "station      room\n"
        "done         a test\n"
        "begun        2026-03-01T10:00:00+01:00 (clock trusted), monotonic 5000000000 us\n"
        "bard         0.1.0\n"
        "board        main on /dev/ttyUSB0\n"
        "cell         left bar, cell 1 on main/0: zero 0, 20000 counts per kg\n"
        "cell         left bar, cell 2 on main/1: zero 1000, 20000 counts per kg\n"
        "cell         left bar, cell 3 on main/2: zero 2000, 20000 counts per kg\n"
        "cell         left bar, cell 4 on main/3: zero 3000, 20000 counts per kg\n"
        f"calibration  {CALIBRATION.digest}"
    )


def test_every_kind_of_record_and_frame(path: Path) -> None:
    assert body(path) == LINES


def test_a_range_of_time(path: Path) -> None:
    lines = LINES.splitlines(keepends=True)
    assert body(path, since_s=1.3) == "".join(lines[9:])
    assert body(path, since_s=0.25, until_s=1.0) == "".join(lines[1:5])


def test_some_kinds(path: Path) -> None:
    lines = LINES.splitlines(keepends=True)
    assert body(path, kinds=["event", "command"]) == "".join(lines[10:12])
    assert body(path, kinds=["bad"], until_s=1.5) == lines[9]
    with pytest.raises(UsageError, match="no kind 'frames'; allowed: samples, hello, status, fault"):
        shown(path, kinds=["frames"])


def test_a_cut_off_tape_says_so(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    at = len(whole) - len(pack_records(RECORDS[6:]))
    last = shown(path).splitlines()[-1]
    assert last == f"tape cut off at byte {at} of {len(whole) - 1}: nothing was read from there on"
    path.write_bytes(whole[:at])
    assert shown(path).splitlines()[-1] == "the tape was not closed: up to 1 s before the end is missing"
