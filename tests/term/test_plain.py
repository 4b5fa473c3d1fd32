import pytest
from msgspec.structs import replace

from bard.control.protocol import PushedEvent
from bard.messages import SupportSnapshot, ZeroSnapshot
from bard.term.plain import event_line, exit_status, pushed_line, status_line, status_text
from tests.control.fake import LOUD, alarm, cell, room

FAULTY = (SupportSnapshot("left bar", None, (cell("left bar, cell 1", None, "silent", "silent: check its wires"),)),)


def test_an_event_has_its_time_and_a_doubted_clock_is_named():
    line = event_line(LOUD, 1764000000.25)
    assert line[2] == ":"
    words = "the load on the client is above the limit (41.0 ± 1.8 kg, limit 40.0 kg) [load_over]"
    assert line[8:] == f".250  MEDIUM: {words}"
    assert pushed_line(PushedEvent("u", 1764000000.25, True, LOUD)) == line
    assert pushed_line(PushedEvent("u", 1764000000.25, False, LOUD)) == line + "  (clock not set)"


@pytest.mark.parametrize(
    ("snapshot", "line"),
    [
        (room(38.2), "client 38.2 ± 0.40 kg | limit 40.0 kg | bars 31.8 kg | on"),
        (room(None), "client unknown | limit 40.0 kg | bars unknown | on"),
        (room(30.0, "off"), "client - | limit 40.0 kg | bars 40.0 kg | nobody on"),
        (room(None, "off"), "client - | limit 40.0 kg | bars unknown | nobody on"),
        (room(73.0, "released"), "client 73.0 ± 0.40 kg | limit 40.0 kg | bars -3.0 kg pushing up | hands off"),
        (room(30.0, "off", session=None), "no session runs | bars 40.0 kg"),
        (
            room(41.0, alarms=(alarm(), alarm(id="b", priority="high", state="latched"))),
            "client 41.0 ± 0.40 kg | limit 40.0 kg | bars 29.0 kg | on | MEDIUM load_over | "
            "HIGH b (over, not acknowledged)",
        ),
    ],
)
def test_status_line(snapshot, line):
    assert status_line(snapshot) == line


def test_status_text_of_a_session():
    text = status_text(room(41.2, alarms=(alarm(),), audio_paused_s=4.2, vibrator=6, signal_of="load_over"))
    assert text.split("\n") == [
        "studio: SOMETHING IS WRONG",
        "session    for 1 min 0 s: body weight 70.0 kg (typed), limit 40.0 kg, near 34.0 kg, critical 50.0 kg, "
        "each told 0.0 kg earlier for the uncertainty",
        "client     41.2 ± 0.40 kg, on",
        "bars       28.8 kg",
        "  left bar: 14.4 kg",
        "  right bar: 14.4 kg",
        "zero       +50 g from the installer's, looked at 1 min 30 s ago",
        "alarms",
        "  MEDIUM, 1 s: the load on the client is above the limit (41.2 ± 0.40 kg, limit 40.0 kg) [load_over]",
        "plays      vibrator medium, buzzer silent (for load_over), sound paused for 5 s",
        "health     boards: uno streaming; 2 of 2 cells ok",
        "calibration  abc",
    ]


def test_status_text_with_nothing_known():
    snapshot = room(None, "off", session=None, calibration=None, supports=FAULTY)
    text = status_text(snapshot)
    assert "none runs: nobody is watched" in text
    assert "bars       unknown" in text
    assert "a cell has none: run `bard calibrate`" in text
    assert "LEFT BAR, CELL 1: silent: check its wires" in text


def test_status_text_shows_each_cell_of_a_bar_with_several():
    cells = (cell("left bar, cell 1", 7.0), cell("left bar, cell 2", None, "stuck", "the same reading again and again"))
    text = status_text(room(supports=(SupportSnapshot("left bar", None, cells),)))
    assert "    left bar, cell 2: unknown, the same reading again and again" in text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 0),
        ({"session": None, "phase": "off"}, 0),
        ({"alarms": (alarm(priority="cue"),)}, 0),
        ({"alarms": (alarm(priority="low"),)}, 1),
        ({"alarms": (alarm(state="latched"),)}, 1),
        ({"bar_load_kg": None}, 1),
        ({"calibration": None}, 1),
        ({"supports": FAULTY}, 1),
    ],
)
def test_exit_status(changes, status):
    assert exit_status(replace(room(), **changes)) == status


@pytest.mark.parametrize("state", ["lost", "waiting"])
def test_a_board_that_does_not_stream_is_wrong(state):
    snapshot = room()
    assert exit_status(replace(snapshot, boards=(replace(snapshot.boards[0], state=state),))) == 1


@pytest.mark.parametrize(
    ("zero", "words"),
    [
        (ZeroSnapshot(0.0, 0.0, None, False), "+0 g from the installer's, not looked at since bard started"),
        (
            ZeroSnapshot(-0.02, 0.1, 7.0, False),
            "-20 g from the installer's, looked at 7 s ago; free bars then read",
        ),
        (ZeroSnapshot(0.0, -0.4, 7.0, False), "if nothing hangs on them, `bard rezero`"),
    ],
)
def test_the_zero_is_told(zero, words):
    assert words in status_text(room(zero=zero))
