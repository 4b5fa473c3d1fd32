"""The view as text: what a person reads in 80 columns and 24 lines."""

import io
import re

import pytest
from msgspec.structs import replace
from rich.console import Console

from bard.messages import BoardSnapshot, Snapshot, SupportSnapshot
from bard.term.chart import History
from bard.term.font import big
from bard.term.view import Picture, draw
from tests.control.fake import SESSION, alarm, cell, room

ALARMS = tuple(
    alarm(id=f"a{number}", priority=priority, subjects=("left bar, cell 1: silent: check its wires and its amplifier",))
    for number, priority in enumerate(("high", "medium", "low", "cue") * 3)
)
FAULTY = (
    SupportSnapshot("left bar", None, (cell("left bar, cell 1", None, "silent", "silent: check its wires"),)),
    SupportSnapshot("right bar", 15.0, (cell("right bar, cell 1", 15.0),)),
)
SILENT_BOARD = (BoardSnapshot("uno", "lost", "1.0.0", "ab", 990, 10, 0, 0, None, False, True),)


def seen(snapshot: Snapshot | None, width: int = 80, height: int = 24, why: str = "", history: History | None = None):
    """The lines as they stand on the screen; fails where anything overflows it."""
    if history is None:
        history = History()
        if snapshot is not None:
            history.add(snapshot)
    console = Console(width=width, height=height, record=True, file=io.StringIO(), color_system="truecolor")
    text = draw(Picture(snapshot, history, why, "14:03:12"), width, height)
    assert len(text.plain.split("\n")) <= height
    assert all(len(line) <= width for line in text.plain.split("\n"))
    console.print(text)
    lines = console.export_text().split("\n")
    assert len(lines) <= height + 1
    return "\n".join(line.rstrip() for line in lines)


def flat(screen: str) -> str:
    """With what was wrapped put together."""
    return " ".join(screen.split())


def has_number(screen: str, text: str) -> bool:
    """Whether `text` stands there in block letters."""
    rows = big(text, 49, 7)
    lines = screen.split("\n")
    return any(
        all(line[1:50].rstrip() == row.rstrip() for line, row in zip(lines[start : start + 7], rows, strict=True))
        for start in range(len(lines) - 7)
    )


def test_on_below_the_limit():
    screen = seen(room(30.04))
    assert has_number(screen, "30.0")
    for words in (
        "below the limit",
        "phase: on",
        "limit 40.0 kg",
        "near 34.0 ▼",
        "▼ critical 50.0",
        "body weight 70.0 kg",
        "session 1 min 0 s",
        "bars 40.0 kg",
        "left bar 20.0 kg",
        "right bar 20.0 kg",
        "no alarms",
        "vibrator silent, buzzer silent",
        "uno streaming; 2 of 2 cells ok",
        "30 s ago",
        "40.0 ┤",
    ):
        assert words in screen
    assert "pushing up" not in screen
    assert "unknown" not in screen


@pytest.mark.parametrize(
    ("load_kg", "words"),
    [
        (34.0, "below the limit"),
        (34.1, "NEAR THE LIMIT"),
        (40.0, "NEAR THE LIMIT"),
        (40.1, "ABOVE THE LIMIT"),
        (50.1, "FAR ABOVE THE LIMIT"),
        (-3.0, "below the limit"),
        (104.4, "FAR ABOVE THE LIMIT"),
    ],
)
def test_every_level_has_its_words_and_its_number(load_kg, words):
    screen = seen(room(load_kg))
    assert words in screen
    assert has_number(screen, f"{load_kg:.1f}")


@pytest.mark.parametrize(
    ("load_kg", "words"),
    [
        (31.9, "below the limit"),
        (32.1, "NEAR THE LIMIT"),
        (38.1, "MAY BE ABOVE THE LIMIT"),
        (40.1, "ABOVE THE LIMIT"),
        (48.1, "MAY BE FAR ABOVE THE LIMIT"),
        (50.1, "FAR ABOVE THE LIMIT"),
    ],
)
def test_the_guard_is_added_before_a_level_is_told(load_kg, words):
    screen = seen(room(load_kg, session=replace(SESSION, guard_kg=2.0)))
    assert words in screen
    assert ("MAY BE" in screen) == ("MAY BE" in words)
    assert "limit 40.0 kg, told at 38.0" in screen


def test_a_load_is_shown_with_its_uncertainty_in_steps_of_half_a_kilogram():
    screen = seen(room(38.26, u_kg=1.84))
    assert "± 1.8 kg on the client" in screen
    assert has_number(screen, "38.5")
    assert "▒" in screen


def test_the_bar_reaches_the_limits_mark_at_the_limit():
    lines = seen(room(40.0)).split("\n")
    (number,) = (index for index, line in enumerate(lines) if "limit 40.0 ▲" in line)
    assert abs(lines[number].index("▲") - (lines[number - 1].count("█"))) <= 1
    assert seen(room(90.0)).split("\n")[number - 1].endswith("█►")
    assert "█" not in seen(room(-1.0)).split("\n")[number - 1]


