"""What may be written as a port, and what the refusal says: what, where, what is allowed."""

import gzip
from pathlib import Path

import pytest

from bard.errors import ConfigError, DataError
from bard.link import Ports
from bard.link.recording import read_rows
from bard.link.urls import parse
from tests.link.far import RECORDINGS, write_tape
from tests.recordings import load

PLATES = f"recording://{RECORDINGS}/two_plates_firm_open.csv.gz"


@pytest.mark.parametrize(
    ("port", "words"),
    [
        ("foo://x", "no kind 'foo'; allowed: a device path, "),
        ("", "neither a path nor a name; allowed: a device path"),
        ("../ttyUSB0", "neither a path nor a name"),
        ("sim://", "nothing after sim://; allowed: the name of a scenario"),
        ("sim://stedy", "no scenario 'stedy'; allowed: idle, steady, demo"),
        ("sim://steady?sed=1", "no option 'sed'; allowed: board, pace, seed"),
        ("sim://steady?seed=1&seed=2", "option 'seed' twice; allowed: once each"),
        ("sim://steady?seed=-1", "seed=-1; allowed: whole numbers from 0"),
        ("sim://steady?seed=one", "seed=one; allowed: whole numbers from 0"),
        ("sim://steady?pace=fast", "pace=fast; allowed: pace=wall"),
        ("sim://two_boards?board=2", "board=2; allowed: whole numbers from 0 to 1"),
        ("socket://host", "no address in 'host'; allowed: socket://HOST:PORT"),
        ("socket://host:70000", "no address in 'host:70000'"),
        ("socket://host:1?x=1", "no option 'x'; allowed: none"),
        ("rfc2217://:1", "no address"),
        ("spy:///dev/x?log=1", "no option 'log'; allowed: all, color, file, raw"),
        ("recording://nowhere.csv", "no file nowhere.csv; allowed: a CSV file"),
        (PLATES, "no column=; allowed: column=right_n|left_n"),
        (f"{PLATES}?column=up_n", "no column 'up_n' in "),
        (f"{PLATES}?column=up_n", "; allowed: right_n, left_n"),
        (f"{PLATES}?column=left_n&truth=t_s", "no column 't_s'"),
        (f"{PLATES}?column=left_n&mode=cells", "mode=cells; allowed: mode=force|cell|sampled"),
        (f"{PLATES}?column=left_n&rate=0", "rate=0; allowed: numbers from 1 to 400"),
        (f"{PLATES}?column=left_n&unit=lb", "unit=lb; allowed: unit=n|kg"),
        ("replay://nowhere.tape", "no file nowhere.tape; allowed: the path of a tape"),
    ],
)
def test_what_is_not_allowed_is_refused_in_one_line(port: str, words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        Ports().check(port)
    assert words in str(refusal.value)
    assert str(refusal.value).startswith(f"port {port!r}: ")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("port", "path"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("ttyACM1", "/dev/ttyACM1"),
        ("usb-1a86_USB_Serial-if00-port0", "/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0"),
    ],
)
def test_devices_go_by_path_or_name(port: str, path: str) -> None:
    Ports().check(port)
    assert parse(port).target == path


def test_a_board_that_is_not_on_the_tape_is_named(tmp_path: Path) -> None:
    path = tmp_path / "room.tape"
    write_tape(path)
    Ports().check(f"replay://{path}", "a")
    with pytest.raises(ConfigError, match="no board 'left' on this tape; allowed: a"):
        Ports().check(f"replay://{path}", "left")
    path.write_bytes(b"not a tape")
    with pytest.raises(DataError, match="not a tape"):
        Ports().check(f"replay://{path}", "a")


def test_rows_are_the_files_numbers() -> None:
    rows = read_rows(parse(f"{PLATES}?column=right_n&truth=left_n&mode=sampled&rate=80&lead=1"))
    columns = load("two_plates_firm_open")
    assert list(rows.times_s) == list(columns["t_s"])
    assert list(rows.values) == list(columns["right_n"])
    assert rows.truth is not None
    assert list(rows.truth) == list(columns["left_n"])
    first = columns["t_s"] - columns["t_s"][0] < 2
    total_kg = (columns["right_n"] + columns["left_n"])[first].mean() / 9.80665
    assert rows.body_weight_kg == pytest.approx(total_kg, abs=1e-9)
    assert (rows.mode, rows.rate_hz, rows.lead_s, rows.name) == ("sampled", 80, 1, "two_plates_firm_open")


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.csv.gz")), ids=lambda path: path.name)
def test_every_recording_can_be_played(path: Path) -> None:
    columns = [name for name in load(path.name.removesuffix(".csv.gz")) if name != "t_s"]
    Ports().check(f"recording://{path}?column={columns[0]}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t,f\n0,1\n1,x\n", "line 3: could not convert string to float: 'x'; allowed: numbers"),
        ("t,f\n0,1\n1\n", "line 3: '1'; allowed: 2 finite numbers"),
        ("t,f\n0,1\n1,nan\n", "line 3: '1,nan'; allowed: 2 finite numbers"),
        ("t,f\n0,1\n", "2 columns, 1 rows"),
        ("", "0 columns, 0 rows"),
        ("t,t\n0,1\n1,1\n", "names once"),
        ("t,f\n1,1\n0,1\n", "column t: times go back"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "force.csv"
    path.write_text(text)
    with pytest.raises(DataError) as refusal:
        Ports().check(f"recording://{path}")
    assert words in str(refusal.value)
    assert str(refusal.value).startswith(str(path))


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "force.csv.gz"
    path.write_bytes(gzip.compress(b"t,f\n" + b"0,1\n" * 100)[:-9])
    with pytest.raises(DataError, match="cannot be read"):
        Ports().check(f"recording://{path}")
    path.write_bytes(b"t,f\n0,1\n")
    with pytest.raises(DataError, match="cannot be read"):
        Ports().check(f"recording://{path}")
