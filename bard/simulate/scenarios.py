"""The table of scenarios.

One law: what happens is written here and nowhere else; what it does to a load is not. Fault scenarios break at 20 s,
mend at 30 s and last 45 s. Limits are numbers for tests and demos only.
"""

from msgspec import structs

from bard.simulate.cells import CellFault, CellFaultKind
from bard.simulate.hands import Act
from bard.simulate.scenario import BAR_PER_BOARD, Cue, CueAction, Scenario, Unplugged
from bard.simulate.work import Work

BODY_WEIGHT_KG = 70.0
LIMIT_KG = 40.0
WORK_LIMIT_KG = 50.0
GUARD_KG = 2.0
"""About twice the static uncertainty of estimate.md, section 3: normal work stays 2 of it below the limit."""
FAULT_S, MENDED_S, FAULT_DURATION_S = 20.0, 30.0, 45.0
TAKE_S = 4.0


def _cues(*cues: tuple[float, CueAction]) -> tuple[Cue, ...]:
    return tuple(Cue(round(at_s * 1e6), action) for at_s, action in cues)


def _least_bar_kg(limit_kg: float) -> float:
    """The bar load at which the client carries limit - 2 guard_kg."""
    return BODY_WEIGHT_KG - limit_kg + 2 * GUARD_KG


def _standing(limit_kg: float) -> Work:
    least_kg = _least_bar_kg(limit_kg)
    return Work(least_kg + 2, BODY_WEIGHT_KG - 8, TAKE_S)


def steady(duration_s: float = 45.0, name: str = "steady") -> Scenario:
    """Working on the client within the limit from 4 s on."""
    return Scenario(
        name=name,
        summary="standing work on the client, within the limit",
        duration_s=duration_s,
        work=_standing(LIMIT_KG),
        floor_kg=_least_bar_kg(LIMIT_KG),
        cues=_cues((2.5, "start")),
        notes=((TAKE_S, "takes the bars and steps onto the client"),),
    )


def normal_work(duration_s: float = 3600.0, presence: bool = False) -> Scenario:
    """simulator.md, "Normal work": 6 step-downs and 6 times both hands off an hour, rocking, no slips."""
    least_kg = _least_bar_kg(WORK_LIMIT_KG)
    return Scenario(
        name="normal_work",
        summary="a session of normal work" + (" with a presence mat" if presence else ""),
        duration_s=duration_s,
        limit_kg=WORK_LIMIT_KG,
        work=Work(least_kg + 2, BODY_WEIGHT_KG - 6, TAKE_S, step_downs=6, hands_off=6, rocking=True),
        floor_kg=least_kg,
        presence=presence,
        cues=_cues((2.5, "start")),
        notes=((TAKE_S, "takes the bars and steps onto the client"),),
    )


def crossings(duration_s: float = 40.0, half_period_s: float = 2.0) -> Scenario:
    """The load on the client goes to 8 kg over and 8 kg under the limit by turns."""
    over_kg, under_kg = (BODY_WEIGHT_KG - LIMIT_KG - 8, BODY_WEIGHT_KG - LIMIT_KG + 8)
    acts = [Act(TAKE_S, "take", under_kg)]
    at_s = TAKE_S + 4
    while at_s < duration_s - 1:
        over = len(acts) % 2 == 1
        acts.append(Act(at_s, "shift", over_kg if over else under_kg, 0.3))
        at_s += half_period_s
    return Scenario(
        name="crossings",
        summary=f"over the limit and under it again, each {half_period_s:g} s",
        duration_s=duration_s,
        acts=tuple(acts),
        sway_kg=0.5,
        motion_scale=1.0,
        cues=_cues((2.5, "start")),
        notes=((TAKE_S, "takes the bars"), (TAKE_S + 4, "begins to cross the limit")),
    )


def _fault(name: str, summary: str, *kinds: CellFaultKind, channel: int | None = 0) -> Scenario:
    faults = tuple(CellFault(kind, FAULT_S, MENDED_S, channel=channel) for kind in kinds)
    return _broken(name, summary, cell_faults=faults)


def _broken(
    name: str, summary: str, *, cell_faults: tuple[CellFault, ...] = (), unplugged: tuple[Unplugged, ...] = ()
) -> Scenario:
    base = steady(FAULT_DURATION_S, name)
    return structs.replace(
        base,
        summary=summary,
        notes=(*base.notes, (FAULT_S, summary), (MENDED_S, "mended")),
        cell_faults=cell_faults,
        unplugged=unplugged,
    )


