"""Two tugs on the bars: every clause and bound by hand-made rows; recordings and work, in which there is none.

`Bars` are rows of 10 ms; a tug of n rows lasts n + 1, from the last row below it to the first back from it.
"""

from collections import deque
from collections.abc import Callable
from math import nan, pi, sin

import pytest

from bard.client.gesture import Gesture
from bard.settings import GestureSettings
from bard.simulate import Room, normal_work
from bench.gesture import RATES_HZ, RECORDINGS, gestures, recorded, rocking_hour, seen, waits

ROW_US = 10_000
ROW_S = 0.01
BOX_ROWS = 25
TUG = 0.15
MEDIAN_S = 0.03
SETTINGS = GestureSettings()


class Bars:
    """What they carry, row by row; `seen_s`: when two tugs were seen. `moves`: what comes on top, by the second."""

    def __init__(self, kg: float = 40.0, moves: Callable[[float], float] = lambda _: 0.0) -> None:
        self.gesture = Gesture(SETTINGS)
        self.kg = kg
        self.moves = moves
        self.rows = 0
        self.seen_s: list[float] = []
        self._box: deque[float] = deque(maxlen=BOX_ROWS)
        self.hold(3.0)

    @property
    def at_s(self) -> float:
        return round(self.rows * ROW_S, 3)

    def hold(self, seconds: float, above_kg: float = 0.0) -> "Bars":
        """So much above what they mostly carry, for so long."""
        for _ in range(round(seconds / ROW_S)):
            fast_kg = self.kg + above_kg + self.moves(self.at_s)
            self._box.append(fast_kg)
            self.step(fast_kg, sum(self._box) / len(self._box))
        return self

    def step(self, fast_kg: float, slow_kg: float) -> None:
        """One row."""
        self.rows += 1
        if self.gesture.step(7_000_000 + self.rows * ROW_US, fast_kg, slow_kg):
            self.seen_s.append(self.at_s)

    def tugs(self, *sizes_kg: float, each_s: float = TUG, gap_s: float = 0.5) -> "Bars":
        """One after the other, `gap_s` from top to top, and then calm."""
        for kg in sizes_kg:
            self.hold(each_s, kg).hold(gap_s - each_s)
        return self.hold(3.0)


def is_seen(*sizes_kg: float, each_s: float = TUG, gap_s: float = 0.5) -> bool:
    return len(Bars().tugs(*sizes_kg, each_s=each_s, gap_s=gap_s).seen_s) == 1


@pytest.mark.parametrize("kg", [40.0, 0.0, -8.0], ids=["hanging", "free", "pushing up"])
def test_two_tugs_are_seen_once_when_calm_has_followed(kg: float) -> None:
    bars = Bars(kg).tugs(10, 10)
    assert bars.seen_s == [pytest.approx(3.0 + 0.5 + TUG + ROW_S + 1.0 + MEDIAN_S)]
    assert len(bars.tugs(12, 12).seen_s) == 2


@pytest.mark.parametrize("tugs", [1, 3, 4, 5, 8])
@pytest.mark.parametrize("gap_s", [0.25, 0.5, 0.9])
def test_no_other_number_of_tugs_is(tugs: int, gap_s: float) -> None:
    assert not is_seen(*[10.0] * tugs, gap_s=gap_s)


@pytest.mark.parametrize(("rows", "is_one"), [(1, False), (2, False), (3, False), (5, True)])
def test_wrong_readings_upon_a_swell_are_none(rows: int, is_one: bool) -> None:
    bars = Bars()
    for _ in range(2):
        bars.hold(0.1, 3.5).hold(rows * ROW_S, 8.2).hold(0.3)
    assert bool(bars.hold(3.0).seen_s) is is_one


def test_a_tug_by_itself_is_forgotten() -> None:
    assert len(Bars().hold(TUG, 10).hold(2.0).tugs(10, 10).seen_s) == 1


def test_pushes_are_no_tugs() -> None:
    assert not is_seen(-10, -10)


# Each bound


@pytest.mark.parametrize(("kg", "is_one"), [(5.99, False), (6.01, True), (39.9, True), (40.1, False), (70, False)])
def test_a_tug_has_a_size(kg: float, is_one: bool) -> None:
    assert is_seen(kg, kg) is is_one


