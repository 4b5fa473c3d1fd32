"""Every impossible set-up is refused for the right reason, with the number behind it, in one line."""

from collections.abc import Callable

import numpy as np
import pytest
from msgspec.structs import replace

from bard.commission.fit import fit_support
from bard.commission.record import CellPlan, Reading, Source
from bard.errors import BardError, Mistyped, Refused, UsageError

from .bars import Bar, plates, weighed_bar


def refusal(bar: Bar, sources: list[Source], kind: type[BardError] = Refused) -> str:
    with pytest.raises(kind) as caught:
        fit_support(bar.plan, sources, bar.readings)
    words = str(caught.value)
    assert "\n" not in words
    return words


def with_counts(change: Callable[[int, np.ndarray], np.ndarray]) -> str:
    """A good calibration whose counts, shape (cells,), are changed by `change(reading, counts)`."""
    bar, sources = weighed_bar()
    bar.readings = [
        replace(reading, counts=tuple(change(index, np.array(reading.counts)).tolist()))
        for index, reading in enumerate(bar.readings)
    ]
    return refusal(bar, sources)


def test_saturated_counts() -> None:
    words = with_counts(lambda reading, counts: np.where([False, reading == 3], 8_388_607.0, counts))
    assert words == "left bar, cell 2, reading 4: 8388607 counts, the end of its range: broken wire, short or overload"


def test_identical_counts() -> None:
    bar, sources = weighed_bar()
    bar.readings[2] = replace(bar.readings[2], sd_counts=(0.0, 150.0))
    assert "left bar, cell 1, reading 3: all its readings are" in refusal(bar, sources)


def test_a_cell_that_no_load_moves() -> None:
    words = with_counts(lambda _, counts: np.array([counts[0], 1234.0]))
    assert words.startswith("left bar, cell 2: no load moved it by more than 0 counts (least: 500)")


def test_an_unstable_zero() -> None:
    words = with_counts(lambda reading, counts: counts + (30_000 if reading == 11 else 0))
    assert words.startswith(
        "left bar, cell 1: its zero does not stay: 1.5 kg between looks at the free bar (at most 0.3)"
    )


def test_too_few_readings_and_no_free_one() -> None:
    bar, sources = weighed_bar()
    bar.readings = bar.readings[:5]
    assert refusal(bar, sources) == "left bar: 4 readings with a load; 5 are the least for its cells"
    bar, sources = weighed_bar()
    bar.readings = bar.readings[1:-1]
    assert "no reading of the free bar" in refusal(bar, sources)


def test_too_little_load() -> None:
    bar, sources = Bar(1), [Source("disc", "weight", 2.0, 0.01), Source("disc 2", "weight", 4.0, 0.01)]
    bar.free()
    for name, kg in (("disc", 2), ("disc 2", 4), ("disc 2", 4), ("disc", 2)):
        bar.hang([name], kg)
    words = refusal(bar, sources)
    told = "left bar: the largest load was 4 kg, less than 20 % of the 60 kg it will carry: hang more"
    assert words == f"{told} (or was 40 kg meant?)"


def test_more_than_any_bar_carries_is_a_slip() -> None:
    bar, _ = weighed_bar()
    assert "600 kg are more than the 500 kg it may carry" in refusal(bar, plates(3, 200.0))
    bar, sources = weighed_bar()
    bar.plan = replace(bar.plan, rated_kg=50.0)
    assert "60 kg are more than the 50 kg it may carry" in refusal(bar, sources)


@pytest.mark.parametrize(
    ("capacity_kg", "mv_per_v", "typed_kg", "words"),
    [
        (200.0, 2.0, 10.0, "40000 counts/kg are 3.73 mV/V at 200 kg; 2 is written on it: the weights were more"),
        (200.0, 2.0, 2.0, "200000 counts/kg are 18.63 mV/V at 200 kg; 2 is written on it: a slip of ten?"),
        (200.0, 2.0, 44.09, "9072 counts/kg are 0.84 mV/V at 200 kg; 2 is written on it: 42 % of the load that was"),
        (200.0, None, 2.0, "200000 counts/kg are 18.63 mV/V at 200 kg; cells have 0.8 to 3.5: a slip of ten?"),
        (
            200.0,
            None,
            60.0,
            "6667 counts/kg are 0.62 mV/V at 200 kg; cells have 0.8 to 3.5: 31 % of the load",
        ),
        (None, None, 0.5, "800000 counts/kg cannot be (allowed: 500 to 500000, either sign): are the weights right"),
    ],
)
def test_a_span_that_no_cell_has(
    capacity_kg: float | None, mv_per_v: float | None, typed_kg: float, words: str
) -> None:
    bar, _ = weighed_bar(1)
    cell = CellPlan("main/0", "left bar, cell 1", capacity_kg, mv_per_v)
    bar.plan = replace(bar.plan, cells=(cell,), expected_kg=1.0)
    assert words in refusal(bar, plates(3, typed_kg))


