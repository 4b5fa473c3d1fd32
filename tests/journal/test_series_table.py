import csv
import io
from math import nan

from bard.journal.series import series_of
from bard.journal.series_table import COLUMNS, write_series
from tests.journal.summaries import BARS, RIBS, summary


def test_a_line_a_tenth_of_a_second_and_empty_where_unknown() -> None:
    summaries = [summary(0, 30.0), summary(3, nan), summary(4, 20.123, judged=RIBS), summary(5, 0.0, phase="off")]
    out = io.StringIO()
    write_series(series_of(summaries), out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert list(rows[0]) == [*COLUMNS, *(f"{name} kg" for name in BARS)]
    assert [row["t_s"] for row in rows] == ["0.0", "0.3", "0.4", "0.5"]
    assert [row["client_mean_kg"] for row in rows] == ["30.00", "", "20.12", ""]
    assert [row["phase"] for row in rows] == ["on", "on", "on", "off"]
    assert [(row["limit_kg"], row["zone"]) for row in rows] == [("40.0", "")] * 2 + [("25.0", "ribs"), ("40.0", "")]
    assert [row["left bar kg"] for row in rows] == ["24.00", "", "29.93", "42.00"]
    assert "nan" not in out.getvalue().lower()
