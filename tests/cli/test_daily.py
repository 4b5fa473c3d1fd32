"""`bard daily` on the real daemon and a board pulled by hand: each answer, and what the journal keeps."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from bard.config.calibration_file import save_calibration
from bard.journal.alarms import Moment
from bard.journal.daily import DailyRow, daily_checks, last_daily
from bard.journal.reading import Reader
from bard.messages import DailyCheck, StartSession
from bard.weigh.calibration import Calibration, CellCalibration
from tests.cli.pulled import COUNTS_PER_KG
from tests.daemon.house import House, complains, wait_for


class Bars:
    """Two bars of a room with a daemon; `load` puts kilograms on both together."""

    def __init__(self, house: House) -> None:
        self.house = house
        (house.folder / "var").mkdir()
        house.config.write_text(
            'station = "room"\nterminal = false\n[control]\nsocket = "run/control.sock"\n[journal]\ndirectory = "var"\n'
            f'[[boards]]\nname = "a"\nport = "{house.folder}/board"\n'
            '[[supports]]\nname = "left"\ncells = [{board = "a", channel = 0}]\n'
            '[[supports]]\nname = "right"\ncells = [{board = "a", channel = 1}]\n'
        )
        command = [sys.executable, "-m", "tests.cli.pulled", str(house.folder)]
        self._board = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        house.also(self._board)  # type: ignore[arg-type]
        assert self._board.stdout is not None
        assert self._board.stdout.readline() == "ready\n"

    def calibrate(self) -> None:
        cells = {f"a/{channel}": CellCalibration(1_000.0, COUNTS_PER_KG) for channel in (0, 1)}
        save_calibration(self.house.folder / "var" / "calibration.json", Calibration(cells))

    def load(self, kg: float) -> None:
        assert self._board.stdin is not None
        for channel in (0, 1):
            self._board.stdin.write(f"{channel} {kg / 2}\n")
        self._board.stdin.flush()

    def daily(self, answers: str, hung_kg: float, *arguments: object) -> tuple[int, str]:
        """Its exit status and what it said; the therapist hangs when told to, and comes down when told to."""
        process = self.house.begin("daily", *arguments, asked=True)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(answers)
        process.stdin.close()
        ending = threading.Timer(60, process.kill)
        ending.start()
        said = ""
        for line in process.stdout:
            said += line
            if "both feet off" in line and "hang on" in line:
                self.load(hung_kg)
            elif "come down" in line:
                self.load(0)
        ending.cancel()
        return process.wait(30), said

    def kept(self) -> list[DailyRow]:
        with Reader(self.house.folder / "var" / "journal.db") as reader:
            return daily_checks(reader, 9)


@pytest.fixture
def bars(tmp_path: Path) -> Iterator[Bars]:
    house = House(tmp_path)
    yield Bars(house)
    house.close()


@pytest.mark.slow
def test_a_good_day_and_one_on_which_nothing_fits(bars: Bars) -> None:
    bars.calibrate()
    bars.house.start()
    bars.house.until_known()
    status, said = bars.daily("70.4\ny\n", 70.0, "--who", "T7")
    assert status == 0, said
    assert "you hung 70.0 kg and typed 70.4 kg: -0.4 kg" in said
    assert said.splitlines()[-1] == "today's check is done, and nothing was found"
    wait_for(lambda: len(bars.kept()) == 1, "kept")
    lines = json.loads(bars.house.bard("session", "preflight", "--json").stdout)
    [line] = [line for line in lines if line["what"] == "daily"]
    assert line["words"].startswith(("made today", "the day of the last check is not known"))
    bars.load(1.4)
    wait_for(lambda: (bars.house.snapshot().bar_load_kg or 0) > 1.2, "a bag on the bar")
    status, said = bars.daily("n\n", 73.5, "--weight", 70)
    assert status == 5, said
    assert "the free bars read +1.4 kg" in said
    assert "have the bars verified" in said
    assert "not felt or heard: board a" in said
    assert "STOP: no client until it is put right" in said
    wait_for(lambda: len(bars.kept()) == 2, "both are kept")
    newest, oldest = bars.kept()
    assert (oldest.answer, oldest.missed, oldest.who) == ("good", (), "T7")
    assert oldest.apart_kg == pytest.approx(-0.4, abs=0.1)
    assert oldest.free_kg == pytest.approx(0.0, abs=0.1)
    assert (newest.answer, newest.missed) == ("stop", ("board a",))
    assert newest.free_kg == pytest.approx(1.4, abs=0.1)
    assert b"70.4" not in (bars.house.folder / "var" / "journal.db").read_bytes()


def test_bars_that_do_not_read_stop_the_day_and_a_session_refuses_it(bars: Bars) -> None:
    bars.house.start()
    bars.house.until(lambda snapshot: snapshot.boards[0].firmware, "the board")
    status, said = bars.daily("y\n", 0)
    assert status == 5, said
    assert "the bars do not read" in said
    assert "no client until they do: `bard doctor`" in said
    wait_for(lambda: bars.kept(), "kept")
    assert (bars.kept()[0].answer, bars.kept()[0].free_kg, bars.kept()[0].apart_kg) == ("stop", None, None)
    bars.house.end()


def test_in_a_session_it_is_refused(tmp_path: Path) -> None:
    house = House(tmp_path)
    try:
        house.furnish("sim://steady?seed=3")
        house.start()
        house.until_known()
        with house.client() as client:
            client.command(DailyCheck("not done"))
            client.command(StartSession(70.0, 40.0))
        complains(house.bard("daily"), 3, "a session runs")
        with Reader(house.folder / "var" / "journal.db") as reader:
            wait_for(lambda: last_daily(reader) is not None, "kept")
            row = last_daily(reader)
        assert row is not None
        assert (row.answer, row.missed, row.who) == ("not done", None, "")
    finally:
        house.close()


def test_a_check_is_of_its_day_only_by_a_clock_that_was_right() -> None:
    noon_ms = 1_790_000_000_000
    row = DailyRow(Moment("boot", 1, noon_ms, True), "good", 0.0, 0.0, (), "")
    day = date.fromtimestamp(noon_ms / 1000)
    assert row.made_on(day)
    assert not row.made_on(day + timedelta(days=1))
    doubted = DailyRow(Moment("boot", 1, noon_ms, False), "good", 0.0, 0.0, (), "")
    assert not doubted.made_on(day)
