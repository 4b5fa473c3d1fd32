"""What `bard doctor` can learn while a session runs: the daemon's own figures, over some seconds of snapshots.

One law: nothing is asked of the boards and nothing is disturbed; what snapshots do not hold stays unknown.
"""

import time
from collections import Counter

from bard.commission.doctor import PROTOCOL
from bard.commission.facts import BoardFacts, CellFacts
from bard.control.client import ControlClient
from bard.control.protocol import PushedEvent
from bard.errors import LinkError
from bard.messages import BoardSnapshot, CellSnapshot, Snapshot
from bard.settings import BoardSettings, CoreSettings
from bard.weigh.calibration import Calibration

WATCH_HZ = 10.0
_SILENT_S = 3.0
_NO_FAULT = ("ok", "proving", "uncalibrated")


def watch(
    client: ControlClient, settings: CoreSettings, calibration: Calibration, seconds: float
) -> tuple[tuple[BoardFacts, ...], tuple[CellFacts, ...]]:
    """Boards and cells over so long. Raises LinkError for a daemon that says nothing."""
    snapshots = _collect(client, seconds)
    took_s = (snapshots[-1].at_us - snapshots[0].at_us) / 1e6
    first, last = snapshots[0], snapshots[-1]
    boards = tuple(
        _board(board, before, after, took_s)
        for board, before, after in zip(settings.room.boards, first.boards, last.boards, strict=True)
    )
    seen = [_cells(snapshot) for snapshot in snapshots]
    window = settings.weigh.gate_window
    cells = tuple(_cell([of[number] for of in seen], took_s, window, calibration) for number in range(len(seen[0])))
    return boards, cells


def _collect(client: ControlClient, seconds: float) -> list[Snapshot]:
    client.subscribe(WATCH_HZ, events=False)
    end_s, found = time.monotonic() + seconds, list[Snapshot]()
    while time.monotonic() < end_s or len(found) < 2:
        message = client.next_message(_SILENT_S)
        if message is None:
            raise LinkError(f"nothing is heard from bard for {_SILENT_S:g} s: NOT MONITORED")
        if not isinstance(message, PushedEvent):
            found.append(message)
    return found


def _cells(snapshot: Snapshot) -> list[CellSnapshot]:
    return [cell for support in snapshot.supports for cell in support.cells]


def _board(board: BoardSettings, before: BoardSnapshot, after: BoardSnapshot, took_s: float) -> BoardFacts:
    heard = after.state != "lost"
    return BoardFacts(
        name=board.name,
        port=board.port,
        state="up" if heard else "lost to the running bard",
        found=heard,
        seconds=took_s,
        wanted_baud=board.baud,
        frames_good=max(0, after.frames_good - before.frames_good),
        frames_bad=max(0, after.frames_bad - before.frames_bad),
        frames_missed=max(0, after.frames_missed - before.frames_missed),
        protocol=PROTOCOL if after.firmware else None,
        firmware=after.firmware,
        uid=after.uid,
        allow_10_sps=board.allow_10_sps,
    )


def _cell(seen: list[CellSnapshot], took_s: float, window: int, calibration: Calibration) -> CellFacts:
    last = seen[-1]
    own = calibration.cells.get(last.key)
    counts = [cell.counts for cell in seen if cell.counts is not None]
    states = Counter(cell.state for cell in seen)
    return CellFacts(
        name=last.name,
        key=last.key,
        seconds=took_s,
        conversions=last.conversions - seen[0].conversions,
        calibrated=last.state != "uncalibrated",
        rate_hz=last.rate_hz,
        noise_kg=last.noise_kg,
        middle_counts=last.counts,
        low_counts=min(counts, default=None),
        high_counts=max(counts, default=None),
        gated_share=last.gated / window,
        load_kg=last.load_kg,
        counts_per_kg=abs(own.counts_per_kg) if own else None,
        states={state: count / len(seen) for state, count in states.items() if state not in _NO_FAULT},
    )
