"""The command line as people meet it: help, one clear line for each mistake, and the right exit status."""

import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

from bard.cli.main import _COMMANDS
from bard.simulate import SCENARIOS, Room
from tests.acceptance.flat import Played
from tests.config.mistakes import GOOD, changed
from tests.daemon.house import complains, config_of, run_bard

GROUPS = {
    "client": ("add", "edit", "list", "show"),
    "therapist": ("add", "edit", "export", "list", "show"),
    "session": ("start", "preflight", "stop", "status"),
    "tape": ("show",),
}
EVERY_COMMAND = [(name,) for name in _COMMANDS] + [(group, name) for group, names in GROUPS.items() for name in names]


def output_of(*arguments: object, exit_status: int = 0) -> str:
    done = run_bard(*arguments)
    assert done.returncode == exit_status, done
    assert "Traceback" not in done.stderr
    return done.stdout


# Help


def test_help_names_every_command() -> None:
    text = output_of("--help")
    for name in _COMMANDS:
        assert f"\n  {name} " in text
    assert "BARD_CONFIG" in text
    assert output_of("--version").startswith("bard, version ")


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    done = run_bard(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: python -m bard {' '.join(command)} ")
    assert len(done.stdout.splitlines()[2].split()) >= 3, "a summary"


# Usage: what cannot be typed


USAGE = {
    "no such command": (("weigh",), "No such command 'weigh'"),
    "no such option": (("status", "--loud"), "No such option '--loud'"),
    "a zone without a limit": (("session", "start", "--limit", 40, "--zone", "ribs"), "allowed: NAME=KG"),
    "a zone with a word for a limit": (
        ("session", "start", "--limit", 40, "--zone", "ribs=few"),
        "is not a valid number",
    ),
    "a negative limit": (("session", "start", "--body-weight", 70, "--limit", -1), "is not in the range"),
    "a weight that none has": (("session", "start", "--body-weight", 500, "--limit", 40), "is not in the range"),
    "a word for a weight": (("session", "start", "--body-weight", "much", "--limit", 40), "is not a valid number"),
    "not a number": (("session", "start", "--body-weight", "nan", "--limit", 40), "nan is no number"),
    "too long a pause": (("quiet", 31), "is not in the range"),
    "no tape": (("replay",), "Missing argument 'TAPE'"),
    "no such kind": (("tape", "show", "x.tape", "--kind", "smells"), "is not one of"),
    "a weight that is none": (("calibrate", "load", "left bar", "--weight", "nan"), "nan is no number"),
    "no weight at all": (("calibrate", "load", "left bar", "--weight", "plate=0"), "is not in the range"),
    "nobody calibrates": (("calibrate", "begin"), "Missing option '--installer'"),
    "a negative seed": (("simulate", "demo", "--seed", -1), "is not in the range"),
}


@pytest.mark.parametrize("name", USAGE)
def test_what_cannot_be_typed_is_told_with_status_2(name: str) -> None:
    arguments, words = USAGE[name]
    complains(run_bard(*arguments), 2, words, "--help")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("session", "start", "--limit", 40, "--zone", "a=20", "--zone", "a=21"), "a zone is given twice"),
        (("session", "start", "--body-weight", 70), "there is no default for the limit"),
        (("session", "start", "--near", 30), "give --limit with the others"),
        (("session", "weight", 70, "--hung"), "give either KG or --hung"),
        (("session", "weight"), "give either KG or --hung"),
        (("zone",), "give either NAME or --none"),
        (("calibrate", "load", "bar"), "0 kinds of load; allowed: one of --weight, --scale, --hang"),
        (("calibrate", "load", "bar", "--weight", 20, "--hang", 70), "2 kinds of load"),
        (("zone", "ribs", "--none"), "give either NAME or --none"),
    ],
)
def test_what_does_not_go_together_is_told_with_status_2(arguments: tuple[object, ...], words: str) -> None:
    complains(run_bard(*arguments), 2, words)


