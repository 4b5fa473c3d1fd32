"""The command hook: what a real process of it was given, in which order, and how it ends."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from msgspec import structs

from bard.alarm.selector import NOTHING, Signal
from bard.annunciate.hook import HookOutput
from bard.settings import AlarmSettings, HookSettings
from tests.annunciate.broker import wait_for
from tests.annunciate.messages import changed, snapshot, stamp
from tests.annunciate.rig_hook import told

OVER, CRITICAL = Signal(6, 0, "load_over"), Signal(7, 7, "load_critical")
PATIENT = AlarmSettings(refresh_deadline_us=5_000_000)
"""So that a test in which nobody refreshes has "not monitored" only where it wants it."""
HASTY = AlarmSettings(refresh_deadline_us=200_000)
NOT_AND_AGAIN = ("not_monitored", "monitored")
TELLS = """
read -r line
printf '%s\\n' "$line" >> "$1/told"
"""
LOOKS = f"""#!{sys.executable} -IS
import json, os, sys
environment = open("/proc/self/environ", "rb").read().split(b"\\0")[:-1]
more = [fd for fd in os.listdir("/proc/self/fd") if int(fd) > 2]
seen = {{
    "argv": sys.argv[1:],
    "environment": dict(each.decode().split("=", 1) for each in environment),
    "stdin": sys.stdin.read(),
    "outputs": [os.readlink("/proc/self/fd/1"), os.readlink("/proc/self/fd/2")],
    "more_fds": len(more) - 1,
    "leads_session": os.getsid(0) == os.getpid(),
    "cwd": os.getcwd(),
}}
with open(sys.argv[1] + "/part", "w") as file:
    json.dump(seen, file)
os.rename(sys.argv[1] + "/part", sys.argv[1] + "/seen")
"""
Start = Callable[..., HookOutput]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts an output with a command of this text; its first argument is the folder for its notes."""
    made: list[HookOutput] = []

    def start(
        text: str,
        *argv: str,
        timeout_s: float = 10.0,
        on: Literal["signal", "condition", "both"] = "both",
        alarm: AlarmSettings = PATIENT,
    ) -> HookOutput:
        program = tmp_path / "hook"
        program.write_text(text if text.startswith("#!") else "#!/bin/sh" + text)
        program.chmod(0o755)
        made.append(HookOutput(HookSettings((str(program), str(tmp_path), *argv), timeout_s, on), alarm))
        return made[-1]

    yield start
    for name in ("hold", "fail"):
        (tmp_path / name).unlink(missing_ok=True)
    for output in made:
        output.close()


def lines(directory: Path) -> list[dict[str, Any]]:
    return told(directory / "told")


def events(directory: Path) -> list[str]:
    return [facts["event"] for facts in lines(directory)]


def seen(directory: Path) -> dict[str, Any]:
    wait_for((directory / "seen").exists)
    read: dict[str, Any] = json.loads((directory / "seen").read_text())
    return read


