"""What is exported reads back as what was measured."""

import csv
import io
import json
from math import nan
from pathlib import Path

import pytest
from msgspec import structs

from bard.journal.conversions import conversions
from bard.journal.export import write_csv, write_jsonl
from bard.journal.export_sessions import (
    CONVERSIONS,
    MINUTES,
    SERIES,
    SESSION_FIGURES,
    SessionFigures,
    minutes_of,
    tenths_of,
)
from bard.journal.history import History
from bard.journal.records import Data
from bard.journal.series import PHASES
from bard.journal.statistics import Statistics
from bard.journal.tape import TapeReader
from bard.monitor import Monitor
from tests.journal.driving import ID, drive
from tests.journal.logs import Log, S, ended, id_of, one_alarm, started
from tests.journal.summaries import RIBS, summary, wave

SESSION = id_of(0)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A session of 70 s with a gap, unknown loads, a zone and an alarm."""
    path = tmp_path / "journal.db"
    log = Log(path)
    log.tell([*started(0), *one_alarm(20 * S)])
    given = [*wave(0, 300), *(summary(n, nan) for n in range(300, 320)), *wave(400, 600)]
    given += [summary(n, 20.0, judged=RIBS) for n in range(600, 650)]
    given += [summary(n, nan, phase="off")._replace(known=10, bar_mean_kg=0.1) for n in range(650, 700)]
    for one in given:
        log.store.take_summary(one)
    log.tell([ended(70 * S, 0)])
    log.close()
    assert log.store.failure is None
    return path


def as_csv(columns, rows) -> list[dict[str, str]]:  # type: ignore[no-untyped-def]
    out = io.StringIO()
    write_csv(columns, rows, out)
    out.seek(0)
    return list(csv.DictReader(out))


def as_jsonl(columns, rows) -> list[dict[str, object]]:  # type: ignore[no-untyped-def]
    out = io.StringIO()
    write_jsonl(columns, rows, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_series_reads_back(journal: Path) -> None:
    with History(journal) as history:
        series = history.series(SESSION)
    lines, objects = as_csv(SERIES, tenths_of(SESSION, series)), as_jsonl(SERIES, tenths_of(SESSION, series))
    assert len(lines) == len(objects) == len(series) == 620
    for row, (line, read) in enumerate(zip(lines, objects, strict=True)):
        assert float(line["t_s"]) == read["t_s"] == series.t_s[row]
        for name in ("client_min_kg", "client_mean_kg", "client_max_kg", "client_fast_max_kg", "u_kg", "bar_mean_kg"):
            value = getattr(series, name)[row]
            told = read[name]
            assert line[name] == ("" if told is None else str(told))
            assert (nan if told is None else told) == pytest.approx(value, abs=0, nan_ok=True), name
        assert line["phase"] == read["phase"] == PHASES[series.phase[row]]
        assert read["zone"] == series.marks[series.judged[row]].numbers.zone
        assert read["limit_kg"] == series.marks[series.judged[row]].numbers.limit_kg
        assert line["bars_kg"] == "; ".join(read["bars_kg"])  # type: ignore[arg-type]
    assert objects[310]["bars_kg"] == ["left bar: unknown", "right bar: unknown"]
    assert lines[310]["client_mean_kg"] == ""
    assert objects[310]["valid_share"] == 0.0


def test_a_session_and_its_minutes_read_back(journal: Path) -> None:
    with History(journal) as history:
        (row,) = history.sessions()
        found = history.statistics(SESSION)
    figures = [SessionFigures(row, found)]
    (line,), (read,) = as_csv(SESSION_FIGURES, figures), as_jsonl(SESSION_FIGURES, figures)
    whole = found.whole
    same = set(Statistics.__struct_fields__) & set(SESSION_FIGURES)
    assert len(same) > 18
    for name in same - {"zones_s", "shares"}:
        assert read[name] == getattr(whole, name), name
        assert line[name] == str(getattr(whole, name)), name
    assert read["zones_s"] == ["none: 52.0", "ribs: 5.0"]
    assert line["shares"] == "left bar: 0.6; right bar: 0.4"
    assert (read["off_s"], read["on_s"], read["missing_s"], read["load_unknown_s"]) == (5.0, 57.0, 8.0, 2.0)
    assert (read["medium"], read["reaction_median_s"], read["calibrations"]) == (1, 1.5, ["0123456789ab"])
    assert (line["mean_pressure_kpa"], read["mean_pressure_kpa"]) == ("", None)
    minutes = as_jsonl(MINUTES, minutes_of(found))
    assert [minute["minute"] for minute in minutes] == [0, 1]
    assert [minute["peak_kg"] for minute in minutes] == [one.peak_kg for one in found.minutes]


def test_pressure_is_told_only_over_a_stated_contact(journal: Path) -> None:
    """25 kg on 250 cm2 are 9.8 kPa."""
    with History(journal) as history:
        (row,) = history.sessions()
        found = history.statistics(SESSION)
    quarter = structs.replace(found, whole=structs.replace(found.whole, mean_kg=25.0))
    (read,) = as_jsonl(SESSION_FIGURES, [SessionFigures(row, quarter, 250.0)])
    assert read["mean_pressure_kpa"] == 9.81
    unknown = structs.replace(found, whole=structs.replace(found.whole, mean_kg=None))
    (read,) = as_jsonl(SESSION_FIGURES, [SessionFigures(row, unknown, 250.0)])
    assert read["mean_pressure_kpa"] is None


def test_conversions_are_all_that_the_cells_said_in_the_session(tmp_path: Path) -> None:
    path = tmp_path / "a.tape"
    driver = drive(path, "demo", 1, 20)
    reader = TapeReader(path)
    found = list(conversions(path, ID))
    started_us = driver.monitor.snapshot().session.started_us  # type: ignore[union-attr]
    before = Monitor(reader.header.core, reader.header.calibration, now_us=reader.header.start_us)
    for record in reader:
        if isinstance(record, Data) and record.now_us <= started_us:
            before.receive_data(record.board, record.data, record.now_us)
    taken, taken_before = (monitor.conversions("a") for monitor in (driver.monitor, before))
    assert len(found) == pytest.approx(taken - taken_before, abs=8), "rows hold them some hundredths of a second later"
    assert {(one.session, one.board) for one in found} == {(ID, "a")}
    assert found[0].t_s == pytest.approx(0, abs=0.05)
    assert found[-1].t_s == pytest.approx((found[-1].at_us - started_us) / 1e6)
    on = sum(one.load_kg or 0 for one in found if 11 < one.t_s < 12) / sum(1 for one in found if 11 < one.t_s < 12) * 4
    assert on == pytest.approx(driver.monitor.loads.bar_slow_kg, abs=25)
    lines = as_csv(CONVERSIONS, found)
    for line, one in zip(lines, found, strict=True):
        assert (int(line["counts"]), int(line["at_us"]), line["cell"]) == (one.counts, one.at_us, one.cell)
        assert float(line["load_kg"]) == pytest.approx(one.load_kg, abs=1e-5)
    assert list(conversions(path, "f" * 16)) == []