def test_simulate_lists_its_scenarios_and_wants_one_of_them() -> None:
    lines = output_of("simulate", "--list").splitlines()
    assert [line.split()[0] for line in lines] == list(SCENARIOS)
    assert all(
        f" {scenario.duration_s:.0f} s " in line for scenario, line in zip(SCENARIOS.values(), lines, strict=True)
    )
    complains(run_bard("simulate", "dema"), 2, "no scenario 'dema'", "demo", "recording://")
    complains(run_bard("simulate"), 2, "name a scenario", "demo")
    complains(run_bard("simulate", "recording://none.csv"), 2, "no file none.csv")


# Nobody there


NEED_A_DAEMON = [
    ("session", "start", "--body-weight", 70, "--limit", 40),
    ("session", "stop"),
    ("session", "status"),
    ("step-down",),
    ("pause",),
    ("ack",),
    ("ack", "load_over"),
    ("quiet",),
    ("weigh-in",),
    ("zone", "ribs"),
    ("rezero",),
    ("session", "weight", 70),
    ("status",),
    ("calibrate",),
    ("calibrate", "zero"),
    ("calibrate", "load", "left bar", "--weight", 20),
    ("verify",),
]


@pytest.mark.parametrize("command", NEED_A_DAEMON, ids=lambda command: " ".join(map(str, command)))
def test_a_command_without_a_daemon_says_how_to_start_one(tmp_path: Path, command: tuple[object, ...]) -> None:
    config = tmp_path / "bard.toml"
    config.write_text(config_of("sim://steady"))
    complains(run_bard("--config", config, *command), 1, "no bard runs here", "control.sock", "bard run")


# Nonsense configuration


