"""Facts of a look in, findings out: what ails cells, boards, ports and this machine.

One law: each finding comes from a number or a word in the facts, and says it; what was not looked at is never called
well or ill. It knows no port, file or clock.
"""

from collections.abc import Iterator

from bard.alarm.judging import PUSHED
from bard.commission.facts import BoardFacts, CellFacts, Facts, HostFacts, PortFacts
from bard.commission.findings import Finding, Severity, finding
from bard.settings import CoreSettings, WeighSettings
from bard.weigh.ailing import damaged_words, gated_words, noisy_words, slow_words
from bard.weigh.cell import NOMINAL_COUNTS_PER_KG
from bard.weigh.state import IN_WORDS, CellState
from bard.wire.frames import RAIL_HIGH, FaultKind

PROTOCOL = 1
LOST_SHARE = 0.01
LOST_CONVERSIONS_SHARE = 0.02
LOST_CONVERSIONS_LEAST = 8
"""A usual board loses up to 1 %, when one read in a thousand stalls: some at once, which is much of a short look."""
SLOW_HZ = (8.0, 12.5)
FAST_HZ = (70.0, 100.0)
"""Chips of 10 and of 80 a second, each by its own oscillator."""
LATE_MS = 5.0
LATENCY_TIMER_MS = 2
LOW_SUPPLY_MV = 4_500
FEW_VALUES = 10
GLITCHES_LEAST = 2.5
"""Fewer wrong readings than three in ten seconds tell of nothing, however few conversions there were."""
HEADROOM_SHARE = 0.9
MOVING_KG = 1.0
FALLBACK_BAUD = 115_200
_RESETS = ("unknown", "power-on", "external", "brown-out", "watchdog", "software")
_STATES = {
    CellState.SATURATED: "cell_saturated",
    CellState.STUCK: "cell_stuck",
    CellState.SPIKES: "cell_spikes",
    CellState.NOISY: "cell_noisy_fault",
    CellState.SILENT: "cell_silent",
}
_STATE_SHARE = 0.02
"""Shorter is a gap on the line, which has a finding of its own."""


def judge(facts: Facts, settings: CoreSettings) -> list[Finding]:
    """All there is to find, by place: ports and boards, then cells."""
    found: list[Finding] = []
    for board in facts.boards:
        found += _of_port(board, facts.ports.get(board.name), facts.host)
        found += _of_board(board, settings)
    found += _same_board_twice(facts.boards)
    if facts.calibration:
        found.append(finding("calibration_unusable", "calibration", facts.calibration))
    boards = {board.name: board for board in facts.boards}
    for cell in facts.cells:
        board = boards[cell.key.rpartition("/")[0]]
        if board.found and board.good_baud is None:
            found += _of_cell(cell, board, settings.weigh)
        if not cell.calibrated and facts.how != "bare" and cell.rate_hz is not None:
            found.append(finding("uncalibrated", cell.name, "no calibration"))
    found += [finding("channel_quiet", name, "no conversion") for name in facts.quiet_channels]
    return list({(one.id, one.about): one for one in reversed(found)}.values())[::-1]


def verdict(found: list[Finding]) -> Severity:
    """The worst of them; a note where there is none."""
    return max((one.severity for one in found), default=Severity.NOTE)


def _of_port(board: BoardFacts, port: PortFacts | None, host: HostFacts) -> Iterator[Finding]:
    about = f"board {board.name}"
    if port is None or not port.is_device or not port.exists:
        return
    if not port.may_open:
        yield finding("port_permission", about, f"{port.path} is {port.owner}; this is {host.user or 'another user'}")
    if port.holder:
        yield finding("port_busy", about, f"{port.path}: {port.holder} has it open")
    if not port.stable_name:
        yield finding("unstable_name", about, port.path)
    if port.latency_timer_ms is not None and port.latency_timer_ms > LATENCY_TIMER_MS:
        yield finding("latency_timer", about, f"latency_timer {port.latency_timer_ms} ms")
    if not port.usb_id:
        return
    if host.modem_manager and not port.told_off:
        how = "has marked it as a modem, perhaps" if port.candidate else "is not told to leave it"
        yield finding("modem_manager", about, f"{port.path}: ModemManager runs and {how}")
    if not host.rule:
        yield finding("rule_missing", about, "no 70-bard.rules in /etc/udev/rules.d")
    elif not port.rule_works:
        yield finding("rule_idle", about, f"{host.rule} has not touched {port.path}")