def test_unknown_is_the_word_and_no_number_of_the_load():
    screen = seen(room(None, supports=FAULTY, boards=SILENT_BOARD))
    assert has_number(screen, "UNKNOWN")
    for words in (
        "LOAD UNKNOWN",
        "bars unknown",
        "left bar unknown",
        "right bar 15.0 kg",
        "? unknown ?",
        "uno LOST (1.0% of frames bad)",
        "1 of 2 cells ok",
        "vibrator NONE THERE",
        "     0 ┤",
    ):
        assert words in screen
    assert "LEFT BAR, CELL 1: silent: check its wires" in flat(screen)
    assert "0.0 kg" not in screen.replace("70.0 kg", "").replace("40.0 kg", "")


def test_nobody_on_shows_a_dash():
    screen = seen(room(30.0, "off"))
    assert has_number(screen, "-")
    assert "phase: nobody on" in screen
    assert "THE LIMIT" not in screen
    assert "bars 40.0 kg" in screen


def test_hands_off_keeps_the_number():
    screen = seen(room(69.9, "released"))
    assert has_number(screen, "69.9")
    assert "phase: HANDS OFF for 12 s" in screen


@pytest.mark.parametrize(("client_kg", "up"), [(71.9, False), (72.1, True)])
def test_pushing_up(client_kg, up):
    assert ("pushing up" in seen(room(client_kg))) is up


def test_no_session():
    screen = seen(room(30.0, "off", session=None))
    assert "NO SESSION RUNS" in screen
    assert "nobody is watched" in screen
    assert "bard session start --body-weight KG --limit KG" in screen
    assert has_number(screen, "-")


def test_alarms_have_priority_meaning_and_state():
    alarms = (
        alarm(id="load_unknown", priority="high", meaning="the load is unknown", limit_kg=None),
        alarm(state="acknowledged"),
        alarm(id="x", state="latched", priority="high", meaning="far above", value_kg=None),
    )
    screen = seen(room(alarms=alarms, vibrator=7, buzzer=6, signal_of="load_unknown", audio_paused_s=12.2))
    assert re.search(r"^  HIGH +the load is unknown$", screen, re.M)
    assert "ACKNOWLEDGED: the load on the client is above the limit (41.2 ± 0.40 kg, limit 40.0 kg)" in flat(screen)
    assert "OVER, NOT ACKNOWLEDGED: far above (unknown, limit 40.0 kg)" in screen
    assert "vibrator high, buzzer medium (for load_unknown) · SOUND PAUSED 13 s" in screen


def test_more_alarms_than_lines_are_counted_and_the_chart_stays():
    screen = seen(room(alarms=ALARMS))
    assert "more: see bard status" in screen
    assert "  HIGH " in screen
    assert "30 s ago" in screen


def test_many_supports_show_the_unknown_ones_first():
    supports = tuple(SupportSnapshot(f"rope {n}", 1.0 if n != 9 else None, (cell(f"r{n}", 1.0),)) for n in range(1, 13))
    screen = seen(room(None, supports=supports))
    assert "rope 9 unknown" in screen
    assert "and 11 more" in screen


def test_single_wrong_readings_get_a_word():
    poor = replace(cell("left bar, cell 1", 1.0), warnings=("2% single wrong readings",))
    screen = seen(room(supports=(SupportSnapshot("left bar", 1.0, (poor,)),)))
    assert "left bar, cell 1: 2% single wrong readings" in flat(screen)


def test_not_monitored_is_all_there_is():
    history = History()
    history.add(room(43.4))
    screen = seen(None, why="no bard runs here: /run/bard.sock: start it", history=history)
    assert "NOT MONITORED: nothing is heard from bard" in screen
    assert "no bard runs here: /run/bard.sock: start it" in screen
    assert not re.search(r"\d", screen)
    assert "┤" not in screen
    assert "THE LIMIT" not in screen
    block = big("NOT MONITORED", 78, 7)
    assert all(row.rstrip() in screen for row in block)


STATES = {
    "on": room(38.2),
    "off": room(30.0, "off"),
    "released": room(70.0, "released", audio_paused_s=30.0),
    "unknown": room(None, supports=FAULTY, alarms=ALARMS, boards=SILENT_BOARD),
    "no session": room(30.0, "off", session=None, alarms=ALARMS[:3]),
    "up": room(250.0),
    "away": None,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "size", [(80, 24), (79, 23), (60, 15), (48, 12), (47, 12), (30, 6), (20, 3), (5, 2), (1, 1), (132, 43), (220, 60)]
)
def test_every_state_fits_every_window_and_is_never_called_safe(state, size):
    screen = seen(STATES[state], *size, why="no bard runs here: /run/bard.sock: start it with `bard run`")
    assert "safe" not in screen.lower()


@pytest.mark.parametrize("size", [(80, 24), (60, 15), (48, 12), (47, 12), (30, 6), (20, 4)])
def test_a_number_is_whole_or_not_there(size):
    for load_kg in (103.4, 38.2, -12.5):
        screen = seen(replace(room(load_kg), supports=()), *size)
        numbers = set(re.findall(r"-?\d+\.\d", screen))
        bars = f"{round(70 - load_kg, 1):.1f}"
        assert numbers <= {f"{load_kg:.1f}", bars, "70.0", "40.0", "34.0", "50.0", "0.4"}


def test_tall_windows_have_taller_digits_and_a_taller_chart():
    small, tall = seen(room(38.2)), seen(room(38.2), 170, 50)
    assert tall.count("█") > 3 * small.count("█")
