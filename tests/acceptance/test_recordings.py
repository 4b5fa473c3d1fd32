"""Real recordings by others as a bar: bad links and open inputs flat out through board twin and monitor, good forces
in real time through pty and daemon.

Times of a recording are told apart from the room's: `lead` seconds lie before it, in which it runs backwards.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bard.cli.accuracy import Errors, Judged, box, errors_at, find_delay_us, judge
from bard.control.health import health_words
from bard.link.recording import read_rows
from bard.link.urls import parse
from bard.messages import Snapshot, StartSession, StepDown
from bard.settings import UncertaintySettings, WeighSettings, ZeroSettings
from bard.simulate import recording_room
from bard.weigh.state import FIRST_FAULT
from tests.acceptance.flat import Played
from tests.recordings import FOLDER, Floats, load, load_kg

RATE_HZ = 86
LEAD_S = 3.0
BODY_KG = 40.0


def played(name: str, seed: int = 1, tunables: dict[str, object] | None = None, **options: object) -> Played:
    """The room of a recording, not played yet."""
    words = "&".join(f"{key}={value}" for key, value in options.items())
    return Played(
        recording_room(read_rows(parse(f"recording://{FOLDER}/{name}.csv.gz?{words}")), seed), **(tunables or {})
    )


# A poor link: counted, and otherwise unnoticed


def despiked(kg: Floats, width: int = 9) -> Floats:
    """Centred rolling median: what the load was."""
    padded = np.pad(kg, width // 2, mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1)


@pytest.fixture(scope="module")
def spikes() -> tuple[Played, list[Snapshot]]:
    """A session with 7 to 3 kg of 40 on the bar, near and limit just above that; she steps down before she lets go.

    One conversion a sample makes the hold four times as long and four times as still as it was: stiller than any hand.
    """
    settings: dict[str, object] = {"uncertainty": UncertaintySettings(guard_band=0), "zero": ZeroSettings(still_kg=3)}
    room = played("hx717_load_hold_spikes", tunables=settings, column="force_n", mode="cell", rate=RATE_HZ)
    snapshots = list[Snapshot]()
    times_s = load("hx717_load_hold_spikes")["t_s"]
    step_down_s = LEAD_S + float(np.searchsorted(times_s, 19.2)) / RATE_HZ
    room.play(
        commands=[
            (2_500_000, "a test", StartSession(BODY_KG, 39.5, near_kg=38.5)),
            (round(step_down_s * 1e6), "a test", StepDown()),
        ],
        on_row=lambda _, snapshot: snapshots.append(snapshot),
    )
    return room, snapshots


def test_spikes_of_a_poor_link_raise_no_condition_and_no_fault(spikes: tuple[Played, list[Snapshot]]) -> None:
    room, snapshots = spikes
    on = [row for row in room.rows if row.client_kg == row.client_kg]
    assert len(on) > 40 * 100, "the session watched a client for the time of the hold"
    assert 32 < np.mean([row.client_kg for row in on]) < 34.5
    assert room.raised() == []
    assert not [alarm for snapshot in snapshots for alarm in snapshot.alarms]
    assert not [row for row in room.rows if row.at_s > 2 and max(row.states) >= FIRST_FAULT]
    known_s = next(row.at_s for row in room.rows if row.bar_kg == row.bar_kg)
    assert known_s < 2.5
    assert not [row for row in room.rows if row.at_s > known_s and row.bar_kg != row.bar_kg]


def test_they_move_the_slow_number_by_less_than_1_kg(spikes: tuple[Played, list[Snapshot]]) -> None:
    room, _ = spikes
    at_us, slow_kg = np.array([(row.at_s * 1e6, row.bar_kg) for row in room.rows]).T
    kg = despiked(load_kg("hx717_load_hold_spikes")[1])
    grid_us = np.arange(0, room.room.duration_us, 10_000)
    true_kg = kg[np.minimum(np.abs(grid_us / 1e6 - LEAD_S) * RATE_HZ, len(kg) - 1).astype(int)]
    truth = (grid_us, box(true_kg, WeighSettings().box_rows))
    errors = errors_at(find_delay_us(at_us, slow_kg, *truth), at_us, slow_kg, *truth)
    assert len(errors.kg) > 8_500
    assert np.abs(errors.kg).max() < 1.0, f"{np.abs(errors.kg).max():.2f} kg at {errors.delay_us} us"


def test_they_are_counted_and_warned_of(spikes: tuple[Played, list[Snapshot]]) -> None:
    _, snapshots = spikes
    settings = WeighSettings()
    cells = [snapshot.supports[0].cells[0] for snapshot in snapshots]
    share = max(cell.gated for cell in cells) / settings.gate_window
    assert share > settings.gate_warn_fraction == 0.01, f"{share:.2%}"
    assert any("single wrong readings" in health_words(snapshot) for snapshot in snapshots[::10])
    assert snapshots[-1].boards[0].frames_bad == 0


# Broken: a fault in time, and never a weight


def is_never_a_weight(room: Played, begins_s: float) -> None:
    """Play it in a session that runs from 2 s on; a fault within 2 s of `begins_s`."""
    said: list[float] = []

    def look(at_s: float, snapshot: Snapshot) -> None:
        loads = (snapshot.bar_load_kg, snapshot.bar_load_fast_kg, snapshot.client_load_kg, snapshot.client_load_fast_kg)
        assert loads == (None,) * 4, at_s
        assert snapshot.supports[0].load_kg is None
        assert snapshot.supports[0].cells[0].load_kg is None
        assert snapshot.phase == "off"
        if any(alarm.id == "cell_fault" for alarm in snapshot.alarms):
            said.append(at_s)

    room.play(commands=[(2_000_000, "a test", StartSession(70.0, 40.0))], on_row=look)
    assert room.monitor.in_session
    assert [at_s for at_s in said if begins_s < at_s <= begins_s + 2.0], f"fault said at {said[:1]} s"
    faulty = [row.at_s for row in room.rows if begins_s < row.at_s <= begins_s + 2.0 and max(row.states) >= FIRST_FAULT]
    assert faulty


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("rate", [80, 86, 93])
def test_an_open_input_in_its_own_time_is_a_fault_and_never_a_weight(rate: int, seed: int) -> None:
    room = played("open_input_fault", seed, column="force_kgf", unit="kg", mode="sampled", rails=1, rate=rate)
    is_never_a_weight(room, LEAD_S + 1.0)


def test_an_open_input_one_conversion_a_sample_is_a_fault_and_never_a_weight() -> None:
    room = played("open_input_fault", column="force_kgf", unit="kg", mode="cell", rails=1, rate=RATE_HZ)
    second = float(np.searchsorted(load("open_input_fault")["t_s"], 1.0)) / RATE_HZ
    is_never_a_weight(room, LEAD_S + second)


@pytest.mark.parametrize(("mode", "seed"), [("cell", 1), ("sampled", 1), ("sampled", 2), ("sampled", 3)])
def test_a_corrupt_link_is_a_fault_and_never_a_weight(mode: str, seed: int) -> None:
    room = played("hx717_corrupt_link", seed, column="force_n", mode=mode, rate=RATE_HZ)
    is_never_a_weight(room, LEAD_S)


# Good forces, in real time: the demo on one plate of two

PLATES = ("two_plates_firm_open", "two_plates_foam_closed")


class Demo:
    """`bard demo --recording` as a process of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder / name
        recording = FOLDER / f"{name}.csv.gz"
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            command = ["demo", "--recording", recording, "--plain", "--keep", self.folder]
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bard", *map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def judged(self) -> Judged:
        """From the kept tape and truth."""
        [tape] = (self.folder / "tapes").glob("*.tape")
        return judge(tape, self.folder / "truth.csv", WeighSettings().box_rows)


