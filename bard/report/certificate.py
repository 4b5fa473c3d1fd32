"""A calibration's certificate: one A4 page from its record, with what it does not certify.

One law: it shows what the record holds and adds nothing; what was not looked at is said to be so. It reads no file and
judges nothing: the verdict is the verification's.
"""

from collections.abc import Sequence
from math import ceil

from bard.commission.record import CalibrationRecord, Reading, Source, SupportRecord, Verification
from bard.report.page import render
from bard.report.points import Edge, Group, PointChart
from bard.report.words import percent_words

_LOOKS = ("first", "second", "third", "fourth")
_CHART_LINES = 14
_DENSITIES = ((37, ""), (44, "dense"))
"""Up to so many lines of tables, which print."""
TOGETHER = "together"
"""The row of a budget that is all others."""
VERDICTS = {
    "pass": ("PASS", "every verified load was within tolerance"),
    "warn": ("WARN", "a verified load was outside of it, none so far that bard refuses the calibration"),
    "refused": ("REFUSED", "a verified load was too far off: not to be used"),
    "not verified": ("NOT VERIFIED", "no load that the fit had not seen was tried on every support"),
}


def certificate(record: CalibrationRecord, digest: str) -> str:
    """The page of the calibration of this digest."""
    verified = [support.verifications[-1] for support in record.supports if support.verifications]
    return render(
        "certificate.html",
        record=record,
        digest=digest,
        verdict=VERDICTS[record.verdict],
        good=record.verdict == "pass",
        verified=verified,
        unverified=[support.plan.name for support in record.supports if not support.verifications],
        budget=_budget(record.supports),
        supports=[_Shown(support, _columns(record)) for support in record.supports],
        chart=residual_chart(record, verified),
        density=_density(record),
        legend=[
            *((_LOOKS[number % len(_LOOKS)], support.plan.name) for number, support in enumerate(record.supports)),
            ("verified", "verified: not seen by the fit"),
            ("limit", f"tolerance ±{percent_words(record.tolerance_fraction)}"),
        ],
    )


class _Shown:
    """A support with its readings in columns."""

    def __init__(self, record: SupportRecord, columns: int) -> None:
        self.record = record
        self.loads = "; ".join(source_words(source) for source in record.sources)
        self.struck = [reading for reading in record.readings if reading.struck]
        readings = {reading.number: reading for reading in record.readings}
        rows = [(result, _how(readings.get(result.number))) for result in record.results]
        long = max(1, ceil(len(rows) / columns))
        self.columns = [rows[first : first + long] for first in range(0, len(rows), long)]


def source_words(source: Source) -> str:
    """`plate 20.00 ± 0.04 kg`, `scale, good to 1.0 %`, `person of a weight found by the fit`."""
    if source.kind == "scale":
        return f"{source.name}, good to {percent_words(2 * source.u_fraction)}"
    if source.kg is None:
        return f"{source.name}, weight found by the fit"
    weighed = f" (weighed on {source.weighed_on})" if source.weighed_on else ""
    return f"{source.name} {source.kg:.2f} ± {2 * source.u_kg:.2g} kg{weighed}"


def _how(reading: Reading | None) -> str:
    """Where the load hung and which way the series went."""
    if reading is None:
        return ""
    arrow = {"up": "↑", "down": "↓"}.get(reading.direction, "")
    place = "" if reading.place is None else f"{reading.place * 100:.0f} %"
    return " ".join(part for part in (arrow, place) if part)


def residual_chart(record: CalibrationRecord, verified: Sequence[Verification] = ()) -> PointChart:
    """Errors over loads, with each reading's own uncertainty (k = 2), and the edges of the tolerance."""
    groups = [
        Group(
            support.plan.name,
            _LOOKS[number % len(_LOOKS)],
            [(result.stated_kg, result.error_kg) for result in support.results],
            u=[2 * result.u_kg for result in support.results],
        )
        for number, support in enumerate(record.supports)
    ]
    tried = [load for verification in verified for load in verification.loads]
    if tried:
        groups.append(Group("verified", "verified", [(load.stated_kg, load.error_kg) for load in tried]))
    most_kg = max((abs(x) for group in groups for x, _ in group.points), default=1.0)
    edge_kg = record.tolerance_fraction * most_kg
    worst_kg = max((abs(y) for group in groups for _, y in group.points), default=0.0)
    return PointChart(
        key="residuals",
        title="Errors of the readings over the load",
        description=f"The largest error is {worst_kg:.2f} kg; the tolerance at {most_kg:.0f} kg is {edge_kg:.2f} kg.",
        groups=groups,
        y_label="error, kg",
        x_label="load, kg",
        edges=[Edge("", "limit", [(0, 0), (most_kg, sign * edge_kg)]) for sign in (1, -1)],
        height=150,
        apart_px=7.0,
    )


def _columns(record: CalibrationRecord) -> int:
    """Readings of a support stand in so many columns; of more than two supports, two stand side by side."""
    return 4 if len(record.supports) <= 2 else 2


Row = tuple[str, str, str, list[str]]


def _budget(supports: Sequence[SupportRecord]) -> list[Row]:
    """A row a name: its kind, its words, and what it is on each support; empty where a support has no such row."""
    found: dict[str, Row] = {}
    for support in supports:
        for row in support.budget:
            of = [next((one.u_kg for one in other.budget if one.name == row.name), None) for other in supports]
            found[row.name] = (row.name, row.kind, row.words, ["" if u_kg is None else f"{u_kg:.3f}" for u_kg in of])
    return sorted(found.values(), key=lambda row: row[0] == TOGETHER)


def _density(record: CalibrationRecord) -> str:
    """How small the print must be for the page to stay one."""
    lines = _lines(record)
    return next((name for most, name in _DENSITIES if lines <= most), "denser")


def _lines(record: CalibrationRecord) -> int:
    """Rows of tables beneath each other."""
    columns = _columns(record)
    blocks = [
        2 + ceil(len(one.results) / columns) + len(one.notes) + sum(1 for reading in one.readings if reading.struck)
        for one in record.supports
    ]
    lines = sum(blocks) if columns == 4 else sum(max(blocks[first : first + 2]) for first in range(0, len(blocks), 2))
    lines += sum(1 + len(one.cells) for one in record.supports) + len(_budget(record.supports))
    tried = sum(2 + len(one.verifications[-1].loads) for one in record.supports if one.verifications)
    return lines + max(tried, _CHART_LINES)
