"""A look of `bard doctor` as text and as JSON.

One law: what is not known is said so, `?` in the table and null in JSON; a finding is never shown without what to do.
"""

import msgspec

from bard.commission.doctor import verdict
from bard.commission.facts import BoardFacts, CellFacts, Facts, PortFacts
from bard.commission.findings import Finding, Severity

_HOW = {
    "ports": "{seconds:.0f} s, with the ports to itself",
    "bare": "{seconds:.0f} s at this port, without a configuration: no kilograms",
    "watched": "{seconds:.0f} s, through the bard that watches a session: less is known than without one",
}
_HEAD = ("cell", "a second", "lost", "noise", "at rest", "range", "values", "wrong", "load")


def text_of(facts: Facts, found: list[Finding]) -> str:
    """All of it, the findings last, the worst of them first."""
    lines = [f"looked for {_HOW[facts.how].format(seconds=facts.seconds)}", ""]
    lines += [_board_line(board, facts.ports.get(board.name)) for board in facts.boards]
    if facts.cells:
        lines += ["", *_table(facts.cells)]
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for one in sorted(found, key=lambda one: -one.severity):
        groups.setdefault((one.severity, one.id), []).append(one)
    for group in groups.values():
        lines += ["", *_finding_lines(group)]
    lines += ["", _summary(found)]
    return "\n".join(lines)


def _finding_lines(group: list[Finding]) -> list[str]:
    """What was found of whom, then once what it means and what to do."""
    first = group[0]
    return [
        *(f"{one.severity.name:8} {one.about}: {one.found}  [{one.id}]" for one in group),
        f"         means  {first.meaning}",
        f"         do     {first.do}",
    ]


def json_of(facts: Facts, found: list[Finding]) -> str:
    """One object: verdict, findings, facts."""
    told = {
        "verdict": _verdict_words(found),
        "findings": [
            msgspec.to_builtins(one) | {"severity": one.severity.name.lower()}
            for one in sorted(found, key=lambda one: -one.severity)
        ],
        "facts": facts,
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def _verdict_words(found: list[Finding]) -> str:
    return verdict(found).name.lower() if any(one.severity > Severity.NOTE for one in found) else "well"


def _summary(found: list[Finding]) -> str:
    counts = [(sum(one.severity is severity for one in found), severity) for severity in reversed(Severity)]
    words = [f"{count} {severity.name.lower()}{'s' if count > 1 else ''}" for count, severity in counts if count]
    return f"found: {', '.join(words)}" if words else "nothing is wrong as far as this looks"


def _board_line(board: BoardFacts, port: PortFacts | None) -> str:
    if not board.found:
        return f"board {board.name}: {board.port}: {board.state}"
    whole = board.frames_good + board.frames_bad
    parts = [
        f"firmware {board.firmware or '?'}, uid {board.uid or '?'}",
        *([f"{board.baud} baud"] if board.baud else []),
        f"{whole} frames, {board.frames_bad} damaged, {max(0, board.frames_missed - board.frames_bad)} lost",
    ]
    if board.supply_mv:
        parts.append(f"supply {board.supply_mv / 1000:.2f} V")
    if port is not None and port.is_device:
        timer = f", latency timer {port.latency_timer_ms} ms" if port.latency_timer_ms is not None else ""
        parts.append(f"bridge {port.driver or '?'} {port.usb_id}{timer}")
    return f"board {board.name}: {'; '.join(parts)}"


def _table(cells: tuple[CellFacts, ...]) -> list[str]:
    rows = [_HEAD, *(_row(cell) for cell in cells)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return [
        "  ".join(text.ljust(width) if not column else text.rjust(width) for column, (text, width) in enumerate(cells_))
        for cells_ in (list(zip(row, widths, strict=True)) for row in rows)
    ]


def _row(cell: CellFacts) -> tuple[str, ...]:
    low, high = cell.low_counts, cell.high_counts
    return (
        cell.name,
        _number(cell.rate_hz, ".1f"),
        _number(cell.lost, "d"),
        _noise(cell),
        _number(cell.middle_counts, "d"),
        _number(high - low if low is not None and high is not None else None, "d"),
        _number(cell.unique, "d"),
        f"{cell.gated_share:.1%}" if cell.gated_share is not None else "?",
        f"{round(cell.load_kg, 2) + 0.0:+.2f} kg" if cell.load_kg is not None else "?",
    )


def _noise(cell: CellFacts) -> str:
    counts = [f"{cell.noise_counts:.0f}"] if cell.noise_counts is not None else []
    grams = [f"{cell.noise_kg * 1000:.1f} g"] if cell.noise_kg is not None else []
    return " = ".join([*counts, *grams]) or "?"


def _number(value: float | None, how: str) -> str:
    return "?" if value is None else format(value, how)
