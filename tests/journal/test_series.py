from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bard.errors import DataError
from bard.journal.series import PHASES, Series, joined, pack_series, series_of, unpack_series
from bard.monitor import Judged, Summary
from tests.journal.logs import NUMBERS
from tests.journal.summaries import BARS, JUDGED, RIBS, summary, wave

LOADS = some.one_of(some.just(nan), some.floats(-400, 400), some.floats(-1e9, 1e9), some.sampled_from([inf, -inf, 0.0]))


def same(one: Series, other: Series) -> bool:
    """To the bit, NaN included."""
    for name in Series.__struct_fields__:
        a, b = getattr(one, name), getattr(other, name)
        equal = a.tobytes() == b.tobytes() if isinstance(a, np.ndarray) else a == b
        if not equal:
            return False
    return True


def test_columns_are_the_summaries_to_a_hundredth_of_a_kilogram() -> None:
    found = [*wave(0, 50), summary(50, nan), summary(51, 12.3456, phase="off"), summary(52, 30.0, judged=RIBS)]
    series = series_of(found)
    assert len(series) == 53
    assert series.t_s[-1] == 5.2
    assert series.marks == (JUDGED, RIBS)
    assert series.supports == BARS
    for row, one in enumerate(found):
        assert (series.bin[row], series.rows[row], series.known[row]) == (one.bin, one.rows, one.known)
        assert PHASES[series.phase[row]] == one.phase
        assert series.marks[series.judged[row]] == one.judged
        assert series.support_kg[row] == pytest.approx(one.support_kg, abs=0.0051, nan_ok=True)
        for name in ("client_min_kg", "client_mean_kg", "client_max_kg", "client_fast_max_kg", "u_kg", "bar_mean_kg"):
            assert getattr(series, name)[row] == pytest.approx(getattr(one, name), abs=0.0051, nan_ok=True), name
    assert series.of_judged([40.0, 25.0]).tolist() == [40.0] * 52 + [25.0]


def test_nothing_at_all_is_a_series_too() -> None:
    nothing = series_of(())
    assert len(nothing) == 0
    assert same(unpack_series(pack_series(nothing)), nothing)
    assert same(joined([]), nothing)


@given(
    some.lists(
        some.tuples(some.integers(1, 30), some.integers(0, 10), LOADS, LOADS, LOADS, LOADS, LOADS, LOADS, LOADS),
        min_size=1,
        max_size=40,
    )
)
def test_a_block_gives_back_what_went_in(rows: list[tuple[float, ...]]) -> None:
    """Whatever is in it; what is beyond 20 000 t is kept as that."""
    number, made = 0, []
    for step, known, *loads in rows:
        number += int(step)
        mark = JUDGED if known % 2 else RIBS
        made.append(Summary("", number, 10, int(known), *loads[:6], (loads[6], loads[0]), PHASES[number % 3], mark))
    series = series_of(made)
    assert same(unpack_series(pack_series(series)), series)
    half = len(made) // 2
    parts = [unpack_series(pack_series(series_of(part))) for part in (made[:half], made[half:]) if part]
    assert same(joined(parts), series)


def test_an_hour_of_work_takes_few_bytes() -> None:
    block = pack_series(series_of(wave(0, 600)))
    assert len(block) * 60 < 400_000


def test_parts_with_other_bars_and_other_numbers_are_joined() -> None:
    rope = Judged(NUMBERS, "other", ("left bar", "rope"))
    other = summary(3, 30.0)._replace(judged=rope)
    series = joined([series_of(wave(0, 3)), series_of([other])])
    assert series.supports == (*BARS, "rope")
    assert series.support_kg[3].tolist() == pytest.approx([24.0, nan, 16.0], nan_ok=True)
    assert np.isnan(series.support_kg[:3, 2]).all()
    assert series.marks[series.judged[3]] == rope


def test_time_never_runs_back() -> None:
    """A restart that took the session for younger than it was."""
    series = joined([series_of(wave(100, 110)), series_of(wave(105, 108)), series_of(wave(108, 120))])
    assert series.bin.tolist() == list(range(100, 125))


def test_a_part_of_it() -> None:
    series = series_of([*wave(0, 10), *wave(20, 30)])
    assert series.between(5, 25).bin.tolist() == [5, 6, 7, 8, 9, 20, 21, 22, 23, 24]
    assert len(series.between(10, 20)) == 0


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "newer", "short"])
def test_what_is_no_block_is_said(damage: str) -> None:
    block = pack_series(series_of(wave(0, 100)))
    wrong = {
        "empty": b"",
        "cut": block[: len(block) // 2],
        "flipped": block[:-9] + bytes([block[-9] ^ 0x55]) + block[-8:],
        "newer": block[:1] + b"\x09" + block[2:],
        "short": block.replace(b"\x64", b"\x63", 1),
    }[damage]
    with pytest.raises(DataError, match="block of series"):
        unpack_series(wrong)
