"""From the decision to what a person notices, on every output at once, and with one of them dead: `bench.outputs`.

One law: all outputs hang in one process and get each signal in the daemon's order, the board first; times are taken
at the far end (the line's bytes, the pin's edge, the card's first sample, the subscriber's message, the command's
line). One after the other is hung or taken away while the others play on.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bard.alarm.selector import Signal
from bard.annunciate.board import BoardOutput
from bard.annunciate.output import Output
from bard.settings import BoardSettings
from bard.wire.commander import Commander
from bench.results import percentiles, write
from tests.annunciate.rig_gpio import GpioRig
from tests.annunciate.rig_hook import HookRig
from tests.annunciate.rig_sound import SoundRig
from tests.annunciate.rigs import ALARM, MqttRig, Rig, TerminalRig, guard_of_a_room

HIGH, OFF = Signal(7, 7, "load_critical"), Signal(0, 0, "")
TURNS, FEWER_TURNS = 60, 20
APART_S = 0.45
_POLL_S = 0.0005


class Place(NamedTuple):
    """An output, and when (us) its far end first noticed something after an instant; None: not yet."""

    name: str
    output: Output
    noticed_us: Callable[[int], int | None]
    rig: Rig | None = None


def _now_us() -> int:
    return time.monotonic_ns() // 1000


def board() -> Place:
    """A board whose line takes everything at once; its twin is in bench.latency, its firmware in bench.hil."""
    sent_us: list[int] = []
    output = BoardOutput(
        BoardSettings("a", "port"),
        ALARM,
        Commander(),
        lambda _: sent_us.append(_now_us()),
        lambda: 0,
        guard_of_a_room(),
    )
    output.board_up(_now_us())
    return Place("board's line", output, lambda since_us: next((at for at in sent_us if at >= since_us), None))


def noticed_by_looking(rig: Rig) -> Callable[[int], int | None]:
    """When the far end was first seen to play "high"; good to the poll."""
    seen: list[int] = []

    def look(since_us: int) -> int | None:
        if seen and seen[-1] >= since_us:
            return seen[-1]
        if rig.playing() != HIGH.vibrator:
            return None
        seen.append(_now_us())
        return seen[-1]

    return look


def places(folder: Path) -> list[Place]:
    """All six, in the daemon's order."""
    gpio, sound = GpioRig(), SoundRig(_made(folder / "sound"))
    others = {
        "terminal": TerminalRig(),
        "MQTT": MqttRig(_made(folder / "mqtt")),
        "hook": HookRig(_made(folder / "hook")),
    }

    def edge(since_us: int) -> int | None:
        return next((at_us for at_us, _, high in gpio.chip.edges if high and at_us >= since_us), None)

    def sample(since_us: int) -> int | None:
        sound.card.listen()
        begins_us = [round(pulse.begin_s * 1e6) for pulse in sound.card.pulses()]
        return next((at_us for at_us in begins_us if at_us >= since_us), None)

    found = [board(), Place("GPIO edge", gpio.output, edge, gpio), Place("first sample", sound.output, sample, sound)]
    return found + [Place(name, rig.output, noticed_by_looking(rig), rig) for name, rig in others.items()]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def measure(all_places: list[Place], turns: int, without: Place | None = None) -> dict[str, list[float]]:
    """Delays (us) of each place but `without` over so many signals of "high", each followed by silence."""
    delays: dict[str, list[float]] = {place.name: [] for place in all_places if place is not without}
    for _ in range(turns):
        began_us = _now_us()
        for place in all_places:
            place.output.play(HIGH, began_us)
        waiting = {place.name: place for place in all_places if place is not without}
        while waiting and _now_us() - began_us < 3_000_000:
            for name, place in tuple(waiting.items()):
                at_us = place.noticed_us(began_us)
                if at_us is not None:
                    delays[name].append(at_us - began_us)
                    del waiting[name]
            _rest(all_places, _POLL_S)
        for place in all_places:
            place.output.play(OFF, _now_us())
        _rest(all_places, APART_S)
    return delays


def _rest(all_places: list[Place], seconds: float) -> None:
    """Let time pass, with the monitor alive."""
    until_s = time.monotonic() + seconds
    while True:
        for place in all_places:
            place.output.refresh(_now_us())
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            return
        time.sleep(min(left_s, 0.2))


def with_one_dead(all_places: list[Place], victim: Place) -> list[str]:
    """The others' delays while it is hung, then while it is gone, and how soon each is said."""
    rig = victim.rig
    assert rig is not None
    lines = []
    for how, begin, end in (("hung", rig.deafen, rig.heal), ("gone", rig.fail, rig.mend)):
        begin()
        began_s = time.monotonic()
        said_s: float | None = None
        delays: dict[str, list[float]] = {}
        for part in (measure(all_places, 1, victim) for _ in range(FEWER_TURNS)):
            if said_s is None and victim.output.failure is not None:
                said_s = time.monotonic() - began_s
            for name, values in part.items():
                delays.setdefault(name, []).extend(values)
        end()
        _rest(all_places, 3.0)
        said = "not within the trial" if said_s is None else f"within {said_s:.1f} s"
        others = "; ".join(f"{name} {max(values) / 1000:.1f}" for name, values in delays.items() if values)
        lost = sum(FEWER_TURNS - len(values) for values in delays.values())
        lines.append(f"| {victim.name} | {how} | {said} | {others} | {lost} |")
    return lines


def main() -> None:
    """Measure, print and keep."""
    with tempfile.TemporaryDirectory(prefix="bard-bench-") as temporary:
        all_places = places(Path(temporary))
        try:
            _rest(all_places, 2.0)
            delays = measure(all_places, TURNS)
            lines = ["Terminal, MQTT and hook are looked at each 10 ms or so; bench.latency has MQTT alone.", ""]
            lines += [f"- {name}: {percentiles(values)}" for name, values in delays.items()]
            lines += ["", "With one of them dead, 20 signals each: the longest delay of each of the others, ms.", ""]
            lines += [
                "| output | is | failure said | the others, at most, ms | of theirs lost |",
                "|---|---|---|---|---|",
            ]
            for victim in all_places:
                if victim.rig is not None:
                    lines += with_one_dead(all_places, victim)
        finally:
            for place in all_places:
                if place.rig is not None:
                    place.rig.heal()
                    place.rig.dispose()
    print(write("outputs", "From the decision to what a person notices, on every output", lines))


if __name__ == "__main__":
    main()