def _of_board(board: BoardFacts, settings: CoreSettings) -> Iterator[Finding]:
    about = f"board {board.name}"
    if board.good_baud is not None:
        yield finding("wrong_baud", about, f"set to {board.wanted_baud}, answers at {board.good_baud}")
    elif not board.found:
        yield _unreachable(board, about)
    else:
        yield from _of_its_life(board, about)
        yield from _of_its_line(board, about, settings)


def _unreachable(board: BoardFacts, about: str) -> Finding:
    if board.state == "no such port":
        return finding("port_missing", about, board.port)
    if "permission" in board.state:
        return finding("port_permission", about, f"{board.port}: {board.state}")
    if "in use" in board.state:
        return finding("port_busy", about, f"{board.port}: {board.state}")
    if board.bytes is None or not (board.state.startswith("probing") or board.state == "waiting for the board"):
        return finding("port_unusable", about, f"{board.port}: {board.state}")
    if board.bytes == 0:
        return finding("board_silent", about, f"{board.port}: not a byte")
    return finding("board_unreadable", about, f"{board.port}: {board.bytes} bytes, no good frame")


def _of_its_life(board: BoardFacts, about: str) -> Iterator[Finding]:
    if board.protocol is not None and board.protocol != PROTOCOL:
        yield finding("wrong_protocol", about, f"it speaks protocol {board.protocol}, this bard {PROTOCOL}")
    if board.protocol is None:
        yield finding("no_hello", about, "no hello")
    if board.boots:
        cause = dict(enumerate(_RESETS)).get(board.reset_cause or 0, "unknown")
        yield finding("board_restarted", about, f"{board.boots} times; cause of the last: {cause}")
    if board.losses:
        yield finding("link_lost", about, f"{board.losses} times in {board.seconds:.0f} s")
    if not board.seconds:
        yield finding("not_streaming", about, f"{board.frames_good} frames, no conversion")
    if board.supply_mv is not None and 0 < board.supply_mv < LOW_SUPPLY_MV:
        yield finding("low_supply", about, f"{board.supply_mv / 1000:.2f} V, should be 5")


def _of_its_line(board: BoardFacts, about: str, settings: CoreSettings) -> Iterator[Finding]:
    if board.baud == FALLBACK_BAUD and board.wanted_baud != FALLBACK_BAUD:
        yield finding("fallback_baud", about, f"{board.baud} baud")
    bad, whole = board.frames_bad, board.frames_good + board.frames_bad
    if bad >= settings.wire.bad_frames_least and bad / whole >= settings.wire.bad_frames_fraction:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(board.bad_by_reason.items()))
        yield finding("frames_damaged", about, damaged_words(bad / whole) + (f" ({reasons})" if reasons else ""))
    missed = board.frames_missed - bad
    if missed >= settings.wire.bad_frames_least and missed / (whole + missed) >= LOST_SHARE:
        yield finding("frames_lost", about, f"{board.frames_missed} frames lost in {board.seconds:.0f} s")
    if board.rejected:
        yield finding("board_overrun", about, f"{board.rejected} in {board.seconds:.0f} s")
    if board.abandoned:
        yield finding("reads_abandoned", about, f"{board.abandoned} in {board.seconds:.0f} s")
    if board.late_ms is not None and board.late_ms > LATE_MS:
        yield finding("late_bytes", about, f"half of its frames come more than {board.late_ms:.0f} ms late")


def _same_board_twice(boards: tuple[BoardFacts, ...]) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for board in boards:
        if board.uid and first.setdefault(board.uid, board.name) != board.name:
            yield finding("board_twice", f"board {board.name}", f"uid {board.uid}, as board {first[board.uid]}")


