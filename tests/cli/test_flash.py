"""`bard flash`: avrdude itself on a board with a bootloader, with and without a daemon, and every way it can fail."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.config.calibration_file import save_calibration
from bard.errors import Refused
from bard.messages import StartSession
from bard.weigh.calibration import Calibration, CellCalibration
from tests.cli.bootloader import Board
from tests.daemon.house import House, complains, wait_for
from tests.firmware import build

BUSY = "released to another program"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A room with one board, on a device path; nothing is there yet."""
    made = House(tmp_path)
    furnish(made, str(tmp_path / "board"))
    yield made
    made.close()


def furnish(house: House, port: str) -> None:
    house.config.write_text(
        'station = "room"\nterminal = false\n[control]\nsocket = "run/control.sock"\n[journal]\ndirectory = "var"\n'
        f'[[boards]]\nname = "a"\nport = "{port}"\n[[supports]]\nname = "bar"\n'
        'cells = [{board = "a", channel = 0}]\n'
    )
    (house.folder / "var").mkdir(exist_ok=True)
    save_calibration(house.folder / "var" / "calibration.json", Calibration({"a/0": CellCalibration(0.0, 20_000)}))


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A file that begins as it should; never written in the tests that use it."""
    made = tmp_path / "some.hex"
    made.write_text(":00000001FF\n")
    return made


@pytest.fixture
def firmware() -> Path:
    """The real one. Fails where avrdude or the compiler is not installed."""
    if shutil.which("avrdude") is None:
        pytest.fail("avrdude is missing: apt-get install avrdude (marked apt, left out of make check)")
    return build.elf().with_suffix(".hex")


def bytes_of(image: Path) -> bytes:
    """What an Intel HEX file without gaps holds."""
    records = [bytes.fromhex(line[1:]) for line in image.read_text().split()]
    return b"".join(record[4:-1] for record in records if record[3] == 0)


@pytest.mark.apt
def test_the_firmware_is_written_and_answers(house: House, firmware: Path) -> None:
    with Board(house.folder / "board") as board:
        done = house.bard("flash", "--hex", firmware)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"board a: firmware 0.9.0, uid {board.uid.hex()}",
        f"writing {firmware}",
        "board a: done: firmware 1.0.0, before 0.9.0",
    ]
    written = bytes_of(firmware)
    assert len(written) > 4096
    assert board.flash.startswith(written)


@pytest.mark.apt
def test_a_running_daemon_leaves_the_port_and_takes_it_again(house: House, firmware: Path) -> None:
    with Board(house.folder / "board") as board:
        house.start()
        house.until(lambda snapshot: snapshot.boards[0].firmware == "0.9.0", "the daemon knows the board")
        done = house.bard("flash", "--board", "a", "--hex", firmware)
        assert done.returncode == 0, done.stderr
        assert board.flash.startswith(bytes_of(firmware))
        house.until(lambda snapshot: snapshot.boards[0].firmware == "1.0.0", "the daemon is back")
        assert house.end() == 0


@pytest.mark.apt
def test_a_board_without_bard_is_written_only_when_told(house: House, firmware: Path) -> None:
    with Board(house.folder / "board", old=None) as board:
        refused = house.bard("flash", "--hex", firmware)
        complains(refused, 1, "no bard board answers", "--first")
        assert board.pages == 0
        done = house.bard("flash", "--first", "--hex", firmware)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == f"board a: done: firmware 1.0.0, uid {board.uid.hex()}"


@pytest.mark.apt
def test_the_same_version_again_is_said_so(house: House, firmware: Path) -> None:
    with Board(house.folder / "board", old=(1, 0, 0)):
        done = house.bard("flash", "--hex", firmware, "--baud", "57600")
    assert done.stdout.splitlines()[-1] == "board a: done: firmware 1.0.0, the same as before"


@pytest.mark.apt
def test_another_chip_is_avrdude_s_complaint_in_one_line(house: House, firmware: Path) -> None:
    with Board(house.folder / "board", signature=bytes((0x1E, 0x94, 0x06))) as board:
        complains(house.bard("flash", "--hex", firmware), 1, "avrdude failed", "signature")
        assert board.pages == 0


@pytest.mark.apt
def test_a_bootloader_that_does_not_answer(house: House, firmware: Path) -> None:
    with Board(house.folder / "board", mute=True):
        complains(house.bard("flash", "--hex", firmware), 1, "avrdude failed", "--baud 57600")


@pytest.mark.apt
@pytest.mark.parametrize(
    ("after", "words"), [({"new": None}, "no bard board answers"), ({"protocol": 2}, "protocol 2")]
)
def test_what_was_written_must_answer_with_protocol_1(
    house: House, firmware: Path, after: dict[str, int | None], words: str
) -> None:
    with Board(house.folder / "board", **after) as board:  # type: ignore[arg-type]
        complains(house.bard("flash", "--hex", firmware), 1, "written, but", words)
        assert board.pages


def test_in_a_session_it_is_refused_and_the_port_kept(house: House, image: Path) -> None:
    with Board(house.folder / "board") as board:
        house.start()
        house.until(lambda snapshot: snapshot.boards[0].firmware, "the daemon knows the board")
        with house.client() as client:
            client.command(StartSession(70.0, 40.0))
        complains(house.bard("flash", "--hex", image, "--avrdude", "true"), 3, "a session runs")
        assert board.resets == 1
        assert board.open


def test_a_released_port_is_taken_again_however_it_ends(house: House) -> None:
    with Board(house.folder / "board") as board:
        house.start()
        house.until(lambda snapshot: snapshot.boards[0].firmware, "the daemon knows the board")
        with house.client() as client:
            with pytest.raises(Refused, match="no board 'b'; allowed: a"):
                client.release("b", 60)
            client.release("a", 60)
            wait_for(lambda: not board.open, "released")
            wait_for(lambda: BUSY in house.log.read_text(), "said in the log")
            client.release("a", 0)
            wait_for(lambda: board.open, "given back")
            client.release("a", 60)
            wait_for(lambda: not board.open, "released")
        wait_for(lambda: board.open, "who asked has hung up")
        with house.client() as client:
            client.release("a", 0.5)
            wait_for(lambda: not board.open, "released")
            wait_for(lambda: board.open, "the time is over")
            client.release("a", 0)
        assert house.end() == 0


def test_without_avrdude_it_names_the_package(house: House, image: Path) -> None:
    with Board(house.folder / "board") as board:
        missing = house.folder / "no-avrdude"
        complains(house.bard("flash", "--hex", image, "--avrdude", missing), 1, "apt-get install avrdude")
        assert board.resets == 0


def test_a_port_in_use_by_another_is_said(house: House, image: Path) -> None:
    with Board(house.folder / "board") as board:
        house.start()
        house.until(lambda snapshot: snapshot.boards[0].firmware, "the daemon knows the board")
        other = House(house.folder / "other")
        other.folder.mkdir()
        furnish(other, str(house.folder / "board"))
        complains(other.bard("flash", "--hex", image, "--avrdude", "true"), 1, "in use by another program")
        assert board.resets == 1


@pytest.mark.parametrize(
    ("port", "arguments", "exit_status", "words"),
    [
        ("", ("--board", "b"), 2, "no board 'b'; allowed: a"),
        ("", (), 1, "no such port"),
        ("sim://steady", (), 2, "is no device"),
        ("socket://127.0.0.1:1", (), 2, "is no device"),
        (os.devnull, ("--hex", "nowhere.hex"), 2, "run `make -C firmware`"),
        (os.devnull, ("--hex", __file__), 2, "no Intel HEX"),
        (os.devnull, ("--avrdude", "true"), 1, "not a serial port"),
    ],
)
def test_what_cannot_be_is_one_line(
    house: House, image: Path, port: str, arguments: tuple[str, ...], exit_status: int, words: str
) -> None:
    if port:
        furnish(house, port)
    complains(house.bard("flash", "--hex", image, *arguments), exit_status, words)
