"""Health that builds up over seconds: rate, noise, drift, wrong readings, shares and frames, in plain words.

One law: it looks once a second of row time and makes no load unknown; what does is a state of a cell
(`bard.weigh.state`). What a person should know is a warning; what calls is a condition (`bard.alarm.conditions`).
"""

from collections import deque
from collections.abc import Sequence
from math import nan

from msgspec import Struct

from bard.alarm.facts import NOBODY, Subjects
from bard.alarm.judging import PUSHED
from bard.monitor.boards import Board
from bard.settings import CoreSettings
from bard.weigh.ailing import damaged_words, gated_words, noisy_words, slow_words
from bard.weigh.cell import Cell

LOOK_US = 1_000_000
_RATE_LOOKS = 5
_FRAME_LOOKS = 10


class CellHealth(Struct):
    """One cell, as of the last look; NaN where not known yet."""

    rate_hz: float = nan
    noise_kg: float = nan
    drift_kg: float = nan
    gated_share: float = 0.0
    warnings: tuple[str, ...] = ()


class SupportHealth(Struct):
    """One bar, rope, pole or strap point: its share of the bar load, NaN where that is too little to tell."""

    share: float = nan
    warnings: tuple[str, ...] = ()
    bare_looks: int = 0


class Health:
    """`look` at every row; the lists go over the room's cells, supports and boards."""

    def __init__(self, settings: CoreSettings, cells: Sequence[Cell], boards: Sequence[Board]) -> None:
        self._settings = settings
        self._cells = cells
        self._boards = boards
        self._looked_us: int | None = None
        self._newest: list[tuple[int, int]] = [(0, 0) for _ in cells]
        self._rates_hz: list[deque[float]] = [deque(maxlen=_RATE_LOOKS) for _ in cells]
        self._frames: list[deque[tuple[int, int]]] = [deque(maxlen=_FRAME_LOOKS + 1) for _ in boards]
        self._cell_boards = [
            next(index for index, board in enumerate(settings.room.boards) if board.name == cell.board)
            for cell in settings.room.cells
        ]
        self.cells = [CellHealth() for _ in cells]
        self.supports = [SupportHealth() for _ in settings.room.supports]
        self.board_warnings: list[tuple[str, ...]] = [() for _ in boards]
        self.slow_boards: Subjects = NOBODY
        """Boards that convert too slowly and may not (`wrong_rate`), with words."""
        self.bad_lines: Subjects = NOBODY
        """Boards of whose frames too many are bad."""

    def look(self, at_us: int, cell_kg: Sequence[float], counts_per_kg: Sequence[float], drift_kg: list[float]) -> None:
        """`cell_kg`: slow loads by the working zero; `counts_per_kg` NaN where a cell has no span."""
        if self._looked_us is not None and at_us - self._looked_us < LOOK_US:
            return
        self._looked_us = at_us
        for index, health in enumerate(self.cells):
            self._look_at_cell(index, health, counts_per_kg[index], drift_kg[index], cell_kg[index])
        self._look_at_supports(cell_kg)
        self._look_at_boards()

    def _look_at_cell(
        self, index: int, health: CellHealth, counts_per_kg: float, drift_kg: float, load_kg: float
    ) -> None:
        cell, settings = self._cells[index], self._settings.weigh
        health.rate_hz = self._rate_hz(index, cell)
        health.noise_kg = cell.noise_counts / abs(counts_per_kg)
        health.drift_kg = drift_kg
        health.gated_share = cell.gated_in_window / settings.gate_window
        warnings = []
        if health.noise_kg > settings.noise_warn_kg:
            warnings.append(noisy_words(health.noise_kg))
        if health.gated_share >= settings.gate_warn_fraction:
            warnings.append(gated_words(health.gated_share))
        if abs(drift_kg) > settings.drift_warn_kg:
            warnings.append(f"its zero has drifted by {drift_kg:+.1f} kg since the calibration")
        if load_kg < -settings.pushed_kg:
            warnings.append(PUSHED)
        health.warnings = tuple(warnings)

    def _rate_hz(self, index: int, cell: Cell) -> float:
        """The highest of the last seconds: what is lost in a gap is no slower chip."""
        first, first_us = self._newest[index]
        last, last_us = self._newest[index] = (cell.conversions, cell.newest_us)
        rates_hz = self._rates_hz[index]
        if first and last > first:
            rates_hz.append((last - first) / (last_us - first_us) * 1e6)
        return max(rates_hz, default=nan)

    def _look_at_supports(self, cell_kg: Sequence[float]) -> None:
        settings, first = self._settings.weigh, 0
        total_kg = sum(cell_kg)
        for support, health in zip(self._settings.room.supports, self.supports, strict=True):
            own_kg = sum(cell_kg[first : first + len(support.cells)])
            first += len(support.cells)
            health.share = own_kg / total_kg if total_kg >= settings.share_least_kg else nan
            if health.share < settings.share_warn_fraction:
                health.bare_looks += 1
            elif health.share == health.share:
                health.bare_looks = 0
            health.warnings = ()
            if health.bare_looks * LOOK_US >= settings.share_warn_us:
                health.warnings = ("carries next to nothing while the others do: is it used, do its cells carry it?",)

    def _look_at_boards(self) -> None:
        slow, bad = {}, {}
        for index, board in enumerate(self._boards):
            own = [health for health, at in zip(self.cells, self._cell_boards, strict=True) if at == index]
            rate_hz = min((health.rate_hz for health in own if health.rate_hz == health.rate_hz), default=nan)
            warnings = []
            if rate_hz < self._settings.weigh.slow_rate_hz:
                words = slow_words(rate_hz)
                warnings.append(words)
                if not self._settings.room.boards[index].allow_10_sps:
                    slow[board.name] = words
            share = self._bad_frames(index, board)
            if share >= self._settings.wire.bad_frames_fraction:
                bad[board.name] = damaged_words(share)
                warnings.append(bad[board.name])
            self.board_warnings[index] = tuple(warnings)
        self.slow_boards, self.bad_lines = slow or NOBODY, bad or NOBODY

    def _bad_frames(self, index: int, board: Board) -> float:
        """Share of bad frames in the last seconds."""
        counted, frames = self._frames[index], board.frames
        if counted and frames < counted[-1]:
            counted.clear()  # the link came anew
        counted.append(frames)
        good, bad = (last - first for first, last in zip(counted[0], counted[-1], strict=True))
        return bad / (good + bad) if bad >= self._settings.wire.bad_frames_least else 0.0
