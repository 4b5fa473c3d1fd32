"""`bard calibrate`, `bard verify`, `bard calibration` as an installer meets them: in a real terminal, and in lines."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.config.calibration_file import load_stored
from tests.cli.terminal import SCREEN, Terminal, begin_to_weigh, weigh
from tests.daemon.house import PATIENCE_S, complains
from tests.daemon.workshop import LEFT, Workshop

pytestmark = pytest.mark.slow
WITHOUT_RICH = "import sys; sys.modules['rich'] = None; from bard.cli import main; main()"


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    made = Workshop(tmp_path)
    yield made
    made.close()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.fail("tmux is needed: apt-get install tmux")
    made = Terminal(tmp_path)
    yield made
    made.close()


@pytest.mark.apt
def test_from_start_to_certificate_with_mistakes_interrupts_and_a_restart(
    workshop: Workshop, terminal: Terminal
) -> None:
    workshop.open()
    begin_with_mistakes(workshop, terminal)
    three_loads_and_an_interrupt(workshop, terminal)
    a_killed_daemon_and_a_mistyped_load(workshop, terminal)
    what_is_kept_and_printed(workshop, terminal.text())
    verify_with_a_mistake(workshop, terminal)


def begin_with_mistakes(workshop: Workshop, terminal: Terminal) -> None:
    only_left = ("--config", workshop.config, "calibrate")
    terminal.start(*only_left)
    terminal.shows("nothing is under way", "left bar, cell 1", "STILL")
    terminal.answer("Your name?", "", "REFUSED: a name is needed", "Ann Fitter", "Which ones?", "3")
    terminal.answer("REFUSED: 3; allowed: 1 to 2", "1", "Temperature here", "hot")
    terminal.shows("REFUSED: 'hot' is no number; allowed: -40 to 85", "Temperature here")
    terminal.type("q")
    terminal.shows("left: nothing was begun", "ENDED 0")
    terminal.start(*only_left)
    terminal.answer("Your name?", "Ann Fitter", "Which ones?", "1", "Temperature here", "21,5")
    terminal.answer("Capacity of each cell", "200", "Its mV/V", "", "Rated load of left bar", "400")


def three_loads_and_an_interrupt(workshop: Workshop, terminal: Terminal) -> None:
    terminal.answer("[CHECK]", "")
    terminal.shows("READING rate and noise")
    terminal.answer("ok: checked: noise", "")
    terminal.shows("done zero", "5 more readings")
    terminal.answer("Which load?", "dance", "not one of these", "w", "Weights that hang", "heavy")
    terminal.answer("REFUSED: 'heavy' is no number; allowed: 0.1 to 500", "u")
    weigh(workshop, terminal, 10, 0.25)
    terminal.shows("4 more readings")
    weigh(workshop, terminal, 20, 0.25)
    terminal.shows("3 more readings")
    weigh(workshop, terminal, 30, 0.75)
    terminal.shows("2 more readings")
    terminal.answer("Which load?", "u")
    terminal.shows("taken back: reading 4", "3 more readings")
    begin_to_weigh(workshop, terminal, 30, 0.75)
    terminal.shows("READING left bar")
    terminal.press("C-c")
    terminal.shows("left as it is: `bard calibrate` goes on from here", "ENDED 0")


def a_killed_daemon_and_a_mistyped_load(workshop: Workshop, terminal: Terminal) -> None:
    only_left = ("--config", workshop.config, "calibrate")
    workshop.end(signal.SIGKILL)
    complains(workshop.bard("calibrate", "zero"), 1, "no bard runs here")
    workshop.start()
    workshop.greeted()
    terminal.start(*only_left)
    terminal.shows("by Ann Fitter", "[SPAN]", "10 kg a quarter in", "20 kg a quarter in", "3 more readings")
    weigh(workshop, terminal, 30, 0.75)
    weigh(workshop, terminal, 20, 0.75, typed="25")
    weigh(workshop, terminal, 10, 0.75)
    weigh(workshop, terminal, 40, 0.5)
    text = terminal.shows("NO FIT", "LOOK")
    assert "25 kg three quarters in" in next(line for line in text.splitlines() if line.endswith("LOOK"))
    assert all(len(line) <= SCREEN[0] for line in text.splitlines())
    number = next(line for line in text.splitlines() if line.endswith("LOOK")).split()[0]
    terminal.answer("Which load?", f"s {number}", "Why shall reading", "20 kg it was")
    terminal.shows("[VERIFY]", "the fit does not see it", "fit: span")
    weigh(workshop, terminal, 33, 0.2)
    terminal.shows("PASS", "within 1.0", "accept?")
    terminal.type("a")
    terminal.shows("ENDED 0", "calibration", "`bard certificate` prints the certificate")


def what_is_kept_and_printed(workshop: Workshop, text: str) -> None:
    stored = load_stored(workshop.file())
    assert stored is not None
    assert stored.calibration.digest in text
    assert stored.record is not None
    [support] = stored.record.supports
    assert (stored.record.temperature_c, support.plan.rated_kg) == (21.5, 400.0)
    assert support.plan.cells[0].capacity_kg == 200.0
    assert [reading.struck for reading in support.readings if reading.struck] == ["20 kg it was"]
    for key in ("a/0", "a/1"):
        true = workshop.truth.cells[key].counts_per_kg
        assert stored.calibration.cells[key].counts_per_kg == pytest.approx(true, rel=0.005)
    made = workshop.bard("certificate")
    assert made.returncode == 0, made.stderr
    page = Path(made.stdout.strip()).read_text()
    assert "Ann Fitter" in page
    assert stored.calibration.digest in page
    listed = workshop.bard("calibration", "list").stdout
    assert listed.startswith(stored.calibration.digest)
    assert "pass  in use" in listed
    shown = workshop.bard("calibration", "show").stdout
    assert "left bar: known weights; by Ann Fitter" in shown


def verify_with_a_mistake(workshop: Workshop, terminal: Terminal) -> None:
    before = load_stored(workshop.file())
    assert before is not None
    workshop.hang(LEFT, 0)
    terminal.start("--config", workshop.config, "verify")
    terminal.answer("Your name?", "Vera", "Which ones?", "1", "Temperature here", "")
    terminal.answer("[ZERO] verify accept", "")
    terminal.shows("[VERIFY]")
    weigh(workshop, terminal, 36, 0.8, typed="38")
    terminal.shows("REFUSED: left bar: 35.9", "calibrate it anew", "one is refused", "[ACCEPT]")
    terminal.answer("accept?", "u")
    terminal.shows("taken back", "[VERIFY]")
    weigh(workshop, terminal, 36, 0.8)
    terminal.answer("PASS: left bar: 35.9", "a")
    terminal.shows("verified: calibration", "ENDED 0")
    after = load_stored(workshop.file())
    assert after is not None
    assert after.record is not None
    assert after.calibration == before.calibration
    assert [found.by for found in after.record.supports[0].verifications] == ["Ann Fitter", "Vera"]


def test_without_a_screen_it_is_questions_and_lines_and_needs_no_rich(workshop: Workshop) -> None:
    workshop.open(calibrated=True)
    process = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_RICH, "--config", str(workshop.config), "calibrate"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"TERM": "dumb"},
    )
    said, _ = process.communicate("Ann\n\n21,5\n\n\n\n\n\n", timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert "Your name?" in said
    assert "ok: begun" in said
    assert "reading ..." in said
    assert "ok: checked: noise" in said
    assert said.endswith("left as it is: `bard calibrate` goes on from here\n")
    state = workshop.bard("calibrate", "state").stdout
    assert state.startswith("calibrate by Ann; zero: ")
    assert "5 more readings" in workshop.bard("calibrate", "zero").stdout
    workshop.hang(LEFT, 20, 0.25)
    load = ("calibrate", "load", LEFT, "--place", 0.25)
    told = workshop.bard(*load, "--weight", 20, "--error", 0.1).stdout
    assert told.splitlines()[0] == "reading 3: 20 kg a quarter in on left bar"
    told = workshop.bard(*load, "--scale", 52, "--body", 72, "--direction", "up").stdout
    assert "  4  person pulls a quarter in, scale 52 kg, pulling more" in told.splitlines()
    complains(workshop.bard(*load, "--weight", 20, "--error", 5), 3, "'20 kg' was told otherwise before")
    assert "taken back: reading 4" in workshop.bard("calibrate", "undo").stdout
    complains(workshop.bard("calibrate", "accept"), 3, "1 reading with a load; 5 are the least")
    complains(workshop.bard("verify"), 3, "Ann has a calibrate under way: `bard calibrate` goes on with it")
    assert workshop.bard("calibrate", "drop").stdout == "dropped; the calibration in use stays\n"
    refused = workshop.bard("calibrate", "begin", "--installer", "V", "--verify")
    complains(refused, 3, "left bar: what its calibration was made from is not known: calibrate it")


def test_on_a_plain_pty_every_screen_fits_and_the_terminal_is_left_clean(workshop: Workshop) -> None:
    workshop.open()
    leader, follower = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_RICH, "--config", str(workshop.config), "calibrate"],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        env=os.environ | {"TERM": "vt100", "NO_COLOR": "1"},
    )
    os.close(follower)
    seen = b""
    until = time.monotonic() + PATIENCE_S
    while b"STILL" not in seen:
        assert time.monotonic() < until, seen
        seen += os.read(leader, 4096)
    assert b"\x1b[?1049h" in seen
    assert b"\x1b[32m" not in seen, "no colour where none is wanted; the words say it"
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0
    rest = os.read(leader, 65536)
    os.close(leader)
    assert b"\x1b[?1049l" in rest
    assert b"left: nothing was begun" in rest