def test_ten_times_what_it_was() -> None:
    bar, _ = weighed_bar(1)
    cell = replace(bar.plan.cells[0], known_counts_per_kg=20_000.0)
    bar.plan = replace(bar.plan, cells=(cell,), expected_kg=20.0)
    words = refusal(bar, plates(3, 2.0))
    assert "200000 counts/kg, 10 times what it had at the last calibration (20000): a slip of ten" in words


def test_swapped_cells_are_named() -> None:
    words = with_counts(lambda _, counts: counts[::-1])
    assert words.startswith("left bar, cell 1 and left bar, cell 2: swapped: loads near one move the other")
    bar, sources = weighed_bar(4)
    bar.readings = [replace(r, counts=(r.counts[0], r.counts[2], r.counts[1], r.counts[3])) for r in bar.readings]
    assert refusal(bar, sources).startswith("left bar, cell 2 and left bar, cell 3: swapped")


def test_reversed_wires_are_told_and_taken() -> None:
    bar, sources = weighed_bar(3)
    record = fit_support(bar.plan, sources, bar.readings)
    assert record.notes[0].startswith("left bar, cell 2 is wired the other way round than the others (reversed signal")
    known = tuple(replace(cell, known_counts_per_kg=20_500.0) for cell in bar.plan.cells)
    again = fit_support(replace(bar.plan, cells=known), sources, bar.readings)
    assert "left bar, cell 2: its sign has changed since the last calibration: its wires were swapped" in again.notes


def test_readings_that_do_not_fit_each_other() -> None:
    bar, sources = weighed_bar(1)
    off = np.array([0, 1, -1, 1, -1, 1, 0]) * 40_000.0
    bar.readings = [replace(r, counts=(r.counts[0] + by,), u_kg=1.0) for r, by in zip(bar.readings, off, strict=True)]
    words = refusal(bar, sources)
    assert words.startswith("left bar: the readings do not fit each other: errors of 2.2 kg (at most 1.2), reading")


def test_a_line_that_bends() -> None:
    bar, sources = Bar(1), plates(4)
    bar.free()
    for many in (1, 2, 3, 4, 4, 3, 2, 1):
        kg = 20.0 * many
        bar.take("weights", kg - 0.0015 * kg**2, uses=tuple(f"plate {i + 1}" for i in range(many)))
    bar.readings = [replace(reading, u_kg=1.0) for reading in bar.readings]
    bar.free()
    assert refusal(bar, sources).startswith("left bar: not a straight line: it bends by")


def test_a_scale_that_holds_its_reading() -> None:
    bar = Bar(1)
    bar.free()
    for pull_kg in (10, 20, 30, 40, 50):
        bar.take("scale", pull_kg, shown_kg=61.0, uses=("scale", "she"))
    words = refusal(bar, [Source("scale", "scale", u_fraction=0.003), Source("she", "person")])
    assert words.startswith("left bar: the scale showed 61 kg for all 5 pulls: it holds its reading")


def test_hands_off_the_bar_is_no_load() -> None:
    bar, sources = Bar(1), [Source("scale", "scale", u_fraction=0.003), Source("she", "person")]
    bar.free()
    for pull_kg in (0, 0, 0, 0, 40, 20):
        bar.take("scale", pull_kg, shown_kg=71.0 - pull_kg, uses=("scale", "she"))
    assert refusal(bar, sources) == "left bar: 2 readings with a load; 4 are the least for its cells"
    for pull_kg in (10, 20, 30, 40, 30, 20):
        bar.take("scale", pull_kg, shown_kg=71.0 - pull_kg, uses=("scale", "she"))
    words = refusal(bar, sources)
    assert words == "left bar: 8 pulls; where nothing but a scale tells the load, 9 are the least"
    bar.take("scale", 10, shown_kg=61.0, uses=("scale", "she"))
    fit_support(bar.plan, sources, bar.readings)


def test_a_hang_of_nobody_knows_how_much() -> None:
    bar = Bar(1)
    bar.free()
    for _ in range(4):
        bar.take("hang", 70.0, uses=("she",))
    assert "a person's weight open" in refusal(bar, [Source("she", "person")])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"uses": ("anvil",)}, "no source 'anvil'; allowed: plate 1, plate 2, plate 3"),
        ({"counts": (1.0,), "sd_counts": (1.0,)}, "counts of 1 cells; allowed: of 2"),
        ({"kind": "scale", "uses": ("plate 1",)}, "a reading of kind scale uses a person and a scale; allowed: that"),
        ({"uses": ()}, "a reading of kind weights uses a weight; allowed: that"),
    ],
)
def test_a_reading_that_is_none_of_this_support(change: dict, words: str) -> None:
    bar, sources = weighed_bar()
    bar.readings[1] = replace(bar.readings[1], **change)
    assert refusal(bar, sources, UsageError) == f"left bar, reading 2: {words}"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kg": None}, "reading 2: plate 1 has no kg; allowed: what it weighs"),
        ({"weighed_on": "scale"}, "reading 2: plate 1 was weighed on 'scale'; allowed: none is there"),
        ({"name": "plate 2"}, "two things are called 'plate 2'; allowed: a name each"),
    ],
)
def test_sources_that_are_none(changed: dict, words: str) -> None:
    bar, sources = weighed_bar()
    sources[0] = replace(sources[0], **changed)
    assert refusal(bar, sources, UsageError).endswith(words)


