"""A procedure is its steps: stages, undo at every length, a file in between, and what is accepted."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bard.commission.plans import check_room, first_step
from bard.commission.procedure import accepted, bars_of
from bard.commission.reading import Taken, check_load, checked, freed, loaded, striking
from bard.commission.readings import Readings
from bard.commission.record import BoardRecord, CalibrationRecord, Hold, Reading, Source
from bard.commission.stages import state_of, step_words
from bard.commission.steps import Began, Begin, CellCheck, Checked, Freed, Journey, Load, Loaded, Step, Strike, Struck
from bard.commission.told import Stage
from bard.config.calibration_file import load_stored, save_calibration
from bard.config.journey_file import load_steps, save_steps
from bard.errors import ConfigError, Refused, UsageError
from bard.messages import CellSnapshot
from bard.settings import BoardSettings, CellSettings, RoomSettings, SupportSettings
from bard.weigh.calibration import NONE
from bard.weigh.state import CellState
from tests.commission.bars import Bar

MADE, EXPIRES = "2026-03-02T14:05:00+00:00", "2027-03-02"
LEFT = "left bar"
ROOM = RoomSettings(
    boards=(BoardSettings("main", "/dev/null"),),
    supports=(
        SupportSettings(LEFT, (CellSettings("main", 0), CellSettings("main", 1))),
        SupportSettings("right bar", (CellSettings("main", 2), CellSettings("main", 3))),
    ),
)
BOARDS = (BoardRecord("main", "6d" * 8, "1.0.0"),)
LOADS = ((10.0, 0.25), (20.0, 0.25), (20.0, 0.75), (40.0, 0.75), (30.0, 0.5))


def begun(purpose: str = "calibrate") -> Began:
    asked = msgspec.convert({"do": "begin", "installer": "Ann", "purpose": purpose, "supports": [LEFT]}, Begin)
    return first_step(asked, ROOM, BOARDS, NONE, MADE, 1_000.0)


def weight(kg: float) -> Source:
    return Source(f"{kg:g} kg", "weight", kg, kg * 0.001)


def load(number: int, kg: float, place: float, typed: float | None = None, *, verifies: bool = False) -> Loaded:
    """A weight that hangs; `typed`: what is told of it instead."""
    source = weight(typed or kg)
    reading = Reading(
        number, "weights", Bar().counts(kg, place), (150.0, 150.0), 10.0 * number, uses=(source.name,), place=place
    )
    return Loaded(LEFT, reading, (source,), verifies=verifies)


def whole() -> list[Step]:
    """A calibration without a mistake: begun, checked, freed, five loads and one to verify."""
    cells = tuple(CellCheck(f"main/{i}", f"{LEFT}, cell {i + 1}", 80.0, 1.0, 150.0) for i in range(2))
    free = Reading(1, "free", Bar().counts(0.0), (150.0, 150.0), 5.0)
    steps: list[Step] = [begun(), Checked(cells), Freed({LEFT: free})]
    steps += [load(number, kg, place) for number, (kg, place) in enumerate(LOADS, 2)]
    return [*steps, load(7, 25.0, 0.2, verifies=True)]


def stage_of(steps: list[Step], known: CalibrationRecord | None = None) -> Stage:
    return state_of(steps, bars_of(steps, known)).stage


def result_of(steps: list[Step], known: CalibrationRecord | None = None) -> CalibrationRecord:
    return accepted(steps, NONE, known, MADE, EXPIRES)[1]


def test_each_step_brings_the_next_stage_and_each_undo_the_one_before() -> None:
    steps = whole()
    stages = ["check", "zero", "span", "span", "span", "span", "span", "verify", "accept"]
    assert [stage_of(steps[:length]) for length in range(1, len(steps) + 1)] == stages
    state = state_of(steps, bars_of(steps, None))
    assert state.undo == "reading 7: 25 kg at 20 % of the length on left bar"
    assert [
        bar.more for length in (3, 5, 8) for bar in state_of(steps[:length], bars_of(steps[:length], None)).bars
    ] == [
        5,
        3,
        0,
    ]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_file_in_between_and_undone_detours_change_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("journey") / "calibrating.json"
    steps: tuple[Step, ...] = ()
    for step in whole():
        for detour in data.draw(st.lists(st.sampled_from([Struck(2, "x"), load(90, 12.0, 0.4)]), max_size=2)):
            steps = (*steps, detour)
        while steps and steps != tuple(whole()[: len(steps)]):
            steps = steps[:-1]
        steps = (*steps, step)
        if data.draw(st.booleans()):
            save_steps(path, steps)
            steps = load_steps(path)
    assert steps == tuple(whole())
    assert result_of(list(steps)) == result_of(whole())


def test_what_is_accepted_is_the_truth_with_who_when_and_until_when() -> None:
    calibration, record = accepted(whole(), NONE, None, MADE, EXPIRES)
    for index, span in enumerate(Bar().spans):
        assert calibration.cells[f"main/{index}"].counts_per_kg == pytest.approx(span, rel=1e-6)
    assert (calibration.made, calibration.expires, record.installer) == (MADE, EXPIRES, "Ann")
    assert record.verdict == "pass"
    [support] = record.supports
    [verification] = support.verifications
    assert (verification.made, verification.by, verification.loads[0].number) == (MADE, "Ann", 7)
    assert 7 not in [reading.number for reading in support.readings], "the fit never saw it"


def test_it_comes_back_from_the_file_to_the_bit(tmp_path: Path) -> None:
    calibration, record = accepted(whole(), NONE, None, MADE, EXPIRES)
    save_calibration(tmp_path / "calibration.json", calibration, record)
    stored = load_stored(tmp_path / "calibration.json")
    assert stored is not None
    assert (stored.calibration, stored.record) == (calibration, record)


def test_nothing_is_accepted_while_something_is_missing() -> None:
    steps = whole()
    for length in range(1, len(steps)):
        with pytest.raises(Refused):
            result_of(steps[:length])
    with pytest.raises(Refused, match="no calibration is open"):
        accepted([], NONE, None, MADE, EXPIRES)


def test_a_mistyped_reading_is_named_and_struck_it_is_kept_but_does_not_count() -> None:
    steps = [*whole()[:-1], load(8, 15.0, 0.25), load(9, 30.0, 0.75, typed=35.0)]
    [bar] = state_of(steps, bars_of(steps, None)).bars
    assert bar.suspects == (9,)
    assert "reading 9" in bar.refusal
    steps.append(striking(steps, Strike(9, "30 kg it was")))
    [bar] = state_of(steps, bars_of(steps, None)).bars
    assert (bar.refusal, bar.suspects) == ("", ())
    record = result_of([*steps, load(10, 25.0, 0.2, verifies=True)])
    assert [reading.struck for reading in record.supports[0].readings if reading.number == 9] == ["30 kg it was"]
    with pytest.raises(UsageError, match="no reading 9 to strike; allowed: 2, 3"):
        striking(steps, Strike(9))


def test_a_wrong_verification_is_refused_and_a_doubtful_one_taken_with_a_warning() -> None:
    wrong = [*whole()[:-1], load(7, 25.0, 0.2, typed=25.8, verifies=True)]
    assert stage_of(wrong) == "verify"
    with pytest.raises(Refused, match="more than 2"):
        result_of(wrong)
    doubtful = [*whole()[:-1], load(7, 25.0, 0.2, typed=25.35, verifies=True)]
    assert stage_of(doubtful) == "accept"
    assert result_of(doubtful).verdict == "warn"


def test_loads_at_one_end_only_leave_the_corners_open() -> None:
    steps = whole()[:3] + [load(n, kg, place) for n, (kg, place) in enumerate(((10, 0.25), (20, 0.25), (15, 0.5)), 2)]
    steps += [load(5, 30, 0.5), load(6, 40, 0.4)]
    state = state_of(steps, bars_of(steps, None))
    assert state.stage in ("span", "corners")
    if state.stage == "corners":
        assert "last end" in state.todo


def test_a_later_verification_joins_the_record_and_leaves_the_calibration() -> None:
    calibration, record = accepted(whole(), NONE, None, MADE, EXPIRES)
    free = Reading(1, "free", Bar().counts(0.0), (150.0, 150.0), 5.0)
    steps: list[Step] = [begun("verify"), Freed({LEFT: free})]
    assert stage_of(steps, record) == "verify"
    steps.append(load(2, 33.0, 0.75, verifies=True))
    assert stage_of(steps, record) == "accept"
    same, after = accepted(steps, calibration, record, "2026-06-01", "ignored")
    assert same == calibration
    assert [found.made for found in after.supports[0].verifications] == [MADE, "2026-06-01"]
    wrong: list[Step] = [*steps[:-1], load(2, 33.0, 0.75, typed=35.0, verifies=True)]
    assert "one is refused" in state_of(wrong, bars_of(wrong, record)).todo
    assert accepted(wrong, calibration, record, "2026-06-01", "")[1].verdict == "refused", "evidence is kept"
    assert "what its calibration was made from is not known" in bars_of(steps, None)[0].refusal


# What was read becomes a step


def read(state: CellState = CellState.OK, moves: int = 0, kg: float = 0.0, place: float = 0.5) -> dict[str, Readings]:
    found = {}
    for index, counts in enumerate(Bar().counts(kg, place)):
        cell = found[f"main/{index}"] = Readings(f"{LEFT}, cell {index + 1}")
        for row in range(300):
            cell.take(round(counts) + row % 7 + moves * row, state)
    return found


def test_readings_become_steps_with_numbers_of_their_own() -> None:
    steps = whole()[:2]
    zero = freed(steps, read(), 1_020.0)
    assert zero.readings[LEFT].counts == pytest.approx(Bar().counts(0.0), abs=4)
    assert (zero.readings[LEFT].number, zero.readings[LEFT].at_s) == (1, 20.0)
    asked = Load(LEFT, "weights", (weight(20.0),), 0.25, hold=True)
    taken = Taken.of([*steps, zero], asked, read(kg=20.0, place=0.25), 1_010.0)
    assert taken.reading.number == 2
    assert taken.reading.at_s == 20.0, "clocks are set back, readings go on"
    assert isinstance(taken.hold, Hold)
    assert taken.hold.first_counts == pytest.approx(taken.reading.counts, abs=4)
    assert loaded(taken, None).hold == taken.hold


def test_what_moves_is_faulty_or_comes_too_early_is_refused() -> None:
    steps = whole()[:3]
    with pytest.raises(Refused, match="rate and noise were not looked at"):
        freed(steps[:1], read(), 1_020.0)
    with pytest.raises(Refused, match="not still"):
        freed(steps, read(moves=20), 1_020.0)
    with pytest.raises(Refused, match="end of its range"):
        freed(steps, read(CellState.SATURATED), 1_020.0)
    cells = {f"main/{index}": CellSnapshot("", "", None, None, "ok", "", 0, 0, 80.0) for index in range(2)}
    with pytest.raises(Refused, match="not still"):
        checked(steps, read(moves=20), cells)
    assert [cell.rate_hz for cell in checked(steps, read(), cells).cells] == [80.0, 80.0]
    with pytest.raises(Refused, match="end of its range"):
        checked(steps, read(CellState.SATURATED), cells)
    asked = Load(LEFT, "weights", (weight(20.0),), 0.25)
    with pytest.raises(Refused, match="no zero yet"):
        check_load(steps[:2], bars_of(steps[:2], None), asked)
    with pytest.raises(UsageError, match="no support 'bar'"):
        check_load(steps, bars_of(steps, None), msgspec.structs.replace(asked, support="bar"))
    with pytest.raises(UsageError, match="allowed: person and scale"):
        check_load(steps, bars_of(steps, None), msgspec.structs.replace(asked, kind="scale"))
    with pytest.raises(Refused, match="nothing to verify yet"):
        check_load(steps, bars_of(steps, None), msgspec.structs.replace(asked, verifies=True))


def test_a_source_is_told_once_and_for_all() -> None:
    steps = whole()
    other = msgspec.structs.replace(weight(20.0), u_kg=1.0)
    with pytest.raises(UsageError, match="'20 kg' was told otherwise before"):
        check_load(steps, bars_of(steps, None), Load(LEFT, "weights", (other,), 0.25))
    twice = (weight(20.0), weight(20.0))
    with pytest.raises(UsageError, match="named twice"):
        check_load(steps, bars_of(steps, None), Load(LEFT, "weights", twice, 0.25))


# The beginning


def test_it_begins_with_supports_that_are_there_and_boards_that_speak() -> None:
    with pytest.raises(UsageError, match="no support 'bar'; allowed: left bar, right bar"):
        first_step(Begin("Ann", supports=("bar",)), ROOM, BOARDS, NONE, MADE, 0.0)
    silent = (BoardRecord("main", "", ""),)
    with pytest.raises(Refused, match="board main has not said who it is"):
        first_step(Begin("Ann"), ROOM, silent, NONE, MADE, 0.0)
    both = first_step(Begin("Ann", rated_kg={LEFT: 400.0}, capacity_kg=100.0), ROOM, BOARDS, NONE, MADE, 0.0)
    assert [(plan.name, plan.rated_kg) for plan in both.supports] == [(LEFT, 400.0), ("right bar", None)]
    assert both.supports[1].cells[1].key == "main/3"


def test_another_room_is_told() -> None:
    check_room(whole(), ROOM)
    swapped = msgspec.structs.replace(ROOM.supports[0], cells=ROOM.supports[0].cells[::-1])
    with pytest.raises(Refused, match="left bar has other cells than when this calibration began"):
        check_room(whole(), RoomSettings(ROOM.boards, (swapped, ROOM.supports[1])))


# The file of the steps


def test_a_damaged_file_of_steps_is_one_line_and_none_is_no_steps(tmp_path: Path) -> None:
    path = tmp_path / "calibrating.json"
    assert load_steps(path) == ()
    save_steps(path, tuple(whole()))
    content = path.read_bytes()
    assert load_steps(path) == tuple(whole())
    for damaged in (b"", b"[]", content[: len(content) // 2], content.replace(b"began", b"bogus"), b"\xff\xfe"):
        path.write_bytes(damaged)
        with pytest.raises(ConfigError) as caught:
            load_steps(path)
        assert "\n" not in str(caught.value)
        assert "drop it, begin anew" in str(caught.value)
    save_steps(path, ())
    assert not path.exists()
    assert Journey().steps == ()


def test_every_step_has_words() -> None:
    steps = [*whole(), Struck(3, "typed wrong")]
    assert [step_words(step) for step in steps][:3] == [
        "the beginning",
        "checked: noise 150 to 150 counts, 80 to 80 conversions a second",
        "the zero",
    ]
    assert step_words(steps[-1]) == "the striking of reading 3"
