"""What hangs in the room: boards, supports and their cells."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from bard.settings.bounds import ChannelNumber, Name


class CellSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One load cell: the board it hangs on and its channel there."""

    board: Name
    channel: ChannelNumber

    @property
    def key(self) -> str:
        """What a calibration knows this cell by: `board/channel`."""
        return f"{self.board}/{self.channel}"


class SupportSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """A bar, rope, pole or strap point, with one or more cells."""

    name: Name
    cells: Annotated[tuple[CellSettings, ...], Meta(min_length=1, max_length=8)]
    kind: Literal["bar", "rope", "pole", "strap"] = "bar"
    rated_kg: Annotated[float, Meta(gt=0, le=2_000)] | None = None
    """What it may carry by its maker or rigger; unset: it is not watched for overload."""


class BoardSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One Arduino. `port` is a device path, sim://, recording://, replay:// or a pyserial URL."""

    name: Name
    port: Annotated[str, Meta(min_length=1)]
    baud: Literal[500000, 115200] | None = None
    allow_10_sps: bool = False
    presence: bool = False
    """A table mat or switch is wired to this board's presence input."""
    vibrator: bool = True
    buzzer: bool = True


class RoomSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What hangs in the room. Each cell belongs to one support; each board it names exists."""

    boards: Annotated[tuple[BoardSettings, ...], Meta(min_length=1, max_length=4)]
    supports: Annotated[tuple[SupportSettings, ...], Meta(min_length=1, max_length=16)]
    station: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}\Z")] = "room"

    def __post_init__(self) -> None:
        board_names = [board.name for board in self.boards]
        _no_twice("board name", board_names)
        _no_twice("board port", [board.port for board in self.boards])
        _no_twice("support name", [support.name for support in self.supports])
        _no_twice("cell", [cell.key for cell in self.cells])
        for cell in self.cells:
            if cell.board not in board_names:
                raise ValueError(f"cell {cell.key}: no board {cell.board!r}; allowed: {', '.join(board_names)}")
        if sum(board.presence for board in self.boards) > 1:
            raise ValueError("presence is wired to more than one board; allowed: one")

    @property
    def cells(self) -> tuple[CellSettings, ...]:
        """All cells in the order of the supports: the order of every per-cell array in bard."""
        return tuple(cell for support in self.supports for cell in support.cells)

    @property
    def cell_names(self) -> tuple[str, ...]:
        """What a person calls each cell, in the order of `cells`: `left bar, cell 2`."""
        return tuple(
            f"{support.name}, cell {number}"
            for support in self.supports
            for number, _ in enumerate(support.cells, start=1)
        )


def _no_twice(what: str, values: list[str]) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise ValueError(f"{what} {value!r} is used twice; allowed: once each")
