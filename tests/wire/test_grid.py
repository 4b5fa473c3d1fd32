"""The grid: when a row closes, and that each conversion stands in exactly one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bard.settings import WireSettings
from bard.wire.grid import Grid, Row

ROW_US, MARGIN_US, LIMIT_US = 10_000, 1_000, 15_000


def grid(boards: int = 1, begin_us: int = 0) -> Grid:
    made = Grid(WireSettings(), boards)
    made.begin(begin_us)
    return made


def pulled(of: Grid) -> list[Row]:
    rows = []
    while (row := of.next_row()) is not None:
        rows.append(row)
    return rows


def times(of: Grid) -> list[int]:
    return [row.at_us for row in pulled(of)]


@pytest.mark.parametrize(("begin_us", "first_us"), [(0, 10_000), (1, 10_000), (9_999, 10_000), (10_000, 20_000)])
def test_the_first_row_is_the_first_instant_after_the_beginning(begin_us: int, first_us: int) -> None:
    one = grid(begin_us=begin_us)
    one.begin(begin_us + 123_456)
    assert one.next_timer_us == first_us + LIMIT_US
    one.advance(0, first_us + MARGIN_US)
    assert times(one) == [first_us]


def test_a_row_closes_a_margin_past_it_and_no_sooner() -> None:
    one = grid()
    one.advance(0, ROW_US + MARGIN_US - 1)
    assert times(one) == []
    one.advance(0, ROW_US + MARGIN_US)
    assert times(one) == [ROW_US]


def test_a_row_waits_for_the_slower_of_two_boards() -> None:
    both = grid(boards=2)
    both.advance(0, 9_000)
    both.advance(1, 8_000)
    both.advance(0, 45_000)
    assert times(both) == []
    both.advance(1, 21_500)
    assert times(both) == [10_000, 20_000]
    both.advance(1, 50_000)
    assert times(both) == [30_000, 40_000]


def test_a_board_that_never_spoke_is_not_waited_for() -> None:
    both = grid(boards=2)
    both.advance(1, 11_000)
    assert times(both) == [10_000]


def test_a_dead_board_is_waited_for_100_ms_and_no_longer() -> None:
    both = grid(boards=2)
    both.advance(0, 9_000)
    both.advance(1, 9_000)
    both.advance(0, 105_000)
    assert times(both) == []
    both.advance(0, 111_000)
    assert times(both) == []
    both.expire(100_000 + LIMIT_US)
    assert times(both) == list(range(10_000, 100_001, ROW_US))
    both.advance(0, 121_000)
    assert times(both) == [110_000, 120_000]


def test_a_lost_board_is_not_waited_for_at_all() -> None:
    both = grid(boards=2)
    both.advance(0, 9_000)
    both.advance(1, 9_000)
    both.lose(1)
    both.advance(0, 31_000)
    assert times(both) == [10_000, 20_000, 30_000]


def test_a_row_closes_at_its_time_limit_with_nothing_in_it() -> None:
    one = grid()
    one.expire(ROW_US + LIMIT_US - 1)
    assert times(one) == []
    one.expire(ROW_US + LIMIT_US)
    assert pulled(one) == [Row(ROW_US, [])]
    assert one.next_timer_us == 2 * ROW_US + LIMIT_US


def test_after_a_stall_every_row_is_there() -> None:
    one = grid()
    one.expire(8_000_000)
    assert times(one) == list(range(ROW_US, 8_000_000 - LIMIT_US + 1, ROW_US))


def test_a_conversion_stands_in_the_row_at_or_after_it() -> None:
    one = grid()
    for at_us in (10_000, 10_001, 20_000, 20_001):
        one.add(3, at_us, at_us * 7)
    one.advance(0, 31_000)
    assert pulled(one) == [
        Row(10_000, [(3, 10_000, 70_000)]),
        Row(20_000, [(3, 10_001, 70_007), (3, 20_000, 140_000)]),
        Row(30_000, [(3, 20_001, 140_007)]),
    ]
    assert one.late == 0


def test_a_late_conversion_is_counted_and_goes_into_the_open_row() -> None:
    one = grid()
    one.add(0, 8_000, 1)
    one.expire(10_000 + LIMIT_US)
    (closed,) = pulled(one)
    one.add(1, 9_000, 2)
    one.add(2, 10_000, 3)
    one.add(3, 10_001, 4)
    assert one.late == 2
    one.advance(0, 21_000)
    assert pulled(one) == [Row(20_000, [(1, 9_000, 2), (2, 10_000, 3), (3, 10_001, 4)])]
    assert closed == Row(10_000, [(0, 8_000, 1)])


def test_a_conversion_from_before_the_grid_began_is_not_late() -> None:
    one = grid(begin_us=500_000)
    one.add(0, 440_000, 1)
    one.advance(0, 511_000)
    assert pulled(one) == [Row(510_000, [(0, 440_000, 1)])]
    assert one.late == 0


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 3), st.integers(-80_000, 40_000)),
        st.tuples(st.just("advance"), st.integers(0, 1), st.integers(-30_000, 5_000)),
        st.tuples(st.just("expire"), st.just(0), st.integers(0, 0)),
        st.tuples(st.just("lose"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("pull"), st.just(0), st.just(0)),
    ),
    max_size=120,
)


@given(steps, st.lists(st.integers(0, 30_000), min_size=1, max_size=120))
def test_any_interleaving_puts_each_conversion_into_exactly_one_row(
    steps: list[tuple[str, int, int]], passing: list[int]
) -> None:
    """The first row not closed at or after its time; rows 10 ms apart; a row that was pulled never changes."""
    both = grid(boards=2)
    now_us = 0
    expected: dict[int, int] = {}
    late = 0
    rows: list[Row] = []
    as_pulled: list[tuple[int, tuple[tuple[int, int, int], ...]]] = []

    def pull() -> None:
        for row in pulled(both):
            rows.append(row)
            as_pulled.append((row.at_us, tuple(row.conversions)))

    for number, (step, which, offset_us) in enumerate(steps):
        now_us += passing[number % len(passing)]
        open_us = both.next_timer_us - LIMIT_US
        match step:
            case "add":
                at_us = now_us + offset_us
                expected[number] = max(open_us, -(-at_us // ROW_US) * ROW_US)
                late += open_us > ROW_US and at_us <= open_us - ROW_US
                both.add(which, at_us, number)
            case "advance":
                both.advance(which, now_us + offset_us)
            case "expire":
                both.expire(now_us)
                assert both.next_timer_us > now_us
            case "lose":
                both.lose(which)
            case "pull":
                pull()
    both.expire(now_us + 200_000)
    pull()
    assert [row.at_us for row in rows] == list(range(ROW_US, rows[-1].at_us + 1, ROW_US))
    placed = [(counts, row.at_us) for row in rows for _, _, counts in row.conversions]
    assert len(placed) == len(expected)
    assert dict(placed) == expected
    assert both.late == late
    assert as_pulled == [(row.at_us, tuple(row.conversions)) for row in rows]


@given(st.permutations(range(6)), st.permutations(range(6)))
def test_boards_may_speak_in_any_order(first: list[int], second: list[int]) -> None:
    """Conversions within reach of their row give the same rows however the boards' frames interleave."""
    order = sorted(first) + [6 + number for number in sorted(second)]
    both = grid(boards=2)
    both.advance(0, 1)
    both.advance(1, 1)
    turns = sorted(order, key=lambda turn: (first + second)[turn] * 2 + turn // 6)
    reached = [0, 0]
    for turn in turns:
        board = turn // 6
        reached[board] += 1
        at_us = reached[board] * 9_000 + board * 500
        both.add(board, at_us, reached[board])
        both.advance(board, at_us + 200)
    both.expire(1_000_000)
    rows = pulled(both)
    assert both.late == 0
    for row in rows:
        assert all(row.at_us - ROW_US < at_us <= row.at_us for _, at_us, _ in row.conversions)
    assert sum(len(row.conversions) for row in rows) == 12
