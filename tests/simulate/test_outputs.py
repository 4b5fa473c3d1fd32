from bard.simulate.outputs import Outputs

MS = 1000


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
