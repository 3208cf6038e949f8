"""Area under the ROC curve with its standard error (Hanley & McNeil, Radiology 143, 1982)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Auc(NamedTuple):
    """An area and its standard error."""

    area: float
    error: float


def auc(score: npt.NDArray[np.float64], positive: npt.NDArray[np.bool_]) -> Auc | None:
    """Return the probability that a positive row's score is above a negative one's, ties counted half.

    Args:
        score: shape (rows,), finite.
        positive: the truth; shape (rows,).

    Returns:
        ``None`` where one of the classes is missing.

    >>> auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])).area
    0.75
    """
    hits, misses = int(positive.sum()), int((~positive).sum())
    if not hits or not misses:
        return None
    _, where, counts = np.unique(score, return_inverse=True, return_counts=True)
    upper = np.cumsum(counts)
    ranks = (upper - (counts - 1) / 2)[where]
    area = float((ranks[positive].sum() - hits * (hits + 1) / 2) / (hits * misses))
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    variance = area * (1 - area) + (hits - 1) * (q1 - area * area) + (misses - 1) * (q2 - area * area)
    return Auc(area, float(np.sqrt(max(variance, 0.0) / (hits * misses))))
