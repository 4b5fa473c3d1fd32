from bard.settings import PATTERNS
from bard.simulate.outputs import Outputs, rhythm_on

MS = 1000


def test_a_rhythm_is_on_and_off_as_its_table_says() -> None:
    medium = PATTERNS[6].vibrator
    on_ms = [ms for ms in range(0, 3300, 10) if rhythm_on(medium, ms * MS)]
    assert on_ms == [*range(0, 150, 10), *range(300, 450, 10), *range(600, 750, 10), *range(3250, 3300, 10)]


def test_a_rhythm_that_plays_once_ends() -> None:
    once = PATTERNS[5].buzzer
    assert [rhythm_on(once, ms * MS) for ms in (0, 199, 200, 400, 599, 600, 800, 16_000)] == [
        True, True, False, True, True, False, False, False
    ]  # fmt: skip


def test_silence_is_no_pattern() -> None:
    outputs = Outputs()
    outputs.play(2, 2, 100)
    assert outputs.playing(99) == (0, 0)
    assert outputs.playing(100) == (2, 0)
    assert outputs.pins(100) == 1


def test_a_pattern_already_playing_goes_on_without_a_restart() -> None:
    outputs = Outputs()
    outputs.play(7, 0, 0)
    outputs.play(7, 6, 140 * MS)
    assert outputs.pins(150 * MS) == 2
    assert outputs.pins(190 * MS) == 3
    outputs.play(0, 0, 200 * MS)
    assert outputs.pins(200 * MS) == 0
    assert outputs.playing(199 * MS) == (7, 6)
