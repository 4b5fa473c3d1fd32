"""An installer's procedure on one screen: stages, cells, readings, what was said and what to do next.

One law: a picture of what it is given, `rows` lines of at most `columns`, and what a light says it says in words. It
knows no terminal and no socket.
"""

import textwrap
from typing import Literal

from msgspec import Struct

from bard.commission.told import STAGES, BarState, LiveCell, ReadingLine, View

Style = Literal["", "bold", "good", "warn", "bad"]
_LIGHTS: dict[str, tuple[str, Style]] = {
    "still": ("STILL", "good"),
    "moving": ("MOVING", "warn"),
    "faulty": ("FAULTY", "bad"),
}
_BAR_WIDTH = 20
_LEAST_LINES = 3


class Line(Struct, frozen=True):
    """One line of the screen."""

    text: str
    style: Style = ""


class Prompt(Struct, frozen=True):
    """What is asked, and what may be typed besides; `tips` are for this question."""

    question: str
    help: str = ""
    tips: tuple[str, ...] = ()


def draw(view: View, station: str, prompt: Prompt, columns: int, rows: int) -> list[Line]:
    """The screen without its last line, which is for typing: at most `rows - 1` lines."""
    foot = _foot(view, prompt, columns)
    head = [Line(_title(view, station)), Line(_stages(view), "bold"), Line("")]
    cells = _cells(view, max(rows - 1 - len(foot) - len(head), _LEAST_LINES))
    room = rows - 1 - len(foot) - len(head) - len(cells)
    body = [] if prompt.tips else _readings(view, columns, room)
    lines = [*head, *cells, *body]
    lines += [Line("")] * (rows - 1 - len(lines) - len(foot))
    return [Line(line.text[:columns], line.style) for line in (*lines, *foot)][: rows - 1]


def _title(view: View, station: str) -> str:
    state = view.state
    if state is None:
        return f"bard · {station} · nothing is under way"
    return f"bard {state.purpose} · {station} · by {state.installer}" + (" · A SESSION RUNS" if view.in_session else "")


def _stages(view: View) -> str:
    if view.state is None:
        return "connect"
    stages = STAGES[view.state.purpose]
    at = stages.index(view.state.stage)
    return "  ".join(("done " + s) if i < at else f"[{s.upper()}]" if i == at else s for i, s in enumerate(stages))


def _cells(view: View, most: int) -> list[Line]:
    wanted = view.state.support if view.state is not None else ""
    named = {wanted} if wanted else {bar.name for bar in view.state.bars} if view.state is not None else set()
    cells = [cell for cell in view.live if not named or cell.support in named]
    lines = [_cell(cell) for cell in cells[:most]]
    load_kg = view.loads_kg.get(wanted) if wanted else None
    if load_kg is not None:
        lines.append(Line(f"  {wanted} reads {load_kg:.2f} kg by this calibration"))
    return lines


def _cell(cell: LiveCell) -> Line:
    word, style = _LIGHTS[cell.light]
    counts = "no counts" if cell.counts is None else f"{cell.counts:,.0f} counts".replace(",", " ")
    more = "" if cell.light == "still" else f"  {cell.words}"
    noise = f"  noise {cell.sd_counts:.0f}" if cell.light == "still" and cell.sd_counts is not None else ""
    return Line(f"  {cell.name:22} {counts:>20}   {word}{noise}{more}", style)


def _readings(view: View, columns: int, most: int) -> list[Line]:
    """The newest readings of the support at work, and what the fit makes of them."""
    state = view.state
    bars = [bar for bar in state.bars if bar.name == state.support] if state is not None else []
    if state is not None and not bars:
        bars = [bar for bar in state.bars if bar.readings]
    told = [line for bar in bars for line in _told(bar, columns)]
    lines = [_reading(line, bar) for bar in bars for line in bar.readings]
    fitting = max(most - len(told) - 2, 0)
    hidden = len(lines) - fitting
    if hidden > 0:
        lines = [Line(f"  ... {hidden + 1} earlier ones"), *lines[hidden + 1 :]]
    head = [Line(""), Line(_columns("no.", "load", "kg", "shown", "error"))] if lines else []
    return [*head, *lines, *told][:most]


def _reading(line: ReadingLine, bar: BarState) -> Line:
    words = f"verify: {line.words}" if line.verifies else line.words
    stated = "" if line.stated_kg is None else f"{line.stated_kg:.2f}"
    shown = "" if line.shown_kg is None else f"{line.shown_kg:.2f}"
    error = "" if line.error_kg is None else f"{line.error_kg:+.2f}"
    if line.struck:
        return Line(f"  {line.number:3}  {words:36.36} struck: {line.struck}")
    suspect = line.number in bar.suspects
    text = _columns(str(line.number), words, stated, shown, error)
    return Line(f"{text}  LOOK" if suspect else text, "bad" if suspect else "")


def _columns(number: str, load: str, stated: str, shown: str, error: str) -> str:
    return f"  {number:>3}  {load:36.36} {stated:>8} {shown:>8} {error:>8}"


def _told(bar: BarState, columns: int) -> list[Line]:
    lines = [Line(f"  fit: {bar.fit}")] if bar.fit else []
    lines += [Line(text, "warn") for note in bar.notes for text in _wrapped(f"note: {note}", columns)]
    if bar.corners:
        lines.append(Line(f"  corners: {bar.corners}", "" if bar.corners_done else "warn"))
    if bar.verified:
        style: Style = {"pass": "good", "warn": "warn", "refused": "bad", None: "warn"}[bar.verdict]  # type: ignore[assignment]
        verdict = (bar.verdict or "not yet").upper()
        lines += [Line(text, style) for text in _wrapped(f"{verdict}: {bar.verified}", columns)]
    if bar.refusal and not bar.more:
        lines += [Line(text, "bad") for text in _wrapped(f"NO FIT: {bar.refusal}", columns)]
    return lines


def _foot(view: View, prompt: Prompt, columns: int) -> list[Line]:
    """From below: the question, what else may be typed, what to do, what was said."""
    lines = [Line("")]
    if view.averaging is not None:
        done = view.averaging.done_s / view.averaging.seconds
        full = round(done * _BAR_WIDTH)
        left_s = view.averaging.seconds - view.averaging.done_s
        bar = "#" * full + "." * (_BAR_WIDTH - full)
        lines.append(Line(f"READING {view.averaging.what}  [{bar}]  {left_s:.0f} s left", "bold"))
    elif view.refusal:
        lines += [Line(text, "bad") for text in _wrapped(f"REFUSED: {view.refusal}", columns, "")]
    elif view.said:
        lines += [Line(text, "good") for text in _wrapped(f"ok: {view.said}", columns, "")]
    if view.state is not None and not prompt.tips:
        lines += [Line(text) for text in _wrapped(f"To do: {view.state.todo}", columns, "")]
    lines += [Line(text) for tip in prompt.tips for text in _wrapped(tip, columns)]
    lines += [Line(text, "bold") for text in _wrapped(prompt.help, columns, "")] if prompt.help else []
    return lines


def _wrapped(text: str, columns: int, indent: str = "  ") -> list[str]:
    return textwrap.wrap(text, columns, initial_indent=indent, subsequent_indent=indent + "  ")
