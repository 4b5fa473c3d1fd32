import pytest

from bard.simulate.resonator import Resonator


@pytest.mark.parametrize("ppm", [-5000, -1, 0, 1, 4999])
def test_ticks_run_off_by_their_ppm(ppm: int) -> None:
    clock = Resonator(ppm, boot_us=1_234)
    assert clock.ticks(1_234) == 0
    assert clock.ticks(1_234 + 10**9) == 10**9 + ppm * 1000


@pytest.mark.parametrize("ppm", [-5000, -3, 0, 7, 5000])
def test_an_instant_of_ticks_is_the_first_that_shows_them(ppm: int) -> None:
    clock = Resonator(ppm, boot_us=-77)
    for ticks in (0, 1, 99_999, 1_000_000, 123_456_789):
        at_us = clock.at_us(ticks)
        assert clock.ticks(at_us) >= ticks > clock.ticks(at_us - 1)
