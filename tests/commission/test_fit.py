import numpy as np
import pytest
from msgspec.structs import replace

from bard.commission.fit import calibration_of, fit_support, shown_kg
from bard.commission.record import Hold, Source
from bard.errors import Refused
from bard.weigh.calibration import Calibration, CellCalibration

from .bars import Bar, plates, weighed_bar


@pytest.mark.parametrize("cells", [1, 2, 3, 4])
def test_exact_readings_give_spans_and_zeros_back(cells: int) -> None:
    bar, sources = weighed_bar(cells)
    record = fit_support(bar.plan, sources, bar.readings)
    assert [cell.counts_per_kg for cell in record.cells] == pytest.approx(bar.spans, rel=1e-6)
    assert [cell.zero_counts for cell in record.cells] == pytest.approx(bar.zeros)
    assert shown_kg(record, bar.counts(37, 0.3), bar.zeros) == pytest.approx(37, rel=1e-6)
    assert record.residual_kg < 1e-6
    assert record.method == "known weights"


def test_a_person_on_a_scale_gives_span_and_her_own_weight() -> None:
    bar = Bar(1)
    sources = [Source("scale", "scale", u_fraction=0.003), Source("she", "person")]
    bar.free()
    for pull_kg in (0, 10, 20, 30, 40, 50, 40, 30, 20, 10, 0):
        bar.take("scale", pull_kg, shown_kg=71.5 - pull_kg, uses=("scale", "she"), u_kg=0.3)
    record = fit_support(bar.plan, sources, bar.readings)
    assert record.cells[0].counts_per_kg == pytest.approx(bar.spans[0], rel=1e-6)
    assert record.persons_kg["she"] == pytest.approx(71.5, abs=0.01)
    assert record.span_u_fraction > 0.003


def test_the_error_of_a_scale_does_not_average_out() -> None:
    def span_u(pulls: int) -> float:
        bar = Bar(1)
        sources = [Source("scale", "scale", u_fraction=0.01), Source("she", "person")]
        bar.free()
        for pull_kg in np.linspace(0, 60, pulls):
            bar.take("scale", pull_kg, shown_kg=71.5 - pull_kg, uses=("scale", "she"), u_kg=0.3)
        return fit_support(bar.plan, sources, bar.readings).span_u_fraction

    assert span_u(10) > span_u(400) == pytest.approx(0.01, rel=0.03)


def test_weights_that_were_weighed_on_a_scale_share_its_error() -> None:
    bar, sources = weighed_bar(1)
    scale = Source("scale", "scale", u_fraction=0.005)
    weighed = [replace(source, weighed_on="scale") for source in sources]
    alone = fit_support(bar.plan, sources, bar.readings).span_u_fraction
    assert alone < 0.002
    shared = fit_support(bar.plan, [*weighed, scale], bar.readings)
    assert shared.span_u_fraction == pytest.approx(0.005, rel=0.1)
    assert "scale" in [row.name for row in shared.budget]


def test_what_crept_while_it_hung_is_told() -> None:
    bar, sources = weighed_bar(1)
    first = bar.readings[3].counts
    holds = [Hold(4, first, (first[0] + 0.001 * 60 * bar.spans[0],), 30.0)]
    record = fit_support(bar.plan, sources, bar.readings, holds)
    assert record.creep_fraction == pytest.approx(0.001)
    assert record.creep_s == 30
    assert not record.notes
    holds = [Hold(4, first, (first[0] - 0.004 * 60 * bar.spans[0],), 30.0)]
    assert "creeps by -0.40 % in 30 s" in fit_support(bar.plan, sources, bar.readings, holds).notes[0]
    assert fit_support(bar.plan, sources, bar.readings).creep_fraction is None


def test_hysteresis_repeatability_and_bend_are_in_the_record() -> None:
    bar, sources = weighed_bar(1)
    for index in (4, 5):  # going down
        (counts,) = bar.readings[index].counts
        bar.readings[index] = replace(bar.readings[index], counts=(counts + 0.2 * bar.spans[0],))
    record = fit_support(bar.plan, sources, bar.readings)
    assert record.hysteresis_kg == pytest.approx(0.2, abs=0.01)
    assert record.repeatability_kg is None, "no load was taken twice the same way"
    bar.readings += [replace(bar.readings[1], number=20), replace(bar.readings[1], number=21)]
    (counts,) = bar.readings[-1].counts
    bar.readings[-1] = replace(bar.readings[-1], counts=(counts + 0.3 * bar.spans[0],))
    assert fit_support(bar.plan, sources, bar.readings).repeatability_kg == pytest.approx(0.3 / 3**0.5, rel=0.01)


def test_weights_scale_and_hang_mix_in_one_fit() -> None:
    bar, sources = weighed_bar(2)
    weights_only = fit_support(bar.plan, sources, bar.readings).span_u_fraction
    mixed = [*sources, Source("scale", "scale", u_fraction=0.005), Source("she", "person", 68.0, 0.2)]
    bar.take("hang", 68.0, 0.5, uses=("she",), u_kg=0.2)
    for pull_kg in (10, 30, 50):
        bar.take("scale", pull_kg, 0.2, shown_kg=68.0 - pull_kg, uses=("scale", "she"), u_kg=0.3)
    bar.free()
    record = fit_support(bar.plan, mixed, bar.readings)
    assert [cell.counts_per_kg for cell in record.cells] == pytest.approx(bar.spans, rel=1e-5)
    assert record.span_u_fraction < weights_only
    assert record.method == "known weights, pulls by a person on a bathroom scale, full hang of a person"


def test_loads_all_in_the_middle_are_refused() -> None:
    bar, sources = Bar(2), plates(3)
    bar.free()
    for many in (1, 2, 3, 2, 1):
        bar.hang([source.name for source in sources[:many]], 20.0 * many, 0.49 + many / 50)
    with pytest.raises(Refused, match=r"hung too much in one place .*condition \d+\.\d; at most 10"):
        fit_support(bar.plan, sources, bar.readings)


def test_the_calibration_takes_the_largest_uncertainty() -> None:
    bar, sources = weighed_bar(2)
    record = fit_support(bar.plan, sources, bar.readings)
    before = Calibration({"other/0": CellCalibration(5.0, 700.0)}, zeros={"main/0": 3.0, "other/1": 4.0})
    calibration = calibration_of(before, [record], "today", "2027-01-01")
    assert set(calibration.cells) == {"other/0", "main/0", "main/1"}
    assert calibration.zeros == {"other/1": 4.0}
    assert calibration.span_u_fraction == record.span_u_fraction