def test_two_readings_of_one_number() -> None:
    bar, sources = weighed_bar()
    bar.readings[3] = replace(bar.readings[3], number=2)
    assert refusal(bar, sources, UsageError) == "left bar: two readings have the number 2; allowed: one each"


# Mistyped


def mistyped(bar: Bar, sources: list[Source]) -> Mistyped:
    with pytest.raises(Mistyped) as caught:
        fit_support(bar.plan, sources, bar.readings)
    return caught.value


@pytest.mark.parametrize("typed_kg", [4.0, 34.0, 42.5, 400.0])
def test_one_mistyped_reading_is_named_with_what_the_others_say(typed_kg: float) -> None:
    bar, sources = weighed_bar()
    sources.append(Source("typed", "weight", typed_kg, 0.02))
    bar.readings[2] = replace(bar.readings[2], uses=("typed",))
    refused = mistyped(bar, sources)
    assert refused.numbers == (3,)
    assert refused.source == ""
    assert f"reading 3, {typed_kg:.4g} kg, does not fit the others, which make it 40.0 ±" in str(refused)
    bar.readings[2] = replace(bar.readings[2], struck="mistyped")
    record = fit_support(bar.plan, sources, bar.readings)
    assert [cell.counts_per_kg for cell in record.cells] == pytest.approx(bar.spans, rel=1e-6)
    assert len(record.results) == 9


def test_a_weight_whose_kg_were_mistyped_is_named_itself() -> None:
    bar, sources = weighed_bar()
    sources[1] = replace(sources[1], kg=25.0)
    refused = mistyped(bar, sources)
    assert refused.source == "plate 2"
    assert "plate 2, given as 25 kg, does not fit: the readings make it 20.0 ±" in str(refused)


@pytest.mark.parametrize("u_kg", [0.0, 0.001, 0.3])
def test_it_is_named_however_well_it_is_said_to_be_known(u_kg: float) -> None:
    bar, sources = weighed_bar()
    sources = [replace(source, u_kg=u_kg) for source in sources]
    bar.readings = [replace(reading, u_kg=0.0) for reading in bar.readings]
    sources[1] = replace(sources[1], kg=25.0)
    assert mistyped(bar, sources).source == "plate 2"


def test_a_mistyped_scale_is_named() -> None:
    bar = Bar(1)
    sources = [Source("scale", "scale", u_fraction=0.003), Source("she", "person")]
    bar.free()
    for pull_kg in (0, 10, 20, 30, 40, 50, 40, 30, 20, 10, 0):
        bar.take("scale", pull_kg, shown_kg=71.5 - pull_kg, uses=("scale", "she"), u_kg=0.3)
    bar.readings[4] = replace(bar.readings[4], shown_kg=14.5)
    refused = mistyped(bar, sources)
    assert refused.numbers == (5,)
    assert "reading 5, 14.5 kg, does not fit the others, which make it 41.5 ±" in str(refused)


def test_two_mistyped_readings_are_both_named() -> None:
    bar, sources = weighed_bar()
    sources += [Source("typed", "weight", 14.0, 0.02), Source("typed too", "weight", 62.0, 0.02)]
    bar.readings[2] = replace(bar.readings[2], uses=("typed",))
    bar.readings[6] = replace(bar.readings[6], uses=("typed too",))
    assert set(mistyped(bar, sources).numbers) == {3, 7}


def test_a_struck_reading_stays_in_the_record() -> None:
    bar, sources = weighed_bar()
    bar.readings[2] = replace(bar.readings[2], struck="swung")
    record = fit_support(bar.plan, sources, bar.readings)
    struck: list[Reading] = [reading for reading in record.readings if reading.struck]
    assert [(reading.number, reading.struck) for reading in struck] == [(3, "swung")]
    assert 3 not in [result.number for result in record.results]


def test_a_person_all_of_whose_readings_were_struck_does_no_harm() -> None:
    bar, sources = weighed_bar()
    bar.take("hang", 70.0, uses=("she",))
    bar.readings[-1] = replace(bar.readings[-1], struck="swung")
    assert fit_support(bar.plan, [*sources, Source("she", "person")], bar.readings).persons_kg == {}


def test_a_reading_that_no_other_checks_is_said() -> None:
    bar, sources = weighed_bar(2)
    bar.readings = [r for r in bar.readings if r.kind == "free" or (r.place or 0) < 0.5 or r.number == 9]
    record = fit_support(bar.plan, sources, bar.readings)
    assert record.notes[-1].startswith("reading 9 can hardly be checked by the others: a slip below 99.0 kg would not")
