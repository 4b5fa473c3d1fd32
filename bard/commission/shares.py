"""How the loads lay on the cells: whether the readings can tell the cells apart, and which cell is where.

One law: it looks at counts and places only, and needs no gain.
"""

import numpy as np

from bard.commission.model import Floats


def condition_number(moved_counts: Floats) -> float:
    """Of the cells' shares, shape (readings, cells) in counts from free; 1 is best, infinite: two cells are as one.

    Each cell is measured by what moved it on the whole, so that cells of different span compare. Loads shared 49/51 and
    51/49 give 50, 40/60 5, 25/75 2, 10/90 1.2.
    """
    size = np.sqrt(np.mean(moved_counts**2, axis=0))
    if not size.all():
        return float("inf")
    shares = moved_counts / size
    total = np.abs(shares).sum(axis=1)
    counting = total > total.max() / 20
    values = np.linalg.svd(shares[counting] / total[counting, None], compute_uv=False)
    if len(values) < moved_counts.shape[1] or values[-1] <= 0:
        return float("inf")
    return float(values[0] / values[-1])
