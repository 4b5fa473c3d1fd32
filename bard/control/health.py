"""Whether the room is well, and in words why not.

One law: well means that a load is known and nothing calls for a person; a cue does not. It judges a snapshot and
nothing else.
"""

from bard.control.words import pattern_words
from bard.messages import BoardSnapshot, Snapshot

PUSHING_UP_KG = -2.0
_PUSHED = "bar_pushed"
"""The one cue that is no part of the work."""
_BAD_FRAMES_SAID = 0.001


def is_pushing_up(snapshot: Snapshot) -> bool:
    """Somebody pushes up on the bars: the client carries more than the body weight."""
    return snapshot.bar_load_kg is not None and snapshot.bar_load_kg < PUSHING_UP_KG


def is_well(snapshot: Snapshot) -> bool:
    """The parts are well, none is pushed or backwards, and there is no alarm above a cue."""
    return are_parts_well(snapshot) and all(
        alarm.priority == "cue" and alarm.id != _PUSHED for alarm in snapshot.alarms
    )


def are_parts_well(snapshot: Snapshot) -> bool:
    """Every board streams, every cell is known and calibrated."""
    return (
        snapshot.bar_load_kg is not None
        and snapshot.calibration is not None
        and all(board.state == "streaming" for board in snapshot.boards)
        and all(cell.state == "ok" for support in snapshot.supports for cell in support.cells)
    )


def health_words(snapshot: Snapshot) -> str:
    """Boards, then cells: those with a fault by name, grouped by fault, the others counted."""
    cells = [cell for support in snapshot.supports for cell in support.cells]
    faulty: dict[str, list[str]] = {}
    for cell in cells:
        if cell.state != "ok":
            faulty.setdefault(cell.words, []).append(cell.name.upper())
    groups = [
        f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {words}"
        for words, names in faulty.items()
    ]
    count = sum(cell.state == "ok" for cell in cells)
    boards = ", ".join(_board_words(board) for board in snapshot.boards)
    return "; ".join((f"boards: {boards}", *groups, f"{count} of {len(cells)} cells ok", *warnings(snapshot)))


def warnings(snapshot: Snapshot) -> list[str]:
    """What an installer should look at, by name."""
    boards = [(f"board {board.name}", board.warnings) for board in snapshot.boards]
    supports = [(support.name, support.warnings) for support in snapshot.supports]
    cells = [(cell.name, cell.warnings) for support in snapshot.supports for cell in support.cells]
    return [f"{name}: {words}" for name, found in (*boards, *supports, *cells) for words in found]


def _board_words(board: BoardSnapshot) -> str:
    state = board.state.upper() if board.state != "streaming" else board.state
    share = board.frames_bad / max(1, board.frames_good + board.frames_bad)
    return f"{board.name} {state}" + (f" ({share:.1%} of frames bad)" if share >= _BAD_FRAMES_SAID else "")


def plays_words(snapshot: Snapshot) -> str:
    """What the boards' vibrator and buzzer play, and for which condition; that there is none, where there is none."""
    vibrator = pattern_words(snapshot.vibrator) if any(board.vibrator for board in snapshot.boards) else "NONE THERE"
    buzzer = pattern_words(snapshot.buzzer) if any(board.buzzer for board in snapshot.boards) else "NONE THERE"
    of = f" (for {snapshot.signal_of})" if snapshot.signal_of else ""
    return f"vibrator {vibrator}, buzzer {buzzer}{of}"
