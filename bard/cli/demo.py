"""`bard demo`: a simulated bar, the real daemon on it, a scripted session, and what came of it.

One law: everything shown was said by the daemon over its socket or computed from its tape; the truth beside it is the
simulation's.
"""

import sys
import tempfile
import threading
import time
from pathlib import Path

import click

from bard.cli.accuracy import judge
from bard.cli.stage import Stage
from bard.control.client import ControlClient
from bard.control.protocol import PushedEvent
from bard.control.words import event_words
from bard.errors import BardError
from bard.link.ports import Ports
from bard.messages import (
    Acknowledge,
    Command,
    ConditionChanged,
    Event,
    Pause,
    SignalChanged,
    StartSession,
    StepDown,
    StopSession,
)
from bard.settings import WeighSettings
from bard.simulate import Room
from bard.simulate.scenario import Cue

_RECORDING_CUES = (Cue(2_000_000, "start"),)
_LEAD_S = 4.0


@click.command("demo")
@click.option("--recording", type=click.Path(path_type=Path), help="Play this CSV force recording as one bar instead.")
@click.option("--column", default="right_n", show_default=True, help="The recording's column that is the bar.")
@click.option("--truth-column", default="left_n", show_default=True, help="... and the one that is the client.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True)
@click.option("--plain", is_flag=True, help="Lines instead of the live screen.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep tape, truth and logs in this (new) folder.")
def demo_command(
    recording: Path | None, column: str, truth_column: str, seed: int, plain: bool, keep: Path | None
) -> None:
    """About a minute with a simulated bar: taking it, strokes, over the limit, letting go, a pulled cable, stepping
    down. Then what was alarmed, and how far the estimate was from the truth."""
    source = "demo"
    if recording is not None:
        source = f"recording://{recording}?column={column}&truth={truth_column}&lead={_LEAD_S:g}&seed={seed}"
    if keep is not None:
        keep.mkdir(parents=True)
        play(keep, source, seed, plain)
    else:
        with tempfile.TemporaryDirectory(prefix="bard-demo-") as folder:
            play(Path(folder), source, seed, plain)


def play(folder: Path, source: str, seed: int, plain: bool) -> None:
    """Run the demo in `folder`, an empty one."""
    port = source if "://" in source else f"sim://{source}?seed={seed}"
    room = Ports().room(port).room
    with Stage(folder, source, seed, room_config(folder, room)) as stage:
        conductor = _Conductor(stage, room, plain or not sys.stdout.isatty())
        conductor.play()
        stage.end_daemon()
        _summary(conductor, stage)


def room_config(folder: Path, room: Room) -> str:
    """A configuration for the room's boards, in `folder`."""
    settings = room.room_settings([str(folder / "boards" / name) for name in "abcd"[: room.scenario.boards]])
    lines = ['station = "demo"', "terminal = false", "[control]", 'socket = "control.sock"']
    lines += ["[journal]", 'directory = "."']
    for board in settings.boards:
        lines += ["[[boards]]", f'name = "{board.name}"', f'port = "{board.port}"']
        lines += ["presence = true"] if board.presence else []
    for support in settings.supports:
        cells = ", ".join(f'{{board = "{cell.board}", channel = {cell.channel}}}' for cell in support.cells)
        lines += ["[[supports]]", f'name = "{support.name}"', f"cells = [{cells}]"]
    return "\n".join(lines) + "\n"


class _Conductor:
    """Gives the scenario's commands at their times, and keeps what the daemon says."""

    def __init__(self, stage: Stage, room: Room, plain: bool) -> None:
        self._stage = stage
        self._room = room
        self._plain = plain
        self._over = threading.Event()
        self._failure: BardError | None = None
        self.events: list[Event] = []
        self.begun_us = 0

    def play(self) -> None:
        """Until the scenario is over. Raises what went wrong on the way."""
        threads = [threading.Thread(target=self._guarded, args=(part,)) for part in (self._conduct, self._listen)]
        for thread in threads:
            thread.start()
        try:
            if not self._plain:
                from bard.term.live import watch

                watch(self._stage.socket, until=self._over.is_set)
        finally:
            if not self._plain:
                self._over.set()
            for thread in threads:
                thread.join()
        if self._failure is not None:
            raise self._failure

    def _guarded(self, part: "object") -> None:
        try:
            part()  # type: ignore[operator]
        except BardError as error:
            self._failure = error
            self._over.set()

    def _conduct(self) -> None:
        self.begun_us = self._stage.begun_us()
        scenario = self._room.scenario
        timeline: list[tuple[int, str, str]] = [(cue.at_us, "", cue.action) for cue in scenario.cues or _RECORDING_CUES]
        timeline += [(int(at_s * 1e6), note, "") for at_s, note in scenario.notes]
        with ControlClient(self._stage.socket) as client:
            for at_us, note, action in sorted(timeline):
                if not self._wait_until(at_us):
                    return
                if note and self._plain:
                    click.echo(f"{at_us / 1e6:6.1f} s  -- {note}")
                if action:
                    client.command(self._command(action))
        while not self._stage.simulation_over() and not self._over.wait(0.05):
            pass
        self._over.set()

    def _wait_until(self, at_us: int) -> bool:
        left_s = (self.begun_us + at_us) / 1e6 - time.monotonic()
        return not self._over.wait(max(0.0, left_s))

    def _command(self, action: str) -> Command:
        scenario = self._room.scenario
        if action == "start":
            return StartSession(scenario.body_weight_kg, scenario.limit_kg)
        others: dict[str, Command] = {
            "stop": StopSession(),
            "step_down": StepDown(),
            "pause": Pause(),
            "acknowledge": Acknowledge(),
        }
        return others[action]

    def _listen(self) -> None:
        with ControlClient(self._stage.socket) as client:
            client.subscribe(0, events=True)
            while not self._over.is_set():
                message = client.next_message(0.1)
                if isinstance(message, PushedEvent):
                    self.events.append(message.event)
                    if self._plain and not isinstance(message.event, SignalChanged):
                        at_s = (message.event.at_us - self.begun_us) / 1e6
                        click.echo(f"{at_s:6.1f} s  {event_words(message.event)}")


def _summary(conductor: _Conductor, stage: Stage) -> None:
    click.echo("\nAlarms, from the daemon's socket:\n")
    for event in conductor.events:
        if isinstance(event, ConditionChanged) and event.state == "active" and event.was.startswith("pending"):
            at_s = (event.at_us - conductor.begun_us) / 1e6
            click.echo(f"  {at_s:5.1f} s  {event_words(event)}")
    judged = judge(stage.tape, stage.truth, WeighSettings().box_rows)
    click.echo(f"\nClient load against the truth, {len(judged.slow.kg)} rows with somebody on and the load known:\n")
    for name, errors in (
        ("shown, against body weight - bar load", judged.slow_static),
        ("shown, against what the client carried", judged.slow),
        ("fast path, against what the client carried", judged.fast),
    ):
        if len(errors.kg):
            median_kg, most_kg = errors.percentile_kg(50), errors.percentile_kg(95)
            click.echo(f"  {name + ':':44} median {median_kg:.2f}, 95 % within {most_kg:.2f} kg")
            shares = ", ".join(f"{newton} N {errors.within_n(newton):.1%}" for newton in (5, 12, 30))
            click.echo(f"  {'':44} {shares}")
    click.echo(f"\nThe estimate is {judged.fast.delay_us / 1000:.0f} ms behind. What the client carries beyond")
    click.echo("body weight - bar load is the acceleration of the body; bars cannot show it.")
