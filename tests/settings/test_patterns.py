"""The table of rhythms: on and off as it says, and every change found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bard.settings import PATTERNS, Rhythm

MS = 1000
RHYTHMS = [rhythm for pattern in PATTERNS for rhythm in (pattern.vibrator, pattern.buzzer) if rhythm is not None]


@st.composite
def rhythms(draw: st.DrawFn) -> Rhythm:
    on_off_ms = tuple(draw(st.lists(st.integers(1, 500), min_size=1, max_size=7)))
    return Rhythm(on_off_ms, draw(st.just(0) | st.integers(sum(on_off_ms) + 1, 5_000)))


def rhythm_of(pattern: int) -> Rhythm:
    rhythm = PATTERNS[pattern].vibrator
    assert rhythm is not None
    return rhythm


def test_numbers_are_places() -> None:
    assert [pattern.number for pattern in PATTERNS] == list(range(10))


def test_a_rhythm_is_on_and_off_as_its_table_says() -> None:
    medium = rhythm_of(6)
    on_ms = [ms for ms in range(0, 3300, 10) if medium.is_on(ms * MS)]
    assert on_ms == [*range(0, 150, 10), *range(300, 450, 10), *range(600, 750, 10), *range(3250, 3300, 10)]


def test_a_rhythm_that_plays_once_ends() -> None:
    once = PATTERNS[5].buzzer
    assert once is not None
    assert [once.is_on(ms * MS) for ms in (-1, 0, 199, 200, 400, 599, 600, 800, 16_000)] == [
        False, True, True, False, True, True, False, False, False
    ]  # fmt: skip
    assert once.once_us == 600 * MS
    assert rhythm_of(5).once_us is None


def test_changes_of_medium_and_of_the_self_test() -> None:
    medium, self_test = rhythm_of(6), rhythm_of(8)
    assert medium.next_change_us(-5) == 0
    assert medium.next_change_us(0) == 150 * MS
    assert medium.next_change_us(150 * MS - 1) == 150 * MS
    assert medium.next_change_us(150 * MS) == 300 * MS
    assert medium.next_change_us(750 * MS) == 3_250 * MS
    assert self_test.next_change_us(1_399 * MS) == 1_400 * MS
    assert self_test.next_change_us(1_400 * MS) is None, "its last 100 ms are silent, and so is what follows"


def test_an_off_at_the_end_of_a_period_is_no_change_of_its_own() -> None:
    assert Rhythm((100, 50), 400).next_change_us(120 * MS) == 400 * MS


@given(rhythms() | st.sampled_from(RHYTHMS), st.integers(-1_000_000, 40_000_000))
def test_nothing_changes_before_the_next_change_and_then_it_does(rhythm: Rhythm, since_us: int) -> None:
    change_us = rhythm.next_change_us(since_us)
    now = rhythm.is_on(since_us)
    end_us = since_us + 2 * MS * (rhythm.period_ms or sum(rhythm.on_off_ms)) if change_us is None else change_us
    assert end_us > since_us
    assert all(rhythm.is_on(at_us) is now for at_us in {*range(since_us, end_us, 1 * MS), end_us - 1})
    if change_us is not None:
        assert rhythm.is_on(change_us) is not now


@given(rhythms())
def test_the_changes_are_the_table_summed_up(rhythm: Rhythm) -> None:
    found_ms, at_us = [], -1
    while len(found_ms) < len(rhythm.on_off_ms) and (change_us := rhythm.next_change_us(at_us)) is not None:
        found_ms.append(change_us // MS)
        at_us = change_us
    summed_ms = [sum(rhythm.on_off_ms[:count]) for count in range(len(rhythm.on_off_ms))]
    assert found_ms == summed_ms


@pytest.mark.parametrize(
    ("on_off_ms", "period_ms"), [((), 100), ((100, 0, 50), 1000), ((-1,), 0), ((100,), 100), ((100, 50), 149)]
)
def test_a_rhythm_that_cannot_be_played_is_refused(on_off_ms: tuple[int, ...], period_ms: int) -> None:
    with pytest.raises(ValueError, match=r"allowed|above"):
        Rhythm(on_off_ms, period_ms)
