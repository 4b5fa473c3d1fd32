"""`bard doctor` as people run it: with and without a configuration, a daemon, a session; text, JSON, exit status."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bard.cli.stage import Stage
from bard.config.calibration_file import save_calibration
from bard.control.client import ControlClient
from bard.messages import StartSession
from bard.weigh.calibration import Calibration, CellCalibration
from tests.cli.pulled import COUNTS_PER_KG
from tests.daemon.house import House, complains, config_of, run_bard, wait_for

LOOK = ("--seconds", 3)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Its JSON."""
    assert "Traceback" not in done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def well(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The same, where nothing was found but that this machine was too busy to read in time, which may be so."""
    found = told(done)
    late = ids(found) == ["late_bytes"]
    assert (done.returncode, found["verdict"]) == ((4, "warning") if late else (0, "well")), done
    assert late or found["findings"] == []
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [one["id"] for one in found["findings"]]


def test_a_bare_port_is_looked_at_without_a_configuration() -> None:
    done = run_bard("doctor", "--port", "sim://idle?seed=2", *LOOK)
    assert done.returncode == 0, done
    lines = done.stdout.splitlines()
    assert lines[0] == "looked for 3 s at this port, without a configuration: no kilograms"
    assert any(line.startswith("board board: firmware 1.0.0") for line in lines)
    assert sum(line.startswith("channel ") for line in lines) == 4
    assert lines[-1] == "nothing is wrong as far as this looks"


def test_a_configured_room_at_rest_is_well(house: House) -> None:
    house.furnish("sim://idle?seed=3")
    done = house.bard("doctor", "--json", *LOOK)
    found = well(done)
    assert found["facts"]["how"] == "ports"
    cell = found["facts"]["cells"][0]
    assert cell["name"] == "left bar, cell 1"
    assert 75 < cell["rate_hz"] < 97
    assert abs(cell["load_kg"]) < 0.1


@pytest.mark.slow
def test_warnings_and_faults_have_an_exit_status_of_their_own(house: House) -> None:
    house.furnish("sim://ten_sps?seed=3")
    done = house.bard("doctor", *LOOK)
    assert done.returncode == 4, done
    assert "alarms up to 0.9 s late" in done.stdout
    house.config.write_text(house.config.read_text().replace("sim://ten_sps?seed=3", "/dev/ttyNOTHING"))
    done = house.bard("doctor", "--json")
    assert done.returncode == 5, done
    assert ids(told(done)) == ["port_missing"]
    assert told(done)["verdict"] == "fault"


def test_a_calibration_changed_by_hand_is_a_finding(house: House) -> None:
    house.furnish("sim://idle?seed=3")
    file = house.folder / "var" / "calibration.json"
    file.write_text(file.read_text().replace("counts_per_kg", "counts_per_kG", 1))
    done = house.bard("doctor", "--json", *LOOK)
    assert done.returncode == 5, done
    assert ids(told(done))[0] == "calibration_unusable"


def test_what_cannot_be_looked_at_is_one_line() -> None:
    complains(run_bard("doctor", "--port", "sim://nowhere"), 2, "no scenario 'nowhere'")
    complains(run_bard("--config", "/nowhere.toml", "doctor"), 2, "/nowhere.toml")
    complains(run_bard("doctor", "--seconds", "900"), 2, "is not in the range")


def test_a_rule_is_printed_for_boards_that_are_there(house: House) -> None:
    house.furnish("sim://idle")
    done = house.bard("doctor", "--udev-rule")
    assert done.returncode == 0
    assert done.stdout.startswith("# bard: the boards of this machine")
    assert "# board a: sim://idle is no device on this machine now" in done.stdout


@pytest.mark.slow
def test_a_running_daemon_lends_its_port_and_a_session_is_only_watched(tmp_path: Path) -> None:
    text = config_of("sim://idle", head="").replace('"sim://idle"', f'"{tmp_path}/boards/a"').replace('"var"', '"."')
    text = text.replace("run/control.sock", "control.sock")
    with Stage(tmp_path, "idle", 4, text) as stage, ControlClient(stage.socket) as client:
        wait_for(lambda: client.query().bar_load_kg is not None, "known")
        done = run_bard("--config", tmp_path / "bard.toml", "doctor", "--json", *LOOK)
        found = well(done)
        assert found["facts"]["how"] == "ports"
        assert found["facts"]["cells"][0]["unique"] > 100
        wait_for(lambda: client.query().bar_load_kg is not None, "the daemon has its board again")
        client.command(StartSession(70.0, 40.0))
        done = run_bard("--config", tmp_path / "bard.toml", "doctor", "--json", *LOOK)
        found = told(done)
        assert (done.returncode, found["facts"]["how"]) == (0, "watched"), done
        assert found["facts"]["cells"][0]["unique"] is None
        assert 75 < found["facts"]["cells"][0]["rate_hz"] < 97
        assert found["facts"]["boards"][0]["frames_good"] > 500
        complains(run_bard("--config", tmp_path / "bard.toml", "doctor", "--tap"), 3, "a session runs")
        assert client.query().session is not None


def pull(board: "subprocess.Popen[str]", channel: int, kg: float) -> None:
    assert board.stdin is not None
    board.stdin.write(f"{channel} {kg}\n")
    board.stdin.flush()


@pytest.mark.slow
def test_pulling_at_each_cell_tells_which_is_which(house: House) -> None:
    """The plugs of two cells are swapped, and one of them was wired backwards since."""
    house.config.write_text(
        'station = "room"\n[control]\nsocket = "run/control.sock"\n[journal]\ndirectory = "var"\n'
        f'[[boards]]\nname = "a"\nport = "{house.folder}/board"\n'
        '[[supports]]\nname = "left"\ncells = [{board = "a", channel = 0}]\n'
        '[[supports]]\nname = "right"\ncells = [{board = "a", channel = 1}]\n'
    )
    (house.folder / "var").mkdir()
    cells = {f"a/{channel}": CellCalibration(1_000.0, COUNTS_PER_KG) for channel in (0, 1)}
    save_calibration(house.folder / "var" / "calibration.json", Calibration(cells))
    board = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.pulled", house.folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    house.also(board)  # type: ignore[arg-type]
    assert board.stdout is not None
    assert board.stdout.readline() == "ready\n"
    doctor = subprocess.Popen(
        [sys.executable, "-m", "bard", "--config", house.config, "doctor", "--tap", "--json", *map(str, LOOK)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    house.also(doctor)  # type: ignore[arg-type]
    assert doctor.stdin is not None
    assert doctor.stderr is not None
    said = ""
    for asked, channel, kg in (("left, cell 1", 1, 15), ("right, cell 1", 0, -14)):
        while not said.splitlines()[-1:] or not said.splitlines()[-1].startswith(f"{asked}: "):
            said += doctor.stderr.readline()
        doctor.stdin.write("\n")
        doctor.stdin.flush()
        assert "pull now" in doctor.stderr.readline()
        pull(board, channel, kg)
        said += doctor.stderr.readline()
        pull(board, channel, 0)
    said += doctor.stderr.read()
    assert doctor.stdout is not None
    found = json.loads(doctor.stdout.read())
    assert doctor.wait(60) == 5, said
    taps = [(one["id"], one["about"]) for one in found["findings"] if one["id"].startswith("tap")]
    assert taps == [
        ("tap_other", "left, cell 1"),
        ("tap_other", "right, cell 1"),
    ]
    assert "left, cell 1 and right, cell 1 are exchanged" in said


@pytest.mark.slow
@pytest.mark.parametrize("how", ["Ctrl-C", "end of input"])
def test_who_leaves_while_asked_leaves_nothing_behind(how: str) -> None:
    command = [sys.executable, "-m", "bard", "doctor", "--port", "sim://idle", "--tap", *map(str, LOOK)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as doctor:
        assert doctor.stderr is not None
        assert doctor.stdin is not None
        while "press Enter" not in doctor.stderr.readline():
            assert doctor.poll() is None
        if how == "Ctrl-C":
            doctor.send_signal(signal.SIGINT)
        else:
            doctor.stdin.close()
        assert doctor.wait(30) == 130
        assert doctor.stderr.read().strip() == ""
