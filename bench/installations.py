"""What calibrations by simulated installers are worth: `python -m bench.installations`.

One law: the fit is given what a person could see or type, and is judged by loads that are known exactly. One in ten
installers mistypes one number; then every one does; then every set-up is broken in a way that must be refused.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bard.simulate.installation import Installation
from bench.breaking import BROKEN, Broken, refused_for
from bench.installer import (
    LOADS_KG,
    METHODS,
    Installer,
    Outcome,
    calibrate,
    draw_slip,
    fit_or_repeat,
    judge,
    read_all,
    verifies,
)
from bench.plots import Axis, Curve, Panel, line_plot
from bench.results import RESULTS, write

INSTALLATIONS = 100
CELLS = (1, 2, 3, 4)
SLIPS_SHARE = 0.1
BOUNDS = {
    "weights": (0.01, 0.15),
    "9 pulls": (0.02, 0.3),
    "25 pulls": (0.015, 0.225),
    "9 pulls and a hang": (0.015, 0.225),
    "9 pulls and a hang at each cell": (0.015, 0.225),
}
"""Share of the load, or kg where that is more, that 95 % of the errors must keep."""


class Accuracy(NamedTuple):
    """Of one method and number of cells: errors and their U, each of shape (n, loads, places)."""

    errors_kg: np.ndarray
    u_kg: np.ndarray
    refused: int
    named_wrongly: int
    span_u: float

    def p95_kg(self) -> np.ndarray:
        """Of the errors at each load."""
        found: np.ndarray = np.quantile(np.abs(self.errors_kg), 0.95, axis=(0, 2))
        return found

    def of_bound(self, method: str) -> float:
        """95th percentile of the errors, each as a share of its bound."""
        share, least_kg = BOUNDS[method]
        bound_kg = np.maximum(share * np.array(LOADS_KG), least_kg)[None, :, None]
        return float(np.quantile(np.abs(self.errors_kg) / bound_kg, 0.95))

    def coverage(self) -> float:
        """Share of the errors within U."""
        return float(np.mean(np.abs(self.errors_kg) <= self.u_kg))


class Naming(NamedTuple):
    """Of so many mistyped numbers: named alone, named among others, not found, another one named."""

    slips: int
    alone: int
    among: int
    missed: int
    other: int
    refused: int
    """Refused for what the slip made impossible."""


def loaded_of(method: str, cells: int) -> int:
    """How many numbers are typed."""
    return {"weights": 5 * cells, "9 pulls": 12, "25 pulls": 28, "9 pulls and a hang": 13}.get(method, 13)


def accuracy(method: str, cells: int, seeds: Sequence[int]) -> Accuracy:
    """Calibrate each installation and judge what came of it."""
    errors, u, spans, refused, wrongly = [], [], [], 0, 0
    for seed in seeds:
        rng = np.random.default_rng((seed, cells, METHODS.index(method)))
        slip = draw_slip(rng, loaded_of(method, cells)) if rng.random() < SLIPS_SHARE else None
        installation = Installation(_seed(seed, cells, method), cells)
        installer = calibrate(installation, method, slip)
        outcome = fit_or_repeat(installer)
        wrongly += bool(outcome.named) and slip is None
        if outcome.record is None:
            refused += 1
            continue
        judged = judge(installation, outcome.record)
        errors.append(judged.errors_kg)
        u.append(judged.u_kg)
        spans.append(outcome.record.span_u_fraction)
    return Accuracy(np.array(errors), np.array(u), refused, wrongly, float(np.median(spans)))


def naming(method: str, cells: int, seeds: Sequence[int]) -> Naming:
    """Mistype one number of each calibration."""
    found = dict.fromkeys(Naming._fields, 0)
    for seed in seeds:
        rng = np.random.default_rng((seed, cells, METHODS.index(method), 1))
        installer = calibrate(
            Installation(_seed(seed, cells, method), cells), method, draw_slip(rng, loaded_of(method, cells))
        )
        found["slips"] += 1
        found[_how(fit_or_repeat(installer), installer.slipped)] += 1
    return Naming(**found)


def _how(outcome: Outcome, slipped: int | None) -> str:
    if not outcome.named and outcome.record is None:
        return "refused"
    if not outcome.named:
        return "missed"
    if slipped not in outcome.named:
        return "other"
    return "alone" if len(outcome.named) == 1 or outcome.source else "among"


def _seed(seed: int, cells: int, method: str) -> int:
    return seed + 1_000 * cells + 10_000 * METHODS.index(method)


def broken(kind: Broken, seeds: Sequence[int]) -> tuple[int, str]:
    """How often it is refused for the right reason, and the last words."""
    right, words = 0, ""
    for seed in seeds:
        words = refused_for(kind, seed)
        right += kind.words in words
    return right, words


def plot(found: dict[tuple[str, int], Accuracy]) -> str:
    """95th percentile of the errors over the load, beside the bound."""
    panels = []
    for method in METHODS:
        share, least_kg = BOUNDS[method]
        curves = [
            Curve(f"{cells} cell{'s' * (cells > 1)}", list(zip(LOADS_KG, found[method, cells].p95_kg(), strict=True)))
            for cells in CELLS
        ]
        bound = Curve("bound", [(kg, max(share * kg, least_kg)) for kg in LOADS_KG], strong=True)
        y = Axis("error of the bar load that 95 % keep, kg" if method == METHODS[0] else "", 0, 2.4)
        panels.append(Panel(method, Axis("load, kg", 0, 160), y, [*curves, bound]))
    caption = f"{INSTALLATIONS} installations each, loads at any place; one number mistyped in a tenth of them"
    return line_plot("Calibrations by simulated installers", panels, caption, width=1500)


def main() -> None:
    """Measure, write and draw."""
    seeds = range(INSTALLATIONS)
    found = {(method, cells): accuracy(method, cells, seeds) for method in METHODS for cells in CELLS}
    lines = [
        f"{INSTALLATIONS} installations for each line: spans within 10 % of their kind's, either sign, usual noise, "
        "glitches, drift, warm-up and creep, weights within 1 % of what is written on them, a scale within 0.5 %, "
        "read with 0.4 kg of scatter while somebody pulls. Loads of 5 to 120 kg at five places of the support. One "
        "number is mistyped in a tenth; what is named is struck and taken again.",
        "",
        "| method | cells | p95 of error / bound | within U | u of span | refused | named without a slip |",
        "|---|---|---|---|---|---|---|",
    ]
    for (method, cells), of in found.items():
        share, least_kg = BOUNDS[method]
        figures = (
            f"{method} (bound {100 * share:g} % or {least_kg:g} kg)",
            str(cells),
            f"{of.of_bound(method):.2f}",
            f"{100 * of.coverage():.1f} %",
            f"{100 * of.span_u:.2f} %",
            str(of.refused),
            str(of.named_wrongly),
        )
        lines.append(f"| {' | '.join(figures)} |")
    lines += ["", "![error over load](installations.svg)", "", *_scale_lines(seeds), "", *_verify_lines(seeds)]
    lines += ["", *_naming_lines(seeds), "", *_broken_lines()]
    (RESULTS / "installations.svg").write_text(plot(found))
    print(write("installations", "Calibrations by simulated installers", lines))


SCALES = ((0.0025, 0.4), (0.005, 0.4), (0.01, 0.4), (0.005, 0.2), (0.005, 0.8))
"""Bathroom scales: share by which they are off at most, scatter of a reading while somebody pulls."""


def scale(share: float, pull_sd_kg: float, pulls: str, seeds: Sequence[int]) -> Accuracy:
    """A bar of two cells by such a scale alone, which is stated as it is."""
    errors, u, spans, refused = [], [], [], 0
    for seed in seeds:
        installation = Installation(90_000 + seed, 2, scale_share=share, pull_sd_kg=pull_sd_kg)
        installer = Installer(installation)
        installer.scale_u, installer.pull_u_kg = share / 3**0.5, pull_sd_kg
        read_all(installer, pulls)
        outcome = fit_or_repeat(installer)
        if outcome.record is None:
            refused += 1
            continue
        judged = judge(installation, outcome.record)
        errors.append(judged.errors_kg)
        u.append(judged.u_kg)
        spans.append(outcome.record.span_u_fraction)
    return Accuracy(np.array(errors), np.array(u), refused, 0, float(np.median(spans)))


def _scale_lines(seeds: Sequence[int]) -> list[str]:
    lines = ["Bathroom scales of another kind, a bar of two cells, no slips; p95 of the error at 60 kg:", ""]
    lines += [
        "| scale within | scatter of a pull | 9 pulls | within U | 25 pulls | within U |",
        "|---|---|---|---|---|---|",
    ]
    for share, pull_sd_kg in SCALES:
        cells = [f"{100 * share:.2g} %", f"{pull_sd_kg:g} kg"]
        for pulls in METHODS[1:3]:
            of = scale(share, pull_sd_kg, pulls, seeds)
            at_60_kg = float(of.p95_kg()[LOADS_KG.index(60.0)])
            cells += [f"{100 * at_60_kg / 60:.2f} %", f"{100 * of.coverage():.1f} %"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


CHANGES = (1.0, 1.015, 1.03, 0.95)


def verdicts(changed: float, seeds: Sequence[int]) -> dict[str, int]:
    """Of verifications of bars calibrated by weights, whose cells then gave so many times what they did."""
    found = {"pass": 0, "warn": 0, "refused": 0}
    for seed in seeds:
        installer = calibrate(Installation(95_000 + seed, 2), METHODS[0])
        record = fit_or_repeat(installer).record
        if record is not None:
            found[verifies(installer, record, changed).verdict] += 1
    return found


def _verify_lines(seeds: Sequence[int]) -> list[str]:
    what = "Verified by the same weights, three of them near each end, after the cells' span changed by so much:"
    lines = [what, ""]
    lines += ["| change | pass | warn | refused |", "|---|---|---|---|"]
    for changed in CHANGES:
        of = verdicts(changed, seeds)
        lines.append(f"| {100 * (changed - 1):+.1f} % | {of['pass']} | {of['warn']} | {of['refused']} |")
    return lines


def _naming_lines(seeds: Sequence[int]) -> list[str]:
    lines = [
        "One number mistyped in every calibration, by 1 to 10 times max(5 %, 1.5 kg), or tenfold:",
        "",
        "| method | cells | named alone | among two or three | not found | another named | refused for it |",
        "|---|---|---|---|---|---|---|",
    ]
    for method in METHODS:
        for cells in CELLS:
            of = naming(method, cells, seeds)
            lines.append(f"| {method} | {cells} | {of.alone} | {of.among} | {of.missed} | {of.other} | {of.refused} |")
    return lines


def _broken_lines() -> list[str]:
    lines = [
        "Set-ups that cannot be, ten of each:",
        "",
        "| broken | refused rightly | in these words |",
        "|---|---|---|",
    ]
    for kind in BROKEN:
        right, words = broken(kind, range(10))
        lines.append(f"| {kind.name} | {right} of 10 | {words} |")
    return lines


if __name__ == "__main__":
    main()
