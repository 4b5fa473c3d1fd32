"""Which boards are lost or have restarted, and which cells are faulty, at one row.

One law: a board that is silent as a whole is one matter, and hides the states of its cells.
"""

from bard.alarm.facts import NOBODY, Facts, Subjects
from bard.monitor.boards import Board
from bard.settings import RoomSettings
from bard.weigh.path import Weighed
from bard.weigh.state import FIRST_FAULT, IN_WORDS, CellState


class Links:
    """`judge` each row."""

    def __init__(self, room: RoomSettings, boards: tuple[Board, ...]) -> None:
        self._boards = boards
        self._cell_names = room.cell_names
        self._cell_boards = [next(b for b in boards if b.name == cell.board) for cell in room.cells]

    def judge(self, facts: Facts, weighed: Weighed) -> None:
        """Fill in what boards and cells are about."""
        at_us = weighed.at_us
        lost: tuple[Board, ...] = ()
        restarted: tuple[Board, ...] = ()
        for board in self._boards:
            if board.lost_at(at_us):
                lost += (board,)
            if board.restarted_us is not None and board.newly_restarted_at(at_us):
                restarted += (board,)
        facts.lost_boards = {board.name: "" for board in lost} if lost else NOBODY
        facts.faulty_cells = self._faulty(weighed, lost) if weighed.fast_kg != weighed.fast_kg else NOBODY
        facts.restarted_boards = {board.name: "" for board in restarted} if restarted else NOBODY
        if restarted:
            facts.restarted_stream = all(board.streamed_us is not None for board in restarted)

    def _faulty(self, weighed: Weighed, lost: tuple[Board, ...]) -> Subjects:
        """Cells with a fault of their own, in words."""
        faulty = {}
        for name, board, state in zip(self._cell_names, self._cell_boards, weighed.states, strict=True):
            silent = state == CellState.SILENT and board.live_at(weighed.at_us)
            if board not in lost and (state >= FIRST_FAULT or silent):
                faulty[name] = IN_WORDS[state]
        return faulty
