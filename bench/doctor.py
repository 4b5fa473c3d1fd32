"""How often `bard doctor` finds what is wrong, and nothing where nothing is: `python -m bench.doctor`.

Simulated rooms, seeded, looked at for 10 s in virtual time; each fault is in the room from before the look. Beside it
the figures that Klipper's LOAD_CELL_DIAGNOSTIC prints (measured rate, saturated and unique values), taken from
the same conversions and called a find by the plainest rule: no sample, a saturated one, a single value, a rate that is
10 % off.
"""

from collections import Counter

from msgspec import structs

from bard.commission.doctor import judge
from bard.commission.facts import CellFacts, Facts
from bard.simulate import SCENARIOS, Room, Scenario
from bard.simulate.cells import CellFault
from bard.simulate.scenario import Stalled
from bench.results import write
from tests.commission.looking import Line, damaging, lasting, look, losing

GOOD_SEEDS = 100
FAULT_SEEDS = 20
IDLE = lasting(SCENARIOS["idle"])
_ALWAYS = (0.0, 99.0)
_CONFIGURED_HZ = 80.0


def _broken(kind: str, channel: int | None = 0) -> Scenario:
    return structs.replace(IDLE, cell_faults=(CellFault(kind, *_ALWAYS, channel=channel),))  # type: ignore[arg-type]


FAULTS: dict[str, tuple[Scenario, str, set[str]]] = {
    "a cell's data wire is off": (_broken("silent"), "", {"cell_silent", "cell_board_fault"}),
    "a cell at the rail": (_broken("saturated"), "", {"cell_saturated"}),
    "a cell that does not change": (_broken("stuck"), "", {"cell_stuck"}),
    "an open input: mains hum": (_broken("open"), "", {"cell_saturated", "cell_spikes", "cell_noisy_fault"}),
    "a poor link: 1.5 % glitches": (_broken("poor", None), "", {"cell_glitches"}),
    "strapped for 10 a second": (structs.replace(IDLE, rate_hz=(9.4, 10.6)), "", {"slow_rate"}),
    "half of the conversions": (structs.replace(IDLE, rate_hz=(39.0, 47.0)), "", {"odd_rate"}),
    "the board's loop hangs for 80 ms a second": (
        structs.replace(IDLE, stalled=tuple(Stalled(float(at), at + 0.08) for at in range(3, 20))),
        "",
        {"conversions_lost"},
    ),
    "2 % of deliveries damaged": (IDLE, "damaged", {"frames_damaged"}),
    "2 % of deliveries lost": (IDLE, "lost", {"frames_lost"}),
}


def _line(kind: str, seed: int) -> Line:
    return damaging(seed, 0.02) if kind == "damaged" else losing(seed, 0.02) if kind == "lost" else bytes


def _peer_finds(cell: CellFacts) -> bool:
    """By the figures of the peer alone."""
    if cell.rate_hz is None:
        return True
    measured_hz = cell.conversions / cell.seconds
    off = not 0.9 * _CONFIGURED_HZ < measured_hz < 1.1 * 94 / 80 * _CONFIGURED_HZ
    return bool(cell.rails) or cell.unique == 1 or off


def _look(scenario: Scenario, kind: str, seed: int) -> tuple[Facts, set[str]]:
    facts, settings = look(Room(scenario, seed, autostart=True), 2.0, line=_line(kind, seed))
    return facts, {one.id for one in judge(facts, settings)}


def main() -> None:
    """Every fault, then rooms with none."""
    lines = ["| in the room | found | found too | by the peer's four figures |", "|---|---|---|---|"]
    for name, (scenario, kind, wanted) in FAULTS.items():
        found = peer = 0
        others: Counter[str] = Counter()
        for seed in range(1, FAULT_SEEDS + 1):
            facts, ids = _look(scenario, kind, seed)
            found += bool(ids & wanted)
            others.update(ids - wanted)
            peer += any(_peer_finds(cell) for cell in facts.cells)
        too = ", ".join(f"{other} {count}" for other, count in others.items()) or "none"
        lines.append(f"| {name} | {found} of {FAULT_SEEDS} | {too} | {peer} of {FAULT_SEEDS} |")
    wrong: Counter[str] = Counter()
    rooms = peer = 0
    for quality in ("good", "usual"):
        for seed in range(1, GOOD_SEEDS // 2 + 1):
            facts, ids = _look(structs.replace(IDLE, quality=quality), "", seed)
            rooms += bool(ids)
            peer += any(_peer_finds(cell) for cell in facts.cells)
            wrong.update(ids)
    told = ", ".join(f"{name} {count}" for name, count in wrong.items()) or "none"
    lines += [
        "",
        f"{GOOD_SEEDS} rooms with nothing wrong (half of them of good cells, half of usual ones): {rooms} with a "
        f"finding ({told}); {peer} by the peer's figures.",
        "",
        "A room has four cells. The peer prints its figures and judges none of them: the rule here is ours (no sample, "
        "a saturated one, a single value, a rate below 72 or above 103 a second). Its counts of errors are of its own "
        "link, which sends again what was damaged, and have no like here.",
    ]
    print(write("doctor", "bard doctor", lines))


if __name__ == "__main__":
    main()
