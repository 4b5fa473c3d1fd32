"""`bard doctor --tap`: asks for a pull at each cell, and says which one answered.

One law: the person says what is pulled, the cells say what answered; nothing is corrected here.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence

import click

from bard.cli.doctoring import BoardLook
from bard.commission.findings import Finding
from bard.commission.taps import Pull, answers, exchanged, judge_pull
from bard.link.device import in_thread
from bard.settings import CoreSettings
from bard.weigh.calibration import Calibration

PULL_S = 5.0
_REST_S = 1.0
_STDIN = 0


async def tap_cells(
    settings: CoreSettings,
    names: Sequence[str],
    calibration: Calibration,
    looks: Mapping[str, BoardLook],
    keep_ports: Callable[[], None],
) -> list[Finding]:
    """One pull a cell, in the order of the room; cells that never spoke are left out. `keep_ports` before each."""
    keys = [cell.key for cell in settings.room.cells]
    boards = {cell.key: (cell.board, cell.channel) for cell in settings.room.cells}
    by_key = {
        key: name
        for key, name in zip(keys, names, strict=True)
        if looks[boards[key][0]].capture.channels.get(boards[key][1])
    }
    found: list[Finding] = []
    answered: dict[str, str] = {}
    for name in by_key.values():
        keep_ports()
        await _ask(f"{name}: let the bars hang free, press Enter, and then pull down hard right under it")
        rest = await _take(by_key, boards, looks, _REST_S)
        _say(f"  pull now, for {PULL_S:.0f} s")
        pulled = await _take(by_key, boards, looks, PULL_S)
        pulls = answers(by_key, rest, pulled, calibration.cells)
        wrong = judge_pull(name, pulls)
        found += wrong
        _say("  " + ("; ".join(f"{one.meaning}: {one.found}" for one in wrong) or f"it answered: {_kg(pulls[0])}"))
        if pulls and not any(one.id in ("tap_none", "tap_several") for one in wrong):
            answered[name] = pulls[0].name
    for one, other in exchanged(answered):
        _say(f"{one} and {other} are exchanged")
    return found


async def _take(
    by_key: Mapping[str, str], boards: Mapping[str, tuple[str, int]], looks: Mapping[str, BoardLook], seconds: float
) -> dict[str, list[tuple[int, int]]]:
    """The conversions of the next `seconds`, by cell key."""
    before = {key: len(_of(looks, boards[key])) for key in by_key}
    await asyncio.sleep(seconds)
    return {key: _of(looks, boards[key])[before[key] :] for key in by_key}


def _of(looks: Mapping[str, BoardLook], place: tuple[str, int]) -> list[tuple[int, int]]:
    return looks[place[0]].capture.channels.get(place[1], [])


async def _ask(words: str) -> None:
    """Wait for Enter, while the boards are read on."""
    _say(words)
    if not await in_thread(_typed_line, lambda _: None):
        raise click.Abort


def _typed_line() -> bytes:
    """From the descriptor itself: a thread that waits in sys.stdin holds its lock when Ctrl-C ends the program."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(_STDIN, 1)):
        line += byte
    return line


def _say(words: str) -> None:
    click.echo(words, err=True)


def _kg(pull: Pull) -> str:
    return f"{pull.kg:+.1f} kg" if pull.calibrated else f"{pull.counts:+d} counts"
