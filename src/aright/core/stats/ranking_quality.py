"""Area under the ROC curve with its standard error (Hanley & McNeil, Radiology 143, 1982)."""

from __future__ import annotations

from math import erfc, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aright.core.stats.wilson import Z_95, Interval


class Auc(NamedTuple):
    """An area with its standard error, and how many rows of either class there were."""

    area: float
    error: float
    hits: int
    misses: int


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
    return Auc(area, sqrt(_variance(area, hits, misses)), hits, misses)


def auc_interval(found: Auc) -> Interval:
    """Return the 95 % interval: areas under which the one seen is no surprise, as Wilson's is for a share.

    Source: R. G. Newcombe, Confidence intervals for an effect size measure based on the Mann–Whitney
    statistic, Part 2, Statistics in Medicine 25 (2006), method 5.

    >>> low, high = auc_interval(Auc(1.0, 0.0, 5, 5))
    >>> round(low, 2), high
    (0.64, 1.0)
    """
    return Interval(_limit(found, 0.0), _limit(found, 1.0))


def auc_p(one: Auc, two: Auc) -> float:
    """Return the two-sided p-value of a difference of areas, its error taken where the two are one area.

    >>> auc_p(Auc(0.8, 0.01, 1_000, 1_000), Auc(1.0, 0.0, 3, 3)) > 0.2
    True
    """
    weights = [each.hits * each.misses / (each.hits + each.misses) for each in (one, two)]
    area = (one.area * weights[0] + two.area * weights[1]) / sum(weights)
    spread = sqrt(sum(_variance(area, each.hits, each.misses) for each in (one, two)))
    return erfc(abs(two.area - one.area) / spread / sqrt(2)) if spread else 1.0


def _variance(area: float, hits: float, misses: float) -> float:
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    variance = area * (1 - area) + (hits - 1) * (q1 - area * area) + (misses - 1) * (q2 - area * area)
    return max(variance, 0.0) / (hits * misses)


def _limit(found: Auc, far: float) -> float:
    """Return where the area seen is just 1.96 standard errors away, between it and ``far``, by bisection."""
    even = (found.hits + found.misses) / 2
    near = found.area
    for _ in range(60):
        middle = (near + far) / 2
        inside = (middle - found.area) ** 2 <= Z_95**2 * _even_variance(middle, even, found)
        near, far = (middle, far) if inside else (near, middle)
    return (near + far) / 2


def _even_variance(area: float, even: float, found: Auc) -> float:
    spread = 1 + (even - 1) * ((1 - area) / (2 - area) + area / (1 + area))
    return area * (1 - area) * spread / (found.hits * found.misses)
