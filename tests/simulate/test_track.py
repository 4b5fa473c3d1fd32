import numpy as np
import pytest

from bard.simulate.track import RISE_10_90, Track


def test_a_move_is_a_raised_cosine() -> None:
    track = Track(1.0)
    track.move(2.0, 3.0, 4.0)
    at_s = np.array([0.0, 2.0, 3.0, 4.0, 5.0, 6.0, 9.0])
    assert track(at_s) == pytest.approx([1, 1, 1 + 0.2929, 2, 3 - 0.2929, 3, 3], abs=1e-4)


def test_its_rise_from_10_to_90_percent_is_the_share_named() -> None:
    track = Track(0.0)
    track.move(0.0, 1.0, 1.0)
    at_s = np.linspace(0, 1, 100_001)
    risen = track(at_s)
    rise_s = at_s[np.searchsorted(risen, 0.9)] - at_s[np.searchsorted(risen, 0.1)]
    assert rise_s == pytest.approx(RISE_10_90, abs=1e-3)


def test_a_move_cut_short_goes_on_from_where_it_stood() -> None:
    track = Track(0.0)
    track.move(0.0, 10.0, 2.0)
    track.move(1.0, 0.0, 1.0)
    assert track(np.array([1.0, 1.0 + 1e-9, 2.0])) == pytest.approx([5, 5, 0], abs=1e-6)


def test_moves_come_in_order_of_time() -> None:
    track = Track(0.0)
    track.move(1.0, 1.0)
    with pytest.raises(ValueError, match="in order of time"):
        track.move(0.5, 2.0)