def _of_cell(cell: CellFacts, board: BoardFacts, settings: WeighSettings) -> Iterator[Finding]:
    channel = int(cell.key.rpartition("/")[2])
    if board.channels is not None and channel >= board.channels:
        yield finding("channel_absent", cell.name, f"channel {channel}, of {board.channels}")
        return
    faulty = list(_of_its_states(cell, board))
    yield from faulty
    if cell.rate_hz is None:
        return
    yield from _of_its_rate(cell, cell.rate_hz, board, settings)
    if not faulty:
        yield from _of_its_readings(cell, settings)
        yield from _of_its_load(cell, settings)


def _of_its_states(cell: CellFacts, board: BoardFacts) -> Iterator[Finding]:
    if cell.board_fault:
        kind = FaultKind(cell.board_fault).name.lower().replace("_", " ") if cell.board_fault <= 4 else "unknown"
        yield finding("cell_board_fault", cell.name, f"{IN_WORDS[CellState.BOARD_FAULT]}: {kind}")
    elif not cell.conversions and board.seconds:
        yield finding("cell_silent", cell.name, "not one conversion")
    elif cell.unique == 1 and not cell.rails:
        yield finding("cell_stuck", cell.name, f"{cell.conversions} readings, all {cell.middle_counts} counts")
    else:
        for state, name in _STATES.items():
            share = cell.states.get(state.name.lower(), 0.0)
            if share >= _STATE_SHARE:
                rails = f", {cell.rails} readings at the rail" if cell.rails else ""
                yield finding(name, cell.name, f"{IN_WORDS[state]} ({share:.0%} of the time{rails})")


def _of_its_rate(cell: CellFacts, rate_hz: float, board: BoardFacts, settings: WeighSettings) -> Iterator[Finding]:
    if SLOW_HZ[0] <= rate_hz <= SLOW_HZ[1]:
        allowed = Severity.NOTE if board.allow_10_sps else None
        yield finding("slow_rate", cell.name, slow_words(rate_hz), allowed)
    elif not FAST_HZ[0] <= rate_hz <= FAST_HZ[1]:
        slow = f": {slow_words(rate_hz)}" if rate_hz < settings.slow_rate_hz else ""
        yield finding("odd_rate", cell.name, f"{rate_hz:.1f} a second{slow}")
    lost, whole = cell.lost or 0, cell.conversions + (cell.lost or 0)
    if lost >= LOST_CONVERSIONS_LEAST and lost / whole >= LOST_CONVERSIONS_SHARE:
        yield finding("conversions_lost", cell.name, f"{lost} of {whole}")


def _of_its_readings(cell: CellFacts, settings: WeighSettings) -> Iterator[Finding]:
    noise_kg = cell.noise_kg
    if noise_kg is not None and noise_kg > settings.noise_warn_kg:
        yield finding("cell_noisy", cell.name, noisy_words(noise_kg))
    elif noise_kg is None and (cell.noise_counts or 0.0) > settings.noise_warn_kg * NOMINAL_COUNTS_PER_KG:
        yield finding("cell_noisy", cell.name, f"single readings scatter by {cell.noise_counts:.0f} counts")
    gated_share = cell.gated_share or 0.0
    if gated_share >= settings.gate_warn_fraction and gated_share * cell.conversions >= GLITCHES_LEAST:
        yield finding("cell_glitches", cell.name, gated_words(gated_share))
    if cell.unique is not None and cell.unique < FEW_VALUES <= cell.conversions:
        yield finding("few_values", cell.name, f"{cell.unique} different readings of {cell.conversions}")


def _of_its_load(cell: CellFacts, settings: WeighSettings) -> Iterator[Finding]:
    low, high = cell.low_counts, cell.high_counts
    if low is None or high is None:
        return
    used = max(abs(low), abs(high)) / RAIL_HIGH
    if used > HEADROOM_SHARE:
        yield finding("no_headroom", cell.name, f"{used:.0%} of the range is used")
    if cell.load_kg is not None and cell.load_kg < -settings.pushed_kg:
        yield finding("pushed", cell.name, f"{PUSHED}: {cell.load_kg:.1f} kg")
    moved_kg = (high - low) / (cell.counts_per_kg or NOMINAL_COUNTS_PER_KG)
    if moved_kg > MOVING_KG:
        yield finding("moving", cell.name, f"{high - low} counts between lowest and highest")
