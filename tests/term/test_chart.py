import math

import pytest
from msgspec.structs import replace

from bard.term.chart import EMPTY, NOBODY, UNKNOWN, Column, History, draw_chart
from tests.control.fake import room

S = 1_000_000


def history(*points):
    made = History()
    for at_s, snapshot in points:
        made.add(replace(snapshot, at_us=int(at_s * S)))
    return made


def rows_of(columns, limit_kg=40.0, top_kg=52.0, rows=6, fine=True):
    chart = draw_chart(columns, limit_kg, top_kg, rows, fine)
    return ["".join(text for text, _ in line) for line in chart]


def test_a_column_holds_the_highest_load_of_its_time():
    made = history((100.0, room(30.0)), (100.3, room(44.0)), (100.9, room(20.0)), (101.1, room(10.0)))
    assert made.columns(30)[-2:] == [Column("", 44.0), Column("", 10.0)]
    assert made.columns(30)[0] == Column(EMPTY)


def test_any_unknown_makes_the_column_unknown_and_nobody_gives_way():
    made = history((100.0, room(30.0)), (100.5, room(None)), (101.0, room(30.0, "off")), (101.5, room(31.0)))
    assert [column.mark for column in made.columns(30)[-2:]] == [UNKNOWN, ""]
    assert history((1.0, room(30.0, "off"))).columns(3)[-1] == Column(NOBODY)


def test_half_a_minute_is_kept_and_a_new_daemon_begins_anew():
    made = history(*((at_s / 10, room(30.0)) for at_s in range(1000)))
    assert all(column.load_kg == 30.0 for column in made.columns(60))
    assert len(made._points) <= 311
    made.add(replace(room(20.0), at_us=5))
    assert [column.mark for column in made.columns(3)] == [EMPTY, EMPTY, ""]


def test_columns_keep_their_shape_as_time_goes_on():
    def load(at_s):
        return room(40 + 5 * math.sin(at_s * 2))

    points = [(at_s / 10, load(at_s / 10)) for at_s in range(600)]
    before, after = history(*points[:-20]), history(*points)
    assert before.columns(30)[5:-1] == after.columns(30)[3:-3]


def test_the_limit_lies_on_a_rows_edge():
    chart = rows_of([Column("", 40.0), Column("", 40.5), Column("", 39.9)])
    (at_limit,) = (row for row in chart if "40.0 ┤" in row)
    assert at_limit.endswith("▁▁▁")
    chart_of_one = draw_chart([Column("", 40.5)], 40.0, 52.0, 6, True)
    assert next(line for line in chart_of_one if "40" in line[0][0])[1] == ("▁", "bold red")
    assert chart[chart.index(at_limit) + 1].endswith("███")


@pytest.mark.parametrize(
    ("load_kg", "column"),
    [(-5.0, " ▁ ▁"), (0.5, " ▁ ▁"), (10.0, " ▁ ▆"), (20.0, " ▁▃█"), (30.0, " ▁██"), (46.0, "▁███"), (300.0, "▲███")],
)
def test_heights_from_the_top_with_the_limits_line_on_the_second_row(load_kg, column):
    rows = rows_of([Column("", load_kg)], limit_kg=30.0, top_kg=60.0, rows=4)
    assert "".join(row[-1] for row in rows) == column


def test_marks_stand_at_the_foot():
    rows = rows_of([Column(UNKNOWN), Column(NOBODY), Column(EMPTY)])
    assert rows[-1].endswith("?· ")


@pytest.mark.parametrize("rows", [2, 3, 6, 16])
@pytest.mark.parametrize("limit_kg", [1.0, 40.0, 200.0])
@pytest.mark.parametrize("fine", [True, False])
def test_any_size_is_whole_and_coarse_uses_half_blocks_only(rows, limit_kg, fine):
    columns = [Column("", kg) for kg in range(-10, 250, 7)]
    drawn = rows_of(columns, limit_kg, limit_kg * 1.3, rows, fine)
    assert len(drawn) == rows
    assert {len(row) for row in drawn} == {8 + len(columns)}
    assert sum("┤" in row for row in drawn) in (1, 2)
    if not fine:
        assert not set("".join(drawn)) & set("▁▂▃▅▆▇")