@pytest.mark.parametrize(("rows", "is_one"), [(1, False), (2, False), (4, False), (5, True), (34, True), (35, False)])
def test_a_tug_has_a_length(rows: int, is_one: bool) -> None:
    assert is_seen(10, 10, each_s=rows * ROW_S, gap_s=0.8) is is_one


@pytest.mark.parametrize(("rows", "is_one"), [(4, False), (5, True), (34, True), (35, False)])
def test_so_has_each_of_the_two(rows: int, is_one: bool) -> None:
    long_s = rows * ROW_S
    assert bool(Bars().hold(long_s, 10).hold(0.5 - long_s).tugs(10).seen_s) is is_one
    assert bool(Bars().tugs(10, 10).hold(TUG, 10).hold(0.35).hold(long_s, 10).hold(3.0).seen_s[1:]) is is_one


@pytest.mark.parametrize(("gap_s", "is_one"), [(0.24, False), (0.25, True), (0.9, True), (0.91, False), (2.0, False)])
def test_they_are_so_far_apart(gap_s: float, is_one: bool) -> None:
    assert is_seen(10, 10, gap_s=gap_s) is is_one


@pytest.mark.parametrize(("second_kg", "is_one"), [(5.9, False), (6.1, True), (16.6, True), (16.7, False), (30, False)])
def test_they_are_alike(second_kg: float, is_one: bool) -> None:
    assert is_seen(10, second_kg) is is_one


def test_what_was_too_large_is_no_smaller_tug_on_its_way_down() -> None:
    bars = Bars()
    for _ in range(2):
        for kg in [10, 25, *[45] * 8, *range(44, 0, -4)]:
            bars.hold(ROW_S, kg)
        bars.hold(0.3)
    assert bars.hold(3.0).seen_s == []


# Calm before, between and after


@pytest.mark.parametrize(("off_kg", "is_one"), [(-3.9, True), (-4.1, False), (3.9, True), (4.1, False)])
def test_before_it_the_load_was_where_it_began(off_kg: float, is_one: bool) -> None:
    assert bool(Bars().hold(0.5, off_kg).hold(0.6).tugs(10, 10).seen_s) is is_one
    assert Bars().hold(0.5, off_kg).hold(1.2).tugs(10, 10).seen_s, "what was longer ago does not count"


@pytest.mark.parametrize(("off_kg", "is_one"), [(-3.9, True), (-4.1, False), (3.9, True), (4.1, False)], ids=str)
def test_between_them_it_is_there_again(off_kg: float, is_one: bool) -> None:
    bars = Bars().hold(TUG, 10).hold(0.35, off_kg).hold(TUG, 10).hold(3.0)
    assert bool(bars.seen_s) is is_one


@pytest.mark.parametrize("off_kg", [-4.1, 4.1])
def test_after_them_it_stays_there(off_kg: float) -> None:
    assert Bars().hold(TUG, 10).hold(0.35).hold(TUG, 10).hold(0.98).hold(0.1, off_kg).hold(3.0).seen_s == []
    assert len(Bars().hold(TUG, 10).hold(0.35).hold(TUG, 10).hold(1.02).hold(0.1, off_kg).hold(3.0).seen_s) == 1
    assert len(Bars().hold(TUG, 10).hold(0.35).hold(TUG, 10).hold(2.0, off_kg * 0.95).seen_s) == 1


def test_a_larger_tug_allows_for_more() -> None:
    assert Bars().hold(0.5, 7).hold(0.6).tugs(20, 20).seen_s


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("at_row", [0, 5, 30, 55, 80, 160])
def test_an_unknown_load_forgets_everything(at_row: int, fast: bool) -> None:
    """In every stage of a gesture, be it for a single row."""
    bars = Bars()
    rows = [10.0] * 15 + [0.0] * 35 + [10.0] * 15 + [0.0] * 300
    for number, kg in enumerate(rows):
        unknown = number == at_row
        bars.step(nan if unknown and fast else 40.0 + kg, nan if unknown and not fast else 40.0)
    assert bars.seen_s == []


@pytest.mark.parametrize(("known_s", "is_one"), [(1.0, False), (1.25, True)])
def test_calm_is_known_calm(known_s: float, is_one: bool) -> None:
    bars = Bars()
    bars.step(nan, nan)
    assert bool(bars.hold(known_s).tugs(10, 10).seen_s) is is_one


# Rhythm


def swing(rate_hz: float, peak_to_peak_kg: float, until_s: float = 1e9) -> Callable[[float], float]:
    return lambda at_s: peak_to_peak_kg / 2 * sin(2 * pi * rate_hz * at_s) if at_s < until_s else 0.0


