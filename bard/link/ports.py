"""The factory of ports: what a person wrote becomes an open port.

One law: this object is the only place where ports of one process meet (two boards of one simulated room, of one tape);
there is no registry beside it. It does not open again what is gone.
"""

import os
from collections.abc import Callable
from pathlib import Path

from bard.errors import ConfigError
from bard.link.device import open_device
from bard.link.paced import PacedRoom, PacedTape
from bard.link.port import OnData, Port, monotonic_us
from bard.link.recording import read_rows
from bard.link.urls import DEVICE, PortUrl, parse
from bard.simulate import SCENARIOS, Room, recording_room

_SEED_MOST = 2**63 - 1


class Ports:
    """Opens ports; `now_us` stamps what they read."""

    def __init__(self, now_us: Callable[[], int] = monotonic_us) -> None:
        self.now_us = now_us
        self._rooms: dict[tuple[object, ...], PacedRoom] = {}
        self._tapes: dict[str, PacedTape] = {}

    def check(self, port: str, board: str = "") -> None:
        """Raises ConfigError, or DataError for a file that is not what it should be, if `port` can never be opened."""
        url = parse(port)
        if url.kind in ("sim", "recording"):
            self._room_and_board(url)
        elif url.kind == "replay":
            self._tape_and_board(url, board)
        elif url.kind in ("socket", "rfc2217"):
            url.address()

    def missing(self, port: str) -> bool:
        """True if `port` is a device path and nothing is there; costs some us."""
        url = parse(port)
        return url.kind == DEVICE and not os.path.exists(url.target)

    async def open(self, port: str, on_data: OnData, *, board: str = "", baud: int | None = None) -> Port:
        """Open `port`. `board` is its name on a tape. Raises LinkError if that cannot be now, and what `check` raises.

        `on_data` is called on this loop, never before this returns to it.
        """
        url = parse(port)
        if url.kind in ("sim", "recording"):
            room, number = self._room_and_board(url)
            return room.open(number, on_data)
        if url.kind == "replay":
            tape, name = self._tape_and_board(url, board)
            return tape.open(name, on_data)
        return await open_device(url, baud, on_data, self.now_us)

    def room(self, port: str) -> PacedRoom:
        """The simulated room behind a sim:// or recording:// port, with the truth in it. Raises ConfigError."""
        return self._room_and_board(parse(port))[0]

    def board_number(self, port: str) -> int:
        """Which board of that room it is."""
        return self._room_and_board(parse(port))[1]

    def _room_and_board(self, url: PortUrl) -> tuple[PacedRoom, int]:
        if url.kind not in ("sim", "recording"):
            url.refuse("no simulated room", "sim://, recording://")
        seed = url.whole("seed", 1, 0, _SEED_MOST)
        url.choice("pace", ("wall",))
        if url.kind == "sim":
            scenario = SCENARIOS.get(url.target)
            if scenario is None:
                url.refuse(f"no scenario {url.target!r}", ", ".join(SCENARIOS))
            board = url.whole("board", 0, 0, scenario.boards - 1)
            key: tuple[object, ...] = ("sim", url.target, seed)
            if key not in self._rooms:
                self._rooms[key] = PacedRoom(Room(scenario, seed), self.now_us)
            return self._rooms[key], board
        key = ("recording", url.text)
        if key not in self._rooms:
            self._rooms[key] = PacedRoom(recording_room(read_rows(url), seed), self.now_us)
        return self._rooms[key], 0

    def _tape_and_board(self, url: PortUrl, board: str) -> tuple[PacedTape, str]:
        path = Path(url.target)
        if not path.is_file():
            url.refuse(f"no file {url.target}", "the path of a tape")
        tape = self._tapes.get(url.target)
        if tape is None:
            tape = self._tapes[url.target] = PacedTape(path, self.now_us)
        name = url.options.get("board", board)
        if name not in tape.boards:
            raise ConfigError(f"port {url.text!r}: no board {name!r} on this tape; allowed: {', '.join(tape.boards)}")
        return tape, name
