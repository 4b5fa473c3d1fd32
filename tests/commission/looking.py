"""A look at a simulated room in virtual time, as `bard doctor` looks, and facts of one made by hand."""

import random
from collections.abc import Callable

from msgspec import structs

from bard.commission.capture import BoardCapture
from bard.commission.doctor import judge
from bard.commission.facts import BoardFacts, CellFacts, Facts, HostFacts, PortFacts
from bard.commission.findings import Finding
from bard.commission.measure import measure
from bard.link.flatout import true_calibration
from bard.settings import BoardSettings, CellSettings, CoreSettings, RoomSettings, SupportSettings, WeighSettings
from bard.simulate import Room, Scenario
from bard.wire.commander import Commander
from bard.wire.frames import Verb

LOOK_S = 10.0
_MOST_S = 14.0

Line = Callable[[bytes], bytes]


def damaging(seed: int, chance: float) -> Line:
    """A line that changes one byte of some deliveries."""
    rng = random.Random(seed)

    def spoil(data: bytes) -> bytes:
        if data and rng.random() < chance:
            at = rng.randrange(len(data))
            return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        return data

    return spoil


def losing(seed: int, chance: float) -> Line:
    """A line that loses whole deliveries."""
    rng = random.Random(seed)
    return lambda data: b"" if rng.random() < chance else data


def look(
    room: Room, at_s: float = 2.0, *, line: Line = bytes, calibrated: bool = True, reset: bool = False
) -> tuple[Facts, CoreSettings]:
    """What a look at its boards from `at_s` on found; the scenario's own time."""
    settings = CoreSettings(room.room_settings([f"port {n}" for n in range(room.scenario.boards)]))
    captures = {board.name: BoardCapture() for board in settings.room.boards}
    now_us, names = round(at_s * 1e6), list(captures)
    room.advance(now_us)
    for number in range(len(names)):
        room.open(number, now_us, dtr_reset=reset)
        for verb, arguments in ((Verb.HELLO, ()), (Verb.STREAM, (1,))):
            room.receive(number, Commander().command(verb, *arguments, now_us=now_us), now_us)
    end_us = now_us + round(_MOST_S * 1e6)
    while (due_us := room.next_us()) is not None and due_us <= end_us:
        now_us = max(now_us, due_us)
        for delivery in room.advance(now_us):
            data = line(delivery.data)
            if data:
                captures[names[delivery.board]].receive_data(data, delivery.at_us)
        if all(c.begun_us is not None and now_us >= c.begun_us + LOOK_S * 1e6 for c in captures.values()):
            break
    return _facts(room, settings, captures, now_us, calibrated), settings


def _facts(
    room: Room, settings: CoreSettings, captures: dict[str, BoardCapture], now_us: int, calibrated: bool
) -> Facts:
    true = true_calibration(room, settings).cells if calibrated else {}
    cells = []
    for name, cell in zip(settings.room.cell_names, settings.room.cells, strict=True):
        capture = captures[cell.board]
        span_us = (capture.begun_us or now_us, now_us)
        conversions = capture.channels.get(cell.channel, [])
        fault = capture.faults.get(cell.channel)
        cells.append(measure(name, cell.key, conversions, span_us, WeighSettings(), true.get(cell.key), fault))
    boards = tuple(captures[board.name].facts(board.name, board.port, "up", now_us) for board in settings.room.boards)
    return Facts("ports", LOOK_S, boards, tuple(cells))


def findings(scenario: Scenario, at_s: float = 2.0, seed: int = 3, **how: object) -> list[Finding]:
    """What a look at this scenario finds."""
    facts, settings = look(Room(scenario, seed, autostart=True), at_s, **how)  # type: ignore[arg-type]
    return judge(facts, settings)


def ids(found: list[Finding]) -> set[str]:
    return {one.id for one in found}


def lasting(scenario: Scenario, seconds: float = 40.0) -> Scenario:
    """The same, longer or shorter."""
    return structs.replace(scenario, duration_s=seconds)


# Facts made by hand


def settings_of(boards: int = 1) -> CoreSettings:
    names = ("a", "b")[:boards]
    return CoreSettings(
        RoomSettings(
            tuple(BoardSettings(name, f"/dev/{name}") for name in names),
            tuple(SupportSettings(f"bar {name}", (CellSettings(name, 0),)) for name in names),
        )
    )


GOOD = BoardFacts(
    "a",
    "/dev/a",
    "up",
    True,
    10.0,
    500_000,
    None,
    None,
    50_000,
    2_700,
    protocol=1,
    firmware="1.0.0",
    uid="00",
    channels=4,
)
NO_HOST = HostFacts()
WELL = CellFacts("bar a, cell 1", "a/0", 10.0, 860, True, 86.0, 0, 150.0, 0.007, 100, -400, 600, 430, 0, 0.0, 0.0, 2e4)


def facts_of(
    cell: CellFacts = WELL, host: HostFacts = NO_HOST, port: PortFacts | None = None, **of_board: object
) -> Facts:
    board = structs.replace(GOOD, **of_board)
    return Facts("ports", 10.0, (board,), (cell,), {"a": port} if port else {}, host)
