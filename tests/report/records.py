"""Calibration records by hand: two bars, ropes, and whatever an installation may come to."""

import numpy as np

from bard.commission.record import (
    BoardRecord,
    BudgetRow,
    CalibrationRecord,
    CellPlan,
    CellResult,
    Reading,
    ReadingResult,
    Source,
    SupportPlan,
    SupportRecord,
    Verification,
    VerifiedLoad,
)

EVIL = '<script>alert("i")</script>'


def support(name: str, cells: int = 2, readings: int = 10, board: str = "a", verified: bool = True) -> SupportRecord:
    """A support with so many readings, up and down; deterministic."""
    rng = np.random.default_rng(len(name) * 100 + readings)
    loads = [5.0 + 5 * (number % 12) for number in range(readings)]
    errors = rng.normal(0, 0.06, readings)
    taken = tuple(
        Reading(
            number=number + 1,
            kind="weights",
            counts=(100_000.0,) * cells,
            sd_counts=(150.0,) * cells,
            at_s=10.0 * number,
            uses=("20 kg plate",),
            place=(0.1, 0.9)[number % 2],
            direction=("up", "down")[number >= readings / 2],
        )
        for number in range(readings)
    )
    struck = Reading(readings + 1, "weights", (1e5,) * cells, (150.0,) * cells, 900.0, struck="12.1 kg from the others")
    keys = [f"{board}/{channel}" for channel in range(cells)]
    return SupportRecord(
        plan=SupportPlan(name, "bar", tuple(CellPlan(key, key, 500.0, 2.0) for key in keys), 400.0),
        sources=(Source("20 kg plate", "weight", 20.0, 0.02), Source("10 kg plate", "weight", 10.0, 0.02)),
        readings=(*taken, struck),
        holds=(),
        results=tuple(
            ReadingResult(number + 1, load, load + error, error, 0.03)
            for number, (load, error) in enumerate(zip(loads, errors.tolist(), strict=True))
        ),
        cells=tuple(
            CellResult(key, f"{name}, cell {number + 1}", 500.0, 2.0, 123_456.0, -8_589.4, 0.0018, 2.001, 0.0054)
            for number, key in enumerate(keys)
        ),
        persons_kg={},
        condition=1.3,
        residual_kg=0.06,
        nonlinearity_kg=0.021,
        repeatability_kg=0.034,
        hysteresis_kg=None,
        creep_fraction=-0.0004,
        creep_s=30.0,
        span_u_fraction=0.0021,
        zero_u_kg=0.04,
        budget=(
            BudgetRow("span", "A", 0.126, 60.0, "the fit: readings, weights, scale and person together"),
            BudgetRow("cell", "B", 0.03, 60.0, "in the span: hysteresis and creep of a usual cell"),
            BudgetRow("zero", "A", 0.04, 60.0, "looks at free bars"),
            BudgetRow("together", "A", 0.132, 60.0, "span and zero; U = 2 u"),
        ),
        made="2026-03-02 14:05",
        verifications=(verification(name),) if verified else (),
    )


def verification(name: str, verdict: str = "pass") -> Verification:
    loads = (
        VerifiedLoad(1, 20.0, 20.09, 0.09, 0.0045, 0.06, 0.5, "pass"),
        VerifiedLoad(2, 40.0, 39.85, -0.15, -0.00375, 0.09, 0.1, "pass"),
    )
    words = "The largest error is 0.45 % of the load."
    return Verification(name, "2026-03-02 14:40", "R. Igger", 0.01, loads, 0.0045, 0.18, verdict, words)  # type: ignore[arg-type]


def record(*supports: SupportRecord, **more: object) -> CalibrationRecord:
    """Of these supports; two bars where none is given."""
    values: dict[str, object] = {
        "station": "room1",
        "installer": "R. Igger",
        "made": "2026-03-02 14:05",
        "expires": "2027-03-02",
        "boards": (BoardRecord("a", "6161616161616161", "1.2.0"),),
        "supports": supports or (support("left bar"), support("right bar", board="b")),
        "temperature_c": 21.5,
    }
    return CalibrationRecord(**(values | more))  # type: ignore[arg-type]
