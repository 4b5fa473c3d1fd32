"""What is going to be calibrated, from the room and what the installer told: the first step.

One law: every support that is named must be there, and each board must have said who it is.
"""

from collections.abc import Sequence

from bard.commission.record import BoardRecord, CellPlan, SupportPlan
from bard.commission.steps import Began, Begin, Step
from bard.errors import Refused, UsageError
from bard.settings import RoomSettings, SupportSettings
from bard.weigh.calibration import Calibration


def first_step(
    asked: Begin, room: RoomSettings, boards: Sequence[BoardRecord], calibration: Calibration, at: str, at_s: float
) -> Began:
    """The step that begins it. Raises UsageError for a support that is not there, Refused for a silent board."""
    names = [support.name for support in room.supports]
    unknown = [name for name in (*asked.supports, *asked.rated_kg) if name not in names]
    if unknown:
        raise UsageError(f"no support {unknown[0]!r}; allowed: {', '.join(names)}")
    chosen = [support for support in room.supports if support.name in asked.supports or not asked.supports]
    used = {cell.board for support in chosen for cell in support.cells}
    silent = [board.name for board in boards if board.name in used and not board.uid]
    if silent:
        raise Refused(f"board {silent[0]} has not said who it is yet: look at its cable and port, then try again")
    return Began(
        purpose=asked.purpose,
        installer=asked.installer,
        at=at,
        at_s=at_s,
        station=room.station,
        boards=tuple(board for board in boards if board.name in used),
        supports=tuple(_plan(asked, room, support, calibration) for support in chosen),
        temperature_c=asked.temperature_c,
        tolerance_fraction=asked.tolerance_fraction,
        months=asked.months,
    )


def check_room(steps: Sequence[Step], room: RoomSettings) -> None:
    """Raises Refused where the room is no more the one in which these steps were taken."""
    there = {support.name: [cell.key for cell in support.cells] for support in room.supports}
    for plan in steps[0].supports if steps and isinstance(steps[0], Began) else ():
        if there.get(plan.name) != [cell.key for cell in plan.cells]:
            raise Refused(f"{plan.name} has other cells than when this calibration began: drop it and begin anew")


def _plan(asked: Begin, room: RoomSettings, support: SupportSettings, calibration: Calibration) -> SupportPlan:
    names = {cell.key: name for cell, name in zip(room.cells, room.cell_names, strict=True)}
    known = {key: cell.counts_per_kg for key, cell in calibration.cells.items()}
    return SupportPlan(
        name=support.name,
        kind=support.kind,
        cells=tuple(
            CellPlan(cell.key, names[cell.key], asked.capacity_kg, asked.mv_per_v, known.get(cell.key))
            for cell in support.cells
        ),
        rated_kg=support.rated_kg or asked.rated_kg.get(support.name),
        expected_kg=asked.expected_kg,
    )
