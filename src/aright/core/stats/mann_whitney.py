"""The Mann–Whitney (Wilcoxon rank sum) test on counts over ordered cells: has the level moved?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.stats.linear_rank import LinearRank, linear_rank, mid_ranks

if TYPE_CHECKING:
    from aright.core.stats.binned import Counts


def mann_whitney(reference: Counts, current: Counts) -> LinearRank:
    """Test for a shift; ``z`` is above 0 where the current sample is larger.

    Rows in one cell are tied, and the variance is that of the ties. Robust against outliers, and on normal
    data it has 95.5 % of the efficiency of the t-test.

    Args:
        reference: counts per cell, in order, shape (k,).
        current: the same of the current sample.

    Source: H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics 18 (1947).

    >>> import numpy as np
    >>> result = mann_whitney(np.array([50, 30, 20]), np.array([20, 30, 50]))
    >>> round(result.z, 2), result.p_value < 1e-5
    (5.06, True)
    """
    return linear_rank(reference, current, mid_ranks(reference, current))
