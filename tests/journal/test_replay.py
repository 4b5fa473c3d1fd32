from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from bard.errors import DataError
from bard.journal import check_golden, rebuild_golden, replay, walk
from bard.journal.records import Came, Data, End, Gap, Given, Record, Timer, pack_header, pack_records
from bard.journal.tape import TapeReader
from bard.messages import Inspected, StartSession, StopSession, Verified
from bard.monitor import Monitor
from tests.journal.driving import Driver, drive

Tape = tuple[Path, Driver]


def write(path: Path, like: Path, records: Iterable[Record]) -> Path:
    path.write_bytes(pack_header(TapeReader(like).header) + pack_records(list(records)))
    return path


@pytest.mark.parametrize("scenario", ["board_unplugged", "two_boards", "broken_wire", "presence"])
def test_a_replay_is_the_same_to_the_bit(tmp_path: Path, scenario: str) -> None:
    path = tmp_path / "a.tape"
    driver = drive(path, scenario, 11, 21.0)
    replayed = replay(path)
    assert replayed.events == replayed.recorded == driver.events
    assert len(replayed.events) >= 3
    assert replayed.differences == []
    assert (replayed.calls, replayed.rows) == (driver.calls, driver.monitor.rows)
    assert (replayed.truncated, replayed.ended, replayed.missing) == (None, True, 0)
    assert 20_900_000 < replayed.duration_us <= 21_000_000


def test_a_tape_with_alarms_is_the_same_to_the_bit(slip_tape: Tape) -> None:
    path, driver = slip_tape
    replayed = replay(path)
    assert replayed.events == replayed.recorded == driver.events
    assert any('"load_over"' in event for event in driver.events)


def test_an_overload_that_ends_a_calibration_and_a_verification_that_mends_it_are_replayed(tmp_path: Path) -> None:
    stop, start = StopSession(), StartSession(70, 40)
    bars = ("left bar", "right bar")
    last = (stop, *(Inspected(bar, "Kim") for bar in bars), start, *(Verified(bar) for bar in bars), start)
    driver = drive(tmp_path / "a.tape", "slip", 11, 21.0, rated_kg=18.0, at_last=last)
    assert replay(tmp_path / "a.tape").events == driver.events
    told = [event for event in driver.events if '"done"' in event][-7:]
    assert ["verify it or calibrate it anew" in event for event in told] == [False] * 3 + [True] + [False] * 3
    assert '"refusal":null' in told[-1]
    assert any('"calibration_expired"' in event for event in driver.events)


def test_an_event_that_is_another_on_the_tape_is_a_difference(tmp_path: Path, slip_tape: Tape) -> None:
    records = list(TapeReader(slip_tape[0]))
    at = next(at for at, record in enumerate(records) if isinstance(record, Came) and '"on"' in record.text)
    right = records[at]
    assert isinstance(right, Came)
    records[at] = Came(right.text.replace('"on"', '"off"'))
    replayed = replay(write(tmp_path / "a.tape", slip_tape[0], records))
    assert [line for line in replayed.differences if line[0] in "+-" and line[1] == "{"] == [
        "-" + right.text.replace('"on"', '"off"'),
        "+" + right.text,
    ]


def test_calls_in_another_order_are_another_replay(tmp_path: Path, slip_tape: Tape) -> None:
    records = list(TapeReader(slip_tape[0]))
    start = next(record for record in records if isinstance(record, Given))
    records.remove(start)
    records.insert(2_000, start)
    assert replay(write(tmp_path / "a.tape", slip_tape[0], records)).differences


def test_a_tape_cut_off_anywhere_shows_no_difference(tmp_path: Path, slip_tape: Tape) -> None:
    """The last call's events may be missing; more than those, or others, may not."""
    records = [record for record in TapeReader(slip_tape[0]) if not isinstance(record, End)]
    came = [at for at, record in enumerate(records) if isinstance(record, Came)]
    for at in came[:4]:
        for cut in (at - 1, at, at + 1):
            replayed = replay(write(tmp_path / "a.tape", slip_tape[0], records[:cut]))
            assert replayed.differences == []
            assert not replayed.ended
    without_one = [record for at, record in enumerate(records) if at != came[2]]
    assert replay(write(tmp_path / "a.tape", slip_tape[0], without_one)).differences


def test_an_event_lost_before_a_proper_end_is_a_difference(tmp_path: Path, slip_tape: Tape) -> None:
    records = list(TapeReader(slip_tape[0]))
    came = [at for at, record in enumerate(records) if isinstance(record, Came)]
    cut = [*records[: came[-1]], End()]
    assert replay(write(tmp_path / "a.tape", slip_tape[0], cut)).differences


def test_missing_records_are_counted(tmp_path: Path, slip_tape: Tape) -> None:
    records = list(TapeReader(slip_tape[0]))
    records[100:140] = [Gap(40)]
    assert replay(write(tmp_path / "a.tape", slip_tape[0], records)).missing == 40


def test_an_empty_tape_replays_to_nothing(tmp_path: Path, slip_tape: Tape) -> None:
    replayed = replay(write(tmp_path / "a.tape", slip_tape[0], [End()]))
    assert (replayed.events, replayed.calls, replayed.rows, replayed.duration_us) == ([], 0, 0, 0)


def test_walk_shows_each_row_as_it_was(slip_tape: Tape) -> None:
    path, driver = slip_tape
    seen: list[tuple[int, float | None]] = []

    def look(monitor: Monitor) -> None:
        if monitor.rows % 50 == 0:
            snapshot = monitor.snapshot()
            seen.append((snapshot.at_us, snapshot.client_load_kg))

    replayed = walk(path, look)
    assert replayed.events == driver.events
    times_us = [at_us for at_us, _ in seen]
    assert times_us == sorted(set(times_us))
    assert len(seen) > replayed.rows // 50 * 0.8
    assert seen[0][1] is None
    assert any(load_kg is not None for _, load_kg in seen)


def test_golden_is_rebuilt_and_checked(tmp_path: Path, slip_tape: Tape) -> None:
    path, driver = slip_tape
    golden = tmp_path / "slip.golden"
    assert rebuild_golden(path, golden) == len(driver.events)
    assert golden.read_text().splitlines() == driver.events
    assert all(msgspec.json.decode(line)["type"] for line in golden.read_text().splitlines())
    assert check_golden(path, golden) == []
    lines = golden.read_text().splitlines()
    golden.write_text("\n".join(lines[:1] + lines[2:]) + "\n")
    differences = check_golden(path, golden)
    assert differences[:2] == ["--- golden", "+++ replayed"]
    assert differences[3:] == ["+" + lines[1]]


def test_golden_files_that_cannot_be_are_said(tmp_path: Path, slip_tape: Tape) -> None:
    missing = tmp_path / "no" / "a.golden"
    with pytest.raises(DataError) as caught:
        check_golden(slip_tape[0], missing)
    assert str(caught.value) == f"{missing}: No such file or directory"
    with pytest.raises(DataError) as caught:
        rebuild_golden(slip_tape[0], missing)
    assert str(caught.value) == f"{missing}: No such file or directory"
    binary = tmp_path / "a.golden"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"a\.golden: not text"):
        check_golden(slip_tape[0], binary)


def test_the_fixture_has_every_kind_of_call(slip_tape: Tape) -> None:
    kinds = {type(record) for record in TapeReader(slip_tape[0])}
    assert kinds == {Data, Timer, Given, Came, End}
