"""One picture of the room for a terminal, from snapshots alone.

One law: pure, so that a test sees what a person sees. An unknown load is the word, never 0 and never the last number;
nothing is told by colour alone; whatever does not fit is cut from the bottom, the number never.
"""

from math import ceil
from textwrap import wrap

from msgspec import Struct
from rich.text import Text

from bard.control.health import health_words, is_pushing_up, is_well, plays_words
from bard.control.level import LEVEL_WORDS, level_of
from bard.control.words import (
    ALARM_STATE_WORDS,
    PHASE_WORDS,
    alarm_words,
    kg_words,
    load_in_unit,
    number_words,
    time_words,
    u_words,
)
from bard.messages import SessionSnapshot, Snapshot
from bard.term.chart import History, Segments, draw_chart
from bard.term.font import ROWS, big
from bard.term.plain import status_line

_NUMBER_COLUMNS, _PANEL_COLUMNS, _MOST_COLUMNS = 51, 29, 150
_LEAST_CHART, _LEAST_ALARMS, _LEAST_FOR_BAR = 5, 4, 16
_LEAST_COLUMNS, _LEAST_ROWS = 48, 12
_PRIORITY_STYLES = {"high": "bold white on red", "medium": "bold black on yellow", "low": "cyan", "cue": "yellow"}
_LEVEL_STYLES = {
    "no_session": "bold",
    "nobody": "",
    "unknown": "bold magenta",
    "below": "bold green",
    "near": "bold yellow",
}
_AROUND = {"bold red": "bold white on red", "bold magenta": "bold white on magenta"}
"""What calls for a person fills the whole field behind the number: seen from afar, and without colours too."""


class Picture(Struct):
    """What to draw: `snapshot` None where nobody watches, and then `why` in words."""

    snapshot: Snapshot | None
    history: History
    why: str = ""
    clock: str = ""
    fine: bool = True
    """The terminal's font has eighth blocks (the Linux console's has not)."""


def draw(picture: Picture, width: int, height: int) -> Text:
    """At most `height` lines of at most `width` columns."""
    snapshot = picture.snapshot
    if snapshot is None:
        lines = _not_monitored(picture, width)
    elif width < _LEAST_COLUMNS or height < _LEAST_ROWS:
        lines = _small(snapshot, width, height)
    else:
        lines = _room(snapshot, picture, width, height)
    text = Text(no_wrap=True, overflow="crop", end="")
    for number, line in enumerate(lines[:height]):
        row = Text.assemble(*line)
        row.truncate(width)
        if number:
            text.append("\n")
        text.append_text(row)
    return text


def _not_monitored(picture: Picture, width: int) -> list[Segments]:
    columns = max(1, width - 2)
    rows = big("NOT MONITORED", columns, ROWS) if columns > _LEAST_COLUMNS else []
    lines: list[Segments] = [[("", "")], *([(f" {row}", "bold")] for row in rows), [("", "")]] if rows else []
    words = "NOT MONITORED: nothing is heard from bard; count on no alarm"
    lines += [[(f" {row} ", "bold reverse")] for row in wrap(words, columns)]
    lines += [[("", "")], *([(f" {row}", "")] for row in wrap(picture.why, columns))]
    return [*lines, [("", "")], [(" it comes back by itself · q ends this view", "dim")]]


def _room(snapshot: Snapshot, picture: Picture, width: int, height: int) -> list[Segments]:
    tall = height >= 44 and width >= 150
    columns, rows = (2 * _NUMBER_COLUMNS, 2 * ROWS) if tall else (min(_NUMBER_COLUMNS, width - _PANEL_COLUMNS), ROWS)
    top = [_header(snapshot, picture.clock, width), *_number_and_panel(snapshot, columns, rows, width)]
    if height >= _LEAST_FOR_BAR:
        top += _bar(snapshot, width)
    bottom = [_plays(snapshot), *_health(snapshot, width)]
    room = height - len(top) - len(bottom)
    kept = _LEAST_CHART if room >= _LEAST_CHART + _LEAST_ALARMS else 0
    alarms = _alarms(snapshot, width, max(1, room - kept))
    alarms += [[("", "")]] * (min(_LEAST_ALARMS, room - kept) - len(alarms))
    return top + alarms + bottom + _chart(snapshot, picture, width, room - len(alarms))


