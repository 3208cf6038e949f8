"""Linear rank statistics: the sum of one sample's scores against all ways to draw it from the pool."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aright.core.stats.pearson_three import two_sided

if TYPE_CHECKING:
    from aright.core.stats.binned import Counts, Floats


@dataclass(frozen=True, slots=True)
class LinearRank:
    """A standardised linear rank statistic.

    Attributes:
        z: the current sample's score sum, standardised by its exact permutation mean and variance.
        p_value: two-sided, from the permutation distribution's first three moments.
    """

    z: float
    p_value: float


def linear_rank(reference: Counts, current: Counts, scores: Floats) -> LinearRank:
    """Test whether the current sample's scores are a random draw from the pooled ones.

    Given the pool, a sample of m out of N without replacement has a sum of scores whose mean, variance and
    third moment are known exactly, ties included; the tail is taken from Pearson's type III with these.

    Args:
        reference: counts of the reference per cell, shape (k,).
        current: counts of the current sample per cell, shape (k,).
        scores: the score of a row in each cell, shape (k,).

    Source: J. Hájek, Z. Šidák and P. K. Sen, Theory of Rank Tests (2nd ed. 1999), 3.3.1.

    >>> linear_rank(np.array([5, 5]), np.array([5, 5]), np.array([0.0, 1.0])).p_value
    1.0
    """
    pooled = (reference + current).astype(np.float64)
    size, drawn = float(pooled.sum()), float(current.sum())
    if size < 3 or drawn in {0.0, size}:
        return LinearRank(0.0, 1.0)
    centred = scores - float(np.vecdot(pooled, scores)) / size
    second = float(np.vecdot(pooled, centred**2)) / size
    third = float(np.vecdot(pooled, centred**3)) / size
    rest = size - drawn
    variance = drawn * rest / (size - 1) * second
    if variance <= 0:
        return LinearRank(0.0, 1.0)
    skewness = drawn * rest * (rest - drawn) / ((size - 1) * (size - 2)) * third / variance**1.5
    z = float(np.vecdot(current, centred)) / math.sqrt(variance)
    return LinearRank(z, two_sided(z, skewness))


def mid_ranks(reference: Counts, current: Counts) -> Floats:
    """Return the mid-rank of each cell's rows in the pool, counted from 1; shape (k,).

    >>> mid_ranks(np.array([1, 0]), np.array([2, 1])).tolist()
    [2.0, 4.0]
    """
    pooled = reference + current
    return np.cumsum(pooled) - (pooled - 1) / 2