@pytest.fixture(scope="module")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Demo]]:
    """Both at the same time, to their ends: about 70 s."""
    folder = tmp_path_factory.mktemp("demos")
    running = {name: Demo(name, folder) for name in PLATES}
    try:
        for demo in running.values():
            demo.process.wait(150)
        yield running
    finally:
        for demo in running.values():
            if demo.process.poll() is None:
                demo.process.terminate()
                demo.process.wait(20)


def said(name: str, errors: Errors, *newtons: float) -> str:
    shares = ", ".join(f"{errors.within_n(newton):.2%} within {newton:g} N" for newton in newtons)
    return f"{name}: {shares}; {len(errors.kg)} rows, {errors.delay_us / 1000:g} ms behind"


@pytest.mark.slow
def test_firm_plates_in_real_time_are_within_5_n(demos: dict[str, Demo]) -> None:
    demo = demos["two_plates_firm_open"]
    assert demo.process.returncode == 0, demo.log.read_text()
    slow = demo.judged().slow
    figures = said("firm, slow path", slow, 5, 12)
    print(figures)
    assert len(slow.kg) > 5_000, figures
    assert slow.within_n(5) >= 0.99, figures


@pytest.mark.slow
def test_foam_plates_in_real_time_are_within_12_n_and_unfiltered_30_n(demos: dict[str, Demo]) -> None:
    demo = demos["two_plates_foam_closed"]
    assert demo.process.returncode == 0, demo.log.read_text()
    judged = demo.judged()
    slow, fast = judged.slow, judged.fast
    figures = f"{said('foam, slow path', slow, 5, 12)}; {said('unfiltered', fast, 12, 30)}"
    print(figures)
    assert len(slow.kg) > 5_000, figures
    assert slow.within_n(12) >= 0.99, figures
    assert fast.within_n(30) >= 0.99, figures


@pytest.mark.slow
def test_the_demo_told_the_same_and_left_its_tape_and_truth(demos: dict[str, Demo]) -> None:
    for demo in demos.values():
        text = demo.log.read_text()
        assert "Client load against the truth" in text
        assert "session started: body weight" in text
        assert {path.name for path in demo.folder.iterdir()} >= {"tapes", "truth.csv", "run.log", "simulate.log"}
        assert not (demo.folder / "control.sock").exists()
        assert "Traceback" not in (demo.folder / "run.log").read_text()