def _small(snapshot: Snapshot, width: int, height: int) -> list[Segments]:
    """For a window in which a number could be cut: the plain line, or nothing but that."""
    rows = wrap(f"{load_words(snapshot)[0]}: {status_line(snapshot)}", width - 1) if width > 1 else []
    fits = height >= 3 and width >= 20
    return [[(row, "bold")] for row in (rows if fits else ["too small"])]


def _header(snapshot: Snapshot, clock: str, width: int) -> Segments:
    session = snapshot.session
    if session is None:
        left = f" bard · {snapshot.station} · no session runs"
    else:
        runs = time_words((snapshot.at_us - session.started_us) / 1e6)
        weight = f"body weight {kg_words(session.body_weight_kg)}"
        left = f" bard · {snapshot.station} · {weight} · session {runs}"
    right = f" {clock} · q ends "
    left_columns = width - len(right)
    return [(f"{left[:left_columns]:<{left_columns}}{right}", "reverse")]


def _number_and_panel(snapshot: Snapshot, columns: int, rows: int, width: int) -> list[Segments]:
    words, style = load_words(snapshot)
    load_kg = snapshot.client_load_kg
    number = "-" if _is_nobody(snapshot) else "UNKNOWN" if load_kg is None else load_in_unit(load_kg, snapshot.u_kg)
    drawn = big(number, columns - 2, rows)
    drawn += [""] * (rows - len(drawn))
    panel = _panel(snapshot, words, style, rows, width - columns)
    panel += [[("", "")]] * (rows - len(panel))
    around = _AROUND.get(style, style)
    return [
        [(" ", ""), (f"{row:<{columns - 2}}", around), (" ", ""), *beside]
        for row, beside in zip(drawn, panel, strict=True)
    ]


def load_words(snapshot: Snapshot) -> tuple[str, str]:
    """Where the client load stands, in words, and the style that goes with them."""
    level = level_of(snapshot)
    return LEVEL_WORDS[level], _LEVEL_STYLES.get(level, "bold red")


def _is_nobody(snapshot: Snapshot) -> bool:
    return snapshot.session is None or snapshot.phase == "off"


def _panel(snapshot: Snapshot, words: str, style: str, rows: int, width: int) -> list[Segments]:
    session = snapshot.session
    phase = PHASE_WORDS.get(snapshot.phase, snapshot.phase)
    if snapshot.phase == "released":
        phase = f"HANDS OFF for {time_words((snapshot.at_us - snapshot.phase_since_us) / 1e6)}"
    up = " pushing up" if is_pushing_up(snapshot) else ""
    lines: list[Segments] = [
        [(f"± {u_words(snapshot.u_kg)} " if snapshot.u_kg is not None else "", "bold"), ("kg on the client", "")],
        [(words, style)],
        [(f"phase: {phase}" if session else "nobody is watched", "bold")],
        [(_limit_words(session) if session else "no limit", "bold")],
        [(f"bars {kg_words(snapshot.bar_load_kg)}", ""), (up, "bold yellow")],
    ]
    supports = list(snapshot.supports)
    room = max(0, rows - len(lines))
    if len(supports) > room:
        supports.sort(key=lambda support: support.load_kg is not None)
        more = len(supports) - room + 1
        supports = supports[: room - 1]
    else:
        more = 0
    name_width = max(4, width - len("  unknown kg"))
    lines += [[(f"  {support.name[:name_width]} {kg_words(support.load_kg)}", "")] for support in supports]
    return lines + ([[(f"  and {more} more", "dim")]] if more else [])


def _limit_words(session: SessionSnapshot) -> str:
    """The limit, its zone, and the load from which on it may be passed."""
    zone = f" {session.zone}" if session.zone else ""
    return f"limit{zone} {kg_words(session.limit_kg)}, told at {number_words(session.warn_kg)}"


