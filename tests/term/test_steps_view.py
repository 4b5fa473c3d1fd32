"""The installer's screen: it fits, whatever is on it, and says in words what its lights say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bard.commission.told import Averaging, BarState, LiveCell, ReadingLine, State, View
from bard.term.steps_view import Prompt, draw

CELLS = tuple(
    LiveCell(f"a/{number}", f"left bar, cell {number + 1}", "left bar", 1_234_567.0, 120.0, "still", "still")
    for number in range(2)
)
LINES = tuple(ReadingLine(number, "20 kg a quarter in", False, 20.0, 20.03, 0.03) for number in range(2, 30))
BAR = BarState(
    "left bar", ("left bar, cell 1", "left bar, cell 2"), 1, LINES, 0, fit="span 1, 2", corners="first +0.1 %"
)
STATE = State("calibrate", "Ann", "span", "left bar", "left bar: 3 more readings.", "the zero", (BAR,), 9, ())
VIEW = View(STATE, CELLS, {"left bar": 20.0}, None, False, 3, "the zero", "", "abc", "2027-01-01", False)
PROMPT = Prompt("Which load?", "w weights · p pull")


def texts(view: View, prompt: Prompt = PROMPT, columns: int = 80, rows: int = 24) -> list[str]:
    return [line.text for line in draw(view, "room", prompt, columns, rows)]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(40, 140),
    st.integers(16, 50),
    st.text(st.characters(categories=("L", "Zs")), max_size=300),
    st.booleans(),
)
def test_it_fits_whatever_is_said(columns: int, rows: int, words: str, tips: bool) -> None:
    bar = replace(BAR, refusal=words, verified=words, verdict="refused")
    view = replace(VIEW, state=replace(STATE, bars=(bar,), todo=words), refusal=words)
    lines = texts(view, Prompt("?", words, (words, words) if tips else ()), columns, rows)
    assert len(lines) <= rows - 1
    assert max(map(len, lines)) <= columns


def test_the_stage_the_cells_and_the_newest_readings_are_there() -> None:
    lines = texts(VIEW)
    assert len(lines) == 23
    assert lines[1] == "done check  done zero  [SPAN]  corners  verify  accept"
    assert lines[3] == "  left bar, cell 1           1 234 567 counts   STILL  noise 120"
    assert "  left bar reads 20.00 kg by this calibration" in lines
    assert any(line.startswith("   29  20 kg a quarter in") for line in lines)
    assert any("earlier ones" in line for line in lines)
    assert lines[-3:] == ["ok: the zero", "To do: left bar: 3 more readings.", "w weights · p pull"]


@pytest.mark.parametrize(("light", "word"), [("still", "STILL"), ("moving", "MOVING"), ("faulty", "FAULTY")])
def test_a_light_is_a_word_and_says_why(light: str, word: str) -> None:
    cell = replace(CELLS[0], light=light, words="a wire is off", counts=None if light == "faulty" else 5.0)
    line = texts(replace(VIEW, live=(cell,)))[3]
    assert word in line
    assert ("a wire is off" in line) == (light != "still")
    assert ("no counts" in line) == (light == "faulty")


def test_what_is_suspect_struck_or_verifies_is_marked_on_its_line() -> None:
    odd = (
        replace(LINES[0], number=2, error_kg=None, shown_kg=None),
        replace(LINES[0], number=3, struck="mistyped"),
        replace(LINES[0], number=4, verifies=True),
    )
    lines = texts(replace(VIEW, state=replace(STATE, bars=(replace(BAR, readings=odd, suspects=(2,)),))))
    assert next(line for line in lines if line.startswith("    2")).endswith("LOOK")
    assert next(line for line in lines if line.startswith("    3")).endswith("struck: mistyped")
    assert "verify: 20 kg" in next(line for line in lines if line.startswith("    4"))


def test_averaging_shows_how_much_is_left_and_a_refusal_what_to_do() -> None:
    reading = texts(replace(VIEW, averaging=Averaging("left bar", 30.0, 15.0)))
    assert "READING left bar  [##########..........]  15 s left" in reading
    assert "REFUSED: left bar: not still" in texts(replace(VIEW, refusal="left bar: not still"))
    assert texts(replace(VIEW, in_session=True))[0].endswith("A SESSION RUNS")