NONSENSE = {
    "an unknown key": (changed("gate_kg = 3", "gate_lb = 3"), ("weigh.gate_lb", "unknown key", "gate_kg")),
    "a wrong type": (changed("gate_kg = 3", 'gate_kg = "ten"'), ("weigh.gate_kg", '"ten"', "above 0 and at most 50")),
    "a negative limit": (changed("gate_kg = 3", "gate_kg = -3"), ("weigh.gate_kg", "-3", "above 0 and at most 50")),
    "a negative alarm limit": (GOOD + "[alarm]\nnot_watching_kg = -4\n", ("alarm.not_watching_kg", "-4", "above 0")),
    "a cell used twice": (
        changed('cells = [{ board = "second", channel = 0 }]', 'cells = [{ board = "main", channel = 1 }]'),
        ("supports[1].cells[0]", "'main/1' is used twice", "once each"),
    ),
    "no TOML": ("boards: many\n", ("line 1",)),
    "not text": ("\x00\x01", ("line 1",)),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_in_the_configuration_is_one_line_with_file_key_and_what_is_allowed(tmp_path: Path, name: str) -> None:
    text, words = NONSENSE[name]
    config = tmp_path / "bard.toml"
    config.write_text(text)
    complains(run_bard("--config", config, "run"), 2, f"{config}: ", *words)
    assert list(tmp_path.iterdir()) == [config]


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    for command in (("run",), ("status",), ("watch", "--plain")):
        complains(run_bard("--config", tmp_path / "none.toml", *command), 2, f"{tmp_path}/none.toml", "No such file")
    complains(run_bard("--config", tmp_path, "run"), 2, "Is a directory")


# Tapes


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made flat out: a session with alarms."""
    path = tmp_path_factory.mktemp("tapes") / "crossings.tape"
    Played(Room(structs.replace(SCENARIOS["crossings"], duration_s=12.0), 1)).play(path)
    return path


def test_tape_show_tells_what_is_on_it(tape: Path) -> None:
    text = output_of("tape", "show", tape)
    assert "load_over" in text
    assert "start_session" in text or "session" in text
    short = output_of("tape", "show", tape, "--since", 9, "--until", 9.5, "--kind", "event")
    assert 0 <= len(short.splitlines()) < len(text.splitlines()) / 10


def test_replay_says_the_same_to_the_bit(tape: Path) -> None:
    lines = output_of("replay", tape).splitlines()
    assert lines[-1] == "events are the same, to the bit"
    assert lines[0].startswith(("12.0 s", "11.9 s"))


def test_a_golden_is_rebuilt_checked_and_found_different(tape: Path, tmp_path: Path) -> None:
    golden = tmp_path / "golden.jsonl"
    rebuilt = output_of("replay", tape, "--rebuild", golden)
    events = golden.read_text().splitlines()
    assert rebuilt == f"{len(events)} events written to {golden}\n"
    assert len(events) > 10
    assert output_of("replay", tape, "--check", golden) == "events are the same, to the bit\n"
    golden.write_text(golden.read_text().replace('"load_over"', '"load_ever"', 1))
    told = output_of("replay", tape, "--check", golden, exit_status=1)
    assert "load_ever" in told
    assert told.splitlines()[-1] == "events differ"


def test_what_is_no_tape_is_one_line(tape: Path, tmp_path: Path) -> None:
    nonsense, cut, empty = tmp_path / "nonsense", tmp_path / "cut", tmp_path / "empty"
    nonsense.write_text("hello")
    empty.touch()
    for command in (("replay",), ("tape", "show")):
        complains(run_bard(*command, tmp_path / "none.tape"), 1, "none.tape", "No such file")
        complains(run_bard(*command, nonsense), 1, "not a tape of bard")
        complains(run_bard(*command, empty), 1, "an empty tape")
    complains(run_bard("replay", tape, "--check", tmp_path / "none"), 1, "none", "No such file")
    complains(run_bard("replay", tape, "--rebuild", tmp_path / "no" / "folder"), 1, "No such file")
    cut.write_bytes(tape.read_bytes()[:-100])
    assert "cut off at byte" in output_of("replay", cut)


def test_a_reader_that_has_seen_enough_is_no_traceback(tape: Path) -> None:
    """`bard tape show TAPE | head -1`"""
    showing = subprocess.Popen(
        [sys.executable, "-m", "bard", "tape", "show", str(tape)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert showing.stdout is not None
    assert showing.stderr is not None
    assert showing.stdout.readline()
    showing.stdout.close()
    assert showing.stderr.read() == b""
    showing.wait(60)


# The demo


def descendants(pid: int) -> set[int]:
    """Processes that it has started, and theirs, while they run."""
    try:
        found = {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    except OSError:
        return set()
    return found | {further for child in found for further in descendants(child)}


@pytest.mark.slow
def test_the_demo_ends_by_itself_shows_every_alarm_and_leaves_nothing(tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with (tmp_path / "demo.log").open("wb") as log:
        demo = subprocess.Popen(
            ["env", f"TMPDIR={temporary}", sys.executable, "-m", "bard", "demo", "--plain"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    started: set[int] = set()
    try:
        for _ in range(1200):
            started |= descendants(demo.pid)
            try:
                demo.wait(0.1)
                break
            except subprocess.TimeoutExpired:
                pass
        text = (tmp_path / "demo.log").read_text()
        assert demo.returncode == 0, text
    finally:
        if demo.poll() is None:
            demo.terminate()
            demo.wait(20)
    assert len(started) >= 2, "a room and a daemon"
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert list(temporary.iterdir()) == []
    _, _, summary = text.partition("Alarms, from the daemon's socket:")
    for condition in ("load_near", "load_over", "load_critical", "hands_off", "link_lost", "load_unknown"):
        assert f"[{condition}]" in summary, condition
    assert "[board_restarted]" in summary
    assert "Client load against the truth" in summary
    assert "session started" in text
    assert "session ended" in text
    assert "Traceback" not in text
