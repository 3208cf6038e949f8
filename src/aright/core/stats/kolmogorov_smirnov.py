"""The Kolmogorov–Smirnov distance of two samples, and a p-value that holds at any two sizes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from aright.core.stats.binned import Binned, Counts


def kolmogorov_smirnov(reference: Binned, current: Binned) -> float:
    """Return the largest difference of the two distribution functions, in [0, 1].

    Taken at the cells' edges, so it is never above the exact distance, and below it by no more than what the
    samples differ by inside one cell. NaN where a sample has no number, or is not of numbers.

    >>> import pyarrow as pa
    >>> from aright.core.profile import profile_column
    >>> kolmogorov_smirnov(profile_column(pa.array([1.0, 2.0])), profile_column(pa.array([2.0, 3.0])))
    0.5
    """
    if not (reference.ordered and current.ordered and reference.valid and current.valid):
        return math.nan
    return abs(signed_distance(*reference.beside(current)))


def signed_distance(reference: Counts, current: Counts) -> float:
    """Return F_current - F_reference where it is farthest from 0; counts per ordered cell, shape (k,)."""
    gaps = np.cumsum(current) / current.sum() - np.cumsum(reference) / reference.sum()
    return float(gaps[np.argmax(np.abs(gaps))])


def kolmogorov_smirnov_p(distance: float, n: int, m: int) -> float:
    """Return a bound on the probability of such a distance between ``n`` and ``m`` (> 0) rows of one law.

    The Dvoretzky–Kiefer–Wolfowitz–Massart bound 2 exp(-2 d² nm / (n + m)), which holds for two samples of
    different sizes as for large equal ones; for equal sizes below 458 the constant is e. Ties only help it.

    Source: F. Wei and R. M. Dudley, Statistics & Probability Letters 82 (2012).

    >>> round(kolmogorov_smirnov_p(0.1, 1_000, 10_000), 9)
    2.5e-08
    """
    constant = math.e if n == m < 458 or min(n, m) <= 3 else 2.0
    return min(1.0, constant * math.exp(-2 * distance**2 * n * m / (n + m)))