def gone(pid: int) -> bool:
    """Ended, though perhaps nobody has asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


# What a run is given


def test_arguments_are_passed_as_they_are(start: Start, tmp_path: Path) -> None:
    argv = [
        "two words",
        "'\"",
        f"$(touch {tmp_path}/run)",
        f"`touch {tmp_path}/run`",
        "a\nb",
        "*",
        "",
        "-n",
        "; ü",
        "\\",
    ]
    start(LOOKS, *argv).tell(changed(), stamp())
    assert seen(tmp_path)["argv"] == [str(tmp_path), *argv]
    assert not (tmp_path / "run").exists()


def test_environment_and_input_say_the_same_and_no_name(start: Start, tmp_path: Path) -> None:
    output = start(LOOKS)
    output.tell(changed(state="acknowledged", was="active", by="Dr. Quack"), stamp("2026-11-23T07:00:00.000Z"))
    found = seen(tmp_path)
    facts = json.loads(found["stdin"])
    assert found["stdin"].count("\n") == 1
    assert facts | {"uid": ""} == {
        "event": "condition",
        "condition": "load_over",
        "state": "acknowledged",
        "was": "active",
        "priority": "medium",
        "meaning": "above the limit",
        "subjects": ["left bar"],
        "value_kg": 43.25,
        "limit_kg": 40.0,
        "u_kg": 1.8,
        "guard_kg": 1.5,
        "phase": "on",
        "uid": "",
        "wall": "2026-11-23T07:00:00.000Z",
        "clock_trusted": True,
    }
    variables = {name: value for name, value in found["environment"].items() if name.startswith("BARD_")}
    assert variables["BARD_VALUE_KG"] == "43.25"
    assert variables["BARD_SUBJECTS"] == "left bar"
    assert variables["BARD_CLOCK_TRUSTED"] == "true"
    assert variables.keys() == {f"BARD_{key.upper()}" for key in facts}
    assert "Quack" not in str(found)


def test_nothing_else_is_inherited(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKER_PASSWORD", "secret")
    read_fd, write_fd = os.pipe()
    os.set_inheritable(write_fd, True)
    start(LOOKS).play(OVER, 0)
    found = seen(tmp_path)
    os.close(read_fd)
    os.close(write_fd)
    assert {name for name in found["environment"] if not name.startswith("BARD_")} == {"PATH", "LANG"}
    assert found["outputs"] == ["/dev/null", "/dev/null"]
    assert found["more_fds"] == 0
    assert found["leads_session"]
    assert found["cwd"] == "/"


def test_an_unknown_load_is_empty_and_null(start: Start, tmp_path: Path) -> None:
    output = start(LOOKS)
    output.tell(structs.replace(changed("load_unknown"), value_kg=None, limit_kg=None, u_kg=None), stamp())
    found = seen(tmp_path)
    assert json.loads(found["stdin"])["value_kg"] is None
    assert found["environment"]["BARD_VALUE_KG"] == found["environment"]["BARD_LIMIT_KG"] == ""


# What is worth a run


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("both", ["signal", "condition"]),
        ("signal", ["signal"]),
        ("condition", ["condition"]),
    ],
)
def test_runs_on_what_it_is_set_to(
    start: Start, tmp_path: Path, on: Literal["both", "signal", "condition"], expected: list[str]
) -> None:
    output = start(TELLS, on=on)
    output.play(OVER, 0)
    wait_for(lambda: on == "condition" or events(tmp_path))
    output.tell(changed(), stamp())
    output.show(snapshot(), stamp())
    wait_for(lambda: len(events(tmp_path)) == len(expected))
    output.close()
    assert events(tmp_path) == [*expected, "stopped"]


@pytest.mark.parametrize("on", ["both", "signal", "condition"])
def test_not_monitored_is_told_in_any_case_and_what_plays_afterwards(
    start: Start, tmp_path: Path, on: Literal["both", "signal", "condition"]
) -> None:
    output = start(TELLS, on=on, alarm=HASTY)
    output.play(CRITICAL, 0)
    wait_for(lambda: "not_monitored" in events(tmp_path))
    output.refresh(0)
    wait_for(lambda: "monitored" in events(tmp_path))
    alone, back = (next(facts for facts in lines(tmp_path) if facts["event"] == name) for name in NOT_AND_AGAIN)
    assert alone["pattern"] == "not monitored"
    assert (back["pattern"], back["condition"]) == ("high", "load_critical")


def test_the_steps_of_the_cue_are_one_and_ticks_without_a_condition_none(start: Start, tmp_path: Path) -> None:
    output = start(TELLS)
    for step in (1, 2, 3, 4, 3):
        output.play(Signal(step, 0, "load_near"), 0)
    wait_for(lambda: lines(tmp_path))
    output.play(NOTHING, 0)
    wait_for(lambda: len(lines(tmp_path)) == 2)
    for signal in (Signal(1), NOTHING, Signal(8), NOTHING):  # the reminder of a latched one, the pedal's answer
        output.play(signal, 0)
    output.play(OVER, 0)
    wait_for(lambda: len(lines(tmp_path)) == 3)
    assert [facts["pattern"] for facts in lines(tmp_path)] == ["cue", "off", "medium"]


# Order


HELD = '\ntouch "$1/began"\nwhile [ -e "$1/hold" ]; do sleep 0.02; done' + TELLS


def hold(output: HookOutput, directory: Path) -> None:
    (directory / "hold").touch()
    output.tell(changed("first"), stamp())
    wait_for((directory / "began").exists)


def test_the_newest_state_comes_first_and_events_in_their_order(start: Start, tmp_path: Path) -> None:
    output = start(HELD)
    hold(output, tmp_path)
    for number, signal in enumerate((OVER, NOTHING, OVER, CRITICAL)):
        output.tell(changed(f"number {number}"), stamp())
        output.play(signal, 0)
    wait_for(lambda: output._wanted == CRITICAL)
    (tmp_path / "hold").unlink()
    wait_for(lambda: len(lines(tmp_path)) == 6)
    assert [facts["condition"] for facts in lines(tmp_path)] == [
        "first", "load_critical", "number 0", "number 1", "number 2", "number 3"
    ]  # fmt: skip


def test_a_backlog_has_a_bound_and_says_what_it_lost(start: Start, tmp_path: Path) -> None:
    output = start(HELD)
    hold(output, tmp_path)
    for number in range(130):
        output.tell(changed(f"number {number}"), stamp())
    wait_for(lambda: output.failure == "hook: too slow, 30 events lost")
    (tmp_path / "hold").unlink()
    wait_for(lambda: len(lines(tmp_path)) == 101, limit_s=60)
    assert [facts["condition"] for facts in lines(tmp_path)[1:]] == [f"number {number}" for number in range(30, 130)]
    wait_for(lambda: output.failure is None)
    assert output.dropped == 30


def test_the_end_is_told_last(start: Start, tmp_path: Path) -> None:
    output = start(TELLS)
    output.play(OVER, 0)
    wait_for(lambda: lines(tmp_path))
    output.close()
    assert events(tmp_path) == ["signal", "stopped"]
    assert lines(tmp_path)[-1]["pattern"] == "off"


# How it goes wrong


def test_a_hook_that_hangs_is_killed_with_all_it_started(start: Start, tmp_path: Path) -> None:
    output = start('\n(sleep 600 & echo $! > "$1/part"; mv "$1/part" "$1/pid"; wait)\n', timeout_s=0.5)
    output.tell(changed(), stamp())
    wait_for((tmp_path / "pid").exists)
    grandchild = int((tmp_path / "pid").read_text())
    assert not gone(grandchild)
    wait_for(lambda: output.failure == f"hook: {tmp_path}/hook was killed after 0.5 s")
    wait_for(lambda: gone(grandchild))


def test_what_a_hook_leaves_running_ends_with_it(start: Start, tmp_path: Path) -> None:
    output = start('\nsleep 600 &\necho $! > "$1/part"\nmv "$1/part" "$1/pid"\n')
    output.tell(changed(), stamp())
    wait_for((tmp_path / "pid").exists)
    wait_for(lambda: gone(int((tmp_path / "pid").read_text())))
    assert output.failure is None


def test_a_hook_that_hangs_keeps_no_caller_and_no_close_waiting(start: Start) -> None:
    output = start("\nsleep 600\n", timeout_s=60.0)
    began_s = time.monotonic()
    for _ in range(1_000):
        output.tell(changed(), stamp())
        output.play(OVER, 0)
    assert time.monotonic() - began_s < 1
    began_s = time.monotonic()
    output.close()
    assert time.monotonic() - began_s < 5


@pytest.mark.parametrize(
    ("does", "words"),
    [
        ("exit 3", "ended with status 3"),
        ("kill -TERM $$", "was ended by SIGTERM"),
        ("sleep 9", "was killed after 0.3 s"),
    ],
)
def test_a_failure_is_said_until_a_run_ends_well(start: Start, tmp_path: Path, does: str, words: str) -> None:
    output = start(f'\nif [ -e "$1/fail" ]; then {does}; fi' + TELLS, timeout_s=0.3)
    (tmp_path / "fail").touch()
    output.tell(changed("lost"), stamp())
    wait_for(lambda: output.failure == f"hook: {tmp_path}/hook {words}")
    (tmp_path / "fail").unlink()
    output.tell(changed("told"), stamp())
    wait_for(lambda: output.failure is None)
    assert [facts["condition"] for facts in lines(tmp_path)] == ["told"], "an event is given once"


def test_a_state_is_told_again_until_a_run_ends_well(start: Start, tmp_path: Path) -> None:
    output = start('\necho >> "$1/tried"\nif [ -e "$1/fail" ]; then exit 1; fi' + TELLS)
    (tmp_path / "fail").touch()
    output.play(CRITICAL, 0)
    wait_for(lambda: output.failure is not None and (tmp_path / "tried").read_text().count("\n") == 2)
    (tmp_path / "fail").unlink()
    wait_for(lambda: output.failure is None)
    assert [facts["pattern"] for facts in lines(tmp_path)] == ["high"]


def test_after_a_failure_the_state_before_is_told_anew(start: Start, tmp_path: Path) -> None:
    """Half of a run may have happened: the lamp may be lit."""
    output = start('\nif [ "$BARD_PATTERN" = high ]; then exit 1; fi' + TELLS)
    output.play(CRITICAL, 0)
    wait_for(lambda: output.failure is not None)
    output.play(NOTHING, 0)
    wait_for(lambda: [facts["pattern"] for facts in lines(tmp_path)] == ["off"])
    wait_for(lambda: output.failure is None)


def test_a_command_that_is_missing_is_known_in_silence_and_loses_no_event(start: Start, tmp_path: Path) -> None:
    output = start(TELLS)
    (tmp_path / "hook").rename(tmp_path / "away")
    wait_for(lambda: output.failure == f"hook: {tmp_path}/hook cannot be found or may not be run")
    output.tell(changed("kept"), stamp())
    output.play(OVER, 0)
    (tmp_path / "away").rename(tmp_path / "hook")
    wait_for(lambda: len(lines(tmp_path)) == 2)
    assert sorted(events(tmp_path)) == ["condition", "signal"]
    wait_for(lambda: output.failure is None)


def test_a_command_that_cannot_be_run_is_tried_again(start: Start, tmp_path: Path) -> None:
    output = start(f"#!{tmp_path}/no-such-shell\n")
    output.tell(changed("kept"), stamp())
    wait_for(lambda: output.failure == f"hook: {tmp_path}/hook cannot be run: no such file or directory")
    (tmp_path / "no-such-shell").symlink_to("/bin/sh")
    wait_for(lambda: output.failure is None)


def test_a_name_is_looked_for_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ring-loud"
    program.write_text("#!/bin/sh" + TELLS)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    output = HookOutput(HookSettings(("ring-loud", str(tmp_path))), PATIENT)
    output.tell(changed(), stamp())
    wait_for(lambda: events(tmp_path) == ["condition"])
    wait_for(lambda: output.failure is None)
    output.close()
