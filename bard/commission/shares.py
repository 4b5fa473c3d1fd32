"""How the loads lay on the cells: whether the readings can tell the cells apart, and which cell is where.

One law: it looks at counts and places only, and needs no gain.
"""

from collections.abc import Sequence

import numpy as np

from bard.commission.model import Floats

_APART = 0.05
"""Cells whose loads lie nearer to each other than this, in lengths of the support, are not put in order."""


def condition_number(moved_counts: Floats) -> float:
    """Of the cells' shares, shape (readings, cells) in counts from free; 1 is best, infinite: two cells are as one.

    Each cell is measured by what moved it on the whole, so that cells of different span compare. Loads shared 49/51 and
    51/49 give 50, 40/60 5, 25/75 2, 10/90 1.2 (facts 3.4).
    """
    shares = _shares(moved_counts)
    if shares is None or len(shares) < moved_counts.shape[1]:
        return float("inf")
    values = np.linalg.svd(shares, compute_uv=False)
    return float(values[0] / values[-1]) if values[-1] > 0 else float("inf")


def order_by_place(places: Sequence[float | None], moved_counts: Floats) -> list[int]:
    """Which cell stands first, second and so on along the support, by the loads that it bore most of.

    As they are named where the places do not tell, and a cell that bore most of no load stays where it is named.
    """
    cells = moved_counts.shape[1]
    at = np.array([np.nan if place is None else place for place in places])
    shares = np.abs(moved_counts) / np.sqrt(np.mean(moved_counts**2, axis=0))
    total = shares.sum(axis=1)
    told = ~np.isnan(at) & (total > total.max() / 20)
    if not told.any() or np.ptp(at[told]) < 2 * _APART:
        return list(range(cells))
    weights = np.where(shares[told] > total[told, None] / 2, shares[told] / total[told, None], 0.0)
    mostly = [cell for cell in range(cells) if weights[:, cell].any()]
    centres = (weights.T @ at[told])[mostly] / weights.sum(axis=0)[mostly]
    order = list(range(cells))
    if np.any(np.maximum.accumulate(centres) > centres + _APART):
        for cell, found in zip(mostly, np.argsort(centres, kind="stable"), strict=True):
            order[cell] = mostly[int(found)]
    return order


def _shares(moved_counts: Floats) -> Floats | None:
    """Of the load on each cell, for the readings that moved the cells; None where a cell never moved."""
    size = np.sqrt(np.mean(moved_counts**2, axis=0))
    if not size.all():
        return None
    shares = moved_counts / size
    total = np.abs(shares).sum(axis=1)
    counting = total > total.max() / 20
    kept: Floats = shares[counting] / total[counting, None]
    return kept
