"""Mood's test on counts over ordered cells: has the spread changed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.stats.linear_rank import LinearRank, linear_rank, mid_ranks

if TYPE_CHECKING:
    from aright.core.stats.binned import Counts


def mood(reference: Counts, current: Counts) -> LinearRank:
    """Test for a change of scale about the pooled median; ``z`` is above 0 where the current sample is wider.

    A row's score is the squared distance of its mid-rank from the middle rank.

    Args:
        reference: counts per cell, in order, shape (k,).
        current: the same of the current sample.

    Source: A. M. Mood, Annals of Mathematical Statistics 25 (1954).

    >>> import numpy as np
    >>> result = mood(np.array([10, 80, 10]), np.array([40, 20, 40]))
    >>> result.z > 5, result.p_value < 1e-5
    (True, True)
    """
    ranks = mid_ranks(reference, current)
    middle = (float(reference.sum()) + float(current.sum()) + 1) / 2
    return linear_rank(reference, current, ((ranks - middle) / middle) ** 2)