def _bar(snapshot: Snapshot, width: int) -> list[Segments]:
    """Three rows: near and critical marked above the bar, the limit below."""
    session, load_kg, columns = snapshot.session, snapshot.client_load_kg, width - 2
    if session is None:
        return [[("", "")], [(" start one: bard session start --body-weight KG --limit KG", "bold")], [("", "")]]
    critical_words = f"▼ critical {number_words(session.critical_kg)}"
    full_kg = session.critical_kg * columns / (columns - len(critical_words))

    def place(kg: float) -> int:
        return max(0, min(columns - 1, int(kg / full_kg * columns)))

    critical = place(session.critical_kg)
    above = _mark(f"near {number_words(session.near_kg)} ", "▼", place(session.near_kg))
    above = above.ljust(critical)[:critical] + critical_words
    below = _mark(f"limit {number_words(session.limit_kg)} ", "▲", place(session.limit_kg))
    if load_kg is None:
        inside: Segments = [("·" * columns if _is_nobody(snapshot) else _unknown_bar(columns), "bold magenta")]
    else:
        style, most_kg = load_words(snapshot)[1], load_kg + (snapshot.u_kg or 0.0)
        filled, doubt = (max(0, min(columns, ceil(kg / full_kg * columns))) for kg in (load_kg, most_kg))
        over = "█" * (filled - 1) + "►" if load_kg > full_kg else "█" * filled
        inside = [(over, style), ("▒" * (doubt - filled), style), ("░" * (columns - doubt), "dim")]
    return [[(f" {above}", "")], [(" ", ""), *inside], [(f" {below}", "bold")]]


def _mark(words: str, tick: str, column: int) -> str:
    """The tick at its column, its words before it where they have room."""
    return (words if len(words) <= column else "").rjust(column) + tick


def _unknown_bar(columns: int) -> str:
    return ("? unknown " * (columns // 10 + 1))[:columns]


def _alarms(snapshot: Snapshot, width: int, most: int) -> list[Segments]:
    if not snapshot.alarms:
        return [[(" no alarms", "")]]
    blocks: list[list[Segments]] = []
    for alarm in snapshot.alarms:
        state = ALARM_STATE_WORDS.get(alarm.state, alarm.state)
        words = f"{state.upper()}: {alarm_words(alarm)}" if state else alarm_words(alarm)
        priority = alarm.priority.upper()
        style = _PRIORITY_STYLES.get(alarm.priority, "bold")
        rows = wrap(words, max(20, width - 11))
        bold = "bold" if alarm.priority == "high" else ""
        first: Segments = [(" ", ""), (f" {priority:<6} ", style), (f" {rows[0]}", bold)]
        blocks.append([first, *([(" " * 10 + row, bold)] for row in rows[1:])])
    lines = [line for block in blocks for line in block]
    if len(lines) <= most:
        return lines
    lines = [block[0] for block in blocks]
    if len(lines) <= most:
        return lines
    if most < 2:
        return lines[:1]
    more = len(lines) - most + 1
    return [*lines[: most - 1], [(f"          and {more} more: see bard status", "bold")]]


def _plays(snapshot: Snapshot) -> Segments:
    paused = f" · SOUND PAUSED {ceil(snapshot.audio_paused_s)} s" if snapshot.audio_paused_s > 0 else ""
    return [(f" plays: {plays_words(snapshot)}", ""), (paused, "bold yellow")]


def _health(snapshot: Snapshot, width: int) -> list[Segments]:
    style = "" if is_well(snapshot) else "bold yellow"
    return [[(f" {row}", style)] for row in wrap(health_words(snapshot), width - 2)[:2]]


def _chart(snapshot: Snapshot, picture: Picture, width: int, rows: int) -> list[Segments]:
    session = snapshot.session
    if session is None or rows < 3:
        return []
    columns = min(width - 10, _MOST_COLUMNS)
    chart = draw_chart(
        picture.history.columns(columns), session.limit_kg, session.critical_kg * 1.05, min(rows - 1, 16), picture.fine
    )
    axis = f"        └{'─' * columns}"
    left, right = "30 s ago ", " now"
    return [*chart, [(axis[:9] + left + axis[9 + len(left) : -len(right)] + right, "dim")]]