_DEMO = Scenario(
    name="demo",
    summary="a minute of work with everything that can go wrong in it",
    duration_s=60.0,
    sway_kg=0.8,
    motion_scale=1.0,
    acts=(
        Act(4, "take", 41, 0.3),
        Act(7, "shift", 45, 1.0),
        Act(10, "shift", 40, 1.2),
        Act(13, "shift", 46, 1.0),
        Act(16, "shift", 33.5, 1.5),
        Act(22, "shift", 23, 0.8),
        Act(25.5, "shift", 42, 0.8),
        Act(31, "let_go", over_s=0.15),
        Act(33, "grip", over_s=0.2),
        Act(38, "shift", 44, 1.0),
        Act(48, "shift", 40, 1.0),
        Act(52, "step_down"),
    ),
    unplugged=(Unplugged(41, 45),),
    cues=_cues((2.5, "start"), (36, "acknowledge"), (49.5, "acknowledge"), (53, "step_down"), (56, "stop")),
    notes=(
        (1, "the session starts"),
        (4, "takes the bars and steps onto the client"),
        (7, "works in strokes, within the limit"),
        (16, "leans in: near the limit"),
        (22, "over the limit for 3 seconds"),
        (25.5, "back within the limit"),
        (31, "lets go with both hands"),
        (33, "grips again"),
        (36, "acknowledges"),
        (41, "the board's cable is pulled"),
        (45, "the cable is back; the board boots"),
        (52, "steps down"),
        (56, "the session stops"),
    ),
)

_SLIP = Scenario(
    name="slip",
    summary="both hands slip off the bars and grip again; then one hand",
    duration_s=45.0,
    sway_kg=1.0,
    acts=(
        Act(4, "take", 42),
        Act(20, "slip"),
        Act(20.4, "grip", times=1.6),
        Act(32, "slip", support=1, rest=0.1),
        Act(32.4, "grip", support=1, times=1.4),
    ),
    cues=_cues((2.5, "start"), (28, "acknowledge"), (40, "acknowledge")),
    notes=((4, "takes the bars"), (20, "both hands slip"), (20.4, "grips again"), (32, "the right hand slips")),
)

_PUSHING_UP = Scenario(
    name="pushing_up",
    summary="pushes up against the bars: the client carries more than the body weighs",
    duration_s=30.0,
    limit_kg=60.0,
    sway_kg=0.5,
    acts=(Act(4, "take", 35), Act(12, "shift", -8, 0.8), Act(18, "shift", 35, 0.8)),
    cues=_cues((2.5, "start")),
    notes=((4, "takes the bars"), (12, "pushes up"), (18, "hangs on again")),
)


_TABLE = (
    Scenario(name="idle", summary="nobody is there", duration_s=30.0, cues=_cues((2.5, "start"))),
    steady(),
    _DEMO,
    _SLIP,
    _fault("cell_unplugged", "a cell's data wire comes off", "silent"),
    _broken("board_unplugged", "the board's cable is pulled", unplugged=(Unplugged(FAULT_S, MENDED_S),)),
    _fault("saturated", "a cell stands at the rail", "saturated"),
    _fault("stuck", "a cell's counts no longer change", "stuck"),
    _fault("broken_wire", "a wire of a cell's bridge is broken: mains hum", "open"),
    _fault("noisy", "a poor link: noise and one glitch in 66 conversions", "poor", channel=None),
    structs.replace(
        steady(name="reversed"),
        summary="a cell is wired backwards, from the start",
        backwards=((0, 1),),
    ),
    structs.replace(
        steady(name="two_boards"),
        summary="the left bar on board a, the right bar on board b",
        supports=BAR_PER_BOARD,
        boards=2,
    ),
    Scenario(
        name="presence",
        summary="a mat tells who is on the client: work, both hands off, step down, up again",
        duration_s=60.0,
        presence=True,
        sway_kg=1.0,
        acts=(
            Act(4, "take", 40),
            Act(12, "shift", 44, 1.0),
            Act(20, "let_go"),
            Act(23, "grip"),
            Act(32, "step_down"),
            Act(42, "take", 42),
            Act(54, "step_down"),
        ),
        cues=_cues((2.5, "start"), (58, "stop")),
        notes=(
            (4, "takes the bars and steps onto the client"),
            (20, "lets go with both hands"),
            (23, "grips again"),
            (32, "steps down"),
            (42, "on the client again"),
            (54, "steps down"),
        ),
    ),
    normal_work(),
    _PUSHING_UP,
    crossings(),
    Scenario(
        name="workshop",
        summary="an installer's room: loads are hung by hand, a line of standard input each",
        duration_s=4 * 3600.0,
        hung=True,
    ),
    structs.replace(
        steady(name="ten_sps"),
        summary="chips strapped for 10 conversions a second",
        rate_hz=(9.4, 10.6),
    ),
)

SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _TABLE}
"""Every scenario by its name."""
