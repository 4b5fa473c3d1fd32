"""Simulated installers: the bar load is right at any place, U covers it, a slip is named, what cannot be is refused.

A tenth of what `bench/installations.py` keeps in bench/results.
"""

import os

import numpy as np
import pytest

from bench.breaking import BROKEN, Broken
from bench.installations import CELLS, accuracy, broken, naming, verdicts
from bench.installer import METHODS

SEEDS = range(100 if os.environ.get("BARD_SOAK") else 10)


@pytest.mark.parametrize("method", METHODS)
def test_the_bar_load_is_right_wherever_it_hangs_and_u_covers_it(method: str) -> None:
    wanted = CELLS[:2] if method == "9 pulls and a hang" else CELLS  # one hang says nothing of single cells
    found = [accuracy(method, cells, SEEDS) for cells in wanted]
    for cells, one in zip(wanted, found, strict=True):
        assert one.refused == 0
        assert one.of_bound(method) <= 1, f"{cells} cells"
        assert one.errors_kg.shape[0] == len(SEEDS)
    covered = np.mean([one.coverage() for one in found])
    assert covered >= 0.95, "the share of errors within U, over all"
    assert 0.0 < max(one.span_u for one in found) < 0.02


@pytest.mark.parametrize("method", METHODS)
def test_one_mistyped_number_is_named(method: str) -> None:
    for cells in CELLS[:2]:
        of = naming(method, cells, SEEDS)
        assert of.alone + of.among + of.refused >= of.slips - len(SEEDS) // 20, f"{cells} cells: {of}"
        assert of.alone >= 0.8 * of.slips, f"{cells} cells: {of}"


@pytest.mark.parametrize("kind", BROKEN, ids=lambda kind: kind.name)
def test_what_cannot_be_is_refused_for_the_right_reason(kind: Broken) -> None:
    seeds = range(2)
    right, words = broken(kind, seeds)
    assert right == len(seeds), words


def test_a_verification_passes_what_holds_and_tells_what_does_not() -> None:
    assert verdicts(1.0, SEEDS) == {"pass": len(SEEDS), "warn": 0, "refused": 0}
    assert verdicts(1.015, SEEDS)["warn"] >= 0.9 * len(SEEDS)
    assert verdicts(0.95, SEEDS) == {"pass": 0, "warn": 0, "refused": len(SEEDS)}