@pytest.mark.parametrize(
    ("rate_hz", "peak_to_peak_kg", "is_one"),
    [
        *[(rate_hz, 2.3, False) for rate_hz in (0.5, 0.7, 1.0, 1.35, 2.0)],
        *[(rate_hz, 1.9, True) for rate_hz in (0.5, 0.7, 1.0, 1.35, 2.0)],
        (0.3, 4.0, True),
        (3.0, 4.0, True),
    ],
)
def test_it_is_ignored_while_the_bars_are_rocked(rate_hz: float, peak_to_peak_kg: float, is_one: bool) -> None:
    for begin_s in (8.0, 8.21, 8.43, 8.77, 9.3):
        bars = Bars(moves=swing(rate_hz, peak_to_peak_kg))
        bars.hold(begin_s - bars.at_s).tugs(20, 20)
        assert bool(bars.seen_s) is is_one, begin_s


def test_soon_after_rocking_it_counts_again() -> None:
    bars = Bars(moves=swing(1.0, 8.0, until_s=20.0))
    assert bars.hold(20.5 - bars.at_s).tugs(20, 20).seen_s == []
    bars = Bars(moves=swing(1.0, 8.0, until_s=20.0))
    assert len(bars.hold(22.5 - bars.at_s).tugs(20, 20).seen_s) == 1


def test_a_step_to_and_fro_is_no_rhythm() -> None:
    """Fewer swings, or uneven ones."""
    assert len(Bars().hold(0.4, 3).hold(0.4).hold(0.4, 3).tugs(20, 20).seen_s) == 1
    bars = Bars()
    for seconds in (0.3, 1.0, 0.3, 1.0):
        bars.hold(seconds, 3).hold(seconds / 2)
    assert len(bars.hold(0.4).tugs(20, 20).seen_s) == 1


@pytest.mark.parametrize("rate_hz", [0.5, 0.8, 1.2, 1.35, 1.5, 2.0])
@pytest.mark.parametrize("swing_kg", [4.0, 5.0, 10.0])
def test_a_minute_of_rocking_is_none_however_it_begins_and_ends(rate_hz: float, swing_kg: float) -> None:
    for quarter in range(4):
        from_s = 4.0
        until_s = from_s + 60 + quarter / 4 / rate_hz
        bars = Bars(moves=lambda at_s, end=until_s: swing_kg * sin(2 * pi * rate_hz * (at_s - 4)) * (4 < at_s < end))
        assert bars.hold(70.0).seen_s == []


# Settings


@pytest.mark.parametrize(
    ("names", "values"),
    [
        ("tug_least_kg tug_most_kg", (10.0, 9.0)),
        ("tug_least_us tug_most_us", (200_000, 100_000)),
        ("gap_least_us gap_most_us", (500_000, 400_000)),
        ("rhythm_least_us rhythm_most_us", (500_000, 400_000)),
        ("gap_most_us after_us", (900_000, 800_000)),
    ],
)
def test_bounds_the_wrong_way_round_are_refused(names: str, values: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=names.replace(" ", r" .* must not be above ")):
        GestureSettings(**dict(zip(names.split(), values, strict=True)))


def test_it_is_off_unless_asked_for() -> None:
    assert SETTINGS.enabled is False


# Recordings and work


def test_no_recording_holds_one_at_any_rate() -> None:
    plays = 0
    for name, room in recorded():
        assert seen(room) == [], name
        plays += 1
    assert plays > len(RECORDINGS) * len(RATES_HZ)


@pytest.mark.parametrize("presence", [True, False])
def test_half_an_hour_of_work_holds_none(presence: bool) -> None:
    assert seen(Room(normal_work(1800.0, presence=presence), 7)) == []


def test_an_hour_of_rocking_holds_none() -> None:
    assert seen(rocking_hour(99)) == []


@pytest.mark.parametrize(
    ("kg", "sway_kg", "least"), [(10.0, 0.5, 90), (15.0, 1.5, 75), (20.0, 2.0, 70)], ids=["calm", "working", "strong"]
)
def test_most_true_ones_are_seen(kg: float, sway_kg: float, least: int) -> None:
    room, starts_s = gestures(kg, sway_kg, 3)
    found = waits(room, starts_s)
    assert least <= len(found)
    assert max(found) < 3.5
